//! `memoryview`.

mod cast;
mod class;
mod compare;
mod index;
mod item;
mod object;
mod strided;

use krait_object::ty::TypeDef;

pub use item::{f64_to_half, half_to_f64};
pub use object::{Facts, PyMemoryView};
pub use strided::{View, c_strides, contiguous_bytes, f_strides};

/// The most dimensions a view has.
const MAX_NDIM: usize = 64;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&class::memoryview::DEF, &class::memory_iterator::DEF];
