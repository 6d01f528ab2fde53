//! `memoryview`.

mod strided;

pub use strided::contiguous_bytes;
