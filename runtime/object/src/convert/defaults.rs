//! Values of parameters whose argument is absent.

use dashu_int::IBig;

use super::{BigIntArg, CharArg, IndexClamped, OptArg};
use crate::obj::{Layout, Obj, Ref};
use crate::str::PyStr;
use crate::vm::Vm;

/// The default `None`.
#[derive(Copy, Clone)]
pub struct NoneDefault;
/// A default that Rust code is not told: the parameter must be an `Option` or `OptArg`.
#[derive(Copy, Clone)]
pub struct AbsentDefault;

/// A parameter type that can stand for the default `D` of a signature.
#[diagnostic::on_unimplemented(
    message = "a parameter of type `{Self}` cannot have the default that the signature gives it",
    note = "use `Option<_>` or `OptArg<_>`"
)]
pub trait FromDefault<D>: Sized {
    fn from_default(vm: &Vm, default: D) -> Self;
}

impl<T> FromDefault<NoneDefault> for Option<T> {
    #[inline(always)]
    fn from_default(_: &Vm, _: NoneDefault) -> Self {
        None
    }
}
impl<T> FromDefault<AbsentDefault> for Option<T> {
    #[inline(always)]
    fn from_default(_: &Vm, _: AbsentDefault) -> Self {
        None
    }
}
impl<T, D> FromDefault<D> for OptArg<T> {
    #[inline(always)]
    fn from_default(_: &Vm, _: D) -> Self {
        OptArg(None)
    }
}

macro_rules! through_option {
    ($($d:ty),*) => {
        $(impl<T: FromDefault<$d>> FromDefault<$d> for Option<T> {
            #[inline(always)]
            fn from_default(vm: &Vm, default: $d) -> Self {
                Some(T::from_default(vm, default))
            }
        })*
    };
}
through_option!(bool, i128, f64, &'static str);

macro_rules! defaults {
    ($(<$d:ty> $ty:ty => |$vm:pat_param, $x:pat_param| $e:expr;)*) => {
        $(impl<'a> FromDefault<$d> for $ty {
            #[inline(always)]
            fn from_default($vm: &Vm, $x: $d) -> Self {
                $e
            }
        })*
    };
}

defaults! {
    <NoneDefault> Ref<'a> => |vm, _| vm.none();
    <NoneDefault> Obj => |_, _| Obj::none();
    <bool> bool => |_, b| b;
    <i128> bool => |_, i| i != 0;
    <bool> Ref<'a> => |_, b| crate::singletons::bool(b);
    <bool> Obj => |_, b| Obj::bool(b);
    <i128> i16 => |_, i| i as i16;
    <i128> i32 => |_, i| i as i32;
    <i128> i64 => |_, i| i as i64;
    <i128> isize => |_, i| i as isize;
    <i128> u8 => |_, i| i as u8;
    <i128> u16 => |_, i| i as u16;
    <i128> u32 => |_, i| i as u32;
    <i128> u64 => |_, i| i as u64;
    <i128> usize => |_, i| i as usize;
    <i128> f64 => |_, i| i as f64;
    <f64> f64 => |_, f| f;
    <i128> IndexClamped => |_, i| IndexClamped(i as isize);
    <i128> IBig => |_, i| IBig::from(i);
    <i128> BigIntArg => |vm, i| BigIntArg(vm.int(i));
    <i128> Obj => |vm, i| vm.int(i);
    <f64> Obj => |vm, f| vm.float(f);
    <&'static str> &'a str => |_, s| s;
    <&'static str> CharArg => |_, s| CharArg(s.chars().next().map_or(0, u32::from));
    <&'static str> String => |_, s| s.to_owned();
    <&'static str> &'a PyStr => |vm, s| vm.intern_static(s);
    <&'static str> Ref<'a> => |vm, s| vm.intern_static(s).r();
    <&'static str> Obj => |vm, s| vm.intern_static(s).to_obj();
}

/// Small integers only: a `Ref` owns nothing. Larger defaults need an `Obj` parameter.
impl<'a> FromDefault<i128> for Ref<'a> {
    #[inline(always)]
    fn from_default(vm: &Vm, i: i128) -> Self {
        match i64::try_from(i).ok().and_then(crate::value::Value::small_int) {
            // SAFETY: immediates need no owner.
            Some(v) => unsafe { Ref::from_value_unchecked(v) },
            None => vm.none(),
        }
    }
}
