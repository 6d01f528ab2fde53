//! The cycle collector.
//!
//! Reference counting frees everything but cycles. The collector keeps every object that may be
//! part of one in a generation list and finds the groups whose counts are explained by references
//! from within the group ([`collect`](mod@collect)). References held by anything that is not
//! tracked (registers, native code, immortal objects) are never subtracted, so they act as roots
//! without being enumerated.
//!
//! Tracking only sets a bit of the eval breaker when a collection is due; it runs at the next
//! safepoint. Native code therefore needs no protection against collections while it allocates.

mod collect;
mod introspect;
mod list;
mod quiet;
mod state;
#[cfg(test)]
mod tests;
mod visit;

use std::sync::atomic::Ordering;

use crate::header::{FLAG_GC_MARK, FLAG_GC_MARK2, FLAG_TRACKED, Header};
use crate::vm::{Vm, breaker};

pub use collect::{collect, collect_if_due, collect_silently};
pub use introspect::{freeze, frozen_count, is_finalized, is_tracked, objects, referents, referrers, unfreeze};
pub use quiet::{dies_quietly, is_leaf_type};
pub use state::{GcState, GcStats, debug};
pub use visit::{Trace, Visitor};

/// Number of generations.
pub const GENERATIONS: usize = 3;

/// The object is in the set being collected, its count of outside references in `prev`.
const COLLECTING: u32 = FLAG_GC_MARK;
/// The object is among those found unreachable so far.
const UNREACHABLE: u32 = FLAG_GC_MARK2;

/// Puts a complete object under the collector's watch. Its type must have the `GC` flag.
#[inline(always)]
pub fn track(vm: &Vm, h: &Header) {
    debug_assert!(h.ty().has_flag(crate::ty::TypeFlags::GC));
    debug_assert!(h.flags() & FLAG_TRACKED == 0);
    let gc = &vm.interp.gc;
    // SAFETY: the type has the flag, so the links are there; the object is in no list.
    unsafe { list::append(gc.young(), h.gc_head()) };
    h.set_flag(FLAG_TRACKED);
    if gc.count_new() {
        due(vm);
    }
}

/// Takes an object out of the collector's lists. Nothing happens if it is in none.
#[inline(always)]
pub fn untrack(vm: &Vm, h: &Header) {
    if h.flags() & FLAG_TRACKED == 0 {
        return;
    }
    // SAFETY: tracked objects have links and are in a list.
    unsafe { list::unlink(h.gc_head()) };
    h.clear_flag(FLAG_TRACKED | COLLECTING | UNREACHABLE);
    vm.interp.gc.count_gone();
}

/// Asks for a collection at the next safepoint.
#[cold]
#[inline(never)]
fn due(vm: &Vm) {
    vm.eval_breaker.fetch_or(breaker::GC, Ordering::Relaxed);
}

/// Sets the eval breaker's bit if a collection is due.
pub fn maybe_collect(vm: &Vm) {
    if vm.interp.gc.is_due() {
        due(vm);
    }
}
