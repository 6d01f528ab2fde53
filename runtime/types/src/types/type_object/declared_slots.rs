//! `__slots__` of a class body.

use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::obj::{Layout, Obj, Py};
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::typedef::has_own_dict;
use krait_object::vm::Vm;

/// What a class adds to the instances of its base.
pub(super) struct Added {
    pub dict: bool,
    pub weakref: bool,
    /// Mangled and sorted names of the `__slots__` members.
    pub members: Vec<Py<PyStr>>,
}

/// Objects of these types vary in size in CPython, which shows in what may be added to them.
fn varies_in_size(ty: &PyType) -> bool {
    (ty.itemsize.get() != 0 && !ty.has_flag(TypeFlags::STR_SUBCLASS))
        || ty.has_flag(TypeFlags::INT_SUBCLASS)
        || ty.has_flag(TypeFlags::TYPE_SUBCLASS)
}

pub(super) fn has_dict(vm: &Vm, ty: &PyType) -> bool {
    ty.has_flag(TypeFlags::ATTRS) || has_own_dict(vm, ty)
}

/// Reads the `__slots__` of a class body and decides about `__dict__` and `__weakref__`.
pub(super) fn read(vm: &Vm, class_name: &PyStr, bases: &[Obj], base: &PyType, dict: &PyDict) -> PyResult<Added> {
    let may_dict = !has_dict(vm, base);
    let may_weakref = !base.has_flag(TypeFlags::WEAKREF) && !varies_in_size(base);
    let Some(slots) = dict.get_str(vm, vm.names().__slots__)? else {
        return Ok(Added { dict: may_dict, weakref: may_weakref, members: Vec::new() });
    };
    let slots = if slots.r().downcast::<PyStr>(vm).is_some() { vec![slots] } else { vm.collect(slots.r())? };
    if !slots.is_empty() && varies_in_size(base) {
        return Err(vm.type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base.tp_name())));
    }
    let mut added = Added { dict: false, weakref: false, members: Vec::new() };
    for slot in slots {
        let name = check_name(vm, &slot)?;
        let (which, may, what) = if name.eq_str("__dict__") {
            (&mut added.dict, may_dict, "__dict__")
        } else if name.eq_str("__weakref__") {
            (&mut added.weakref, may_weakref, "__weakref__")
        } else {
            added.members.push(name);
            continue;
        };
        if !may || *which {
            return Err(vm.type_error(format!("{what} slot disallowed: we already got one")));
        }
        *which = true;
    }
    for name in &mut added.members {
        *name = mangle(vm, class_name, name);
        // The compiler puts these into the namespace; they are removed before the class is made.
        let transient = ["__qualname__", "__classcell__", "__classdictcell__"].iter().any(|t| name.eq_str(t));
        if !transient && dict.contains_str(vm, name)? {
            return Err(vm.value_error(format!("{} in __slots__ conflicts with class variable", vm.repr_text(name.r())?)));
        }
    }
    added.members.sort_by(|a, b| a.cmp(b));
    // Other bases may bring what the layout base lacks.
    for b in bases {
        let Some(b) = b.r().downcast::<PyType>(vm).filter(|b| !std::ptr::eq(*b, base)) else { continue };
        added.dict |= may_dict && has_dict(vm, b);
        added.weakref |= may_weakref && b.has_flag(TypeFlags::WEAKREF);
    }
    Ok(added)
}

fn check_name(vm: &Vm, slot: &Obj) -> PyResult<Py<PyStr>> {
    let Some(s) = slot.r().downcast::<PyStr>(vm) else {
        let got = slot.r().ty(vm).tp_name();
        return Err(vm.type_error(format!("__slots__ items must be strings, not '{got}'")));
    };
    if !is_identifier(vm, s)? {
        return Err(vm.type_error("__slots__ must be identifiers"));
    }
    Ok(vm.intern_str(s.to_exact(vm)))
}

fn is_identifier(vm: &Vm, s: &PyStr) -> PyResult<bool> {
    if let Some(a) = s.as_ascii() {
        let mut bytes = a.bytes();
        let start = |c: u8| c.is_ascii_alphabetic() || c == b'_';
        return Ok(bytes.next().is_some_and(start) && bytes.all(|c| start(c) || c.is_ascii_digit()));
    }
    let r = vm.call_method_str(s.r(), "isidentifier", &[])?;
    vm.is_true(r.r())
}

/// `__name` in class `C` becomes `_C__name`.
fn mangle(vm: &Vm, class_name: &PyStr, name: &PyStr) -> Py<PyStr> {
    let text = name.to_string_lossy();
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return name.to_py();
    }
    let class = class_name.to_string_lossy();
    let class = class.trim_start_matches('_');
    if class.is_empty() { name.to_py() } else { vm.intern(&format!("_{class}{text}")) }
}
