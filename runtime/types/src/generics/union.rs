//! `typing.Union`, also known as `types.UnionType`: what `int | str` is.

use std::cell::OnceCell;

use krait_macros::pyclass;
use krait_object::function::{alloc_exact, no_header};
use krait_object::lookup::generic_getattr;
use krait_object::prelude::*;
use krait_object::set::PySet;
use krait_object::str::StrBuilder;
use krait_object::union_type::PyUnion;

use super::alias::PyGenericAlias;
use super::repr::push_type;
use super::subst::{make_parameters, substitute};
use super::typealias::PyTypeAlias;
use crate::common::not_implemented;

/// Collects the members of a union, flat and without duplicates.
struct Builder<'v> {
    vm: &'v Vm,
    args: Vec<Obj>,
    hashable: Py<krait_object::set::PyFrozenSet>,
    unhashable: Vec<Obj>,
    /// Members that are no types are checked by `typing`.
    checked: bool,
}

impl Builder<'_> {
    fn new(vm: &Vm, checked: bool) -> Builder<'_> {
        Builder { vm, args: Vec::new(), hashable: PySet::new_frozen(vm), unhashable: Vec::new(), checked }
    }
    fn add(&mut self, arg: Ref<'_>) -> PyResult<()> {
        if arg.is_none() {
            return self.add_new(self.vm.types.none_type.r());
        }
        if let Some(u) = arg.downcast_exact::<PyUnion>(self.vm) {
            return u.args.as_slice().iter().try_for_each(|a| self.add(a.r()));
        }
        if self.checked && !is_unionable(self.vm, arg) {
            let arg = super::type_check(self.vm, arg, "Union[arg, ...]: each arg must be a type.")?;
            return self.add_new(arg.r());
        }
        self.add_new(arg)
    }
    fn add_new(&mut self, arg: Ref<'_>) -> PyResult<()> {
        let vm = self.vm;
        match vm.hash(arg) {
            Ok(hash) => {
                if !self.hashable.add_hashed(vm, arg, hash)? {
                    return Ok(());
                }
            }
            Err(e) => {
                drop(vm.take_raised(e));
                for u in &self.unhashable {
                    if vm.eq(u.r(), arg)? {
                        return Ok(());
                    }
                }
                self.unhashable.push(arg.to_obj());
            }
        }
        self.args.push(arg.to_obj());
        Ok(())
    }
    fn finish(mut self) -> PyResult<Obj> {
        let vm = self.vm;
        match self.args.len() {
            0 => return Err(vm.type_error("Cannot take a Union of no types.")),
            1 => return Ok(self.args.swap_remove(0)),
            _ => {}
        }
        let payload = PyUnion {
            header: no_header(),
            args: PyTuple::new(vm, self.args),
            hashable: (!self.hashable.is_empty()).then(|| self.hashable.into_obj()),
            unhashable: (!self.unhashable.is_empty()).then(|| PyTuple::new(vm, self.unhashable)),
            parameters: OnceCell::new(),
        };
        // SAFETY: `Union` has this layout and no attributes.
        Ok(unsafe { alloc_exact(vm, vm.types.union, payload) }.into_obj())
    }
}

/// May the object stand beside a type in `|` without asking `typing`?
fn is_unionable(vm: &Vm, o: Ref<'_>) -> bool {
    o.is_none()
        || o.downcast::<PyType>(vm).is_some()
        || o.downcast::<PyGenericAlias>(vm).is_some()
        || o.is_exact::<PyUnion>(vm)
        || o.is_exact::<PyTypeAlias>(vm)
}

/// `a | b` of types, aliases and unions; `NotImplemented` for anything else.
pub fn type_or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    if !is_unionable(vm, a) || !is_unionable(vm, b) {
        return not_implemented();
    }
    let mut u = Builder::new(vm, false);
    u.add(a)?;
    u.add(b)?;
    u.finish()
}

/// `Union[args]`: a tuple gives its items, anything else one member.
pub fn union_of(vm: &Vm, args: Ref<'_>) -> PyResult<Obj> {
    let mut u = Builder::new(vm, true);
    match args.downcast_exact::<PyTuple>(vm) {
        Some(t) => t.as_slice().iter().try_for_each(|a| u.add(a.r()))?,
        None => u.add(args)?,
    }
    u.finish()
}

/// `Union[a, b]`, the `|` of type parameters.
pub fn union_of_two(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
    let pair = PyTuple::from_refs(vm, &[a, b]);
    union_of(vm, pair.r())
}

fn parameters(vm: &Vm, u: &PyUnion) -> PyResult<Py<PyTuple>> {
    if let Some(p) = u.parameters.get() {
        return Ok(p.clone());
    }
    let p = make_parameters(vm, u.args.r())?;
    Ok(u.parameters.get_or_init(|| p).clone())
}

/// Has each of `a` an equal in `b`?
fn all_in(vm: &Vm, a: &PyTuple, b: &PyTuple) -> PyResult<bool> {
    for x in a.as_slice() {
        let mut found = false;
        for y in b.as_slice() {
            if vm.eq(x.r(), y.r())? {
                found = true;
                break;
            }
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal(vm: &Vm, a: &PyUnion, b: &PyUnion) -> PyResult<bool> {
    let same = match (&a.hashable, &b.hashable) {
        (Some(x), Some(y)) => vm.eq(x.r(), y.r())?,
        (None, None) => true,
        _ => false,
    };
    if !same {
        return Ok(false);
    }
    match (&a.unhashable, &b.unhashable) {
        (Some(x), Some(y)) => Ok(x.len() == y.len() && all_in(vm, x, y)? && all_in(vm, y, x)?),
        (None, None) => Ok(true),
        _ => Ok(false),
    }
}

/// Represent a union type
///
/// E.g. for int | str
#[pyclass("Union", layout = PyUnion, table = union, module = "typing", weakref, flags(DISALLOW_INSTANTIATION))]
pub mod union {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyUnion) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        for (i, a) in zelf.args.as_slice().iter().enumerate() {
            if i > 0 {
                out.push_str(" | ");
            }
            push_type(vm, &mut out, a.r())?;
        }
        Ok(out.finish(vm).into_obj())
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyUnion) -> PyResult<i64> {
        if let Some(bad) = &zelf.unhashable {
            for a in bad.as_slice() {
                vm.hash(a.r())?;
            }
            // They have become hashable since; equal unions could still hash differently.
            return Err(vm.type_error(format!("union contains {} unhashable elements", bad.len())));
        }
        match &zelf.hashable {
            Some(h) => vm.hash(h.r()),
            None => Ok(0),
        }
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyUnion, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match other.downcast_exact::<PyUnion>(vm) {
            Some(b) if matches!(op, CmpOp::Eq | CmpOp::Ne) => Ok(Obj::bool(equal(vm, zelf, b)? == (op == CmpOp::Eq))),
            _ => not_implemented(),
        }
    }
    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyUnion, name: &PyStr) -> PyResult<Obj> {
        if name.eq_str("__module__") {
            return vm.getattr(zelf.r().ty(vm).r(), name);
        }
        generic_getattr(vm, zelf.r(), name)
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        type_or(vm, a, b)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyUnion, item: Ref<'_>) -> PyResult<Obj> {
        let args = substitute(vm, zelf.r(), &zelf.args, &*parameters(vm, zelf)?, item)?;
        union_of(vm, args.r())
    }
    #[pymethod(raw)]
    fn __mro_entries__(vm: &Vm, zelf: &PyUnion, _bases: Ref<'_>) -> PyResult<Obj> {
        let shown = vm.repr_text(zelf.r())?;
        Err(vm.type_error(format!("Cannot subclass {shown}")))
    }
    /// See PEP 585
    #[pyclassmethod(raw)]
    fn __class_getitem__(vm: &Vm, _cls: &PyType, args: Ref<'_>) -> PyResult<Obj> {
        union_of(vm, args)
    }
    #[member]
    fn __args__(zelf: &PyUnion) -> Obj {
        zelf.args.to_obj()
    }
    /// Name of the type
    #[getter]
    fn __name__(_zelf: &PyUnion) -> &'static str {
        "Union"
    }
    /// Qualified name of the type
    #[getter]
    fn __qualname__(_zelf: &PyUnion) -> &'static str {
        "Union"
    }
    /// Always returns the type
    #[getter]
    fn __origin__(vm: &Vm, _zelf: &PyUnion) -> Obj {
        vm.types.union.to_obj()
    }
    /// Type variables in the types.UnionType.
    #[getter]
    fn __parameters__(vm: &Vm, zelf: &PyUnion) -> PyResult<Py<PyTuple>> {
        parameters(vm, zelf)
    }
}
