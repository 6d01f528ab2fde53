//! Subscription handlers.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, FLAG_KC, Instr};
use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::list::PyList;
use krait_object::protocol::SliceIndices;
use krait_object::slice::PySlice;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref, Value};

use super::regs::{Regs, clear, clear_range, finish, finish_b, get, own, put_obj, word};

/// `list[i]` and `tuple[i]` with an immediate index; the item is borrowed.
///
/// # Safety
/// `obj` is a bound word.
#[inline(always)]
pub unsafe fn fast_item(vm: &Vm, obj: Value, key: Value) -> Option<Value> {
    if !(obj.is_heap() && key.is_int()) {
        return None;
    }
    // SAFETY: a live heap object; exact types have the layouts; the index is checked.
    unsafe {
        let ty = (*obj.header_ptr()).ty();
        let i = key.int_unchecked();
        if std::ptr::eq(ty, vm.types.list) {
            let l = &*(obj.header_ptr() as *const PyList);
            let n = l.len() as i64;
            let i = if i < 0 { i + n } else { i };
            return if (i as u64) < n as u64 { Some(*l.items_ptr().add(i as usize)) } else { None };
        }
        if std::ptr::eq(ty, vm.types.tuple) {
            let t = &*(obj.header_ptr() as *const PyTuple);
            let n = t.len() as i64;
            let i = if i < 0 { i + n } else { i };
            return if (i as u64) < n as u64 { Some(*t.items_ptr().add(i as usize)) } else { None };
        }
        None
    }
}

/// `o[key]` beyond the inline path.
fn item(vm: &Vm, o: Ref<'_>, key: Ref<'_>) -> PyResult<Obj> {
    if let Some(d) = o.downcast_exact::<PyDict>(vm) {
        return match d.get(vm, key)? {
            Some(v) => Ok(v),
            None => Err(vm.key_error(key)),
        };
    }
    if let (Some(s), Some(i)) = (o.downcast_exact::<PyStr>(vm), key.value().as_int()) {
        let n = s.len() as i64;
        let i = if i < 0 { i + n } else { i };
        if (i as u64) < n as u64 {
            return Ok(PyStr::from_char(vm, s.char_at(i as usize)).into_obj());
        }
    }
    vm.getitem(o, key)
}

/// `GETITEM`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs` (here and below).
#[inline(never)]
pub unsafe fn getitem_slow(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let v = item(vm, get(regs, w.b()), get(regs, w.c()))?;
        finish(regs, w, v);
        Ok(())
    }
}

/// `GETITEM_IMM`.
///
/// # Safety
/// See [`getitem_slow`].
#[inline(never)]
pub unsafe fn getitem_imm_slow(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let key = Obj::small(i64::from(w.c() as i16));
        let v = item(vm, get(regs, w.b()), key.r())?;
        finish_b(regs, w, v);
        Ok(())
    }
}

/// `list[i] = v` with an immediate index in range: replaces the item and returns the old one.
///
/// # Safety
/// See [`getitem_slow`].
#[inline(always)]
pub unsafe fn fast_setitem(vm: &Vm, regs: Regs, w: Instr) -> bool {
    // SAFETY: a live heap list; the index is checked; the old item is dropped last.
    unsafe {
        let (obj, key) = (word(regs, w.a()), word(regs, w.b()));
        if !(obj.is_heap() && key.is_int() && std::ptr::eq((*obj.header_ptr()).ty(), vm.types.list)) {
            return false;
        }
        let l = &*(obj.header_ptr() as *const PyList);
        let n = l.len() as i64;
        let i = key.int_unchecked();
        let i = if i < 0 { i + n } else { i };
        if (i as u64) >= n as u64 {
            return false;
        }
        let v = own(regs, w.c(), w.flags() & FLAG_KC != 0).into_value();
        let p = l.items_ptr().add(i as usize);
        let old = p.replace(v);
        if old.is_heap() {
            krait_object::header::decref(old.header_ptr());
        }
        if w.flags() & FLAG_KA != 0 {
            clear(regs, w.a());
        }
        true
    }
}

/// `SETITEM`.
///
/// # Safety
/// See [`getitem_slow`].
#[inline(never)]
pub unsafe fn setitem_slow(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let (o, key, v) = (get(regs, w.a()), get(regs, w.b()), get(regs, w.c()));
        match o.downcast_exact::<PyDict>(vm) {
            Some(d) => d.set(vm, key, v)?,
            None => vm.setitem(o, key, v)?,
        }
        consume_abc(regs, w);
        Ok(())
    }
}

unsafe fn consume_abc(regs: Regs, w: Instr) {
    // SAFETY: operands are registers of the frame.
    unsafe {
        let f = w.flags();
        if f & FLAG_KC != 0 {
            clear(regs, w.c());
        }
        if f & FLAG_KB != 0 {
            clear(regs, w.b());
        }
        if f & FLAG_KA != 0 {
            clear(regs, w.a());
        }
    }
}

/// `DELITEM`.
///
/// # Safety
/// See [`getitem_slow`].
pub unsafe fn delitem(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        vm.delitem(get(regs, w.a()), get(regs, w.b()))?;
        super::compare::consume_ab(regs, w);
        Ok(())
    }
}

/// A slice bound that is None or an immediate int.
fn simple_bound(v: Value, default: isize) -> Option<isize> {
    if v.is_int() {
        return Some(v.int_unchecked() as isize);
    }
    if v == krait_object::singletons::none().value() { Some(default) } else { None }
}

/// `GETSLICE`: window `c` of two bounds.
///
/// # Safety
/// See [`getitem_slow`].
#[inline(never)]
pub unsafe fn getslice(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let o = get(regs, w.b());
        let (lo, hi) = (word(regs, w.c()), word(regs, w.c() + 1));
        let v = match (simple_bound(lo, 0), simple_bound(hi, isize::MAX)) {
            (Some(lo), Some(hi)) => simple_slice(vm, o, lo, hi)?,
            _ => None,
        };
        let v = match v {
            Some(v) => v,
            None => {
                let s = make_slice(vm, regs, w.c());
                vm.getitem(o, s.r())?
            }
        };
        clear_range(regs, w.c(), 2);
        finish_b(regs, w, v);
        Ok(())
    }
}

/// `o[lo:hi]` of a list, tuple or str; `None` for anything else.
pub fn simple_slice(vm: &Vm, o: Ref<'_>, lo: isize, hi: isize) -> PyResult<Option<Obj>> {
    if let Some(l) = o.downcast_exact::<PyList>(vm) {
        let s = SliceIndices::adjust(lo, hi, 1, l.len());
        // SAFETY: cloning runs no Python code.
        let items = unsafe { l.as_slice() }[s.start as usize..s.start as usize + s.count].to_vec();
        return Ok(Some(vm.list(items)));
    }
    if let Some(t) = o.downcast_exact::<PyTuple>(vm) {
        let s = SliceIndices::adjust(lo, hi, 1, t.len());
        if s.count == t.len() {
            return Ok(Some(t.to_obj()));
        }
        return Ok(Some(PyTuple::from_refs(vm, &t.as_refs()[s.start as usize..s.start as usize + s.count]).into_obj()));
    }
    if let Some(t) = o.downcast_exact::<PyStr>(vm) {
        let s = SliceIndices::adjust(lo, hi, 1, t.len());
        return Ok(Some(t.substring(vm, s.start as usize, s.start as usize + s.count).into_obj()));
    }
    Ok(None)
}

/// A slice object from the window of two bounds, which stay where they are.
unsafe fn make_slice(vm: &Vm, regs: Regs, first: u16) -> Obj {
    // SAFETY: bound registers of the frame.
    unsafe { PySlice::new(vm, get(regs, first).to_obj(), get(regs, first + 1).to_obj(), Obj::none()).into_obj() }
}

/// `SETSLICE`.
///
/// # Safety
/// See [`getitem_slow`].
pub unsafe fn setslice(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let o = get(regs, w.a());
        let ends = (simple_bound(word(regs, w.c()), 0), simple_bound(word(regs, w.c() + 1), isize::MAX));
        match (o.downcast_exact::<PyList>(vm), ends) {
            (Some(l), (Some(lo), Some(hi))) => krait_types::list::index::ass_range(vm, l, lo, hi, 1, Some(get(regs, w.b())))?,
            _ => {
                let s = make_slice(vm, regs, w.c());
                vm.setitem(o, s.r(), get(regs, w.b()))?;
            }
        }
        clear_range(regs, w.c(), 2);
        super::compare::consume_ab(regs, w);
        Ok(())
    }
}

/// `BUILD_SLICE`.
///
/// # Safety
/// See [`getitem_slow`].
pub unsafe fn build_slice(vm: &Vm, regs: Regs, w: Instr) {
    // SAFETY: the window is bound.
    unsafe {
        let b = w.b();
        let step = if w.c() == 3 { get(regs, b + 2).to_obj() } else { Obj::none() };
        let s = PySlice::new(vm, get(regs, b).to_obj(), get(regs, b + 1).to_obj(), step).into_obj();
        clear_range(regs, b, w.c() as usize);
        put_obj(regs, w.a(), s);
    }
}
