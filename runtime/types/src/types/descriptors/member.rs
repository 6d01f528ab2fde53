//! `member_descriptor`: fields of native objects and `__slots__` entries.

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_object::typedef::descr::{MemberKind, PyMember, shifted_slot_word, slot_word};

use crate::types::type_object::getset::module_of;

use super::{doc_obj, qualname as class_qualname, reduce_getattr};

fn check(vm: &Vm, m: &PyMember, obj: Ref<'_>) -> PyResult<()> {
    if obj.ty(vm).is_subtype(&m.objclass) { Ok(()) } else { super::check(vm, &m.name.to_string_lossy(), &m.objclass, obj) }
}

/// The word of a `__slots__` entry in an object that has been checked.
fn word(obj: Ref<'_>, kind: MemberKind) -> &std::cell::Cell<Value> {
    // SAFETY: callers have checked that the object is an instance of the class.
    unsafe {
        match kind {
            MemberKind::Slot { offset } => slot_word(obj, offset),
            MemberKind::ShiftedSlot { offset } => shifted_slot_word(obj, offset),
            MemberKind::Native(_) => unreachable!("native members have functions of their own"),
        }
    }
}

/// `%T`: the name of a type with that of its module, unless it is built in.
fn fully_qualified_name(vm: &Vm, ty: &PyType) -> PyResult<String> {
    let name = ty.qualname_ref().map_or_else(|| ty.name_lossy(), |q| q.to_string_lossy());
    let module = match module_of(vm, ty)? {
        Some(m) => m.r().downcast::<PyStr>(vm).map(PyStr::to_string_lossy),
        None => None,
    };
    Ok(match module {
        Some(m) if m != "builtins" && m != "__main__" => format!("{m}.{name}"),
        _ => name,
    })
}

#[pyclass("member_descriptor", layout = PyMember, table = member_descriptor, flags(DISALLOW_INSTANTIATION))]
pub mod member_descriptor {
    use super::*;

    #[slot(repr)]
    fn repr(zelf: &PyMember) -> String {
        format!("<member '{}' of '{}' objects>", zelf.name, zelf.objclass.tp_name())
    }

    #[slot(descr_get)]
    fn get(vm: &Vm, zelf: &PyMember, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(obj) = obj else { return Ok(zelf.to_obj()) };
        check(vm, zelf, obj)?;
        match zelf.kind {
            MemberKind::Native(def) => (def.get)(vm, obj),
            kind => {
                // SAFETY: the word is bound or zero, and cloning runs no Python code.
                match unsafe { Ref::from_value_opt(word(obj, kind).get()) } {
                    Some(v) => Ok(v.to_obj()),
                    None => {
                        let ty = fully_qualified_name(vm, obj.ty(vm))?;
                        let name = zelf.name.to_string_lossy();
                        Err(krait_object::exception::raise_attribute_error(
                            vm,
                            obj,
                            &zelf.name,
                            &format!("'{ty}' object has no attribute '{name}'"),
                        ))
                    }
                }
            }
        }
    }

    #[slot(descr_set)]
    fn set(vm: &Vm, zelf: &PyMember, obj: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        check(vm, zelf, obj)?;
        match zelf.kind {
            MemberKind::Native(def) => match def.set {
                Some(f) => f(vm, obj, value),
                None => Err(vm.attribute_error_msg("readonly attribute")),
            },
            kind => {
                let deleting = value.is_none();
                let new = value.map_or(Value::UNBOUND, |v| v.to_obj().into_value());
                // SAFETY: the word's reference moves out, the new one moves in.
                let old = unsafe { Obj::from_value_opt(word(obj, kind).replace(new)) };
                match old {
                    None if deleting => Err(vm.raise_with(vm.types.attribute_error, vec![zelf.name.to_obj()])),
                    _ => Ok(()),
                }
            }
        }
    }

    #[member("__objclass__")]
    fn objclass(zelf: &PyMember) -> Obj {
        zelf.objclass.to_obj()
    }

    #[member("__name__")]
    fn name(zelf: &PyMember) -> Obj {
        zelf.name.to_obj()
    }

    #[getter("__doc__")]
    fn doc(vm: &Vm, zelf: &PyMember) -> Obj {
        match zelf.kind {
            MemberKind::Native(def) => doc_obj(vm, def.doc),
            _ => Obj::none(),
        }
    }

    #[getter("__qualname__")]
    fn qualname(vm: &Vm, zelf: &PyMember) -> PyResult<String> {
        class_qualname(vm, &zelf.objclass, &zelf.name.to_string_lossy())
    }

    #[pymethod("__reduce__()", nosig)]
    fn reduce(vm: &Vm, zelf: &PyMember) -> PyResult<Obj> {
        reduce_getattr(vm, zelf.objclass.r(), zelf.name.to_obj())
    }
}
