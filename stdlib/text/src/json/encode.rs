//! Strings as JSON writes them.

use krait_object::prelude::*;
use krait_object::str::{StrBuilder, StrData};

const HEX: [u8; 16] = *b"0123456789abcdef";

fn escape(out: &mut StrBuilder, c: u32) {
    let short = match c {
        0x22 => '"',
        0x5c => '\\',
        0x08 => 'b',
        0x0c => 'f',
        0x0a => 'n',
        0x0d => 'r',
        0x09 => 't',
        0x10000.. => {
            let c = c - 0x10000;
            unit(out, 0xd800 + (c >> 10));
            unit(out, 0xdc00 + (c & 0x3ff));
            return;
        }
        _ => {
            unit(out, c);
            return;
        }
    };
    out.push(u32::from('\\'));
    out.push_char(short);
}

fn unit(out: &mut StrBuilder, c: u32) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(u32::from(HEX[(c >> shift) as usize & 15]));
    }
}

/// Copies runs that need no escape and escapes the rest.
fn write<T: Copy + Into<u32>>(out: &mut StrBuilder, d: &[T], wrap: impl Fn(&[T]) -> StrData<'_>, special: fn(u32) -> bool) {
    let mut from = 0;
    while from < d.len() {
        let n = d[from..].iter().position(|c| special((*c).into())).unwrap_or(d.len() - from);
        if n > 0 {
            out.push_data(wrap(&d[from..from + n]));
        }
        from += n;
        if from < d.len() {
            escape(out, d[from].into());
            from += 1;
        }
    }
}

fn quoted(out: &mut StrBuilder, s: &PyStr, special: fn(u32) -> bool) {
    out.push(0x22);
    match s.data() {
        StrData::Ascii(d) => write(out, d, |p| StrData::Ascii(p), special),
        StrData::Latin1(d) => write(out, d, |p| StrData::Latin1(p), special),
        StrData::Ucs2(d) => write(out, d, |p| StrData::Ucs2(p), special),
        StrData::Ucs4(d) => write(out, d, |p| StrData::Ucs4(p), special),
    }
    out.push(0x22);
}

/// With everything beyond ASCII escaped.
pub fn ascii(out: &mut StrBuilder, s: &PyStr) {
    quoted(out, s, |c| !(0x20..0x7f).contains(&c) || c == 0x22 || c == 0x5c);
}

/// With only what must be escaped.
pub fn plain(out: &mut StrBuilder, s: &PyStr) {
    quoted(out, s, |c| c < 0x20 || c == 0x22 || c == 0x5c);
}
