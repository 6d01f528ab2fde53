//! `functools.KeyWrapper`: what `cmp_to_key` returns, and the keys it makes.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use crate::util::{make, no_header, peek_obj};

/// A comparison function and, once called, the object to compare.
#[repr(C)]
#[derive(Trace)]
pub struct PyKeyObject {
    header: Header,
    cmp: Cell<Option<Obj>>,
    object: Cell<Option<Obj>>,
}

impl PyKeyObject {
    pub fn new(vm: &Vm, cmp: Obj, object: Option<Obj>) -> Obj {
        make(vm, PyKeyObject { header: no_header(), cmp: Cell::new(Some(cmp)), object: Cell::new(object) }).into_obj()
    }
}

#[pyclass(layout = PyKeyObject, name = "KeyWrapper", module = "functools", own, unhashable, flags(DISALLOW_INSTANTIATION))]
pub mod key_wrapper {
    use super::*;

    #[pycall("K(obj)")]
    fn call(vm: &Vm, zelf: &PyKeyObject, obj: Ref<'_>) -> Obj {
        let cmp = peek_obj(&zelf.cmp).unwrap_or_else(Obj::none);
        PyKeyObject::new(vm, cmp, Some(obj.to_obj()))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyKeyObject, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast_exact::<PyKeyObject>(vm) else {
            return Err(vm.type_error("other argument must be K instance"));
        };
        let (Some(x), Some(y), Some(cmp)) = (peek_obj(&zelf.object), peek_obj(&other.object), peek_obj(&zelf.cmp)) else {
            return Err(vm.attribute_error_msg("object"));
        };
        let r = vm.call(cmp.r(), &[x.r(), y.r()])?;
        if let Some(i) = r.r().value().as_int() {
            return Ok(Obj::bool(op.eval(i.cmp(&0))));
        }
        vm.richcompare(r.r(), Obj::small(0).r(), op)
    }
    /// Value wrapped by a key function.
    #[member("obj")]
    fn obj(vm: &Vm, zelf: &PyKeyObject) -> PyResult<Obj> {
        match peek_obj(&zelf.object) {
            Some(o) => Ok(o),
            None => Err(vm.attribute_error_msg("'functools.KeyWrapper' object has no attribute 'obj'")),
        }
    }
    #[member_setter("obj")]
    fn set_obj(zelf: &PyKeyObject, value: Option<Ref<'_>>) {
        drop(zelf.object.replace(value.map(|v| v.to_obj())));
    }
}
