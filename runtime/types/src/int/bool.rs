//! The `bool` type.

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_object::singletons::{false_, true_};

use super::arith::{int_and, int_invert, int_or, int_xor};
use super::object::value;

/// Both operands as truth values, if they are bools.
fn both(a: Ref<'_>, b: Ref<'_>) -> Option<(bool, bool)> {
    let of = |o: Ref<'_>| {
        if o.ptr_eq(true_()) {
            Some(true)
        } else if o.ptr_eq(false_()) {
            Some(false)
        } else {
            None
        }
    };
    Some((of(a)?, of(b)?))
}

/// The operation of int on operands that are not both bools.
fn ints(vm: &Vm, a: Ref<'_>, b: Ref<'_>, f: fn(&Vm, IntRef<'_>, IntRef<'_>) -> Obj) -> Obj {
    match (a.as_int(vm), b.as_int(vm)) {
        (Some(x), Some(y)) => f(vm, x, y),
        _ => vm.not_implemented(),
    }
}

/// Returns True when the argument is true, False otherwise.
/// The builtins True and False are the only two instances of the class bool.
/// The class bool is a subclass of the class int, and cannot be subclassed.
#[pyclass("bool", layout = PyInt, table = bool, no_gc, base = int, flags(INT_SUBCLASS, MATCH_SELF))]
pub mod boolean {
    use super::*;

    #[pynew("bool(object=False, /)")]
    fn new(vm: &Vm, _cls: &PyType, object: OptArg<Ref<'_>>) -> PyResult<bool> {
        match object.given() {
            Some(o) => vm.is_true(o),
            None => Ok(false),
        }
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: Ref<'_>) -> Obj {
        vm.intern(if zelf.ptr_eq(true_()) { "True" } else { "False" }).into_obj()
    }
    #[slot(nb_and)]
    fn and(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> Obj {
        both(a, b).map_or_else(|| ints(vm, a, b, int_and), |(x, y)| Obj::bool(x & y))
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> Obj {
        both(a, b).map_or_else(|| ints(vm, a, b, int_or), |(x, y)| Obj::bool(x | y))
    }
    #[slot(nb_xor)]
    fn xor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> Obj {
        both(a, b).map_or_else(|| ints(vm, a, b, int_xor), |(x, y)| Obj::bool(x ^ y))
    }
    #[slot(nb_invert)]
    fn invert(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        const TEXT: &str = "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. \
            This returns the bitwise inversion of the underlying int object and is usually not what you expect \
            from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you really want the \
            bitwise inversion of the underlying int.";
        vm.warn(vm.types.deprecation_warning, TEXT, 1)?;
        Ok(int_invert(vm, value(vm, zelf)))
    }
}
