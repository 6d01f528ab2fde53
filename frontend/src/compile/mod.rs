//! The compiler: syntax tree and symbol table to code units.

mod annotations;
mod assemble;
mod assign;
mod blocks;
mod call;
mod class;
mod comprehension;
mod cond;
mod display;
mod exception;
mod expr;
mod flow;
mod fold;
mod fstring;
mod function;
mod import;
mod ir;
mod loops;
mod names;
mod pattern;
mod stmt;
mod type_params;
mod unit;
mod unparse;
mod warn;
mod with;

use std::sync::Arc;

use ruff_python_ast as ast;
use rustc_hash::FxHashSet;

use crate::bytecode::Op;
use crate::code::{CodeUnit, Const, LocalKind, flags};
use crate::errors::{CompileWarning, ErrorKind, SyntaxError};
use crate::options::{CompileOptions, Mode};
use crate::parse::source::{Source, Span};
use crate::symtable::{Name, Place, Scope, ScopeId, ScopeKind, SymbolTable, sym};

use ir::Reg;
use unit::Unit;

pub(crate) use unparse::unparse;

/// Result of a compilation step.
pub type R<T = ()> = Result<T, Box<SyntaxError>>;

/// Native stack left before a new segment is started, and the size of one.
const RED_ZONE: usize = 256 * 1024;
const SEGMENT: usize = 4 * 1024 * 1024;

/// State of a compilation.
pub struct Compiler<'a> {
    /// The unit being compiled.
    pub u: Unit<'a>,
    outer: Vec<Unit<'a>>,
    table: &'a SymbolTable,
    source: &'a Source,
    filename: Arc<str>,
    options: &'a CompileOptions,
    future: u32,
    interactive: bool,
    /// Where future imports must have ended.
    future_limit: u32,
    warnings: Vec<CompileWarning>,
    /// Operator nodes known not to be constant, so that long chains are not examined over and over.
    not_const: FxHashSet<usize>,
}

/// Compiles a tree.
pub fn compile_tree(
    tree: &ast::Mod,
    table: &SymbolTable,
    source: &Source,
    filename: &str,
    mode: Mode,
    options: &CompileOptions,
    future: u32,
) -> R<(CodeUnit, Vec<CompileWarning>)> {
    let mut c = Compiler {
        u: Unit::new(0, "<module>".into(), "<module>".into(), 1),
        outer: Vec::new(),
        table,
        source,
        filename: filename.into(),
        options,
        future,
        interactive: mode == Mode::Single,
        future_limit: crate::parse::future::limit(tree),
        warnings: Vec::new(),
        not_const: FxHashSet::default(),
    };
    let code = c.module(tree)?;
    Ok((code, c.warnings))
}

impl<'a> Compiler<'a> {
    fn module(&mut self, tree: &'a ast::Mod) -> R<CodeUnit> {
        let scope = &self.table.scopes[0];
        let top_await = self.options.allow_top_level_await && scope.coroutine && !scope.generator;
        if top_await {
            self.u.flags |= flags::COROUTINE;
        }
        let start = Span { start: 0, end: 0 };
        self.begin_unit(start);
        match tree {
            ast::Mod::Module(m) => {
                self.module_body(&m.body)?;
                self.u.span = Span::NONE;
                let none = self.u.constant(Const::None);
                self.u.emit_flags(Op::RETURN_CONST, 0, 0, none, 0);
            }
            ast::Mod::Expression(e) => {
                let r = self.expr(&e.body)?;
                self.u.emit(Op::RETURN, r, 0, 0);
            }
        }
        self.end_unit()
    }

    fn module_body(&mut self, body: &'a [ast::Stmt]) -> R {
        let scope = &self.table.scopes[0];
        let mut body = body;
        let future = self.future & flags::FUTURE_ANNOTATIONS != 0;
        if future && scope.annotations_used {
            self.u.emit_flags(Op::SETUP_ANNOTATIONS, 0, 0, 0, 0);
        }
        if scope.has_conditional_annotations {
            self.empty_conditional_annotations()?;
        }
        // `__annotate__` exists before the body runs.
        if scope.annotation_block.is_some() && !future {
            self.module_annotate(body)?;
        }
        if !self.interactive
            && let Some((doc, rest, s)) = self.docstring(body)
        {
            body = rest;
            if let Some(doc) = doc {
                self.u.span = s;
                let r = self.u.temp();
                self.u.load_const(r, Const::Str(doc));
                self.store_name("__doc__", r)?;
                self.u.top = ir::TEMP;
            }
        }
        self.stmts(body)
    }

    // --- Units ----------------------------------------------------------------------------------

    /// The scope of the unit.
    pub(super) fn scope(&self) -> &'a Scope {
        &self.table.scopes[self.u.scope]
    }

    /// Starts a nested unit.
    pub(super) fn enter_unit(&mut self, scope: ScopeId, name: Name, first_line: u32) {
        let qualname = self.qualname(scope, &name);
        let mut u = Unit::new(scope, name, qualname, first_line);
        u.class = self.u.class.clone();
        let s = &self.table.scopes[scope];
        if s.kind.is_function_like() {
            u.flags |= flags::OPTIMIZED | flags::NEWLOCALS;
            if s.nested {
                u.flags |= flags::NESTED;
            }
        }
        let outer = std::mem::replace(&mut self.u, u);
        self.outer.push(outer);
    }

    /// Finishes a nested unit.
    pub(super) fn leave_unit(&mut self) -> R<CodeUnit> {
        let code = self.end_unit()?;
        if let Some(u) = self.outer.pop() {
            self.u = u;
        }
        Ok(code)
    }

    pub(super) fn qualname(&self, scope: ScopeId, name: &str) -> String {
        let s = &self.table.scopes[scope];
        // Type parameter scopes are invisible in qualified names.
        let mut parent = Some(&self.u);
        let mut rest = self.outer.iter().rev();
        while let Some(p) = parent
            && self.table.scopes[p.scope].kind == ScopeKind::TypeParams
        {
            parent = rest.next();
        }
        let Some(parent) = parent else {
            return name.to_owned();
        };
        let pscope = &self.table.scopes[parent.scope];
        if pscope.kind == ScopeKind::Module {
            return name.to_owned();
        }
        if matches!(s.kind, ScopeKind::Function | ScopeKind::Class) && s.comp.is_none() && &*s.name != "<lambda>" {
            let mangled = crate::symtable::mangle(parent.class.as_deref(), name);
            if pscope.place(&mangled) == Place::GlobalExplicit {
                return name.to_owned();
            }
        }
        let locals = if pscope.kind == ScopeKind::Class { "" } else { ".<locals>" };
        format!("{}{locals}.{name}", parent.qualname)
    }

    /// Declares parameters, cells and free variables and emits the entry sequence.
    pub(super) fn begin_unit(&mut self, entry: Span) {
        let scope = self.scope();
        self.u.span = entry;
        self.u.freevars = scope.sorted_names(|s| s.place == Place::Free || s.flags & sym::FREE_CLASS != 0);
        if scope.kind.is_function_like() {
            let params: Vec<Name> = scope.params.clone();
            let mut cells = Vec::new();
            for p in params {
                let cell = scope.place(&p) == Place::Cell;
                let kind = if cell { LocalKind::Cell } else { LocalKind::Local };
                let r = self.u.declare(&p, kind);
                if cell {
                    cells.push(r);
                }
            }
            self.u.params = self.u.locals.len() as u32;
            for name in scope.sorted_names(|s| s.place == Place::Cell && s.flags & sym::PARAM == 0) {
                cells.push(self.u.declare(&name, LocalKind::Cell));
            }
            for r in cells {
                self.u.emit_flags(Op::MAKE_CELL, 0, r, 0, 0);
            }
        } else if scope.kind == ScopeKind::Class {
            for (name, wanted) in [
                ("__class__", scope.needs_class_closure),
                ("__classdict__", scope.needs_classdict),
                ("__conditional_annotations__", scope.has_conditional_annotations),
            ] {
                if wanted {
                    let r = self.u.declare(&name.into(), LocalKind::Cell);
                    self.u.emit_flags(Op::MAKE_CELL, 0, r, 0, 0);
                }
            }
        }
        let generator = self.u.flags & (flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR) != 0;
        if generator {
            self.u.emit_flags(Op::RETURN_GENERATOR, 0, 0, 0, 0);
        }
        self.u.emit_flags(Op::RESUME, 0, 0, 0, 0);
        if generator {
            self.protect_generator();
        }
    }

    /// The whole body of a generator is protected: a StopIteration leaving it is an error.
    fn protect_generator(&mut self) {
        let label = self.u.label();
        let depth = self.u.top;
        let handler = self.u.new_handler(label, depth, true);
        let saved = self.u.begin_cold();
        self.u.bind(label);
        let span = std::mem::replace(&mut self.u.span, Span::NONE);
        self.u.emit(Op::INTRINSIC_1, depth, depth, crate::bytecode::Intrinsic1::StopIterationError as u32);
        self.u.emit(Op::RERAISE, depth, 1, 0);
        self.u.span = span;
        self.u.end_cold(saved);
        self.u.handler = handler;
    }

    fn end_unit(&mut self) -> R<CodeUnit> {
        let scope = self.u.scope;
        let u = std::mem::replace(&mut self.u, Unit::new(scope, "".into(), String::new(), 1));
        assemble::assemble(u, self.source, &self.filename, self.future)
            .map_err(|msg| self.source.error(ErrorKind::OverflowError, Span::NONE, msg))
    }

    // --- Errors ---------------------------------------------------------------------------------

    /// A syntax error.
    pub(super) fn err<T>(&self, s: Span, msg: impl Into<String>) -> R<T> {
        Err(self.source.error(ErrorKind::SyntaxError, s, msg))
    }

    /// Runs `f`, on a fresh native stack segment if need be. The symbol table pass has bounded the
    /// depth of the tree.
    pub(super) fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        stacker::maybe_grow(RED_ZONE, SEGMENT, || f(self))
    }

    /// The register for a result: the one asked for, or a fresh temporary at `mark`.
    pub(super) fn dst(&mut self, want: Option<Reg>, mark: Reg) -> Reg {
        self.u.top = mark;
        match want {
            Some(r) => r,
            None => self.u.temp(),
        }
    }
}
