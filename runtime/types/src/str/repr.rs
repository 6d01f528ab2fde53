//! `repr` of strings.

use krait_object::obj::Py;
use krait_object::str::{PyStr, StrBuilder, StrData};
use krait_object::vm::Vm;

use crate::unicode::is_printable;

/// `repr(s)`: single quotes unless the text has those and no double ones.
pub fn str_repr(vm: &Vm, s: &PyStr) -> Py<PyStr> {
    let quote = if s.find_char('\'' as u32, 0, s.len()).is_some() && s.find_char('"' as u32, 0, s.len()).is_none() { '"' } else { '\'' };
    let mut out = StrBuilder::with_capacity(s.len() + 2);
    out.push_char(quote);
    match s.data() {
        StrData::Ascii(d) if d.iter().all(|c| matches!(c, b' '..=b'~') && !matches!(c, b'\\' | b'\'')) => out.push_pystr(s),
        _ => s.chars().for_each(|c| push_escaped(&mut out, c, quote)),
    }
    out.push_char(quote);
    out.finish(vm)
}

fn push_escaped(out: &mut StrBuilder, c: u32, quote: char) {
    match c {
        0x09 => out.push_str("\\t"),
        0x0a => out.push_str("\\n"),
        0x0d => out.push_str("\\r"),
        0x5c => out.push_str("\\\\"),
        _ if c == quote as u32 => {
            out.push_char('\\');
            out.push(c);
        }
        _ if is_printable(c) => out.push(c),
        0..=0xff => out.push_str(&format!("\\x{c:02x}")),
        0x100..=0xffff => out.push_str(&format!("\\u{c:04x}")),
        _ => out.push_str(&format!("\\U{c:08x}")),
    }
}
