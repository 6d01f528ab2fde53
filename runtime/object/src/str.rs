//! `str` objects: CPython 3.14's compact layout.
//!
//! A string holds code points (lone surrogates included) in the narrowest of four forms: ASCII,
//! Latin-1, 16 and 32 bits each. ASCII data follows the 40-byte struct; the other forms have a
//! cached UTF-8 copy (length and pointer) first. Data ends with a zero unit.
//!
//! Invariants: the form is the narrowest that holds the string, so equal strings have equal forms;
//! length, form and data never change once the object is shared. The hash is -1 until computed.

mod append;
mod builder;
mod find;
mod new;
mod ops;
#[cfg(test)]
mod tests;
mod utf8;
mod writer;

use std::cell::Cell;
use std::cmp::Ordering;

use crate::hash::hash_bytes;
use crate::header::{Header, free_raw};
use crate::obj::{Obj, Py, Ref};
use crate::table_layout;
use crate::ty::TypeFlags;
use crate::vm::Vm;

pub use builder::StrBuilder;
pub use find::{Unit, count_in, find_in, rfind_in};
pub use writer::StrWriter;

/// A str object; the data follows.
#[repr(C)]
pub struct PyStr {
    header: Header,
    pub(crate) len: Cell<isize>,
    hash: Cell<i64>,
    state: Cell<u32>,
    _pad: u32,
}
table_layout!(PyStr => str);

/// What stands between the struct and the data of a string that is not ASCII.
#[repr(C)]
struct Compact {
    utf8_len: Cell<isize>,
    /// Null until asked for; then `utf8_len + 1` bytes of our own.
    utf8: Cell<*mut u8>,
}

/// Bits of the state word, CPython's.
mod state {
    pub const INTERNED: u32 = 3;
    pub const KIND_SHIFT: u32 = 2;
    pub const KIND: u32 = 7 << KIND_SHIFT;
    pub const COMPACT: u32 = 1 << 5;
    pub const ASCII: u32 = 1 << 6;
}

/// How a string takes part in interning.
pub mod interned {
    pub const NO: u32 = 0;
    pub const MORTAL: u32 = 1;
    pub const IMMORTAL: u32 = 2;
    pub const STATIC: u32 = 3;
}

/// The largest length of a string; longer ones are a MemoryError.
pub const MAX_LEN: usize = isize::MAX as usize / 4 - 64;

/// The code points of a string in their form.
#[derive(Copy, Clone)]
pub enum StrData<'a> {
    Ascii(&'a [u8]),
    Latin1(&'a [u8]),
    Ucs2(&'a [u16]),
    Ucs4(&'a [u32]),
}

/// Runs an expression with `$d` bound to the data slice of a string, once for each unit width.
#[macro_export]
macro_rules! with_str_data {
    ($s:expr, $d:ident => $body:expr) => {
        match $s.data() {
            $crate::str::StrData::Ascii($d) | $crate::str::StrData::Latin1($d) => $body,
            $crate::str::StrData::Ucs2($d) => $body,
            $crate::str::StrData::Ucs4($d) => $body,
        }
    };
}

impl<'a> StrData<'a> {
    #[inline]
    pub fn len(self) -> usize {
        match self {
            StrData::Ascii(d) | StrData::Latin1(d) => d.len(),
            StrData::Ucs2(d) => d.len(),
            StrData::Ucs4(d) => d.len(),
        }
    }
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// The code point at `i`. Panics out of range, as slices do.
    #[inline]
    pub fn at(self, i: usize) -> u32 {
        match self {
            StrData::Ascii(d) | StrData::Latin1(d) => d[i].into(),
            StrData::Ucs2(d) => d[i].into(),
            StrData::Ucs4(d) => d[i],
        }
    }
    /// The part from `start` to `end`, in the same form.
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> StrData<'a> {
        match self {
            StrData::Ascii(d) => StrData::Ascii(&d[start..end]),
            StrData::Latin1(d) => StrData::Latin1(&d[start..end]),
            StrData::Ucs2(d) => StrData::Ucs2(&d[start..end]),
            StrData::Ucs4(d) => StrData::Ucs4(&d[start..end]),
        }
    }
    /// An upper bound of the code points that is exact enough to choose the form.
    pub fn max_char(self) -> u32 {
        match self {
            StrData::Ascii(_) => 0x7f,
            StrData::Latin1(d) => find::max_bits(d),
            StrData::Ucs2(d) => find::max_bits(d),
            StrData::Ucs4(d) => find::max_bits(d),
        }
    }
    pub fn chars(self) -> Chars<'a> {
        Chars { data: self, front: 0, back: self.len() }
    }
}

/// The code points of a string in order.
#[derive(Clone)]
pub struct Chars<'a> {
    data: StrData<'a>,
    front: usize,
    back: usize,
}

impl Iterator for Chars<'_> {
    type Item = u32;
    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        let c = self.data.at(self.front);
        self.front += 1;
        Some(c)
    }
    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.back - self.front;
        (n, Some(n))
    }
}

impl DoubleEndedIterator for Chars<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        self.back -= 1;
        Some(self.data.at(self.back))
    }
}

impl ExactSizeIterator for Chars<'_> {}

impl PyStr {
    /// Number of code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }
    /// Bytes a code point takes: 1, 2 or 4.
    #[inline(always)]
    pub fn kind(&self) -> usize {
        ((self.state.get() & state::KIND) >> state::KIND_SHIFT) as usize
    }
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.state.get() & state::ASCII != 0
    }
    /// The largest code point of the string's form: 0x7f, 0xff, 0xffff or 0x10ffff.
    #[inline]
    pub fn form_max(&self) -> u32 {
        match self.kind() {
            1 => {
                if self.is_ascii() {
                    0x7f
                } else {
                    0xff
                }
            }
            2 => 0xffff,
            _ => 0x10_ffff,
        }
    }
    /// First byte of the data.
    #[inline(always)]
    pub fn data_ptr(&self) -> *const u8 {
        let skip = if self.is_ascii() { 0 } else { size_of::<Compact>() };
        // SAFETY: data follows the struct, after `Compact` unless ASCII.
        unsafe { (self as *const PyStr as *const u8).add(size_of::<PyStr>() + skip) }
    }
    /// The data as raw bytes in native byte order.
    #[inline(always)]
    pub fn raw_bytes(&self) -> &[u8] {
        // SAFETY: `len` units of `kind` bytes are there and never change while shared.
        unsafe { std::slice::from_raw_parts(self.data_ptr(), self.len() * self.kind()) }
    }
    /// The code points in their form.
    #[inline(always)]
    pub fn data(&self) -> StrData<'_> {
        let (p, n) = (self.data_ptr(), self.len());
        // SAFETY: `n` units of `kind` bytes are there, aligned, and never change while shared.
        unsafe {
            match self.kind() {
                1 => {
                    let d = std::slice::from_raw_parts(p, n);
                    if self.is_ascii() { StrData::Ascii(d) } else { StrData::Latin1(d) }
                }
                2 => StrData::Ucs2(std::slice::from_raw_parts(p as *const u16, n)),
                _ => StrData::Ucs4(std::slice::from_raw_parts(p as *const u32, n)),
            }
        }
    }
    /// The code point at `i`. Panics out of range.
    #[inline]
    pub fn char_at(&self, i: usize) -> u32 {
        self.data().at(i)
    }
    pub fn chars(&self) -> Chars<'_> {
        self.data().chars()
    }
    /// The text of an ASCII string.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        if self.is_ascii() {
            // SAFETY: ASCII bytes are UTF-8.
            Some(unsafe { std::str::from_utf8_unchecked(self.raw_bytes()) })
        } else {
            None
        }
    }

    /// Same text?
    #[expect(clippy::should_implement_trait, reason = "text has no `==` in Rust, so that identity and equality are not mixed up")]
    #[inline(always)]
    pub fn eq(&self, other: &PyStr) -> bool {
        std::ptr::eq(self, other) || self.eq_data(other)
    }
    #[inline(always)]
    pub(crate) fn eq_data(&self, other: &PyStr) -> bool {
        const FORM: u32 = state::KIND | state::ASCII;
        self.len.get() == other.len.get() && (self.state.get() ^ other.state.get()) & FORM == 0 && self.raw_bytes() == other.raw_bytes()
    }
    /// Is the text `s`?
    pub fn eq_str(&self, s: &str) -> bool {
        match self.data() {
            StrData::Ascii(d) => d == s.as_bytes(),
            data => data.len() <= s.len() && data.chars().eq(s.chars().map(u32::from)),
        }
    }
    /// Order by code points.
    #[expect(clippy::should_implement_trait, reason = "an order without `Eq`, which would have to agree with Python's")]
    pub fn cmp(&self, other: &PyStr) -> Ordering {
        fn units<A: Unit, B: Unit>(a: &[A], b: &[B]) -> Ordering {
            for (x, y) in a.iter().zip(b) {
                let (x, y): (u32, u32) = ((*x).into(), (*y).into());
                if x != y {
                    return x.cmp(&y);
                }
            }
            a.len().cmp(&b.len())
        }
        if self.kind() == 1 && other.kind() == 1 {
            return self.raw_bytes().cmp(other.raw_bytes());
        }
        with_str_data!(self, a => with_str_data!(other, b => units(a, b)))
    }
    /// The hash under the interpreter's secret, computed once.
    #[inline(always)]
    pub fn hash(&self, vm: &Vm) -> i64 {
        let h = self.hash.get();
        if h != -1 { h } else { self.compute_hash(vm) }
    }
    #[inline(never)]
    fn compute_hash(&self, vm: &Vm) -> i64 {
        let h = hash_bytes(vm.interp.hash_secret.get(), self.raw_bytes());
        self.hash.set(h);
        h
    }
    /// The hash if it has been computed, else -1. Keys of dicts have theirs.
    #[inline(always)]
    pub fn cached_hash(&self) -> i64 {
        self.hash.get()
    }

    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.state.get() & state::INTERNED != 0
    }
    /// One of [`interned`].
    pub fn interned_state(&self) -> u32 {
        self.state.get() & state::INTERNED
    }
    pub(crate) fn set_interned(&self, how: u32) {
        self.state.set(self.state.get() & !state::INTERNED | how);
    }
    /// The string as an exact `str`: itself, or a copy if it is of a subtype.
    pub fn to_exact(&self, vm: &Vm) -> Py<PyStr> {
        if std::ptr::eq(self.header.ty(), vm.types.str) {
            return crate::obj::Layout::to_py(self);
        }
        self.substring_copy(vm, 0, self.len())
    }
    /// `sys.getsizeof`: bytes of the object and its UTF-8 cache.
    pub fn size_in_bytes(&self) -> usize {
        let utf8 = match self.compact() {
            Some(c) if !c.utf8.get().is_null() => c.utf8_len.get() as usize + 1,
            _ => 0,
        };
        size_of::<PyStr>() + self.data_bytes() + utf8
    }

    /// The part before the data of a string that is not ASCII.
    fn compact(&self) -> Option<&Compact> {
        if self.is_ascii() {
            return None;
        }
        // SAFETY: such strings have it right after the struct.
        Some(unsafe { &*((self as *const PyStr).add(1) as *const Compact) })
    }
    /// Bytes that follow the struct: where the attributes of a subtype's instance begin.
    pub fn data_bytes(&self) -> usize {
        tail_bytes(self.kind(), self.is_ascii(), self.len())
    }
}

/// Bytes that follow the struct of a string of the given form.
fn tail_bytes(kind: usize, ascii: bool, len: usize) -> usize {
    let skip = if ascii { 0 } else { size_of::<Compact>() };
    skip + (len + 1) * kind
}

/// The dealloc function of str and subtypes.
///
/// # Safety
/// `p` is a dead str object.
pub unsafe fn dealloc_str(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract; the block came from `alloc_raw` with the size computed here.
    unsafe {
        let s = &*(p as *const PyStr);
        if s.interned_state() == interned::MORTAL {
            crate::intern::forget(vm, s);
        }
        if let Some(c) = s.compact() {
            utf8::free_cache(c);
        }
        let tail = s.data_bytes();
        let ty = (*p).ty.get();
        if std::ptr::eq(ty, vm.types.str) {
            free_raw(p, size_of::<PyStr>() + tail, false);
        } else {
            let size = crate::instance::instance_size(&*ty, p, tail);
            crate::instance::drop_attrs(vm, &*ty, p, tail);
            free_raw(p, size, (*ty).has_flag(TypeFlags::GC));
        }
    }
}

/// The traverse function of subtypes of str, which may have attributes.
///
/// # Safety
/// `p` is a str object.
pub unsafe fn traverse_str(p: *const Header, v: &mut crate::gc::Visitor<'_>) {
    // SAFETY: by contract.
    unsafe {
        let tail = (*(p as *const PyStr)).data_bytes();
        crate::instance::traverse_attrs(p, tail, v);
    }
}

impl<'a> Ref<'a> {
    /// The string, if the object is exactly a `str`.
    #[inline(always)]
    pub fn as_exact_str(self, vm: &Vm) -> Option<&'a PyStr> {
        let h = self.header()?;
        if std::ptr::eq(h.ty(), vm.types.str) {
            // SAFETY: just checked.
            Some(unsafe { self.downcast_unchecked() })
        } else {
            None
        }
    }
}

impl Vm {
    /// A str object.
    pub fn str(&self, s: &str) -> Obj {
        PyStr::new(self, s).into_obj()
    }
}

impl std::fmt::Display for PyStr {
    /// The text; surrogates show as U+FFFD.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.as_ascii() {
            Some(s) => f.pad(s),
            None => f.pad(&self.to_string_lossy()),
        }
    }
}

impl std::fmt::Debug for PyStr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.to_string_lossy(), f)
    }
}
