//! Parameters that are objects, strings, floats and truth values.

use super::{ArgCx, FromArg};
use crate::error::PyResult;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::vm::Vm;

impl<'a> FromArg<'a> for Ref<'a> {
    #[inline(always)]
    fn from_arg(_: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        Ok(arg)
    }
}

impl<'a> FromArg<'a> for Obj {
    #[inline(always)]
    fn from_arg(_: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        Ok(arg.to_obj())
    }
}

/// An instance of the layout's type. Not for `PyInt` and `PyFloat`, whose values may be immediate.
impl<'a, T: Layout> FromArg<'a> for &'a T {
    #[inline]
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        arg.downcast::<T>(vm).ok_or_else(|| cx.bad_type(vm, &T::type_of(vm).tp_name(), arg))
    }
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Option<Self>> {
        if arg.is_none() {
            return Ok(None);
        }
        let bad = || cx.bad_type(vm, &format!("{} or None", T::type_of(vm).tp_name()), arg);
        arg.downcast::<T>(vm).ok_or_else(bad).map(Some)
    }
}

impl<'a, T: Layout> FromArg<'a> for Py<T> {
    #[inline]
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        <&T>::from_arg(vm, arg, cx).map(Layout::to_py)
    }
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Option<Self>> {
        Ok(<&T>::from_arg_or_none(vm, arg, cx)?.map(Layout::to_py))
    }
}

/// UTF-8 without null characters, as Clinic's `str` converter wants it.
impl<'a> FromArg<'a> for &'a str {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        no_null(vm, arg.downcast::<PyStr>(vm).ok_or_else(|| cx.bad_type(vm, "str", arg))?)
    }
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Option<Self>> {
        if arg.is_none() {
            return Ok(None);
        }
        no_null(vm, arg.downcast::<PyStr>(vm).ok_or_else(|| cx.bad_type(vm, "str or None", arg))?).map(Some)
    }
}

fn no_null<'a>(vm: &Vm, s: &'a PyStr) -> PyResult<&'a str> {
    let text = s.to_utf8(vm)?;
    if text.contains('\0') { Err(vm.value_error("embedded null character")) } else { Ok(text) }
}

/// UTF-8; null characters are allowed.
impl<'a> FromArg<'a> for String {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        Ok(<&PyStr>::from_arg(vm, arg, cx)?.to_utf8(vm)?.to_owned())
    }
    fn from_arg_or_none(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Option<Self>> {
        match <&PyStr>::from_arg_or_none(vm, arg, cx)? {
            Some(s) => Ok(Some(s.to_utf8(vm)?.to_owned())),
            None => Ok(None),
        }
    }
}

/// The argument's truth value.
impl<'a> FromArg<'a> for bool {
    #[inline]
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        vm.is_true(arg)
    }
}

/// A number through `__float__` or `__index__`.
impl<'a> FromArg<'a> for f64 {
    #[inline]
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        match arg.value().as_flonum() {
            Some(f) => Ok(f),
            None => vm.to_f64(arg),
        }
    }
}

/// The code point of a one-character str (it may be a surrogate).
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct CharArg(pub u32);

impl<'a> FromArg<'a> for CharArg {
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        let Some(s) = arg.downcast::<PyStr>(vm) else {
            return Err(cx.bad_type(vm, "a unicode character", arg));
        };
        if s.len() == 1 {
            return Ok(CharArg(s.char_at(0)));
        }
        let describe = cx.describe().replacen("()", "():", 1);
        Err(vm.type_error(format!("{describe} must be a unicode character, not a string of length {}", s.len())))
    }
}

/// An optional argument that keeps an explicit None apart from absence.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct OptArg<T>(pub Option<T>);

impl<T> OptArg<T> {
    pub const MISSING: OptArg<T> = OptArg(None);

    /// The argument, if one was given.
    #[inline]
    pub fn given(self) -> Option<T> {
        self.0
    }
    #[inline]
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }
    #[inline]
    pub fn unwrap_or(self, default: T) -> T {
        self.0.unwrap_or(default)
    }
}

impl<'a, T: FromArg<'a>> FromArg<'a> for OptArg<T> {
    #[inline]
    fn from_arg(vm: &Vm, arg: Ref<'a>, cx: &ArgCx) -> PyResult<Self> {
        T::from_arg(vm, arg, cx).map(|v| OptArg(Some(v)))
    }
}
