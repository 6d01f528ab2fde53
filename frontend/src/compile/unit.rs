//! One code unit under construction: emission, registers, labels, constants.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ir::{Code, Handler, HandlerId, Ins, Label, NO_HANDLER, Reg, TEMP, is_temp};
use crate::bytecode::{FLAG_KA, FLAG_KB, FLAG_KC, Op};
use crate::code::{Const, LocalKind, LocalVar};
use crate::marshal::const_key;
use crate::parse::source::Span;
use crate::symtable::{Name, ScopeId};

use super::blocks::Block;

/// A block being compiled.
pub struct Unit<'a> {
    /// Its scope.
    pub scope: ScopeId,
    /// Inlined comprehensions around the current expression, innermost last.
    pub comps: Vec<CompFrame>,
    /// `co_name`
    pub name: Name,
    /// `co_qualname`
    pub qualname: String,
    /// Class whose private names are mangled.
    pub class: Option<Name>,
    /// `CO_*` bits known at the start.
    pub flags: u32,
    /// Positional parameters.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonly: u32,
    /// Keyword-only parameters.
    pub kwonly: u32,
    /// Number of parameter registers.
    pub params: u32,
    /// First line.
    pub first_line: u32,
    /// Locals so far.
    pub locals: Vec<LocalVar>,
    local_ids: FxHashMap<Name, Reg>,
    free_hidden: Vec<Reg>,
    /// Free variables in closure order.
    pub freevars: Vec<Name>,
    segments: Vec<Vec<Ins>>,
    current: usize,
    labels: Vec<Option<(usize, usize)>>,
    handlers: Vec<Handler>,
    /// Handler in force.
    pub handler: HandlerId,
    reachable: bool,
    /// The next free temporary.
    pub top: Reg,
    max_top: Reg,
    consts: Vec<Const>,
    const_ids: FxHashMap<Vec<u8>, u32>,
    names: Vec<Name>,
    name_ids: FxHashMap<Name, u32>,
    /// Statement blocks around the current statement.
    pub blocks: Vec<Block<'a>>,
    /// Position of what is being emitted.
    pub span: Span,
    /// Annotated names waiting for the end of the block (modules and classes).
    pub deferred: Vec<Deferred<'a>>,
    /// The statements, in a class.
    pub class_body: Option<&'a [ruff_python_ast::Stmt]>,
    /// Attributes of `self` stored in a class's methods.
    pub static_attributes: Vec<Name>,
}

/// An annotation to be evaluated by `__annotate__`.
#[derive(Clone)]
pub struct Deferred<'a> {
    /// The statement.
    pub node: &'a ruff_python_ast::StmtAnnAssign,
    /// The mangled name.
    pub name: Name,
    /// Its number, if it may not be executed.
    pub index: Option<u32>,
}

/// An inlined comprehension under construction.
pub struct CompFrame {
    /// Its scope.
    pub scope: ScopeId,
    /// Registers of its variables.
    pub vars: FxHashMap<Name, Reg>,
}

/// Everything [`Unit::finish`] hands to the assembler.
pub struct Finished {
    /// Instructions.
    pub code: Code,
    /// Temporaries used.
    pub temps: u32,
    /// Constants.
    pub consts: Vec<Const>,
    /// Names.
    pub names: Vec<Name>,
}

impl<'a> Unit<'a> {
    /// A unit for a scope.
    pub fn new(scope: ScopeId, name: Name, qualname: String, first_line: u32) -> Unit<'a> {
        Unit {
            scope,
            comps: Vec::new(),
            name,
            qualname,
            class: None,
            flags: 0,
            argcount: 0,
            posonly: 0,
            kwonly: 0,
            params: 0,
            first_line,
            locals: Vec::new(),
            local_ids: FxHashMap::default(),
            free_hidden: Vec::new(),
            freevars: Vec::new(),
            segments: vec![Vec::new()],
            current: 0,
            labels: Vec::new(),
            handlers: Vec::new(),
            handler: NO_HANDLER,
            reachable: true,
            top: TEMP,
            max_top: TEMP,
            consts: Vec::new(),
            const_ids: FxHashMap::default(),
            names: Vec::new(),
            name_ids: FxHashMap::default(),
            blocks: Vec::new(),
            span: Span::NONE,
            deferred: Vec::new(),
            class_body: None,
            static_attributes: Vec::new(),
        }
    }

    // --- Registers -------------------------------------------------------------------------

    /// A fresh temporary on top of the others.
    pub fn temp(&mut self) -> Reg {
        self.temps(1)
    }

    /// `n` consecutive fresh temporaries.
    pub fn temps(&mut self, n: u32) -> Reg {
        let r = self.top;
        self.top += n;
        self.max_top = self.max_top.max(self.top);
        r
    }

    /// The register of a local variable, made on first use.
    pub fn local(&mut self, name: &Name) -> Reg {
        if let Some(r) = self.local_ids.get(name) {
            return *r;
        }
        let r = self.add_local(name, LocalKind::Local);
        self.local_ids.insert(name.clone(), r);
        r
    }

    /// Declares a local of a given kind under its name.
    pub fn declare(&mut self, name: &Name, kind: LocalKind) -> Reg {
        let r = self.add_local(name, kind);
        self.local_ids.insert(name.clone(), r);
        r
    }

    /// Adds a local register that is not found by name.
    pub fn add_local(&mut self, name: &Name, kind: LocalKind) -> Reg {
        let r = self.locals.len() as Reg;
        self.locals.push(LocalVar { name: (&**name).into(), kind });
        r
    }

    /// A register for a variable of an inlined comprehension.
    pub fn hidden(&mut self, name: &Name, kind: LocalKind) -> Reg {
        let free = self.free_hidden.iter().position(|r| {
            let l = &self.locals[*r as usize];
            l.kind == kind && *l.name == **name
        });
        match free {
            Some(i) => self.free_hidden.swap_remove(i),
            None => self.add_local(name, kind),
        }
    }

    /// Gives such a register back.
    pub fn free_hidden(&mut self, r: Reg) {
        self.free_hidden.push(r);
    }

    // --- Constants and names ------------------------------------------------------------------

    /// Index of a constant.
    pub fn constant(&mut self, c: Const) -> u32 {
        let Some(key) = const_key(&c) else {
            self.consts.push(c);
            return self.consts.len() as u32 - 1;
        };
        if let Some(i) = self.const_ids.get(&key) {
            return *i;
        }
        let i = self.consts.len() as u32;
        self.consts.push(c);
        self.const_ids.insert(key, i);
        i
    }

    /// Index of a name.
    pub fn name_index(&mut self, name: &str) -> u32 {
        if let Some(i) = self.name_ids.get(name) {
            return *i;
        }
        let i = self.names.len() as u32;
        let name: Rc<str> = name.into();
        self.names.push(name.clone());
        self.name_ids.insert(name, i);
        i
    }

    // --- Labels, handlers, segments -------------------------------------------------------------

    /// A new label.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds a label here.
    pub fn bind(&mut self, l: Label) {
        self.labels[l.0 as usize] = Some((self.current, self.segments[self.current].len()));
        self.reachable = true;
    }

    /// A new label, bound here.
    pub fn here(&mut self) -> Label {
        let l = self.label();
        self.bind(l);
        l
    }

    /// A new handler; what follows is protected by it once `self.handler` is set.
    pub fn new_handler(&mut self, label: Label, depth: Reg, lasti: bool) -> HandlerId {
        self.max_top = self.max_top.max(depth + 1 + Reg::from(lasti));
        self.handlers.push(Handler { label, depth, lasti });
        self.handlers.len() as HandlerId - 1
    }

    /// Starts emitting out of line, until [`Unit::end_cold`] with the returned state.
    pub fn begin_cold(&mut self) -> (usize, bool) {
        let saved = (self.current, self.reachable);
        self.segments.push(Vec::new());
        self.current = self.segments.len() - 1;
        self.reachable = false;
        saved
    }

    /// Returns to where [`Unit::begin_cold`] left off. The out-of-line code must not fall off its end.
    pub fn end_cold(&mut self, saved: (usize, bool)) {
        (self.current, self.reachable) = saved;
    }

    // --- Emission -----------------------------------------------------------------------------

    /// Emits an instruction.
    pub fn push(&mut self, ins: Ins) {
        if !self.reachable {
            return;
        }
        if ins.op.is_terminator() {
            self.reachable = false;
        }
        self.segments[self.current].push(ins);
    }

    fn make(&self, op: Op, flags: u8, a: u32, b: u32, c: u32) -> Ins {
        Ins { op, flags, a, b, c, ext: 0, target: Label::NONE, span: self.span, handler: self.handler }
    }

    /// Emits with explicit flags.
    pub fn emit_flags(&mut self, op: Op, flags: u8, a: u32, b: u32, c: u32) {
        let ins = self.make(op, flags, a, b, c);
        self.push(ins);
    }

    /// Emits, consuming every temporary among the read operands.
    pub fn emit(&mut self, op: Op, a: u32, b: u32, c: u32) {
        let flags = consume_flags(op, a, b, c);
        self.emit_flags(op, flags, a, b, c);
    }

    /// As [`Unit::emit`] with an extension word.
    pub fn emit_ext(&mut self, op: Op, flags: u8, a: u32, b: u32, c: u32, ext: u32) {
        let flags = flags | consume_flags(op, a, b, c);
        let mut ins = self.make(op, flags, a, b, c);
        ins.ext = ext;
        self.push(ins);
    }

    /// Emits an instruction that consumes nothing, with an extension word if it has one.
    pub fn push_borrowing(&mut self, op: Op, a: u32, b: u32, c: u32, ext: Option<u32>) {
        let mut ins = self.make(op, 0, a, b, c);
        ins.ext = ext.unwrap_or(0);
        self.push(ins);
    }

    /// Makes the `YIELD` just emitted into `r` drop the value sent to it.
    pub fn discard_sent(&mut self, r: Reg, flag: u8) {
        if self.reachable
            && let Some(last) = self.segments[self.current].last_mut()
            && last.op == Op::YIELD
            && last.a == r
        {
            last.flags |= flag;
        }
    }

    /// Emits an instruction with a name.
    pub fn emit_name(&mut self, op: Op, a: u32, b: u32, name: &str) {
        let i = self.name_index(name);
        self.emit_ext(op, 0, a, b, 0, i);
    }

    /// Emits a jump, consuming temporaries among its operands.
    pub fn emit_jump(&mut self, op: Op, a: u32, b: u32, target: Label) {
        let flags = consume_flags(op, a, b, 0);
        self.emit_jump_flags(op, flags, a, b, target);
    }

    /// Emits a jump with explicit flags.
    pub fn emit_jump_flags(&mut self, op: Op, flags: u8, a: u32, b: u32, target: Label) {
        let mut ins = self.make(op, flags, a, b, 0);
        ins.target = target;
        self.push(ins);
    }

    /// Emits an unconditional jump.
    pub fn jump(&mut self, target: Label) {
        self.emit_jump_flags(Op::JUMP, 0, 0, 0, target);
    }

    /// Loads a constant.
    pub fn load_const(&mut self, dst: Reg, c: Const) {
        match c {
            Const::Int(i) if i32::try_from(i).is_ok() => {
                self.emit_flags(Op::LOAD_INT, 0, dst, i as i32 as u32, 0);
            }
            c => {
                let k = self.constant(c);
                self.emit_flags(Op::LOAD_CONST, 0, dst, k, 0);
            }
        }
    }

    /// Copies or (from a temporary) moves.
    pub fn mov(&mut self, dst: Reg, src: Reg) {
        if dst != src {
            self.emit(Op::MOVE, dst, src, 0);
        }
    }

    /// Releases a register.
    pub fn clear(&mut self, r: Reg) {
        self.emit_flags(Op::CLEAR, 0, r, 0, 0);
    }

    /// Ends construction.
    pub fn finish(mut self) -> Finished {
        let mut ins = Vec::with_capacity(self.segments.iter().map(Vec::len).sum());
        let mut bases = Vec::with_capacity(self.segments.len());
        for segment in std::mem::take(&mut self.segments) {
            bases.push(ins.len());
            ins.extend(segment);
        }
        let labels = self.labels.iter().map(|l| l.map_or(usize::MAX, |(s, i)| bases[s] + i)).collect();
        Finished { code: Code { ins, labels, handlers: self.handlers }, temps: self.max_top - TEMP, consts: self.consts, names: self.names }
    }
}

/// The consume flags for the temporaries among an instruction's read operands.
pub fn consume_flags(op: Op, a: u32, b: u32, c: u32) -> u8 {
    use crate::bytecode::Kind;
    let info = op.info();
    let mut flags = 0;
    if info.a == Kind::Read && is_temp(a) {
        flags |= FLAG_KA;
    }
    if info.b == Kind::Read && is_temp(b) {
        flags |= FLAG_KB;
    }
    if info.c == Kind::Read && is_temp(c) {
        flags |= FLAG_KC;
    }
    flags
}
