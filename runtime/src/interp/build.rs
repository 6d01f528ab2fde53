//! Displays, comprehensions, strings.

use krait_frontend::bytecode::Instr;
use krait_object::dict::PyDict;
use krait_object::error::{PyResult, Raised};
use krait_object::list::PyList;
use krait_object::set::PySet;
use krait_object::str::{PyStr, StrBuilder};
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Layout, Py, Ref, Value};

use super::regs::{Regs, clear_range, consume_bc, finish, finish_b, get, own, put_obj};

const KB: u8 = krait_frontend::bytecode::FLAG_KB;

/// Moves `n` registers out, leaving them unbound.
unsafe fn moved(regs: Regs, first: u16, n: usize) -> *const Value {
    // SAFETY: the caller copies the words before anything writes the registers.
    unsafe { regs.add(first as usize + n).sub(n) }
}

unsafe fn forget(regs: Regs, first: u16, n: usize) {
    // SAFETY: registers of the frame whose references have moved elsewhere.
    unsafe {
        for i in 0..n {
            regs.add(first as usize + i).write(Value::UNBOUND);
        }
    }
}

/// `BUILD_TUPLE`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`; its window is bound (here and below).
#[inline]
pub unsafe fn build_tuple(vm: &Vm, regs: Regs, w: Instr) {
    // SAFETY: the window's references move into the tuple.
    unsafe {
        let n = w.c() as usize;
        let t = PyTuple::from_moved(vm, moved(regs, w.b(), n), n);
        forget(regs, w.b(), n);
        put_obj(regs, w.a(), t.into_obj());
    }
}

/// `BUILD_LIST`.
///
/// # Safety
/// See [`build_tuple`].
#[inline]
pub unsafe fn build_list(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the window's references move into the list.
    unsafe {
        let n = w.c() as usize;
        let l = if n == 0 { PyList::empty(vm) } else { PyList::from_moved(vm, moved(regs, w.b(), n), n)? };
        forget(regs, w.b(), n);
        put_obj(regs, w.a(), l.into_obj());
        Ok(())
    }
}

/// `BUILD_SET`.
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn build_set(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the window is bound.
    unsafe {
        let s = PySet::new(vm);
        for i in 0..w.c() {
            s.add(vm, get(regs, w.b() + i))?;
        }
        clear_range(regs, w.b(), w.c() as usize);
        put_obj(regs, w.a(), s.into_obj());
        Ok(())
    }
}

/// `BUILD_MAP`.
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn build_map(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the window is bound.
    unsafe {
        let d = PyDict::new(vm);
        for i in 0..w.c() {
            d.set(vm, get(regs, w.b() + 2 * i), get(regs, w.b() + 2 * i + 1))?;
        }
        clear_range(regs, w.b(), 2 * w.c() as usize);
        put_obj(regs, w.a(), d.into_obj());
        Ok(())
    }
}

/// `BUILD_STRING`.
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn build_string(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the window holds strs made by the formatting instructions and constants.
    unsafe {
        let n = w.c() as usize;
        let mut len = 0usize;
        for i in 0..n {
            let s = get(regs, w.b() + i as u16).downcast_unchecked::<PyStr>();
            len = len.saturating_add(s.len());
        }
        let mut b = StrBuilder::new();
        b.try_reserve(vm, len)?;
        for i in 0..n {
            b.push_pystr(get(regs, w.b() + i as u16).downcast_unchecked::<PyStr>());
        }
        clear_range(regs, w.b(), n);
        put_obj(regs, w.a(), b.finish(vm).into_obj());
        Ok(())
    }
}

/// `LIST_APPEND`.
///
/// # Safety
/// See [`build_tuple`]; `a` holds a list being built.
#[inline(always)]
pub unsafe fn list_append(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let v = own(regs, w.b(), w.flags() & KB != 0);
        get(regs, w.a()).downcast_unchecked::<PyList>().push(vm, v)
    }
}

/// `SET_ADD`.
///
/// # Safety
/// See [`build_tuple`]; `a` holds a set being built.
pub unsafe fn set_add(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        get(regs, w.a()).downcast_unchecked::<PySet>().add(vm, get(regs, w.b()))?;
        super::regs::consume_b(regs, w);
        Ok(())
    }
}

/// `MAP_ADD`.
///
/// # Safety
/// See [`build_tuple`]; `a` holds a dict being built.
pub unsafe fn map_add(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        get(regs, w.a()).downcast_unchecked::<PyDict>().set(vm, get(regs, w.b()), get(regs, w.c()))?;
        consume_bc(regs, w);
        Ok(())
    }
}

/// `LIST_EXTEND`.
///
/// # Safety
/// See [`build_tuple`]; `a` holds a list being built.
pub unsafe fn list_extend(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let src = get(regs, w.b());
        let list = get(regs, w.a()).downcast_unchecked::<PyList>().to_py();
        if src.ty(vm).slots.iter.get().is_none() && !vm.is_sequence(src) {
            return Err(vm.type_error(format!("Value after * must be an iterable, not {}", src.ty(vm).tp_name())));
        }
        vm.for_each(src, |v| list.push(vm, v))?;
        super::regs::consume_b(regs, w);
        Ok(())
    }
}

/// `SET_UPDATE`.
///
/// # Safety
/// See [`build_tuple`]; `a` holds a set being built.
pub unsafe fn set_update(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let set = get(regs, w.a()).downcast_unchecked::<PySet>().to_py();
        vm.for_each(get(regs, w.b()), |v| set.add(vm, v.r()).map(|_| ()))?;
        super::regs::consume_b(regs, w);
        Ok(())
    }
}

/// Updates `d` from any mapping; `None` as error text source when `src` has no `keys`.
fn update_from_mapping(vm: &Vm, d: &PyDict, src: Ref<'_>) -> PyResult<bool> {
    if let Some(s) = src.downcast::<PyDict>(vm).filter(|_| src.is_exact::<PyDict>(vm)) {
        d.update(vm, s)?;
        return Ok(true);
    }
    let Some(keys) = vm.getattr_opt(src, vm.names().keys)? else { return Ok(false) };
    let keys = vm.call0(keys.r())?;
    vm.for_each(keys.r(), |k| {
        let v = vm.getitem(src, k.r())?;
        d.set(vm, k.r(), v.r())
    })?;
    Ok(true)
}

/// `DICT_UPDATE`.
///
/// # Safety
/// See [`build_tuple`]; `a` holds a dict being built.
pub unsafe fn dict_update(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let d = get(regs, w.a()).downcast_unchecked::<PyDict>().to_py();
        let src = get(regs, w.b());
        if !update_from_mapping(vm, &d, src)? {
            return Err(vm.type_error(format!("'{}' object is not a mapping", src.ty(vm).tp_name())));
        }
        super::regs::consume_b(regs, w);
        Ok(())
    }
}

/// `DICT_MERGE`: keyword arguments of a call, where duplicates are errors.
///
/// # Safety
/// See [`build_tuple`]; `a` holds a dict being built, `c` the callable.
pub unsafe fn dict_merge(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: by contract.
    unsafe {
        let d = get(regs, w.a()).downcast_unchecked::<PyDict>().to_py();
        merge_kwargs(vm, &d, get(regs, w.c()), get(regs, w.b()))?;
        super::regs::consume_b(regs, w);
        Ok(())
    }
}

fn merge_kwargs(vm: &Vm, d: &PyDict, callable: Ref<'_>, src: Ref<'_>) -> PyResult<()> {
    let source: Py<PyDict> = match src.downcast_exact::<PyDict>(vm) {
        Some(s) => s.to_py(),
        None => {
            let tmp = PyDict::new(vm);
            if !update_from_mapping(vm, &tmp, src)? {
                let name = super::names::callable_text(vm, callable)?;
                return Err(vm.type_error(format!("{name} argument after ** must be a mapping, not {}", src.ty(vm).tp_name())));
            }
            tmp
        }
    };
    let mut pos = 0;
    while let Some((k, v)) = source.next_entry(&mut pos) {
        if !k.r().is_instance_of::<PyStr>(vm) {
            return Err(vm.type_error("keywords must be strings"));
        }
        if d.contains(vm, k.r())? {
            return Err(duplicate_keyword(vm, callable, k.r()));
        }
        d.set(vm, k.r(), v.r())?;
    }
    Ok(())
}

#[cold]
fn duplicate_keyword(vm: &Vm, callable: Ref<'_>, key: Ref<'_>) -> Raised {
    match (super::names::callable_text(vm, callable), vm.str_text(key)) {
        (Ok(name), Ok(k)) => vm.type_error(format!("{name} got multiple values for keyword argument '{k}'")),
        (Err(e), _) | (_, Err(e)) => e,
    }
}

/// The `**` operand of a call as a new dict.
pub fn mapping_to_kwargs(vm: &Vm, callable: Ref<'_>, src: Ref<'_>) -> PyResult<Py<PyDict>> {
    let d = PyDict::new(vm);
    merge_kwargs(vm, &d, callable, src)?;
    Ok(d)
}

/// `LIST_TO_TUPLE`.
///
/// # Safety
/// See [`build_tuple`]; `b` holds a list.
pub unsafe fn list_to_tuple(vm: &Vm, regs: Regs, w: Instr) {
    // SAFETY: by contract.
    unsafe {
        let items = get(regs, w.b()).downcast_unchecked::<PyList>().to_vec();
        finish_b(regs, w, vm.tuple(items));
    }
}

/// `CONVERT`.
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn convert(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let v = get(regs, w.b());
        let s = match w.c() {
            1 => vm.str_of(v)?,
            2 => vm.repr(v)?,
            _ => vm.ascii(v)?,
        };
        finish_b(regs, w, s.into_obj());
        Ok(())
    }
}

/// `FORMAT_SIMPLE` and `FORMAT_SPEC`.
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn format(vm: &Vm, regs: Regs, w: Instr, spec: bool) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        if spec {
            let s = vm.format(get(regs, w.b()), Some(get(regs, w.c())))?;
            finish(regs, w, s.into_obj());
        } else {
            let s = vm.format(get(regs, w.b()), None)?;
            finish_b(regs, w, s.into_obj());
        }
        Ok(())
    }
}

/// `BUILD_INTERPOLATION`: window value, expression[, spec].
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn build_interpolation(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the window is bound; expression and spec are strs.
    unsafe {
        let has_spec = w.c() >> 2 != 0;
        let conv = match w.c() & 3 {
            1 => Some('s'),
            2 => Some('r'),
            3 => Some('a'),
            _ => None,
        };
        let expression = get(regs, w.b() + 1).downcast_unchecked::<PyStr>().to_py();
        let spec = has_spec.then(|| get(regs, w.b() + 2).downcast_unchecked::<PyStr>().to_py());
        let v = krait_types::template::make_interpolation(vm, get(regs, w.b()).to_obj(), expression, conv, spec);
        clear_range(regs, w.b(), if has_spec { 3 } else { 2 });
        put_obj(regs, w.a(), v);
        Ok(())
    }
}

/// `BUILD_TEMPLATE`: strings tuple and interpolations tuple.
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn build_template(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the compiler builds both tuples, with one string more than interpolations.
    unsafe {
        let strings = get(regs, w.b()).downcast_unchecked::<PyTuple>().to_py();
        let interpolations = get(regs, w.c()).downcast_unchecked::<PyTuple>().to_py();
        let t = krait_types::template::make_template(vm, strings, interpolations);
        finish(regs, w, t);
        Ok(())
    }
}

/// `DICT_REST`.
///
/// # Safety
/// See [`build_tuple`].
pub unsafe fn dict_rest(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame; `c` holds a tuple of keys.
    unsafe {
        let d = PyDict::new(vm);
        update_from_mapping(vm, &d, get(regs, w.b()))?;
        for k in get(regs, w.c()).downcast_unchecked::<PyTuple>().as_slice() {
            d.remove(vm, k.r())?;
        }
        finish(regs, w, d.into_obj());
        Ok(())
    }
}
