//! `types.GenericAlias`: what `list[int]` is.

use std::cell::{Cell, OnceCell};

use krait_macros::{Trace, pyclass};
use krait_object::exception::peek;
use krait_object::function::no_header;
use krait_object::lookup::generic_getattr;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;
use krait_object::table_layout;

use super::repr::push_type;
use super::subst::{make_parameters, substitute};
use crate::common::{builtin, new_instance, not_implemented};

/// A generic alias.
#[repr(C)]
#[derive(Trace)]
pub struct PyGenericAlias {
    header: Header,
    pub origin: Obj,
    pub args: Py<PyTuple>,
    parameters: OnceCell<Py<PyTuple>>,
    /// `*tuple[int]`: to be spliced into the arguments around it.
    pub starred: bool,
}
table_layout!(PyGenericAlias => generic_alias);

/// The iterator that `*tuple[int]` runs over: one starred copy of the alias.
#[repr(C)]
#[derive(Trace)]
pub struct PyAliasIterator {
    header: Header,
    alias: Cell<Option<Obj>>,
}
table_layout!(PyAliasIterator => generic_alias_iterator);

fn make(vm: &Vm, cls: &PyType, origin: Obj, args: Ref<'_>, starred: bool) -> PyResult<Obj> {
    let args = match args.downcast::<PyTuple>(vm) {
        Some(t) => t.to_py(),
        None => PyTuple::new(vm, vec![args.to_obj()]),
    };
    let payload = PyGenericAlias { header: no_header(), origin, args, parameters: OnceCell::new(), starred };
    // SAFETY: `cls` is `GenericAlias` or a subtype.
    unsafe { new_instance(vm, cls, payload) }
}

/// `types.GenericAlias(origin, args)`.
pub fn new_alias(vm: &Vm, origin: Ref<'_>, args: Ref<'_>) -> PyResult<Obj> {
    make(vm, vm.types.generic_alias, origin.to_obj(), args, false)
}

impl PyGenericAlias {
    /// `__parameters__`.
    pub fn parameters(&self, vm: &Vm) -> PyResult<Py<PyTuple>> {
        if let Some(p) = self.parameters.get() {
            return Ok(p.clone());
        }
        let p = make_parameters(vm, self.args.r())?;
        // Somebody may have been faster: finding parameters runs Python code.
        Ok(self.parameters.get_or_init(|| p).clone())
    }
}

/// Attributes of the alias itself; all others are the origin's.
const OWN: [&str; 9] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];

/// Attributes that must not come from the origin either.
const BLOCKED: [&str; 3] = ["__bases__", "__copy__", "__deepcopy__"];

/// Represent a PEP 585 generic type
///
/// E.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).
#[pyclass("GenericAlias", layout = PyGenericAlias, table = generic_alias, module = "types", flags(BASETYPE), weakref, nosig)]
pub mod generic_alias {
    use super::*;

    #[pynew("GenericAlias(origin, args, /)")]
    fn new(vm: &Vm, cls: &PyType, origin: Ref<'_>, args: Ref<'_>) -> PyResult<Obj> {
        make(vm, cls, origin.to_obj(), args, false)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyGenericAlias) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        if zelf.starred {
            out.push_str("*");
        }
        push_type(vm, &mut out, zelf.origin.r())?;
        out.push_str("[");
        for (i, a) in zelf.args.as_slice().iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            match a.r().downcast::<PyList>(vm) {
                // The arguments of a callable.
                Some(list) => push_list(vm, &mut out, list)?,
                None => push_type(vm, &mut out, a.r())?,
            }
        }
        if zelf.args.is_empty() {
            out.push_str("()");
        }
        out.push_str("]");
        Ok(out.finish(vm).into_obj())
    }
    fn push_list(vm: &Vm, out: &mut StrBuilder, list: &PyList) -> PyResult<()> {
        out.push_str("[");
        let mut i = 0;
        while let Some(item) = list.get(i) {
            if i > 0 {
                out.push_str(", ");
            }
            push_type(vm, out, item.r())?;
            i += 1;
        }
        out.push_str("]");
        Ok(())
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyGenericAlias) -> PyResult<i64> {
        Ok(krait_object::hash::fix(vm.hash(zelf.origin.r())? ^ vm.hash(zelf.args.r())?))
    }
    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyGenericAlias, args: Args<'_>) -> PyResult<Obj> {
        let obj = vm.call_args(zelf.origin.r(), args)?;
        if let Err(e) = vm.setattr(obj.r(), vm.names().__orig_class__, zelf.r()) {
            // Objects that take no attributes go without.
            if !vm.raised_is(vm.types.attribute_error) && !vm.raised_is(vm.types.type_error) {
                return Err(e);
            }
            drop(vm.take_raised(e));
        }
        Ok(obj)
    }
    #[slot(getattro)]
    fn getattro(vm: &Vm, zelf: &PyGenericAlias, name: &PyStr) -> PyResult<Obj> {
        if BLOCKED.iter().chain(&OWN).any(|n| name.eq_str(n)) {
            return generic_getattr(vm, zelf.r(), name);
        }
        vm.getattr(zelf.origin.r(), name)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyGenericAlias, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(b) = other.downcast::<PyGenericAlias>(vm).filter(|_| matches!(op, CmpOp::Eq | CmpOp::Ne)) else {
            return not_implemented();
        };
        let equal = zelf.starred == b.starred && vm.eq(zelf.origin.r(), b.origin.r())? && vm.eq(zelf.args.r(), b.args.r())?;
        Ok(Obj::bool(equal == (op == CmpOp::Eq)))
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyGenericAlias) -> Obj {
        let payload = PyAliasIterator { header: no_header(), alias: Cell::new(Some(zelf.to_obj())) };
        // SAFETY: the iterator type has this layout and no attributes.
        unsafe { krait_object::function::alloc_exact(vm, vm.types.generic_alias_iterator, payload) }.into_obj()
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        super::super::union::type_or(vm, a, b)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyGenericAlias, item: Ref<'_>) -> PyResult<Obj> {
        let parameters = zelf.parameters(vm)?;
        let args = substitute(vm, zelf.r(), &zelf.args, &parameters, item)?;
        make(vm, vm.types.generic_alias, zelf.origin.clone(), args.r(), zelf.starred)
    }

    #[pymethod(raw)]
    fn __mro_entries__(vm: &Vm, zelf: &PyGenericAlias, _bases: Ref<'_>) -> Obj {
        vm.tuple(vec![zelf.origin.clone()])
    }
    #[pymethod(raw)]
    fn __instancecheck__(vm: &Vm, _zelf: &PyGenericAlias, _o: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
    }
    #[pymethod(raw)]
    fn __subclasscheck__(vm: &Vm, _zelf: &PyGenericAlias, _o: Ref<'_>) -> PyResult<Obj> {
        Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
    }
    #[pymethod(raw)]
    fn __reduce__(vm: &Vm, zelf: &PyGenericAlias) -> PyResult<Obj> {
        if zelf.starred {
            let plain = make(vm, vm.types.generic_alias, zelf.origin.clone(), zelf.args.r(), false)?;
            let it = vm.iter(plain.r())?;
            return Ok(vm.tuple(vec![builtin(vm, "next")?, vm.tuple(vec![it])]));
        }
        let args = vm.tuple(vec![zelf.origin.clone(), zelf.args.to_obj()]);
        Ok(vm.tuple(vec![zelf.r().ty(vm).to_obj(), args]))
    }
    #[pymethod(raw)]
    fn __dir__(vm: &Vm, zelf: &PyGenericAlias) -> PyResult<Obj> {
        let dir = builtin(vm, "dir")?;
        let names = vm.to_list(vm.call1(dir.r(), zelf.origin.r())?.r())?;
        for own in OWN {
            let own = vm.intern(own);
            if !vm.contains(names.r(), own.r())? {
                names.push(vm, own.into_obj())?;
            }
        }
        Ok(names.into_obj())
    }
    #[member]
    fn __origin__(zelf: &PyGenericAlias) -> Obj {
        zelf.origin.clone()
    }
    #[member]
    fn __args__(zelf: &PyGenericAlias) -> Obj {
        zelf.args.to_obj()
    }
    #[member]
    fn __unpacked__(zelf: &PyGenericAlias) -> bool {
        zelf.starred
    }
    /// Type variables in the GenericAlias.
    #[getter]
    fn __parameters__(vm: &Vm, zelf: &PyGenericAlias) -> PyResult<Py<PyTuple>> {
        zelf.parameters(vm)
    }
    #[getter]
    fn __typing_unpacked_tuple_args__(vm: &Vm, zelf: &PyGenericAlias) -> Option<Obj> {
        (zelf.starred && zelf.origin.is(vm.types.tuple.r())).then(|| zelf.args.to_obj())
    }
}

#[pyclass("generic_alias_iterator", layout = PyAliasIterator, table = generic_alias_iterator, flags(DISALLOW_INSTANTIATION))]
pub mod alias_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyAliasIterator) -> PyResult<Option<Obj>> {
        let Some(obj) = zelf.alias.take() else { return Ok(None) };
        let Some(alias) = obj.r().downcast::<PyGenericAlias>(vm) else { return Ok(None) };
        make(vm, vm.types.generic_alias, alias.origin.clone(), alias.args.r(), true).map(Some)
    }
    #[pymethod(raw)]
    fn __reduce__(vm: &Vm, zelf: &PyAliasIterator) -> PyResult<Obj> {
        let iter = builtin(vm, "iter")?;
        let seq = peek(&zelf.alias).unwrap_or_else(|| vm.tuple(vec![]));
        Ok(vm.tuple(vec![iter, vm.tuple(vec![seq])]))
    }
}
