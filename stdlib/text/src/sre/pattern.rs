//! `re.Pattern`.

use krait_macros::{Trace, pyclass};
use krait_object::bytes::PyBytes;
use krait_object::hash::{hash_bytes, hash_i64};
use krait_object::prelude::*;
use krait_object::protocol::generic_alias;
use krait_types::mapping_proxy::PyMappingProxy;

use super::first::FirstCache;
use super::matching::new_match;
use super::scanner::{PyFindIter, PyScanner};
use super::subject::{Run, Subject};
use super::subst;
use crate::util::{make, no_header};

/// A compiled pattern.
#[repr(C)]
#[derive(Trace)]
pub struct PyPattern {
    pub header: Header,
    pub pattern: Obj,
    #[trace(skip)]
    pub flags: i64,
    #[trace(skip)]
    pub groups: usize,
    /// Group numbers by name.
    pub groupindex: Py<PyDict>,
    /// Names by group number.
    pub indexgroup: Py<PyTuple>,
    #[trace(skip)]
    pub code: Vec<u32>,
    /// Whether it matches bytes; unknown for a pattern without source.
    #[trace(skip)]
    pub is_bytes: Option<bool>,
    /// What matches begin with.
    #[trace(skip)]
    pub first: FirstCache,
}

/// The flags a repr names, by bit.
const FLAG_NAMES: [(i64, &str); 8] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (32, "re.UNICODE"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];

/// Compiled regular expression object.
#[pyclass(layout = PyPattern, name = "Pattern", module = "re", flags(DISALLOW_INSTANTIATION), own, weakref)]
pub mod pattern {
    use super::*;

    /// Matches zero or more characters at the beginning of the string.
    #[pymethod("match(self, string, pos=0, endpos=sys.maxsize)", name = "match")]
    fn match_(vm: &Vm, zelf: &PyPattern, string: Ref<'_>, pos: isize, endpos: isize) -> PyResult<Obj> {
        one(vm, zelf, string, pos, endpos, |run| run.match_here(vm, false))
    }
    /// Matches against all of the string.
    #[pymethod("fullmatch(self, string, pos=0, endpos=sys.maxsize)")]
    fn fullmatch(vm: &Vm, zelf: &PyPattern, string: Ref<'_>, pos: isize, endpos: isize) -> PyResult<Obj> {
        one(vm, zelf, string, pos, endpos, |run| run.match_here(vm, true))
    }
    /// Scan through string looking for a match, and return a corresponding match object instance.
    ///
    /// Return None if no position in the string matches.
    #[pymethod("search(self, string, pos=0, endpos=sys.maxsize)")]
    fn search(vm: &Vm, zelf: &PyPattern, string: Ref<'_>, pos: isize, endpos: isize) -> PyResult<Obj> {
        one(vm, zelf, string, pos, endpos, |run| run.search(vm))
    }
    /// Return a list of all non-overlapping matches of pattern in string.
    #[pymethod("findall(self, string, pos=0, endpos=sys.maxsize)")]
    fn findall(vm: &Vm, zelf: &PyPattern, string: Ref<'_>, pos: isize, endpos: isize) -> PyResult<Obj> {
        let subject = Subject::for_pattern(vm, zelf, string)?;
        let mut run = Run::new(zelf, &subject, pos, endpos);
        let mut out = Vec::new();
        while run.search(vm)? {
            let part = |g: usize| {
                let (s, e) = run.group(g).unwrap_or((0, 0));
                subject.slice(vm, s, e)
            };
            out.push(match zelf.groups {
                0 => {
                    let (s, e) = run.span();
                    subject.slice(vm, s, e)
                }
                1 => part(1),
                n => vm.tuple((1..=n).map(part).collect()),
            });
            run.advance();
        }
        Ok(vm.list(out))
    }
    /// Return an iterator over all non-overlapping matches for the RE pattern in string.
    ///
    /// For each match, the iterator returns a match object.
    #[pymethod("finditer(self, string, pos=0, endpos=sys.maxsize)")]
    fn finditer(vm: &Vm, zelf: &PyPattern, string: Ref<'_>, pos: isize, endpos: isize) -> PyResult<Py<PyFindIter>> {
        PyFindIter::create(vm, PyScanner::create(vm, zelf, string, pos, endpos)?)
    }
    #[pymethod("scanner(self, string, pos=0, endpos=sys.maxsize)")]
    fn scanner(vm: &Vm, zelf: &PyPattern, string: Ref<'_>, pos: isize, endpos: isize) -> PyResult<Py<PyScanner>> {
        PyScanner::create(vm, zelf, string, pos, endpos)
    }
    /// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.
    #[pymethod("sub(self, repl, string, count=0)")]
    fn sub(vm: &Vm, zelf: &PyPattern, repl: Ref<'_>, string: Ref<'_>, count: isize) -> PyResult<Obj> {
        Ok(subst::substitute(vm, zelf, repl, string, count)?.0)
    }
    /// Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.
    #[pymethod("subn(self, repl, string, count=0)")]
    fn subn(vm: &Vm, zelf: &PyPattern, repl: Ref<'_>, string: Ref<'_>, count: isize) -> PyResult<(Obj, usize)> {
        subst::substitute(vm, zelf, repl, string, count)
    }
    /// Split string by the occurrences of pattern.
    #[pymethod("split(self, string, maxsplit=0)")]
    fn split(vm: &Vm, zelf: &PyPattern, string: Ref<'_>, maxsplit: isize) -> PyResult<Obj> {
        let subject = Subject::for_pattern(vm, zelf, string)?;
        let mut run = Run::new(zelf, &subject, 0, isize::MAX);
        let mut out = Vec::new();
        let (mut n, mut last) = (0, 0);
        while maxsplit == 0 || n < maxsplit {
            if !run.search(vm)? {
                break;
            }
            let (s, e) = run.span();
            out.push(subject.slice(vm, last, s));
            for g in 1..=zelf.groups {
                out.push(run.group(g).map_or_else(Obj::none, |(s, e)| subject.slice(vm, s, e)));
            }
            last = e;
            n += 1;
            run.advance();
        }
        out.push(subject.slice(vm, last, subject.len()));
        Ok(vm.list(out))
    }
    #[pymethod("__copy__(self, /)")]
    fn __copy__(zelf: &PyPattern) -> Obj {
        zelf.to_obj()
    }
    #[pymethod("__deepcopy__(self, memo, /)")]
    fn __deepcopy__(zelf: &PyPattern, _memo: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    /// See PEP 585
    #[pyclassmethod("__class_getitem__(cls, item, /)")]
    fn __class_getitem__(vm: &Vm, cls: &PyType, item: Ref<'_>) -> PyResult<Obj> {
        generic_alias(vm, cls.r(), item)
    }
    /// The pattern string from which the RE object was compiled.
    #[member("pattern")]
    fn get_pattern(zelf: &PyPattern) -> Obj {
        zelf.pattern.clone()
    }
    /// The regex matching flags.
    #[member("flags")]
    fn get_flags(zelf: &PyPattern) -> i64 {
        zelf.flags
    }
    /// The number of capturing groups in the pattern.
    #[member("groups")]
    fn get_groups(zelf: &PyPattern) -> usize {
        zelf.groups
    }
    /// A dictionary mapping group names to group numbers.
    #[getter("groupindex")]
    fn get_groupindex(vm: &Vm, zelf: &PyPattern) -> Obj {
        PyMappingProxy::new(vm, zelf.groupindex.r().to_obj()).into_obj()
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyPattern) -> PyResult<Obj> {
        let mut flags = zelf.flags;
        if zelf.is_bytes == Some(false) && flags & (4 | 32 | 256) == 32 {
            flags &= !32;
        }
        let mut names: Vec<String> = Vec::new();
        for (bit, name) in FLAG_NAMES {
            if flags & bit != 0 {
                flags &= !bit;
                names.push(name.to_owned());
            }
        }
        if flags != 0 {
            names.push(format!("0x{flags:x}"));
        }
        let text = vm.repr(zelf.pattern.r())?;
        let mut out = krait_object::str::StrBuilder::new();
        out.push_str("re.compile(");
        out.push_range(&text, 0, text.len().min(200));
        if !names.is_empty() {
            out.push_str(", ");
            out.push_str(&names.join("|"));
        }
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyPattern) -> PyResult<i64> {
        let code: Vec<u8> = zelf.code.iter().flat_map(|c| c.to_ne_bytes()).collect();
        let mut h = vm.hash(zelf.pattern.r())?;
        h ^= hash_bytes(vm.interp.hash_secret.get(), &code);
        h ^= zelf.flags;
        h ^= i64::from(zelf.is_bytes.map_or(-1, i32::from));
        h ^= hash_i64(zelf.code.len() as i64);
        Ok(krait_object::hash::fix(h))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyPattern, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(o) = other.downcast::<PyPattern>(vm).filter(|_| matches!(op, CmpOp::Eq | CmpOp::Ne)) else {
            return Ok(vm.not_implemented());
        };
        let same = std::ptr::eq(zelf, o)
            || (zelf.flags == o.flags && zelf.is_bytes == o.is_bytes && zelf.code == o.code && vm.eq(zelf.pattern.r(), o.pattern.r())?);
        Ok(Obj::bool(same == (op == CmpOp::Eq)))
    }
}

impl PyPattern {
    /// A pattern of checked parts.
    pub fn create(
        vm: &Vm,
        pattern: Obj,
        flags: i64,
        code: Vec<u32>,
        groups: usize,
        groupindex: Py<PyDict>,
        indexgroup: Py<PyTuple>,
    ) -> PyResult<Py<PyPattern>> {
        let is_bytes = if pattern.r().is_none() {
            None
        } else if pattern.r().is_instance_of::<PyStr>(vm) {
            Some(false)
        } else {
            // Any bytes-like object will do.
            if !pattern.r().is_instance_of::<PyBytes>(vm) {
                Subject::get(vm, pattern.r())?;
            }
            Some(true)
        };
        Ok(make(
            vm,
            PyPattern { header: no_header(), pattern, flags, groups, groupindex, indexgroup, code, is_bytes, first: FirstCache::default() },
        ))
    }
}

/// One attempt, whose match object or None is the result.
fn one(
    vm: &Vm,
    zelf: &PyPattern,
    string: Ref<'_>,
    pos: isize,
    endpos: isize,
    f: impl FnOnce(&mut Run<'_>) -> PyResult<bool>,
) -> PyResult<Obj> {
    let subject = Subject::for_pattern(vm, zelf, string)?;
    let mut run = Run::new(zelf, &subject, pos, endpos);
    Ok(if f(&mut run)? { new_match(vm, zelf, &run).into_obj() } else { Obj::none() })
}
