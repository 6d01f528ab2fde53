//! Making strings: allocation and the constructors from text, bytes and code points.

use std::cell::Cell;

use super::find::{Unit, max_bits};
use super::{Compact, MAX_LEN, PyStr, interned, state, tail_bytes};
use crate::error::PyResult;
use crate::header::{Header, alloc_raw};
use crate::obj::{Layout, Obj, Py};
use crate::ty::PyType;
use crate::vm::Vm;

/// Kind and ASCII flag of the narrowest form that holds `max`.
#[inline(always)]
pub(super) fn form_of(max: u32) -> (usize, bool) {
    match max {
        0..=0x7f => (1, true),
        0x80..=0xff => (1, false),
        0x100..=0xffff => (2, false),
        _ => (4, false),
    }
}

/// Writes the struct and the terminator; the data stays uninitialised.
///
/// # Safety
/// `p` points to a header followed by room for the form and length.
unsafe fn init_payload(p: *mut Header, kind: usize, ascii: bool, len: usize) {
    // SAFETY: by contract.
    unsafe {
        let s = p as *mut PyStr;
        (*s).len = Cell::new(len as isize);
        (*s).hash = Cell::new(-1);
        let flags = state::COMPACT | (kind as u32) << state::KIND_SHIFT | if ascii { state::ASCII } else { 0 };
        (*s).state = Cell::new(flags);
        (*s)._pad = 0;
        if !ascii {
            (s.add(1) as *mut Compact).write(Compact { utf8_len: Cell::new(0), utf8: Cell::new(std::ptr::null_mut()) });
        }
        let end = (*s).data_ptr().add(len * kind) as *mut u8;
        match kind {
            1 => end.write(0),
            2 => (end as *mut u16).write(0),
            _ => (end as *mut u32).write(0),
        }
    }
}

/// An exact str whose data is still to be written; `None` if memory is exhausted.
#[inline]
pub(super) fn alloc(vm: &Vm, max: u32, len: usize) -> Option<Py<PyStr>> {
    if len > MAX_LEN {
        return None;
    }
    let (kind, ascii) = form_of(max);
    let p = alloc_raw(vm.types.str, size_of::<PyStr>() + tail_bytes(kind, ascii, len))?;
    // SAFETY: fresh memory of the right size; we own the one reference.
    unsafe {
        init_payload(p.as_ptr(), kind, ascii, len);
        Some(Py::from_ptr(p.as_ptr() as *const PyStr))
    }
}

/// As [`alloc`] for sizes that exist elsewhere in memory already.
#[inline]
pub(super) fn alloc_or_unwind(vm: &Vm, max: u32, len: usize) -> Py<PyStr> {
    match alloc(vm, max, len) {
        Some(s) => s,
        None => crate::memory::out_of_memory(),
    }
}

/// Copies units, changing their width.
///
/// # Safety
/// `dst` has room for `src.len()` units of `kind` bytes, is aligned for them, and they hold every
/// unit of `src`.
#[inline]
pub(super) unsafe fn copy_units<T: Unit>(src: &[T], dst: *mut u8, kind: usize) {
    // SAFETY: by contract.
    unsafe {
        if kind == size_of::<T>() {
            std::ptr::copy_nonoverlapping(src.as_ptr() as *const u8, dst, size_of_val(src));
            return;
        }
        match kind {
            1 => {
                for (i, c) in src.iter().enumerate() {
                    dst.add(i).write((*c).into() as u8);
                }
            }
            2 => {
                let dst = dst as *mut u16;
                for (i, c) in src.iter().enumerate() {
                    dst.add(i).write((*c).into() as u16);
                }
            }
            _ => {
                let dst = dst as *mut u32;
                for (i, c) in src.iter().enumerate() {
                    dst.add(i).write((*c).into());
                }
            }
        }
    }
}

impl PyStr {
    /// A string of the given text.
    pub fn new(vm: &Vm, s: &str) -> Py<PyStr> {
        if s.is_ascii() {
            return Self::from_ascii(vm, s);
        }
        let (mut n, mut max) = (0, 0);
        for c in s.chars() {
            n += 1;
            max |= u32::from(c);
        }
        if n == 1 {
            return Self::from_char(vm, max);
        }
        let out = alloc_or_unwind(vm, max, n);
        let dst = out.data_ptr() as *mut u8;
        // SAFETY: `n` units of the form that holds `max` were allocated; nobody else sees them.
        unsafe {
            match out.kind() {
                1 => s.chars().enumerate().for_each(|(i, c)| dst.add(i).write(c as u8)),
                2 => s.chars().enumerate().for_each(|(i, c)| (dst as *mut u16).add(i).write(c as u16)),
                _ => s.chars().enumerate().for_each(|(i, c)| (dst as *mut u32).add(i).write(c.into())),
            }
        }
        out
    }
    /// A string of ASCII text. (Other text is accepted and takes the slower way.)
    #[inline]
    pub fn from_ascii(vm: &Vm, s: &str) -> Py<PyStr> {
        debug_assert!(s.is_ascii());
        // SAFETY: the text is ASCII.
        unsafe { Self::from_ascii_unchecked(vm, s.as_bytes()) }
    }
    /// # Safety
    /// All bytes are below 128.
    #[inline]
    pub unsafe fn from_ascii_unchecked(vm: &Vm, d: &[u8]) -> Py<PyStr> {
        match d {
            [] => Self::empty(vm).to_py(),
            [c] => Self::latin1_char(vm, *c).to_py(),
            _ => {
                let out = alloc_or_unwind(vm, 0, d.len());
                // SAFETY: the data was allocated and nobody else sees it.
                unsafe { std::ptr::copy_nonoverlapping(d.as_ptr(), out.data_ptr() as *mut u8, d.len()) };
                out
            }
        }
    }
    /// A string of code points below 256.
    pub fn from_latin1(vm: &Vm, d: &[u8]) -> Py<PyStr> {
        Self::from_units(vm, d)
    }
    /// A string of code points below 65536. (Surrogates are not paired up.)
    pub fn from_ucs2(vm: &Vm, d: &[u16]) -> Py<PyStr> {
        Self::from_units(vm, d)
    }
    /// A string of code points.
    pub fn from_code_points(vm: &Vm, d: &[u32]) -> Py<PyStr> {
        Self::from_units(vm, d)
    }
    /// A string of units of any width, in the narrowest form.
    pub fn from_units<T: Unit>(vm: &Vm, d: &[T]) -> Py<PyStr> {
        match d {
            [] => return Self::empty(vm).to_py(),
            [c] => return Self::from_char(vm, (*c).into()),
            _ => {}
        }
        let out = alloc_or_unwind(vm, max_bits(d), d.len());
        // SAFETY: the form chosen holds every unit; the data is ours.
        unsafe { copy_units(d, out.data_ptr() as *mut u8, out.kind()) };
        out
    }
    /// A string of one code point. Those below 256 are shared.
    #[inline]
    pub fn from_char(vm: &Vm, c: u32) -> Py<PyStr> {
        if c < 256 {
            return Self::latin1_char(vm, c as u8).to_py();
        }
        let out = alloc_or_unwind(vm, c, 1);
        // SAFETY: one unit was allocated; nobody else sees it.
        unsafe { copy_units(&[c], out.data_ptr() as *mut u8, out.kind()) };
        out
    }
    /// The shared string of one code point below 256.
    #[inline(always)]
    pub fn latin1_char(vm: &Vm, c: u8) -> &'static PyStr {
        shared(vm)[c as usize]
    }
    /// The shared empty string.
    #[inline(always)]
    pub fn empty(vm: &Vm) -> &'static PyStr {
        shared(vm)[256]
    }
    /// A string with the text of `s`, of the type `ty` (`str` or a subtype).
    pub fn new_subtype(vm: &Vm, ty: &PyType, s: &PyStr) -> PyResult<Obj> {
        if std::ptr::eq(ty, vm.types.str) {
            return Ok(s.to_exact(vm).into_obj());
        }
        let (kind, ascii, len) = (s.kind(), s.is_ascii(), s.len());
        crate::instance::alloc_var_instance(vm, ty, tail_bytes(kind, ascii, len), |p| {
            // SAFETY: a fresh object with room for the form and length.
            unsafe {
                init_payload(p, kind, ascii, len);
                let new = &*(p as *const PyStr);
                new.hash.set(s.hash.get());
                std::ptr::copy_nonoverlapping(s.data_ptr(), new.data_ptr() as *mut u8, len * kind);
            }
        })
    }
}

/// One-character strings 0..256 and then the empty one, all immortal and interned.
#[inline(always)]
fn shared(vm: &Vm) -> &'static [&'static PyStr] {
    match vm.interp.latin1_chars.get() {
        Some(all) => all,
        None => make_shared(vm),
    }
}

#[cold]
#[inline(never)]
fn make_shared(vm: &Vm) -> &'static [&'static PyStr] {
    vm.interp.latin1_chars.get_or_init(|| {
        let immortal = |s: Py<PyStr>| -> &'static PyStr {
            s.header.make_immortal();
            s.set_interned(interned::STATIC);
            // SAFETY: immortal objects are never freed.
            unsafe { &*s.into_ptr() }
        };
        let mut all = Vec::with_capacity(257);
        for c in 0..=255u8 {
            let s = alloc_or_unwind(vm, c.into(), 1);
            // SAFETY: one byte was allocated; nobody else sees it.
            unsafe { (s.data_ptr() as *mut u8).write(c) };
            all.push(immortal(s));
        }
        all.push(immortal(alloc_or_unwind(vm, 0, 0)));
        all
    })
}
