//! Calling a native slot as the special method it stands for.

use krait_object::args::Args;
use krait_object::error::{PyResult, Raised};
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::slots::SetAttrFn;
use krait_object::str::PyStr;
use krait_object::vm::Vm;

use super::rows::{SlotFn, SlotRow, Wrap};
use super::{attributes, buffers};

fn count(vm: &Vm, args: &Args<'_>, want: usize) -> PyResult<()> {
    let got = args.npos();
    if got == want {
        return Ok(());
    }
    let s = if want == 1 { "" } else { "s" };
    Err(vm.type_error(format!("expected {want} argument{s}, got {got}")))
}

fn none<'a>(vm: &Vm, args: Args<'a>) -> PyResult<()> {
    count(vm, &args, 0)
}

fn one<'a>(vm: &Vm, args: Args<'a>) -> PyResult<Ref<'a>> {
    count(vm, &args, 1)?;
    Ok(args.pos()[0])
}

fn two<'a>(vm: &Vm, args: Args<'a>) -> PyResult<(Ref<'a>, Ref<'a>)> {
    match args.pos() {
        [a, b] => Ok((*a, *b)),
        // CPython names no function here and leaves its blank.
        other => Err(vm.type_error(format!(" expected 2 arguments, got {}", other.len()))),
    }
}

/// One argument and an optional second.
fn one_or_two<'a>(vm: &'a Vm, args: Args<'a>) -> PyResult<(Ref<'a>, Ref<'a>)> {
    match args.pos() {
        [a] => Ok((*a, vm.none())),
        [a, b] => Ok((*a, *b)),
        [] => Err(vm.type_error(" expected at least 1 argument, got 0")),
        more => Err(vm.type_error(format!(" expected at most 2 arguments, got {}", more.len()))),
    }
}

/// As [`one_or_two`], for `__pow__`.
fn power_operands<'a>(vm: &'a Vm, args: Args<'a>) -> PyResult<(Ref<'a>, Ref<'a>)> {
    match args.pos() {
        [_] | [_, _] => one_or_two(vm, args),
        other => Err(vm.type_error(format!("expected 1 or 2 arguments, got {}", other.len()))),
    }
}

fn attr_name<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<&'a PyStr> {
    match o.downcast::<PyStr>(vm) {
        Some(s) => Ok(s),
        None => Err(vm.type_error(format!("attribute name must be string, not '{}'", o.ty(vm).tp_name()))),
    }
}

/// An index argument of a sequence slot; negative ones count from the end.
fn position(vm: &Vm, obj: Ref<'_>, arg: Ref<'_>) -> PyResult<isize> {
    let i = vm.index_isize(arg, vm.types.overflow_error)?;
    match obj.ty(vm).slots.sq_length.get() {
        Some(len) if i < 0 => Ok(i + len(vm, obj)? as isize),
        _ => Ok(i),
    }
}

fn done(r: PyResult<()>) -> PyResult<Obj> {
    r.map(|()| Obj::none())
}

/// `object.__setattr__(int, 'x', 1)` must not get past the checks of a native type in between.
fn check_bypass(vm: &Vm, obj: Ref<'_>, f: SetAttrFn, what: &str) -> PyResult<()> {
    let ty = obj.ty(vm);
    let Some(mro) = ty.mro_ref().map(Layout::to_py) else { return Ok(()) };
    let set = |t: &krait_object::ty::PyType| t.slots.setattro.get();
    let same = |a: Option<SetAttrFn>, b: SetAttrFn| a.is_some_and(|a| std::ptr::fn_addr_eq(a, b));
    let by_python = |t: &krait_object::ty::PyType| same(set(t), attributes::slot_setattro);
    let mut defining = ty;
    for base in mro.as_slice().iter().rev() {
        let Some(base) = base.r().downcast::<krait_object::ty::PyType>(vm) else { continue };
        if !by_python(base) && set(ty).is_some_and(|f| same(set(base), f)) {
            defining = base;
            break;
        }
    }
    let mut t = Some(defining);
    while let Some(base) = t {
        if same(set(base), f) {
            break;
        }
        if !by_python(base) {
            return Err(vm.type_error(format!("can't apply this {what} to {} object", ty.tp_name())));
        }
        t = base.base_type();
    }
    Ok(())
}

/// Enters the slot `f` of `obj` as the method `row` describes.
pub fn call_wrapped(vm: &Vm, row: &'static SlotRow, f: SlotFn, obj: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    if args.has_kw() && !row.wrap.takes_keywords() {
        return Err(vm.type_error(format!("wrapper {}() takes no keyword arguments", row.name)));
    }
    match (row.wrap, f) {
        (Wrap::Unary, SlotFn::UnaryFn(f)) => {
            none(vm, args)?;
            f(vm, obj)
        }
        (Wrap::Binary | Wrap::BinaryLeft, SlotFn::BinaryFn(f)) => f(vm, obj, one(vm, args)?),
        (Wrap::BinaryRight, SlotFn::BinaryFn(f)) => f(vm, one(vm, args)?, obj),
        (Wrap::Ternary, SlotFn::TernaryFn(f)) => {
            let (a, b) = power_operands(vm, args)?;
            f(vm, obj, a, b)
        }
        (Wrap::TernaryRight, SlotFn::TernaryFn(f)) => {
            let (a, b) = power_operands(vm, args)?;
            f(vm, a, obj, b)
        }
        (Wrap::Bool, SlotFn::BoolFn(f)) => {
            none(vm, args)?;
            f(vm, obj).map(Obj::bool)
        }
        (Wrap::Len, SlotFn::LenFn(f)) => {
            none(vm, args)?;
            f(vm, obj).map(|n| vm.int_usize(n))
        }
        (Wrap::Hash, SlotFn::HashFn(f)) => {
            none(vm, args)?;
            f(vm, obj).map(|h| vm.int_i64(h))
        }
        (Wrap::Compare(op), SlotFn::RichCompareFn(f)) => f(vm, obj, one(vm, args)?, op),
        (Wrap::Next, SlotFn::IterNextFn(f)) => {
            none(vm, args)?;
            f(vm, obj)?.ok_or_else(|| vm.stop_iteration(Obj::none()))
        }
        (Wrap::Init, SlotFn::InitFn(f)) => done(f(vm, obj, args)),
        (Wrap::Call, SlotFn::CallFn(f)) => f(vm, obj, args),
        (Wrap::Del, SlotFn::FinalizeFn(f)) => {
            none(vm, args)?;
            done(f(vm, obj))
        }
        _ => call_access(vm, row, f, obj, args),
    }
}

/// The methods that read or write items, attributes and buffers.
fn call_access(vm: &Vm, row: &'static SlotRow, f: SlotFn, obj: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    match (row.wrap, f) {
        (Wrap::IndexArg, SlotFn::ItemFn(f)) => {
            let i = vm.index_isize(one(vm, args)?, vm.types.overflow_error)?;
            f(vm, obj, i)
        }
        (Wrap::SqItem, SlotFn::ItemFn(f)) => {
            let i = position(vm, obj, one(vm, args)?)?;
            f(vm, obj, i)
        }
        (Wrap::SqSetItem, SlotFn::AssItemFn(f)) => {
            let (key, value) = two(vm, args)?;
            let i = position(vm, obj, key)?;
            done(f(vm, obj, i, Some(value)))
        }
        (Wrap::SqDelItem, SlotFn::AssItemFn(f)) => {
            let i = position(vm, obj, one(vm, args)?)?;
            done(f(vm, obj, i, None))
        }
        (Wrap::Contains, SlotFn::ContainsFn(f)) => f(vm, obj, one(vm, args)?).map(Obj::bool),
        (Wrap::SetItem, SlotFn::AssSubscriptFn(f)) => {
            let (key, value) = two(vm, args)?;
            done(f(vm, obj, key, Some(value)))
        }
        (Wrap::DelItem, SlotFn::AssSubscriptFn(f)) => done(f(vm, obj, one(vm, args)?, None)),
        (Wrap::GetAttr, SlotFn::GetAttrFn(f)) => f(vm, obj, attr_name(vm, one(vm, args)?)?),
        (Wrap::SetAttr, SlotFn::SetAttrFn(f)) => {
            let (name, value) = two(vm, args)?;
            check_bypass(vm, obj, f, "__setattr__")?;
            done(f(vm, obj, attr_name(vm, name)?, Some(value)))
        }
        (Wrap::DelAttr, SlotFn::SetAttrFn(f)) => {
            let name = one(vm, args)?;
            check_bypass(vm, obj, f, "__delattr__")?;
            done(f(vm, obj, attr_name(vm, name)?, None))
        }
        (Wrap::DescrGet, SlotFn::DescrGetFn(f)) => {
            let (instance, owner) = one_or_two(vm, args)?;
            let present = |o: Ref<'_>| !o.is_none();
            if !present(instance) && !present(owner) {
                return Err(vm.type_error("__get__(None, None) is invalid"));
            }
            f(vm, obj, Some(instance).filter(|o| present(*o)), Some(owner).filter(|o| present(*o)))
        }
        (Wrap::DescrSet, SlotFn::DescrSetFn(f)) => {
            let (instance, value) = two(vm, args)?;
            done(f(vm, obj, instance, Some(value)))
        }
        (Wrap::DescrDelete, SlotFn::DescrSetFn(f)) => done(f(vm, obj, one(vm, args)?, None)),
        (Wrap::Buffer, SlotFn::GetBufferFn(f)) => {
            let flags = vm.index_isize(one(vm, args)?, vm.types.overflow_error)?;
            match u32::try_from(flags) {
                Ok(flags) => buffers::native_buffer(vm, f, obj, flags),
                Err(_) => Err(vm.overflow_error("Python int too large to convert to C int")),
            }
        }
        (Wrap::ReleaseBuffer, SlotFn::ReleaseBufferFn(_)) => {
            let view = one(vm, args)?;
            buffers::release_view(vm, obj, view)
        }
        _ => Err(mismatch(vm, row)),
    }
}

#[cold]
fn mismatch(vm: &Vm, row: &SlotRow) -> Raised {
    vm.system_error(format!("slot of {} has the wrong kind", row.name))
}
