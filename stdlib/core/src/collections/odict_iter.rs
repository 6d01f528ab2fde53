//! Iterators over ordered dicts and their views.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::iterators::pair;
use krait_object::prelude::*;

use super::odict::PyODict;
use crate::util::{builtin, make, no_header, peek_py};

/// What an iterator gives.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum What {
    Keys,
    Values,
    Items,
}

#[repr(C)]
#[derive(Trace)]
pub struct PyODictIter {
    header: Header,
    /// Taken when exhausted.
    od: Cell<Option<Py<PyODict>>>,
    #[trace(skip)]
    what: What,
    #[trace(skip)]
    reverse: bool,
    #[trace(skip)]
    pos: Cell<usize>,
    /// Version of the dict's keys when iteration began.
    #[trace(skip)]
    version: u32,
    #[trace(skip)]
    len: usize,
}

impl PyODictIter {
    pub fn create(vm: &Vm, od: &PyODict, what: What, reverse: bool) -> Obj {
        let pos = if reverse { od.dict.end_position() } else { od.dict.first_position(&od.hint) };
        let payload = PyODictIter {
            header: no_header(),
            od: Cell::new(Some(od.to_py())),
            what,
            reverse,
            pos: Cell::new(pos),
            version: od.dict.keys_version(vm.interp),
            len: od.dict.len(),
        };
        make(vm, payload).into_obj()
    }
    fn advance(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        let Some(od) = peek_py(&self.od) else { return Ok(None) };
        let d = &od.dict;
        if d.current_version() != self.version || d.len() != self.len {
            drop(self.od.take());
            return Err(vm.runtime_error("OrderedDict mutated during iteration"));
        }
        let mut pos = self.pos.get();
        let entry = if self.reverse { d.prev_entry(&mut pos) } else { d.next_entry(&mut pos) };
        self.pos.set(pos);
        let Some((key, value)) = entry else {
            drop(self.od.take());
            return Ok(None);
        };
        if self.what == What::Keys {
            return Ok(Some(key));
        }
        let value = if od.r().is_exact::<PyODict>(vm) { value } else { vm.getitem(od.r(), key.r())? };
        Ok(Some(match self.what {
            What::Items => pair(vm, key, value).into_obj(),
            _ => value,
        }))
    }
}

#[pyclass(layout = PyODictIter, name = "odict_iterator", own, flags(DISALLOW_INSTANTIATION))]
pub mod odict_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyODictIter) -> PyResult<Option<Obj>> {
        zelf.advance(vm)
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyODictIter) -> PyResult<Obj> {
        // The rest is listed by a copy, so that the iterator stays where it is.
        let mut rest = Vec::new();
        if let Some(od) = peek_py(&zelf.od) {
            let copy = PyODictIter {
                header: no_header(),
                od: Cell::new(Some(od)),
                what: zelf.what,
                reverse: zelf.reverse,
                pos: Cell::new(zelf.pos.get()),
                version: zelf.version,
                len: zelf.len,
            };
            while let Some(v) = copy.advance(vm)? {
                rest.push(v);
            }
        }
        Ok(vm.tuple(vec![builtin(vm, "iter")?, vm.tuple(vec![vm.list(rest)])]))
    }
}
