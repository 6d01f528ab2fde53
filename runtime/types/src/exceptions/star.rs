//! Matching exceptions: what `except` and `except*` do.

use std::collections::HashSet;

use krait_object::exception::{PyBaseException, is_exception, is_exception_class};
use krait_object::prelude::*;

use super::base::chain;
use super::group::{Matcher, as_group, exceptions_of, split_exception};

/// `PyErr_GivenExceptionMatches`: is `exc` (an instance or class) of the class `cls`, or of one of
/// a tuple of classes? Looks at the real MRO only.
pub fn given_exception_matches(vm: &Vm, exc: Ref<'_>, cls: Ref<'_>) -> bool {
    if let Some(t) = cls.downcast::<PyTuple>(vm) {
        return t.as_slice().iter().any(|c| given_exception_matches(vm, exc, c.r()));
    }
    let class = if is_exception(exc) { Some(exc.ty(vm)) } else { exc.downcast::<PyType>(vm) };
    match (class, cls.downcast::<PyType>(vm)) {
        (Some(c), Some(want)) if is_exception_class(vm, c.r()) && is_exception_class(vm, cls) => c.is_subtype(want),
        _ => exc.ptr_eq(cls),
    }
}

fn each_class(vm: &Vm, cls: Ref<'_>, check: impl Fn(Ref<'_>) -> PyResult<()>) -> PyResult<()> {
    match cls.downcast::<PyTuple>(vm) {
        Some(t) => t.as_slice().iter().try_for_each(|c| check(c.r())),
        None => check(cls),
    }
}

fn check_class(vm: &Vm, cls: Ref<'_>) -> PyResult<()> {
    if is_exception_class(vm, cls) {
        return Ok(());
    }
    Err(vm.type_error("catching classes that do not inherit from BaseException is not allowed"))
}

/// Checks what stands after `except`.
pub fn check_except_type(vm: &Vm, cls: Ref<'_>) -> PyResult<()> {
    each_class(vm, cls, |c| check_class(vm, c))
}

/// Checks what stands after `except*`.
pub fn check_except_star_type(vm: &Vm, cls: Ref<'_>) -> PyResult<()> {
    check_except_type(vm, cls)?;
    each_class(vm, cls, |c| {
        if vm.issubclass(c, vm.types.base_exception_group.r())? {
            let text = "catching ExceptionGroup with except* is not allowed. Use except instead.";
            return Err(vm.type_error(text));
        }
        Ok(())
    })
}

/// What an `except*` clause got: the part it handles and the part left over.
pub struct GroupMatch {
    /// `None` if the clause does not run.
    pub matched: Option<Obj>,
    /// `None` if nothing is left.
    pub rest: Option<Obj>,
    /// The matched part is a group made around an exception that was none. The caller gives it
    /// a traceback of the running frame.
    pub wrapped: bool,
}

/// Matches what is left of the exception being handled (perhaps None) against the classes of an
/// `except*` clause, which have been checked.
pub fn exception_group_match(vm: &Vm, exc: Ref<'_>, cls: Ref<'_>) -> PyResult<GroupMatch> {
    let nothing = GroupMatch { matched: None, rest: None, wrapped: false };
    if exc.is_none() {
        return Ok(nothing);
    }
    if given_exception_matches(vm, exc, cls) {
        if as_group(vm, exc).is_some() {
            return Ok(GroupMatch { matched: Some(exc.to_obj()), ..nothing });
        }
        // A tuple, as the group's repr shows.
        let (message, excs) = (vm.names().empty, vm.tuple(vec![exc.to_obj()]));
        let group = vm.call(vm.types.base_exception_group.r(), &[message.r(), excs.r()])?;
        return Ok(GroupMatch { matched: Some(group), wrapped: true, ..nothing });
    }
    if as_group(vm, exc).is_none() {
        return Ok(GroupMatch { rest: Some(exc.to_obj()), ..nothing });
    }
    // A subclass may override `split`.
    let pair = vm.call_method(exc, vm.names().split, &[cls])?;
    let ty = exc.ty(vm);
    let Some(parts) = pair.r().downcast_exact::<PyTuple>(vm) else {
        let text = format!("{}.split must return a tuple, not {}", ty.tp_name(), pair.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    };
    match parts.as_slice() {
        [matched, rest, ..] => {
            let some = |o: &Obj| if o.r().is_none() { None } else { Some(o.clone()) };
            Ok(GroupMatch { matched: some(matched), rest: some(rest), wrapped: false })
        }
        short => Err(vm.type_error(format!("{}.split must return a 2-tuple, got tuple of size {}", ty.tp_name(), short.len()))),
    }
}

/// `BaseExceptionGroup(message, excs)`.
pub fn make_group(vm: &Vm, message: &str, excs: Vec<Obj>) -> PyResult<Obj> {
    let (message, excs) = (vm.str(message), vm.list(excs));
    vm.call(vm.types.base_exception_group.r(), &[message.r(), excs.r()])
}

/// Are the two parts of one exception, unchanged since it was raised? Parts that went through
/// `raise` again differ in traceback, context or cause.
fn same_metadata(a: &PyBaseException, b: &PyBaseException) -> bool {
    let id = |o: Option<Obj>| o.map(|o| o.value().0);
    chain(a).map(id) == chain(b).map(id)
}

/// What to raise at the end of a `try` with `except*` clauses: `orig` is the exception that was
/// caught, `excs` what the clauses raised and what no clause handled (None for clauses that
/// ended well). None if there is nothing to raise.
pub fn prep_reraise_star(vm: &Vm, orig: Ref<'_>, excs: &[Obj]) -> PyResult<Obj> {
    let Some(first) = excs.first() else { return Ok(Obj::none()) };
    if as_group(vm, orig).is_none() {
        // A lone exception: at most one clause ran, so there is at most one to raise.
        return Ok(first.clone());
    }
    let (mut raised, mut reraised) = (Vec::new(), Vec::new());
    for e in excs.iter().filter(|e| !e.r().is_none()) {
        let same = match (e.r().downcast::<PyBaseException>(vm), orig.downcast::<PyBaseException>(vm)) {
            (Some(a), Some(b)) => same_metadata(a, b),
            _ => false,
        };
        if same { reraised.push(e.clone()) } else { raised.push(e.clone()) }
    }
    let again = projection(vm, orig, &reraised)?;
    if raised.is_empty() {
        return Ok(again.unwrap_or_else(Obj::none));
    }
    raised.extend(again);
    if raised.len() > 1 {
        return make_group(vm, "", raised);
    }
    Ok(raised.pop().unwrap_or_else(Obj::none))
}

/// The part of `orig` made of the leaves of `keep`, in the structure of `orig`.
fn projection(vm: &Vm, orig: Ref<'_>, keep: &[Obj]) -> PyResult<Option<Obj>> {
    let mut leaves = HashSet::new();
    for e in keep {
        collect_leaves(vm, e.r(), &mut leaves)?;
    }
    Ok(split_exception(vm, orig, &Matcher::Instances(&leaves), false)?.matched)
}

fn collect_leaves(vm: &Vm, exc: Ref<'_>, leaves: &mut HashSet<u64>) -> PyResult<()> {
    let Some(g) = as_group(vm, exc) else {
        leaves.insert(exc.value().0);
        return Ok(());
    };
    vm.check_stack(" in collect_exception_group_leaf_ids")?;
    let nested = exceptions_of(vm, g);
    nested.as_slice().iter().try_for_each(|e| collect_leaves(vm, e.r(), leaves))
}
