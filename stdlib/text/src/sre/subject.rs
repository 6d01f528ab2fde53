//! The strings patterns are matched against.

use std::cell::Cell;

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::prelude::*;
use krait_object::str::StrData;

use super::engine::{Request, Scratch};
use super::pattern::PyPattern;
use super::search::{self, Text};
use crate::util::bytes_part;

/// A held string or buffer.
pub enum Subject {
    Str(Py<PyStr>),
    Bytes(Obj, Buffer),
}

impl Subject {
    /// Takes hold of a str or bytes-like object.
    pub fn get(vm: &Vm, o: Ref<'_>) -> PyResult<Subject> {
        if let Some(s) = o.downcast::<PyStr>(vm) {
            return Ok(Subject::Str(s.to_py()));
        }
        if !has_buffer(vm, o) {
            return Err(vm.type_error(format!("expected string or bytes-like object, got '{}'", o.ty(vm).tp_name())));
        }
        Ok(Subject::Bytes(o.to_obj(), Buffer::simple(vm, o)?))
    }
    /// The same, checked against what the pattern is made of.
    pub fn for_pattern(vm: &Vm, pattern: &PyPattern, o: Ref<'_>) -> PyResult<Subject> {
        let s = Subject::get(vm, o)?;
        match (&s, pattern.is_bytes) {
            (Subject::Bytes(..), Some(false)) => Err(vm.type_error("cannot use a string pattern on a bytes-like object")),
            (Subject::Str(_), Some(true)) => Err(vm.type_error("cannot use a bytes pattern on a string-like object")),
            _ => Ok(s),
        }
    }
    pub fn text(&self) -> Text<'_> {
        match self {
            Subject::Str(s) => match s.data() {
                StrData::Ascii(d) | StrData::Latin1(d) => Text::One(d),
                StrData::Ucs2(d) => Text::Two(d),
                StrData::Ucs4(d) => Text::Four(d),
            },
            Subject::Bytes(_, b) => Text::One(b.as_slice()),
        }
    }
    pub fn len(&self) -> usize {
        match self {
            Subject::Str(s) => s.len(),
            Subject::Bytes(_, b) => b.len(),
        }
    }
    /// The part from `start` to `end`, clamped to the string.
    pub fn slice(&self, vm: &Vm, start: usize, end: usize) -> Obj {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            Subject::Str(s) => s.substring(vm, start, end).into_obj(),
            Subject::Bytes(o, b) => bytes_part(vm, o.r(), b.as_slice(), start, end),
        }
    }
    pub fn obj(&self) -> Obj {
        match self {
            Subject::Str(s) => s.r().to_obj(),
            Subject::Bytes(o, _) => o.clone(),
        }
    }
}

thread_local! {
    static SPARE: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// A run of matches over one string.
pub struct Run<'a> {
    pub subject: &'a Subject,
    pattern: &'a PyPattern,
    /// Where the next match may begin.
    pub start: usize,
    pub pos: usize,
    pub end: usize,
    pub must_advance: bool,
    scratch: Box<Scratch>,
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        SPARE.set(Some(std::mem::take(&mut self.scratch)));
    }
}

impl<'a> Run<'a> {
    /// A run from `pos` to `endpos`.
    pub fn new(pattern: &'a PyPattern, subject: &'a Subject, pos: isize, endpos: isize) -> Run<'a> {
        let len = subject.len() as isize;
        let pos = pos.clamp(0, len) as usize;
        let end = endpos.clamp(0, len) as usize;
        Run { subject, pattern, start: pos, pos, end, must_advance: false, scratch: SPARE.take().unwrap_or_default() }
    }
    fn request(&self, full: bool) -> Request<'a> {
        let p = self.pattern;
        Request {
            code: &p.code,
            groups: p.groups,
            start: self.start,
            end: self.end,
            full,
            must_advance: self.must_advance,
            first: &p.first,
            flags: p.flags,
        }
    }
    /// Matches at the start.
    pub fn match_here(&mut self, vm: &Vm, full: bool) -> PyResult<bool> {
        if self.start > self.end {
            return Ok(false);
        }
        let req = self.request(full);
        search::match_at(vm, self.subject.text(), &req, &mut self.scratch)
    }
    /// Finds the next match.
    pub fn search(&mut self, vm: &Vm) -> PyResult<bool> {
        let req = self.request(false);
        search::search(vm, self.subject.text(), &req, &mut self.scratch)
    }
    /// The ends of the match found.
    pub fn span(&self) -> (usize, usize) {
        (self.scratch.start, self.scratch.end)
    }
    /// The next match must begin after this one.
    pub fn advance(&mut self) {
        let (s, e) = self.span();
        self.must_advance = s == e;
        self.start = e;
    }
    /// The ends of group `g` (from 1) of the match found, if it took part.
    pub fn group(&self, g: usize) -> Option<(usize, usize)> {
        let m = &self.scratch.marks;
        let (s, e) = (*m.get(2 * g - 2)?, *m.get(2 * g - 1)?);
        (s != super::engine::UNSET && e != super::engine::UNSET).then_some((s, e.max(s)))
    }
    /// Number of the last group closed.
    pub fn last_index(&self) -> usize {
        self.scratch.last_index
    }
}
