//! Calls from native code.

use crate::args::Args;
use crate::dict::PyDict;
use crate::error::PyResult;
use crate::obj::{Obj, Py, Ref, refs};
use crate::str::PyStr;
use crate::tuple::PyTuple;
use crate::vm::Vm;

impl Vm {
    /// `callable(*args)`.
    #[inline]
    pub fn call(&self, callable: Ref<'_>, args: &[Ref<'_>]) -> PyResult<Obj> {
        self.call_args(callable, Args::positional(args))
    }
    /// `callable(...)` with any arguments.
    #[inline]
    pub fn call_args(&self, callable: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
        match callable.ty(self).slots.call.get() {
            Some(f) => {
                self.check_stack("")?;
                f(self, callable, args)
            }
            None => Err(self.type_error(format!("'{}' object is not callable", callable.ty(self).tp_name()))),
        }
    }
    /// `callable()`.
    pub fn call0(&self, callable: Ref<'_>) -> PyResult<Obj> {
        self.call(callable, &[])
    }
    /// `callable(arg)`.
    pub fn call1(&self, callable: Ref<'_>, arg: Ref<'_>) -> PyResult<Obj> {
        self.call(callable, &[arg])
    }
    /// `obj.name(*args)`.
    pub fn call_method(&self, obj: Ref<'_>, name: &PyStr, args: &[Ref<'_>]) -> PyResult<Obj> {
        let m = self.getattr(obj, name)?;
        self.call(m.r(), args)
    }
    /// `obj.name(*args)` with a Rust name.
    pub fn call_method_str(&self, obj: Ref<'_>, name: &str, args: &[Ref<'_>]) -> PyResult<Obj> {
        let name = self.intern(name);
        self.call_method(obj, &name, args)
    }
    /// Calls a special method looked up on the type; `None` if the type lacks it.
    pub fn call_special(&self, obj: Ref<'_>, name: &PyStr, args: &[Ref<'_>]) -> PyResult<Option<Obj>> {
        match self.lookup_special(obj, name)? {
            Some(m) => self.call(m.r(), args).map(Some),
            None => Ok(None),
        }
    }
    /// `callable(*args, **kwargs)` from a tuple and a dict (whose keys must be strs).
    pub fn call_ex(&self, callable: Ref<'_>, args: &PyTuple, kwargs: Option<&PyDict>) -> PyResult<Obj> {
        let Some(kw) = kwargs.filter(|k| !k.is_empty()) else {
            return self.call(callable, args.as_refs());
        };
        let mut all: Vec<Obj> = args.as_slice().to_vec();
        let mut names = Vec::with_capacity(kw.len());
        let mut pos = 0;
        while let Some((k, v)) = kw.next_entry(&mut pos) {
            if !k.r().is_instance_of::<PyStr>(self) {
                return Err(self.type_error("keywords must be strings"));
            }
            names.push(k);
            all.push(v);
        }
        let names = PyTuple::new(self, names);
        self.call_args(callable, Args::new(refs(&all), Some(&names)))
    }
    /// `callable(*pos, **kw)` with Rust keyword names.
    pub fn call_kw(&self, callable: Ref<'_>, pos: &[Ref<'_>], kw: &[(&str, Ref<'_>)]) -> PyResult<Obj> {
        let names: Py<PyTuple> = PyTuple::new(self, kw.iter().map(|(n, _)| self.intern(n).into_obj()).collect());
        let all: Vec<Ref<'_>> = pos.iter().copied().chain(kw.iter().map(|(_, v)| *v)).collect();
        self.call_args(callable, Args::new(&all, Some(&names)))
    }
    /// Is the object callable?
    pub fn is_callable(&self, o: Ref<'_>) -> bool {
        o.ty(self).slots.call.get().is_some()
    }
}

/// Calls with `first` put before the positional arguments, without allocating for short lists.
pub fn call_prepend(vm: &Vm, callable: Ref<'_>, first: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    let all = args.all();
    if all.len() < 8 {
        let mut buf = [first; 8];
        buf[1..=all.len()].copy_from_slice(all);
        return vm.call_args(callable, Args::new(&buf[..=all.len()], args.names()));
    }
    let mut v = Vec::with_capacity(all.len() + 1);
    v.push(first);
    v.extend_from_slice(all);
    vm.call_args(callable, Args::new(&v, args.names()))
}

impl Vm {
    /// Calls with `first` put before the positional arguments.
    pub fn call_prepend(&self, callable: Ref<'_>, first: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
        call_prepend(self, callable, first, args)
    }
    /// A bound method object.
    pub fn bound_method(&self, func: Ref<'_>, self_: Ref<'_>) -> Obj {
        crate::function::PyBoundMethod::new(self, func.to_obj(), self_.to_obj()).into_obj()
    }
}
