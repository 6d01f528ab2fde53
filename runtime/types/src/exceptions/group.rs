//! `BaseExceptionGroup` and `ExceptionGroup`.

use std::collections::HashSet;

use krait_object::exception::{PyBaseException, alloc_exception, is_exception, is_exception_class, peek};
use krait_object::exception_layouts::PyBaseExceptionGroup;
use krait_object::native::{Binding, NativeFacts};
use krait_object::prelude::*;
use krait_object::protocol::generic_alias;
use krait_object::slots::SlotDefs;
use krait_object::str::StrBuilder;

use super::base::{chain, put_cause};
use super::support::{FLAGS, check_count, def, field, method, no_keywords, this};

/// `BaseExceptionGroup`.
pub static BASE: TypeDef = TypeDef {
    slots: SlotDefs { new: Some(new), init: Some(init), str: Some(str), repr: Some(repr), ..SlotDefs::EMPTY },
    methods: &[
        MethodDef {
            name: "__class_getitem__",
            func: NativeFn::One(generic_alias),
            binding: Binding::Class,
            doc: Some("See PEP 585"),
            facts: NativeFacts::WORST,
            coexist: false,
        },
        method("derive", NativeFn::One(derive), Some("derive($self, excs, /)\n--\n\n")),
        method("split", NativeFn::One(split), Some("split($self, matcher_value, /)\n--\n\n")),
        method("subgroup", NativeFn::One(subgroup), Some("subgroup($self, matcher_value, /)\n--\n\n")),
    ],
    members: &[
        MemberDef { name: "message", get: |_, o| field(&group(o).message), set: None, doc: Some("exception message") },
        MemberDef { name: "exceptions", get: |_, o| field(&group(o).exceptions), set: None, doc: Some("nested exceptions") },
    ],
    ..def::<PyBaseExceptionGroup>(
        "BaseExceptionGroup",
        "A combination of multiple unrelated exceptions.",
        |t| t.base_exception_group,
        |vm| vm.types.base_exception,
    )
};

/// `ExceptionGroup`; [`finish`] adds `Exception` to its bases.
pub static GROUP: TypeDef = TypeDef {
    doc: None,
    slots: SlotDefs::EMPTY,
    flags: TypeFlags(FLAGS.0 & !TypeFlags::IMMUTABLE.0 | TypeFlags::WEAKREF.0),
    attrs: Some(|vm, dict| dict.set_str(vm, vm.names().__module__, vm.intern("builtins").into_obj())),
    ..def::<PyBaseExceptionGroup>("ExceptionGroup", "", |t| t.exception_group, |vm| vm.types.base_exception_group)
};

/// Gives `ExceptionGroup` its second base.
pub fn finish(vm: &Vm) -> PyResult<()> {
    let t = vm.types;
    krait_object::typedef::set_native_bases(vm, t.exception_group, &[t.base_exception_group, t.exception])
}

fn group(o: Ref<'_>) -> &PyBaseExceptionGroup {
    this::<PyBaseExceptionGroup>(o)
}

/// The nested exceptions.
pub fn exceptions_of(vm: &Vm, g: &PyBaseExceptionGroup) -> Py<PyTuple> {
    match peek(&g.exceptions).map(|e| e.downcast::<PyTuple>(vm)) {
        Some(Ok(t)) => t,
        _ => PyTuple::new(vm, vec![]),
    }
}

/// The object as an exception group, if it is one.
pub fn as_group<'a>(vm: &Vm, o: Ref<'a>) -> Option<&'a PyBaseExceptionGroup> {
    o.downcast::<PyBaseExceptionGroup>(vm)
}

fn new(vm: &Vm, ty: &PyType, args: Args<'_>) -> PyResult<Obj> {
    let pos = args.pos();
    check_count(vm, "BaseExceptionGroup.__new__()", pos.len(), 2, 2)?;
    if pos[0].downcast::<PyStr>(vm).is_none() {
        let got = if pos[0].is_none() { "None".to_owned() } else { pos[0].ty(vm).tp_name() };
        return Err(vm.type_error(format!("BaseExceptionGroup.__new__() argument 1 must be str, not {got}")));
    }
    let given = pos[1];
    if !vm.is_sequence(given) {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    // The repr shows the sequence as it was given, even if it changes later. Lists and tuples are
    // shown from our own copy.
    let plain = given.downcast::<PyList>(vm).is_some() || given.downcast::<PyTuple>(vm).is_some();
    let shown = if plain { None } else { Some(vm.repr(given)?.into_obj()) };
    let exceptions = vm.to_tuple(given)?;
    let class = class_for(vm, ty, &exceptions)?;
    let exc = alloc_exception(vm, class, PyTuple::from_refs(vm, pos))?;
    let g = group(exc.r());
    g.message.set(Some(pos[0].to_obj()));
    g.exceptions.set(Some(exceptions.into_obj()));
    g.shown.set(shown);
    Ok(exc.into_obj())
}

/// Checks the nested exceptions and chooses the class: groups of nothing but Exceptions are
/// ExceptionGroups.
fn class_for<'a>(vm: &'a Vm, ty: &'a PyType, exceptions: &PyTuple) -> PyResult<&'a PyType> {
    if exceptions.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut nested_base = false;
    for (i, e) in exceptions.as_slice().iter().enumerate() {
        if !is_exception(e.r()) {
            return Err(vm.value_error(format!("Item {i} of second argument (exceptions) is not an exception")));
        }
        if !vm.isinstance(e.r(), vm.types.exception.r())? {
            nested_base = true;
        }
    }
    let t = vm.types;
    if std::ptr::eq(ty, t.base_exception_group) {
        return Ok(if nested_base { ty } else { t.exception_group });
    }
    if nested_base {
        if std::ptr::eq(ty, t.exception_group) {
            return Err(vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
        }
        if vm.issubclass(ty.r(), t.exception.r())? {
            return Err(vm.type_error(format!("Cannot nest BaseExceptions in '{}'", ty.tp_name())));
        }
    }
    Ok(ty)
}

fn init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    no_keywords(vm, zelf.ty(vm), &args)
}

fn str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let g = group(zelf);
    let n = exceptions_of(vm, g).len();
    let message = field(&g.message)?;
    let mut out = StrBuilder::new();
    out.push_pystr(&*vm.str_of(message.r())?);
    out.push_str(&format!(" ({n} sub-exception{})", if n > 1 { "s" } else { "" }));
    Ok(out.finish(vm).into_obj())
}

fn repr(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let g = group(zelf);
    let exceptions = exceptions_of(vm, g);
    let args = g.base.args_tuple(vm);
    let was_list = args.get(1).is_some_and(|a| a.r().downcast::<PyList>(vm).is_some());
    let shown = match peek(&g.shown) {
        Some(s) => vm.str_of(s.r())?,
        None if was_list => vm.repr(vm.list(exceptions.as_slice().to_vec()).r())?,
        None => vm.repr(exceptions.r())?,
    };
    let message = field(&g.message)?;
    let mut out = StrBuilder::new();
    out.push_str(&zelf.ty(vm).name_lossy());
    out.push_str("(");
    out.push_pystr(&*vm.repr(message.r())?);
    out.push_str(", ");
    out.push_pystr(&shown);
    out.push_str(")");
    Ok(out.finish(vm).into_obj())
}

fn derive(vm: &Vm, zelf: Ref<'_>, excs: Ref<'_>) -> PyResult<Obj> {
    let message = field(&group(zelf).message)?;
    vm.call(vm.types.base_exception_group.r(), &[message.r(), excs])
}

/// How nested exceptions are chosen.
pub enum Matcher<'a> {
    /// By class, or a tuple of classes.
    Type(Ref<'a>),
    Predicate(Ref<'a>),
    /// By identity.
    Instances(&'a HashSet<u64>),
}

impl<'a> Matcher<'a> {
    /// What `split` and `subgroup` take.
    fn of(vm: &Vm, value: Ref<'a>) -> PyResult<Matcher<'a>> {
        if vm.is_callable(value) && value.downcast::<PyType>(vm).is_none() {
            return Ok(Matcher::Predicate(value));
        }
        let by_type = is_exception_class(vm, value)
            || value.downcast_exact::<PyTuple>(vm).is_some_and(|t| t.as_slice().iter().all(|c| is_exception_class(vm, c.r())));
        if by_type {
            return Ok(Matcher::Type(value));
        }
        Err(vm.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
    }
    fn matches(&self, vm: &Vm, exc: Ref<'_>) -> PyResult<bool> {
        match self {
            Matcher::Type(t) => Ok(super::star::given_exception_matches(vm, exc, *t)),
            Matcher::Predicate(p) => {
                let r = vm.call1(*p, exc)?;
                vm.is_true(r.r())
            }
            Matcher::Instances(ids) => Ok(ids.contains(&exc.value().0)),
        }
    }
}

/// The matching and, if asked for, the other part of an exception.
#[derive(Default)]
pub struct Split {
    pub matched: Option<Obj>,
    pub rest: Option<Obj>,
}

/// Splits an exception, walking into groups that do not match as a whole.
pub fn split_exception(vm: &Vm, exc: Ref<'_>, by: &Matcher<'_>, want_rest: bool) -> PyResult<Split> {
    if by.matches(vm, exc)? {
        return Ok(Split { matched: Some(exc.to_obj()), rest: None });
    }
    let Some(g) = as_group(vm, exc) else {
        return Ok(Split { matched: None, rest: want_rest.then(|| exc.to_obj()) });
    };
    vm.check_stack(" in exceptiongroup_split_recursive")?;
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    let nested = exceptions_of(vm, g);
    for e in nested.as_slice() {
        let part = split_exception(vm, e.r(), by, want_rest)?;
        matched.extend(part.matched);
        rest.extend(part.rest);
    }
    Ok(Split { matched: subset(vm, exc, matched)?, rest: if want_rest { subset(vm, exc, rest)? } else { None } })
}

/// A group of `excs` with the message and metadata of `orig`; `None` if there are none.
fn subset(vm: &Vm, orig: Ref<'_>, excs: Vec<Obj>) -> PyResult<Option<Obj>> {
    if excs.is_empty() {
        return Ok(None);
    }
    let excs = vm.list(excs);
    let new = vm.call_method_str(orig, "derive", &[excs.r()])?;
    let Some(g) = as_group(vm, new.r()) else {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    };
    let [traceback, context, cause] = chain(this::<PyBaseException>(orig));
    if traceback.is_some() {
        drop(g.base.traceback.replace(traceback));
    }
    drop(g.base.context.replace(context));
    put_cause(&g.base, cause);
    let names = vm.names();
    if let Some(notes) = vm.getattr_opt(orig, names.__notes__)? {
        // Anything but a sequence is somebody's earlier mistake, not for us to report.
        if vm.is_sequence(notes.r()) {
            // The parts get lists of their own.
            let copy = vm.to_list(notes.r())?;
            vm.setattr(new.r(), names.__notes__, copy.r())?;
        }
    }
    Ok(Some(new))
}

fn split(vm: &Vm, zelf: Ref<'_>, value: Ref<'_>) -> PyResult<Obj> {
    let parts = split_exception(vm, zelf, &Matcher::of(vm, value)?, true)?;
    Ok(vm.tuple(vec![parts.matched.unwrap_or_else(Obj::none), parts.rest.unwrap_or_else(Obj::none)]))
}

fn subgroup(vm: &Vm, zelf: Ref<'_>, value: Ref<'_>) -> PyResult<Obj> {
    let parts = split_exception(vm, zelf, &Matcher::of(vm, value)?, false)?;
    Ok(parts.matched.unwrap_or_else(Obj::none))
}
