//! What the collector remembers: generations, thresholds, statistics.

use std::cell::{Cell, OnceCell};

use super::list::new_list;
use super::{GENERATIONS, list};
use crate::header::GcHead;
use crate::list::PyList;
use crate::obj::Py;
use crate::vm::Vm;

/// Bits of `gc.set_debug`.
pub mod debug {
    pub const STATS: u32 = 1;
    pub const COLLECTABLE: u32 = 2;
    pub const UNCOLLECTABLE: u32 = 4;
    pub const SAVEALL: u32 = 32;
    pub const LEAK: u32 = COLLECTABLE | UNCOLLECTABLE | SAVEALL;
}

/// Statistics of a generation.
#[derive(Copy, Clone, Default, Debug, PartialEq, Eq)]
pub struct GcStats {
    pub collections: usize,
    pub collected: usize,
    pub uncollectable: usize,
}

/// The young generation's threshold unless set.
const DEFAULT_THRESHOLD: u32 = 2000;
/// See [`GcState::adapt`].
const MAX_STRETCH: u32 = 8;

/// A generation: its objects and when to collect it.
pub(super) struct Generation {
    pub head: &'static GcHead,
    /// Objects tracked (0) or collections of the next younger generation since the last collection.
    pub count: Cell<u32>,
    pub threshold: Cell<u32>,
    pub stats: Cell<GcStats>,
}

/// The collector's state.
pub struct GcState {
    pub(super) gens: [Generation; GENERATIONS],
    /// Objects `gc.freeze` set aside.
    pub(super) permanent: &'static GcHead,
    /// Young objects beyond this many make a collection due; derived from the settings.
    limit: Cell<u32>,
    /// How many times the threshold the young generation may grow to, as long as collecting it
    /// finds little.
    stretch: Cell<u32>,
    enabled: Cell<bool>,
    stress: Cell<bool>,
    pub(super) collecting: Cell<bool>,
    /// Objects in the oldest generation after its last collection.
    pub(super) long_lived_total: Cell<usize>,
    /// Objects that joined the oldest generation since.
    pub(super) long_lived_pending: Cell<usize>,
    pub debug: Cell<u32>,
    garbage: OnceCell<Py<PyList>>,
    callbacks: OnceCell<Py<PyList>>,
}

impl Default for GcState {
    fn default() -> GcState {
        let generation =
            |threshold| Generation { head: new_list(), count: Cell::new(0), threshold: Cell::new(threshold), stats: Cell::default() };
        let state = GcState {
            gens: [generation(DEFAULT_THRESHOLD), generation(10), generation(10)],
            permanent: new_list(),
            limit: Cell::new(0),
            stretch: Cell::new(1),
            enabled: Cell::new(true),
            stress: Cell::new(false),
            collecting: Cell::new(false),
            long_lived_total: Cell::new(0),
            long_lived_pending: Cell::new(0),
            debug: Cell::new(0),
            garbage: OnceCell::new(),
            callbacks: OnceCell::new(),
        };
        state.set_limit();
        state
    }
}

impl GcState {
    #[inline(always)]
    pub(super) fn young(&self) -> &'static GcHead {
        self.gens[0].head
    }
    /// Counts a newly tracked object; true if a collection is due.
    #[inline(always)]
    pub(super) fn count_new(&self) -> bool {
        let n = self.gens[0].count.get().wrapping_add(1);
        self.gens[0].count.set(n);
        n > self.limit.get()
    }
    #[inline(always)]
    pub(super) fn count_gone(&self) {
        let c = &self.gens[0].count;
        c.set(c.get().saturating_sub(1));
    }
    pub(super) fn is_due(&self) -> bool {
        self.gens[0].count.get() > self.limit.get()
    }
    fn set_limit(&self) {
        let threshold = self.gens[0].threshold.get();
        self.limit.set(match (self.stress.get(), self.enabled.get(), threshold) {
            (true, _, _) => 0,
            (_, false, _) | (_, _, 0) => u32::MAX,
            (_, _, n) => n.saturating_mul(self.stretch.get()),
        });
    }
    /// Learns from a collection: the young generation may grow while hardly anything in it is
    /// cyclic garbage, since what dies before a collection costs the collector nothing. A program
    /// that sets thresholds gets just those.
    pub(super) fn adapt(&self, generation: usize, survivors: usize, collected: usize) {
        if self.gens[0].threshold.get() != DEFAULT_THRESHOLD || generation + 1 == GENERATIONS {
            return;
        }
        let stretch = if collected * 16 > survivors { 1 } else { (self.stretch.get() * 2).min(MAX_STRETCH) };
        self.stretch.set(stretch);
        self.set_limit();
    }
    pub fn is_enabled(&self) -> bool {
        self.enabled.get()
    }
    /// `gc.enable` and `gc.disable`.
    pub fn set_enabled(&self, on: bool) {
        self.enabled.set(on);
        self.set_limit();
    }
    /// A collection at every safepoint that follows an allocation, for tests.
    pub fn set_stress(&self, on: bool) {
        self.stress.set(on);
        self.set_limit();
    }
    pub fn is_stress(&self) -> bool {
        self.stress.get()
    }
    pub fn is_collecting(&self) -> bool {
        self.collecting.get()
    }
    pub fn thresholds(&self) -> [u32; GENERATIONS] {
        [0, 1, 2].map(|i| self.gens[i].threshold.get())
    }
    pub fn set_threshold(&self, generation: usize, n: u32) {
        self.gens[generation].threshold.set(n);
        self.stretch.set(1);
        self.set_limit();
    }
    pub fn counts(&self) -> [u32; GENERATIONS] {
        [0, 1, 2].map(|i| self.gens[i].count.get())
    }
    pub fn stats(&self) -> [GcStats; GENERATIONS] {
        [0, 1, 2].map(|i| self.gens[i].stats.get())
    }
    /// `gc.garbage`.
    pub fn garbage(&self, vm: &Vm) -> &Py<PyList> {
        self.garbage.get_or_init(|| PyList::empty(vm))
    }
    /// `gc.callbacks`.
    pub fn callbacks(&self, vm: &Vm) -> &Py<PyList> {
        self.callbacks.get_or_init(|| PyList::empty(vm))
    }
    /// `gc.callbacks` if it exists and has members.
    pub(super) fn used_callbacks(&self) -> Option<Py<PyList>> {
        self.callbacks.get().filter(|c| !c.is_empty()).cloned()
    }
    /// The oldest generation whose count passed its threshold. The oldest of all also waits until
    /// it has grown by half, which keeps the total work linear.
    pub(super) fn select(&self) -> Option<usize> {
        if self.stress.get() {
            // Mostly young ones: full collections at every chance would take forever.
            return Some(if self.gens[0].stats.get().collections % 64 == 63 { GENERATIONS - 1 } else { 0 });
        }
        (0..GENERATIONS).rev().find(|&i| {
            let g = &self.gens[i];
            g.count.get() > g.threshold.get() && (i < GENERATIONS - 1 || self.long_lived_pending.get() >= self.long_lived_total.get() / 2)
        })
    }
    /// All generation lists, youngest first.
    pub(super) fn lists(&self) -> [&'static GcHead; GENERATIONS] {
        [0, 1, 2].map(|i| self.gens[i].head)
    }
    /// Number of objects in each generation.
    pub fn sizes(&self) -> [usize; GENERATIONS] {
        // SAFETY: the lists are well formed outside the marking phase, which runs no other code.
        self.lists().map(|l| unsafe { list::len(l) })
    }
}
