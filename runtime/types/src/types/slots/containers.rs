//! Slot functions of containers, iterators and awaitables.

use krait_object::error::PyResult;
use krait_object::int::IntRef;
use krait_object::obj::{Obj, Ref};
use krait_object::protocol::sequence_iterator;
use krait_object::vm::Vm;

use super::lookup::{Method, call_maybe, call_method};

pub(super) fn slot_len(vm: &Vm, a: Ref<'_>) -> PyResult<usize> {
    let r = call_method(vm, a, vm.names().__len__, &[])?;
    let i = vm.index(r.r())?;
    match i.r().as_int(vm) {
        Some(i) if i.is_negative() => Err(vm.value_error("__len__() should return >= 0")),
        Some(IntRef::Small(n)) => Ok(n as usize),
        _ => Err(vm.overflow_error(format!("cannot fit '{}' into an index-sized integer", i.r().ty(vm).tp_name()))),
    }
}

pub(super) fn slot_subscript(vm: &Vm, a: Ref<'_>, key: Ref<'_>) -> PyResult<Obj> {
    call_method(vm, a, vm.names().__getitem__, &[key])
}

pub(super) fn slot_ass_subscript(vm: &Vm, a: Ref<'_>, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let n = vm.names();
    match value {
        Some(v) => call_method(vm, a, n.__setitem__, &[key, v])?,
        None => call_method(vm, a, n.__delitem__, &[key])?,
    };
    Ok(())
}

pub(super) fn slot_sq_item(vm: &Vm, a: Ref<'_>, i: isize) -> PyResult<Obj> {
    let i = vm.int_i64(i as i64);
    slot_subscript(vm, a, i.r())
}

pub(super) fn slot_sq_ass_item(vm: &Vm, a: Ref<'_>, i: isize, value: Option<Ref<'_>>) -> PyResult<()> {
    let i = vm.int_i64(i as i64);
    slot_ass_subscript(vm, a, i.r(), value)
}

pub(super) fn slot_contains(vm: &Vm, a: Ref<'_>, item: Ref<'_>) -> PyResult<bool> {
    match Method::find(vm, a, vm.names().__contains__)? {
        Some(m) if m.is_none() => Err(vm.type_error(format!("'{}' object is not a container", a.ty(vm).tp_name()))),
        Some(m) => {
            let r = m.call(vm, a, &[item])?;
            vm.is_true(r.r())
        }
        None => {
            let it = vm.iter(a)?;
            while let Some(x) = vm.iter_next(it.r())? {
                if vm.eq(x.r(), item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

pub(super) fn slot_iter(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
    let n = vm.names();
    let not_iterable = || vm.type_error(format!("'{}' object is not iterable", a.ty(vm).tp_name()));
    match Method::find(vm, a, n.__iter__)? {
        Some(m) if m.is_none() => Err(not_iterable()),
        Some(m) => m.call(vm, a, &[]),
        None if Method::find(vm, a, n.__getitem__)?.is_some() => sequence_iterator(vm, a),
        None => Err(not_iterable()),
    }
}

pub(super) fn slot_iternext(vm: &Vm, a: Ref<'_>) -> PyResult<Option<Obj>> {
    call_method(vm, a, vm.names().__next__, &[]).map(Some)
}

macro_rules! async_slots {
    ($($f:ident $name:ident;)*) => {
        $(
            pub(super) fn $f(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
                match call_maybe(vm, a, vm.names().$name, &[])? {
                    Some(r) => Ok(r),
                    None => Err(vm.attribute_error_msg(format!(
                        concat!("object {} does not have ", stringify!($name), " method"),
                        a.ty(vm).tp_name()
                    ))),
                }
            }
        )*
    };
}
async_slots! {
    slot_await __await__;
    slot_aiter __aiter__;
    slot_anext __anext__;
}
