//! Result tuples that are given out again when the caller has let go of them.

use std::cell::Cell;

use krait_object::gc::{Trace, Visitor};
use krait_object::header::FLAG_TRACKED;
use krait_object::prelude::*;
use krait_object::tuple::may_be_tracked;

use crate::util::with_cell;

/// The tuple given out last.
#[derive(Default)]
pub struct ResultTuple(Cell<Option<Py<PyTuple>>>);

impl Trace for ResultTuple {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.0.trace(v);
    }
    fn unlink(&self) {
        drop(self.0.take());
    }
}

impl ResultTuple {
    /// Remembers the first result.
    pub fn start(&self, t: &Py<PyTuple>) {
        drop(self.0.replace(Some(t.clone())));
    }
    pub fn is_started(&self) -> bool {
        with_cell(&self.0, Option::is_some)
    }
    pub fn reset(&self) {
        drop(self.0.take());
    }
    /// The last result with the items from `from` on replaced by `item(i)`. `item` must not run
    /// Python code.
    #[inline]
    pub fn next(&self, vm: &Vm, from: usize, item: impl Fn(usize) -> Obj) -> Obj {
        let Some(last) = with_cell(&self.0, Option::clone) else { return vm.tuple(Vec::new()) };
        let n = last.len();
        let h = Layout::header(&*last);
        // The cell and `last`.
        if h.refcount() == 2 {
            last.hash.set(-1);
            for i in from..n {
                let new = item(i);
                if h.flags() & FLAG_TRACKED == 0 && may_be_tracked(new.r()) {
                    krait_object::gc::track(vm, h);
                }
                // SAFETY: `i` is in range and only the cell and `last` refer to the tuple: the old
                // reference moves out, the new one in. If dropping the old one runs code that
                // asks for the next result, it sees a third reference and leaves the tuple alone.
                let old = unsafe {
                    let p = last.items_ptr().add(i) as *mut Value;
                    let old = p.read();
                    p.write(new.into_value());
                    Obj::from_value(old)
                };
                drop(old);
            }
            return last.into_obj();
        }
        let old = last.as_slice();
        let t = PyTuple::from_iter_exact(vm, n, (0..n).map(|i| if i < from { old[i].clone() } else { item(i) }));
        drop(self.0.replace(Some(t.clone())));
        t.into_obj()
    }
}
