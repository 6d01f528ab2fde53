//! What Unicode 3.2 said, as differences to the present version. Each function has an answer only
//! where it differs.

use crate::{in_ranges, tables};

/// Was the code point assigned?
pub fn assigned(c: u32) -> bool {
    in_ranges(&tables::OLD_ASSIGNED, c, |e| (e.0, e.1)).is_some()
}

fn changed<T: Copy>(ranges: &'static [(u32, u32, T)], c: u32) -> Option<T> {
    in_ranges(ranges, c, |e| (e.0, e.1)).map(|e| e.2)
}

/// Number of the general category, in the order of their names.
pub fn category(c: u32) -> Option<u8> {
    changed(&tables::OLD_CATEGORY, c)
}

/// Bidirectional class.
pub fn bidirectional(c: u32) -> Option<&'static str> {
    changed(&tables::OLD_BIDI, c).map(|i| tables::BIDI[i as usize])
}

/// East Asian width of an assigned code point.
pub fn east_asian_width(c: u32) -> Option<&'static str> {
    changed(&tables::OLD_WIDTH, c).map(|i| tables::WIDTHS[i as usize])
}

/// East Asian width of an unassigned code point.
pub fn reserved_width(c: u32) -> &'static str {
    if in_ranges(&tables::OLD_WIDE, c, |e| (e.0, e.1)).is_some() { "W" } else { "N" }
}

/// Mirrored or not.
pub fn mirrored(c: u32) -> Option<bool> {
    changed(&tables::OLD_MIRRORED, c).map(|v| v != 0)
}

/// Decimal value, if it was another or none.
pub fn decimal(c: u32) -> Option<Option<u8>> {
    changed(&tables::OLD_DECIMAL, c).map(|v| u8::try_from(v).ok())
}

/// Numeric value, if it was another or none.
pub fn numeric(c: u32) -> Option<Option<f64>> {
    changed(&tables::OLD_NUMERIC, c).map(|v| (v >= 0.0).then_some(v))
}

/// The canonical decomposition of a character that was corrected later.
pub fn decomposition(c: u32) -> Option<u32> {
    tables::OLD_DECOMPOSED.binary_search_by_key(&c, |e| e.0).ok().map(|i| tables::OLD_DECOMPOSED[i].1)
}
