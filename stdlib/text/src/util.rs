//! Helpers that the modules of this crate share.

use krait_object::bytes::PyBytes;
use krait_object::function::alloc_exact;
use krait_object::prelude::*;

pub use krait_object::function::no_header;

/// A new object of `T`'s own type, which must be without attributes of its own.
#[inline]
pub fn make<T: Layout>(vm: &Vm, payload: T) -> Py<T> {
    // SAFETY: `Layout` says that objects of the type are laid out as `T`.
    unsafe { alloc_exact(vm, T::type_of(vm), payload) }
}

/// The bytes from `start` to `end`, which are in range; the object itself if that is all of it.
pub fn bytes_part(vm: &Vm, whole: Ref<'_>, data: &[u8], start: usize, end: usize) -> Obj {
    if start == 0 && end == data.len() && whole.is_exact::<PyBytes>(vm) {
        return whole.to_obj();
    }
    vm.bytes(&data[start..end])
}
