//! What a match can begin with.
//!
//! The compiler tells of a literal prefix or of one set of first characters. For patterns that
//! begin otherwise, with alternatives for instance, the code itself is read for the characters
//! below 256 that any match may begin with, so that a search can skip the places where none is.
//! Reading costs more than a short search, so it waits until enough text has been searched.

use std::cell::{Cell, OnceCell};

use super::codes::op;
use super::engine::accepts;

/// Characters to be searched before the code is read.
const WORTHWHILE: usize = 1024;
/// Instructions and nesting to look at before giving up.
const MAX_STEPS: u32 = 2000;
const MAX_DEPTH: u32 = 50;
/// `re.LOCALE`: what matches depends on the locale in force.
const LOCALE: i64 = 4;

/// The characters a match may begin with.
pub struct FirstSet {
    low: [bool; 256],
    /// Whether characters from 256 up may be among them.
    high: bool,
}

impl FirstSet {
    #[inline(always)]
    pub fn has(&self, c: u32) -> bool {
        if c < 256 { self.low[c as usize] } else { self.high }
    }
}

/// A pattern's first characters, once known.
#[derive(Default)]
pub struct FirstCache {
    set: OnceCell<Option<Box<FirstSet>>>,
    searched: Cell<usize>,
}

impl FirstCache {
    /// The set for a search through `n` characters; `None` if unknown or of no use.
    pub fn get(&self, code: &[u32], flags: i64, n: usize) -> Option<&FirstSet> {
        if self.set.get().is_none() {
            let total = self.searched.get().saturating_add(n);
            self.searched.set(total);
            if total < WORTHWHILE {
                return None;
            }
        }
        self.set.get_or_init(|| if flags & LOCALE != 0 { None } else { read(code) }).as_deref()
    }
}

fn read(code: &[u32]) -> Option<Box<FirstSet>> {
    let mut r = Reader { code, set: Box::new(FirstSet { low: [false; 256], high: false }), steps: 0 };
    r.walk(0, 0)?;
    let useful = !r.set.high || r.set.low.iter().any(|x| !x);
    useful.then_some(r.set)
}

struct Reader<'a> {
    code: &'a [u32],
    set: Box<FirstSet>,
    steps: u32,
}

impl Reader<'_> {
    fn c(&self, i: usize) -> u32 {
        self.code.get(i).copied().unwrap_or(0)
    }
    fn target(&self, i: usize) -> usize {
        i + self.c(i) as usize
    }
    /// Adds what the single-character instruction at `pc` accepts.
    fn add(&mut self, pc: usize) {
        if self.c(pc) == op::LITERAL {
            let c = self.c(pc + 1) as usize;
            match self.set.low.get_mut(c) {
                Some(x) => *x = true,
                None => self.set.high = true,
            }
            return;
        }
        for c in 0..256 {
            self.set.low[c as usize] |= accepts(self.code, pc, c);
        }
        self.set.high = true;
    }
    /// Adds the first characters of whatever matches from `pc` on; `None` if that may be empty or
    /// is not known.
    fn walk(&mut self, mut pc: usize, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            let a = pc + 1;
            match self.c(pc) {
                op::MARK | op::AT => pc += 2,
                op::MAX_UNTIL | op::MIN_UNTIL => pc += 1,
                op::JUMP | op::INFO | op::ASSERT | op::ASSERT_NOT => pc = self.target(a),
                op::LITERAL
                | op::NOT_LITERAL
                | op::ANY
                | op::ANY_ALL
                | op::IN
                | op::CATEGORY
                | op::IN_IGNORE
                | op::IN_UNI_IGNORE
                | op::LITERAL_IGNORE
                | op::NOT_LITERAL_IGNORE
                | op::LITERAL_UNI_IGNORE
                | op::NOT_LITERAL_UNI_IGNORE => {
                    self.add(pc);
                    return Some(());
                }
                op::BRANCH => {
                    let mut at = a;
                    while self.c(at) != 0 {
                        self.walk(at + 1, depth + 1)?;
                        at = self.target(at);
                    }
                    return Some(());
                }
                op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                    self.walk(a + 3, depth + 1)?;
                    if self.c(a + 1) > 0 {
                        return Some(());
                    }
                    pc = self.target(a);
                }
                op::REPEAT | op::POSSESSIVE_REPEAT => {
                    self.walk(a + 3, depth + 1)?;
                    if self.c(a + 1) > 0 {
                        return Some(());
                    }
                    pc = self.target(a) + 1;
                }
                op::ATOMIC_GROUP => return self.walk(a + 1, depth + 1),
                _ => return None,
            }
        }
    }
}
