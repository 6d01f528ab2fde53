//! Iteration and unpacking handlers.

use krait_frontend::bytecode::{FLAG_LOCALS, Instr, MAX_UNPACK_LOCALS};
use krait_object::error::{PyResult, Raised};
use krait_object::exec::Frame;
use krait_object::generator::{GenState, PyGenerator};
use krait_object::header::decref;
use krait_object::iterators::{PyListIter, PyTupleIter};
use krait_object::list::PyList;
use krait_object::range::PyRangeIter;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Obj, Ref, Value};

use super::frames::FrameKind;
use super::generators::enter_generator;
use super::regs::{Regs, clear, consume_b, finish_b, get, put, put_obj, word};

/// What `FOR_ITER` did.
pub enum Step {
    /// The target register has the next item.
    Item,
    /// The iterator is exhausted and released.
    Done,
    /// A generator's frame was entered; it delivers to the target register.
    Entered(*const Frame),
}

/// `GET_ITER`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs` (here and below).
#[inline(never)]
pub unsafe fn get_iter(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let it = vm.iter(get(regs, w.b()))?;
        finish_b(regs, w, it);
        Ok(())
    }
}

/// `FOR_ITER`: the inline path of ranges.
///
/// # Safety
/// See [`get_iter`].
#[inline(always)]
pub unsafe fn for_iter(vm: &Vm, caller: &Frame, regs: Regs, w: Instr) -> PyResult<Step> {
    // SAFETY: the iterator register holds an object made by `GET_ITER` or given by the caller of
    // a generator expression; exact types have the layouts.
    unsafe {
        let it = word(regs, w.a());
        if it.is_heap() {
            let ty = (*it.header_ptr()).ty();
            if std::ptr::eq(ty, vm.types.range_iterator) {
                let r = &*(it.header_ptr() as *const PyRangeIter);
                let n = r.len.get();
                if n <= 0 {
                    clear(regs, w.a());
                    return Ok(Step::Done);
                }
                let i = r.next.get();
                r.len.set(n - 1);
                r.next.set(i.wrapping_add(r.step));
                match Value::small_int(i) {
                    Some(v) => put(regs, w.b(), v),
                    None => put_obj(regs, w.b(), vm.int_i64(i)),
                }
                return Ok(Step::Item);
            }
            if std::ptr::eq(ty, vm.types.list_iterator) {
                let li = &*(it.header_ptr() as *const PyListIter);
                // SAFETY: the cell is peeked at; nothing runs meanwhile.
                if let Some(l) = &*li.list.as_ptr() {
                    let i = li.index.get();
                    if let Some(v) = l.get(i) {
                        li.index.set(i + 1);
                        put_obj(regs, w.b(), v);
                        return Ok(Step::Item);
                    }
                }
            }
        }
        for_iter_slow(vm, caller, regs, w)
    }
}

#[inline(never)]
unsafe fn for_iter_slow(vm: &Vm, caller: &Frame, regs: Regs, w: Instr) -> PyResult<Step> {
    // SAFETY: as for `for_iter`.
    unsafe {
        let it = get(regs, w.a());
        let ty = it.ty(vm);
        let next = if std::ptr::eq(ty, vm.types.tuple_iterator) {
            it.downcast_unchecked::<PyTupleIter>().next()
        } else if std::ptr::eq(ty, vm.types.generator) {
            let g = it.downcast_unchecked::<PyGenerator>();
            match g.state.get() {
                GenState::Created | GenState::Suspended => {
                    return enter_generator(vm, caller, g, Obj::none(), FrameKind::GenIter, w.b()).map(Step::Entered);
                }
                GenState::Running => return Err(vm.value_error("generator already executing")),
                GenState::Finished => None,
            }
        } else {
            vm.iter_next(it)?
        };
        match next {
            Some(v) => {
                put_obj(regs, w.b(), v);
                Ok(Step::Item)
            }
            None => {
                clear(regs, w.a());
                Ok(Step::Done)
            }
        }
    }
}

/// `UNPACK_SEQ`.
///
/// # Safety
/// See [`get_iter`].
#[inline(always)]
pub unsafe fn unpack_seq(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: `c` registers from `a` are temporaries of the frame, all unbound.
    unsafe {
        if w.flags() & FLAG_LOCALS != 0 {
            return unpack_locals(vm, regs, w);
        }
        let src = word(regs, w.b());
        let n = w.c() as usize;
        if src.is_heap() && std::ptr::eq((*src.header_ptr()).ty(), vm.types.tuple) {
            let t = &*(src.header_ptr() as *const PyTuple);
            if t.len() == n {
                for i in 0..n {
                    let v = Ref::from_value_unchecked(*t.items_ptr().add(i)).to_obj();
                    put_item(regs, w, i, v);
                }
                if w.a() > w.b() || (w.b() as usize) >= w.a() as usize + n {
                    consume_b(regs, w);
                } else {
                    // The source register was among the targets: its tuple is released here.
                    release_overwritten(src, w);
                }
                return Ok(());
            }
        }
        if src.is_heap() && std::ptr::eq((*src.header_ptr()).ty(), vm.types.list) {
            let l = &*(src.header_ptr() as *const PyList);
            if l.len() == n {
                return unpack_list(regs, w, src, l);
            }
        }
        unpack_slow(vm, regs, w)
    }
}

/// `UNPACK_SEQ` into locals.
#[inline(never)]
unsafe fn unpack_locals(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the targets are locals of the frame other than the source, which is bound. What they
    // held is released, which may run code, only when they all hold the new values.
    unsafe {
        let src = word(regs, w.b());
        let n = w.c() as usize;
        let items = if !src.is_heap() {
            None
        } else if std::ptr::eq((*src.header_ptr()).ty(), vm.types.tuple) {
            let t = &*(src.header_ptr() as *const PyTuple);
            (t.len() == n).then(|| t.items_ptr())
        } else if std::ptr::eq((*src.header_ptr()).ty(), vm.types.list) {
            let l = &*(src.header_ptr() as *const PyList);
            (l.len() == n).then(|| l.items_ptr() as *const Value)
        } else {
            None
        };
        let Some(items) = items else { return unpack_slow(vm, regs, w) };
        let mut old = [Value::UNBOUND; MAX_UNPACK_LOCALS as usize];
        let targets = regs.add(w.a() as usize);
        for (i, old) in old.iter_mut().enumerate().take(n) {
            let new = Ref::from_value_unchecked(*items.add(i)).to_obj().into_value();
            *old = targets.add(i).replace(new);
        }
        consume_b(regs, w);
        for old in &old[..n.min(MAX_UNPACK_LOCALS as usize)] {
            if old.is_heap() {
                decref(old.header_ptr());
            }
        }
        Ok(())
    }
}

/// `UNPACK_SEQ` of a list of the right length.
#[inline(never)]
unsafe fn unpack_list(regs: Regs, w: Instr, src: Value, l: &PyList) -> PyResult<()> {
    // SAFETY: as for `unpack_seq`: the targets are unbound but perhaps for the source's own
    // register, so nothing is released and no code runs while items are copied.
    unsafe {
        let n = w.c() as usize;
        for i in 0..n {
            put_item(regs, w, i, Ref::from_value_unchecked(*l.items_ptr().add(i)).to_obj());
        }
        if w.a() > w.b() || (w.b() as usize) >= w.a() as usize + n {
            consume_b(regs, w);
        } else {
            release_overwritten(src, w);
        }
        Ok(())
    }
}

/// Writes target `i`; the source's own register is written without releasing the source.
#[inline(always)]
unsafe fn put_item(regs: Regs, w: Instr, i: usize, v: Obj) {
    // SAFETY: a target register.
    unsafe {
        let r = w.a() + i as u16;
        if r == w.b() && w.flags() & krait_frontend::bytecode::FLAG_KB != 0 {
            regs.add(r as usize).write(v.into_value());
        } else {
            put_obj(regs, r, v);
        }
    }
}

#[inline(always)]
unsafe fn release_overwritten(src: Value, w: Instr) {
    if w.flags() & krait_frontend::bytecode::FLAG_KB != 0 {
        // SAFETY: the register's reference was left over when its word was overwritten.
        drop(unsafe { Obj::from_value(src) });
    }
}

#[inline(never)]
unsafe fn unpack_slow(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: as for `unpack_seq`.
    unsafe {
        let n = w.c() as usize;
        let src = get(regs, w.b());
        let items = unpack_items(vm, src, n)?;
        consume_b(regs, w);
        for (i, v) in items.into_iter().enumerate() {
            put_obj(regs, w.a() + i as u16, v);
        }
        Ok(())
    }
}

fn not_iterable(vm: &Vm, src: Ref<'_>) -> PyResult<Obj> {
    if src.ty(vm).slots.iter.get().is_none() && !vm.is_sequence(src) {
        return Err(vm.type_error(format!("cannot unpack non-iterable {} object", src.ty(vm).tp_name())));
    }
    vm.iter(src)
}

fn unpack_items(vm: &Vm, src: Ref<'_>, n: usize) -> PyResult<Vec<Obj>> {
    let sized =
        src.downcast_exact::<PyList>(vm).map(|l| l.to_vec()).or_else(|| src.downcast_exact::<PyTuple>(vm).map(|t| t.as_slice().to_vec()));
    if let Some(items) = sized {
        return match items.len() {
            m if m == n => Ok(items),
            m if m < n => Err(too_few(vm, n, m, false)),
            m => Err(vm.value_error(format!("too many values to unpack (expected {n}, got {m})"))),
        };
    }
    let it = not_iterable(vm, src)?;
    let mut items = Vec::with_capacity(n);
    while items.len() < n {
        match vm.iter_next(it.r())? {
            Some(v) => items.push(v),
            None => return Err(too_few(vm, n, items.len(), false)),
        }
    }
    if vm.iter_next(it.r())?.is_some() {
        if src.is_exact::<krait_object::dict::PyDict>(vm) {
            let got = vm.len(src)?;
            if got > n {
                return Err(vm.value_error(format!("too many values to unpack (expected {n}, got {got})")));
            }
        }
        return Err(vm.value_error(format!("too many values to unpack (expected {n})")));
    }
    Ok(items)
}

fn too_few(vm: &Vm, want: usize, got: usize, at_least: bool) -> Raised {
    let least = if at_least { "at least " } else { "" };
    vm.value_error(format!("not enough values to unpack (expected {least}{want}, got {got})"))
}

/// `UNPACK_EX`.
///
/// # Safety
/// See [`get_iter`].
#[inline(never)]
pub unsafe fn unpack_ex(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: the target registers are temporaries of the frame.
    unsafe {
        let before = (w.c() & 0xff) as usize;
        let after = (w.c() >> 8) as usize;
        let it = not_iterable(vm, get(regs, w.b()))?;
        let mut head = Vec::with_capacity(before);
        while head.len() < before {
            match vm.iter_next(it.r())? {
                Some(v) => head.push(v),
                None => return Err(too_few(vm, before + after, head.len(), true)),
            }
        }
        let mut rest = vm.collect(it.r())?;
        if rest.len() < after {
            return Err(too_few(vm, before + after, before + rest.len(), true));
        }
        let tail = rest.split_off(rest.len() - after);
        consume_b(regs, w);
        let mut r = w.a();
        for v in head {
            put_obj(regs, r, v);
            r += 1;
        }
        put_obj(regs, r, vm.list(rest));
        r += 1;
        for v in tail {
            put_obj(regs, r, v);
            r += 1;
        }
        Ok(())
    }
}

/// `GET_LEN`.
///
/// # Safety
/// See [`get_iter`].
pub unsafe fn get_len(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let n = vm.len(get(regs, w.b()))?;
        finish_b(regs, w, vm.int_usize(n));
        Ok(())
    }
}
