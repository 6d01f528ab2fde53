//! What codecs ask of error handlers, and the exceptions that `strict` raises.

use krait_object::error::Raised;
use krait_object::prelude::*;

/// What stands for input that cannot be decoded.
pub struct DecodeFix {
    pub text: Py<PyStr>,
    /// Where to go on.
    pub resume: usize,
    /// The input from now on, if the handler replaced it.
    pub input: Option<Vec<u8>>,
}

/// What stands for text that cannot be encoded.
pub enum EncodeFix {
    /// Text to encode instead, and where to go on.
    Text(Py<PyStr>, usize),
    /// Bytes to put into the output, and where to go on.
    Bytes(Vec<u8>, usize),
}

/// An error handler of a decoder.
pub trait DecodeErrors {
    /// `data[start..end]` cannot be decoded.
    fn fix(&mut self, vm: &Vm, encoding: &str, data: &[u8], start: usize, end: usize, reason: &str) -> PyResult<DecodeFix>;
}

/// An error handler of an encoder.
pub trait EncodeErrors {
    /// `text[start..end]` cannot be encoded.
    fn fix(&mut self, vm: &Vm, encoding: &str, text: &PyStr, start: usize, end: usize, reason: &str) -> PyResult<EncodeFix>;
}

/// Raises UnicodeDecodeError.
#[cold]
pub fn decode_error(vm: &Vm, encoding: &str, data: &[u8], start: usize, end: usize, reason: &str) -> Raised {
    let args = vec![vm.str(encoding), vm.bytes(data), vm.int_usize(start), vm.int_usize(end), vm.str(reason)];
    vm.raise_with(vm.types.unicode_decode_error, args)
}

/// Raises UnicodeEncodeError.
#[cold]
pub fn encode_error(vm: &Vm, encoding: &str, text: &PyStr, start: usize, end: usize, reason: &str) -> Raised {
    let args = vec![vm.str(encoding), text.to_obj(), vm.int_usize(start), vm.int_usize(end), vm.str(reason)];
    vm.raise_with(vm.types.unicode_encode_error, args)
}
