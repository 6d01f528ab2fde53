//! What native code may still be looking at through a plain borrow of a type: memory of dead types
//! and values that were replaced in types.
//!
//! Native functions borrow types (`obj.ty(vm)`) and read them after calls into Python that may have
//! killed or changed them. So both stay until no native code runs that began before: the
//! interpreter calls [`release`] between two instructions of the only Python activation that native
//! code has entered ([`is_quiet`]). Where that never happens (`-m`, whose code runs inside `exec`)
//! the memory is kept.

use std::cell::RefCell;

use crate::header::{Header, free_raw};
use crate::obj::{Layout, Obj, Py};
use crate::vm::Vm;

/// Memory of a dead type.
struct Grave {
    p: *mut Header,
    size: usize,
    gc: bool,
}

/// What awaits a quiet moment.
#[derive(Default)]
pub struct Limbo {
    graves: RefCell<Vec<Grave>>,
    parked: RefCell<Vec<Obj>>,
}

/// Keeps the memory of a dead type. The payload must have been emptied: what is left must be safe
/// to read.
///
/// # Safety
/// `p` came from `alloc_raw` with `size` and a type with the given `GC` flag; it is untracked, and
/// nobody frees it otherwise.
pub unsafe fn bury(vm: &Vm, p: *mut Header, size: usize, gc: bool) {
    vm.interp.limbo.graves.borrow_mut().push(Grave { p, size, gc });
}

/// Keeps a value that was replaced in a type.
pub fn park<T: Layout>(vm: &Vm, old: Option<Py<T>>) {
    if let Some(old) = old {
        vm.interp.limbo.parked.borrow_mut().push(old.into_obj());
    }
}

/// Does nothing native run but the loop of the thread's one Python activation, and what that called
/// last?
pub fn is_quiet(vm: &Vm) -> bool {
    vm.dealloc_depth.get() == 0 && vm.exec.entered_once() && vm.interp.threads.count() == 1
}

/// Drops replaced values. To be called in a quiet moment, by code that holds no borrow of a type.
pub fn release_parked(vm: &Vm) {
    let parked = vm.interp.limbo.parked.take();
    drop(parked);
}

/// Frees everything. To be called in a quiet moment, with no native function active.
pub fn release(vm: &Vm) {
    release_parked(vm);
    for g in vm.interp.limbo.graves.take() {
        // SAFETY: promised to `bury`.
        unsafe { free_raw(g.p, g.size, g.gc) };
    }
}
