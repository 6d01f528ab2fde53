//! `AttributeError`, `NameError` and `ImportError`: exceptions with keyword-only fields.

use krait_object::exception::{PyBaseException, peek};
use krait_object::exception_layouts::{PyAttributeError, PyImportError, PyNameError};
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;
use krait_object::unpack::ParamSpec;

use super::support::{base_str, def, dict_if_any, keywords_only, method, object_members, reduced, set_args, set_field, this};

/// A parser of keyword-only optional arguments.
const fn keywords(func: &'static str, names: &'static [&'static str]) -> ParamSpec {
    ParamSpec { func, names, posonly: 0, npos: 0, minpos: 0, required: 0, varargs: false, varkw: false }
}

/// The state as a dict: the instance's attributes and the given fields.
fn state_with(vm: &Vm, zelf: Ref<'_>, fields: &[(&str, Option<Obj>)]) -> PyResult<Option<Py<PyDict>>> {
    let own = dict_if_any(vm, zelf)?;
    if fields.iter().all(|(_, v)| v.is_none()) {
        return Ok(own);
    }
    let state = match own {
        Some(d) => d.copy(vm)?,
        None => PyDict::new(vm),
    };
    for (name, value) in fields {
        if let Some(v) = value {
            state.set_str(vm, &vm.intern(name), v.clone())?;
        }
    }
    Ok(Some(state))
}

/// `AttributeError`.
pub static ATTRIBUTE_ERROR: TypeDef = TypeDef {
    slots: SlotDefs { init: Some(attribute_error_init), str: Some(base_str), ..SlotDefs::EMPTY },
    methods: &[
        method("__getstate__", NativeFn::NoArgs(attribute_error_getstate), None),
        method("__reduce__", NativeFn::NoArgs(attribute_error_reduce), None),
    ],
    members: object_members![PyAttributeError; name as "name": "attribute name", obj as "obj": "object"],
    ..def::<PyAttributeError>("AttributeError", "Attribute not found.", |t| t.attribute_error, |vm| vm.types.exception)
};

fn attribute_error_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    static SPEC: ParamSpec = keywords("AttributeError", &["name", "obj"]);
    let exc = this::<PyAttributeError>(zelf);
    set_args(vm, &exc.base, args.pos());
    let mut out = [None; 2];
    SPEC.unpack(vm, &keywords_only(args), &mut out)?;
    set_field(&exc.name, out[0])?;
    set_field(&exc.obj, out[1])
}

/// The object is left out: it may not be picklable, and nobody needs it later.
fn attribute_error_getstate(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let exc = this::<PyAttributeError>(zelf);
    let args = exc.base.args_tuple(vm).into_obj();
    let state = state_with(vm, zelf, &[("name", peek(&exc.name)), ("args", Some(args))])?;
    Ok(state.map_or_else(Obj::none, Py::into_obj))
}

fn attribute_error_reduce(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let state = attribute_error_getstate(vm, zelf)?;
    let args = this::<PyAttributeError>(zelf).base.args_tuple(vm).into_obj();
    Ok(reduced(vm, zelf, args, Some(state)))
}

/// `NameError`.
pub static NAME_ERROR: TypeDef = TypeDef {
    slots: SlotDefs { init: Some(name_error_init), str: Some(base_str), ..SlotDefs::EMPTY },
    members: object_members![PyNameError; name as "name": "name"],
    ..def::<PyNameError>("NameError", "Name not found globally.", |t| t.name_error, |vm| vm.types.exception)
};

fn name_error_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    static SPEC: ParamSpec = keywords("NameError", &["name"]);
    let exc = this::<PyNameError>(zelf);
    set_args(vm, &exc.base, args.pos());
    let mut out = [None; 1];
    SPEC.unpack(vm, &keywords_only(args), &mut out)?;
    set_field(&exc.name, out[0])
}

/// `ImportError`.
pub static IMPORT_ERROR: TypeDef = TypeDef {
    slots: SlotDefs { init: Some(import_error_init), str: Some(import_error_str), ..SlotDefs::EMPTY },
    methods: &[method("__reduce__", NativeFn::NoArgs(import_error_reduce), None)],
    members: object_members![PyImportError;
        msg as "msg": "exception message", name as "name": "module name", path as "path": "module path",
        name_from as "name_from": "name imported from module",
    ],
    ..def::<PyImportError>(
        "ImportError",
        "Import can't find module, or can't find name in module.",
        |t| t.import_error,
        |vm| vm.types.exception,
    )
};

fn import_error_init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    static SPEC: ParamSpec = keywords("ImportError", &["name", "path", "name_from"]);
    let exc = this::<PyImportError>(zelf);
    set_args(vm, &exc.base, args.pos());
    let mut out = [None; 3];
    SPEC.unpack(vm, &keywords_only(args), &mut out)?;
    set_field(&exc.name, out[0])?;
    set_field(&exc.path, out[1])?;
    set_field(&exc.name_from, out[2])?;
    let msg = if let [one] = args.pos() { Some(*one) } else { None };
    set_field(&exc.msg, msg)
}

fn import_error_str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    match peek(&this::<PyImportError>(zelf).msg) {
        Some(m) if m.r().as_exact_str(vm).is_some() => Ok(m),
        _ => base_str(vm, zelf),
    }
}

fn import_error_reduce(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let exc = this::<PyImportError>(zelf);
    let fields = [("name", peek(&exc.name)), ("path", peek(&exc.path)), ("name_from", peek(&exc.name_from))];
    let state = state_with(vm, zelf, &fields)?.map(Py::into_obj);
    let args = this::<PyBaseException>(zelf).args_tuple(vm).into_obj();
    Ok(reduced(vm, zelf, args, state))
}
