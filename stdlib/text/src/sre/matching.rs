//! `re.Match`.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::protocol::generic_alias;

use super::pattern::PyPattern;
use super::subject::{Run, Subject};
use super::subst;
use crate::util::{make, no_header};

/// A match that was found.
#[repr(C)]
#[derive(Trace)]
pub struct PyMatch {
    header: Header,
    pub pattern: Py<PyPattern>,
    string: Obj,
    #[trace(skip)]
    pos: usize,
    #[trace(skip)]
    endpos: usize,
    /// Ends of the groups, the whole match first.
    #[trace(skip)]
    spans: Vec<Option<(usize, usize)>>,
    #[trace(skip)]
    last_index: usize,
}

/// The match object of what a run has found.
pub fn new_match(vm: &Vm, pattern: &PyPattern, run: &Run<'_>) -> Py<PyMatch> {
    let mut spans = Vec::with_capacity(pattern.groups + 1);
    spans.push(Some(run.span()));
    spans.extend((1..=pattern.groups).map(|g| run.group(g)));
    make(
        vm,
        PyMatch {
            header: no_header(),
            pattern: pattern.to_py(),
            string: run.subject.obj(),
            pos: run.pos,
            endpos: run.end,
            spans,
            last_index: run.last_index(),
        },
    )
}

impl PyMatch {
    /// The number of a group given by number or name.
    fn index(&self, vm: &Vm, group: Ref<'_>) -> PyResult<usize> {
        let i = match group.value().as_int() {
            Some(i) => Some(i),
            None if vm.has_index(group) => Some(vm.index_clamped(group)? as i64),
            None => self.pattern.groupindex.get(vm, group)?.and_then(|i| i.r().as_int(vm).and_then(IntRef::to_i64)),
        };
        match i {
            Some(i) if i >= 0 && (i as usize) < self.spans.len() => Ok(i as usize),
            _ => Err(vm.index_error("no such group")),
        }
    }
    /// The text of group `i`.
    pub fn text(&self, vm: &Vm, i: usize, default: Ref<'_>) -> PyResult<Obj> {
        let Some((s, e)) = self.spans.get(i).copied().flatten() else { return Ok(default.to_obj()) };
        if let Some(text) = self.string.r().downcast::<PyStr>(vm) {
            let e = e.min(text.len());
            return Ok(text.substring(vm, s.min(e), e).into_obj());
        }
        Ok(Subject::get(vm, self.string.r())?.slice(vm, s, e))
    }
    fn by_key(&self, vm: &Vm, group: Ref<'_>) -> PyResult<Obj> {
        let i = self.index(vm, group)?;
        self.text(vm, i, vm.none())
    }
    fn span(&self, vm: &Vm, group: Ref<'_>) -> PyResult<(isize, isize)> {
        let i = self.index(vm, group)?;
        Ok(ends(self.spans[i]))
    }
    pub fn groups(&self) -> usize {
        self.spans.len()
    }
}

fn ends(span: Option<(usize, usize)>) -> (isize, isize) {
    span.map_or((-1, -1), |(s, e)| (s as isize, e as isize))
}

/// The result of re.match() and re.search().
///
/// Match objects always have a boolean value of True.
#[pyclass(layout = PyMatch, name = "Match", module = "re", flags(DISALLOW_INSTANTIATION, SEQUENCE), own)]
pub mod matching {
    use super::*;

    /// group([group1, ...]) -> str or tuple.
    /// Return subgroup(s) of the match by indices or names.
    /// For 0 returns the entire match.
    #[pymethod("group(self, *args)", nosig)]
    fn group(vm: &Vm, zelf: &PyMatch, args: &[Ref<'_>]) -> PyResult<Obj> {
        match args {
            [] => zelf.text(vm, 0, vm.none()),
            [g] => zelf.by_key(vm, *g),
            many => {
                let mut out = Vec::with_capacity(many.len());
                for g in many {
                    out.push(zelf.by_key(vm, *g)?);
                }
                Ok(vm.tuple(out))
            }
        }
    }
    /// Return index of the start of the substring matched by group.
    #[pymethod("start(self, group=0, /)")]
    fn start(vm: &Vm, zelf: &PyMatch, group: Ref<'_>) -> PyResult<isize> {
        Ok(zelf.span(vm, group)?.0)
    }
    /// Return index of the end of the substring matched by group.
    #[pymethod("end(self, group=0, /)")]
    fn end(vm: &Vm, zelf: &PyMatch, group: Ref<'_>) -> PyResult<isize> {
        Ok(zelf.span(vm, group)?.1)
    }
    /// For match object m, return the 2-tuple (m.start(group), m.end(group)).
    #[pymethod("span(self, group=0, /)")]
    fn span(vm: &Vm, zelf: &PyMatch, group: Ref<'_>) -> PyResult<(isize, isize)> {
        zelf.span(vm, group)
    }
    /// Return a tuple containing all the subgroups of the match, from 1.
    ///
    ///   default
    ///     Is used for groups that did not participate in the match.
    #[pymethod("groups(self, default=None)")]
    fn groups(vm: &Vm, zelf: &PyMatch, default: Ref<'_>) -> PyResult<Obj> {
        let mut out = Vec::with_capacity(zelf.spans.len());
        for i in 1..zelf.spans.len() {
            out.push(zelf.text(vm, i, default)?);
        }
        Ok(vm.tuple(out))
    }
    /// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
    ///
    ///   default
    ///     Is used for groups that did not participate in the match.
    #[pymethod("groupdict(self, default=None)")]
    fn groupdict(vm: &Vm, zelf: &PyMatch, default: Ref<'_>) -> PyResult<Obj> {
        let out = vm.dict();
        let mut pos = 0;
        while let Some((name, i)) = zelf.pattern.groupindex.next_entry(&mut pos) {
            let i = zelf.index(vm, i.r())?;
            let text = zelf.text(vm, i, default)?;
            out.set_owned(vm, name, text)?;
        }
        Ok(out.into_obj())
    }
    /// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
    #[pymethod("expand(self, template)")]
    fn expand(vm: &Vm, zelf: &PyMatch, template: Ref<'_>) -> PyResult<Obj> {
        subst::expand(vm, zelf, template)
    }
    #[pymethod("__copy__(self, /)")]
    fn __copy__(zelf: &PyMatch) -> Obj {
        zelf.to_obj()
    }
    #[pymethod("__deepcopy__(self, memo, /)")]
    fn __deepcopy__(zelf: &PyMatch, _memo: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, item, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
        generic_alias(vm, cls.r(), item)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: Ref<'_>, group: Ref<'_>) -> PyResult<Obj> {
        match zelf.downcast::<PyMatch>(vm) {
            Some(m) => m.by_key(vm, group),
            None => Ok(vm.not_implemented()),
        }
    }
    /// The string passed to match() or search().
    #[member("string")]
    fn get_string(zelf: &PyMatch) -> Obj {
        zelf.string.clone()
    }
    /// The regular expression object.
    #[member("re")]
    fn get_re(zelf: &PyMatch) -> Obj {
        zelf.pattern.r().to_obj()
    }
    /// The index into the string at which the RE engine started looking for a match.
    #[member("pos")]
    fn get_pos(zelf: &PyMatch) -> usize {
        zelf.pos
    }
    /// The index into the string beyond which the RE engine will not go.
    #[member("endpos")]
    fn get_endpos(zelf: &PyMatch) -> usize {
        zelf.endpos
    }
    /// The integer index of the last matched capturing group.
    #[getter("lastindex")]
    fn get_lastindex(zelf: &PyMatch) -> Option<usize> {
        (zelf.last_index > 0).then_some(zelf.last_index)
    }
    /// The name of the last matched capturing group.
    #[getter("lastgroup")]
    fn get_lastgroup(zelf: &PyMatch) -> Option<Obj> {
        if zelf.last_index == 0 {
            return None;
        }
        zelf.pattern.indexgroup.get(zelf.last_index).cloned()
    }
    #[getter("regs")]
    fn get_regs(vm: &Vm, zelf: &PyMatch) -> Obj {
        let pair = |s: &Option<(usize, usize)>| {
            let (s, e) = ends(*s);
            vm.tuple(vec![vm.int_i64(s as i64), vm.int_i64(e as i64)])
        };
        vm.tuple(zelf.spans.iter().map(pair).collect())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyMatch) -> PyResult<Obj> {
        let (s, e) = ends(zelf.spans[0]);
        let text = zelf.text(vm, 0, vm.none())?;
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str(&format!("<{} object; span=({s}, {e}), match=", zelf.r().ty(vm).tp_name()));
        out.push_pystr(&*vm.repr(text.r())?);
        out.push_str(">");
        Ok(out.finish(vm).into_obj())
    }
}
