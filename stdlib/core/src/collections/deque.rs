//! `deque`.
//!
//! Invariant: `changes` grows with every change of length or order. Whoever walks a deque across
//! calls that may run Python code compares it and re-reads by index; no borrow is held across
//! such a call, and items that leave are dropped after the borrow has ended.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;
use krait_types::common::fast_eq;

use super::deque_iter::{PyDequeIter, PyDequeRevIter};
use crate::util::{class_getitem, instance, no_header, short_name, state_of};

#[repr(C)]
#[derive(Trace)]
pub struct PyDeque {
    header: Header,
    items: RefCell<VecDeque<Obj>>,
    #[trace(skip)]
    maxlen: Cell<Option<usize>>,
    #[trace(skip)]
    changes: Cell<u64>,
}

impl PyDeque {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Obj> {
        self.items.borrow().get(i).cloned()
    }
    #[inline(always)]
    pub fn changes(&self) -> u64 {
        self.changes.get()
    }
    #[inline(always)]
    fn changed(&self) {
        self.changes.set(self.changes.get().wrapping_add(1));
    }
    fn snapshot(&self) -> Vec<Obj> {
        self.items.borrow().iter().cloned().collect()
    }
    /// Adds at the right end; gives back what falls off the left one.
    #[inline(always)]
    fn push_back(&self, v: Obj) -> Option<Obj> {
        self.changed();
        let mut items = self.items.borrow_mut();
        items.push_back(v);
        match self.maxlen.get() {
            Some(max) if items.len() > max => items.pop_front(),
            _ => None,
        }
    }
    /// Adds at the left end; gives back what falls off the right one.
    #[inline(always)]
    fn push_front(&self, v: Obj) -> Option<Obj> {
        self.changed();
        let mut items = self.items.borrow_mut();
        items.push_front(v);
        match self.maxlen.get() {
            Some(max) if items.len() > max => items.pop_back(),
            _ => None,
        }
    }
    fn clear_items(&self) {
        self.changed();
        let old = std::mem::take(&mut *self.items.borrow_mut());
        drop(old);
    }
    fn index_of(&self, vm: &Vm, i: isize) -> PyResult<usize> {
        match usize::try_from(i) {
            Ok(i) if i < self.len() => Ok(i),
            _ => Err(vm.index_error("deque index out of range")),
        }
    }
    fn extend_with(&self, vm: &Vm, iterable: Ref<'_>, left: bool) -> PyResult<()> {
        if iterable.ptr_eq(self.r()) {
            for v in self.snapshot() {
                drop(if left { self.push_front(v) } else { self.push_back(v) });
            }
            return Ok(());
        }
        vm.for_each(iterable, |v| {
            drop(if left { self.push_front(v) } else { self.push_back(v) });
            Ok(())
        })
    }
    /// A plain deque with the same items and limit.
    fn plain_copy(&self, vm: &Vm) -> PyResult<Obj> {
        let items: VecDeque<Obj> = self.items.borrow().clone();
        let payload =
            PyDeque { header: no_header(), items: RefCell::new(items), maxlen: Cell::new(self.maxlen.get()), changes: Cell::new(0) };
        instance(vm, PyDeque::type_of(vm), payload)
    }
    /// A copy of the deque's own type.
    fn copied(&self, vm: &Vm) -> PyResult<Obj> {
        if self.r().is_exact::<PyDeque>(vm) {
            return self.plain_copy(vm);
        }
        let ty = self.r().ty(vm);
        let new = match self.maxlen.get() {
            None => vm.call1(ty.r(), self.r())?,
            Some(n) => vm.call(ty.r(), &[self.r(), vm.int_usize(n).r()])?,
        };
        if new.r().downcast::<PyDeque>(vm).is_none() {
            let text = format!("{}() must return a deque, not {}", ty.tp_name(), new.r().ty(vm).tp_name());
            return Err(vm.type_error(text));
        }
        Ok(new)
    }
    fn repeat_in_place(&self, vm: &Vm, n: isize) -> PyResult<()> {
        let len = self.len();
        if len == 0 || n == 1 {
            return Ok(());
        }
        if n <= 0 {
            self.clear_items();
            return Ok(());
        }
        let Some(total) = len.checked_mul(n as usize).filter(|t| *t <= isize::MAX as usize / 8) else {
            return Err(vm.memory_error());
        };
        let unit = self.snapshot();
        // Only the last `keep` items of the product survive.
        let keep = self.maxlen.get().map_or(total, |m| m.min(total));
        let mut new = VecDeque::new();
        if new.try_reserve_exact(keep).is_err() {
            return Err(vm.memory_error());
        }
        new.extend((total - keep..total).map(|i| unit[i % len].clone()));
        self.changed();
        let old = std::mem::replace(&mut *self.items.borrow_mut(), new);
        drop(old);
        Ok(())
    }
}

fn compare(vm: &Vm, a: &PyDeque, b: &PyDeque, op: CmpOp) -> PyResult<bool> {
    if std::ptr::eq(a, b) {
        return Ok(matches!(op, CmpOp::Eq | CmpOp::Le | CmpOp::Ge));
    }
    match op {
        CmpOp::Eq if a.len() != b.len() => return Ok(false),
        CmpOp::Ne if a.len() != b.len() => return Ok(true),
        _ => {}
    }
    let (ca, cb) = (a.changes(), b.changes());
    let check = |d: &PyDeque, c: u64| {
        if d.changes() == c { Ok(()) } else { Err(vm.runtime_error("deque mutated during iteration")) }
    };
    let mut i = 0;
    loop {
        check(a, ca)?;
        let x = a.get(i);
        check(b, cb)?;
        let y = b.get(i);
        match (x, y) {
            (Some(x), Some(y)) => {
                if !fast_eq(vm, x.r(), y.r())? {
                    return match op {
                        CmpOp::Eq => Ok(false),
                        CmpOp::Ne => Ok(true),
                        _ => vm.compare_bool(x.r(), y.r(), op),
                    };
                }
            }
            (x, y) => return Ok(op.eval(x.is_some().cmp(&y.is_some()))),
        }
        i += 1;
    }
}

/// A list-like sequence optimized for data accesses near its endpoints.
#[pyclass(layout = PyDeque, name = "deque", module = "collections", own, weakref, unhashable, flags(BASETYPE, SEQUENCE))]
pub mod deque {
    use super::*;

    #[pynew(raw)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        let payload = PyDeque { header: no_header(), items: RefCell::default(), maxlen: Cell::new(None), changes: Cell::new(0) };
        instance(vm, cls, payload)
    }
    #[pyinit("deque(iterable=<unrepresentable>, maxlen=<unrepresentable>)")]
    fn init(vm: &Vm, zelf: &PyDeque, iterable: OptArg<Ref<'_>>, maxlen: OptArg<Ref<'_>>) -> PyResult<()> {
        let mut max = None;
        if let Some(m) = maxlen.given().filter(|m| !m.is_none()) {
            if m.as_int(vm).is_none() {
                return Err(vm.type_error("an integer is required"));
            }
            let n = c_ssize_t(vm, m)?;
            if n < 0 {
                return Err(vm.value_error("maxlen must be non-negative"));
            }
            max = Some(n as usize);
        }
        zelf.maxlen.set(max);
        if zelf.len() > 0 {
            zelf.clear_items();
        }
        match iterable.given() {
            Some(it) => zelf.extend_with(vm, it, false),
            None => Ok(()),
        }
    }

    /// Add an element to the right side of the deque.
    #[pymethod("append(self, item, /)")]
    fn append(zelf: &PyDeque, item: Ref<'_>) {
        drop(zelf.push_back(item.to_obj()));
    }
    /// Add an element to the left side of the deque.
    #[pymethod("appendleft(self, item, /)")]
    fn appendleft(zelf: &PyDeque, item: Ref<'_>) {
        drop(zelf.push_front(item.to_obj()));
    }
    /// Remove all elements from the deque.
    #[pymethod]
    fn clear(zelf: &PyDeque) {
        zelf.clear_items();
    }
    /// Return a shallow copy of a deque.
    #[pymethod]
    fn copy(vm: &Vm, zelf: &PyDeque) -> PyResult<Obj> {
        zelf.copied(vm)
    }
    /// Return a shallow copy of a deque.
    #[pymethod]
    fn __copy__(vm: &Vm, zelf: &PyDeque) -> PyResult<Obj> {
        zelf.copied(vm)
    }
    /// Return number of occurrences of value.
    #[pymethod("count(self, value, /)")]
    fn count(vm: &Vm, zelf: &PyDeque, value: Ref<'_>) -> PyResult<usize> {
        let changes = zelf.changes();
        let (mut i, mut n) = (0, 0);
        while let Some(v) = zelf.get(i) {
            if fast_eq(vm, v.r(), value)? {
                n += 1;
            }
            if zelf.changes() != changes {
                return Err(vm.runtime_error("deque mutated during iteration"));
            }
            i += 1;
        }
        Ok(n)
    }
    /// Extend the right side of the deque with elements from the iterable.
    #[pymethod("extend(self, iterable, /)")]
    fn extend(vm: &Vm, zelf: &PyDeque, iterable: Ref<'_>) -> PyResult<()> {
        zelf.extend_with(vm, iterable, false)
    }
    /// Extend the left side of the deque with elements from the iterable.
    #[pymethod("extendleft(self, iterable, /)")]
    fn extendleft(vm: &Vm, zelf: &PyDeque, iterable: Ref<'_>) -> PyResult<()> {
        zelf.extend_with(vm, iterable, true)
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod("index(self, value, [start, [stop]])", raw)]
    fn index(vm: &Vm, zelf: &PyDeque, args: &[Ref<'_>]) -> PyResult<usize> {
        krait_object::unpack::check_positional(vm, "index", args.len(), 1, 3)?;
        let value = args[0];
        let len = zelf.len() as isize;
        let bound = |i: usize, default: isize| -> PyResult<isize> {
            match args.get(i) {
                Some(a) if !vm.has_index(*a) => Err(vm.type_error("slice indices must be integers or have an __index__ method")),
                Some(a) => vm.index_clamped(*a),
                None => Ok(default),
            }
        };
        let clamp = |i: isize| if i < 0 { (i + len).max(0) } else { i };
        let (start, stop) = (clamp(bound(1, 0)?), clamp(bound(2, isize::MAX)?).min(len));
        let changes = zelf.changes();
        for i in start..stop {
            let Some(v) = zelf.get(i as usize) else { break };
            if fast_eq(vm, v.r(), value)? {
                return Ok(i as usize);
            }
            if zelf.changes() != changes {
                return Err(vm.runtime_error("deque mutated during iteration"));
            }
        }
        Err(vm.value_error(format!("{} is not in deque", vm.repr_text(value)?)))
    }
    /// Insert value before index.
    #[pymethod("insert(self, index, value, /)")]
    fn insert(vm: &Vm, zelf: &PyDeque, index: isize, value: Ref<'_>) -> PyResult<()> {
        let n = zelf.len();
        if zelf.maxlen.get().is_some_and(|m| n >= m) {
            return Err(vm.index_error("deque already at its maximum size"));
        }
        let at = if index < 0 { (index + n as isize).max(0) as usize } else { (index as usize).min(n) };
        zelf.changed();
        zelf.items.borrow_mut().insert(at, value.to_obj());
        Ok(())
    }
    /// Remove and return the rightmost element.
    #[pymethod]
    fn pop(vm: &Vm, zelf: &PyDeque) -> PyResult<Obj> {
        let Some(v) = zelf.items.borrow_mut().pop_back() else {
            return Err(vm.index_error("pop from an empty deque"));
        };
        zelf.changed();
        Ok(v)
    }
    /// Remove and return the leftmost element.
    #[pymethod]
    fn popleft(vm: &Vm, zelf: &PyDeque) -> PyResult<Obj> {
        let Some(v) = zelf.items.borrow_mut().pop_front() else {
            return Err(vm.index_error("pop from an empty deque"));
        };
        zelf.changed();
        Ok(v)
    }
    /// Remove first occurrence of value.
    #[pymethod("remove(self, value, /)")]
    fn remove(vm: &Vm, zelf: &PyDeque, value: Ref<'_>) -> PyResult<()> {
        let n = zelf.len();
        let changes = zelf.changes();
        for i in 0..n {
            let Some(v) = zelf.get(i) else { break };
            let found = fast_eq(vm, v.r(), value)?;
            if zelf.changes() != changes || zelf.len() != n {
                return Err(vm.index_error("deque mutated during iteration"));
            }
            if found {
                zelf.changed();
                let gone = zelf.items.borrow_mut().remove(i);
                drop(gone);
                return Ok(());
            }
        }
        Err(vm.value_error(format!("{} is not in deque", vm.repr_text(value)?)))
    }
    /// Reverse *IN PLACE*.
    #[pymethod]
    fn reverse(zelf: &PyDeque) {
        zelf.items.borrow_mut().make_contiguous().reverse();
    }
    /// Rotate the deque n steps to the right.  If n is negative, rotates left.
    #[pymethod("rotate(self, n=1, /)")]
    fn rotate(zelf: &PyDeque, n: isize) {
        let mut items = zelf.items.borrow_mut();
        let len = items.len();
        if len > 1 {
            zelf.changed();
            items.rotate_right(n.rem_euclid(len as isize) as usize);
        }
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyDeque) -> PyResult<Obj> {
        let state = state_of(vm, zelf.r())?;
        let it = vm.iter(zelf.r())?;
        let args = match zelf.maxlen.get() {
            None => vm.tuple(vec![]),
            Some(n) => vm.tuple(vec![vm.tuple(vec![]), vm.int_usize(n)]),
        };
        Ok(vm.tuple(vec![zelf.r().ty(vm).to_obj(), args, state, it]))
    }
    /// Return a reverse iterator over the deque.
    #[pymethod]
    fn __reversed__(vm: &Vm, zelf: &PyDeque) -> Obj {
        PyDequeRevIter::create(vm, zelf, 0)
    }
    /// Return the size of the deque in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyDeque) -> usize {
        size_of::<PyDeque>() + zelf.items.borrow().capacity() * size_of::<Obj>()
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, object, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, object: Ref<'_>) -> PyResult<Obj> {
        class_getitem(vm, cls, object)
    }
    /// maximum size of a deque or None if unbounded
    #[getter]
    fn maxlen(zelf: &PyDeque) -> Option<usize> {
        zelf.maxlen.get()
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDeque) -> PyResult<Obj> {
        let Some(_guard) = repr_enter(vm, zelf.r()) else { return Ok(vm.str("[...]")) };
        let list = vm.list(zelf.snapshot());
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str(&short_name(vm, zelf.r()));
        out.push_str("(");
        out.push_pystr(&*vm.repr(list.r())?);
        if let Some(m) = zelf.maxlen.get() {
            out.push_str(&format!(", maxlen={m}"));
        }
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyDeque, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        match other.downcast::<PyDeque>(vm) {
            Some(o) => Ok(Obj::bool(compare(vm, zelf, o, op)?)),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyDeque) -> Obj {
        PyDequeIter::create(vm, zelf, 0)
    }
    #[slot(sq_length)]
    fn sq_length(zelf: &PyDeque) -> usize {
        zelf.len()
    }
    #[slot(sq_item)]
    fn sq_item(vm: &Vm, zelf: &PyDeque, i: isize) -> PyResult<Obj> {
        match usize::try_from(i).ok().and_then(|i| zelf.get(i)) {
            Some(v) => Ok(v),
            None => Err(vm.index_error("deque index out of range")),
        }
    }
    #[slot(sq_ass_item)]
    fn sq_ass_item(vm: &Vm, zelf: &PyDeque, i: isize, value: Option<Ref<'_>>) -> PyResult<()> {
        let i = zelf.index_of(vm, i)?;
        let old = match value {
            Some(v) => Some(std::mem::replace(&mut zelf.items.borrow_mut()[i], v.to_obj())),
            None => {
                zelf.changed();
                zelf.items.borrow_mut().remove(i)
            }
        };
        drop(old);
        Ok(())
    }
    #[slot(sq_contains)]
    fn sq_contains(vm: &Vm, zelf: &PyDeque, value: Ref<'_>) -> PyResult<bool> {
        let changes = zelf.changes();
        let mut i = 0;
        while let Some(v) = zelf.get(i) {
            if fast_eq(vm, v.r(), value)? {
                return Ok(true);
            }
            if zelf.changes() != changes {
                return Err(vm.runtime_error("deque mutated during iteration"));
            }
            i += 1;
        }
        Ok(false)
    }
    #[slot(sq_concat)]
    fn sq_concat(vm: &Vm, zelf: &PyDeque, other: Ref<'_>) -> PyResult<Obj> {
        if other.downcast::<PyDeque>(vm).is_none() {
            let text = format!("can only concatenate deque (not \"{}\") to deque", other.ty(vm).tp_name());
            return Err(vm.type_error(text));
        }
        let new = zelf.copied(vm)?;
        if let Some(d) = new.r().downcast::<PyDeque>(vm) {
            d.extend_with(vm, other, false)?;
        }
        Ok(new)
    }
    #[slot(sq_inplace_concat)]
    fn sq_inplace_concat(vm: &Vm, zelf: &PyDeque, other: Ref<'_>) -> PyResult<Obj> {
        zelf.extend_with(vm, other, false)?;
        Ok(zelf.to_obj())
    }
    #[slot(sq_repeat)]
    fn sq_repeat(vm: &Vm, zelf: &PyDeque, n: isize) -> PyResult<Obj> {
        let new = zelf.copied(vm)?;
        if let Some(d) = new.r().downcast::<PyDeque>(vm) {
            d.repeat_in_place(vm, n)?;
        }
        Ok(new)
    }
    #[slot(sq_inplace_repeat)]
    fn sq_inplace_repeat(vm: &Vm, zelf: &PyDeque, n: isize) -> PyResult<Obj> {
        zelf.repeat_in_place(vm, n)?;
        Ok(zelf.to_obj())
    }
}
