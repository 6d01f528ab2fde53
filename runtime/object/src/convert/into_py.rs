//! Results of native functions.

use dashu_int::IBig;

use crate::error::{PyResult, Raised};
use crate::obj::{Layout, Obj, Py, Ref};
use crate::vm::Vm;

/// A Rust value that has a Python form.
#[diagnostic::on_unimplemented(message = "`{Self}` has no conversion to a Python object")]
pub trait IntoPy {
    fn into_py(self, vm: &Vm) -> Obj;
}

/// What a native function may return: an [`IntoPy`] or a `PyResult` of one.
#[diagnostic::on_unimplemented(message = "a native function cannot return `{Self}`")]
pub trait IntoPyResult {
    fn into_py_result(self, vm: &Vm) -> PyResult<Obj>;
}

impl<T: IntoPy> IntoPyResult for T {
    #[inline(always)]
    fn into_py_result(self, vm: &Vm) -> PyResult<Obj> {
        Ok(self.into_py(vm))
    }
}
impl<T: IntoPy> IntoPyResult for Result<T, Raised> {
    #[inline(always)]
    fn into_py_result(self, vm: &Vm) -> PyResult<Obj> {
        self.map(|v| v.into_py(vm))
    }
}

/// What a slot that returns `T` may be written to return: `T` or `PyResult<T>`.
#[diagnostic::on_unimplemented(message = "this slot returns `{T}` or `PyResult<{T}>`, not `{Self}`")]
pub trait IntoSlot<T> {
    fn into_slot(self) -> PyResult<T>;
}

impl<T> IntoSlot<T> for Result<T, Raised> {
    #[inline(always)]
    fn into_slot(self) -> PyResult<T> {
        self
    }
}

macro_rules! slot_values {
    ($($ty:ty),*) => {
        $(impl IntoSlot<$ty> for $ty {
            #[inline(always)]
            fn into_slot(self) -> PyResult<$ty> {
                Ok(self)
            }
        })*
    };
}
slot_values!((), bool, i64, usize, Option<Obj>);

macro_rules! into_py {
    ($($ty:ty => |$vm:pat_param, $x:pat_param| $e:expr;)*) => {
        $(impl IntoPy for $ty {
            #[inline(always)]
            fn into_py(self, vm: &Vm) -> Obj {
                let ($vm, $x) = (vm, self);
                $e
            }
        })*
    };
}

into_py! {
    Obj => |_, o| o;
    Ref<'_> => |_, o| o.to_obj();
    &Obj => |_, o| o.clone();
    () => |_, ()| Obj::none();
    bool => |_, b| Obj::bool(b);
    i8 => |vm, i| vm.int_i64(i.into());
    i16 => |vm, i| vm.int_i64(i.into());
    i32 => |vm, i| vm.int_i64(i.into());
    i64 => |vm, i| vm.int_i64(i);
    isize => |vm, i| vm.int_i64(i as i64);
    u8 => |vm, i| vm.int_i64(i.into());
    u16 => |vm, i| vm.int_i64(i.into());
    u32 => |vm, i| vm.int_i64(i.into());
    u64 => |vm, i| vm.int(i);
    usize => |vm, i| vm.int_usize(i);
    i128 => |vm, i| vm.int(i);
    IBig => |vm, i| vm.int_big(i);
    f64 => |vm, f| vm.float(f);
    &str => |vm, s| vm.str(s);
    String => |vm, s| vm.str(&s);
    &[u8] => |vm, b| vm.bytes(b);
    Vec<u8> => |vm, b| vm.bytes(&b);
    Vec<Obj> => |vm, v| vm.list(v);
    Vec<String> => |vm, v| vm.list(v.into_iter().map(|s| vm.str(&s)).collect());
}

impl<T: Layout> IntoPy for Py<T> {
    #[inline(always)]
    fn into_py(self, _: &Vm) -> Obj {
        self.into_obj()
    }
}
impl<T: Layout> IntoPy for &T {
    #[inline(always)]
    fn into_py(self, _: &Vm) -> Obj {
        self.to_obj()
    }
}
impl<T: IntoPy> IntoPy for Option<T> {
    #[inline(always)]
    fn into_py(self, vm: &Vm) -> Obj {
        match self {
            Some(v) => v.into_py(vm),
            None => Obj::none(),
        }
    }
}

macro_rules! tuples {
    ($(($($t:ident $i:tt)*))*) => {
        $(impl<$($t: IntoPy),*> IntoPy for ($($t,)*) {
            fn into_py(self, vm: &Vm) -> Obj {
                vm.tuple(vec![$(self.$i.into_py(vm)),*])
            }
        })*
    };
}
tuples! {
    (A 0)
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
}
