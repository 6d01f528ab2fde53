//! Character classes and case conversions of regular expressions.

use std::sync::LazyLock;

use krait_types::unicode::{self, flag};

use super::codes::op;

/// Lower case in ASCII only.
pub fn lower_ascii(c: u32) -> u32 {
    if c.wrapping_sub(u32::from(b'A')) < 26 { c + 32 } else { c }
}

/// Upper case in ASCII only.
fn upper_ascii(c: u32) -> u32 {
    if c.wrapping_sub(u32::from(b'a')) < 26 { c - 32 } else { c }
}

/// Simple lower case.
pub fn lower_unicode(c: u32) -> u32 {
    if c < 0x80 { lower_ascii(c) } else { unicode::to_lower(c).iter().next().unwrap_or(c) }
}

/// Simple upper case.
pub fn upper_unicode(c: u32) -> u32 {
    if c < 0x80 { upper_ascii(c) } else { unicode::to_upper(c).iter().next().unwrap_or(c) }
}

/// Lower case of a byte in the C locale in force.
pub fn lower_locale(c: u32) -> u32 {
    // SAFETY: the argument is a byte value, which `tolower` takes.
    if c < 256 { unsafe { libc::tolower(c as i32) as u32 } } else { c }
}

/// Upper case of a byte in the C locale in force.
pub fn upper_locale(c: u32) -> u32 {
    // SAFETY: as above.
    if c < 256 { unsafe { libc::toupper(c as i32) as u32 } } else { c }
}

pub fn is_word(c: u32) -> bool {
    c < 0x80 && ((c as u8).is_ascii_alphanumeric() || c == u32::from(b'_'))
}

pub fn is_locale_word(c: u32) -> bool {
    // SAFETY: as above.
    c == u32::from(b'_') || (c < 256 && unsafe { libc::isalnum(c as i32) } != 0)
}

pub fn is_unicode_word(c: u32) -> bool {
    if c < 0x80 { is_word(c) } else { unicode::has(c, flag::ALNUM) }
}

fn is_space(c: u32) -> bool {
    matches!(c, 9..=13 | 32)
}

fn is_digit(c: u32) -> bool {
    matches!(c, 0x30..=0x39)
}

/// For each character below 256, a bit for each pair of categories it is in. Those that depend on
/// the locale are left out.
pub type CategoryTable = [u16; 256];

/// See [`CategoryTable`].
#[inline]
pub fn category_table() -> &'static CategoryTable {
    static TABLE: LazyLock<CategoryTable> =
        LazyLock::new(|| std::array::from_fn(|c| (0..9).filter(|&pair| category_slow(pair * 2, c as u32)).map(|pair| 1 << pair).sum()));
    &TABLE
}

/// Is the character in one of the numbered categories?
#[inline]
pub fn category(cat: u32, c: u32) -> bool {
    category_by(category_table(), cat, c)
}

/// As [`category`], with the table at hand.
#[inline(always)]
pub fn category_by(table: &CategoryTable, cat: u32, c: u32) -> bool {
    if c < 256 && cat < 18 && cat >> 1 != 4 {
        return (table[c as usize] >> (cat >> 1)) as u32 & 1 != cat & 1;
    }
    category_slow(cat, c)
}

fn category_slow(cat: u32, c: u32) -> bool {
    let negated = cat & 1 != 0 && cat != 9;
    let r = match cat {
        0 | 1 => is_digit(c),
        2 | 3 => is_space(c),
        4 | 5 => is_word(c),
        6 | 7 => c == 10,
        8 => is_locale_word(c),
        9 => return !is_locale_word(c),
        10 | 11 => unicode::decimal_value(c).is_some(),
        12 | 13 => unicode::is_space(c),
        14 | 15 => is_unicode_word(c),
        16 | 17 => unicode::is_line_break(c),
        _ => return false,
    };
    r != negated
}

/// Is the character in the set written at the start of `set`?
#[inline]
pub fn in_set(set: &[u32], c: u32) -> bool {
    let mut ok = true;
    let mut i = 0;
    let at = |i: usize| set.get(i).copied().unwrap_or(0);
    loop {
        let code = at(i);
        i += 1;
        match code {
            op::LITERAL => {
                if c == at(i) {
                    return ok;
                }
                i += 1;
            }
            op::CATEGORY => {
                if category(at(i), c) {
                    return ok;
                }
                i += 1;
            }
            op::CHARSET => {
                if c < 256 && at(i + c as usize / 32) & (1 << (c & 31)) != 0 {
                    return ok;
                }
                i += 8;
            }
            op::RANGE => {
                if at(i) <= c && c <= at(i + 1) {
                    return ok;
                }
                i += 2;
            }
            op::RANGE_UNI_IGNORE => {
                let range = at(i)..=at(i + 1);
                if range.contains(&c) || range.contains(&upper_unicode(c)) {
                    return ok;
                }
                i += 2;
            }
            op::NEGATE => ok = !ok,
            op::BIGCHARSET => {
                let count = at(i) as usize;
                i += 1;
                if c < 0x10000 {
                    let high = c as usize >> 8;
                    let block = (at(i + high / 4) >> (high % 4 * 8)) & 255;
                    let bit = block as usize * 256 + (c as usize & 255);
                    if at(i + 64 + bit / 32) & (1 << (bit & 31)) != 0 {
                        return ok;
                    }
                }
                i += 64 + count * 8;
            }
            _ => return !ok,
        }
    }
}

/// `in_set` of either case in the locale.
pub fn in_set_locale(set: &[u32], c: u32) -> bool {
    let lo = lower_locale(c);
    if in_set(set, lo) {
        return true;
    }
    let up = upper_locale(c);
    up != lo && in_set(set, up)
}
