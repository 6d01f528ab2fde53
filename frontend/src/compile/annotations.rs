//! Annotations: `__annotate__` functions, and strings under `from __future__ import annotations`.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Stmt};

use super::function::FuncParts;
use super::ir::Reg;
use super::unit::Deferred;
use super::{Compiler, R, unparse};
use crate::bytecode::{CommonConst, FuncAttr, Op};
use crate::code::{CodeUnit, Const, flags};
use crate::parse::source::{Span, span};
use crate::pystring::PyString;
use crate::symtable::{Part, ScopeKind, annotated_params, has_annotations};

/// Largest `format` argument that a compiled `__annotate__` function answers.
const VALUE_WITH_FAKE_GLOBALS: u32 = 2;
const CONDITIONAL: &str = "__conditional_annotations__";

impl<'a> Compiler<'a> {
    pub(super) fn future_annotations(&self) -> bool {
        self.future & flags::FUTURE_ANNOTATIONS != 0
    }

    /// `__conditional_annotations__ = set()`
    pub(super) fn empty_conditional_annotations(&mut self) -> R {
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.emit(Op::BUILD_SET, t, t, 0);
        if self.scope().kind == ScopeKind::Class {
            let cell = self.u.local(&CONDITIONAL.into());
            self.u.emit(Op::STORE_CELL, cell, t, 0);
        } else {
            self.store_name(CONDITIONAL, t)?;
        }
        self.u.top = mark;
        Ok(())
    }

    // --- Functions ------------------------------------------------------------------------------

    pub(super) fn function_annotations(&mut self, f: &'a ast::StmtFunctionDef, s: Span, parts: &mut FuncParts) -> R {
        if !has_annotations(f) {
            return Ok(());
        }
        let list: Vec<(&'a str, &'a Expr)> = annotated_params(&f.parameters)
            .filter_map(|p| Some((p.name.as_str(), p.annotation.as_deref()?)))
            .chain(f.returns.as_deref().map(|r| ("return", r)))
            .collect();
        let id = self.scope_id(&*f.parameters, Part::Annotations, s)?;
        let body = self.scope_id(f, Part::Body, s)?;
        let qualname = self.qualname(body, f.name.as_str());
        self.begin_annotate(id, s);
        self.u.qualname = format!("{qualname}.__annotate__");
        let base = self.u.top;
        for (name, e) in &list {
            let k = self.u.temps(2);
            self.u.span = span(*e);
            let name = self.mangle(name);
            self.u.load_const(k, Const::Str(PyString::from(&*name)));
            if self.future_annotations() {
                let text = unparse::unparse(self.source, e);
                self.u.load_const(k + 1, Const::Str(text));
            } else {
                self.annotation_value(e, k + 1)?;
            }
        }
        self.u.span = s;
        self.u.top = base;
        let d = self.u.temp();
        self.u.emit(Op::BUILD_MAP, d, base, list.len() as u32);
        self.u.emit(Op::RETURN, d, 0, 0);
        let code = self.end_annotate()?;
        let mark = self.u.top;
        self.u.span = s;
        let t = self.u.temp();
        self.make_function(code, id, FuncParts::default(), mark + 1, Some(t));
        self.u.top = t + 1;
        parts.attrs.push((FuncAttr::Annotate, t));
        Ok(())
    }

    /// An annotation's value; `*args: *Ts` unpacks its single item.
    fn annotation_value(&mut self, e: &'a Expr, d: Reg) -> R {
        match e {
            Expr::Starred(star) => {
                self.expr_into(&star.value, d)?;
                self.u.span = span(e);
                self.u.emit(Op::UNPACK_SEQ, d, d, 1);
                Ok(())
            }
            e => self.expr_into(e, d),
        }
    }

    /// Starts the unit of an evaluator function with its `format` check.
    pub(super) fn begin_annotate(&mut self, id: usize, s: Span) {
        let name = self.table.scopes[id].name.clone();
        self.enter_unit(id, name, self.source.line(s.start));
        self.u.argcount = 1;
        self.u.posonly = 1;
        self.begin_unit(s);
        let format = self.u.local(&".format".into());
        let body = self.u.label();
        self.u.emit_jump_flags(Op::JUMP_UNLESS_GT_IMM, 0, format, VALUE_WITH_FAKE_GLOBALS, body);
        let t = self.u.temp();
        self.u.emit_flags(Op::LOAD_COMMON, 0, t, CommonConst::NotImplementedError as u32, 0);
        self.u.emit_flags(Op::RAISE, crate::bytecode::FLAG_KA, t, 0, 1);
        self.u.top = t;
        self.u.bind(body);
    }

    /// Ends such a unit. The parameter is shown as `format`, but annotations using that name do not
    /// see it.
    pub(super) fn end_annotate(&mut self) -> R<CodeUnit> {
        let mut code = self.leave_unit()?;
        if let Some(p) = code.locals.first_mut() {
            p.name = "format".into();
        }
        Ok(code)
    }

    // --- Modules and classes -----------------------------------------------------------------------

    /// Lists the annotated names of a body, numbering those that may not be executed.
    fn collect_deferred(&mut self, body: &'a [Stmt], always: bool) {
        let mut list = Vec::new();
        collect(body, always, &mut list);
        let mut next = 0;
        for (node, conditional) in list {
            let Expr::Name(n) = &*node.target else {
                continue;
            };
            let index = conditional.then(|| {
                next += 1;
                next - 1
            });
            let name = self.mangle(&n.id);
            self.u.deferred.push(Deferred { node, name, index });
        }
    }

    pub(super) fn module_annotate(&mut self, body: &'a [Stmt]) -> R {
        self.collect_deferred(body, true);
        self.annotate_function("__annotate__", Span { start: 0, end: 0 })
    }

    pub(super) fn class_annotate(&mut self, c: &'a ast::StmtClassDef) -> R {
        if self.future_annotations() {
            return Ok(());
        }
        if self.u.deferred.is_empty() {
            self.collect_deferred(&c.body, false);
        }
        self.annotate_function("__annotate_func__", span(&c.name))
    }

    fn annotate_function(&mut self, name: &str, s: Span) -> R {
        let Some(id) = self.scope().annotation_block else {
            return Ok(());
        };
        let deferred = self.u.deferred.clone();
        if deferred.is_empty() {
            return Ok(());
        }
        self.begin_annotate(id, s);
        let d = self.u.temp();
        self.u.emit(Op::BUILD_MAP, d, d, 0);
        for item in &deferred {
            let mark = self.u.top;
            let skip = self.u.label();
            self.u.span = span(&*item.node.annotation);
            if let Some(i) = item.index {
                let t = self.u.temp();
                self.u.load_const(t, Const::Int(i64::from(i)));
                let set = self.u.temp();
                match self.u.freevars.iter().position(|n| &**n == CONDITIONAL) {
                    Some(free) => self.u.emit_flags(Op::LOAD_FREE, 0, set, free as u32, 0),
                    None => self.u.emit_name(Op::LOAD_GLOBAL, set, 0, CONDITIONAL),
                }
                self.u.emit_jump(Op::JUMP_IF_NOT_IN, t, set, skip);
                self.u.top = mark;
            }
            let k = self.u.temps(2);
            self.u.load_const(k, Const::Str(PyString::from(&*item.name)));
            self.expr_into(&item.node.annotation, k + 1)?;
            self.u.span = span(&*item.node.annotation);
            self.u.emit(Op::MAP_ADD, d, k, k + 1);
            self.u.bind(skip);
            self.u.top = mark;
        }
        self.u.emit(Op::RETURN, d, 0, 0);
        let code = self.end_annotate()?;
        let mark = self.u.top;
        self.u.span = s;
        let t = self.make_function(code, id, FuncParts::default(), mark, None);
        self.store_name(name, t)?;
        self.u.top = mark;
        Ok(())
    }

    pub(super) fn ann_assign(&mut self, a: &'a ast::StmtAnnAssign) -> R {
        let mark = self.u.top;
        if let Some(value) = &a.value {
            if let Expr::Name(n) = &*a.target
                && let Some(r) = self.plain_local(&n.id)
            {
                self.expr_into(value, r)?;
            } else {
                let v = self.expr(value)?;
                let v = self.protect(v, [&*a.target]);
                self.store(&a.target, v)?;
            }
            self.u.top = mark;
        }
        self.u.span = span(a);
        match &*a.target {
            Expr::Name(n) => {
                if a.simple && !self.scope().kind.is_function_like() {
                    self.note_annotation(a, &n.id)?;
                }
            }
            // Without a value the parts of the target are evaluated all the same.
            Expr::Attribute(t) if a.value.is_none() => self.expr_discard(&t.value)?,
            Expr::Subscript(t) if a.value.is_none() => {
                self.expr_discard(&t.value)?;
                self.expr_discard(&t.slice)?;
            }
            Expr::Attribute(_) | Expr::Subscript(_) => {}
            t => return self.err(span(t), "invalid node type for annotated assignment"),
        }
        // The annotation of anything else than a name is evaluated in modules and classes.
        if !a.simple && !self.future_annotations() && !self.scope().kind.is_function_like() {
            self.expr_discard(&a.annotation)?;
        }
        self.u.top = mark;
        Ok(())
    }

    fn note_annotation(&mut self, a: &'a ast::StmtAnnAssign, name: &str) -> R {
        let mark = self.u.top;
        if self.future_annotations() {
            let v = self.u.temps(3);
            let text = unparse::unparse(self.source, &a.annotation);
            self.u.load_const(v, Const::Str(text));
            self.load_name("__annotations__", Some(v + 1))?;
            let key = self.mangle(name);
            self.u.load_const(v + 2, Const::Str(PyString::from(&*key)));
            self.u.emit(Op::SETITEM, v + 1, v + 2, v);
            self.u.top = mark;
            return Ok(());
        }
        if self.scope().kind == ScopeKind::Class && self.u.deferred.is_empty() {
            let Some(body) = self.class_body_of_current() else {
                return Ok(());
            };
            self.collect_deferred(body, false);
        }
        let index = self.u.deferred.iter().find(|d| std::ptr::eq(d.node, a)).and_then(|d| d.index);
        if let Some(i) = index {
            let t = self.u.temps(2);
            if self.scope().kind == ScopeKind::Class {
                let cell = self.u.local(&CONDITIONAL.into());
                self.u.emit_flags(Op::LOAD_CELL, 0, t, cell, 0);
            } else {
                self.load_name(CONDITIONAL, Some(t))?;
            }
            self.u.load_const(t + 1, Const::Int(i64::from(i)));
            self.u.emit(Op::SET_ADD, t, t + 1, 0);
            self.u.clear(t);
            self.u.top = mark;
        }
        Ok(())
    }

    fn class_body_of_current(&self) -> Option<&'a [Stmt]> {
        self.u.class_body
    }
}

/// Annotated simple names of a body and the statements in it, with whether each is conditional.
fn collect<'a>(body: &'a [Stmt], conditional: bool, out: &mut Vec<(&'a ast::StmtAnnAssign, bool)>) {
    for s in body {
        match s {
            Stmt::AnnAssign(a) if a.simple && matches!(*a.target, Expr::Name(_)) => {
                out.push((a, conditional));
            }
            Stmt::If(i) => {
                collect(&i.body, true, out);
                for c in &i.elif_else_clauses {
                    collect(&c.body, true, out);
                }
            }
            Stmt::For(f) => {
                collect(&f.body, true, out);
                collect(&f.orelse, true, out);
            }
            Stmt::While(w) => {
                collect(&w.body, true, out);
                collect(&w.orelse, true, out);
            }
            Stmt::With(w) => collect(&w.body, true, out),
            Stmt::Match(m) => m.cases.iter().for_each(|c| collect(&c.body, true, out)),
            Stmt::Try(t) => {
                collect(&t.body, true, out);
                for ast::ExceptHandler::ExceptHandler(h) in &t.handlers {
                    collect(&h.body, true, out);
                }
                collect(&t.orelse, true, out);
                collect(&t.finalbody, true, out);
            }
            _ => {}
        }
    }
}
