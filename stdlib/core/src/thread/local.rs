//! `_local`: attributes that each thread has for itself.

use std::cell::RefCell;
use std::collections::HashMap;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use crate::util::{instance, no_header};

/// Thread-local data. Each thread's dict is made on its first access and dropped when it ends.
#[repr(C)]
#[derive(Trace)]
pub struct PyLocal {
    header: Header,
    args: Py<PyTuple>,
    /// Names of the arguments at the end of `args`.
    names: Option<Py<PyTuple>>,
    dicts: RefCell<HashMap<u64, Py<PyDict>>>,
}

/// Live `_local` objects, to be told when a thread ends.
#[derive(Default)]
struct Locals(RefCell<Vec<*const PyLocal>>);

impl PyLocal {
    /// The calling thread's dict. The first time, `__init__` runs for it.
    fn dict(&self, vm: &Vm) -> PyResult<Py<PyDict>> {
        let id = vm.thread_id.get();
        if let Some(d) = self.dicts.borrow().get(&id) {
            return Ok(d.clone());
        }
        let d = PyDict::new(vm);
        self.dicts.borrow_mut().insert(id, d.clone());
        let ty = self.r().ty(vm);
        let inits = match (ty.slots.init.get(), vm.types.object.slots.init.get()) {
            (Some(a), Some(b)) if std::ptr::fn_addr_eq(a, b) => None,
            (f, _) => f,
        };
        if let Some(init) = inits {
            let args = Args::new(self.args.as_refs(), self.names.as_deref());
            if let Err(e) = init(vm, self.r(), args) {
                let gone = self.dicts.borrow_mut().remove(&id);
                drop(gone);
                return Err(e);
            }
        }
        Ok(d)
    }
}

impl Drop for PyLocal {
    fn drop(&mut self) {
        if let Some(vm) = krait_object::vm::current_vm() {
            let me: *const PyLocal = self;
            vm.interp.state::<Locals>().0.borrow_mut().retain(|p| *p != me);
        }
    }
}

/// Drops the dicts of a thread that ends.
fn forget_thread(vm: &Vm) {
    let id = vm.thread_id.get();
    let mut gone = Vec::new();
    for p in vm.interp.state::<Locals>().0.borrow().iter() {
        // SAFETY: listed objects are alive: `drop` takes them off.
        gone.extend(unsafe { &**p }.dicts.borrow_mut().remove(&id));
    }
    drop(gone);
}

/// Is the descriptor one that goes before the instance's dict?
fn is_data(vm: &Vm, d: Ref<'_>) -> bool {
    d.ty(vm).slots.descr_set.get().is_some()
}

fn bind(vm: &Vm, d: &Obj, zelf: Ref<'_>) -> PyResult<Obj> {
    match d.r().ty(vm).slots.descr_get.get() {
        Some(get) => get(vm, d.r(), Some(zelf), Some(zelf.ty(vm).r())),
        None => Ok(d.clone()),
    }
}

/// Thread-local data
#[pyclass(layout = PyLocal, name = "_local", module = "_thread", own, weakref, flags(BASETYPE))]
pub mod local {
    use super::*;

    #[pynew("_local()", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if !args.is_empty() {
            let plain = match (cls.slots.init.get(), vm.types.object.slots.init.get()) {
                (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
                (a, _) => a.is_none(),
            };
            if plain {
                return Err(vm.type_error("Initialization arguments are not supported"));
            }
        }
        let payload = PyLocal {
            header: no_header(),
            args: PyTuple::from_refs(vm, args.all()),
            names: args.names().map(|n| n.to_py()),
            dicts: RefCell::default(),
        };
        let new = instance(vm, cls, payload)?;
        if let Some(l) = new.r().downcast::<PyLocal>(vm) {
            // The creating thread's `__init__` is run by the call itself.
            l.dicts.borrow_mut().insert(vm.thread_id.get(), PyDict::new(vm));
            vm.interp.state::<Locals>().0.borrow_mut().push(l);
            vm.interp.threads.on_thread_exit(forget_thread);
        }
        Ok(new)
    }
    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyLocal, name: &PyStr) -> PyResult<Obj> {
        let d = zelf.dict(vm)?;
        if name.eq_str("__dict__") {
            return Ok(d.into_obj());
        }
        let found = zelf.r().ty(vm).lookup(vm, name);
        if let Some(f) = found.as_ref().filter(|f| is_data(vm, f.r())) {
            return bind(vm, f, zelf.r());
        }
        if let Some(v) = d.get_str(vm, name)? {
            return Ok(v);
        }
        match found {
            Some(f) => bind(vm, &f, zelf.r()),
            None => Err(vm.no_attribute(zelf.r(), name)),
        }
    }
    #[slot(setattro)]
    fn setattro(vm: &Vm, zelf: &PyLocal, name: &PyStr, value: Option<Ref<'_>>) -> PyResult<()> {
        if name.eq_str("__dict__") {
            let text = format!("'{}' object attribute '__dict__' is read-only", zelf.r().ty(vm).tp_name());
            return Err(vm.attribute_error_msg(text));
        }
        let d = zelf.dict(vm)?;
        if let Some(f) = zelf.r().ty(vm).lookup(vm, name)
            && let Some(set) = f.r().ty(vm).slots.descr_set.get()
        {
            return set(vm, f.r(), zelf.r(), value);
        }
        match value {
            Some(v) => d.set_str(vm, name, v.to_obj()),
            None => match d.remove_str(vm, name)? {
                Some(old) => {
                    drop(old);
                    Ok(())
                }
                None => Err(vm.no_attribute(zelf.r(), name)),
            },
        }
    }
}
