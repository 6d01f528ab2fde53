//! `bytes`.

mod construct;

pub use construct::{buffer_bytes, byte_value, bytes_from_object, call_dunder_bytes, iterable_bytes, object_bytes};
