//! Conversions between Python objects and the Rust types of native functions' parameters and
//! results.
//!
//! [`FromArg`] makes a parameter, [`FromDefault`] fills in for an absent one, [`IntoPy`] makes a
//! result. Error messages are those of CPython's Argument Clinic converters.

mod buffers;
mod defaults;
mod into_py;
mod ints;
mod paths;
mod values;

pub use self::buffers::{BufferArg, WritableBufferArg};
pub use self::defaults::{AbsentDefault, FromDefault, NoneDefault};
pub use self::into_py::{IntoPy, IntoPyResult, IntoSlot};
pub use self::ints::{BigIntArg, IndexClamped, c_int, c_long, c_ssize_t};
pub use self::paths::{FdArg, FsPathArg, PathOrFd, fs_encode, fs_path};
pub use self::values::{CharArg, OptArg};
pub use crate::unpack::KwArgs;

use crate::error::{PyResult, Raised};
use crate::obj::Ref;
use crate::vm::Vm;

/// How messages call an argument.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ArgName {
    /// The function takes exactly one: "argument".
    Only,
    /// Positional-only: "argument 2".
    Pos(u32),
    /// "argument 'name'".
    Named,
}

/// What a conversion error is about.
#[derive(Copy, Clone, Debug)]
pub struct ArgCx {
    pub func: &'static str,
    pub param: &'static str,
    pub which: ArgName,
}

impl ArgCx {
    /// `f() argument 1`.
    pub fn describe(&self) -> String {
        match self.which {
            ArgName::Only => format!("{}() argument", self.func),
            ArgName::Pos(n) => format!("{}() argument {n}", self.func),
            ArgName::Named => format!("{}() argument '{}'", self.func, self.param),
        }
    }
    /// `f() argument 1 must be str, not int`.
    #[cold]
    #[inline(never)]
    pub fn bad_type(&self, vm: &Vm, expected: &str, got: Ref<'_>) -> Raised {
        vm.type_error(format!("{} must be {expected}, not {}", self.describe(), type_word(vm, got)))
    }
}

/// The type's name for "must be X, not Y": `None` for None.
pub fn type_word(vm: &Vm, o: Ref<'_>) -> String {
    if o.is_none() { "None".to_owned() } else { o.ty(vm).tp_name() }
}

/// A type that a Python argument can be converted to.
pub trait FromArg<'a>: Sized {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self>;

    /// Where None is allowed too and stands for absence. Overridden where messages then differ.
    #[inline]
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Option<Self>> {
        if arg.is_none() { Ok(None) } else { Self::from_arg(vm, arg, cx).map(Some) }
    }
}

impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    #[inline]
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        T::from_arg_or_none(vm, arg, cx)
    }
}
