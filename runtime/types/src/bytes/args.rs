//! Arguments of bytes methods.

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::bytearray::PyByteArray;
use krait_object::bytes::PyBytes;
use krait_object::convert::ArgCx;
use krait_object::prelude::*;

/// What is searched for: a byte or a bytes-like object.
pub enum Needle {
    Byte([u8; 1]),
    Data(Buffer),
}

impl Needle {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Needle::Byte(b) => b,
            Needle::Data(b) => b.as_slice(),
        }
    }
}

fn byte_in_range(vm: &Vm, o: Ref<'_>) -> PyResult<u8> {
    let i = vm.index(o)?;
    let b = i.r().as_int(vm).and_then(IntRef::to_i64).and_then(|i| u8::try_from(i).ok());
    b.ok_or_else(|| vm.value_error("byte must be in range(0, 256)"))
}

impl Needle {
    /// What an argument asks for.
    pub fn of(vm: &Vm, arg: Ref<'_>) -> PyResult<Self> {
        if has_buffer(vm, arg) {
            return Buffer::simple(vm, arg).map(Needle::Data);
        }
        if vm.has_index(arg) {
            return byte_in_range(vm, arg).map(|b| Needle::Byte([b]));
        }
        let text = format!("argument should be integer or bytes-like object, not '{}'", arg.ty(vm).tp_name());
        Err(vm.type_error(text))
    }
}

/// The left operand of `in`.
pub fn contained(vm: &Vm, item: Ref<'_>) -> PyResult<Needle> {
    if vm.has_index(item) && !has_buffer(vm, item) {
        match vm.index(item) {
            Ok(i) => return byte_in_range(vm, i.r()).map(|b| Needle::Byte([b])),
            Err(e) => drop(vm.take_raised(e)),
        }
    }
    Buffer::simple(vm, item).map(Needle::Data)
}

/// A byte in range(256), for items of bytearrays.
pub struct ByteArg(pub u8);

impl<'a> FromArg<'a> for ByteArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        byte_in_range(vm, arg).map(ByteArg)
    }
}

/// The fill byte argument.
pub struct FillByte(pub u8);

impl<'a> FromArg<'a> for FillByte {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        let (data, kind) = if let Some(b) = arg.downcast::<PyBytes>(vm) {
            (b.as_slice(), "bytes")
        } else if let Some(b) = arg.downcast::<PyByteArray>(vm) {
            (b.as_slice(), "bytearray")
        } else {
            return Err(cx.bad_type(vm, "a byte string of length 1", arg));
        };
        match data {
            [b] => Ok(FillByte(*b)),
            _ => Err(vm.type_error(format!(
                "{}(): argument 2 must be a byte string of length 1, not a {kind} object of length {}",
                cx.func,
                data.len()
            ))),
        }
    }
}

/// The separator of `hex`.
pub fn hex_separator(vm: &Vm, sep: Option<Ref<'_>>) -> PyResult<Option<u8>> {
    let Some(sep) = sep else { return Ok(None) };
    if vm.len(sep)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let c = if let Some(s) = sep.downcast::<PyStr>(vm) {
        s.char_at(0)
    } else if let Some(b) = sep.downcast::<PyBytes>(vm) {
        b.as_slice()[0].into()
    } else {
        return Err(vm.type_error("sep must be str or bytes."));
    };
    if c > 127 { Err(vm.value_error("sep must be ASCII.")) } else { Ok(Some(c as u8)) }
}

/// The bytes of hexadecimal digits; spaces may stand between the pairs.
pub fn from_hex(vm: &Vm, text: Ref<'_>) -> PyResult<Vec<u8>> {
    let digits: Vec<u8> = if let Some(s) = text.downcast::<PyStr>(vm) {
        // Characters outside ASCII are as wrong as the byte put for them.
        s.chars().map(|c| if c < 0x80 { c as u8 } else { 0xff }).collect()
    } else if has_buffer(vm, text) {
        Buffer::simple(vm, text)?.as_slice().to_vec()
    } else {
        return Err(vm.type_error(format!("fromhex() argument must be str or bytes-like, not {}", text.ty(vm).tp_name())));
    };
    let digit = |i: usize| digits.get(i).and_then(|c| (*c as char).to_digit(16)).map(|d| d as u8);
    let wrong = |i: usize| Err(vm.value_error(format!("non-hexadecimal number found in fromhex() arg at position {i}")));
    let mut out = Vec::with_capacity(digits.len() / 2);
    let mut i = 0;
    while i < digits.len() {
        if matches!(digits[i], 9..=13 | 32) {
            i += 1;
            continue;
        }
        let Some(high) = digit(i) else { return wrong(i) };
        match digit(i + 1) {
            Some(low) => out.push(high << 4 | low),
            None if i + 1 >= digits.len() => {
                return Err(vm.value_error("fromhex() arg must contain an even number of hexadecimal digits"));
            }
            None => return wrong(i + 1),
        }
        i += 2;
    }
    Ok(out)
}
