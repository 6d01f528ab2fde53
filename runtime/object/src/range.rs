//! Range objects and their iterators.
//!
//! A range whose start, stop, step and length all fit machine integers keeps them unboxed; every
//! item then fits too. Other ranges carry big integers.

use std::cell::Cell;

use dashu_int::IBig;

use crate::function::{alloc_exact, no_header};
use crate::gc::{Trace, Visitor};
use crate::header::Header;
use crate::int::IntRef;
use crate::obj::{Layout, Obj, Py};
use crate::table_layout;
use crate::value::Value;
use crate::vm::Vm;

/// A range.
#[repr(C)]
pub struct PyRange {
    pub header: Header,
    /// Meaningful, as the next three fields, only without `big`.
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    /// Number of items.
    pub len: i64,
    /// The exact values when one of them does not fit.
    pub big: Option<Box<BigRange>>,
}
table_layout!(PyRange => range);

/// The values of a range beyond machine integers.
pub struct BigRange {
    pub start: IBig,
    pub stop: IBig,
    pub step: IBig,
    pub len: IBig,
}

/// The iterator of a machine range. `next` is the item to come, `len` how many are left.
#[repr(C)]
pub struct PyRangeIter {
    pub header: Header,
    pub next: Cell<i64>,
    pub len: Cell<i64>,
    pub step: i64,
}
table_layout!(PyRangeIter => range_iterator);

/// Number of items from `start` by `step` (not zero) before `stop`, if it fits.
#[inline]
pub fn machine_len(start: i64, stop: i64, step: i64) -> Option<i64> {
    let n = if step > 0 && start < stop {
        ((stop as u64).wrapping_sub(start as u64) - 1) / step as u64 + 1
    } else if step < 0 && start > stop {
        ((start as u64).wrapping_sub(stop as u64) - 1) / step.unsigned_abs() + 1
    } else {
        0
    };
    i64::try_from(n).ok()
}

/// As [`machine_len`] for integers of any size.
pub fn big_len(start: &IBig, stop: &IBig, step: &IBig) -> IBig {
    if *step > IBig::ZERO && start < stop {
        (stop - start - IBig::ONE) / step + IBig::ONE
    } else if *step < IBig::ZERO && start > stop {
        (start - stop - IBig::ONE) / -step + IBig::ONE
    } else {
        IBig::ZERO
    }
}

impl PyRange {
    /// A range of machine integers; `step` is not zero.
    pub fn new(vm: &Vm, start: i64, stop: i64, step: i64) -> Py<PyRange> {
        match machine_len(start, stop, step) {
            Some(len) => Self::alloc(vm, start, stop, step, len, None),
            None => Self::from_big(vm, IBig::from(start), IBig::from(stop), IBig::from(step)),
        }
    }
    /// A range of integers of any size; `step` is not zero.
    pub fn from_ints(vm: &Vm, start: IntRef<'_>, stop: IntRef<'_>, step: IntRef<'_>) -> Py<PyRange> {
        match (start, stop, step) {
            (IntRef::Small(a), IntRef::Small(b), IntRef::Small(c)) => Self::new(vm, a, b, c),
            _ => Self::from_big(vm, start.to_big(), stop.to_big(), step.to_big()),
        }
    }
    /// As [`from_ints`](Self::from_ints) from big integers.
    pub fn from_big(vm: &Vm, start: IBig, stop: IBig, step: IBig) -> Py<PyRange> {
        let len = big_len(&start, &stop, &step);
        let machine =
            (|| Some((i64::try_from(&start).ok()?, i64::try_from(&stop).ok()?, i64::try_from(&step).ok()?, i64::try_from(&len).ok()?)))();
        match machine {
            Some((a, b, c, n)) => Self::alloc(vm, a, b, c, n, None),
            None => Self::alloc(vm, 0, 0, 1, 0, Some(Box::new(BigRange { start, stop, step, len }))),
        }
    }
    fn alloc(vm: &Vm, start: i64, stop: i64, step: i64, len: i64, big: Option<Box<BigRange>>) -> Py<PyRange> {
        // SAFETY: `range` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.range, PyRange { header: no_header(), start, stop, step, len, big }) }
    }
    /// `range.start`, `range.stop`, `range.step` and the length as ints.
    pub fn start_obj(&self, vm: &Vm) -> Obj {
        self.big.as_ref().map_or_else(|| vm.int_i64(self.start), |b| vm.int_big(b.start.clone()))
    }
    pub fn stop_obj(&self, vm: &Vm) -> Obj {
        self.big.as_ref().map_or_else(|| vm.int_i64(self.stop), |b| vm.int_big(b.stop.clone()))
    }
    pub fn step_obj(&self, vm: &Vm) -> Obj {
        self.big.as_ref().map_or_else(|| vm.int_i64(self.step), |b| vm.int_big(b.step.clone()))
    }
    pub fn len_obj(&self, vm: &Vm) -> Obj {
        self.big.as_ref().map_or_else(|| vm.int_i64(self.len), |b| vm.int_big(b.len.clone()))
    }
}

impl PyRangeIter {
    /// An iterator over `len` items from `next`.
    pub fn new(vm: &Vm, next: i64, step: i64, len: i64) -> Py<PyRangeIter> {
        let payload = PyRangeIter { header: no_header(), next: Cell::new(next), len: Cell::new(len), step };
        // SAFETY: `range_iterator` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.range_iterator, payload) }
    }
    /// The next item as a machine integer.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        let n = self.len.get();
        if n <= 0 {
            return None;
        }
        let i = self.next.get();
        // After the last item the sum may leave the range of integers; it is not used then.
        self.next.set(i.wrapping_add(self.step));
        self.len.set(n - 1);
        Some(i)
    }
    /// The next item.
    #[inline(always)]
    pub fn next(&self, vm: &Vm) -> Option<Obj> {
        let i = self.advance()?;
        match Value::small_int(i) {
            // SAFETY: immediates own nothing.
            Some(v) => Some(unsafe { Obj::from_value(v) }),
            None => Some(vm.int_big(IBig::from(i))),
        }
    }
    /// A second iterator in the same state.
    pub fn copy(&self, vm: &Vm) -> Py<PyRangeIter> {
        Self::new(vm, self.next.get(), self.step, self.len.get())
    }
}

impl Trace for PyRange {
    fn trace(&self, _: &mut Visitor<'_>) {}
}

impl Trace for PyRangeIter {
    fn trace(&self, _: &mut Visitor<'_>) {}
}

impl Vm {
    /// `range(stop)` as an object.
    pub fn range(&self, stop: i64) -> Obj {
        PyRange::new(self, 0, stop, 1).into_obj()
    }
}

/// The exact type test and cast of a range iterator.
#[inline(always)]
pub fn as_range_iter<'a>(vm: &Vm, o: crate::obj::Ref<'a>) -> Option<&'a PyRangeIter> {
    let h = o.header()?;
    if std::ptr::eq(h.ty(), PyRangeIter::type_of(vm)) {
        // SAFETY: just checked.
        Some(unsafe { o.downcast_unchecked() })
    } else {
        None
    }
}
