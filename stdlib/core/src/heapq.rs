//! `_heapq`.
//!
//! Items are swapped inside the list as plain words. A comparison may run Python code that
//! changes the list; the length is checked after each and every access goes through a fresh look
//! at the list's storage.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// Which end of the order is on top.
trait Order {
    /// Should `a` be above `b`?
    fn above(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool>;
}

struct Min;
struct Max;

impl Order for Min {
    #[inline(always)]
    fn above(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
        vm.lt(a, b)
    }
}
impl Order for Max {
    #[inline(always)]
    fn above(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
        vm.lt(b, a)
    }
}

#[cold]
fn changed(vm: &Vm) -> krait_object::error::Raised {
    vm.runtime_error("list changed size during iteration")
}

/// Compares two items of the list; fails if that changed the list's length.
#[inline(always)]
fn above<O: Order>(vm: &Vm, heap: &PyList, i: usize, j: usize, n: usize) -> PyResult<bool> {
    let p = heap.items_ptr();
    // SAFETY: callers have checked that the list still has `n` items and that `i, j < n`.
    let (a, b) = unsafe { (*p.add(i), *p.add(j)) };
    // SAFETY: items of a list are bound, and immediates need no owner.
    let (ra, rb) = unsafe { (Ref::from_value_unchecked(a), Ref::from_value_unchecked(b)) };
    if a.is_int() && b.is_int() || a.is_flonum() && b.is_flonum() {
        return O::above(vm, ra, rb);
    }
    let (ka, kb) = (ra.to_obj(), rb.to_obj());
    let r = O::above(vm, ka.r(), kb.r())?;
    if heap.len() != n {
        return Err(changed(vm));
    }
    Ok(r)
}

#[inline(always)]
fn swap(heap: &PyList, i: usize, j: usize) {
    debug_assert!(i < heap.len() && j < heap.len());
    // SAFETY: both are in range, as in `above`.
    unsafe { std::ptr::swap(heap.items_ptr().add(i), heap.items_ptr().add(j)) };
}

/// Moves the item at `pos` up to its place, not above `start`.
fn sift_down<O: Order>(vm: &Vm, heap: &PyList, start: usize, mut pos: usize) -> PyResult<()> {
    let n = heap.len();
    if pos >= n {
        return Err(vm.index_error("index out of range"));
    }
    while pos > start {
        let parent = (pos - 1) >> 1;
        if !above::<O>(vm, heap, pos, parent, n)? {
            break;
        }
        swap(heap, pos, parent);
        pos = parent;
    }
    Ok(())
}

/// Moves the better child up all the way, then the item at `pos` to its place below.
fn sift_up<O: Order>(vm: &Vm, heap: &PyList, start: usize) -> PyResult<()> {
    let n = heap.len();
    if start >= n {
        return Err(vm.index_error("index out of range"));
    }
    let mut pos = start;
    let limit = n >> 1;
    while pos < limit {
        let mut child = 2 * pos + 1;
        if child + 1 < n && !above::<O>(vm, heap, child, child + 1, n)? {
            child += 1;
        }
        swap(heap, child, pos);
        pos = child;
    }
    sift_down::<O>(vm, heap, start, pos)
}

fn push<O: Order>(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<()> {
    heap.push(vm, item.to_obj())?;
    sift_down::<O>(vm, heap, 0, heap.len() - 1)
}

fn pop<O: Order>(vm: &Vm, heap: &PyList) -> PyResult<Obj> {
    let Some(last) = heap.pop() else { return Err(vm.index_error("index out of range")) };
    heap.shrink(vm)?;
    match heap.set(0, last) {
        Err(only) => Ok(only),
        Ok(top) => {
            sift_up::<O>(vm, heap, 0)?;
            Ok(top)
        }
    }
}

fn replace<O: Order>(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<Obj> {
    match heap.set(0, item.to_obj()) {
        Err(_) => Err(vm.index_error("index out of range")),
        Ok(top) => {
            sift_up::<O>(vm, heap, 0)?;
            Ok(top)
        }
    }
}

fn push_pop<O: Order>(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<Obj> {
    let Some(top) = heap.get(0) else { return Ok(item.to_obj()) };
    if !O::above(vm, top.r(), item)? {
        return Ok(item.to_obj());
    }
    if heap.is_empty() {
        return Err(vm.index_error("index out of range"));
    }
    replace::<O>(vm, heap, item)
}

fn heapify_with<O: Order>(vm: &Vm, heap: &PyList) -> PyResult<()> {
    for i in (0..heap.len() / 2).rev() {
        sift_up::<O>(vm, heap, i)?;
    }
    Ok(())
}

/// Heap queue algorithm (a.k.a. priority queue).
///
/// Heaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for
/// all k, counting elements from 0.  For the sake of comparison,
/// non-existing elements are considered to be infinite.  The interesting
/// property of a heap is that a[0] is always its smallest element.
///
/// Usage:
///
/// heap = []            # creates an empty heap
/// heappush(heap, item) # pushes a new item on the heap
/// item = heappop(heap) # pops the smallest item from the heap
/// item = heap[0]       # smallest item on the heap without popping it
/// heapify(x)           # transforms list into a heap, in-place, in linear time
/// item = heapreplace(heap, item) # pops and returns smallest item, and adds
///                                # new item; the heap size is unchanged
///
/// Our API differs from textbook heap algorithms as follows:
///
/// - We use 0-based indexing.  This makes the relationship between the
///   index for a node and the indexes for its children slightly less
///   obvious, but is more suitable since Python uses 0-based indexing.
///
/// - Our heappop() method returns the smallest item, not the largest.
///
/// These two make it possible to view the heap as a regular Python list
/// without surprises: heap[0] is the smallest item, and heap.sort()
/// maintains the heap invariant!
///
#[pymodule(name = "_heapq")]
pub mod heapq {
    use super::*;

    #[pyattr(name = "__about__")]
    const ABOUT: &str = "Heap queues";

    /// Push item onto heap, maintaining the heap invariant.
    #[pyfunction("heappush(heap, item, /)")]
    fn heappush(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<()> {
        push::<Min>(vm, heap, item)
    }
    /// Pop the smallest item off the heap, maintaining the heap invariant.
    #[pyfunction("heappop(heap, /)")]
    fn heappop(vm: &Vm, heap: &PyList) -> PyResult<Obj> {
        match heap.is_empty() {
            true => Err(vm.index_error("index out of range")),
            false => pop::<Min>(vm, heap),
        }
    }
    /// Pop and return the current smallest value, and add the new item.
    ///
    /// This is more efficient than heappop() followed by heappush(), and can be
    /// more appropriate when using a fixed-size heap.  Note that the value
    /// returned may be larger than item!  That constrains reasonable uses of
    /// this routine unless written as part of a conditional replacement:
    ///
    ///     if item > heap[0]:
    ///         item = heapreplace(heap, item)
    #[pyfunction("heapreplace(heap, item, /)")]
    fn heapreplace(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<Obj> {
        replace::<Min>(vm, heap, item)
    }
    /// Push item on the heap, then pop and return the smallest item from the heap.
    ///
    /// The combined action runs more efficiently than heappush() followed by
    /// a separate call to heappop().
    #[pyfunction("heappushpop(heap, item, /)")]
    fn heappushpop(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<Obj> {
        push_pop::<Min>(vm, heap, item)
    }
    /// Transform list into a heap, in-place, in O(len(heap)) time.
    #[pyfunction("heapify(heap, /)")]
    fn heapify(vm: &Vm, heap: &PyList) -> PyResult<()> {
        heapify_with::<Min>(vm, heap)
    }
    /// Push item onto max heap, maintaining the heap invariant.
    #[pyfunction("heappush_max(heap, item, /)")]
    fn heappush_max(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<()> {
        push::<Max>(vm, heap, item)
    }
    /// Maxheap variant of heappop.
    #[pyfunction("heappop_max(heap, /)")]
    fn heappop_max(vm: &Vm, heap: &PyList) -> PyResult<Obj> {
        match heap.is_empty() {
            true => Err(vm.index_error("index out of range")),
            false => pop::<Max>(vm, heap),
        }
    }
    /// Maxheap variant of heapreplace.
    #[pyfunction("heapreplace_max(heap, item, /)")]
    fn heapreplace_max(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<Obj> {
        replace::<Max>(vm, heap, item)
    }
    /// Maxheap variant of heappushpop.
    ///
    /// The combined action runs more efficiently than heappush_max() followed by
    /// a separate call to heappop_max().
    #[pyfunction("heappushpop_max(heap, item, /)")]
    fn heappushpop_max(vm: &Vm, heap: &PyList, item: Ref<'_>) -> PyResult<Obj> {
        push_pop::<Max>(vm, heap, item)
    }
    /// Maxheap variant of heapify.
    #[pyfunction("heapify_max(heap, /)")]
    fn heapify_max(vm: &Vm, heap: &PyList) -> PyResult<()> {
        heapify_with::<Max>(vm, heap)
    }
}
