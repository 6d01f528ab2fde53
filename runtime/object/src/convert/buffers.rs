//! Parameters that are bytes-like objects.

use std::ops::Deref;

use super::{ArgCx, FromArg};
use crate::buffer::{Buffer, flags};
use crate::error::PyResult;
use crate::obj::Ref;
use crate::vm::Vm;

/// A contiguous bytes-like object, held while the function runs. See [`Buffer::as_slice`] for how
/// long its bytes may be borrowed.
pub struct BufferArg(pub Buffer);

impl Deref for BufferArg {
    type Target = Buffer;
    fn deref(&self) -> &Buffer {
        &self.0
    }
}

impl<'a> FromArg<'a> for BufferArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        Buffer::get(vm, arg, flags::SIMPLE).map(BufferArg)
    }
}

/// A contiguous writable bytes-like object.
pub struct WritableBufferArg(pub Buffer);

impl<'a> FromArg<'a> for WritableBufferArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        let refused = match Buffer::get(vm, arg, flags::WRITABLE) {
            Ok(b) if !b.info().readonly => return Ok(WritableBufferArg(b)),
            Ok(_) => None,
            Err(e) => Some(e),
        };
        if let Some(e) = refused {
            drop(vm.take_raised(e));
        }
        Err(cx.bad_type(vm, "read-write bytes-like object", arg))
    }
}
