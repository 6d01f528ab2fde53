//! Module objects.

use std::cell::{Cell, OnceCell};

use crate::dict::PyDict;
use crate::error::PyResult;
use crate::header::Header;
use crate::native::ModuleDef;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::table_layout;
use crate::vm::Vm;

/// A module. Its `__dict__` is an ordinary dict; the module type's `getattro` reads it.
#[repr(C)]
pub struct PyModule {
    header: Header,
    /// Set by `__new__`, never afterwards.
    pub dict: OnceCell<Py<PyDict>>,
    /// The declaration, for native modules.
    pub def: Cell<Option<&'static ModuleDef>>,
    /// A native module's functions and attributes have been added.
    pub filled: Cell<bool>,
}
table_layout!(PyModule => module);

impl PyModule {
    /// An empty module with `__name__`, `__doc__`, `__package__`, `__loader__`, `__spec__`.
    pub fn new(vm: &Vm, name: &str, doc: Option<&str>) -> PyResult<Py<PyModule>> {
        let obj = crate::instance::alloc_instance(vm, vm.types.module, 0)?;
        // SAFETY: a fresh object laid out as `PyModule`; all-zero memory stands for an empty
        // `OnceCell` and `Cell<None>`, but they are written properly anyway.
        let m = unsafe {
            let p = obj.value().header_ptr() as *mut PyModule;
            (&raw mut (*p).dict).write(OnceCell::new());
            (&raw mut (*p).def).write(Cell::new(None));
            (&raw mut (*p).filled).write(Cell::new(false));
            obj.downcast_unchecked::<PyModule>()
        };
        let dict = PyDict::new(vm);
        let n = vm.names();
        dict.set_str(vm, n.__name__, vm.str(name))?;
        dict.set_str(vm, n.__doc__, doc.map_or_else(Obj::none, |d| vm.str(d)))?;
        for key in [n.__package__, n.__loader__, n.__spec__] {
            dict.set_str(vm, key, Obj::none())?;
        }
        let _ = m.dict.set(dict);
        Ok(m)
    }
    /// The module's dict; an empty one for a module whose `__new__` was bypassed.
    pub fn dict(&self, vm: &Vm) -> Py<PyDict> {
        self.dict.get_or_init(|| PyDict::new(vm)).clone()
    }
    /// Adds an attribute.
    pub fn add(&self, vm: &Vm, name: &str, value: impl Into<Obj>) -> PyResult<()> {
        self.dict(vm).set_str(vm, &vm.intern(name), value.into())
    }
    /// Makes a native module: functions, classes, then its exec function.
    pub fn from_def(vm: &Vm, def: &'static ModuleDef) -> PyResult<Py<PyModule>> {
        let m = Self::new(vm, def.name, def.doc)?;
        m.def.set(Some(def));
        Ok(m)
    }
    /// Fills a module made by [`from_def`](Self::from_def).
    pub fn exec_def(&self, vm: &Vm) -> PyResult<()> {
        let Some(def) = self.def.get() else { return Ok(()) };
        for f in def.functions {
            let func = crate::function::PyBuiltinFunction::new(vm, f, Some(self.to_obj()), Some(vm.str(def.name)));
            self.add(vm, f.name, func.into_obj())?;
        }
        for &class in def.classes {
            self.add(vm, class.name, vm.native_type(class).to_obj())?;
        }
        match def.exec {
            Some(exec) => exec(vm, self),
            None => Ok(()),
        }
    }
    /// An attribute of the module's dict.
    pub fn get(&self, vm: &Vm, name: &PyStr) -> PyResult<Option<Obj>> {
        self.dict(vm).get_str(vm, name)
    }
}

impl crate::gc::Trace for PyModule {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        if let Some(d) = self.dict.get() {
            v.visit_py(d);
        }
    }
    // No `clear`: functions that outlive the module object go on using its dict.
}

/// The dict of a module object, if it is one.
pub fn module_dict(vm: &Vm, o: Ref<'_>) -> Option<Py<PyDict>> {
    o.downcast::<PyModule>(vm).map(|m| m.dict(vm))
}
