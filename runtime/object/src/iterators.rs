//! Layouts of the iterators over lists, tuples, dicts and sets, with their step functions: the
//! interpreter and the JIT run these directly.
//!
//! Invariant: the container is taken out of the cell when the iterator is exhausted, after which
//! it stays exhausted.

use std::cell::Cell;

use crate::dict::PyDict;
use crate::error::PyResult;
use crate::function::{alloc_exact, no_header};
use crate::gc::{Trace, Visitor};
use crate::header::{FLAG_TRACKED, Header};
use crate::list::PyList;
use crate::obj::{Layout, Obj, Py};
use crate::set::PySet;
use crate::table_layout;
use crate::tuple::{PyTuple, may_be_tracked};
use crate::ty::PyType;
use crate::value::Value;
use crate::vm::Vm;

/// `list_iterator`.
#[repr(C)]
pub struct PyListIter {
    pub header: Header,
    pub list: Cell<Option<Py<PyList>>>,
    /// Position of the next item.
    pub index: Cell<usize>,
}
table_layout!(PyListIter => list_iterator);

/// `list_reverseiterator`.
#[repr(C)]
pub struct PyListRevIter {
    pub header: Header,
    pub list: Cell<Option<Py<PyList>>>,
    /// Position of the next item; -1 at the end.
    pub index: Cell<isize>,
}
table_layout!(PyListRevIter => list_reverseiterator);

/// `tuple_iterator`.
#[repr(C)]
pub struct PyTupleIter {
    pub header: Header,
    pub tuple: Cell<Option<Py<PyTuple>>>,
    pub index: Cell<usize>,
}
table_layout!(PyTupleIter => tuple_iterator);

/// The six iterators of dicts and their views; the object's type says what it gives and which
/// way it goes.
#[repr(C)]
pub struct PyDictIter {
    pub header: Header,
    pub dict: Cell<Option<Py<PyDict>>>,
    /// Length of the dict when the iteration began; `usize::MAX` after a complaint.
    pub used: Cell<usize>,
    /// Position in the entry table.
    pub pos: Cell<usize>,
    /// Items still to come.
    pub len: Cell<usize>,
    /// The pair handed out last, reused when nobody else has it.
    pub pair: Cell<Option<Py<PyTuple>>>,
}
table_layout!(PyDictIter => dict_keyiterator);

/// `set_iterator`, over sets and frozensets.
#[repr(C)]
pub struct PySetIter {
    pub header: Header,
    pub set: Cell<Option<Obj>>,
    /// Length of the set when the iteration began; `usize::MAX` after a complaint.
    pub used: Cell<usize>,
    /// Position in the table.
    pub pos: Cell<usize>,
    /// Elements still to come.
    pub len: Cell<usize>,
}
table_layout!(PySetIter => set_iterator);

/// Borrows what a cell owns.
///
/// # Safety
/// The cell is not changed while the borrow lives.
#[inline(always)]
unsafe fn peek<T: Layout>(cell: &Cell<Option<Py<T>>>) -> Option<&T> {
    // SAFETY: by contract.
    unsafe { (*cell.as_ptr()).as_deref() }
}

/// The content of an iterator's cell.
#[inline]
pub fn peek_py<T: Layout>(cell: &Cell<Option<Py<T>>>) -> Option<Py<T>> {
    // SAFETY: making a new reference runs no other code.
    unsafe { peek(cell) }.map(Layout::to_py)
}

impl PyListIter {
    pub fn new(vm: &Vm, list: Py<PyList>) -> Py<PyListIter> {
        let payload = PyListIter { header: no_header(), list: Cell::new(Some(list)), index: Cell::new(0) };
        // SAFETY: `list_iterator` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.list_iterator, payload) }
    }
    /// The next item.
    #[inline(always)]
    pub fn next(&self) -> Option<Obj> {
        // SAFETY: `get` runs no other code.
        let list = unsafe { peek(&self.list) }?;
        let i = self.index.get();
        match list.get(i) {
            Some(v) => {
                self.index.set(i + 1);
                Some(v)
            }
            None => {
                drop(self.list.take());
                None
            }
        }
    }
}

impl PyListRevIter {
    pub fn new(vm: &Vm, list: Py<PyList>) -> Py<PyListRevIter> {
        let index = Cell::new(list.len() as isize - 1);
        let payload = PyListRevIter { header: no_header(), list: Cell::new(Some(list)), index };
        // SAFETY: `list_reverseiterator` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.list_reverseiterator, payload) }
    }
    /// The next item.
    #[inline]
    pub fn next(&self) -> Option<Obj> {
        // SAFETY: `get` runs no other code.
        let list = unsafe { peek(&self.list) }?;
        let i = self.index.get();
        match usize::try_from(i).ok().and_then(|i| list.get(i)) {
            Some(v) => {
                self.index.set(i - 1);
                Some(v)
            }
            None => {
                self.index.set(-1);
                drop(self.list.take());
                None
            }
        }
    }
}

impl PyTupleIter {
    pub fn new(vm: &Vm, tuple: Py<PyTuple>) -> Py<PyTupleIter> {
        let payload = PyTupleIter { header: no_header(), tuple: Cell::new(Some(tuple)), index: Cell::new(0) };
        // SAFETY: `tuple_iterator` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.tuple_iterator, payload) }
    }
    /// The next item.
    #[inline(always)]
    pub fn next(&self) -> Option<Obj> {
        // SAFETY: cloning an item runs no other code.
        let tuple = unsafe { peek(&self.tuple) }?;
        let i = self.index.get();
        match tuple.get(i) {
            Some(v) => {
                self.index.set(i + 1);
                Some(v.clone())
            }
            None => {
                drop(self.tuple.take());
                None
            }
        }
    }
}

impl PyDictIter {
    /// An iterator of one of the six types, from the front or the back.
    pub fn new(vm: &Vm, ty: &PyType, dict: Py<PyDict>, reverse: bool) -> Py<PyDictIter> {
        let used = dict.len();
        let pos = if reverse { dict.end_position() } else { 0 };
        let payload = PyDictIter {
            header: no_header(),
            dict: Cell::new(Some(dict)),
            used: Cell::new(used),
            pos: Cell::new(pos),
            len: Cell::new(used),
            pair: Cell::new(None),
        };
        // SAFETY: the six iterator types have this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, ty, payload) }
    }
    /// Steps with CPython's checks against changes of the dict. `next` finds an entry from a
    /// position, which it moves; it runs no other code.
    #[inline(always)]
    pub fn advance<T>(&self, vm: &Vm, next: impl FnOnce(&PyDict, &mut usize) -> Option<T>) -> PyResult<Option<T>> {
        // SAFETY: reading an entry runs no other code, and the dict is dropped last.
        let Some(dict) = (unsafe { peek(&self.dict) }) else { return Ok(None) };
        if dict.len() != self.used.get() {
            return Err(self.changed_size(vm));
        }
        let mut pos = self.pos.get();
        let Some(found) = next(dict, &mut pos) else {
            drop(self.dict.take());
            return Ok(None);
        };
        self.step(vm, pos)?;
        Ok(Some(found))
    }
    /// The next key.
    #[inline(always)]
    pub fn next_key(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        self.advance(vm, PyDict::next_key)
    }
    /// The next value.
    #[inline(always)]
    pub fn next_value(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        self.advance(vm, PyDict::next_value)
    }
    /// The next key and value.
    #[inline(always)]
    pub fn next_entry(&self, vm: &Vm) -> PyResult<Option<(Obj, Obj)>> {
        self.advance(vm, PyDict::next_entry)
    }
    /// The next key and value going backward.
    #[inline]
    pub fn prev_entry(&self, vm: &Vm) -> PyResult<Option<(Obj, Obj)>> {
        self.advance(vm, PyDict::prev_entry)
    }
    #[inline(always)]
    fn step(&self, vm: &Vm, pos: usize) -> PyResult<()> {
        let left = self.len.get();
        if left == 0 {
            drop(self.dict.take());
            return Err(vm.runtime_error("dictionary keys changed during iteration"));
        }
        self.len.set(left - 1);
        self.pos.set(pos);
        Ok(())
    }
    #[cold]
    #[inline(never)]
    fn changed_size(&self, vm: &Vm) -> crate::error::Raised {
        // The complaint is repeated on every further call.
        self.used.set(usize::MAX);
        vm.runtime_error("dictionary changed size during iteration")
    }
    /// The next `(key, value)` going forward.
    #[inline(always)]
    pub fn next_item(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        Ok(self.next_entry(vm)?.map(|(k, v)| reuse_pair(vm, &self.pair, k, v).into_obj()))
    }
}

impl PySetIter {
    /// An iterator over `set`, whose storage `storage` is.
    pub fn new(vm: &Vm, set: Obj, storage: &PySet) -> Py<PySetIter> {
        let used = storage.len();
        let payload =
            PySetIter { header: no_header(), set: Cell::new(Some(set)), used: Cell::new(used), pos: Cell::new(0), len: Cell::new(used) };
        // SAFETY: `set_iterator` has this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, vm.types.set_iterator, payload) }
    }
    /// The next element.
    #[inline(always)]
    pub fn next(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        // SAFETY: the cell holds a set or frozenset; reading an element runs no other code, and
        // the set is dropped last.
        let set = unsafe {
            match &*self.set.as_ptr() {
                Some(s) => s.r().downcast_unchecked::<PySet>(),
                None => return Ok(None),
            }
        };
        if set.len() != self.used.get() {
            self.used.set(usize::MAX);
            return Err(vm.runtime_error("Set changed size during iteration"));
        }
        let mut pos = self.pos.get();
        match set.next_entry(&mut pos) {
            Some((key, _)) => {
                self.pos.set(pos);
                self.len.set(self.len.get().saturating_sub(1));
                Ok(Some(key))
            }
            None => {
                self.len.set(0);
                drop(self.set.take());
                Ok(None)
            }
        }
    }
}

impl Trace for PySetIter {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.set.trace(v);
    }
    fn unlink(&self) {
        drop(self.set.take());
    }
}

/// `(a, b)`: the tuple in `cell` with new items if nobody else holds it, else a new tuple.
#[inline(always)]
pub fn reuse_pair(vm: &Vm, cell: &Cell<Option<Py<PyTuple>>>, a: Obj, b: Obj) -> Py<PyTuple> {
    // SAFETY: the borrow ends before other code can run (the drops below work on copies).
    if let Some(t) = unsafe { peek(cell) } {
        let h = Layout::header(t);
        if h.refcount() == 1 {
            let result = t.to_py();
            if h.flags() & FLAG_TRACKED == 0 && (may_be_tracked(a.r()) || may_be_tracked(b.r())) {
                crate::gc::track(vm, h);
            }
            t.hash.set(-1);
            // SAFETY: the tuple has two items and only the cell and `result` refer to it; old
            // references move out, new ones in.
            let old = unsafe {
                let p = t.items_ptr() as *mut Value;
                let old = (Obj::from_value(p.read()), Obj::from_value(p.add(1).read()));
                p.write(a.into_value());
                p.add(1).write(b.into_value());
                old
            };
            drop(old);
            return result;
        }
        return pair(vm, a, b);
    }
    let t = pair(vm, a, b);
    cell.set(Some(t.clone()));
    t
}

/// A new `(a, b)`.
#[inline]
pub fn pair(vm: &Vm, a: Obj, b: Obj) -> Py<PyTuple> {
    let items = std::mem::ManuallyDrop::new([a, b]);
    // SAFETY: both references move to the tuple.
    unsafe { PyTuple::from_moved(vm, items.as_ptr() as *const Value, 2) }
}

macro_rules! trace_cells {
    ($($ty:ident: $($field:ident),+;)*) => {
        $(impl Trace for $ty {
            fn trace(&self, v: &mut Visitor<'_>) {
                $(
                    // SAFETY: the visitor does not change the cell.
                    if let Some(x) = unsafe { peek(&self.$field) } {
                        v.visit(Value::from_ptr(x));
                    }
                )+
            }
            fn unlink(&self) {
                $(drop(self.$field.take());)+
            }
        })*
    };
}
trace_cells! {
    PyListIter: list;
    PyListRevIter: list;
    PyTupleIter: tuple;
    PyDictIter: dict, pair;
}
