//! Integer parameters. All take anything with `__index__`; the words of range errors differ by
//! type as the C types of CPython's converters do.

use dashu_int::IBig;

use super::{ArgCx, FromArg};
use crate::error::{PyResult, Raised};
use crate::int::IntRef;
use crate::obj::{Obj, Ref};
use crate::vm::Vm;

/// Calls `f` with the integer the argument stands for.
#[inline]
fn with_index<T>(vm: &Vm, arg: Ref<'_>, f: impl FnOnce(IntRef<'_>) -> T) -> PyResult<T> {
    if let Some(i) = arg.value().as_int() {
        return Ok(f(IntRef::Small(i)));
    }
    let i = vm.index(arg)?;
    match i.r().as_int(vm) {
        Some(i) => Ok(f(i)),
        None => Err(vm.system_error("__index__ gave no int")),
    }
}

#[cold]
#[inline(never)]
fn too_large(vm: &Vm, what: &str) -> Raised {
    vm.overflow_error(format!("Python int too large to convert to C {what}"))
}

/// A C `int`.
#[inline]
pub fn c_int(vm: &Vm, arg: Ref<'_>) -> PyResult<i32> {
    let i = with_index(vm, arg, |i| i.to_i64().and_then(|i| i32::try_from(i).ok()))?;
    i.ok_or_else(|| too_large(vm, "int"))
}

/// A C `long`.
#[inline]
pub fn c_long(vm: &Vm, arg: Ref<'_>) -> PyResult<i64> {
    with_index(vm, arg, |i| i.to_i64())?.ok_or_else(|| too_large(vm, "long"))
}

/// A C `Py_ssize_t`.
#[inline]
pub fn c_ssize_t(vm: &Vm, arg: Ref<'_>) -> PyResult<isize> {
    match with_index(vm, arg, |i| i.to_i64())? {
        Some(i) => Ok(i as isize),
        None => Err(too_large(vm, "ssize_t")),
    }
}

/// A non-negative number below 2**64; `name` is the C type.
fn unsigned(vm: &Vm, arg: Ref<'_>, name: &str) -> PyResult<u64> {
    enum Got {
        Value(u64),
        Negative,
        Large,
    }
    let got = with_index(vm, arg, |i| match i {
        i if i.is_negative() => Got::Negative,
        IntRef::Small(i) => Got::Value(i as u64),
        IntRef::Big(b) => u64::try_from(b).map_or(Got::Large, Got::Value),
    })?;
    match got {
        Got::Value(v) => Ok(v),
        Got::Negative => Err(vm.value_error("value must be positive")),
        Got::Large => Err(too_large(vm, name)),
    }
}

macro_rules! from_arg {
    ($($ty:ty => |$vm:ident, $arg:ident| $body:expr;)*) => {
        $(impl<'a> FromArg<'a> for $ty {
            #[inline]
            fn from_arg($vm: &Vm, $arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
                $body
            }
        })*
    };
}

from_arg! {
    i32 => |vm, arg| c_int(vm, arg);
    i64 => |vm, arg| c_long(vm, arg);
    isize => |vm, arg| c_ssize_t(vm, arg);
    u64 => |vm, arg| unsigned(vm, arg, "unsigned long");
    usize => |vm, arg| unsigned(vm, arg, "size_t").map(|u| u as usize);
    u32 => |vm, arg| {
        let u = unsigned(vm, arg, "unsigned long")?;
        u32::try_from(u).map_err(|_| vm.overflow_error("Python int too large for C unsigned int"))
    };
    u16 => |vm, arg| {
        let u = unsigned(vm, arg, "unsigned long")?;
        u16::try_from(u).map_err(|_| vm.overflow_error("Python int too large for C unsigned short"))
    };
    i16 => |vm, arg| {
        let i = c_long(vm, arg)?;
        i16::try_from(i).map_err(|_| out_of(vm, "signed short integer", i))
    };
    u8 => |vm, arg| {
        let i = c_long(vm, arg)?;
        u8::try_from(i).map_err(|_| out_of(vm, "unsigned byte integer", i))
    };
    IBig => |vm, arg| with_index(vm, arg, |i| i.to_big());
    BigIntArg => |vm, arg| vm.index(arg).map(BigIntArg);
}

#[cold]
fn out_of(vm: &Vm, what: &str, i: i64) -> Raised {
    let how = if i < 0 { "less than minimum" } else { "greater than maximum" };
    vm.overflow_error(format!("{what} is {how}"))
}

/// An int of any size, kept as an object.
pub struct BigIntArg(pub Obj);

impl BigIntArg {
    /// The value.
    #[inline]
    pub fn get(&self, vm: &Vm) -> IntRef<'_> {
        self.0.r().as_int(vm).unwrap_or(IntRef::Small(0))
    }
}

/// A slice-like index: saturates at the ends of the machine integers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct IndexClamped(pub isize);

impl IndexClamped {
    /// The position in a sequence of `len` items: negative counts from the end, clamped.
    #[inline]
    pub fn in_len(self, len: usize) -> usize {
        if self.0 >= 0 { len.min(self.0 as usize) } else { len.saturating_sub(self.0.unsigned_abs()) }
    }
}

impl<'a> FromArg<'a> for IndexClamped {
    #[inline]
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        if !vm.has_index(arg) {
            return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
        }
        vm.index_clamped(arg).map(IndexClamped)
    }
    #[inline]
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Option<Self>> {
        if arg.is_none() {
            return Ok(None);
        }
        if !vm.has_index(arg) {
            return Err(vm.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        vm.index_clamped(arg).map(|i| Some(IndexClamped(i)))
    }
}
