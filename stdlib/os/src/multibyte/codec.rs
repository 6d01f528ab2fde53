//! The encodings themselves, a character at a time.
//!
//! `encoding_rs` has the tables of the web's encodings, which are supersets of the national
//! standards; the narrower encodings are those tables with ranges cut off and the handful of
//! characters changed that the standards map differently.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

/// What an encoding is made of.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    Gb2312,
    Gbk,
    Gb18030,
    Hz,
    Big5,
    Big5Hkscs,
    Cp950,
    ShiftJis,
    Cp932,
    EucJp,
    Iso2022Jp,
    /// With JIS X 0212 as well.
    Iso2022JpExt,
    EucKr,
    Cp949,
    Iso2022Kr,
}

/// One step of decoding.
pub enum Step {
    Char(u32, usize),
    /// Two code points from one sequence.
    Pair(u32, u32, usize),
    /// A shift sequence.
    Skip(usize),
    /// The data ends within a sequence.
    Incomplete,
    Invalid(usize),
}

/// Shift states of the stateful encodings.
const ASCII: u8 = 0;
const JISX0208: u8 = 1;
const JISX0201: u8 = 2;
const JISX0212: u8 = 3;
const GB: u8 = 4;
/// `iso2022_kr`: the designation has been written.
const KR_DESIGNATED: u8 = 0x40;
const KR: u8 = 5;

/// Where the Japanese standards and Microsoft's tables differ: (standard, Microsoft).
const JIS_DIFFERENCES: [(u32, u32); 6] =
    [(0x2016, 0x2225), (0x2212, 0xff0d), (0x301c, 0xff5e), (0x00a2, 0xffe0), (0x00a3, 0xffe1), (0x00ac, 0xffe2)];

fn lookup(e: &'static Encoding, seq: &[u8]) -> Option<(u32, Option<u32>)> {
    let s = e.decode_without_bom_handling_and_without_replacement(seq)?;
    let mut chars = s.chars();
    let first = chars.next()?.into();
    let second = chars.next().map(u32::from);
    if chars.next().is_some() { None } else { Some((first, second)) }
}

fn reverse(e: &'static Encoding, c: u32) -> Option<Vec<u8>> {
    let c = char::from_u32(c)?;
    let mut buf = [0; 4];
    let (bytes, _, bad) = e.encode(c.encode_utf8(&mut buf));
    if bad { None } else { Some(bytes.into_owned()) }
}

impl Kind {
    fn table(self) -> &'static Encoding {
        match self {
            Kind::Gb2312 | Kind::Gbk | Kind::Hz => GBK,
            Kind::Gb18030 => GB18030,
            Kind::Big5 | Kind::Big5Hkscs | Kind::Cp950 => BIG5,
            Kind::ShiftJis | Kind::Cp932 => SHIFT_JIS,
            Kind::EucJp | Kind::Iso2022Jp | Kind::Iso2022JpExt => EUC_JP,
            Kind::EucKr | Kind::Cp949 | Kind::Iso2022Kr => EUC_KR,
        }
    }
    fn is_standard_japanese(self) -> bool {
        matches!(self, Kind::ShiftJis | Kind::EucJp | Kind::Iso2022Jp | Kind::Iso2022JpExt)
    }
    /// Does the narrower encoding have the sequence?
    fn allows(self, seq: &[u8]) -> bool {
        match (self, seq) {
            (_, [b]) if *b < 0x80 => true,
            (Kind::Gb2312 | Kind::Hz, [a, b]) => (0xa1..=0xf7).contains(a) && *b >= 0xa1 && !(0xaa..=0xaf).contains(a),
            (Kind::EucKr | Kind::Iso2022Kr, [a, b]) => *a >= 0xa1 && *b >= 0xa1,
            (Kind::Big5, [a, _]) => (0xa1..=0xf9).contains(a) && *a != 0xc7 && *a != 0xc8,
            (Kind::Cp950, [a, _]) => (0xa1..=0xf9).contains(a),
            (Kind::ShiftJis, [a, _]) => *a != 0x87 && *a < 0xed,
            (Kind::EucJp | Kind::Iso2022Jp | Kind::Iso2022JpExt, [a, _]) => *a == 0x8e || (*a != 0xad && *a < 0xf5),
            (Kind::Gbk, s) => s.len() <= 2 && s != [0x80],
            (Kind::Gb2312 | Kind::EucKr | Kind::Cp949 | Kind::Big5 | Kind::Cp950, [_]) => false,
            _ => true,
        }
    }
    /// A plain sequence as characters.
    fn chars_of(self, seq: &[u8]) -> Option<(u32, Option<u32>)> {
        if !self.allows(seq) {
            return None;
        }
        let (mut c, second) = lookup(self.table(), seq)?;
        if self.is_standard_japanese()
            && let Some(d) = JIS_DIFFERENCES.iter().find(|d| d.1 == c)
        {
            c = d.0;
        }
        Some((c, second))
    }
    /// A character as a plain sequence.
    fn bytes_of(self, c: u32) -> Option<Vec<u8>> {
        let c = if self.is_standard_japanese() {
            match JIS_DIFFERENCES.iter().find(|d| d.0 == c || d.1 == c) {
                Some(d) if d.0 == c => d.1,
                Some(_) => return None,
                None => c,
            }
        } else {
            c
        };
        // The web's Japanese encoders fold these into ASCII.
        if c == 0xa5 || c == 0x203e {
            return None;
        }
        let seq = reverse(self.table(), c)?;
        self.allows(&seq).then_some(seq)
    }
    /// Length of the sequence that starts with `data`, and whether it is all there.
    fn sequence(self, data: &[u8]) -> (usize, bool) {
        let lead = data[0];
        let want = match self {
            _ if lead < 0x80 => 1,
            Kind::ShiftJis | Kind::Cp932 if (0xa0..=0xdf).contains(&lead) || lead == 0x80 || lead >= 0xfd => 1,
            Kind::EucJp if lead == 0x8f => 3,
            Kind::Gb18030 => match data.get(1) {
                Some(b'0'..=b'9') => 4,
                _ => 2,
            },
            Kind::Gbk | Kind::Gb2312 | Kind::Big5 | Kind::Cp950 | Kind::EucKr | Kind::Cp949 | Kind::Big5Hkscs
                if lead == 0x80 || lead == 0xff =>
            {
                1
            }
            _ => 2,
        };
        (want, data.len() >= want)
    }
    /// Decodes one character or shift sequence from the start of `data`, which is not empty.
    pub fn decode(self, state: &mut u8, data: &[u8]) -> Step {
        match self {
            Kind::Hz => return decode_hz(state, data),
            Kind::Iso2022Jp | Kind::Iso2022JpExt => return self.decode_iso_jp(state, data),
            Kind::Iso2022Kr => return decode_iso_kr(state, data),
            _ => {}
        }
        let (n, whole) = self.sequence(data);
        if !whole {
            return Step::Incomplete;
        }
        match self.chars_of(&data[..n]) {
            Some((c, None)) => Step::Char(c, n),
            Some((c, Some(d))) => Step::Pair(c, d, n),
            None => Step::Invalid(1),
        }
    }
    /// Encodes one character; false if there is no way to.
    pub fn encode(self, state: &mut u8, c: u32, out: &mut Vec<u8>) -> bool {
        match self {
            Kind::Hz => encode_hz(state, c, out),
            Kind::Iso2022Jp | Kind::Iso2022JpExt => self.encode_iso_jp(state, c, out),
            Kind::Iso2022Kr => encode_iso_kr(state, c, out),
            _ => match self.bytes_of(c) {
                Some(b) => {
                    out.extend(b);
                    true
                }
                None => false,
            },
        }
    }
    /// Goes back to the initial shift state.
    pub fn reset(self, state: &mut u8, out: &mut Vec<u8>) {
        match self {
            Kind::Hz if *state == GB => out.extend_from_slice(b"~}"),
            Kind::Iso2022Jp | Kind::Iso2022JpExt if *state != ASCII => out.extend_from_slice(b"\x1b(B"),
            Kind::Iso2022Kr if *state & 0xf == KR => out.push(0x0f),
            _ => {}
        }
        *state &= KR_DESIGNATED;
    }
    fn decode_iso_jp(self, state: &mut u8, data: &[u8]) -> Step {
        if data[0] == 0x1b {
            let known: [(&[u8], u8); 5] =
                [(b"\x1b(B", ASCII), (b"\x1b(J", JISX0201), (b"\x1b$@", JISX0208), (b"\x1b$B", JISX0208), (b"\x1b$(D", JISX0212)];
            for (seq, s) in known {
                if s == JISX0212 && self != Kind::Iso2022JpExt {
                    continue;
                }
                if data.starts_with(seq) {
                    *state = s;
                    return Step::Skip(seq.len());
                }
                if seq.starts_with(data) {
                    return Step::Incomplete;
                }
            }
            return Step::Invalid(1);
        }
        if data[0] == b'\n' {
            *state = ASCII;
            return Step::Char(10, 1);
        }
        if data[0] >= 0x80 {
            return Step::Invalid(1);
        }
        match *state {
            JISX0201 if data[0] == 0x5c => Step::Char(0xa5, 1),
            JISX0201 if data[0] == 0x7e => Step::Char(0x203e, 1),
            JISX0208 | JISX0212 => {
                let [a, b, ..] = data else { return Step::Incomplete };
                let seq = [0x8f, a | 0x80, b | 0x80];
                let seq = if *state == JISX0208 { &seq[1..] } else { &seq[..] };
                match Kind::EucJp.chars_of(seq) {
                    Some((c, _)) => Step::Char(c, 2),
                    None => Step::Invalid(2),
                }
            }
            _ => Step::Char(data[0].into(), 1),
        }
    }
    fn encode_iso_jp(self, state: &mut u8, c: u32, out: &mut Vec<u8>) -> bool {
        if c < 0x80 {
            if *state != ASCII {
                out.extend_from_slice(b"\x1b(B");
                *state = ASCII;
            }
            out.push(c as u8);
            return true;
        }
        if c == 0xa5 || c == 0x203e {
            if *state != JISX0201 {
                out.extend_from_slice(b"\x1b(J");
                *state = JISX0201;
            }
            out.push(if c == 0xa5 { 0x5c } else { 0x7e });
            return true;
        }
        match Kind::EucJp.bytes_of(c).as_deref() {
            Some([a, b]) if *a >= 0xa1 => {
                if *state != JISX0208 {
                    out.extend_from_slice(b"\x1b$B");
                    *state = JISX0208;
                }
                out.extend([a & 0x7f, b & 0x7f]);
                true
            }
            Some([0x8f, a, b]) if self == Kind::Iso2022JpExt => {
                if *state != JISX0212 {
                    out.extend_from_slice(b"\x1b$(D");
                    *state = JISX0212;
                }
                out.extend([a & 0x7f, b & 0x7f]);
                true
            }
            _ => false,
        }
    }
}

fn decode_hz(state: &mut u8, data: &[u8]) -> Step {
    match (data[0], data.get(1)) {
        (b'~', None) => Step::Incomplete,
        (b'~', Some(b'~')) if *state == ASCII => Step::Char(b'~'.into(), 2),
        (b'~', Some(b'{')) if *state == ASCII => {
            *state = GB;
            Step::Skip(2)
        }
        (b'~', Some(b'}')) if *state == GB => {
            *state = ASCII;
            Step::Skip(2)
        }
        (b'~', Some(b'\n')) => Step::Skip(2),
        (b'~', _) => Step::Invalid(1),
        (a, _) if a >= 0x80 => Step::Invalid(1),
        (a, _) if *state == ASCII => Step::Char(a.into(), 1),
        (_, None) => Step::Incomplete,
        (a, Some(b)) => match Kind::Gb2312.chars_of(&[a | 0x80, b | 0x80]) {
            Some((c, _)) => Step::Char(c, 2),
            None => Step::Invalid(1),
        },
    }
}

fn encode_hz(state: &mut u8, c: u32, out: &mut Vec<u8>) -> bool {
    if c < 0x80 {
        if *state == GB {
            out.extend_from_slice(b"~}");
            *state = ASCII;
        }
        if c == u32::from(b'~') {
            out.push(b'~');
        }
        out.push(c as u8);
        return true;
    }
    match Kind::Gb2312.bytes_of(c).as_deref() {
        Some([a, b]) => {
            if *state != GB {
                out.extend_from_slice(b"~{");
                *state = GB;
            }
            out.extend([a & 0x7f, b & 0x7f]);
            true
        }
        _ => false,
    }
}

fn decode_iso_kr(state: &mut u8, data: &[u8]) -> Step {
    const DESIGNATE: &[u8] = b"\x1b$)C";
    if data.starts_with(DESIGNATE) {
        *state |= KR_DESIGNATED;
        return Step::Skip(DESIGNATE.len());
    }
    if DESIGNATE.starts_with(data) {
        return Step::Incomplete;
    }
    match data {
        [0x0e, ..] => {
            *state = *state & KR_DESIGNATED | KR;
            Step::Skip(1)
        }
        [0x0f, ..] => {
            *state &= KR_DESIGNATED;
            Step::Skip(1)
        }
        [b'\n', ..] => {
            *state &= KR_DESIGNATED;
            Step::Char(10, 1)
        }
        [a, ..] if *a >= 0x80 || *a == 0x1b => Step::Invalid(1),
        [a, rest @ ..] if *state & 0xf == KR && *a > 0x20 => match rest {
            [b, ..] => match Kind::EucKr.chars_of(&[a | 0x80, b | 0x80]) {
                Some((c, _)) => Step::Char(c, 2),
                None => Step::Invalid(2),
            },
            [] => Step::Incomplete,
        },
        [a, ..] => Step::Char((*a).into(), 1),
        [] => Step::Incomplete,
    }
}

fn encode_iso_kr(state: &mut u8, c: u32, out: &mut Vec<u8>) -> bool {
    let seq = if c < 0x80 { None } else { Kind::EucKr.bytes_of(c) };
    if c >= 0x80 && seq.is_none() {
        return false;
    }
    if *state & KR_DESIGNATED == 0 {
        out.extend_from_slice(b"\x1b$)C");
        *state |= KR_DESIGNATED;
    }
    let shifted = *state & 0xf == KR;
    match seq.as_deref() {
        Some([a, b]) => {
            if !shifted {
                out.push(0x0e);
                *state |= KR;
            }
            out.extend([a & 0x7f, b & 0x7f]);
        }
        _ => {
            if shifted {
                out.push(0x0f);
                *state &= KR_DESIGNATED;
            }
            out.push(c as u8);
        }
    }
    true
}
