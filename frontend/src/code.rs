//! Code units: the immutable result of compiling one block.

use std::sync::Arc;

use dashu_int::IBig;

use crate::bytecode::Instr;
use crate::positions::{Position, PositionTable};
pub use crate::pystring::PyString;

/// The `CO_*` bits of a code unit's flags, as CPython numbers them.
pub mod flags {
    /// Locals live in registers.
    pub const OPTIMIZED: u32 = 0x1;
    /// A call makes a new locals namespace.
    pub const NEWLOCALS: u32 = 0x2;
    /// There is a `*args` parameter.
    pub const VARARGS: u32 = 0x4;
    /// There is a `**kwargs` parameter.
    pub const VARKEYWORDS: u32 = 0x8;
    /// Nested in a function.
    pub const NESTED: u32 = 0x10;
    /// Generator function.
    pub const GENERATOR: u32 = 0x20;
    /// `async def` without `yield`.
    pub const COROUTINE: u32 = 0x80;
    /// Generator usable in `await` (set by `types.coroutine`).
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    /// `async def` with `yield`.
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// `from __future__ import division`
    pub const FUTURE_DIVISION: u32 = 0x20000;
    /// `from __future__ import absolute_import`
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    /// `from __future__ import with_statement`
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    /// `from __future__ import print_function`
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    /// `from __future__ import unicode_literals`
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    /// `from __future__ import barry_as_FLUFL`
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    /// `from __future__ import generator_stop`
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    /// `from __future__ import annotations`
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    /// The first constant is the docstring.
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    /// Function defined directly in a class body.
    pub const METHOD: u32 = 0x8000000;
    /// All the future bits.
    pub const FUTURE_MASK: u32 = FUTURE_DIVISION
        | FUTURE_ABSOLUTE_IMPORT
        | FUTURE_WITH_STATEMENT
        | FUTURE_PRINT_FUNCTION
        | FUTURE_UNICODE_LITERALS
        | FUTURE_BARRY_AS_BDFL
        | FUTURE_GENERATOR_STOP
        | FUTURE_ANNOTATIONS;
}

/// How a local register is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum LocalKind {
    /// Holds the variable's value.
    Local = 0,
    /// Holds a cell with the variable's value (made by `MAKE_CELL` at entry; before it, a parameter's
    /// register holds the argument).
    Cell = 1,
    /// As `Local`, for a variable of an inlined comprehension: unbound outside the comprehension;
    /// while bound it shadows a variable of the same name.
    Hidden = 2,
    /// As `Hidden`, holding a cell (unbound outside the comprehension).
    HiddenCell = 3,
}

impl LocalKind {
    /// Whether the register holds a cell.
    pub const fn is_cell(self) -> bool {
        matches!(self, LocalKind::Cell | LocalKind::HiddenCell)
    }

    /// Whether the variable belongs to an inlined comprehension.
    pub const fn is_hidden(self) -> bool {
        matches!(self, LocalKind::Hidden | LocalKind::HiddenCell)
    }
}

/// A named local register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalVar {
    /// The (mangled) name.
    pub name: Box<str>,
    /// What the register holds.
    pub kind: LocalKind,
}

/// One instruction's inline cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SiteInfo {
    /// Index in [`CodeUnit::names`].
    pub name: u32,
}

/// An exception table entry. Entries do not overlap and are sorted by `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExceptionEntry {
    /// First word covered.
    pub start: u32,
    /// Word after the last covered.
    pub end: u32,
    /// Word offset of the handler.
    pub handler: u32,
    /// First register to release; receives the exception.
    pub depth: u16,
    /// Whether register `depth + 1` receives the failing instruction's word offset, an integer.
    pub lasti: bool,
}

/// A constant.
#[derive(Clone, Debug)]
pub enum Const {
    /// `None`
    None,
    /// `True`
    True,
    /// `False`
    False,
    /// `...`
    Ellipsis,
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other integer.
    BigInt(IBig),
    /// A float.
    Float(f64),
    /// A complex number (real, imaginary).
    Complex(f64, f64),
    /// A string.
    Str(PyString),
    /// A bytes object.
    Bytes(Box<[u8]>),
    /// A tuple.
    Tuple(Box<[Const]>),
    /// A frozenset, in order of first appearance, without duplicates.
    FrozenSet(Box<[Const]>),
    /// A slice of constants: start, stop, step.
    Slice(Box<[Const; 3]>),
    /// A nested code unit.
    Code(Arc<CodeUnit>),
    /// A nested code unit that is yet to be read (see `marshal::read_embedded`).
    Lazy(Arc<LazyUnit>),
}

/// What making a function of a code unit needs, and the serialised rest.
#[derive(Debug)]
pub struct LazyUnit {
    /// `co_name`
    pub name: &'static str,
    /// `co_qualname`
    pub qualname: &'static str,
    /// `co_filename`
    pub filename: Arc<str>,
    /// `co_flags` (see [`flags`]).
    pub flags: u32,
    /// Positional parameters, positional-only included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Registers of a frame.
    pub nregs: u32,
    /// Registers that are named locals.
    pub nlocals: u32,
    /// `co_firstlineno`
    pub first_line: u32,
    pub(crate) bytes: &'static [u8],
}

impl LazyUnit {
    /// The whole unit; those nested in it are left lazy.
    pub fn load(&self) -> Result<CodeUnit, String> {
        crate::marshal::read_lazy(self)
    }
}

/// The result of compiling one block.
#[derive(Clone, Debug)]
pub struct CodeUnit {
    /// `co_name`
    pub name: Box<str>,
    /// `co_qualname`
    pub qualname: Box<str>,
    /// `co_filename`
    pub filename: Arc<str>,
    /// `co_flags` (see [`flags`]).
    pub flags: u32,
    /// Positional parameters, positional-only included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Registers of a frame.
    pub nregs: u32,
    /// Registers that are named locals; the same as `locals.len()`.
    pub nlocals: u32,
    /// The named locals in register order: parameters (positional, keyword-only, `*args`,
    /// `**kwargs`), other locals, other cell variables, variables of inlined comprehensions.
    pub locals: Vec<LocalVar>,
    /// Free variables, in the order of the closure.
    pub freevars: Vec<Box<str>>,
    /// Names used by sites.
    pub names: Vec<Box<str>>,
    /// Constants.
    pub consts: Vec<Const>,
    /// Instruction words, extension words included.
    pub instrs: Vec<u64>,
    /// Inline cache sites.
    pub sites: Vec<SiteInfo>,
    /// Positions of the instruction words.
    pub positions: PositionTable,
    /// Exception table.
    pub exceptions: Vec<ExceptionEntry>,
    /// `co_firstlineno`
    pub first_line: u32,
}

impl CodeUnit {
    /// Whether a flag bit is set.
    pub fn has_flag(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Number of parameter registers, `*args` and `**kwargs` included.
    pub fn param_count(&self) -> u32 {
        self.argcount + self.kwonlyargcount + u32::from(self.has_flag(flags::VARARGS)) + u32::from(self.has_flag(flags::VARKEYWORDS))
    }

    /// The docstring: the first constant, if the flag says so.
    pub fn docstring(&self) -> Option<&Const> {
        if self.has_flag(flags::HAS_DOCSTRING) { self.consts.first() } else { None }
    }

    /// The instruction at a word offset.
    pub fn instr(&self, word: usize) -> Instr {
        Instr(self.instrs[word])
    }

    /// Position of the instruction at a word offset.
    pub fn position(&self, word: usize) -> Option<Position> {
        self.positions.lookup(self.first_line, word)
    }

    /// Line of the instruction at a word offset.
    pub fn line(&self, word: usize) -> Option<u32> {
        self.position(word).map(|p| p.line)
    }

    /// Forgets columns and end lines, here and in the nested code.
    pub fn drop_columns(&mut self) {
        self.positions = self.positions.lines_only(self.first_line);
        for c in &mut self.consts {
            if let Const::Code(unit) = c {
                Arc::make_mut(unit).drop_columns();
            }
        }
    }

    /// One position for every word, as `co_positions` yields them.
    pub fn co_positions(&self) -> impl Iterator<Item = Option<Position>> + '_ {
        self.positions.runs(self.first_line).flat_map(|(n, p)| std::iter::repeat_n(p, n))
    }

    /// Ranges of words with one line (start, end, line), as `co_lines` yields them.
    pub fn co_lines(&self) -> impl Iterator<Item = (u32, u32, Option<u32>)> + '_ {
        let mut runs = self.positions.runs(self.first_line).peekable();
        let mut at = 0u32;
        std::iter::from_fn(move || {
            let (n, pos) = runs.next()?;
            let (start, line) = (at, pos.map(|p| p.line));
            at += n as u32;
            while let Some((n, p)) = runs.peek() {
                if p.map(|p| p.line) != line {
                    break;
                }
                at += *n as u32;
                runs.next();
            }
            Some((start, at, line))
        })
    }

    /// The exception table entry covering a word, if any.
    pub fn handler(&self, word: u32) -> Option<&ExceptionEntry> {
        let i = self.exceptions.partition_point(|e| e.end <= word);
        self.exceptions.get(i).filter(|e| e.start <= word)
    }
}
