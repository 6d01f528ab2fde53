//! Constants as bytes: keys for deduplication, and the serialised form of code units.

use crate::code::Const;
use crate::positions::put;

/// A key under which equal constants of one type are the same; `None` for code.
pub fn const_key(c: &Const) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    write_key(c, &mut key).then_some(key)
}

fn write_key(c: &Const, out: &mut Vec<u8>) -> bool {
    let items = |tag: u8, items: &[Const], out: &mut Vec<u8>| {
        out.push(tag);
        put(out, items.len() as u64);
        items.iter().all(|c| write_key(c, out))
    };
    match c {
        Const::None => out.push(b'N'),
        Const::True => out.push(b'T'),
        Const::False => out.push(b'F'),
        Const::Ellipsis => out.push(b'.'),
        Const::Int(i) => {
            out.push(b'i');
            out.extend_from_slice(&i.to_le_bytes());
        }
        Const::BigInt(i) => {
            out.push(b'l');
            let bytes = i.to_le_bytes();
            put(out, bytes.len() as u64);
            out.extend_from_slice(&bytes);
        }
        Const::Float(f) => {
            out.push(b'g');
            out.extend_from_slice(&f.to_bits().to_le_bytes());
        }
        Const::Complex(r, i) => {
            out.push(b'y');
            out.extend_from_slice(&r.to_bits().to_le_bytes());
            out.extend_from_slice(&i.to_bits().to_le_bytes());
        }
        Const::Str(s) => {
            out.push(b'u');
            put(out, s.as_bytes().len() as u64);
            out.extend_from_slice(s.as_bytes());
        }
        Const::Bytes(b) => {
            out.push(b's');
            put(out, b.len() as u64);
            out.extend_from_slice(b);
        }
        Const::Tuple(t) => return items(b'(', t, out),
        Const::FrozenSet(t) => return items(b'>', t, out),
        Const::Slice(s) => return items(b':', &s[..], out),
        Const::Code(_) => return false,
    }
    true
}
