//! Calls, `super()`, `await` and `yield`.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;

use super::ir::{Label, Reg, is_temp};
use super::{Compiler, R};
use crate::bytecode::{CommonConst, FLAG_ASYNC_GEN, FLAG_KB, FLAG_METHOD, Op};
use crate::code::{Const, flags};
use crate::parse::source::{Span, span};
use crate::pystring::PyString;
use crate::symtable::{Name, Part, Place, ScopeKind};

/// Calls with more arguments than this build a tuple and a dict of them.
const MAX_PLAIN_ARGS: usize = 1000;

/// The window of a direct use of `super()`.
pub struct SuperWindow {
    /// First register: super, class, self.
    pub base: Reg,
    /// 1 for the zero-argument form.
    pub zero: u32,
}

impl<'a> Compiler<'a> {
    pub(super) fn call(&mut self, e: &'a Expr, c: &'a ast::ExprCall, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        self.check_caller(&c.func);
        let args = &c.arguments;
        if let Some(kind) = self.consumer(c) {
            return self.consume_generator(e, c, kind, want);
        }
        let unpacks = unpacks(args) || args.len() > MAX_PLAIN_ARGS;
        let base = self.u.temps(2);
        let mut call_span = span(e);
        let mut method = 0;
        match &*c.func {
            Expr::Attribute(a) if !unpacks => {
                method = FLAG_METHOD;
                if self.is_direct_super(a) {
                    self.u.top = base;
                    let window = self.super_window(a)?;
                    self.u.top = base + 2;
                    if let Some(w) = window {
                        self.u.span = self.attribute_span(span(&*c.func), a);
                        let name = self.mangle(a.attr.as_str());
                        let k = self.u.name_index(&name);
                        self.u.emit_ext(Op::LOAD_SUPER_METHOD, 0, base, w.base, w.zero, k);
                    }
                } else {
                    self.u.top = base;
                    let v = self.expr(&a.value)?;
                    self.u.top = base + 2;
                    self.u.span = self.attribute_span(span(&*c.func), a);
                    let name = self.mangle(a.attr.as_str());
                    self.u.emit_name(Op::LOAD_METHOD, base, v, &name);
                }
                call_span = self.method_call_span(call_span, a);
            }
            f => self.expr_into(f, base)?,
        }
        if unpacks {
            self.call_ex(base, &[], args, span(e), None)?;
            let d = self.dst(want, mark);
            self.u.span = span(e);
            let mapping = u32::from(!args.keywords.is_empty());
            self.u.emit(Op::CALL_EX, base, mapping, d);
            return Ok(d);
        }
        self.plain_args(args)?;
        let d = self.dst(want, mark);
        self.u.span = call_span;
        self.emit_call(base, args.args.len() as u32, &args.keywords, method, d);
        Ok(d)
    }

    // --- all, any, tuple of a generator expression -----------------------------------------------------

    /// Whether this is `all(...)`, `any(...)` or `tuple(...)` of a generator expression.
    fn consumer(&mut self, c: &ast::ExprCall) -> Option<CommonConst> {
        let Expr::Name(f) = &*c.func else {
            return None;
        };
        let kind = match f.id.as_str() {
            "all" => CommonConst::All,
            "any" => CommonConst::Any,
            "tuple" => CommonConst::Tuple,
            _ => return None,
        };
        let [Expr::Generator(g)] = &*c.arguments.args else {
            return None;
        };
        let id = self.table.scope_of(g, Part::Body)?;
        (c.arguments.keywords.is_empty() && !self.table.scopes[id].coroutine).then_some(kind)
    }

    /// Such a call runs the generator in place, if the name means the builtin when it is reached.
    fn consume_generator(&mut self, e: &'a Expr, c: &'a ast::ExprCall, kind: CommonConst, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let arg = &c.arguments.args[0];
        let t = match want {
            Some(d) if is_temp(d) => d,
            _ => self.u.temp(),
        };
        let base = self.u.temps(2);
        self.expr_into(&c.func, base)?;
        let other = self.u.label();
        let end = self.u.label();
        let it = self.expr_temp(arg)?;
        self.u.span = span(e);
        let builtin = self.u.temp();
        self.u.emit_flags(Op::LOAD_COMMON, 0, builtin, kind as u32, 0);
        self.u.emit_jump_flags(Op::JUMP_IF_IS_NOT, FLAG_KB, base, builtin, other);
        self.u.top = builtin;
        self.u.clear(base);
        self.consume_loop(e, kind, it, t, end);
        let saved = self.u.begin_cold();
        self.u.bind(other);
        self.u.span = span(e);
        self.u.emit_ext(Op::CALL, 0, base, 1, t, 0);
        self.u.jump(end);
        self.u.end_cold(saved);
        self.u.bind(end);
        Ok(self.settle(t, want, mark))
    }

    fn consume_loop(&mut self, e: &'a Expr, kind: CommonConst, it: Reg, t: Reg, end: Label) {
        self.u.span = span(e);
        let done = self.u.label();
        if kind == CommonConst::Tuple {
            self.u.emit(Op::BUILD_LIST, t, t, 0);
        }
        let header = self.u.here();
        let v = self.u.temp();
        self.u.emit_jump_flags(Op::FOR_ITER, 0, it, v, done);
        if kind == CommonConst::Tuple {
            self.u.emit(Op::LIST_APPEND, t, v, 0);
            self.u.emit_jump_flags(Op::JUMP_BACK, 0, 0, 0, header);
            self.u.bind(done);
            self.u.emit(Op::LIST_TO_TUPLE, t, t, 0);
            return;
        }
        let next = self.u.label();
        let (jump, early, late) = if kind == CommonConst::All {
            (Op::JUMP_IF_TRUE, Const::False, Const::True)
        } else {
            (Op::JUMP_IF_FALSE, Const::True, Const::False)
        };
        self.u.emit_jump(jump, v, 0, next);
        self.u.clear(it);
        self.u.load_const(t, early);
        self.u.jump(end);
        self.u.bind(next);
        self.u.emit_jump_flags(Op::JUMP_BACK, 0, 0, 0, header);
        self.u.bind(done);
        self.u.load_const(t, late);
    }

    fn method_call_span(&self, whole: Span, a: &ast::ExprAttribute) -> Span {
        let attr = span(&a.attr);
        if self.source.line(whole.start) == self.source.line(attr.end) {
            return whole;
        }
        Span { start: attr.start, end: whole.end }
    }

    /// Positional arguments and keyword values, one register each.
    fn plain_args(&mut self, args: &'a ast::Arguments) -> R {
        for a in &*args.args {
            let t = self.u.temp();
            self.expr_into(a, t)?;
        }
        for k in &args.keywords {
            let t = self.u.temp();
            self.expr_into(&k.value, t)?;
        }
        Ok(())
    }

    /// Emits the call of a window with plain arguments; `n` positional ones.
    pub(super) fn emit_call(&mut self, base: Reg, n: u32, keywords: &'a [ast::Keyword], method: u8, d: Reg) {
        if keywords.is_empty() {
            self.u.emit_ext(Op::CALL, method, base, n, d, 0);
            return;
        }
        let names: Vec<Const> =
            keywords.iter().filter_map(|k| k.arg.as_ref()).map(|arg| Const::Str(PyString::from(&*self.mangle(arg.as_str())))).collect();
        let total = n + names.len() as u32;
        let k = self.u.constant(Const::Tuple(names.into()));
        self.u.emit_ext(Op::CALL_KW, method, base, total, d, k);
    }

    /// Fills slots 2 and 3 of a `CALL_EX` window; `first` are registers of leading arguments, already
    /// in order just above the window.
    pub(super) fn call_ex(&mut self, base: Reg, first: &[Reg], args: &'a ast::Arguments, s: Span, last: Option<&Name>) -> R {
        let list = if first.is_empty() { self.u.temp() } else { base + 2 };
        let starred = args.args.iter().any(|a| matches!(a, Expr::Starred(_)));
        match &*args.args {
            [] if first.is_empty() && last.is_none() => {
                self.u.span = s;
                self.u.load_const(list, Const::Tuple(Box::new([])));
            }
            [Expr::Starred(only)] if first.is_empty() && last.is_none() => {
                self.expr_into(&only.value, list)?;
            }
            elts if first.is_empty() && last.is_none() && !starred => {
                self.tuple(elts, s, Some(list))?;
            }
            elts => {
                self.star_list(list, first.len() as u32, elts, s, true)?;
                if let Some(last) = last {
                    let v = self.load_mangled(last, None)?;
                    self.u.emit(Op::LIST_APPEND, list, v, 0);
                }
                self.u.span = s;
                self.u.emit(Op::LIST_TO_TUPLE, list, list, 0);
            }
        }
        self.u.top = list + 1;
        if !args.keywords.is_empty() {
            let map = self.u.temp();
            self.keyword_map(map, base, &args.keywords, s)?;
            self.u.top = map + 1;
        }
        Ok(())
    }

    /// Builds the mapping of a call with `**`.
    fn keyword_map(&mut self, map: Reg, callable: Reg, keywords: &'a [ast::Keyword], s: Span) -> R {
        let mut started = false;
        let mut i = 0;
        while i < keywords.len() {
            let run = keywords[i..].iter().take(MAX_PLAIN_ARGS).take_while(|k| k.arg.is_some()).count();
            if run > 0 {
                let base = self.u.top;
                for k in &keywords[i..i + run] {
                    let key = self.u.temp();
                    self.u.span = s;
                    if let Some(arg) = &k.arg {
                        let name = self.mangle(arg.as_str());
                        self.u.load_const(key, Const::Str(PyString::from(&*name)));
                    }
                    let value = self.u.temp();
                    self.expr_into(&k.value, value)?;
                }
                self.u.top = base;
                self.u.span = s;
                if started {
                    self.u.emit(Op::BUILD_MAP, base, base, run as u32);
                    self.u.emit(Op::DICT_MERGE, map, base, callable);
                } else {
                    self.u.emit(Op::BUILD_MAP, map, base, run as u32);
                    started = true;
                }
                i += run;
                continue;
            }
            self.u.span = s;
            if !started {
                self.u.emit(Op::BUILD_MAP, map, map, 0);
                started = true;
            }
            let mark = self.u.top;
            let v = self.expr(&keywords[i].value)?;
            self.u.span = s;
            self.u.emit(Op::DICT_MERGE, map, v, callable);
            self.u.top = mark;
            i += 1;
        }
        Ok(())
    }

    // --- super -----------------------------------------------------------------------------------

    fn is_direct_super(&mut self, a: &ast::ExprAttribute) -> bool {
        let Expr::Call(c) = &*a.value else {
            return false;
        };
        let Expr::Name(f) = &*c.func else {
            return false;
        };
        if f.id.as_str() != "super" || !c.arguments.keywords.is_empty() {
            return false;
        }
        let scope = self.scope();
        if !scope.kind.is_function_like() || scope.place("super") != Place::GlobalImplicit || self.table.scopes[0].get("super").is_some() {
            return false;
        }
        match &*c.arguments.args {
            [] => self.u.argcount > 0 && scope.kind == ScopeKind::Function && scope.place("__class__") == Place::Free,
            [x, y] => !matches!(x, Expr::Starred(_)) && !matches!(y, Expr::Starred(_)),
            _ => false,
        }
    }

    /// If an attribute is taken of a direct `super(...)` call, loads the window for it at the top.
    pub(super) fn super_window(&mut self, a: &'a ast::ExprAttribute) -> R<Option<SuperWindow>> {
        if !self.is_direct_super(a) {
            return Ok(None);
        }
        let Expr::Call(c) = &*a.value else {
            return Ok(None);
        };
        let base = self.u.temps(3);
        self.expr_into(&c.func, base)?;
        if let [class, this] = &*c.arguments.args {
            self.expr_into(class, base + 1)?;
            self.expr_into(this, base + 2)?;
            return Ok(Some(SuperWindow { base, zero: 0 }));
        }
        self.u.span = span(c);
        self.load_mangled(&"__class__".into(), Some(base + 1))?;
        let first = self.scope().params[0].clone();
        self.load_mangled(&first, Some(base + 2))?;
        Ok(Some(SuperWindow { base, zero: 1 }))
    }

    // --- await, yield ------------------------------------------------------------------------------

    /// Awaits register `src` (consumed if a temporary), the result going to `dst`.
    pub(super) fn await_reg(&mut self, dst: Reg, src: Reg, how: u32) {
        let mark = self.u.top;
        let it = self.u.temps(2);
        self.u.emit(Op::GET_AWAITABLE, it, src, how);
        self.u.load_const(it + 1, Const::None);
        self.u.emit(Op::YIELD_FROM, dst, it, it + 1);
        self.u.top = mark;
    }

    pub(super) fn await_expr(&mut self, e: &'a Expr, a: &'a ast::ExprAwait, want: Option<Reg>) -> R<Reg> {
        let s = span(e);
        self.check_await_place(s)?;
        let mark = self.u.top;
        let v = self.expr(&a.value)?;
        let d = self.dst(want, mark);
        self.u.span = s;
        self.await_reg(d, v, 0);
        self.u.top = if want.is_none() { d + 1 } else { mark };
        Ok(d)
    }

    fn check_await_place(&self, s: Span) -> R {
        let scope = self.scope();
        match scope.kind {
            ScopeKind::Module if self.options.allow_top_level_await => return Ok(()),
            ScopeKind::Function => {}
            _ => return self.err(s, "'await' outside function"),
        }
        let in_async = self.u.flags & (flags::COROUTINE | flags::ASYNC_GENERATOR) != 0;
        if !in_async && scope.comp.is_none() {
            return self.err(s, "'await' outside async function");
        }
        Ok(())
    }

    /// `yield` may stand here.
    fn check_yield_place(&self, s: Span) -> R {
        if self.scope().kind != ScopeKind::Function {
            return self.err(s, "'yield' outside function");
        }
        Ok(())
    }

    pub(super) fn yield_expr(&mut self, e: &'a Expr, y: &'a ast::ExprYield, want: Option<Reg>) -> R<Reg> {
        self.check_yield_place(span(e))?;
        let mark = self.u.top;
        let v = match &y.value {
            Some(v) => self.expr(v)?,
            None => {
                self.u.span = span(e);
                let t = self.u.temp();
                self.u.load_const(t, Const::None);
                t
            }
        };
        let d = self.dst(want, mark);
        self.u.span = span(e);
        self.emit_yield(d, v);
        Ok(d)
    }

    /// Yields a register, wrapped in asynchronous generators.
    pub(super) fn emit_yield(&mut self, d: Reg, v: Reg) {
        let flag = if self.u.flags & flags::ASYNC_GENERATOR != 0 { FLAG_ASYNC_GEN } else { 0 };
        self.u.emit_ext(Op::YIELD, flag, d, v, 0, 0);
    }

    pub(super) fn yield_from(&mut self, e: &'a Expr, y: &'a ast::ExprYieldFrom, want: Option<Reg>) -> R<Reg> {
        let s = span(e);
        if self.scope().kind != ScopeKind::Function {
            return self.err(s, "'yield from' outside function");
        }
        if self.u.flags & (flags::COROUTINE | flags::ASYNC_GENERATOR) != 0 {
            return self.err(s, "'yield from' inside async function");
        }
        let mark = self.u.top;
        let v = self.expr(&y.value)?;
        self.u.top = mark;
        let it = self.u.temps(2);
        self.u.span = s;
        self.u.emit(Op::GET_YIELD_FROM_ITER, it, v, 0);
        self.u.load_const(it + 1, Const::None);
        let d = self.dst(want, mark);
        self.u.emit(Op::YIELD_FROM, d, it, it + 1);
        Ok(d)
    }
}

/// Whether a call has `*` or `**` arguments.
pub fn unpacks(args: &ast::Arguments) -> bool {
    args.args.iter().any(|a| matches!(a, Expr::Starred(_))) || args.keywords.iter().any(|k| k.arg.is_none())
}
