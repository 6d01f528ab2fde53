//! `BaseException`.

use krait_object::exception::{PyBaseException, is_exception, peek};
use krait_object::instance::attrs_of;
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;
use krait_object::traceback::PyTraceback;

use super::support::{base_init, base_new, base_reduce, base_repr, base_str, def, field, getset, method, this};

/// `BaseException`.
pub static DEF: TypeDef = TypeDef {
    base: None,
    slots: SlotDefs { new: Some(base_new), init: Some(base_init), str: Some(base_str), repr: Some(base_repr), ..SlotDefs::EMPTY },
    methods: &[
        method("__reduce__", NativeFn::NoArgs(base_reduce), Some("__reduce__($self, /)\n--\n\n")),
        method("__setstate__", NativeFn::One(setstate), Some("__setstate__($self, state, /)\n--\n\n")),
        method(
            "with_traceback",
            NativeFn::One(with_traceback),
            Some("with_traceback($self, tb, /)\n--\n\nSet self.__traceback__ to tb and return self."),
        ),
        method("add_note", NativeFn::One(add_note), Some("add_note($self, note, /)\n--\n\nAdd a note to the exception")),
    ],
    getset: &[
        getset("__dict__", get_dict, set_dict, None),
        getset("args", |_, o| field(&base(o).args), set_args, None),
        getset("__traceback__", |_, o| field(&base(o).traceback), set_traceback, None),
        getset("__context__", |_, o| field(&base(o).context), set_context, None),
        getset("__cause__", |_, o| field(&base(o).cause), set_cause, None),
    ],
    members: &[MemberDef {
        name: "__suppress_context__",
        get: |_, o| Ok(Obj::bool(base(o).suppress_context.get())),
        set: Some(set_suppress_context),
        doc: None,
    }],
    ..def::<PyBaseException>("BaseException", "Common base class for all exceptions", |t| t.base_exception, |vm| vm.types.object)
};

fn base(o: Ref<'_>) -> &PyBaseException {
    this::<PyBaseException>(o)
}

fn setstate(vm: &Vm, zelf: Ref<'_>, state: Ref<'_>) -> PyResult<Obj> {
    if state.is_none() {
        return Ok(Obj::none());
    }
    let Some(dict) = state.downcast::<PyDict>(vm) else {
        return Err(vm.type_error("state is not a dictionary"));
    };
    let mut pos = 0;
    while let Some((k, v)) = dict.next_entry(&mut pos) {
        let Some(name) = k.r().downcast::<PyStr>(vm) else {
            let text = format!("attribute name must be string, not '{}'", k.r().ty(vm).tp_name());
            return Err(vm.type_error(text));
        };
        vm.setattr(zelf, name, v.r())?;
    }
    Ok(Obj::none())
}

fn with_traceback(vm: &Vm, zelf: Ref<'_>, tb: Ref<'_>) -> PyResult<Obj> {
    set_traceback(vm, zelf, Some(tb))?;
    Ok(zelf.to_obj())
}

fn add_note(vm: &Vm, zelf: Ref<'_>, note: Ref<'_>) -> PyResult<Obj> {
    if note.downcast::<PyStr>(vm).is_none() {
        return Err(vm.type_error(format!("add_note() argument must be str, not {}", krait_object::convert::type_word(vm, note))));
    }
    let name = vm.names().__notes__;
    let notes = match vm.getattr_opt(zelf, name)? {
        Some(n) => n,
        None => {
            let new = PyList::empty(vm).into_obj();
            vm.setattr(zelf, name, new.r())?;
            new
        }
    };
    match notes.r().downcast::<PyList>(vm) {
        Some(list) => list.push(vm, note.to_obj())?,
        None => return Err(vm.type_error("Cannot add note: __notes__ is not a list")),
    }
    Ok(Obj::none())
}

fn get_dict(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    match attrs_of(zelf) {
        Some(a) => Ok(a.materialize(vm)?.into_obj()),
        None => Err(vm.attribute_error_msg("This object has no __dict__")),
    }
}

fn set_dict(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("cannot delete __dict__")) };
    let Some(dict) = value.downcast::<PyDict>(vm) else {
        let text = format!("__dict__ must be set to a dictionary, not a '{}'", value.ty(vm).tp_name());
        return Err(vm.type_error(text));
    };
    match attrs_of(zelf) {
        Some(a) => a.set_dict(vm, dict.to_py()),
        None => Err(vm.attribute_error_msg("This object has no __dict__")),
    }
}

fn set_args(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("args may not be deleted")) };
    let args = vm.to_tuple(value)?;
    drop(base(zelf).args.replace(Some(args.into_obj())));
    Ok(())
}

fn set_traceback(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("__traceback__ may not be deleted")) };
    let new = if value.is_none() {
        None
    } else if value.is_exact::<PyTraceback>(vm) {
        Some(value.to_obj())
    } else {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    };
    drop(base(zelf).traceback.replace(new));
    Ok(())
}

/// The exception or None that `__context__` and `__cause__` take.
fn exception_or_none(vm: &Vm, what: &str, value: Option<Ref<'_>>) -> PyResult<Option<Obj>> {
    let Some(value) = value else { return Err(vm.type_error(format!("__{what}__ may not be deleted"))) };
    if value.is_none() {
        Ok(None)
    } else if is_exception(value) {
        Ok(Some(value.to_obj()))
    } else {
        Err(vm.type_error(format!("exception {what} must be None or derive from BaseException")))
    }
}

fn set_context(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let new = exception_or_none(vm, "context", value)?;
    drop(base(zelf).context.replace(new));
    Ok(())
}

fn set_cause(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let new = exception_or_none(vm, "cause", value)?;
    put_cause(base(zelf), new);
    Ok(())
}

/// Sets `__cause__`, which hides the context.
pub fn put_cause(exc: &PyBaseException, cause: Option<Obj>) {
    exc.suppress_context.set(true);
    drop(exc.cause.replace(cause));
}

fn set_suppress_context(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("can't delete numeric/char attribute")) };
    if !std::ptr::eq(value.ty(vm), vm.types.bool) {
        return Err(vm.type_error("attribute value type must be bool"));
    }
    base(zelf).suppress_context.set(vm.is_true(value)?);
    Ok(())
}

/// The chain an exception carries, for code that copies it: traceback, context, cause.
pub fn chain(exc: &PyBaseException) -> [Option<Obj>; 3] {
    [peek(&exc.traceback), peek(&exc.context), peek(&exc.cause)]
}
