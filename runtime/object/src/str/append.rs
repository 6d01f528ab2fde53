//! `s += t` in place when nobody else holds `s`.

use super::new::copy_units;
use super::{MAX_LEN, PyStr, state, tail_bytes, utf8};
use crate::error::PyResult;
use crate::header::realloc_raw;
use crate::obj::{Layout, Obj};
use crate::value::Value;
use crate::vm::Vm;
use crate::with_str_data;

impl PyStr {
    /// May `other` be appended to this string's own block?
    #[inline]
    fn can_grow(&self, vm: &Vm, other: &PyStr) -> bool {
        self.header.refcount() == 1
            && std::ptr::eq(self.header.ty(), vm.types.str)
            && self.state.get() & state::INTERNED == 0
            && self.form_max() >= other.form_max()
            && self.len() + other.len() <= MAX_LEN
            && !self.is_empty()
            && !std::ptr::eq(self, other)
    }
    /// `owner + other`, where `owner` is a str (or subtype) the caller gives up. Grows the block
    /// if this was the only reference, so that a loop of appends takes linear time.
    pub fn append_in_place(vm: &Vm, owner: Obj, other: &PyStr) -> PyResult<Obj> {
        // SAFETY: the caller passes a str.
        let s = unsafe { owner.r().downcast_unchecked::<PyStr>() };
        if !s.can_grow(vm, other) {
            return Ok(s.concat(vm, other)?.into_obj());
        }
        if other.is_empty() {
            return Ok(owner);
        }
        let (kind, ascii, len) = (s.kind(), s.is_ascii(), s.len());
        if let Some(c) = s.compact() {
            utf8::free_cache(c);
        }
        let new_len = len + other.len();
        let p = owner.into_value().header_ptr();
        let base = size_of::<PyStr>();
        // SAFETY: we hold the only reference, so the block may move; sizes are those `alloc` and
        // `dealloc_str` compute. On failure the old block is untouched and still ours.
        unsafe {
            let (old, new) = (base + tail_bytes(kind, ascii, len), base + tail_bytes(kind, ascii, new_len));
            let Some(q) = realloc_raw(p, old, new, false) else {
                drop(Obj::from_value(Value::from_ptr(p)));
                return Err(vm.memory_error());
            };
            let s = &*(q.as_ptr() as *const PyStr);
            s.len.set(new_len as isize);
            s.hash.set(-1);
            let at = (s.data_ptr() as *mut u8).add(len * kind);
            with_str_data!(other, d => copy_units(d, at, kind));
            std::ptr::write_bytes(at.add(other.len() * kind), 0, kind);
            Ok(Obj::from_value(Value::from_ptr(q.as_ptr())))
        }
    }
    /// Can the object be the owner of [`append_in_place`](Self::append_in_place)?
    #[inline]
    pub fn is_sole_reference(&self) -> bool {
        Layout::header(self).refcount() == 1
    }
}
