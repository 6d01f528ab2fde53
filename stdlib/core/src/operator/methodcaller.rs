//! `methodcaller`.

use krait_macros::{Trace, pyclass};
use krait_object::obj::refs;
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;
use krait_object::str::StrBuilder;

use crate::util::{instance, no_header};

/// A `methodcaller`.
#[repr(C)]
#[derive(Trace)]
pub struct PyMethodCaller {
    header: Header,
    name: Py<PyStr>,
    /// Positional arguments, then keyword values.
    args: Vec<Obj>,
    kwnames: Option<Py<PyTuple>>,
}

/// Return a callable object that calls the given method on its operand.
///
/// After f = methodcaller('name'), the call f(r) returns r.name().
/// After g = methodcaller('name', 'date', foo=1), the call g(r) returns
/// r.name('date', foo=1).
#[pyclass(layout = PyMethodCaller, name = "methodcaller", module = "operator", own)]
pub mod methodcaller {
    use super::*;

    #[pynew("methodcaller(name, /, *args, **kwargs)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let [name, ..] = args.pos() else {
            return Err(vm.type_error("methodcaller needs at least one argument, the method name"));
        };
        let Some(name) = name.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("method name must be a string"));
        };
        let name = vm.intern_str(name.to_exact(vm));
        let rest = args.skip_first();
        let payload = PyMethodCaller {
            header: no_header(),
            name,
            args: rest.all().iter().map(|a| a.to_obj()).collect(),
            kwnames: rest.names().map(|n| n.to_py()),
        };
        instance(vm, cls, payload)
    }
    /// What `inspect.signature` of an instance shows.
    #[getter("__text_signature__")]
    fn text_signature(_zelf: &PyMethodCaller) -> &'static str {
        "(obj, /)"
    }
    #[pycall("methodcaller(obj, /)", raw)]
    fn call(vm: &Vm, zelf: &PyMethodCaller, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::no_keywords(vm, "methodcaller", &args)?;
        let [obj] = args.pos() else {
            return Err(krait_object::unpack::wrong_positional(vm, "methodcaller", args.npos(), 1, 1));
        };
        let method = vm.getattr(*obj, &zelf.name)?;
        vm.call_args(method.r(), Args::new(refs(&zelf.args), zelf.kwnames.as_deref()))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyMethodCaller) -> PyResult<Obj> {
        let type_name = zelf.r().ty(vm).tp_name();
        let Some(_guard) = repr_enter(vm, zelf.r()) else { return Ok(vm.str(&format!("{type_name}(...)"))) };
        let mut out = StrBuilder::new();
        out.push_str(&type_name);
        out.push_str("(");
        out.push_pystr(&*vm.repr(zelf.name.r())?);
        let args = Args::new(refs(&zelf.args), zelf.kwnames.as_deref());
        for a in args.pos() {
            out.push_str(", ");
            out.push_pystr(&*vm.repr(*a)?);
        }
        for (k, v) in args.kwargs() {
            out.push_str(", ");
            out.push_pystr(k);
            out.push_str("=");
            out.push_pystr(&*vm.repr(v)?);
        }
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyMethodCaller) -> PyResult<Obj> {
        let args = Args::new(refs(&zelf.args), zelf.kwnames.as_deref());
        let ty = zelf.r().ty(vm).to_obj();
        let mut pos = vec![zelf.name.clone().into_obj()];
        pos.extend(args.pos().iter().map(|a| a.to_obj()));
        if !args.has_kw() {
            return Ok(vm.tuple(vec![ty, vm.tuple(pos)]));
        }
        // `functools.partial(methodcaller, name, **kwargs)` carries the keywords.
        let functools = (vm.interp.hooks().import)(vm, "functools")?;
        let partial = vm.getattr_str(functools.r(), "partial")?;
        let name = pos.remove(0);
        let head = [ty.r(), name.r()];
        let all: Vec<Ref<'_>> = head.iter().copied().chain(args.kw_values().iter().copied()).collect();
        let f = vm.call_args(partial.r(), Args::new(&all, args.names()))?;
        Ok(vm.tuple(vec![f, vm.tuple(pos)]))
    }
}
