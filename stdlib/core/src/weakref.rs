//! `_weakref`.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::weakref::{all, as_any_weakref, count, new_weakref};

/// Weak-reference support module.
#[pymodule(name = "_weakref")]
pub mod weakref {
    use super::*;

    /// Return the number of weak references to 'object'.
    #[pyfunction("getweakrefcount(object, /)")]
    fn getweakrefcount(vm: &Vm, object: Ref<'_>) -> usize {
        count(vm, object)
    }

    /// Return a list of all weak reference objects pointing to 'object'.
    #[pyfunction("getweakrefs(object, /)")]
    fn getweakrefs(vm: &Vm, object: Ref<'_>) -> Vec<Obj> {
        all(vm, object)
    }

    /// Create a proxy object that weakly references 'object'.
    ///
    /// 'callback', if given, is called with a reference to the
    /// proxy when 'object' is about to be finalized.
    #[pyfunction("proxy(object, callback=None, /)")]
    fn proxy(vm: &Vm, object: Ref<'_>, callback: Option<Ref<'_>>) -> PyResult<Obj> {
        let ty = if vm.is_callable(object) { vm.types.weakcallableproxy } else { vm.types.weakproxy };
        Ok(new_weakref(vm, ty, object, callback.map(|c| c.to_obj()))?.into_obj())
    }

    /// Atomically remove key from dict if it points to a dead weakref.
    #[pyfunction("_remove_dead_weakref(dct, key, /)", name = "_remove_dead_weakref")]
    fn remove_dead_weakref(vm: &Vm, dct: &PyDict, key: Ref<'_>) -> PyResult<()> {
        let hash = vm.hash(key)?;
        let Some(value) = dct.get_hashed(vm, key, hash)? else { return Ok(()) };
        let Some(w) = as_any_weakref(vm, value.r()) else { return Err(vm.type_error("not a weakref")) };
        if w.is_dead() {
            drop(dct.remove_hashed(vm, key, hash)?);
        }
        Ok(())
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let t = vm.types;
        module.add(vm, "ref", t.weakref.to_obj())?;
        module.add(vm, "ReferenceType", t.weakref.to_obj())?;
        module.add(vm, "ProxyType", t.weakproxy.to_obj())?;
        module.add(vm, "CallableProxyType", t.weakcallableproxy.to_obj())
    }
}
