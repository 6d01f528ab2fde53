//! Searching strings: linear time for every form.
//!
//! Bytes go through `memchr`; wider forms use the Two-Way algorithm (Crochemore and Perrin).

use memchr::memmem;

use super::{PyStr, StrData};
use crate::with_str_data;

/// A storage unit of string data: `u8`, `u16` or `u32`.
pub trait Unit: Copy + Ord + Into<u32> + TryFrom<u32> + std::ops::BitOr<Output = Self> + Default + 'static {
    /// First place of one unit.
    fn find_unit(hay: &[Self], c: Self) -> Option<usize>;
    /// Last place of one unit.
    fn rfind_unit(hay: &[Self], c: Self) -> Option<usize>;
    /// First place of a needle of two or more units.
    fn find_seq(hay: &[Self], needle: &[Self]) -> Option<usize>;
    /// Last place of a needle of two or more units.
    fn rfind_seq(hay: &[Self], needle: &[Self]) -> Option<usize>;
}

impl Unit for u8 {
    #[inline]
    fn find_unit(hay: &[u8], c: u8) -> Option<usize> {
        memchr::memchr(c, hay)
    }
    #[inline]
    fn rfind_unit(hay: &[u8], c: u8) -> Option<usize> {
        memchr::memrchr(c, hay)
    }
    #[inline]
    fn find_seq(hay: &[u8], needle: &[u8]) -> Option<usize> {
        memmem::find(hay, needle)
    }
    #[inline]
    fn rfind_seq(hay: &[u8], needle: &[u8]) -> Option<usize> {
        memmem::rfind(hay, needle)
    }
}

macro_rules! wide_unit {
    ($($t:ty),*) => {
        $(impl Unit for $t {
            fn find_unit(hay: &[$t], c: $t) -> Option<usize> {
                // Whole chunks are tested without early exit, which compiles to vector code.
                let (chunks, rest) = hay.as_chunks::<16>();
                for (i, chunk) in chunks.iter().enumerate() {
                    if chunk.iter().fold(false, |hit, x| hit | (*x == c)) {
                        return chunk.iter().position(|x| *x == c).map(|k| i * 16 + k);
                    }
                }
                rest.iter().position(|x| *x == c).map(|k| chunks.len() * 16 + k)
            }
            fn rfind_unit(hay: &[$t], c: $t) -> Option<usize> {
                hay.iter().rposition(|x| *x == c)
            }
            fn find_seq(hay: &[$t], needle: &[$t]) -> Option<usize> {
                two_way(hay.len(), |i| hay[i], needle.len(), |i| needle[i])
            }
            fn rfind_seq(hay: &[$t], needle: &[$t]) -> Option<usize> {
                let (h, n) = (hay.len(), needle.len());
                two_way(h, |i| hay[h - 1 - i], n, |i| needle[n - 1 - i]).map(|p| h - n - p)
            }
        })*
    };
}
wide_unit!(u16, u32);

/// All units or-ed together: enough to choose the narrowest form.
#[inline]
pub(super) fn max_bits<T: Unit>(d: &[T]) -> u32 {
    d.iter().fold(T::default(), |a, b| a | *b).into()
}

/// Start and period of the needle's maximal suffix under one of the two orders.
fn maximal_suffix<T: Ord>(n: usize, x: &impl Fn(usize) -> T, reversed: bool) -> (usize, usize) {
    let (mut left, mut right, mut offset, mut period) = (0, 1, 0, 1);
    while right + offset < n {
        let (a, b) = (x(right + offset), x(left + offset));
        if a == b {
            if offset + 1 == period {
                right += offset + 1;
                offset = 0;
            } else {
                offset += 1;
            }
        } else if (a < b) != reversed {
            right += offset + 1;
            offset = 0;
            period = right - left;
        } else {
            left = right;
            right += 1;
            offset = 0;
            period = 1;
        }
    }
    (left, period)
}

/// First place of the needle `x[..n]` in `y[..len]`.
fn two_way<T: Ord>(len: usize, y: impl Fn(usize) -> T, n: usize, x: impl Fn(usize) -> T) -> Option<usize> {
    if n > len {
        return None;
    }
    let (a, b) = (maximal_suffix(n, &x, false), maximal_suffix(n, &x, true));
    let (crit, mut period) = if a.0 > b.0 { a } else { b };
    let periodic = crit + period <= n && (0..crit).all(|i| x(i) == x(period + i));
    if !periodic {
        period = crit.max(n - crit) + 1;
    }
    let (mut pos, mut memory) = (0, 0);
    'search: while pos + n <= len {
        for i in crit.max(memory)..n {
            if x(i) != y(pos + i) {
                pos += i - crit + 1;
                memory = 0;
                continue 'search;
            }
        }
        for i in (memory..crit).rev() {
            if x(i) != y(pos + i) {
                pos += period;
                memory = if periodic { n - period } else { 0 };
                continue 'search;
            }
        }
        return Some(pos);
    }
    None
}

/// Runs `f` with the needle in the unit of the haystack; `None` if it cannot occur there.
fn with_needle<T: Unit, R>(needle: StrData<'_>, f: impl FnOnce(&[T]) -> R) -> Option<R> {
    fn narrow<T: Unit, S: Unit>(d: &[S]) -> Option<Vec<T>> {
        d.iter().map(|c| T::try_from((*c).into()).ok()).collect()
    }
    fn same<T: 'static, S: 'static>(d: &[S]) -> Option<&[T]> {
        // SAFETY: the types are the same.
        (std::any::TypeId::of::<T>() == std::any::TypeId::of::<S>())
            .then(|| unsafe { std::slice::from_raw_parts(d.as_ptr() as *const T, d.len()) })
    }
    let direct = match needle {
        StrData::Ascii(d) | StrData::Latin1(d) => same(d),
        StrData::Ucs2(d) => same(d),
        StrData::Ucs4(d) => same(d),
    };
    if let Some(d) = direct {
        return Some(f(d));
    }
    let converted = match needle {
        StrData::Ascii(d) | StrData::Latin1(d) => narrow::<T, u8>(d),
        StrData::Ucs2(d) => narrow::<T, u16>(d),
        StrData::Ucs4(d) => narrow::<T, u32>(d),
    };
    converted.map(|v| f(&v))
}

fn find_units<T: Unit>(hay: &[T], needle: &[T]) -> Option<usize> {
    match needle {
        [] => Some(0),
        _ if needle.len() > hay.len() => None,
        [c] => T::find_unit(hay, *c),
        _ => T::find_seq(hay, needle),
    }
}

fn rfind_units<T: Unit>(hay: &[T], needle: &[T]) -> Option<usize> {
    match needle {
        [] => Some(hay.len()),
        _ if needle.len() > hay.len() => None,
        [c] => T::rfind_unit(hay, *c),
        _ => T::rfind_seq(hay, needle),
    }
}

fn count_units<T: Unit>(hay: &[T], needle: &[T], max: usize) -> usize {
    if needle.is_empty() {
        return (hay.len() + 1).min(max);
    }
    if let ([c], true) = (needle, max >= hay.len()) {
        return hay.iter().filter(|x| *x == c).count();
    }
    let (mut n, mut at) = (0, 0);
    while n < max {
        let Some(i) = find_units(&hay[at..], needle) else { break };
        n += 1;
        at += i + needle.len();
    }
    n
}

/// First place of `needle` in `hay`.
pub fn find_in(hay: StrData<'_>, needle: StrData<'_>) -> Option<usize> {
    match hay {
        StrData::Ascii(d) | StrData::Latin1(d) => with_needle(needle, |n| find_units(d, n))?,
        StrData::Ucs2(d) => with_needle(needle, |n| find_units(d, n))?,
        StrData::Ucs4(d) => with_needle(needle, |n| find_units(d, n))?,
    }
}

/// Last place of `needle` in `hay`.
pub fn rfind_in(hay: StrData<'_>, needle: StrData<'_>) -> Option<usize> {
    match hay {
        StrData::Ascii(d) | StrData::Latin1(d) => with_needle(needle, |n| rfind_units(d, n))?,
        StrData::Ucs2(d) => with_needle(needle, |n| rfind_units(d, n))?,
        StrData::Ucs4(d) => with_needle(needle, |n| rfind_units(d, n))?,
    }
}

/// How often `needle` occurs in `hay` without overlap, at most `max` times. An empty needle occurs
/// before each code point and at the end.
pub fn count_in(hay: StrData<'_>, needle: StrData<'_>, max: usize) -> usize {
    let n = match hay {
        StrData::Ascii(d) | StrData::Latin1(d) => with_needle(needle, |n| count_units(d, n, max)),
        StrData::Ucs2(d) => with_needle(needle, |n| count_units(d, n, max)),
        StrData::Ucs4(d) => with_needle(needle, |n| count_units(d, n, max)),
    };
    n.unwrap_or(0)
}

impl PyStr {
    /// First place of `needle` within `start..end` (clamped), counted from the string's start.
    /// An empty range holds the empty needle, an inverted one nothing.
    pub fn find(&self, needle: &PyStr, start: usize, end: usize) -> Option<usize> {
        let end = end.min(self.len());
        if start > end {
            return None;
        }
        find_in(self.data().slice(start, end), needle.data()).map(|i| i + start)
    }
    /// Last place of `needle` within `start..end`, as [`find`](Self::find).
    pub fn rfind(&self, needle: &PyStr, start: usize, end: usize) -> Option<usize> {
        let end = end.min(self.len());
        if start > end {
            return None;
        }
        rfind_in(self.data().slice(start, end), needle.data()).map(|i| i + start)
    }
    /// Occurrences of `needle` without overlap within `start..end`, as [`find`](Self::find).
    pub fn count(&self, needle: &PyStr, start: usize, end: usize) -> usize {
        let end = end.min(self.len());
        if start > end {
            return 0;
        }
        count_in(self.data().slice(start, end), needle.data(), usize::MAX)
    }
    /// Does `needle` occur?
    #[inline]
    pub fn contains(&self, needle: &PyStr) -> bool {
        find_in(self.data(), needle.data()).is_some()
    }
    /// First place of a code point within `start..end`.
    pub fn find_char(&self, c: u32, start: usize, end: usize) -> Option<usize> {
        fn run<T: Unit>(d: &[T], c: u32) -> Option<usize> {
            T::find_unit(d, T::try_from(c).ok()?)
        }
        let end = end.min(self.len());
        if start > end {
            return None;
        }
        with_str_data!(self, d => run(&d[start..end], c)).map(|i| i + start)
    }
    /// Last place of a code point within `start..end`.
    pub fn rfind_char(&self, c: u32, start: usize, end: usize) -> Option<usize> {
        fn run<T: Unit>(d: &[T], c: u32) -> Option<usize> {
            T::rfind_unit(d, T::try_from(c).ok()?)
        }
        let end = end.min(self.len());
        if start > end {
            return None;
        }
        with_str_data!(self, d => run(&d[start..end], c)).map(|i| i + start)
    }
    /// Does the text at `at` begin with `s`?
    pub fn matches_at(&self, at: usize, s: &PyStr) -> bool {
        fn same<A: Unit, B: Unit>(a: &[A], b: &[B]) -> bool {
            a.iter().zip(b).all(|(x, y)| (*x).into() == (*y).into())
        }
        let Some(end) = at.checked_add(s.len()).filter(|e| *e <= self.len()) else { return false };
        if self.kind() == 1 && s.kind() == 1 {
            return &self.raw_bytes()[at..end] == s.raw_bytes();
        }
        with_str_data!(self, a => with_str_data!(s, b => same(&a[at..end], b)))
    }
    pub fn starts_with(&self, s: &PyStr) -> bool {
        self.matches_at(0, s)
    }
    pub fn ends_with(&self, s: &PyStr) -> bool {
        self.len() >= s.len() && self.matches_at(self.len() - s.len(), s)
    }
}
