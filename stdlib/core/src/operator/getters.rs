//! `itemgetter` and `attrgetter`.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;
use krait_object::str::StrBuilder;

use crate::util::{instance, no_header};

/// An `itemgetter`.
#[repr(C)]
#[derive(Trace)]
pub struct PyItemGetter {
    header: Header,
    items: Py<PyTuple>,
}

/// Return a callable object that fetches the given item(s) from its operand.
///
/// After f = itemgetter(2), the call f(r) returns r[2].
/// After g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])
#[pyclass(layout = PyItemGetter, name = "itemgetter", module = "operator", own)]
pub mod itemgetter {
    use super::*;

    #[pynew("itemgetter(item, /, *items)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::no_keywords(vm, "itemgetter", &args)?;
        if args.npos() == 0 {
            return Err(vm.type_error("itemgetter expected at least 1 argument, got 0"));
        }
        instance(vm, cls, PyItemGetter { header: no_header(), items: PyTuple::from_refs(vm, args.pos()) })
    }
    /// What `inspect.signature` of an instance shows.
    #[getter("__text_signature__")]
    fn text_signature(_zelf: &PyItemGetter) -> &'static str {
        "(obj, /)"
    }
    #[pycall("itemgetter(obj, /)", raw)]
    fn call(vm: &Vm, zelf: &PyItemGetter, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::no_keywords(vm, "itemgetter", &args)?;
        let [obj] = args.pos() else {
            return Err(krait_object::unpack::wrong_positional(vm, "itemgetter", args.npos(), 1, 1));
        };
        match zelf.items.as_slice() {
            [item] => get_item(vm, *obj, item.r()),
            items => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.push(get_item(vm, *obj, item.r())?);
                }
                Ok(vm.tuple(out))
            }
        }
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyItemGetter) -> PyResult<Obj> {
        repr_items(vm, zelf.r(), zelf.items.as_slice())
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyItemGetter) -> Obj {
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), zelf.items.clone().into_obj()])
    }
}

/// `obj[item]` with a short way for small indexes of tuples and lists.
#[inline]
fn get_item(vm: &Vm, obj: Ref<'_>, item: Ref<'_>) -> PyResult<Obj> {
    if let Some(i) = item.value().as_int().filter(|i| *i >= 0) {
        if let Some(t) = obj.downcast_exact::<PyTuple>(vm) {
            if let Some(v) = t.get(i as usize) {
                return Ok(v.clone());
            }
        } else if let Some(l) = obj.downcast_exact::<PyList>(vm)
            && let Some(v) = l.get(i as usize)
        {
            return Ok(v);
        }
    }
    vm.getitem(obj, item)
}

/// `operator.name(items...)`.
fn repr_items(vm: &Vm, zelf: Ref<'_>, items: &[Obj]) -> PyResult<Obj> {
    let name = zelf.ty(vm).tp_name();
    let Some(_guard) = repr_enter(vm, zelf) else { return Ok(vm.str(&format!("{name}(...)"))) };
    let mut out = StrBuilder::new();
    out.push_str(&name);
    out.push_str("(");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_pystr(&*vm.repr(item.r())?);
    }
    out.push_str(")");
    Ok(out.finish(vm).into_obj())
}

/// An `attrgetter`.
#[repr(C)]
#[derive(Trace)]
pub struct PyAttrGetter {
    header: Header,
    /// The names as given.
    names: Py<PyTuple>,
    /// Each name split at its dots.
    paths: Vec<Vec<Obj>>,
}

/// Return a callable object that fetches the given attribute(s) from its operand.
///
/// After f = attrgetter('name'), the call f(r) returns r.name.
/// After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).
/// After h = attrgetter('name.first', 'name.last'), the call h(r) returns
/// (r.name.first, r.name.last).
#[pyclass(layout = PyAttrGetter, name = "attrgetter", module = "operator", own)]
pub mod attrgetter {
    use super::*;

    #[pynew("attrgetter(attr, /, *attrs)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::no_keywords(vm, "attrgetter", &args)?;
        if args.npos() == 0 {
            return Err(vm.type_error("attrgetter expected at least 1 argument, got 0"));
        }
        let mut paths = Vec::with_capacity(args.npos());
        for a in args.pos() {
            let Some(name) = a.downcast::<PyStr>(vm) else {
                return Err(vm.type_error("attribute name must be a string"));
            };
            paths.push(split_path(vm, name));
        }
        instance(vm, cls, PyAttrGetter { header: no_header(), names: PyTuple::from_refs(vm, args.pos()), paths })
    }
    /// What `inspect.signature` of an instance shows.
    #[getter("__text_signature__")]
    fn text_signature(_zelf: &PyAttrGetter) -> &'static str {
        "(obj, /)"
    }
    #[pycall("attrgetter(obj, /)", raw)]
    fn call(vm: &Vm, zelf: &PyAttrGetter, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::no_keywords(vm, "attrgetter", &args)?;
        let [obj] = args.pos() else {
            return Err(krait_object::unpack::wrong_positional(vm, "attrgetter", args.npos(), 1, 1));
        };
        match &zelf.paths[..] {
            [path] => follow(vm, *obj, path),
            paths => {
                let mut out = Vec::with_capacity(paths.len());
                for path in paths {
                    out.push(follow(vm, *obj, path)?);
                }
                Ok(vm.tuple(out))
            }
        }
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyAttrGetter) -> PyResult<Obj> {
        repr_items(vm, zelf.r(), zelf.names.as_slice())
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyAttrGetter) -> Obj {
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), zelf.names.clone().into_obj()])
    }
}

fn split_path(vm: &Vm, name: &PyStr) -> Vec<Obj> {
    let mut parts = Vec::new();
    let mut start = 0;
    loop {
        let end = name.find_char(u32::from('.'), start, name.len());
        let part = name.substring(vm, start, end.unwrap_or(name.len()));
        parts.push(vm.intern_str(part).into_obj());
        match end {
            Some(e) => start = e + 1,
            None => return parts,
        }
    }
}

fn follow(vm: &Vm, obj: Ref<'_>, path: &[Obj]) -> PyResult<Obj> {
    let mut cur = obj.to_obj();
    for name in path {
        // SAFETY: paths are made of interned strs.
        let name: &PyStr = unsafe { name.r().downcast_unchecked() };
        cur = vm.getattr(cur.r(), name)?;
    }
    Ok(cur)
}
