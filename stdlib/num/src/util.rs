//! Helpers that the modules of this crate share.

use krait_object::function::alloc_exact;
use krait_object::prelude::*;

pub use krait_object::function::no_header;

/// A new object of `T`'s own type, which must be without attributes of its own.
#[inline]
pub fn make<T: Layout>(vm: &Vm, payload: T) -> Py<T> {
    // SAFETY: `Layout` says that objects of the type are laid out as `T`.
    unsafe { alloc_exact(vm, T::type_of(vm), payload) }
}

/// Lower-case hexadecimal digits.
pub fn hex(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len() * 2);
    for b in data {
        for d in [b >> 4, b & 15] {
            out.push(char::from(b"0123456789abcdef"[usize::from(d)]));
        }
    }
    out
}
