//! The matcher: runs regular expression code over strings of one, two or four bytes a character.
//!
//! Matching backtracks over one explicit stack. It holds choices still open and, between them,
//! the old values of everything changed since, so that going back to a choice restores captures
//! and repeat counters exactly. Bodies of assertions, atomic groups and possessive repeats are
//! fenced by a record on a second stack; when such a body succeeds, its open choices are dropped
//! and its changes stay.

use krait_object::error::PyResult;
use krait_object::vm::Vm;

use super::chars::*;
use super::codes::{MAXREPEAT, op};
use super::first::FirstCache;

/// A unit of string storage.
pub trait Unit: Copy + PartialEq {
    fn code(self) -> u32;
    /// The unit for a character, if it can be one.
    fn from_code(c: u32) -> Option<Self>;
    /// Position of the first `c` in `s`.
    fn find(s: &[Self], c: Self) -> Option<usize> {
        s.iter().position(|x| *x == c)
    }
}

impl Unit for u8 {
    #[inline(always)]
    fn code(self) -> u32 {
        u32::from(self)
    }
    fn from_code(c: u32) -> Option<u8> {
        u8::try_from(c).ok()
    }
    fn find(s: &[u8], c: u8) -> Option<usize> {
        memchr::memchr(c, s)
    }
}
impl Unit for u16 {
    #[inline(always)]
    fn code(self) -> u32 {
        u32::from(self)
    }
    fn from_code(c: u32) -> Option<u16> {
        u16::try_from(c).ok()
    }
}
impl Unit for u32 {
    #[inline(always)]
    fn code(self) -> u32 {
        self
    }
    fn from_code(c: u32) -> Option<u32> {
        Some(c)
    }
}

/// A position or mark that is not set.
pub const UNSET: usize = usize::MAX;

/// A running `REPEAT`.
#[derive(Copy, Clone)]
struct Repeat {
    count: usize,
    /// Where the `REPEAT` instruction's operands are.
    code: usize,
    prev: usize,
    last: usize,
}

/// An entry of the backtracking stack.
#[derive(Copy, Clone)]
enum Entry {
    /// Try the alternative of a `BRANCH` at `code`.
    Branch {
        code: usize,
        ptr: usize,
    },
    /// Give back one character of a greedy single-character repeat.
    Greedy {
        tail: usize,
        ptr: usize,
        min: usize,
    },
    /// Take one more character in a lazy one.
    Lazy {
        code: usize,
        ptr: usize,
        left: usize,
    },
    /// Leave the repeat `rep`, whose `UNTIL` is at `code`.
    LeaveRepeat {
        code: usize,
        ptr: usize,
        rep: usize,
    },
    /// Another round of the lazy repeat `rep`.
    AgainRepeat {
        code: usize,
        ptr: usize,
        rep: usize,
    },
    /// A fenced body failed.
    Fence,
    // Old values.
    Mark {
        index: usize,
        old: usize,
    },
    LastIndex {
        old: usize,
    },
    Count {
        rep: usize,
        count: usize,
        last: usize,
    },
    Current {
        old: usize,
    },
    NewRepeat,
}

/// A fenced body.
#[derive(Copy, Clone)]
struct Fence {
    /// The instruction whose body runs.
    code: usize,
    /// Where it began.
    ptr: usize,
    /// Stack height above the fence's own entry.
    height: usize,
    /// Rounds of a possessive repeat.
    count: usize,
    /// Where the round before began.
    last: usize,
}

/// Matching state that is reused from one match to the next.
#[derive(Default)]
pub struct Scratch {
    stack: Vec<Entry>,
    fences: Vec<Fence>,
    repeats: Vec<Repeat>,
    /// Ends of groups: `2 * i` where group `i + 1` begins, `2 * i + 1` where it ends.
    pub marks: Vec<usize>,
    /// The last group closed, 0 for none.
    pub last_index: usize,
    /// Start and end of the match.
    pub start: usize,
    pub end: usize,
}

/// What to match where.
pub struct Request<'a> {
    pub code: &'a [u32],
    pub groups: usize,
    pub start: usize,
    pub end: usize,
    /// The match must reach the end.
    pub full: bool,
    /// The match must not be empty and at the start.
    pub must_advance: bool,
    /// What a match may begin with.
    pub first: &'a FirstCache,
    /// The pattern's flags.
    pub flags: i64,
}

/// How a step went on.
enum Step {
    Next,
    Fail,
    Matched,
}

pub(super) struct Matcher<'a, T> {
    vm: &'a Vm,
    pub(super) s: &'a [T],
    pub(super) code: &'a [u32],
    /// The end of the searched part; `s` ends there.
    pub(super) end: usize,
    pub(super) full: bool,
    pub(super) must_advance: bool,
    pub(super) first: &'a FirstCache,
    pub(super) flags: i64,
    pub(super) m: &'a mut Scratch,
    start: usize,
    ptr: usize,
    pc: usize,
    current: usize,
    ticks: u32,
}

/// Does the single-character instruction at `pc` of `code` accept the character?
#[inline]
pub(super) fn accepts(code: &[u32], pc: usize, c: u32) -> bool {
    let arg = code.get(pc + 1).copied().unwrap_or(0);
    let set = || code.get(pc + 2..).unwrap_or(&[]);
    match code.get(pc).copied().unwrap_or(0) {
        op::ANY => c != 10,
        op::ANY_ALL => true,
        op::LITERAL => c == arg,
        op::NOT_LITERAL => c != arg,
        op::IN => in_set(set(), c),
        op::IN_IGNORE => in_set(set(), lower_ascii(c)),
        op::IN_UNI_IGNORE => in_set(set(), lower_unicode(c)),
        op::IN_LOC_IGNORE => in_set_locale(set(), c),
        op::CATEGORY => category(arg, c),
        op::LITERAL_IGNORE => lower_ascii(c) == arg,
        op::NOT_LITERAL_IGNORE => lower_ascii(c) != arg,
        op::LITERAL_UNI_IGNORE => lower_unicode(c) == arg,
        op::NOT_LITERAL_UNI_IGNORE => lower_unicode(c) != arg,
        op::LITERAL_LOC_IGNORE => c == arg || lower_locale(c) == arg || upper_locale(c) == arg,
        op::NOT_LITERAL_LOC_IGNORE => !(c == arg || lower_locale(c) == arg || upper_locale(c) == arg),
        _ => false,
    }
}

impl<'a, T: Unit> Matcher<'a, T> {
    pub(super) fn new(vm: &'a Vm, s: &'a [T], req: &Request<'a>, m: &'a mut Scratch) -> Self {
        m.marks.clear();
        m.marks.resize(req.groups * 2, UNSET);
        m.last_index = 0;
        let end = req.end.min(s.len());
        Matcher {
            vm,
            s: &s[..end],
            code: req.code,
            end,
            full: req.full,
            must_advance: req.must_advance,
            first: req.first,
            flags: req.flags,
            m,
            start: 0,
            ptr: 0,
            pc: 0,
            current: UNSET,
            ticks: 0,
        }
    }
    #[inline(always)]
    pub(super) fn c(&self, i: usize) -> u32 {
        self.code.get(i).copied().unwrap_or(0)
    }
    #[inline(always)]
    fn set_at(&self, i: usize) -> &'a [u32] {
        self.code.get(i..).unwrap_or(&[])
    }
    /// Where the jump offset at `i` leads.
    #[inline(always)]
    fn target(&self, i: usize) -> usize {
        i + self.c(i) as usize
    }
    #[inline(always)]
    fn peek(&self) -> Option<u32> {
        self.s.get(self.ptr).map(|c| c.code())
    }

    /// Matches at `start` with the code at `pc`.
    pub(super) fn run(&mut self, start: usize, pc: usize) -> PyResult<bool> {
        self.m.stack.clear();
        self.m.fences.clear();
        self.m.repeats.clear();
        // A run that failed has put back all old values, so marks need no reset.
        debug_assert!(self.m.marks.iter().all(|m| *m == UNSET) && self.m.last_index == 0);
        self.current = UNSET;
        self.start = start;
        self.ptr = start;
        self.pc = pc;
        loop {
            match self.step() {
                Step::Next => {}
                Step::Matched => {
                    self.m.start = start;
                    self.m.end = self.ptr;
                    return Ok(true);
                }
                Step::Fail => {
                    self.ticks += 1;
                    if self.ticks & 0xfff == 0 {
                        self.vm.poll()?;
                    }
                    if !self.backtrack() {
                        return Ok(false);
                    }
                }
            }
        }
    }
    /// Lets signals and other threads in now and then while searching.
    pub(super) fn tick(&mut self) -> PyResult<()> {
        self.ticks += 1;
        if self.ticks & 0xfff == 0 { self.vm.poll() } else { Ok(()) }
    }

    #[inline(always)]
    fn one(&mut self, ok: bool, skip: usize) -> Step {
        if !ok {
            return Step::Fail;
        }
        self.ptr += 1;
        self.pc += skip;
        Step::Next
    }

    /// Runs one instruction.
    #[inline(always)]
    fn step(&mut self) -> Step {
        let a = self.pc + 1;
        match self.c(self.pc) {
            op::SUCCESS => self.success(),
            op::MARK => {
                self.set_mark(self.c(a) as usize);
                self.pc += 2;
                Step::Next
            }
            op::LITERAL => {
                let ok = self.peek() == Some(self.c(a));
                self.one(ok, 2)
            }
            op::NOT_LITERAL => {
                let ok = self.peek().is_some_and(|c| c != self.c(a));
                self.one(ok, 2)
            }
            op::ANY => {
                let ok = self.peek().is_some_and(|c| c != 10);
                self.one(ok, 1)
            }
            op::ANY_ALL => {
                let ok = self.ptr < self.end;
                self.one(ok, 1)
            }
            op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => {
                let ok = self.peek().is_some_and(|c| self.unit_matches(self.pc, c));
                let skip = 1 + self.c(a) as usize;
                self.one(ok, skip)
            }
            op::CATEGORY => {
                let ok = self.peek().is_some_and(|c| category(self.c(a), c));
                self.one(ok, 2)
            }
            op::LITERAL_IGNORE
            | op::NOT_LITERAL_IGNORE
            | op::LITERAL_UNI_IGNORE
            | op::NOT_LITERAL_UNI_IGNORE
            | op::LITERAL_LOC_IGNORE
            | op::NOT_LITERAL_LOC_IGNORE => {
                let ok = self.peek().is_some_and(|c| self.unit_matches(self.pc, c));
                self.one(ok, 2)
            }
            op::AT => {
                if self.at(self.c(a)) {
                    self.pc += 2;
                    Step::Next
                } else {
                    Step::Fail
                }
            }
            op::JUMP | op::INFO => {
                self.pc = self.target(a);
                // A jump to itself can only come from code that was made by hand.
                if self.pc <= a { Step::Fail } else { Step::Next }
            }
            op::BRANCH => self.branch(a),
            op::REPEAT_ONE => self.repeat_one(a),
            op::MIN_REPEAT_ONE => self.min_repeat_one(a),
            op::POSSESSIVE_REPEAT_ONE => self.possessive_one(a),
            op::REPEAT => self.repeat(a),
            op::MAX_UNTIL => self.max_until(),
            op::MIN_UNTIL => self.min_until(),
            op::ASSERT => self.assertion(a),
            op::ASSERT_NOT => self.assertion_not(a),
            op::ATOMIC_GROUP => {
                self.fence(0, UNSET);
                self.pc = a + 1;
                Step::Next
            }
            op::POSSESSIVE_REPEAT => self.possessive_round(self.pc, 0, UNSET),
            op::GROUPREF => self.group_ref(a, |x, y| x == y),
            op::GROUPREF_IGNORE => self.group_ref(a, |x, y| lower_ascii(x) == lower_ascii(y)),
            op::GROUPREF_UNI_IGNORE => self.group_ref(a, |x, y| lower_unicode(x) == lower_unicode(y)),
            op::GROUPREF_LOC_IGNORE => self.group_ref(a, |x, y| lower_locale(x) == lower_locale(y)),
            op::GROUPREF_EXISTS => {
                self.pc = if self.group(self.c(a) as usize).is_some() { a + 2 } else { a + self.c(a + 1) as usize };
                Step::Next
            }
            _ => Step::Fail,
        }
    }

    /// Does the single-character instruction at `pc` accept the character?
    #[inline]
    fn unit_matches(&self, pc: usize, c: u32) -> bool {
        accepts(self.code, pc, c)
    }

    /// How many characters from here on, up to `max`, the instruction at `pc` accepts.
    fn count(&self, pc: usize, max: u32) -> usize {
        let room = self.end - self.ptr;
        let n = if max == MAXREPEAT { room } else { room.min(max as usize) };
        let part = &self.s[self.ptr..self.ptr + n];
        let run = |f: &dyn Fn(u32) -> bool| part.iter().position(|c| !f(c.code())).unwrap_or(n);
        match self.c(pc) {
            op::ANY_ALL => n,
            op::ANY => T::from_code(10).and_then(|nl| T::find(part, nl)).unwrap_or(n),
            op::NOT_LITERAL => T::from_code(self.c(pc + 1)).and_then(|c| T::find(part, c)).unwrap_or(n),
            op::LITERAL => match T::from_code(self.c(pc + 1)) {
                Some(l) => part.iter().position(|c| *c != l).unwrap_or(n),
                None => 0,
            },
            op::IN => {
                let set = self.set_at(pc + 2);
                match *set {
                    [op::CATEGORY, cat, op::FAILURE, ..] => {
                        let table = category_table();
                        part.iter().position(|c| !category_by(table, cat, c.code())).unwrap_or(n)
                    }
                    [op::CHARSET, a, b, c, d, e, f, g, h, op::FAILURE, ..] => {
                        let bits = [a, b, c, d, e, f, g, h];
                        let has = |c: u32| c < 256 && bits[c as usize / 32] & (1 << (c & 31)) != 0;
                        part.iter().position(|c| !has(c.code())).unwrap_or(n)
                    }
                    _ => part.iter().position(|c| !in_set(set, c.code())).unwrap_or(n),
                }
            }
            _ => run(&|c| self.unit_matches(pc, c)),
        }
    }

    fn set_mark(&mut self, index: usize) {
        let Some(slot) = self.m.marks.get_mut(index) else { return };
        self.m.stack.push(Entry::Mark { index, old: *slot });
        *slot = self.ptr;
        if index & 1 != 0 {
            self.m.stack.push(Entry::LastIndex { old: self.m.last_index });
            self.m.last_index = index / 2 + 1;
        }
    }
    /// The ends of group `g` (from 0), if it has matched.
    fn group(&self, g: usize) -> Option<(usize, usize)> {
        let (s, e) = (*self.m.marks.get(2 * g)?, *self.m.marks.get(2 * g + 1)?);
        (s != UNSET && e != UNSET && s <= e).then_some((s, e))
    }
    fn group_ref(&mut self, a: usize, same: fn(u32, u32) -> bool) -> Step {
        let Some((s, e)) = self.group(self.c(a) as usize) else { return Step::Fail };
        let n = e - s;
        if self.end - self.ptr < n {
            return Step::Fail;
        }
        let (x, y) = (&self.s[s..e], &self.s[self.ptr..self.ptr + n]);
        if !x.iter().zip(y).all(|(x, y)| same(x.code(), y.code())) {
            return Step::Fail;
        }
        self.ptr += n;
        self.pc = a + 1;
        Step::Next
    }

    fn at(&self, what: u32) -> bool {
        let before = |f: fn(u32) -> bool| self.ptr > 0 && f(self.s[self.ptr - 1].code());
        let after = |f: fn(u32) -> bool| self.ptr < self.end && f(self.s[self.ptr].code());
        let newline = |c: u32| c == 10;
        match what {
            0 | 2 => self.ptr == 0,
            1 => self.ptr == 0 || before(newline),
            3 => before(is_word) != after(is_word),
            4 => before(is_word) == after(is_word),
            5 => self.ptr == self.end || (self.end - self.ptr == 1 && after(newline)),
            6 => self.ptr == self.end || after(newline),
            7 => self.ptr == self.end,
            8 => before(is_locale_word) != after(is_locale_word),
            9 => before(is_locale_word) == after(is_locale_word),
            10 => before(is_unicode_word) != after(is_unicode_word),
            11 => before(is_unicode_word) == after(is_unicode_word),
            _ => false,
        }
    }

    /// Can the code at `pc` match here, as far as its first instruction tells?
    #[inline]
    fn may_start(&self, pc: usize) -> bool {
        match self.c(pc) {
            op::LITERAL => self.peek() == Some(self.c(pc + 1)),
            op::IN => self.peek().is_some_and(|c| in_set(self.set_at(pc + 2), c)),
            _ => true,
        }
    }
    fn branch(&mut self, mut a: usize) -> Step {
        while self.c(a) != 0 {
            let next = self.target(a);
            if self.may_start(a + 1) {
                if self.c(next) != 0 {
                    self.m.stack.push(Entry::Branch { code: next, ptr: self.ptr });
                }
                self.pc = a + 1;
                return Step::Next;
            }
            a = next;
        }
        Step::Fail
    }

    fn repeat_one(&mut self, a: usize) -> Step {
        let min = self.c(a + 1) as usize;
        if self.end - self.ptr < min {
            return Step::Fail;
        }
        let n = self.count(a + 3, self.c(a + 2));
        if n < min {
            return Step::Fail;
        }
        let tail = self.target(a);
        self.give_back(tail, self.ptr + n, self.ptr + min)
    }
    /// Goes on at `tail` from the last place between `min` and `ptr` where it may match.
    fn give_back(&mut self, tail: usize, mut ptr: usize, min: usize) -> Step {
        if self.c(tail) == op::LITERAL {
            let lit = self.c(tail + 1);
            loop {
                if self.s.get(ptr).is_some_and(|c| c.code() == lit) {
                    break;
                }
                if ptr <= min {
                    return Step::Fail;
                }
                ptr -= 1;
            }
        }
        if ptr > min {
            self.m.stack.push(Entry::Greedy { tail, ptr: ptr - 1, min });
        }
        self.ptr = ptr;
        self.pc = tail;
        Step::Next
    }
    fn min_repeat_one(&mut self, a: usize) -> Step {
        let (min, max) = (self.c(a + 1), self.c(a + 2));
        if self.end - self.ptr < min as usize {
            return Step::Fail;
        }
        if min > 0 {
            let n = self.count(a + 3, min);
            if n < min as usize {
                return Step::Fail;
            }
            self.ptr += n;
        }
        let left = if max == MAXREPEAT { usize::MAX } else { (max - min.min(max)) as usize };
        self.take_more(a, left)
    }
    /// Tries the tail of the lazy repeat with operands at `a`; `left` more characters may follow.
    fn take_more(&mut self, a: usize, mut left: usize) -> Step {
        let tail = self.target(a);
        if self.c(tail) == op::LITERAL {
            let lit = self.c(tail + 1);
            loop {
                match self.peek() {
                    Some(c) if c == lit => break,
                    Some(c) if left > 0 && self.unit_matches(a + 3, c) => {
                        self.ptr += 1;
                        left -= 1;
                    }
                    _ => return Step::Fail,
                }
            }
        }
        if left > 0 && self.ptr < self.end {
            self.m.stack.push(Entry::Lazy { code: a, ptr: self.ptr, left });
        }
        self.pc = tail;
        Step::Next
    }
    fn possessive_one(&mut self, a: usize) -> Step {
        let min = self.c(a + 1) as usize;
        if self.end - self.ptr < min {
            return Step::Fail;
        }
        let n = self.count(a + 3, self.c(a + 2));
        if n < min {
            return Step::Fail;
        }
        self.ptr += n;
        self.pc = self.target(a);
        Step::Next
    }

    fn set_current(&mut self, rep: usize) {
        self.m.stack.push(Entry::Current { old: self.current });
        self.current = rep;
    }
    fn set_count(&mut self, rep: usize, count: usize, last: usize) {
        let r = &mut self.m.repeats[rep];
        self.m.stack.push(Entry::Count { rep, count: r.count, last: r.last });
        r.count = count;
        r.last = last;
    }
    fn repeat(&mut self, a: usize) -> Step {
        // The count of rounds begun is one less than none.
        self.m.repeats.push(Repeat { count: usize::MAX, code: a, prev: self.current, last: UNSET });
        self.m.stack.push(Entry::NewRepeat);
        self.set_current(self.m.repeats.len() - 1);
        self.pc = self.target(a);
        Step::Next
    }
    /// The repeat that an `UNTIL` closes, with its bounds and the count of rounds finished.
    fn closing(&self) -> Option<(Repeat, usize, usize, usize)> {
        let rep = *self.m.repeats.get(self.current)?;
        let (min, max) = (self.c(rep.code + 1) as usize, self.c(rep.code + 2));
        let max = if max == MAXREPEAT { usize::MAX } else { max as usize };
        Some((rep, min, max, rep.count.wrapping_add(1)))
    }
    fn max_until(&mut self) -> Step {
        let Some((rep, min, max, count)) = self.closing() else { return Step::Fail };
        let id = self.current;
        if count < min {
            self.set_count(id, count, rep.last);
            self.pc = rep.code + 3;
            return Step::Next;
        }
        if count < max && self.ptr != rep.last {
            self.m.stack.push(Entry::LeaveRepeat { code: self.pc, ptr: self.ptr, rep: id });
            self.set_count(id, count, self.ptr);
            self.pc = rep.code + 3;
            return Step::Next;
        }
        self.set_current(rep.prev);
        self.pc += 1;
        Step::Next
    }
    fn min_until(&mut self) -> Step {
        let Some((rep, min, max, count)) = self.closing() else { return Step::Fail };
        let id = self.current;
        if count < min {
            self.set_count(id, count, rep.last);
            self.pc = rep.code + 3;
            return Step::Next;
        }
        if count < max && self.ptr != rep.last {
            self.m.stack.push(Entry::AgainRepeat { code: rep.code + 3, ptr: self.ptr, rep: id });
        }
        self.set_current(rep.prev);
        self.pc += 1;
        Step::Next
    }

    fn fence(&mut self, count: usize, last: usize) {
        self.m.stack.push(Entry::Fence);
        let height = self.m.stack.len();
        self.m.fences.push(Fence { code: self.pc, ptr: self.ptr, height, count, last });
    }
    fn assertion(&mut self, a: usize) -> Step {
        let back = self.c(a + 1) as usize;
        if self.ptr < back {
            return Step::Fail;
        }
        self.fence(0, UNSET);
        self.ptr -= back;
        self.pc = a + 2;
        Step::Next
    }
    fn assertion_not(&mut self, a: usize) -> Step {
        let back = self.c(a + 1) as usize;
        if self.ptr < back {
            self.pc = self.target(a);
            return Step::Next;
        }
        self.assertion(a)
    }
    /// Begins the next round of a possessive repeat, or leaves it.
    fn possessive_round(&mut self, code: usize, count: usize, last: usize) -> Step {
        let a = code + 1;
        let (min, max) = (self.c(a + 1) as usize, self.c(a + 2));
        let more = count < min || ((max == MAXREPEAT || count < max as usize) && self.ptr != last);
        if !more {
            self.pc = self.target(a) + 1;
            return Step::Next;
        }
        self.pc = code;
        let last = if count < min { last } else { self.ptr };
        self.fence(count, last);
        self.pc = a + 3;
        Step::Next
    }

    /// `SUCCESS`: the end of the pattern or of a fenced body.
    fn success(&mut self) -> Step {
        let Some(f) = self.m.fences.last().copied() else {
            if (self.full && self.ptr != self.end) || (self.must_advance && self.ptr == self.start) {
                return Step::Fail;
            }
            return Step::Matched;
        };
        if self.c(f.code) == op::ASSERT_NOT {
            // Undo the body and fail.
            while self.m.stack.len() > f.height {
                if let Some(e) = self.m.stack.pop() {
                    self.undo(e);
                }
            }
            self.m.stack.pop();
            self.m.fences.pop();
            return Step::Fail;
        }
        self.m.fences.pop();
        self.commit(f.height);
        match self.c(f.code) {
            op::ASSERT => {
                self.ptr = f.ptr;
                self.pc = self.target(f.code + 1);
                Step::Next
            }
            op::ATOMIC_GROUP => {
                self.pc = self.target(f.code + 1);
                Step::Next
            }
            _ => self.possessive_round(f.code, f.count + 1, f.last),
        }
    }
    /// Drops the choices above a fence and the fence, keeping the old values.
    fn commit(&mut self, height: usize) {
        let base = height - 1;
        let mut to = base;
        for i in height..self.m.stack.len() {
            let e = self.m.stack[i];
            if matches!(e, Entry::Mark { .. } | Entry::LastIndex { .. } | Entry::Count { .. } | Entry::Current { .. }) {
                self.m.stack[to] = e;
                to += 1;
            }
        }
        self.m.stack.truncate(to);
    }

    /// Puts back an old value; choices are dropped.
    #[inline]
    fn undo(&mut self, e: Entry) {
        match e {
            Entry::Mark { index, old } => self.m.marks[index] = old,
            Entry::LastIndex { old } => self.m.last_index = old,
            Entry::Count { rep, count, last } => {
                if let Some(r) = self.m.repeats.get_mut(rep) {
                    r.count = count;
                    r.last = last;
                }
            }
            Entry::Current { old } => self.current = old,
            Entry::NewRepeat => {
                self.m.repeats.pop();
            }
            _ => {}
        }
    }
    /// Returns to the last open choice. False if there is none.
    fn backtrack(&mut self) -> bool {
        while let Some(e) = self.m.stack.pop() {
            let step = match e {
                Entry::Branch { code, ptr } => {
                    self.ptr = ptr;
                    self.branch(code)
                }
                Entry::Greedy { tail, ptr, min } => self.give_back(tail, ptr, min),
                Entry::Lazy { code, ptr, left } => {
                    self.ptr = ptr;
                    match self.peek() {
                        Some(c) if self.unit_matches(code + 3, c) => {
                            self.ptr += 1;
                            self.take_more(code, left - 1)
                        }
                        _ => Step::Fail,
                    }
                }
                Entry::LeaveRepeat { code, ptr, rep } => {
                    self.ptr = ptr;
                    let prev = self.m.repeats[rep].prev;
                    self.set_current(prev);
                    self.pc = code + 1;
                    Step::Next
                }
                Entry::AgainRepeat { code, ptr, rep } => {
                    self.ptr = ptr;
                    let count = self.m.repeats[rep].count.wrapping_add(1);
                    self.set_count(rep, count, ptr);
                    self.pc = code;
                    Step::Next
                }
                Entry::Fence => match self.m.fences.pop() {
                    Some(f) => self.body_failed(f),
                    None => Step::Fail,
                },
                old => {
                    self.undo(old);
                    Step::Fail
                }
            };
            if matches!(step, Step::Next) {
                return true;
            }
        }
        false
    }
    fn body_failed(&mut self, f: Fence) -> Step {
        let a = f.code + 1;
        match self.c(f.code) {
            op::ASSERT_NOT => {
                self.ptr = f.ptr;
                self.pc = self.target(a);
                Step::Next
            }
            op::POSSESSIVE_REPEAT if f.count >= self.c(a + 1) as usize => {
                self.ptr = f.ptr;
                self.pc = self.target(a) + 1;
                Step::Next
            }
            _ => Step::Fail,
        }
    }
}
