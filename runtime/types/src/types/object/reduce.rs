//! Pickling support of `object`: `__reduce__`, `__reduce_ex__`, `__getstate__`.

use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::function::PyBuiltinFunction;
use krait_object::header::Header;
use krait_object::instance::attrs_of;
use krait_object::list::PyList;
use krait_object::native::{Binding, MethodDef, NativeFacts, NativeFn};
use krait_object::obj::{Layout, Obj, Py, Ref};
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::ty::PyType;
use krait_object::typedef;
use krait_object::vm::Vm;

/// `object.__getstate__`.
pub(super) const GETSTATE: MethodDef = MethodDef {
    name: "__getstate__",
    func: NativeFn::NoArgs(getstate),
    binding: Binding::Normal,
    doc: Some("__getstate__($self, /)\n--\n\nHelper for pickle."),
    facts: NativeFacts::WORST,
    coexist: false,
};

pub(super) fn reduce(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    common_reduce(vm, obj, 0)
}

pub(super) fn reduce_ex(vm: &Vm, obj: Ref<'_>, protocol: Ref<'_>) -> PyResult<Obj> {
    let protocol = krait_object::convert::c_int(vm, protocol)?;
    let n = vm.names();
    if let Some(reduce) = vm.getattr_opt(obj, n.__reduce__)? {
        let of_class = vm.getattr(obj.ty(vm).r(), n.__reduce__)?;
        let of_object = match vm.types.object.dict_ref() {
            Some(d) => d.get_str(vm, n.__reduce__)?,
            None => None,
        };
        if !of_object.is_some_and(|o| o.r().ptr_eq(of_class.r())) {
            return vm.call0(reduce.r());
        }
    }
    common_reduce(vm, obj, protocol)
}

fn copyreg(vm: &Vm) -> PyResult<Obj> {
    (vm.interp.hooks().import)(vm, "copyreg")
}

fn common_reduce(vm: &Vm, obj: Ref<'_>, protocol: i32) -> PyResult<Obj> {
    if protocol >= 2 {
        return reduce_newobj(vm, obj);
    }
    let p = vm.int_i64(i64::from(protocol));
    vm.call_method_str(copyreg(vm)?.r(), "_reduce_ex", &[obj, p.r()])
}

/// What `__getnewargs_ex__` or `__getnewargs__` say.
fn new_arguments(vm: &Vm, obj: Ref<'_>) -> PyResult<(Option<Py<PyTuple>>, Option<Py<PyDict>>)> {
    let n = vm.names();
    if let Some(r) = vm.call_special(obj, n.__getnewargs_ex__, &[])? {
        let Some(t) = r.r().downcast::<PyTuple>(vm) else {
            let got = r.r().ty(vm).tp_name();
            return Err(vm.type_error(format!("__getnewargs_ex__ should return a tuple, not '{got}'")));
        };
        let [args, kwargs] = t.as_slice() else {
            return Err(vm.value_error(format!("__getnewargs_ex__ should return a tuple of length 2, not {}", t.len())));
        };
        let item = |which: &str, want: &str, got: &Obj| {
            let got = got.r().ty(vm).tp_name();
            vm.type_error(format!("{which} item of the tuple returned by __getnewargs_ex__ must be a {want}, not '{got}'"))
        };
        let Some(a) = args.r().downcast::<PyTuple>(vm) else { return Err(item("first", "tuple", args)) };
        let Some(k) = kwargs.r().downcast::<PyDict>(vm) else { return Err(item("second", "dict", kwargs)) };
        return Ok((Some(a.to_py()), Some(k.to_py())));
    }
    match vm.call_special(obj, n.__getnewargs__, &[])? {
        None => Ok((None, None)),
        Some(r) => match r.downcast::<PyTuple>(vm) {
            Ok(t) => Ok((Some(t), None)),
            Err(r) => Err(vm.type_error(format!("__getnewargs__ should return a tuple, not '{}'", r.r().ty(vm).tp_name()))),
        },
    }
}

fn reduce_newobj(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    let ty = obj.ty(vm);
    if ty.slots.new.get().is_none() {
        return Err(cannot_pickle(vm, ty));
    }
    let (args, kwargs) = new_arguments(vm, obj)?;
    let copyreg = copyreg(vm)?;
    let has_args = args.is_some();
    let (func, new_args) = match kwargs.filter(|k| !k.is_empty()) {
        None => {
            let mut all = vec![ty.to_obj()];
            all.extend(args.iter().flat_map(|a| a.as_slice().iter().cloned()));
            (vm.getattr_str(copyreg.r(), "__newobj__")?, vm.tuple(all))
        }
        Some(kwargs) => {
            let args = args.unwrap_or_else(|| PyTuple::new(vm, vec![]));
            let all = vec![ty.to_obj(), args.into_obj(), kwargs.into_obj()];
            (vm.getattr_str(copyreg.r(), "__newobj_ex__")?, vm.tuple(all))
        }
    };
    let is_list = obj.downcast::<PyList>(vm).is_some();
    let is_dict = obj.downcast::<PyDict>(vm).is_some();
    let state = state_of(vm, obj, !(has_args || is_list || is_dict))?;
    let list_items = if is_list { vm.iter(obj)? } else { Obj::none() };
    let dict_items = if is_dict {
        let items = vm.call_method_str(obj, "items", &[])?;
        vm.iter(items.r())?
    } else {
        Obj::none()
    };
    Ok(vm.tuple(vec![func, new_args, state, list_items, dict_items]))
}

/// `obj.__getstate__()`; `required` refuses objects with native state nobody saves.
fn state_of(vm: &Vm, obj: Ref<'_>, required: bool) -> PyResult<Obj> {
    let get = vm.getattr(obj, vm.names().__getstate__)?;
    let is_default = get.r().downcast_exact::<PyBuiltinFunction>(vm).is_some_and(|f| {
        matches!(f.def.func, NativeFn::NoArgs(g) if std::ptr::fn_addr_eq(g, getstate as fn(&Vm, Ref<'_>) -> PyResult<Obj>))
            && f.self_.as_ref().is_some_and(|s| s.is(obj))
    });
    if is_default { default_state(vm, obj, required) } else { vm.call0(get.r()) }
}

fn getstate(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    default_state(vm, obj, false)
}

fn cannot_pickle(vm: &Vm, ty: &PyType) -> krait_object::error::Raised {
    vm.type_error(format!("cannot pickle '{}' object", ty.tp_name()))
}

/// The attributes as a dict, None if there are none. Instances keep their fast form: they give a
/// copy.
fn dict_state(vm: &Vm, obj: Ref<'_>) -> PyResult<Obj> {
    let Some(attrs) = attrs_of(obj) else {
        // Types with a dict of their own kind.
        return Ok(vm
            .getattr_opt(obj, vm.names().__dict__)?
            .filter(|d| d.r().downcast::<PyDict>(vm).is_some_and(|d| !d.is_empty()))
            .unwrap_or_else(Obj::none));
    };
    if attrs.shape().is_dict {
        let d = attrs.materialize(vm)?;
        return Ok(if d.is_empty() { Obj::none() } else { d.into_obj() });
    }
    let items = attrs.items(vm);
    if items.is_empty() {
        return Ok(Obj::none());
    }
    let d = PyDict::new(vm);
    for (k, v) in items {
        d.set_owned(vm, k, v)?;
    }
    Ok(d.into_obj())
}

fn default_state(vm: &Vm, obj: Ref<'_>, required: bool) -> PyResult<Obj> {
    let ty = obj.ty(vm);
    let native = typedef::native_ancestor(ty);
    if required && (ty.itemsize.get() != 0 || native.basicsize.get() > size_of::<Header>()) {
        return Err(cannot_pickle(vm, ty));
    }
    let state = dict_state(vm, obj)?;
    let Some(names) = slot_names(vm, ty)? else { return Ok(state) };
    let slots = PyDict::new(vm);
    let mut i = 0;
    while let Some(name) = names.get(i) {
        i += 1;
        let Some(s) = name.r().downcast::<PyStr>(vm) else {
            return Err(vm.type_error(format!("attribute name must be string, not '{}'", name.r().ty(vm).tp_name())));
        };
        if let Some(v) = vm.getattr_opt(obj, s)? {
            slots.set_owned(vm, name.clone(), v)?;
        }
    }
    if slots.is_empty() { Ok(state) } else { Ok(vm.tuple(vec![state, slots.into_obj()])) }
}

/// `cls.__slotnames__`, computed by `copyreg` the first time.
fn slot_names(vm: &Vm, ty: &PyType) -> PyResult<Option<Py<PyList>>> {
    let n = vm.names();
    let cached = match ty.dict_ref() {
        Some(d) => d.get_str(vm, n.__slotnames__)?,
        None => None,
    };
    let (names, source) = match cached {
        Some(c) => (c, None),
        None => (vm.call_method_str(copyreg(vm)?.r(), "_slotnames", &[ty.r()])?, Some(())),
    };
    if names.r().is_none() {
        return Ok(None);
    }
    names.downcast::<PyList>(vm).map(Some).map_err(|o| match source {
        Some(()) => vm.type_error("copyreg._slotnames didn't return a list or None"),
        None => {
            let (a, b) = (ty.tp_name(), o.r().ty(vm).tp_name());
            vm.type_error(format!("{a}.__slotnames__ should be a list or None, not {b}"))
        }
    })
}
