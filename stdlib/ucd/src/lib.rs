//! The Unicode character database, version 16.0, as `unicodedata` shows it: names, bidirectional
//! classes, widths, numbers, decompositions, normal forms, and what was different in version 3.2.
//!
//! Categories, digits and case mappings are with the str type (`krait_types::unicode`), which needs
//! them at every step.
//!
//! Invariant: the crate knows nothing of Python objects; the frontend uses it too.

pub mod names;
pub mod normalize;
pub mod old;
mod tables;

/// Properties of a code point.
#[derive(Copy, Clone)]
pub struct Record {
    bidi: u8,
    /// Canonical combining class.
    pub combining: u8,
    width: u8,
    /// Is the character mirrored in right-to-left text?
    pub mirrored: bool,
}

/// The properties of a code point.
#[inline]
pub fn record(c: u32) -> &'static Record {
    use tables::{INDEX1, INDEX2, RECORDS, SHIFT};
    let block = INDEX1[((c >> SHIFT) as usize).min(INDEX1.len() - 1)] as usize;
    &RECORDS[INDEX2[(block << SHIFT) | (c as usize & ((1 << SHIFT) - 1))] as usize]
}

/// Bidirectional class; empty for unassigned characters.
pub fn bidirectional(c: u32) -> &'static str {
    tables::BIDI[record(c).bidi as usize]
}

/// East Asian width.
pub fn east_asian_width(c: u32) -> &'static str {
    tables::WIDTHS[record(c).width as usize]
}

/// The entry of sorted ranges that holds a code point.
fn in_ranges<T>(ranges: &'static [T], c: u32, bounds: impl Fn(&T) -> (u32, u32)) -> Option<&'static T> {
    let i = ranges.partition_point(|e| bounds(e).1 < c);
    ranges.get(i).filter(|e| bounds(e).0 <= c)
}

/// Numeric value, fractions included.
pub fn numeric(c: u32) -> Option<f64> {
    in_ranges(&tables::NUMERIC, c, |e| (e.0, e.1)).map(|e| e.2 + f64::from(c - e.0))
}

/// A decomposition mapping.
#[derive(Copy, Clone)]
pub struct Decomposition {
    /// `<compat>`, `<font>` and the like; empty if the mapping is canonical.
    pub tag: &'static str,
    /// The characters, which may decompose further.
    pub to: &'static [u32],
}

/// The decomposition mapping of a character. Those of Hangul syllables are computed, see
/// [`normalize::hangul_parts`].
pub fn decomposition(c: u32) -> Option<Decomposition> {
    use tables::{DECOMPOSED, DECOMPOSITIONS, TAGS};
    let i = DECOMPOSED.binary_search_by_key(&c, |e| e.0).ok()?;
    let at = DECOMPOSED[i].1 as usize;
    let head = DECOMPOSITIONS[at];
    let to = &DECOMPOSITIONS[at + 1..at + 1 + (head & 0xff) as usize];
    Some(Decomposition { tag: TAGS[(head >> 8) as usize], to })
}
