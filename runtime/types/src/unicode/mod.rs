//! Unicode 16.0 properties and case mappings of code points.
//!
//! Lookups go through a two-level table of distinct property records. Lone surrogates and code
//! points beyond Unicode have records like any other.

mod tables;

/// Properties of a code point; the flags are in [`flag`].
#[derive(Copy, Clone)]
pub struct Record {
    pub flags: u16,
    category: u8,
    digit: u8,
    upper: i32,
    lower: i32,
    title: i32,
}

impl Record {
    const fn new(flags: u16, category: u8, digit: u8, upper: i32, lower: i32, title: i32) -> Record {
        Record { flags, category, digit, upper, lower, title }
    }
}

/// Bits of [`Record::flags`].
pub mod flag {
    pub const ALPHA: u16 = 1;
    pub const DECIMAL: u16 = 1 << 1;
    pub const DIGIT: u16 = 1 << 2;
    pub const NUMERIC: u16 = 1 << 3;
    pub const LOWER: u16 = 1 << 4;
    pub const UPPER: u16 = 1 << 5;
    pub const TITLE: u16 = 1 << 6;
    pub const SPACE: u16 = 1 << 7;
    pub const PRINTABLE: u16 = 1 << 8;
    pub const XID_START: u16 = 1 << 9;
    pub const XID_CONTINUE: u16 = 1 << 10;
    pub const CASE_IGNORABLE: u16 = 1 << 11;
    pub const CASED: u16 = 1 << 12;
    /// A full case mapping differs from the simple one.
    pub const SPECIAL: u16 = 1 << 13;
    /// Case folding differs from the simple lower-case mapping.
    pub const FOLD: u16 = 1 << 14;
    /// What `str.isalnum` accepts.
    pub const ALNUM: u16 = ALPHA | DECIMAL | DIGIT | NUMERIC;
}

/// General categories by number, in the order the records count them.
const CATEGORIES: [&str; 30] = [
    "Cn", "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No", "Pc", "Pd", "Pe", "Pf", "Pi", "Po",
    "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs",
];

/// The version of the tables.
pub const VERSION: &str = "16.0.0";

/// The properties of a code point.
#[inline]
pub fn record(c: u32) -> &'static Record {
    use tables::{INDEX1, INDEX2, RECORDS, SHIFT};
    let block = INDEX1[((c >> SHIFT) as usize).min(INDEX1.len() - 1)] as usize;
    &RECORDS[INDEX2[(block << SHIFT) | (c as usize & ((1 << SHIFT) - 1))] as usize]
}

/// Has the code point any of the properties?
#[inline]
pub fn has(c: u32, flags: u16) -> bool {
    record(c).flags & flags != 0
}

/// General category, as `unicodedata.category` names it.
pub fn category(c: u32) -> &'static str {
    CATEGORIES[record(c).category as usize]
}

/// The name of a category number.
pub fn category_name(number: u8) -> &'static str {
    CATEGORIES[number as usize]
}

#[inline]
pub fn is_space(c: u32) -> bool {
    match c {
        0..=0x7f => matches!(c, 9..=13 | 28..=32),
        _ => has(c, flag::SPACE),
    }
}

/// Does `str.splitlines` break after the code point? (`\r\n` counts as one break.)
#[inline]
pub fn is_line_break(c: u32) -> bool {
    matches!(c, 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

/// Does `repr` show the code point as it is?
#[inline]
pub fn is_printable(c: u32) -> bool {
    match c {
        0..=0x7f => matches!(c, 0x20..=0x7e),
        _ => has(c, flag::PRINTABLE),
    }
}

#[inline]
pub fn is_xid_start(c: u32) -> bool {
    has(c, flag::XID_START)
}

#[inline]
pub fn is_xid_continue(c: u32) -> bool {
    has(c, flag::XID_CONTINUE)
}

/// Value of a decimal digit.
#[inline]
pub fn decimal_value(c: u32) -> Option<u8> {
    if c < 0x80 {
        return (c as u8).is_ascii_digit().then(|| c as u8 - b'0');
    }
    let r = record(c);
    (r.flags & flag::DECIMAL != 0).then_some(r.digit)
}

/// Value of a digit, superscripts and the like included.
pub fn digit_value(c: u32) -> Option<u8> {
    let r = record(c);
    (r.flags & flag::DIGIT != 0).then_some(r.digit)
}

fn shifted(c: u32, delta: i32) -> u32 {
    c.wrapping_add_signed(delta)
}

/// Simple lower-case mapping.
pub fn simple_lower(c: u32) -> u32 {
    shifted(c, record(c).lower)
}

/// Simple upper-case mapping.
pub fn simple_upper(c: u32) -> u32 {
    shifted(c, record(c).upper)
}

/// Simple title-case mapping.
pub fn simple_title(c: u32) -> u32 {
    shifted(c, record(c).title)
}

/// One to three code points; unused places are zero.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Mapped([u32; 3]);

impl Mapped {
    fn one(c: u32) -> Mapped {
        Mapped([c, 0, 0])
    }
    /// The code points of the mapping. NUL maps to itself.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = u32> {
        let Mapped(a) = self;
        a.into_iter().enumerate().filter(|(i, c)| *i == 0 || *c != 0).map(|(_, c)| c)
    }
}

/// Which full mapping to take from a row of the special table.
#[derive(Copy, Clone)]
enum Case {
    Upper = 0,
    Lower = 1,
    Title = 2,
}

#[cold]
fn special(c: u32, case: Case) -> Mapped {
    match tables::SPECIAL.binary_search_by_key(&c, |e| e.0) {
        Ok(i) => Mapped(tables::SPECIAL[i].1[case as usize]),
        Err(_) => Mapped::one(c),
    }
}

/// Full upper-case mapping.
#[inline]
pub fn to_upper(c: u32) -> Mapped {
    let r = record(c);
    if r.flags & flag::SPECIAL != 0 { special(c, Case::Upper) } else { Mapped::one(shifted(c, r.upper)) }
}

/// Full lower-case mapping, without the rule of the final sigma.
#[inline]
pub fn to_lower(c: u32) -> Mapped {
    let r = record(c);
    if r.flags & flag::SPECIAL != 0 { special(c, Case::Lower) } else { Mapped::one(shifted(c, r.lower)) }
}

/// Full title-case mapping.
#[inline]
pub fn to_title(c: u32) -> Mapped {
    let r = record(c);
    if r.flags & flag::SPECIAL != 0 { special(c, Case::Title) } else { Mapped::one(shifted(c, r.title)) }
}

/// Full case folding.
#[inline]
pub fn to_fold(c: u32) -> Mapped {
    let r = record(c);
    if r.flags & flag::FOLD == 0 {
        return Mapped::one(shifted(c, r.lower));
    }
    match tables::FOLDS.binary_search_by_key(&c, |e| e.0) {
        Ok(i) => Mapped(tables::FOLDS[i].1),
        Err(_) => Mapped::one(c),
    }
}

/// The capital sigma, which lower-cases by its surroundings.
pub const CAPITAL_SIGMA: u32 = 0x3a3;

/// Lower case of the sigma at `i`: the final form if a cased letter comes before it and none
/// after, case-ignorable characters not counting.
pub fn lower_sigma(i: usize, len: usize, at: impl Fn(usize) -> u32) -> u32 {
    let cased_first = |it: &mut dyn Iterator<Item = usize>| -> bool {
        it.map(|j| record(at(j)).flags).find(|f| f & flag::CASE_IGNORABLE == 0).is_some_and(|f| f & flag::CASED != 0)
    };
    let is_final = cased_first(&mut (0..i).rev()) && !cased_first(&mut (i + 1..len));
    if is_final { 0x3c2 } else { 0x3c3 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(m: Mapped) -> String {
        m.iter().filter_map(char::from_u32).collect()
    }

    #[test]
    fn full_mappings() {
        assert_eq!(text(to_upper('ß' as u32)), "SS");
        assert_eq!(text(to_title('ß' as u32)), "Ss");
        assert_eq!(text(to_lower('İ' as u32)), "i\u{307}");
        assert_eq!(text(to_title('ǆ' as u32)), "ǅ");
        assert_eq!(text(to_upper('ﬃ' as u32)), "FFI");
        assert_eq!(text(to_fold('ẞ' as u32)), "ss");
        assert_eq!(text(to_fold('Σ' as u32)), "σ");
        assert_eq!(text(to_upper(0)), "\0");
        // New in Unicode 16.
        assert_eq!(text(to_upper('\u{264}' as u32)), "\u{a7cb}");
        // New in Unicode 17.
        assert_eq!(category(0x10940), "Cn");
    }

    #[test]
    fn predicates() {
        assert!(is_space(0x3000) && is_space(0x1f) && !is_space(0x200b));
        assert!(is_printable(0xe9) && !is_printable(0xad) && !is_printable(0xd800) && !is_printable(0xa0));
        assert_eq!(decimal_value(0x663), Some(3));
        assert_eq!((decimal_value(0xb2), digit_value(0xb2)), (None, Some(2)));
        assert!(has(0x4e00, flag::NUMERIC) && has(0xbd, flag::NUMERIC) && !has(0xbd, flag::DIGIT));
        assert!(is_xid_start(0x5d0) && !is_xid_start(0x5f) && is_xid_continue(0x5f) && is_xid_continue(0xb7));
        assert_eq!(category(0x10ffff), "Cn");
    }

    #[test]
    fn sigma() {
        let word: Vec<u32> = "ΑΣ".chars().map(u32::from).collect();
        assert_eq!(lower_sigma(1, 2, |i| word[i]), 0x3c2);
        let word: Vec<u32> = "ΑΣΑ".chars().map(u32::from).collect();
        assert_eq!(lower_sigma(1, 3, |i| word[i]), 0x3c3);
    }
}
