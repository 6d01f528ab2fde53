//! Format strings of `struct`.

use krait_object::prelude::*;

use super::error::struct_error;

/// How items are stored.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    Pad,
    Char,
    Bool,
    /// Signed or unsigned integer.
    Int(bool),
    /// A pointer: an unsigned integer that also takes negative ones.
    Pointer,
    Float,
    Complex,
    /// Fixed-length bytes.
    Bytes,
    /// Bytes with a leading length.
    Pascal,
}

/// A run of items of one kind.
#[derive(Copy, Clone, Debug)]
pub struct Field {
    pub kind: Kind,
    /// The format character, for messages.
    pub code: u8,
    /// Bytes of one item.
    pub size: usize,
    pub offset: usize,
    pub count: usize,
}

/// A parsed format.
#[derive(Debug)]
pub struct Format {
    pub fields: Vec<Field>,
    /// Bytes in all.
    pub size: usize,
    /// Python values in all.
    pub values: usize,
    pub little: bool,
    /// Native sizes: float overflow is not checked.
    pub native: bool,
    pub text: Vec<u8>,
}

/// Kind, size and alignment of a format character in native mode.
fn native(c: u8) -> Option<(Kind, usize, usize)> {
    Some(match c {
        b'x' => (Kind::Pad, 1, 1),
        b'c' => (Kind::Char, 1, 1),
        b'b' => (Kind::Int(true), 1, 1),
        b'B' => (Kind::Int(false), 1, 1),
        b'?' => (Kind::Bool, 1, 1),
        b'h' => (Kind::Int(true), 2, 2),
        b'H' => (Kind::Int(false), 2, 2),
        b'i' => (Kind::Int(true), 4, 4),
        b'I' => (Kind::Int(false), 4, 4),
        b'l' | b'q' | b'n' => (Kind::Int(true), 8, 8),
        b'L' | b'Q' | b'N' => (Kind::Int(false), 8, 8),
        b'P' => (Kind::Pointer, 8, 8),
        b'e' => (Kind::Float, 2, 2),
        b'f' => (Kind::Float, 4, 4),
        b'd' => (Kind::Float, 8, 8),
        b'F' => (Kind::Complex, 8, 4),
        b'D' => (Kind::Complex, 16, 8),
        b's' => (Kind::Bytes, 1, 1),
        b'p' => (Kind::Pascal, 1, 1),
        _ => return None,
    })
}

/// Kind and size in the standard modes, which do not align.
fn standard(c: u8) -> Option<(Kind, usize, usize)> {
    let (kind, size, _) = native(c)?;
    match c {
        b'l' | b'L' => Some((kind, 4, 1)),
        b'n' | b'N' | b'P' => None,
        _ => Some((kind, size, 1)),
    }
}

impl Format {
    pub fn parse(vm: &Vm, text: &[u8]) -> PyResult<Format> {
        if text.contains(&0) {
            return Err(struct_error(vm, "embedded null character"));
        }
        let mut f =
            Format { fields: Vec::new(), size: 0, values: 0, little: cfg!(target_endian = "little"), native: true, text: text.to_vec() };
        let mut rest = text;
        let mut table: fn(u8) -> Option<(Kind, usize, usize)> = native;
        if let Some((&c, tail)) = text.split_first() {
            let (mode, standard_sizes) = match c {
                b'@' => (Some(f.little), false),
                b'=' => (Some(f.little), true),
                b'<' => (Some(true), true),
                b'>' | b'!' => (Some(false), true),
                _ => (None, false),
            };
            if let Some(little) = mode {
                rest = tail;
                f.little = little;
                f.native = !standard_sizes;
                if standard_sizes {
                    table = standard;
                }
            }
        }
        f.parse_items(vm, rest, table)?;
        Ok(f)
    }

    fn parse_items(&mut self, vm: &Vm, text: &[u8], table: fn(u8) -> Option<(Kind, usize, usize)>) -> PyResult<()> {
        let overflow = || struct_error(vm, "total struct size too long");
        let mut it = text.iter().copied().peekable();
        while let Some(mut c) = it.next() {
            if c.is_ascii_whitespace() || c == 0x0b {
                continue;
            }
            let mut n: Option<usize> = None;
            while c.is_ascii_digit() {
                let digit = usize::from(c - b'0');
                let next = n.unwrap_or(0).checked_mul(10).and_then(|v| v.checked_add(digit));
                n = Some(next.filter(|v| *v <= isize::MAX as usize).ok_or_else(overflow)?);
                c = match it.next() {
                    Some(c) => c,
                    None => return Err(struct_error(vm, "repeat count given without format specifier")),
                };
            }
            let Some((kind, size, align)) = table(c) else { return Err(struct_error(vm, "bad char in struct format")) };
            let n = n.unwrap_or(1);
            let start = self.size.checked_add(align - 1).ok_or_else(overflow)? / align * align;
            let bytes = size.checked_mul(n).ok_or_else(overflow)?;
            self.size = start.checked_add(bytes).filter(|s| *s <= isize::MAX as usize).ok_or_else(overflow)?;
            let field = |size, count| Field { kind, code: c, size, offset: start, count };
            match kind {
                Kind::Pad => {}
                Kind::Bytes | Kind::Pascal => {
                    self.fields.push(field(n, 1));
                    self.values += 1;
                }
                _ if n > 0 => {
                    self.fields.push(field(size, n));
                    self.values += n;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
