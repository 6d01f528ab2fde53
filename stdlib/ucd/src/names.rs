//! Character names, aliases and named sequences.

use crate::tables::SEQUENCES;

/// Beginnings of names that end with the code point, which are not in the crate's tables or are
/// looked up there too leniently.
const NUMBERED: [(&str, &[(u32, u32)]); 2] =
    [("CJK UNIFIED IDEOGRAPH-", &[]), ("TANGUT IDEOGRAPH-", &[(0x17000, 0x187f7), (0x18d00, 0x18d08)])];

/// The name of a character.
pub fn name(c: u32) -> Option<String> {
    for (prefix, ranges) in NUMBERED {
        if ranges.iter().any(|r| (r.0..=r.1).contains(&c)) {
            return Some(format!("{prefix}{c:X}"));
        }
    }
    unicode_names2::name(char::from_u32(c)?).map(|n| n.to_string())
}

fn starts_like(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|p| p.eq_ignore_ascii_case(prefix))
}

/// The character of a name or alias, capitals or not.
pub fn character(wanted: &str) -> Option<u32> {
    for (prefix, _) in NUMBERED {
        if starts_like(wanted, prefix) {
            let c = u32::from_str_radix(&wanted[prefix.len()..], 16).ok()?;
            return is_name_of(c, wanted).then_some(c);
        }
    }
    let c = u32::from(unicode_names2::character(wanted)?);
    // The crate's look-up takes a name for found when the text only begins with it.
    match name(c) {
        Some(n) if n.len() < wanted.len() && starts_like(wanted, &n) => None,
        _ => Some(c),
    }
}

/// Is the text the character's name, and not an alias?
pub fn is_name_of(c: u32, text: &str) -> bool {
    name(c).is_some_and(|n| n.eq_ignore_ascii_case(text))
}

/// The characters of a named sequence, capitals or not.
pub fn sequence(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    SEQUENCES.binary_search_by_key(&name.as_str(), |e| e.0).ok().map(|i| SEQUENCES[i].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases() {
        assert_eq!(name(0x1d200).as_deref(), Some("GREEK VOCAL NOTATION SYMBOL-1"));
        assert_eq!(character("latin small letter gha"), Some(0x1a3));
        assert_eq!(character("NULL"), Some(0));
        assert_eq!(character("CJK UNIFIED IDEOGRAPH-04E00"), None);
        assert_eq!(character("CJK Unified Ideograph-4e00"), Some(0x4e00));
        assert_eq!(character("TANGUT IDEOGRAPH-17000"), Some(0x17000));
        assert_eq!(character("HANGUL SYLLABLE GA"), Some(0xac00));
        assert_eq!(character("SPACE "), None);
        assert_eq!(sequence("keycap digit one"), Some("1\u{fe0f}\u{20e3}"));
    }
}
