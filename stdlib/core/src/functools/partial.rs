//! `functools.partial` and its placeholder.

use std::cell::{Cell, OnceCell};

use krait_macros::{Trace, pyclass};
use krait_object::args::Args;
use krait_object::obj::refs;
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;
use krait_object::str::StrBuilder;

use crate::util::{class_getitem, instance, make, no_header, with_cell};

/// The sentinel for an argument to be filled in by the call.
#[repr(C)]
pub struct PyPlaceholder {
    header: Header,
}

#[derive(Default)]
struct PlaceholderCell(OnceCell<Obj>);

/// The one placeholder.
pub fn placeholder(vm: &Vm) -> Obj {
    let cell = &vm.interp.state::<PlaceholderCell>().0;
    cell.get_or_init(|| make(vm, PyPlaceholder { header: no_header() }).into_obj()).clone()
}

/// The type of the Placeholder singleton.
///
/// Used as a placeholder for partial arguments.
#[pyclass(layout = PyPlaceholder, name = "_PlaceholderType", module = "functools", own, no_gc)]
pub mod placeholder_type {
    use super::*;

    #[pynew("_PlaceholderType()", raw)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if !args.is_empty() {
            return Err(vm.type_error("_PlaceholderType takes no arguments"));
        }
        Ok(placeholder(vm))
    }
    #[slot(repr)]
    fn repr(_zelf: &PyPlaceholder) -> String {
        "Placeholder".to_owned()
    }
    #[pymethod]
    fn __reduce__(_zelf: &PyPlaceholder) -> String {
        "Placeholder".to_owned()
    }
}

/// A callable with some of its arguments given.
#[repr(C)]
#[derive(Trace)]
pub struct PyPartial {
    header: Header,
    func: Cell<Obj>,
    args: Cell<Py<PyTuple>>,
    kw: Cell<Py<PyDict>>,
    /// Placeholders among `args`.
    #[trace(skip)]
    holes: Cell<usize>,
}

impl PyPartial {
    fn parts(&self) -> (Obj, Py<PyTuple>, Py<PyDict>) {
        (with_cell(&self.func, Obj::clone), with_cell(&self.args, Py::clone), with_cell(&self.kw, Py::clone))
    }
}

fn count_holes(args: &[Obj], hole: &Obj) -> usize {
    args.iter().filter(|a| a.is(hole.r())).count()
}

/// `args` of an existing partial with further ones: they fill its holes first.
fn merge_args(old: &[Obj], hole: &Obj, new: &[Ref<'_>]) -> Vec<Obj> {
    let mut out = old.to_vec();
    let mut new = new.iter();
    for slot in out.iter_mut().filter(|a| a.is(hole.r())) {
        match new.next() {
            Some(a) => *slot = a.to_obj(),
            None => break,
        }
    }
    out.extend(new.map(|a| a.to_obj()));
    out
}

/// Create a new function with partial application of the given arguments and keywords.
#[pyclass(layout = PyPartial, name = "partial", module = "functools", own, attrs, weakref, flags(BASETYPE))]
pub mod partial {
    use super::*;

    #[pynew("partial(func, /, *args, **keywords)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let [func, rest @ ..] = args.pos() else {
            return Err(vm.type_error("type 'partial' takes at least one argument"));
        };
        if !vm.is_callable(*func) {
            return Err(vm.type_error("the first argument must be callable"));
        }
        let hole = placeholder(vm);
        if rest.last().is_some_and(|a| a.is(hole.r())) {
            return Err(vm.type_error("trailing Placeholders are not allowed"));
        }
        if args.kw_values().iter().any(|v| v.is(hole.r())) {
            return Err(vm.type_error("Placeholder cannot be passed as a keyword argument"));
        }
        // A plain partial of a plain partial is flattened.
        let inner = func.downcast::<PyPartial>(vm).filter(|p| has_no_attributes(vm, p.r()));
        let (func, all, kw) = match inner {
            Some(p) if p.r().ty(vm).call_is_partial(vm) => {
                let (f, a, k) = p.parts();
                (f, merge_args(a.as_slice(), &hole, rest), k.copy(vm)?)
            }
            _ => (func.to_obj(), rest.iter().map(|a| a.to_obj()).collect(), PyDict::new(vm)),
        };
        for (k, v) in args.kwargs() {
            kw.set(vm, k.r(), v)?;
        }
        let holes = count_holes(&all, &hole);
        let payload = PyPartial {
            header: no_header(),
            func: Cell::new(func),
            args: Cell::new(PyTuple::new(vm, all)),
            kw: Cell::new(kw),
            holes: Cell::new(holes),
        };
        instance(vm, cls, payload)
    }

    #[pycall("partial(*args, **kwargs)", raw)]
    fn call(vm: &Vm, zelf: &PyPartial, args: Args<'_>) -> PyResult<Obj> {
        let (func, given, kw) = zelf.parts();
        let holes = zelf.holes.get();
        if holes == 0 && kw.is_empty() {
            let (n, m) = (given.len(), args.all().len());
            if n + m <= 8 {
                let mut buf = [func.r(); 8];
                buf[..n].copy_from_slice(given.as_refs());
                buf[n..n + m].copy_from_slice(args.all());
                return vm.call_args(func.r(), Args::new(&buf[..n + m], args.names()));
            }
        }
        if args.npos() < holes {
            return Err(
                vm.type_error(format!("missing positional arguments in 'partial' call; expected at least {holes}, got {}", args.npos()))
            );
        }
        let mut all: Vec<Obj> = if holes == 0 {
            given.as_slice().iter().cloned().chain(args.pos().iter().map(|a| a.to_obj())).collect()
        } else {
            merge_args(given.as_slice(), &placeholder(vm), args.pos())
        };
        if kw.is_empty() {
            all.extend(args.kw_values().iter().map(|a| a.to_obj()));
            return vm.call_args(func.r(), Args::new(refs(&all), args.names()));
        }
        let npos = all.len();
        let mut names: Vec<Obj> = Vec::new();
        let mut pos = 0;
        while let Some((k, v)) = kw.next_entry(&mut pos) {
            if !k.r().is_instance_of::<PyStr>(vm) {
                return Err(vm.type_error("keywords must be strings"));
            }
            names.push(k);
            all.push(v);
        }
        for (k, v) in args.kwargs() {
            let same = names.iter().position(|n| n.r().downcast::<PyStr>(vm).is_some_and(|n| n.eq(k)));
            match same {
                Some(i) => all[npos + i] = v.to_obj(),
                None => {
                    names.push(k.to_obj());
                    all.push(v.to_obj());
                }
            }
        }
        let names = PyTuple::new(vm, names);
        vm.call_args(func.r(), Args::new(refs(&all), Some(&names)))
    }

    #[slot(descr_get)]
    fn descr_get(vm: &Vm, zelf: &PyPartial, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> Obj {
        match obj {
            Some(o) if !o.is_none() => vm.bound_method(zelf.r(), o),
            _ => zelf.to_obj(),
        }
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyPartial) -> PyResult<Obj> {
        let Some(_guard) = repr_enter(vm, zelf.r()) else { return Ok(vm.str("...")) };
        let (func, args, kw) = zelf.parts();
        let ty = zelf.r().ty(vm);
        let mut out = StrBuilder::new();
        let module = vm.getattr(ty.r(), vm.names().__module__)?;
        let qualname = vm.getattr(ty.r(), vm.names().__qualname__)?;
        out.push_pystr(&*vm.str_of(module.r())?);
        out.push_str(".");
        out.push_pystr(&*vm.str_of(qualname.r())?);
        out.push_str("(");
        out.push_pystr(&*vm.repr(func.r())?);
        for a in args.as_slice() {
            out.push_str(", ");
            out.push_pystr(&*vm.repr(a.r())?);
        }
        for (k, v) in kw.items_vec() {
            out.push_str(", ");
            out.push_pystr(&*vm.str_of(k.r())?);
            out.push_str("=");
            out.push_pystr(&*vm.repr(v.r())?);
        }
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }

    /// function object to use in future partial calls
    #[member]
    fn func(zelf: &PyPartial) -> Obj {
        zelf.parts().0
    }
    /// tuple of arguments to future partial calls
    #[member]
    fn args(zelf: &PyPartial) -> Py<PyTuple> {
        zelf.parts().1
    }
    /// dictionary of keyword arguments to future partial calls
    #[member]
    fn keywords(zelf: &PyPartial) -> Py<PyDict> {
        zelf.parts().2
    }

    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyPartial) -> PyResult<Obj> {
        let (func, args, kw) = zelf.parts();
        let dict = match krait_object::instance::attrs_of(zelf.r()) {
            Some(a) if !a.items(vm).is_empty() => a.materialize(vm)?.into_obj(),
            _ => Obj::none(),
        };
        let state = vm.tuple(vec![func.clone(), args.into_obj(), kw.into_obj(), dict]);
        Ok(vm.tuple(vec![zelf.r().ty(vm).to_obj(), vm.tuple(vec![func]), state]))
    }

    #[pymethod]
    fn __setstate__(vm: &Vm, zelf: &PyPartial, state: Ref<'_>) -> PyResult<()> {
        let invalid = || vm.type_error("invalid partial state");
        let Some(t) = state.downcast::<PyTuple>(vm) else { return Err(invalid()) };
        let [func, args, kw, dict] = t.as_slice() else { return Err(invalid()) };
        let (Some(args), true) = (args.r().downcast::<PyTuple>(vm), vm.is_callable(func.r())) else { return Err(invalid()) };
        if !kw.r().is_none() && kw.r().downcast::<PyDict>(vm).is_none() {
            return Err(invalid());
        }
        let hole = placeholder(vm);
        if args.as_slice().last().is_some_and(|a| a.is(hole.r())) {
            return Err(vm.type_error("trailing Placeholders are not allowed"));
        }
        let exact = vm.to_tuple(args.r())?;
        let kw = match kw.r().downcast_exact::<PyDict>(vm) {
            Some(d) => d.to_py(),
            None => match kw.r().downcast::<PyDict>(vm) {
                Some(d) => d.copy(vm)?,
                None => PyDict::new(vm),
            },
        };
        zelf.holes.set(count_holes(exact.as_slice(), &hole));
        if let Some(attrs) = krait_object::instance::attrs_of(zelf.r()) {
            match dict.r().downcast::<PyDict>(vm) {
                Some(d) => attrs.set_dict(vm, d.to_py())?,
                None => attrs.set_dict(vm, PyDict::new(vm))?,
            }
        }
        drop(zelf.func.replace(func.clone()));
        drop(zelf.args.replace(exact));
        drop(zelf.kw.replace(kw));
        Ok(())
    }

    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
}

trait PartialType {
    fn call_is_partial(&self, vm: &Vm) -> bool;
}

impl PartialType for PyType {
    /// Does calling an instance do what `partial` does?
    fn call_is_partial(&self, vm: &Vm) -> bool {
        let own = PyPartial::type_of(vm).slots.call.get();
        match (self.slots.call.get(), own) {
            (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
            _ => false,
        }
    }
}

fn has_no_attributes(vm: &Vm, o: Ref<'_>) -> bool {
    krait_object::instance::attrs_of(o).is_none_or(|a| a.items(vm).is_empty())
}
