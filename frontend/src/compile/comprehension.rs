//! Comprehensions, inlined where possible, and generator expressions.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;
use rustc_hash::FxHashMap;

use super::function::FuncParts;
use super::ir::{NO_HANDLER, Reg, is_temp};
use super::unit::CompFrame;
use super::{Compiler, R};
use crate::bytecode::{FLAG_DISCARD, FLAG_KB, Op};
use crate::code::{LocalKind, flags};
use crate::parse::source::{Span, span};
use crate::symtable::{CompKind, Name, Part, Place, ScopeId, sym};

/// A comprehension's parts, whatever its kind.
#[derive(Clone, Copy)]
struct Parts<'a> {
    kind: CompKind,
    key: Option<&'a Expr>,
    value: &'a Expr,
    generators: &'a [ast::Comprehension],
    span: Span,
}

impl<'a> Compiler<'a> {
    pub(super) fn comprehension(&mut self, e: &'a Expr, want: Option<Reg>) -> R<Reg> {
        let s = match e {
            Expr::Generator(g) if !g.parenthesized => self.parens_around(span(e)),
            e => span(e),
        };
        let (kind, key, value, generators, id) = match e {
            Expr::ListComp(c) => (CompKind::List, None, &c.elt, &c.generators, self.scope_id(c, Part::Body, s)?),
            Expr::SetComp(c) => (CompKind::Set, None, &c.elt, &c.generators, self.scope_id(c, Part::Body, s)?),
            Expr::DictComp(c) => (CompKind::Dict, c.key.as_deref(), &c.value, &c.generators, self.scope_id(c, Part::Body, s)?),
            Expr::Generator(c) => (CompKind::Generator, None, &c.elt, &c.generators, self.scope_id(c, Part::Body, s)?),
            _ => return self.err(s, "invalid syntax"),
        };
        let parts = Parts { kind, key, value, generators, span: s };
        if self.table.scopes[id].inlined { self.inlined(parts, id, want) } else { self.comp_function(parts, id, want) }
    }

    /// A generator expression that is the only argument of a call has the call's parentheses.
    fn parens_around(&self, s: Span) -> Span {
        let text = self.source.text();
        let start = text[..s.start as usize].rfind('(');
        let end = text[s.end as usize..].find(')');
        match (start, end) {
            (Some(a), Some(b)) => Span { start: a as u32, end: s.end + b as u32 + 1 },
            _ => s,
        }
    }

    // --- Inlined -----------------------------------------------------------------------------------

    fn inlined(&mut self, p: Parts<'a>, id: ScopeId, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let t = match want {
            Some(d) if is_temp(d) => d,
            _ => self.u.temp(),
        };
        let Some(first) = p.generators.first() else {
            return self.err(p.span, "invalid syntax");
        };
        let it = self.outer_iterator(first)?;
        self.u.span = p.span;
        let (vars, cells) = self.comp_vars(id);
        let hidden: Vec<Reg> = vars.values().copied().collect();
        self.u.comps.push(CompFrame { scope: id, vars });
        // An exception caught in this frame must not leave the variables bound.
        let outer = self.u.handler;
        if outer != NO_HANDLER && !hidden.is_empty() {
            self.u.handler = self.hidden_cleanup(&hidden, mark.max(t.min(it)));
        }
        for r in cells {
            self.u.emit_flags(Op::MAKE_CELL, 0, r, 0, 0);
        }
        self.build_empty(p.kind, t);
        let r = self.comp_loops(p, p.generators, it, t);
        self.u.handler = outer;
        self.release_vars(&hidden);
        r?;
        self.u.span = p.span;
        Ok(self.settle(t, want, mark))
    }

    fn outer_iterator(&mut self, first: &'a ast::Comprehension) -> R<Reg> {
        if first.is_async { self.async_iterator(&first.iter) } else { self.iterator(&first.iter) }
    }

    fn build_empty(&mut self, kind: CompKind, t: Reg) {
        let op = match kind {
            CompKind::List => Op::BUILD_LIST,
            CompKind::Set => Op::BUILD_SET,
            CompKind::Dict => Op::BUILD_MAP,
            CompKind::Generator => return,
        };
        self.u.emit(op, t, t, 0);
    }

    /// Hidden registers for the variables of a comprehension; the second list is those of cells.
    fn comp_vars(&mut self, id: ScopeId) -> (FxHashMap<Name, Reg>, Vec<Reg>) {
        let scope = &self.table.scopes[id];
        let mut vars = FxHashMap::default();
        let mut cells = Vec::new();
        for name in &scope.order {
            let Some(symbol) = scope.get(name) else {
                continue;
            };
            if symbol.flags & sym::PARAM != 0 {
                continue;
            }
            let kind = match symbol.place {
                Place::Local => LocalKind::Hidden,
                Place::Cell => LocalKind::HiddenCell,
                _ => continue,
            };
            let r = self.u.hidden(name, kind);
            if kind == LocalKind::HiddenCell {
                cells.push(r);
            }
            vars.insert(name.clone(), r);
        }
        (vars, cells)
    }

    fn hidden_cleanup(&mut self, hidden: &[Reg], depth: Reg) -> u32 {
        let label = self.u.label();
        let handler = self.u.new_handler(label, depth, true);
        let saved = self.u.begin_cold();
        let s = std::mem::replace(&mut self.u.span, Span::NONE);
        self.u.bind(label);
        for r in hidden {
            self.u.clear(*r);
        }
        self.u.emit(Op::RERAISE, depth, 1, 0);
        self.u.span = s;
        self.u.end_cold(saved);
        handler
    }

    fn release_vars(&mut self, hidden: &[Reg]) {
        self.u.comps.pop();
        let s = std::mem::replace(&mut self.u.span, Span::NONE);
        let mut sorted = hidden.to_vec();
        sorted.sort_unstable();
        for r in sorted {
            self.u.clear(r);
            self.u.free_hidden(r);
        }
        self.u.span = s;
    }

    // --- As a function ---------------------------------------------------------------------------

    fn comp_function(&mut self, p: Parts<'a>, id: ScopeId, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let window = self.u.temps(2);
        let scope = &self.table.scopes[id];
        let is_async = scope.coroutine && p.kind != CompKind::Generator;
        let name = scope.name.clone();
        let coroutine = scope.coroutine;
        self.enter_unit(id, name, self.source.line(p.span.start));
        self.u.argcount = 1;
        self.u.flags |= match (p.kind, coroutine) {
            (CompKind::Generator, false) => flags::GENERATOR,
            (CompKind::Generator, true) => flags::ASYNC_GENERATOR,
            (_, true) => flags::COROUTINE,
            _ => 0,
        };
        self.begin_unit(p.span);
        let t = self.u.temp();
        self.build_empty(p.kind, t);
        // The iterator is taken out of the argument: nothing else can get at it.
        let it = self.u.temp();
        let arg = self.u.local(&".0".into());
        self.u.emit_flags(Op::MOVE, FLAG_KB, it, arg, 0);
        self.comp_loops(p, p.generators, it, t)?;
        self.u.span = p.span;
        if p.kind == CompKind::Generator {
            self.u.span = Span::NONE;
            let k = self.u.constant(crate::code::Const::None);
            self.u.emit_flags(Op::RETURN_CONST, 0, 0, k, 0);
        } else {
            self.u.emit(Op::RETURN, t, 0, 0);
        }
        let code = self.leave_unit()?;
        self.u.span = p.span;
        self.make_function(code, id, FuncParts::default(), window + 2, Some(window));
        self.u.top = window + 2;
        let Some(first) = p.generators.first() else {
            return self.err(p.span, "invalid syntax");
        };
        let it = self.outer_iterator(first)?;
        debug_assert_eq!(it, window + 2);
        let d = self.dst(want, mark);
        self.u.span = p.span;
        self.call_window(window, 1, d);
        if is_async {
            self.await_reg(d, d, 0);
        }
        Ok(d)
    }

    // --- Loops -----------------------------------------------------------------------------------

    fn comp_loops(&mut self, p: Parts<'a>, generators: &'a [ast::Comprehension], it: Reg, t: Reg) -> R {
        let Some((g, rest)) = generators.split_first() else {
            return Ok(());
        };
        let mark = self.u.top;
        let exit = self.u.label();
        let next = self.u.label();
        let header = self.u.here();
        if g.is_async {
            self.async_next(it, &g.target, span(&g.iter), exit)?;
        } else {
            self.for_iter(it, &g.target, span(&g.iter), exit)?;
        }
        for test in &g.ifs {
            self.cond(test, next, false)?;
        }
        self.deeper(|c| c.comp_inner(p, rest, t))?;
        self.u.bind(next);
        self.u.span = Span::NONE;
        self.u.emit_jump_flags(Op::JUMP_BACK, 0, 0, 0, header);
        self.u.bind(exit);
        self.u.top = mark;
        Ok(())
    }

    fn comp_inner(&mut self, p: Parts<'a>, rest: &'a [ast::Comprehension], t: Reg) -> R {
        let Some(g) = rest.first() else {
            return self.comp_element(p, t);
        };
        // `for x in [value]` is an assignment.
        if !g.is_async
            && let Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) = &g.iter
            && let [only] = &elts[..]
            && !matches!(only, Expr::Starred(_))
        {
            let mark = self.u.top;
            let v = self.expr_temp(only)?;
            self.store(&g.target, v)?;
            self.u.top = mark;
            let skip = self.u.label();
            for test in &g.ifs {
                self.cond(test, skip, false)?;
            }
            self.comp_inner(p, &rest[1..], t)?;
            self.u.bind(skip);
            return Ok(());
        }
        let mark = self.u.top;
        let it = self.outer_iterator(g)?;
        self.comp_loops(p, rest, it, t)?;
        self.u.top = mark;
        Ok(())
    }

    fn comp_element(&mut self, p: Parts<'a>, t: Reg) -> R {
        let mark = self.u.top;
        match p.kind {
            CompKind::List | CompKind::Set => {
                let op = if p.kind == CompKind::List { Op::LIST_APPEND } else { Op::SET_ADD };
                let v = self.expr(p.value)?;
                self.u.span = span(p.value);
                self.u.emit(op, t, v, 0);
            }
            CompKind::Dict => {
                if let Some(key) = p.key {
                    let k = self.expr(key)?;
                    let k = self.protect(k, [p.value]);
                    let v = self.expr(p.value)?;
                    self.u.span = span(key).to(span(p.value));
                    self.u.emit(Op::MAP_ADD, t, k, v);
                }
            }
            CompKind::Generator => {
                let v = self.expr(p.value)?;
                self.u.top = mark;
                let d = self.u.temp();
                self.u.span = span(p.value);
                self.emit_yield(d, v);
                self.u.discard_sent(d, FLAG_DISCARD);
            }
        }
        self.u.top = mark;
        Ok(())
    }
}
