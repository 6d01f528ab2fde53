//! Matching at a place and searching, with the shortcuts the `INFO` block allows.

use krait_object::error::PyResult;
use krait_object::vm::Vm;

use super::chars::in_set;
use super::codes::{info, op};
use super::engine::{Matcher, Request, Scratch, Unit};
use super::first::FirstSet;

/// The string to match in.
#[derive(Copy, Clone)]
pub enum Text<'a> {
    One(&'a [u8]),
    Two(&'a [u16]),
    Four(&'a [u32]),
}

/// Matches at `req.start`.
pub fn match_at(vm: &Vm, text: Text<'_>, req: &Request<'_>, m: &mut Scratch) -> PyResult<bool> {
    match text {
        Text::One(s) => Matcher::new(vm, s, req, m).run(req.start, 0),
        Text::Two(s) => Matcher::new(vm, s, req, m).run(req.start, 0),
        Text::Four(s) => Matcher::new(vm, s, req, m).run(req.start, 0),
    }
}

/// Finds the first match from `req.start` on.
pub fn search(vm: &Vm, text: Text<'_>, req: &Request<'_>, m: &mut Scratch) -> PyResult<bool> {
    match text {
        Text::One(s) => Matcher::new(vm, s, req, m).search(req.start),
        Text::Two(s) => Matcher::new(vm, s, req, m).search(req.start),
        Text::Four(s) => Matcher::new(vm, s, req, m).search(req.start),
    }
}

impl<'a, T: Unit> Matcher<'a, T> {
    fn search(&mut self, start: usize) -> PyResult<bool> {
        if start > self.end {
            return Ok(false);
        }
        let mut last = self.end;
        let mut pc = 0;
        if self.c(0) == op::INFO {
            let flags = self.c(2);
            let min = self.c(3) as usize;
            if self.end - start < min {
                return Ok(false);
            }
            last = if min > 0 { self.end - min } else { self.end };
            pc = 1 + self.c(1) as usize;
            if flags & info::PREFIX != 0 {
                return self.search_prefix(start, last, pc, flags & info::LITERAL != 0);
            }
            if flags & info::CHARSET != 0 && self.first.get(self.code, self.flags, last - start).is_none() {
                return self.search_charset(start, last, pc);
            }
        }
        let anchored = self.c(pc) == op::AT && matches!(self.c(pc + 1), 0 | 2);
        if !anchored && let Some(set) = self.first.get(self.code, self.flags, last - start) {
            return self.search_first(start, last, pc, set);
        }
        if self.run(start, pc)? {
            return Ok(true);
        }
        self.must_advance = false;
        // Nothing but the very beginning can match.
        if anchored {
            return Ok(false);
        }
        for at in start + 1..=last {
            self.tick()?;
            if self.run(at, pc)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    /// The match begins with known characters.
    fn search_prefix(&mut self, start: usize, last: usize, pc: usize, whole: bool) -> PyResult<bool> {
        let n = self.c(5) as usize;
        let code = self.code;
        let Some(prefix) = code.get(7..7 + n).filter(|p| !p.is_empty()) else { return Ok(false) };
        let Some(first) = T::from_code(prefix[0]) else { return Ok(false) };
        let mut at = start;
        while at <= last {
            match T::find(&self.s[at..(last + 1).min(self.end)], first) {
                Some(i) => at += i,
                None => return Ok(false),
            }
            let fits = self.s.get(at..at + n).is_some_and(|p| p.iter().zip(prefix).all(|(x, y)| x.code() == *y));
            if fits {
                if whole {
                    self.m.marks.fill(super::engine::UNSET);
                    self.m.last_index = 0;
                    self.m.start = at;
                    self.m.end = at + n;
                    return Ok(true);
                }
                self.must_advance &= at == start;
                if self.run(at, pc)? {
                    return Ok(true);
                }
            }
            at += 1;
            self.tick()?;
        }
        Ok(false)
    }
    /// As [`search_charset`](Self::search_charset), with the set as a table.
    fn search_first(&mut self, start: usize, last: usize, pc: usize, set: &FirstSet) -> PyResult<bool> {
        let mut at = start;
        loop {
            match self.s.get(at..(last + 1).min(self.end)).and_then(|s| s.iter().position(|c| set.has(c.code()))) {
                Some(i) => at += i,
                None => return Ok(false),
            }
            self.must_advance &= at == start;
            if self.run(at, pc)? {
                return Ok(true);
            }
            at += 1;
            self.tick()?;
        }
    }
    /// The match begins with a character of a known set.
    fn search_charset(&mut self, start: usize, last: usize, pc: usize) -> PyResult<bool> {
        let code = self.code;
        let set = code.get(5..).unwrap_or(&[]);
        let mut at = start;
        loop {
            match self.s.get(at..(last + 1).min(self.end)).and_then(|s| s.iter().position(|c| in_set(set, c.code()))) {
                Some(i) => at += i,
                None => return Ok(false),
            }
            self.must_advance &= at == start;
            if self.run(at, pc)? {
                return Ok(true);
            }
            at += 1;
            self.tick()?;
        }
    }
}
