//! Normal forms: decomposition, canonical ordering and composition.

use crate::{decomposition, old, record, tables};

/// The normal forms.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

impl Form {
    /// The form of a name.
    pub fn of(name: &str) -> Option<Form> {
        match name {
            "NFC" => Some(Form::Nfc),
            "NFD" => Some(Form::Nfd),
            "NFKC" => Some(Form::Nfkc),
            "NFKD" => Some(Form::Nfkd),
            _ => None,
        }
    }
    fn compatible(self) -> bool {
        matches!(self, Form::Nfkc | Form::Nfkd)
    }
    fn composed(self) -> bool {
        matches!(self, Form::Nfc | Form::Nfkc)
    }
    /// Every text of code points below this is in the form.
    pub fn safe_below(self) -> u32 {
        match self {
            Form::Nfc => 0x300,
            Form::Nfd => 0xc0,
            Form::Nfkc | Form::Nfkd => 0xa0,
        }
    }
}

/// Hangul syllables are computed.
mod hangul {
    pub const S: u32 = 0xac00;
    pub const L: u32 = 0x1100;
    pub const V: u32 = 0x1161;
    pub const T: u32 = 0x11a7;
    pub const L_COUNT: u32 = 19;
    pub const V_COUNT: u32 = 21;
    pub const T_COUNT: u32 = 28;
    pub const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;
}

/// The text in a normal form, by Unicode 3.2 if `v3`.
pub fn normalize(form: Form, text: impl Iterator<Item = u32>, v3: bool) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.size_hint().0);
    for c in text {
        decompose(c, form.compatible(), v3, &mut out);
    }
    order(&mut out);
    if form.composed() {
        compose(&mut out);
    }
    out
}

/// The two or three letters of a Hangul syllable.
pub fn hangul_parts(c: u32) -> Option<([u32; 3], usize)> {
    use hangul::{L, S, S_COUNT, T, T_COUNT, V, V_COUNT};
    let i = c.checked_sub(S).filter(|i| *i < S_COUNT)?;
    let parts = [L + i / (V_COUNT * T_COUNT), V + i % (V_COUNT * T_COUNT) / T_COUNT, T + i % T_COUNT];
    Some((parts, if i % T_COUNT == 0 { 2 } else { 3 }))
}

fn decompose(c: u32, compatible: bool, v3: bool, out: &mut Vec<u32>) {
    if c < 0xa0 {
        return out.push(c);
    }
    if let Some((parts, n)) = hangul_parts(c) {
        return out.extend_from_slice(&parts[..n]);
    }
    if v3 {
        if let Some(d) = old::decomposition(c) {
            return out.push(d);
        }
        if !old::assigned(c) {
            return out.push(c);
        }
    }
    match decomposition(c) {
        Some(d) if compatible || d.tag.is_empty() => {
            for &c in d.to {
                decompose(c, compatible, v3, out);
            }
        }
        _ => out.push(c),
    }
}

/// Sorts each run of combining characters by class; equal classes keep their order.
fn order(text: &mut [u32]) {
    let class = |c: u32| if c < 0x300 { 0 } else { record(c).combining };
    let mut i = 0;
    while i < text.len() {
        if class(text[i]) == 0 {
            i += 1;
            continue;
        }
        let end = text[i..].iter().position(|&c| class(c) == 0).map_or(text.len(), |n| i + n);
        text[i..end].sort_by_key(|&c| class(c));
        i = end;
    }
}

fn pair(a: u32, b: u32) -> Option<u32> {
    use hangul::{L, L_COUNT, S, S_COUNT, T, T_COUNT, V, V_COUNT};
    if (L..L + L_COUNT).contains(&a) && (V..V + V_COUNT).contains(&b) {
        return Some(S + ((a - L) * V_COUNT + (b - V)) * T_COUNT);
    }
    if (S..S + S_COUNT).contains(&a) && (a - S).is_multiple_of(T_COUNT) && (T + 1..T + T_COUNT).contains(&b) {
        return Some(a + (b - T));
    }
    if b < 0x300 {
        return None;
    }
    tables::COMPOSED.binary_search_by_key(&(a, b), |e| (e.0, e.1)).ok().map(|i| tables::COMPOSED[i].2)
}

/// Composes in place.
fn compose(text: &mut Vec<u32>) {
    let mut starter: Option<usize> = None;
    // Class of the last character kept after the starter; 0 right behind it.
    let mut last = 0;
    let mut n = 0;
    for i in 0..text.len() {
        let c = text[i];
        let class = record(c).combining;
        if let Some(s) = starter {
            let adjacent = n == s + 1;
            if (adjacent || (last < class && last != 0))
                && let Some(made) = pair(text[s], c)
            {
                text[s] = made;
                continue;
            }
        }
        if class == 0 {
            starter = Some(n);
        }
        last = class;
        text[n] = c;
        n += 1;
    }
    text.truncate(n);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: Form, from: &str, to: &str) {
        let got: String = normalize(form, from.chars().map(u32::from), false).into_iter().filter_map(char::from_u32).collect();
        assert_eq!(got, to);
    }

    #[test]
    fn forms() {
        check(Form::Nfc, "e\u{301}", "é");
        check(Form::Nfd, "é", "e\u{301}");
        check(Form::Nfc, "\u{1100}\u{1161}\u{11a8}", "\u{ac01}");
        check(Form::Nfd, "\u{ac01}", "\u{1100}\u{1161}\u{11a8}");
        check(Form::Nfkc, "ﬁ①", "fi1");
        check(Form::Nfc, "a\u{316}\u{301}", "á\u{316}");
        check(Form::Nfc, "a\u{302}\u{332}\u{308}", "\u{e2}\u{332}\u{308}");
        check(Form::Nfc, "\u{958}", "\u{915}\u{93c}");
    }
}
