//! Scanners, which match on from where they are, and the iterators of `finditer`.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;

use super::matching::{PyMatch, new_match};
use super::pattern::PyPattern;
use super::subject::{Run, Subject};
use crate::util::{make, no_header};

/// A place in a string.
#[repr(C)]
#[derive(Trace)]
pub struct PyScanner {
    header: Header,
    pattern: Py<PyPattern>,
    string: Obj,
    #[trace(skip)]
    pos: isize,
    #[trace(skip)]
    endpos: isize,
    /// Where the next match may begin; nothing once a match has failed.
    #[trace(skip)]
    start: Cell<Option<usize>>,
    #[trace(skip)]
    must_advance: Cell<bool>,
    #[trace(skip)]
    running: Cell<bool>,
}

impl PyScanner {
    pub fn create(vm: &Vm, pattern: &PyPattern, string: Ref<'_>, pos: isize, endpos: isize) -> PyResult<Py<PyScanner>> {
        let subject = Subject::for_pattern(vm, pattern, string)?;
        let start = pos.clamp(0, subject.len() as isize) as usize;
        Ok(make(
            vm,
            PyScanner {
                header: no_header(),
                pattern: pattern.to_py(),
                string: string.to_obj(),
                pos,
                endpos,
                start: Cell::new(Some(start)),
                must_advance: Cell::new(false),
                running: Cell::new(false),
            },
        ))
    }
    fn step(&self, vm: &Vm, f: fn(&mut Run<'_>, &Vm) -> PyResult<bool>) -> PyResult<Option<Py<PyMatch>>> {
        if self.running.get() {
            return Err(vm.value_error("regular expression scanner already executing"));
        }
        let Some(start) = self.start.get() else { return Ok(None) };
        let subject = Subject::for_pattern(vm, &self.pattern, self.string.r())?;
        let mut run = Run::new(&self.pattern, &subject, self.pos, self.endpos);
        run.start = start;
        run.must_advance = self.must_advance.get();
        self.running.set(true);
        let found = f(&mut run, vm);
        self.running.set(false);
        if !found? {
            self.start.set(None);
            return Ok(None);
        }
        let m = new_match(vm, &self.pattern, &run);
        run.advance();
        self.start.set(Some(run.start));
        self.must_advance.set(run.must_advance);
        Ok(Some(m))
    }
}

#[pyclass(layout = PyScanner, name = "SRE_Scanner", module = "_sre", flags(DISALLOW_INSTANTIATION), own)]
pub mod scanner {
    use super::*;

    #[pymethod("match(self, /)", name = "match")]
    fn match_(vm: &Vm, zelf: &PyScanner) -> PyResult<Option<Py<PyMatch>>> {
        zelf.step(vm, |run, vm| run.match_here(vm, false))
    }
    #[pymethod("search(self, /)")]
    fn search(vm: &Vm, zelf: &PyScanner) -> PyResult<Option<Py<PyMatch>>> {
        zelf.step(vm, |run, vm| run.search(vm))
    }
    #[member("pattern")]
    fn get_pattern(zelf: &PyScanner) -> Obj {
        zelf.pattern.r().to_obj()
    }
}

/// The iterator of `Pattern.finditer`.
#[repr(C)]
#[derive(Trace)]
pub struct PyFindIter {
    header: Header,
    scanner: Py<PyScanner>,
}

impl PyFindIter {
    pub fn create(vm: &Vm, scanner: Py<PyScanner>) -> PyResult<Py<PyFindIter>> {
        Ok(make(vm, PyFindIter { header: no_header(), scanner }))
    }
}

#[pyclass(layout = PyFindIter, name = "callable_iterator", flags(DISALLOW_INSTANTIATION), own)]
pub mod finditer {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &PyFindIter) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyFindIter) -> PyResult<Option<Obj>> {
        Ok(zelf.scanner.step(vm, |run, vm| run.search(vm))?.map(Py::into_obj))
    }
}
