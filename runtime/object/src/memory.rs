//! Memory whose size a script picks, and what happens when there is none.
//!
//! Rust's collections abort the process when they cannot grow. Code that makes a block of a size
//! that is not bounded by objects which exist already gets its memory here, or uses `try_reserve`
//! and raises MemoryError itself.

/// What a panic for want of memory carries.
pub struct OutOfMemory;

/// Gives up what native code is doing because there is no memory for it. The interpreter loop,
/// which catches panics, raises MemoryError.
#[cold]
#[inline(never)]
pub fn out_of_memory() -> ! {
    std::panic::panic_any(OutOfMemory)
}

/// `n` zero bytes.
pub fn zeroed(n: usize) -> Vec<u8> {
    let mut v = vec_of(n);
    v.resize(n, 0);
    v
}

/// An empty vector with room for `n` items.
pub fn vec_of<T>(n: usize) -> Vec<T> {
    let mut v = Vec::new();
    reserve(&mut v, n);
    v
}

/// Makes room for `n` more items.
pub fn reserve<T>(v: &mut Vec<T>, n: usize) {
    if v.try_reserve(n).is_err() {
        out_of_memory();
    }
}

/// Empty text with room for `n` bytes.
pub fn text_of(n: usize) -> String {
    let mut s = String::new();
    reserve_text(&mut s, n);
    s
}

/// Makes room for `n` more bytes of text.
pub fn reserve_text(s: &mut String, n: usize) {
    if s.try_reserve(n).is_err() {
        out_of_memory();
    }
}

/// Appends `c`, an ASCII character, `n` times.
pub fn push_n(s: &mut String, c: char, n: usize) {
    reserve_text(s, n);
    s.extend(std::iter::repeat_n(c, n));
}
