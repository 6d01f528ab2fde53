//! Finding and freeing unreachable cycles.
//!
//! Steps, as in CPython:
//! 1. Join the generation to be collected and the younger ones.
//! 2. Give each member its reference count, subtract one for each reference from another member:
//!    what is left counts references from outside.
//! 3. Walk the members: one with outside references is reachable, and so is what it refers to.
//!    The others are set aside, and taken back if a reachable one turns up that refers to them.
//! 4. The rest is garbage: clear weak references with callbacks and run those of living weakrefs,
//!    run finalisers (each object's once), then repeat steps 2 and 3 on the garbage. What became
//!    reachable was resurrected and lives on.
//! 5. Clear the remaining weak references, then break the cycles through the types' `clear`.
//!
//! During steps 2 and 3 a member's `prev` link holds the number; no other code runs. `next` links
//! are good all the time, and all links are whenever Python code may run.
//!
//! An object with a count of zero is waiting to be deallocated; it and what it holds are left alone.

use std::sync::atomic::Ordering;

use super::list::{self, for_each, is_empty, local_list, merge, object, reset};
use super::state::debug;
use super::{COLLECTING, GENERATIONS, UNREACHABLE, Visitor};
use crate::dict::PyDict;
use crate::error::PyResult;
use crate::header::{FLAG_FINALIZED, FLAG_TRACKED, FLAG_WEAKREFS, GcHead, Header};
use crate::list::PyList;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::tuple::PyTuple;
use crate::ty::TypeFlags;
use crate::value::Value;
use crate::vm::{Vm, breaker};
use crate::weakref;

/// An owned reference to a listed object.
fn own(h: &Header) -> Obj {
    // SAFETY: listed objects are live.
    unsafe { Ref::from_value_unchecked(Value::from_ptr(h)) }.to_obj()
}

/// Shows all references of an object.
///
/// # Safety
/// The object is live.
#[inline(always)]
pub(super) unsafe fn traverse(h: &Header, v: &mut Visitor<'_>) {
    if let Some(f) = h.ty().traverse.get() {
        // SAFETY: the function belongs to the object's type.
        unsafe { f(h, v) }
    }
}

#[inline(always)]
fn set_refs(node: *const GcHead, n: usize) {
    // SAFETY: called on members in steps 2 and 3 only.
    unsafe { (*node).prev.set(n as *const GcHead) }
}
#[inline(always)]
fn refs(node: *const GcHead) -> usize {
    // SAFETY: as above.
    unsafe { (*node).prev.get() as usize }
}

/// Step 2, first half. Immortal objects leave the list: they and what they hold never die.
///
/// # Safety
/// The list is well formed.
unsafe fn update_refs(base: &GcHead) {
    // SAFETY: the `prev` links of members passed hold numbers; `next` links and the sentinel's
    // `prev` stay good, which is all that leaving the list needs here.
    unsafe {
        let mut last: *const GcHead = base;
        for_each(base, |n| {
            let h = object(n);
            if h.is_immortal() {
                (*last).next.set((*n).next.replace(std::ptr::null()));
                h.clear_flag(FLAG_TRACKED);
                return;
            }
            h.set_flag(COLLECTING);
            set_refs(n, (h.refcount() as usize).max(1));
            last = n;
        });
        base.prev.set(last);
    }
}

/// Step 2, second half.
///
/// # Safety
/// Follows [`update_refs`].
unsafe fn subtract_refs(base: &GcHead) {
    unsafe fn subtract(_: *mut (), h: *const Header) {
        // SAFETY: members have links. A dying member has a count of zero and nothing refers to it.
        unsafe {
            let n = (*h).gc_head();
            set_refs(n, refs(n).wrapping_sub(1));
        }
    }
    let mut unit = ();
    let mut v = Visitor::new(COLLECTING, subtract, &mut unit);
    // SAFETY: members are live; what a dying one holds is not subtracted, hence kept.
    unsafe {
        for_each(base, |n| {
            let h = object(n);
            prefetch((*n).next.get());
            if h.refcount() != 0 {
                traverse(h, &mut v);
            }
        });
    }
}

/// Step 3. Tuples that turn out to hold nothing tracked leave the list on the way. Returns the
/// number of reachable members.
///
/// # Safety
/// Follows [`subtract_refs`].
unsafe fn move_unreachable(vm: &Vm, young: &GcHead, unreachable: &GcHead) -> usize {
    unsafe fn reach(data: *mut (), h: *const Header) {
        // SAFETY: `data` is the young list; members have links.
        unsafe {
            let (young, h) = (&**(data as *const &GcHead), &*h);
            let n = h.gc_head();
            if h.flags() & UNREACHABLE != 0 {
                h.clear_flag(UNREACHABLE);
                list::unlink(n);
                list::append(young, n);
                set_refs(n, 1);
            } else if refs(n) == 0 {
                set_refs(n, 1);
            }
        }
    }
    let mut target: &GcHead = young;
    let mut v = Visitor::new(COLLECTING, reach, &mut target);
    let mut reachable = 0;
    let mut prev: *const GcHead = young;
    // SAFETY: members up to `prev` have good `prev` links again, later ones hold numbers. The
    // sentinel's `prev` names the last member all along, so appending works.
    unsafe {
        let mut node = young.next.get();
        while !std::ptr::eq(node, young) {
            let h = object(node);
            prefetch((*node).next.get());
            if refs(node) != 0 {
                traverse(h, &mut v);
                h.clear_flag(COLLECTING);
                if std::ptr::eq(h.ty(), vm.types.tuple) && h.refcount() != 0 && !holds_tracked(vm, h) {
                    h.clear_flag(FLAG_TRACKED);
                    let next = (*node).next.replace(std::ptr::null());
                    (*prev).next.set(next);
                    if std::ptr::eq(next, young) {
                        // Members may yet come back from the other list, to the end of this one.
                        young.prev.set(prev);
                    }
                } else {
                    (*node).prev.set(prev);
                    prev = node;
                    reachable += 1;
                }
            } else {
                h.set_flag(UNREACHABLE);
                (*prev).next.set((*node).next.get());
                list::append(unreachable, node);
            }
            node = (*prev).next.get();
        }
        young.prev.set(prev);
    }
    reachable
}

/// Steps 2 and 3: moves what is unreachable from outside from `base` to `unreachable`, where it
/// keeps the `COLLECTING` mark. Returns the number of objects left in `base`.
///
/// # Safety
/// Both lists are well formed.
unsafe fn deduce_unreachable(vm: &Vm, base: &GcHead, unreachable: &GcHead) -> usize {
    // SAFETY: in this order.
    unsafe {
        update_refs(base);
        subtract_refs(base);
        let reachable = move_unreachable(vm, base, unreachable);
        for_each(unreachable, |n| object(n).clear_flag(UNREACHABLE));
        reachable
    }
}

/// Does an exact tuple hold anything that is or may become tracked?
///
/// # Safety
/// `h` is a complete exact tuple.
unsafe fn holds_tracked(vm: &Vm, h: &Header) -> bool {
    // SAFETY: by contract.
    let t = unsafe { &*(h as *const Header as *const PyTuple) };
    t.as_slice().iter().any(|o| {
        o.r().header().is_some_and(|h| {
            let ty = h.ty();
            ty.has_flag(TypeFlags::GC) && (!std::ptr::eq(ty, vm.types.tuple) || h.flags() & FLAG_TRACKED != 0)
        })
    })
}

/// Starts loading the links and the header of the next member: lists are walked in no order the
/// hardware could guess.
#[inline(always)]
fn prefetch(node: *const GcHead) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch of any address is harmless.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(node as *const i8);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = node;
}

/// Step 4: clears weak references that have callbacks and runs the callbacks of those weakrefs
/// that are not garbage themselves.
///
/// # Safety
/// The list is well formed.
unsafe fn handle_weakref_callbacks(vm: &Vm, unreachable: &GcHead) {
    let mut due = Vec::new();
    // SAFETY: no Python code runs in the loop: callbacks are collected first.
    unsafe {
        for_each(unreachable, |n| {
            let h = object(n);
            if h.flags() & FLAG_WEAKREFS != 0 {
                weakref::clear_with_callbacks(vm, h, |w| w.header().flags() & COLLECTING == 0, &mut due);
            }
        });
    }
    for (w, callback) in due {
        weakref::run_callback(vm, &w, &callback);
    }
}

/// Step 4: runs each object's finaliser unless it ran before.
///
/// # Safety
/// The list is well formed.
unsafe fn finalize_garbage(vm: &Vm, unreachable: &GcHead) {
    let seen = local_list();
    reset(&seen);
    // SAFETY: the lists are well formed whenever a finaliser runs. Objects that die meanwhile
    // unlink themselves; the list is left empty before it goes out of scope.
    unsafe {
        while !is_empty(unreachable) {
            let n = unreachable.next.get();
            list::unlink(n);
            list::append(&seen, n);
            let h = object(n);
            if h.flags() & FLAG_FINALIZED == 0 && h.ty().has_flag(TypeFlags::FINALIZE) {
                h.set_flag(FLAG_FINALIZED);
                let keep = own(h);
                crate::finalize::run_finalizer(vm, h);
                drop(keep);
            }
        }
        merge(&seen, unreachable);
    }
}

/// Step 5.
///
/// # Safety
/// The lists are well formed.
unsafe fn delete_garbage(vm: &Vm, garbage: &GcHead, old: &GcHead) -> PyResult<()> {
    let save = vm.interp.gc.debug.get() & debug::SAVEALL != 0;
    // SAFETY: the lists are well formed whenever Python code runs.
    unsafe {
        while !is_empty(garbage) {
            let n = garbage.next.get();
            let h = object(n);
            let keep = own(h);
            if save {
                vm.interp.gc.garbage(vm).push(vm, keep.clone())?;
            } else if let Some(clear) = h.ty().clear.get() {
                clear(vm, h);
            }
            if std::ptr::eq(garbage.next.get(), n) {
                // Not freed yet; it may die later.
                h.clear_flag(COLLECTING);
                list::unlink(n);
                list::append(old, n);
            }
            drop(keep);
        }
    }
    Ok(())
}

/// Numbers of one collection.
#[derive(Copy, Clone, Default)]
struct Outcome {
    collected: usize,
    uncollectable: usize,
}

/// Step 1 to 5.
fn run(vm: &Vm, generation: usize) -> Outcome {
    let gc = &vm.interp.gc;
    let begin = std::time::Instant::now();
    let flags = gc.debug.get();
    if flags & debug::STATS != 0 {
        let [a, b, c] = gc.sizes();
        krait_object::stderr_line!("gc: collecting generation {generation}...\ngc: objects in each generation: {a} {b} {c}");
        krait_object::stderr_line!("gc: objects in permanent generation: {}", super::frozen_count(vm));
    }
    if generation + 1 < GENERATIONS {
        let c = &gc.gens[generation + 1].count;
        c.set(c.get() + 1);
    }
    for g in &gc.gens[..=generation] {
        g.count.set(0);
    }
    let young = gc.gens[generation].head;
    let old = gc.gens[(generation + 1).min(GENERATIONS - 1)].head;
    let unreachable = local_list();
    reset(&unreachable);
    let still = local_list();
    reset(&still);
    // SAFETY: the generation lists are well formed; both local lists are empty at the end.
    unsafe {
        for g in &gc.gens[..generation] {
            merge(g.head, young);
        }
        let survivors = deduce_unreachable(vm, young, &unreachable);
        if generation + 1 < GENERATIONS {
            if generation + 2 == GENERATIONS {
                gc.long_lived_pending.set(gc.long_lived_pending.get() + survivors);
            }
            merge(young, old);
        } else {
            gc.long_lived_pending.set(0);
            gc.long_lived_total.set(survivors);
        }
        if flags & debug::COLLECTABLE != 0 {
            for_each(&unreachable, |n| {
                let h = object(n);
                krait_object::stderr_line!("gc: collectable <{} {:p}>", h.ty().tp_name(), h);
            });
        }
        handle_weakref_callbacks(vm, &unreachable);
        finalize_garbage(vm, &unreachable);

        for_each(&unreachable, |n| object(n).clear_flag(COLLECTING));
        deduce_unreachable(vm, &unreachable, &still);
        merge(&unreachable, old);

        let collected = list::len(&still);
        for_each(&still, |n| {
            let h = object(n);
            if h.flags() & FLAG_WEAKREFS != 0 {
                weakref::clear_silently(vm, h);
            }
        });
        if let Err(e) = delete_garbage(vm, &still, old) {
            vm.unraisable(e, "Exception ignored during garbage collection", None);
            for_each(&still, |n| object(n).clear_flag(COLLECTING));
            merge(&still, old);
        }
        if flags & debug::STATS != 0 {
            let secs = begin.elapsed().as_secs_f64();
            krait_object::stderr_line!("gc: done, {collected} unreachable, 0 uncollectable, {secs:.4}s elapsed");
        }
        gc.adapt(generation, survivors, collected);
        Outcome { collected, uncollectable: 0 }
    }
}

/// Calls the members of `gc.callbacks`.
fn call_callbacks(vm: &Vm, phase: &str, generation: usize, outcome: Outcome) {
    fn info(vm: &Vm, generation: usize, outcome: Outcome) -> PyResult<Py<PyDict>> {
        let d = PyDict::new(vm);
        d.set_item_str(vm, "generation", Obj::small(generation as i64))?;
        d.set_item_str(vm, "collected", Obj::small(outcome.collected as i64))?;
        d.set_item_str(vm, "uncollectable", Obj::small(outcome.uncollectable as i64))?;
        Ok(d)
    }
    fn call_each(vm: &Vm, list: &PyList, phase: &str, info: &PyDict) {
        let phase = vm.str(phase);
        let mut i = 0;
        while let Some(f) = list.get(i) {
            i += 1;
            if let Err(e) = vm.call(f.r(), &[phase.r(), info.r()]) {
                let (context, e) = crate::finalize::context_with(vm, e, f.r(), "Exception ignored while calling GC callback");
                vm.unraisable(e, &context, None);
            }
        }
    }
    let Some(list) = vm.interp.gc.used_callbacks() else { return };
    match info(vm, generation, outcome) {
        Ok(d) => call_each(vm, &list, phase, &d),
        Err(e) => vm.unraisable(e, "Exception ignored while making GC callback arguments", None),
    }
}

fn guarded(vm: &Vm, generation: usize, callbacks: bool) -> usize {
    let gc = &vm.interp.gc;
    let generation = generation.min(GENERATIONS - 1);
    if gc.collecting.replace(true) {
        return 0;
    }
    let pending = vm.pending.take();
    if callbacks {
        call_callbacks(vm, "start", generation, Outcome::default());
    }
    let outcome = run(vm, generation);
    let stats = &gc.gens[generation].stats;
    let mut s = stats.get();
    s.collections += 1;
    s.collected += outcome.collected;
    s.uncollectable += outcome.uncollectable;
    stats.set(s);
    if callbacks {
        call_callbacks(vm, "stop", generation, outcome);
    }
    drop(vm.pending.replace(pending));
    gc.collecting.set(false);
    outcome.collected + outcome.uncollectable
}

/// Collects a generation and the younger ones; the number of unreachable objects found. Returns 0
/// at once if a collection is running. An exception that is pending stays so.
pub fn collect(vm: &Vm, generation: usize) -> usize {
    guarded(vm, generation, true)
}

/// A full collection without callbacks, for shutdown.
pub fn collect_silently(vm: &Vm) -> usize {
    guarded(vm, GENERATIONS - 1, false)
}

/// What the safepoint does about [`breaker::GC`]: clears the bit and collects if that is due.
pub fn collect_if_due(vm: &Vm) {
    vm.eval_breaker.fetch_and(!breaker::GC, Ordering::Relaxed);
    let gc = &vm.interp.gc;
    if gc.is_due()
        && !gc.is_collecting()
        && let Some(generation) = gc.select()
    {
        guarded(vm, generation, true);
    }
}
