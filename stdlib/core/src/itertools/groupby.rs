//! `groupby` and the groups it gives.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::iterators::pair;
use krait_object::prelude::*;

use crate::util::{instance, make, no_header, peek_obj};

#[repr(C)]
#[derive(Trace)]
pub struct PyGroupBy {
    header: Header,
    it: Obj,
    keyfunc: Option<Obj>,
    /// Key of the group given out last.
    target: Cell<Option<Obj>>,
    key: Cell<Option<Obj>>,
    value: Cell<Option<Obj>>,
    /// Address of the group that may still take items; only compared.
    #[trace(skip)]
    group: Cell<usize>,
}

impl PyGroupBy {
    /// Reads the next item. False at the end.
    fn step(&self, vm: &Vm) -> PyResult<bool> {
        let Some(value) = vm.iter_next(self.it.r())? else { return Ok(false) };
        let key = match &self.keyfunc {
            Some(f) => vm.call1(f.r(), value.r())?,
            None => value.clone(),
        };
        drop(self.value.replace(Some(value)));
        drop(self.key.replace(Some(key)));
        Ok(true)
    }
}

/// make an iterator that returns consecutive keys and groups from the iterable
///
///   iterable
///     Elements to divide into groups according to the key function.
///   key
///     A function for computing the group category for each element.
///     If the key function is not specified or is None, the element itself
///     is used for grouping.
#[pyclass(layout = PyGroupBy, name = "groupby", module = "itertools", own, flags(BASETYPE))]
pub mod groupby {
    use super::*;

    #[pynew("groupby(iterable, key=None)")]
    fn new(vm: &Vm, cls: &PyType, iterable: Ref<'_>, key: Option<Ref<'_>>) -> PyResult<Obj> {
        let payload = PyGroupBy {
            header: no_header(),
            it: vm.iter(iterable)?,
            keyfunc: key.map(|k| k.to_obj()),
            target: Cell::new(None),
            key: Cell::new(None),
            value: Cell::new(None),
            group: Cell::new(0),
        };
        instance(vm, cls, payload)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyGroupBy) -> PyResult<Option<Obj>> {
        zelf.group.set(0);
        // Skip what is left of the last group.
        loop {
            if let Some(key) = peek_obj(&zelf.key) {
                match peek_obj(&zelf.target) {
                    Some(t) if vm.eq(t.r(), key.r())? => {}
                    _ => break,
                }
            }
            if !zelf.step(vm)? {
                return Ok(None);
            }
        }
        let Some(key) = peek_obj(&zelf.key) else { return Ok(None) };
        drop(zelf.target.replace(Some(key.clone())));
        let group = make(vm, PyGrouper { header: no_header(), parent: zelf.to_py(), target: key.clone() });
        zelf.group.set(group.as_ptr() as usize);
        Ok(Some(pair(vm, key, group.into_obj()).into_obj()))
    }
}

#[repr(C)]
#[derive(Trace)]
pub struct PyGrouper {
    header: Header,
    parent: Py<PyGroupBy>,
    target: Obj,
}

impl Drop for PyGrouper {
    fn drop(&mut self) {
        // Another group must not be taken for this one because it got the same memory.
        if self.parent.group.get() == self as *const PyGrouper as usize {
            self.parent.group.set(0);
        }
    }
}

#[pyclass(layout = PyGrouper, name = "_grouper", module = "itertools", own)]
pub mod grouper {
    use super::*;

    #[pynew("_grouper(parent, tgtkey, /)")]
    fn new(vm: &Vm, cls: &PyType, parent: &PyGroupBy, tgtkey: Ref<'_>) -> PyResult<Obj> {
        let new = instance(vm, cls, PyGrouper { header: no_header(), parent: parent.to_py(), target: tgtkey.to_obj() })?;
        parent.group.set(new.value().header_ptr() as usize);
        Ok(new)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyGrouper) -> PyResult<Option<Obj>> {
        let g = &*zelf.parent;
        let here = zelf as *const PyGrouper as usize;
        if g.group.get() != here {
            return Ok(None);
        }
        if peek_obj(&g.value).is_none() && !g.step(vm)? {
            return Ok(None);
        }
        let Some(key) = peek_obj(&g.key) else { return Ok(None) };
        if !vm.eq(zelf.target.r(), key.r())? {
            return Ok(None);
        }
        drop(g.key.take());
        Ok(g.value.take())
    }
}
