//! `str(...)`: text of objects and decoding of bytes.

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::prelude::*;
use krait_object::unpack;

/// `str(object, encoding, errors)` as an exact str or an instance of a subtype that `__str__` gave.
fn value_of(vm: &Vm, object: Option<Ref<'_>>, encoding: Option<&str>, errors: Option<&str>) -> PyResult<Obj> {
    let Some(object) = object else { return Ok(PyStr::empty(vm).to_obj()) };
    if encoding.is_none() && errors.is_none() {
        return Ok(vm.str_of(object)?.into_obj());
    }
    decode_object(vm, object, encoding, errors)
}

/// `str(object, encoding, errors)` with a bytes-like object.
pub fn decode_object(vm: &Vm, object: Ref<'_>, encoding: Option<&str>, errors: Option<&str>) -> PyResult<Obj> {
    if object.is_instance_of::<PyStr>(vm) {
        return Err(vm.type_error("decoding str is not supported"));
    }
    if !has_buffer(vm, object) {
        let text = format!("decoding to str: need a bytes-like object, {} found", object.ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    let data = Buffer::simple(vm, object)?.as_slice().to_vec();
    crate::codecs_prim::decode_checked(vm, &data, encoding.unwrap_or("utf-8"), errors.unwrap_or("strict"))
}

/// `str.__new__`.
pub fn construct(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
    static SPEC: unpack::ParamSpec = unpack::ParamSpec {
        func: "str",
        names: &["object", "encoding", "errors"],
        posonly: 0,
        npos: 3,
        minpos: 0,
        required: 0,
        varargs: false,
        varkw: false,
    };
    let exact = std::ptr::eq(cls, vm.types.str);
    if exact && !args.has_kw() {
        unpack::check_positional(vm, "str", args.npos(), 0, 3)?;
    }
    let mut found = [None; 3];
    SPEC.unpack(vm, &args, &mut found)?;
    let [object, encoding, errors] = found;
    let encoding = name_arg(vm, encoding, "encoding")?;
    let errors = name_arg(vm, errors, "errors")?;
    let value = value_of(vm, object, encoding, errors)?;
    if exact {
        return Ok(value);
    }
    match value.downcast::<PyStr>(vm) {
        Ok(s) => PyStr::new_subtype(vm, cls, &s),
        Err(o) => Ok(o),
    }
}

/// The name of an encoding or error handler.
fn name_arg<'a>(vm: &Vm, arg: Option<Ref<'a>>, param: &str) -> PyResult<Option<&'a str>> {
    let Some(arg) = arg else { return Ok(None) };
    let Some(s) = arg.downcast::<PyStr>(vm) else {
        return Err(
            vm.type_error(format!("str() argument '{param}' must be str, not {}", krait_object::dict::qualified_type_name(vm, arg.ty(vm))))
        );
    };
    let s = s.to_utf8(vm)?;
    if s.contains('\0') { Err(vm.value_error("embedded null character")) } else { Ok(Some(s)) }
}
