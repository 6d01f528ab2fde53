//! `binascii`: conversions between binary data and text encodings of it.

use std::cell::Cell;

use krait_macros::pymodule;
use krait_object::buffer::{Buffer, has_buffer};
use krait_object::prelude::*;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What may be decoded: an ASCII str or bytes-like object.
pub struct AsciiArg(Source);

enum Source {
    Str(Py<PyStr>),
    Buffer(Buffer),
}

impl<'a> FromArg<'a> for AsciiArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        if let Some(s) = arg.downcast::<PyStr>(vm) {
            if !s.is_ascii() {
                return Err(vm.value_error("string argument should contain only ASCII characters"));
            }
            return Ok(AsciiArg(Source::Str(s.to_py())));
        }
        if !has_buffer(vm, arg) {
            let got = arg.ty(vm).tp_name();
            return Err(vm.type_error(format!("argument should be bytes, buffer or ASCII string, not '{got}'")));
        }
        Ok(AsciiArg(Source::Buffer(Buffer::simple(vm, arg)?)))
    }
}

impl AsciiArg {
    fn bytes(&self) -> &[u8] {
        match &self.0 {
            Source::Str(s) => s.raw_bytes(),
            Source::Buffer(b) => b.as_slice(),
        }
    }
}

#[derive(Default)]
struct State {
    error: Cell<Option<Obj>>,
}

/// Raises `binascii.Error`.
#[cold]
fn error(vm: &Vm, msg: &str) -> Raised {
    let state = vm.interp.state::<State>();
    let cls = state.error.take();
    state.error.set(cls.clone());
    match cls.as_ref().and_then(|c| c.r().downcast::<PyType>(vm)) {
        Some(ty) => vm.raise_msg(ty, msg),
        None => vm.value_error(msg),
    }
}

fn new_exception(vm: &Vm, name: &str, base: &PyType) -> PyResult<Obj> {
    let dict = vm.dict();
    dict.set_item_str(vm, "__module__", vm.str("binascii"))?;
    vm.call(vm.types.r#type.r(), &[vm.str(name).r(), vm.tuple(vec![base.to_obj()]).r(), dict.r()])
}

fn value64(c: u8) -> Option<u8> {
    match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn decode64(vm: &Vm, data: &[u8], strict: bool) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    let (mut quad, mut left, mut pads) = (0u8, 0u8, 0u8);
    if strict && data.first() == Some(&b'=') {
        return Err(error(vm, "Leading padding not allowed"));
    }
    for &c in data {
        if c == b'=' {
            // Padding ends nothing: what follows it goes on where the data stopped.
            pads = pads.saturating_add(1);
            if strict && (quad < 2 || quad.saturating_add(pads) > 4) {
                return Err(error(vm, "Excess padding not allowed"));
            }
            continue;
        }
        let Some(v) = value64(c) else {
            if strict {
                return Err(error(vm, "Only base64 data is allowed"));
            }
            continue;
        };
        if strict && pads > 0 {
            let full = quad.saturating_add(pads) == 4;
            return Err(error(vm, if full { "Excess data after padding" } else { "Discontinuous padding not allowed" }));
        }
        pads = 0;
        match quad {
            0 => {
                quad = 1;
                left = v;
            }
            1 => {
                quad = 2;
                out.push(left << 2 | v >> 4);
                left = v & 15;
            }
            2 => {
                quad = 3;
                out.push(left << 4 | v >> 2);
                left = v & 3;
            }
            _ => {
                quad = 0;
                out.push(left << 6 | v);
                left = 0;
            }
        }
    }
    match quad {
        0 => Ok(out),
        1 => {
            let n = out.len() / 3 * 4 + 1;
            Err(error(vm, &format!("Invalid base64-encoded string: number of data characters ({n}) cannot be 1 more than a multiple of 4")))
        }
        q if q.saturating_add(pads) < 4 => Err(error(vm, "Incorrect padding")),
        _ => Ok(out),
    }
}

fn encode64(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    let digit = |v: u32| BASE64[(v & 63) as usize];
    for chunk in data.chunks(3) {
        let b = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let v = b(0) << 16 | b(1) << 8 | b(2);
        out.push(digit(v >> 18));
        out.push(digit(v >> 12));
        out.push(if chunk.len() > 1 { digit(v >> 6) } else { b'=' });
        out.push(if chunk.len() > 2 { digit(v) } else { b'=' });
    }
    if newline {
        out.push(b'\n');
    }
    out
}

fn unhex(vm: &Vm, data: &[u8]) -> PyResult<Vec<u8>> {
    if !data.len().is_multiple_of(2) {
        return Err(error(vm, "Odd-length string"));
    }
    let digit = |c: u8| char::from(c).to_digit(16).map(|d| d as u8);
    let mut out = Vec::with_capacity(data.len() / 2);
    for pair in data.chunks_exact(2) {
        let (Some(a), Some(b)) = (digit(pair[0]), digit(pair[1])) else {
            return Err(error(vm, "Non-hexadecimal digit found"));
        };
        out.push(a << 4 | b);
    }
    Ok(out)
}

/// The separator of `hexlify`: one ASCII character.
fn separator(vm: &Vm, sep: Option<Ref<'_>>) -> PyResult<Option<u8>> {
    let Some(sep) = sep else { return Ok(None) };
    let (len, c) = if let Some(s) = sep.downcast::<PyStr>(vm) {
        (s.len(), s.chars().next())
    } else if let Some(b) = sep.downcast::<krait_object::bytes::PyBytes>(vm) {
        (b.len(), b.as_slice().first().map(|c| u32::from(*c)))
    } else {
        return Err(vm.type_error("sep must be str or bytes."));
    };
    if len != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    match c {
        Some(c) if c < 128 => Ok(Some(c as u8)),
        _ => Err(vm.value_error("sep must be ASCII.")),
    }
}

fn hexlify_bytes(vm: &Vm, data: &[u8], sep: Option<Ref<'_>>, group: i32) -> PyResult<Vec<u8>> {
    let sep = separator(vm, sep)?;
    let digits = crate::util::hex(data).into_bytes();
    let (Some(sep), true) = (sep, group != 0) else { return Ok(digits) };
    let n = data.len();
    let size = group.unsigned_abs() as usize;
    let mut out = Vec::with_capacity(digits.len() + n / size);
    for i in 0..n {
        // Groups are counted from the right unless the size is negative.
        let at_border = if group > 0 { (n - i).is_multiple_of(size) } else { i % size == 0 };
        if i > 0 && at_border {
            out.push(sep);
        }
        out.extend_from_slice(&digits[2 * i..2 * i + 2]);
    }
    Ok(out)
}

fn decode_uu(vm: &Vm, data: &[u8]) -> PyResult<Vec<u8>> {
    let Some((&first, mut rest)) = data.split_first() else { return Err(error(vm, "Missing length byte")) };
    let n = usize::from(first.wrapping_sub(b' ') & 63);
    let mut out = Vec::with_capacity(n);
    let (mut acc, mut bits) = (0u32, 0);
    while out.len() < n {
        let v = match rest.split_first() {
            // Trailing spaces may have been stripped.
            None => 0,
            Some((b'\n' | b'\r', _)) => 0,
            Some((&c, tail)) => {
                if !(b' '..=b' ' + 64).contains(&c) {
                    return Err(error(vm, "Illegal char"));
                }
                rest = tail;
                (c - b' ') & 63
            }
        };
        acc = acc << 6 | u32::from(v);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((acc >> bits) as u8);
            acc &= (1 << bits) - 1;
        }
    }
    if rest.iter().any(|c| !matches!(c, b' ' | b'`' | b'\n' | b'\r')) {
        return Err(error(vm, "Trailing garbage"));
    }
    Ok(out)
}

fn encode_uu(vm: &Vm, data: &[u8], backtick: bool) -> PyResult<Vec<u8>> {
    if data.len() > 45 {
        return Err(error(vm, "At most 45 bytes at once"));
    }
    let digit = |v: u32| if v & 63 == 0 && backtick { b'`' } else { b' ' + (v & 63) as u8 };
    let mut out = vec![digit(data.len() as u32)];
    for chunk in data.chunks(3) {
        let b = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let v = b(0) << 16 | b(1) << 8 | b(2);
        out.extend([digit(v >> 18), digit(v >> 12), digit(v >> 6), digit(v)]);
    }
    out.push(b'\n');
    Ok(out)
}

fn decode_qp(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let hex = |i: usize| data.get(i).and_then(|c| char::from(*c).to_digit(16)).map(|d| d as u8);
    let mut i = 0;
    while i < data.len() {
        match data[i] {
            b'=' => {
                i += 1;
                match data.get(i) {
                    None => break,
                    // A soft line break.
                    Some(b'\n' | b'\r') => {
                        if data[i] != b'\n' {
                            while i < data.len() && data[i] != b'\n' {
                                i += 1;
                            }
                        }
                        i += 1;
                    }
                    // Some software writes an escaped equals sign so.
                    Some(b'=') => {
                        out.push(b'=');
                        i += 1;
                    }
                    _ => match (hex(i), hex(i + 1)) {
                        (Some(a), Some(b)) => {
                            out.push(a << 4 | b);
                            i += 2;
                        }
                        _ => out.push(b'='),
                    },
                }
            }
            b'_' if header => {
                out.push(b' ');
                i += 1;
            }
            c => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

fn encode_qp(data: &[u8], quotetabs: bool, istext: bool, header: bool) -> Vec<u8> {
    const MAX_LINE: usize = 76;
    // The kind of line break that comes first is used throughout.
    let crlf = data.iter().position(|c| *c == b'\n').is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let break_line = |out: &mut Vec<u8>| out.extend_from_slice(if crlf { b"=\r\n" } else { b"=\n" });
    let mut out: Vec<u8> = Vec::with_capacity(data.len() * 2);
    let mut line = 0;
    let escape = |out: &mut Vec<u8>, c: u8| {
        out.push(b'=');
        out.extend(format!("{c:02X}").bytes());
    };
    let mut i = 0;
    while i < data.len() {
        let c = data[i];
        let next = data.get(i + 1).copied();
        let must = c > 126
            || c == b'='
            || (header && c == b'_')
            || (c == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)))
            || (!istext && (c == b'\r' || c == b'\n'))
            || ((c == b'\t' || c == b' ') && next.is_none())
            || (c < 33 && c != b'\r' && c != b'\n' && c != b'\t' && c != b' ')
            || (c < 33 && c != b'\r' && c != b'\n' && (quotetabs || (c != b'\t' && c != b' ')));
        if must {
            if line + 3 >= MAX_LINE {
                break_line(&mut out);
                line = 0;
            }
            escape(&mut out, c);
            i += 1;
            line += 3;
            continue;
        }
        if istext && (c == b'\n' || (c == b'\r' && next == Some(b'\n'))) {
            line = 0;
            // White space before a line break must be protected.
            if let Some(last) = out.last().copied().filter(|l| matches!(l, b' ' | b'\t')) {
                out.pop();
                escape(&mut out, last);
            }
            out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            i += if c == b'\r' { 2 } else { 1 };
            continue;
        }
        if next.is_some_and(|n| n != b'\n') && line + 1 >= MAX_LINE {
            break_line(&mut out);
            line = 0;
        }
        line += 1;
        out.push(if header && c == b' ' { b'_' } else { c });
        i += 1;
    }
    out
}

/// Conversion between binary data and ASCII
#[pymodule(name = "binascii")]
pub mod binascii_module {
    use super::*;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let error = new_exception(vm, "Error", vm.types.value_error)?;
        vm.interp.state::<State>().error.set(Some(error.clone()));
        module.add(vm, "Error", error)?;
        module.add(vm, "Incomplete", new_exception(vm, "Incomplete", vm.types.exception)?)
    }
    /// Decode a line of base64 data.
    ///
    ///   strict_mode
    ///     When set to True, bytes that are not in the base64 standard are not allowed.
    ///     The same applies to excess data after padding (= / ==).
    #[pyfunction("a2b_base64(data, /, *, strict_mode=False)")]
    fn a2b_base64(vm: &Vm, data: AsciiArg, strict_mode: bool) -> PyResult<Vec<u8>> {
        decode64(vm, data.bytes(), strict_mode)
    }
    /// Base64-code line of data.
    #[pyfunction("b2a_base64(data, /, *, newline=True)")]
    fn b2a_base64(data: BufferArg, newline: bool) -> Vec<u8> {
        encode64(data.as_slice(), newline)
    }
    /// Decode a line of uuencoded data.
    #[pyfunction("a2b_uu(data, /)")]
    fn a2b_uu(vm: &Vm, data: AsciiArg) -> PyResult<Vec<u8>> {
        decode_uu(vm, data.bytes())
    }
    /// Uuencode line of data.
    #[pyfunction("b2a_uu(data, /, *, backtick=False)")]
    fn b2a_uu(vm: &Vm, data: BufferArg, backtick: bool) -> PyResult<Vec<u8>> {
        encode_uu(vm, data.as_slice(), backtick)
    }
    /// Decode a string of qp-encoded data.
    #[pyfunction("a2b_qp(data, header=False)")]
    fn a2b_qp(data: AsciiArg, header: bool) -> Vec<u8> {
        decode_qp(data.bytes(), header)
    }
    /// Encode a string using quoted-printable encoding.
    ///
    /// On encoding, when istext is set, newlines are not encoded, and white
    /// space at end of lines is.  When istext is not set, \r and \n (CR/LF)
    /// are both encoded.  When quotetabs is set, space and tabs are encoded.
    #[pyfunction("b2a_qp(data, quotetabs=False, istext=True, header=False)")]
    fn b2a_qp(data: BufferArg, quotetabs: bool, istext: bool, header: bool) -> Vec<u8> {
        encode_qp(data.as_slice(), quotetabs, istext, header)
    }
    /// Hexadecimal representation of binary data.
    ///
    /// The return value is a bytes object.  This function is also
    /// available as "hexlify()".
    #[pyfunction("b2a_hex(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn b2a_hex(vm: &Vm, data: BufferArg, sep: OptArg<Ref<'_>>, bytes_per_sep: i32) -> PyResult<Vec<u8>> {
        hexlify_bytes(vm, data.as_slice(), sep.given(), bytes_per_sep)
    }
    /// Hexadecimal representation of binary data.
    ///
    /// The return value is a bytes object.  This function is also
    /// available as "b2a_hex()".
    #[pyfunction("hexlify(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hexlify(vm: &Vm, data: BufferArg, sep: OptArg<Ref<'_>>, bytes_per_sep: i32) -> PyResult<Vec<u8>> {
        hexlify_bytes(vm, data.as_slice(), sep.given(), bytes_per_sep)
    }
    /// Binary data of hexadecimal representation.
    ///
    /// hexstr must contain an even number of hex digits (upper or lower case).
    /// This function is also available as "unhexlify()".
    #[pyfunction("a2b_hex(hexstr, /)")]
    fn a2b_hex(vm: &Vm, hexstr: AsciiArg) -> PyResult<Vec<u8>> {
        unhex(vm, hexstr.bytes())
    }
    /// Binary data of hexadecimal representation.
    ///
    /// hexstr must contain an even number of hex digits (upper or lower case).
    #[pyfunction("unhexlify(hexstr, /)")]
    fn unhexlify(vm: &Vm, hexstr: AsciiArg) -> PyResult<Vec<u8>> {
        unhex(vm, hexstr.bytes())
    }
    /// Compute CRC-32 incrementally.
    #[pyfunction("crc32(data, crc=0, /)")]
    fn crc32(vm: &Vm, data: BufferArg, crc: Ref<'_>) -> PyResult<u32> {
        Ok(crc_of(data.as_slice(), masked(vm, crc)?))
    }
    /// Compute CRC-CCITT incrementally.
    #[pyfunction("crc_hqx(data, crc, /)")]
    fn crc_hqx(vm: &Vm, data: BufferArg, crc: Ref<'_>) -> PyResult<u32> {
        let mut crc = masked(vm, crc)? & 0xffff;
        for b in data.as_slice() {
            crc ^= u32::from(*b) << 8;
            for _ in 0..8 {
                crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 } & 0xffff;
            }
        }
        Ok(crc)
    }
}

/// An int modulo 2**32.
pub fn masked(vm: &Vm, o: Ref<'_>) -> PyResult<u32> {
    let i = vm.index(o)?;
    Ok(match i.r().as_int(vm) {
        Some(IntRef::Small(i)) => i as u32,
        Some(IntRef::Big(b)) => {
            let m: dashu_int::IBig = b & dashu_int::IBig::from(u32::MAX);
            u32::try_from(&m).unwrap_or(0)
        }
        None => 0,
    })
}

/// CRC-32 going on from a value before.
pub fn crc_of(data: &[u8], start: u32) -> u32 {
    let mut h = crc32fast::Hasher::new_with_initial(start);
    h.update(data);
    h.finalize()
}
