//! Messages on the process's standard error, below Python's streams.
//!
//! `krait_object::stderr_line!` panics when the stream cannot be written, which a full disk or a closed pipe must not
//! do to a program. These macros lose the message instead.

/// What [`stderr_write!`](crate::stderr_write) and [`stderr_line!`](crate::stderr_line) expand to.
pub fn write(text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    // Nothing is left that could report a failure.
    let _ = std::io::stderr().write_fmt(text);
}

/// `krait_object::stderr_write!` that cannot panic.
#[macro_export]
macro_rules! stderr_write {
    ($($arg:tt)*) => { $crate::terminal::write(format_args!($($arg)*)) };
}

/// `krait_object::stderr_line!` that cannot panic.
#[macro_export]
macro_rules! stderr_line {
    () => { $crate::terminal::write(format_args!("\n")) };
    ($fmt:literal $($arg:tt)*) => { $crate::terminal::write(format_args!("{}\n", format_args!($fmt $($arg)*))) };
}
