//! `ast.AST`, the base of all node classes.

use krait_macros::{Trace, pyclass};
use krait_object::instance::attrs_of;
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header};

use crate::classes::classes;

#[repr(C)]
#[derive(Trace)]
pub struct PyAst {
    header: Header,
}

impl PyAst {
    /// A node without any attribute set.
    pub fn bare(vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        instance(vm, cls, PyAst { header: no_header() })
    }
}

/// A tuple of names in a class attribute.
fn names_of(vm: &Vm, cls: &PyType, attr: &str) -> PyResult<Vec<Obj>> {
    match vm.getattr_opt(cls.r(), &vm.intern(attr))? {
        Some(v) => vm.collect(v.r()),
        None => Ok(Vec::new()),
    }
}

fn as_name<'a>(vm: &Vm, o: &'a Obj) -> PyResult<&'a PyStr> {
    let o = o.r();
    o.downcast::<PyStr>(vm).ok_or_else(|| vm.type_error(format!("attribute name must be string, not '{}'", o.ty(vm).tp_name())))
}

fn contains(vm: &Vm, names: &[Obj], name: &PyStr) -> bool {
    names.iter().any(|n| n.r().downcast::<PyStr>(vm).is_some_and(|n| n.eq(name)))
}

/// Gives fields that were not passed their default, or warns.
fn fill_missing(vm: &Vm, zelf: Ref<'_>, cls: &PyType, missing: &[&Obj]) -> PyResult<()> {
    let Some(types) = vm.getattr_opt(cls.r(), &vm.intern("_field_types"))? else { return Ok(()) };
    let type_name = cls.name_lossy();
    for name in missing {
        let field = as_name(vm, name)?;
        let found = match types.r().downcast::<PyDict>(vm) {
            Some(d) => d.get(vm, field.r())?,
            None => None,
        };
        let shown = field.to_string_lossy();
        let Some(ty) = found else {
            let text = format!("Field '{shown}' is missing from {type_name}._field_types. This will become an error in Python 3.15.");
            vm.warn(vm.types.deprecation_warning, &text, 1)?;
            continue;
        };
        if ty.r().ty(vm).is_subtype(vm.types.union) {
            continue;
        }
        if ty.r().ty(vm).is_subtype(vm.types.generic_alias) {
            vm.setattr(zelf, field, vm.list(Vec::new()).r())?;
        } else if ty.r().ptr_eq(classes(vm)?.get(vm, "expr_context")?.r()) {
            vm.setattr(zelf, field, classes(vm)?.singleton(vm, "Load")?.r())?;
        } else {
            let text = format!(
                "{type_name}.__init__ missing 1 required positional argument: '{shown}'. This will become an error in Python 3.15."
            );
            vm.warn(vm.types.deprecation_warning, &text, 1)?;
        }
    }
    Ok(())
}

/// The node's `__dict__`.
fn dict_of(vm: &Vm, zelf: Ref<'_>) -> PyResult<Py<PyDict>> {
    match attrs_of(zelf) {
        Some(a) => a.materialize(vm),
        None => Ok(PyDict::new(vm)),
    }
}

/// A repr that stops at some depth.
fn short_repr(vm: &Vm, node: Ref<'_>, depth: u32) -> PyResult<String> {
    let name = node.ty(vm).name_lossy();
    if depth == 0 {
        return Ok(format!("{name}(...)"));
    }
    let mut parts = Vec::new();
    for f in names_of(vm, node.ty(vm), "_fields")? {
        let field = as_name(vm, &f)?;
        let value = vm.getattr(node, field)?;
        parts.push(format!("{}={}", field.to_string_lossy(), short_value(vm, value.r(), depth - 1)?));
    }
    Ok(format!("{name}({})", parts.join(", ")))
}

fn short_value(vm: &Vm, value: Ref<'_>, depth: u32) -> PyResult<String> {
    let (items, open, close) = match (value.downcast::<PyList>(vm), value.downcast::<PyTuple>(vm)) {
        (Some(l), _) => (l.to_vec(), "[", "]"),
        (_, Some(t)) => (t.as_slice().to_vec(), "(", ")"),
        _ if value.downcast::<PyAst>(vm).is_some() => return short_repr(vm, value, depth),
        _ => return vm.repr_text(value),
    };
    let one = |o: &Obj| match o.r().downcast::<PyAst>(vm) {
        Some(n) => short_repr(vm, n.r(), depth),
        None => vm.repr_text(o.r()),
    };
    Ok(match &items[..] {
        [] => format!("{open}{close}"),
        [a] => format!("{open}{}{close}", one(a)?),
        [a, b] => format!("{open}{}, {}{close}", one(a)?, one(b)?),
        [a, .., z] => format!("{open}{}, ..., {}{close}", one(a)?, one(z)?),
    })
}

#[pyclass(layout = PyAst, name = "AST", module = "ast", own, attrs, weakref, mutable, flags(BASETYPE))]
pub mod ast_class {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        PyAst::bare(vm, cls)
    }
    #[pyinit(raw)]
    fn init(vm: &Vm, zelf: &PyAst, args: Args<'_>) -> PyResult<()> {
        let o = zelf.r();
        let cls = o.ty(vm);
        let name = cls.name_lossy();
        let fields = names_of(vm, cls, "_fields")?;
        if args.npos() > fields.len() {
            let s = if fields.len() == 1 { "" } else { "s" };
            let text = format!("{name} constructor takes at most {} positional argument{s}", fields.len());
            return Err(vm.type_error(text));
        }
        for (f, v) in fields.iter().zip(args.pos()) {
            vm.setattr(o, as_name(vm, f)?, *v)?;
        }
        let mut left: Vec<&Obj> = fields[args.npos()..].iter().collect();
        for (k, v) in args.kwargs() {
            if contains(vm, &fields, k) {
                let at = left.iter().position(|f| f.r().downcast::<PyStr>(vm).is_some_and(|f| f.eq(k)));
                match at {
                    Some(i) => drop(left.remove(i)),
                    None => {
                        let shown = vm.repr_text(k.r())?;
                        return Err(vm.type_error(format!("{name} got multiple values for argument {shown}")));
                    }
                }
            } else if !contains(vm, &names_of(vm, cls, "_attributes")?, k) {
                let shown = vm.repr_text(k.r())?;
                let text = format!(
                    "{name}.__init__ got an unexpected keyword argument {shown}. Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15."
                );
                vm.warn(vm.types.deprecation_warning, &text, 1)?;
            }
            vm.setattr(o, k, v)?;
        }
        if left.is_empty() { Ok(()) } else { fill_missing(vm, o, cls, &left) }
    }
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyAst) -> PyResult<Obj> {
        let ty = zelf.r().ty(vm);
        let rest = dict_of(vm, zelf.r())?.copy(vm)?;
        let mut args = Vec::new();
        for f in names_of(vm, ty, "_fields")? {
            match rest.remove(vm, f.r())? {
                Some(v) => args.push(v),
                None => break,
            }
        }
        Ok(vm.tuple(vec![ty.to_obj(), vm.tuple(args), rest.into_obj()]))
    }
    /// Return a copy of the AST node with new values for the specified fields.
    #[pymethod("__replace__(self, /, **fields)", raw)]
    fn __replace__(vm: &Vm, zelf: &PyAst, args: Args<'_>) -> PyResult<Obj> {
        let ty = zelf.r().ty(vm);
        let name = ty.name_lossy();
        if args.npos() > 0 {
            return Err(vm.type_error("__replace__() takes only keyword arguments"));
        }
        let (fields, attributes) = (names_of(vm, ty, "_fields")?, names_of(vm, ty, "_attributes")?);
        let all = PyDict::new(vm);
        for f in fields.iter().chain(&attributes) {
            if let Some(v) = vm.getattr_opt(zelf.r(), as_name(vm, f)?)? {
                all.set(vm, f.r(), v.r())?;
            }
        }
        for (k, v) in args.kwargs() {
            if !contains(vm, &fields, k) && !contains(vm, &attributes, k) {
                let shown = vm.repr_text(k.r())?;
                return Err(vm.type_error(format!("{name}.__replace__ got an unexpected keyword argument {shown}.")));
            }
            all.set(vm, k.r(), v)?;
        }
        let mut missing = Vec::new();
        for f in &fields {
            if !all.contains(vm, f.r())? {
                missing.push(vm.repr_text(f.r())?);
            }
        }
        if !missing.is_empty() {
            let s = if missing.len() == 1 { "" } else { "s" };
            let list = missing.join(", ");
            return Err(vm.type_error(format!("{name}.__replace__ missing {} keyword argument{s}: {list}.", missing.len())));
        }
        vm.call_ex(ty.r(), &PyTuple::new(vm, Vec::new()), Some(&all))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyAst) -> PyResult<String> {
        short_repr(vm, zelf.r(), 3)
    }
    #[classattr("_fields")]
    fn fields(vm: &Vm) -> Obj {
        vm.tuple(Vec::new())
    }
    #[classattr("_attributes")]
    fn attributes(vm: &Vm) -> Obj {
        vm.tuple(Vec::new())
    }
    #[classattr("__match_args__")]
    fn match_args(vm: &Vm) -> Obj {
        vm.tuple(Vec::new())
    }
    #[classattr("_field_types")]
    fn field_types(vm: &Vm) -> Obj {
        PyDict::new(vm).into_obj()
    }
}
