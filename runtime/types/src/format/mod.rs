//! Formatting shared by all types: the format-specification language, `%` of str and bytes, and
//! the engine of `str.format`.

pub mod digits;
mod layout;
mod number;
mod percent;
mod percent_bytes;
mod percent_str;
mod spec;
mod template;
mod text;

pub use number::{format_complex, format_float, format_int};
pub use percent_bytes::format_bytes_percent;
pub use percent_str::format_str_percent;
pub use spec::{Separator, Spec};
pub use template::{FieldName, FieldStep, Markup, MarkupIter, format_map, format_template};
pub use text::format_str;
