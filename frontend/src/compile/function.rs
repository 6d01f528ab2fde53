//! Functions and lambdas: defaults, closures, decorators, bodies.

use std::sync::Arc;

use ruff_python_ast as ast;
use ruff_python_ast::Expr;

use super::ir::{Reg, is_temp};
use super::{Compiler, R};
use crate::bytecode::{FuncAttr, Intrinsic2, Op};
use crate::code::{CodeUnit, Const, flags};
use crate::parse::source::{Span, definition_span, span};
use crate::pystring::PyString;
use crate::symtable::{Name, Part, Place, ScopeId, ScopeKind, default_kinds, generic_name, sym};

/// Attributes of a function to be made, in registers.
#[derive(Default)]
pub struct FuncParts {
    /// (attribute, register), each consumed.
    pub attrs: Vec<(FuncAttr, Reg)>,
}

impl<'a> Compiler<'a> {
    /// The scope of a part of a node; the symbol table has one for every block compiled.
    pub(super) fn scope_id<T>(&self, node: &T, part: Part, s: Span) -> R<ScopeId> {
        match self.table.scope_of(node, part) {
            Some(id) => Ok(id),
            None => self.err(s, "internal error: block without symbols"),
        }
    }

    // --- Making function objects --------------------------------------------------------------

    /// Free variables of a scope, in closure order.
    fn free_names(&self, id: ScopeId) -> Vec<Name> {
        self.table.scopes[id].sorted_names(|s| s.place == Place::Free || s.flags & sym::FREE_CLASS != 0)
    }

    /// Loads the cell of a variable.
    fn load_cell_object(&mut self, name: &Name, dst: Reg) {
        for frame in self.u.comps.iter().rev() {
            if self.table.scopes[frame.scope].place(name) == Place::Cell
                && let Some(r) = frame.vars.get(name)
            {
                let r = *r;
                self.u.emit_flags(Op::MOVE, 0, dst, r, 0);
                return;
            }
        }
        match self.u.freevars.binary_search(name) {
            Ok(i) => self.u.emit_flags(Op::LOAD_CLOSURE, 0, dst, i as u32, 0),
            Err(_) => {
                let r = self.u.local(name);
                self.u.emit_flags(Op::MOVE, 0, dst, r, 0);
            }
        }
    }

    /// Makes a function from code: `parts` were evaluated before, the closure is loaded here.
    pub(super) fn make_function(&mut self, code: CodeUnit, scope: ScopeId, mut parts: FuncParts, mark: Reg, want: Option<Reg>) -> Reg {
        let free = self.free_names(scope);
        if !free.is_empty() {
            let base = self.u.top;
            for name in &free {
                let t = self.u.temp();
                self.load_cell_object(name, t);
            }
            self.u.top = base;
            let t = self.u.temp();
            self.u.emit(Op::BUILD_TUPLE, t, base, free.len() as u32);
            parts.attrs.push((FuncAttr::Closure, t));
        }
        let k = self.u.constant(Const::Code(Arc::new(code)));
        if parts.attrs.is_empty() {
            let d = self.dst(want, mark);
            self.u.emit_flags(Op::MAKE_FUNCTION, 0, d, k, 0);
            return d;
        }
        // The attributes are set before a local is overwritten.
        let t = self.u.temp();
        self.u.emit_flags(Op::MAKE_FUNCTION, 0, t, k, 0);
        for (attr, r) in parts.attrs {
            self.u.emit(Op::SET_FUNC_ATTR, t, r, attr as u32);
        }
        let d = self.dst(want, mark);
        self.u.mov(d, t);
        d
    }

    /// Evaluates the defaults of parameters.
    pub(super) fn defaults(&mut self, p: &'a ast::Parameters, s: Span) -> R<FuncParts> {
        let mut parts = FuncParts::default();
        let positional: Vec<&'a Expr> = p.posonlyargs.iter().chain(&p.args).filter_map(|p| p.default.as_deref()).collect();
        if !positional.is_empty() {
            let base = self.u.top;
            let constants: Option<Vec<Const>> = positional.iter().map(|e| self.constant(e)).collect();
            if let Some(constants) = constants {
                let t = self.u.temp();
                self.u.span = s;
                self.u.load_const(t, Const::Tuple(constants.into()));
            } else {
                for e in &positional {
                    let t = self.u.temp();
                    self.expr_into(e, t)?;
                }
                self.u.top = base;
                self.u.temp();
                self.u.span = s;
                self.u.emit(Op::BUILD_TUPLE, base, base, positional.len() as u32);
            }
            parts.attrs.push((FuncAttr::Defaults, base));
        }
        let base = self.u.top;
        let mut n = 0;
        for param in &p.kwonlyargs {
            if let Some(default) = &param.default {
                let key = self.u.temp();
                self.u.span = s;
                let name = self.mangle(param.parameter.name.as_str());
                self.u.load_const(key, Const::Str(PyString::from(&*name)));
                let v = self.u.temp();
                self.expr_into(default, v)?;
                n += 1;
            }
        }
        if n > 0 {
            self.u.top = base;
            self.u.temp();
            self.u.span = s;
            self.u.emit(Op::BUILD_MAP, base, base, n);
            parts.attrs.push((FuncAttr::KwDefaults, base));
        }
        Ok(parts)
    }

    /// Flags and counts of a function with these parameters.
    fn set_params(&mut self, p: Option<&'a ast::Parameters>) {
        let Some(p) = p else {
            return;
        };
        self.u.posonly = p.posonlyargs.len() as u32;
        self.u.argcount = (p.posonlyargs.len() + p.args.len()) as u32;
        self.u.kwonly = p.kwonlyargs.len() as u32;
        if p.vararg.is_some() {
            self.u.flags |= flags::VARARGS;
        }
        if p.kwarg.is_some() {
            self.u.flags |= flags::VARKEYWORDS;
        }
    }

    fn set_generator(&mut self) {
        let scope = self.scope();
        self.u.flags |= match (scope.coroutine, scope.generator) {
            (true, true) => flags::ASYNC_GENERATOR,
            (true, false) => flags::COROUTINE,
            (false, true) => flags::GENERATOR,
            (false, false) => 0,
        };
    }

    pub(super) fn lambda(&mut self, l: &'a ast::ExprLambda, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let s = span(l);
        let parts = match &l.parameters {
            Some(p) => self.defaults(p, s)?,
            None => FuncParts::default(),
        };
        let id = self.scope_id(l, Part::Body, s)?;
        self.enter_unit(id, "<lambda>".into(), self.source.line(s.start));
        self.set_params(l.parameters.as_deref());
        // `await` cannot make a lambda a coroutine.
        if self.scope().generator {
            self.u.flags |= flags::GENERATOR;
        }
        if self.scope().method {
            self.u.flags |= flags::METHOD;
        }
        self.begin_unit(s);
        let r = self.expr(&l.body)?;
        self.u.span = span(&*l.body);
        self.u.emit(Op::RETURN, r, 0, 0);
        let code = self.leave_unit()?;
        self.u.span = s;
        Ok(self.make_function(code, id, parts, mark, want))
    }

    // --- def -------------------------------------------------------------------------------------

    pub(super) fn function_def(&mut self, f: &'a ast::StmtFunctionDef) -> R {
        let mark = self.u.top;
        let s = self.def_span(span(f), &f.decorator_list);
        let first_line = match f.decorator_list.first() {
            Some(d) => self.source.line(span(&d.expression).start),
            None => self.source.line(s.start),
        };
        let windows = self.decorators(&f.decorator_list)?;
        let target = if f.decorator_list.is_empty() { self.plain_local(f.name.as_str()) } else { None };
        let want = match windows.last() {
            Some(w) => {
                self.u.top = w + 2;
                self.u.temp();
                Some(w + 2)
            }
            None => target,
        };
        self.u.span = s;
        let parts = self.defaults(&f.parameters, s)?;
        let mut r = match &f.type_params {
            None => {
                let inner = if windows.is_empty() { mark } else { self.u.top };
                self.function_object(f, s, first_line, parts, inner, want)?
            }
            Some(tp) => self.generic_function(f, tp, s, first_line, parts, want)?,
        };
        if !f.decorator_list.is_empty() {
            r = self.apply_decorators(&f.decorator_list, &windows);
        }
        self.u.span = s;
        if target != Some(r) {
            self.store_name(f.name.as_str(), r)?;
        }
        self.u.top = mark;
        Ok(())
    }

    /// Position of a definition without its decorators.
    pub(super) fn def_span(&self, whole: Span, decorators: &[ast::Decorator]) -> Span {
        definition_span(self.source, whole, decorators)
    }

    /// Evaluates decorators, each into a call window of its own; returns the windows.
    pub(super) fn decorators(&mut self, list: &'a [ast::Decorator]) -> R<Vec<Reg>> {
        let mut windows = Vec::with_capacity(list.len());
        for d in list {
            self.check_caller(&d.expression);
            let w = self.u.temps(2);
            self.expr_into(&d.expression, w)?;
            self.u.top = w + 2;
            windows.push(w);
        }
        Ok(windows)
    }

    /// Calls the decorators, the innermost window holding the decorated object.
    pub(super) fn apply_decorators(&mut self, list: &'a [ast::Decorator], windows: &[Reg]) -> Reg {
        let mut result = 0;
        for (d, w) in list.iter().zip(windows).rev() {
            self.u.span = span(&d.expression);
            // The result is the argument of the next window, or the final value.
            result = *w;
            self.u.emit_ext(Op::CALL, 0, *w, 1, *w, 0);
        }
        self.u.top = result + 1;
        result
    }

    fn generic_function(
        &mut self,
        f: &'a ast::StmtFunctionDef,
        tp: &'a ast::TypeParams,
        s: Span,
        first_line: u32,
        parts: FuncParts,
        want: Option<Reg>,
    ) -> R<Reg> {
        let (positional, keyword) = default_kinds(&f.parameters);
        let base = self.u.top;
        let args = u32::from(positional) + u32::from(keyword);
        let id = self.scope_id(tp, Part::TypeParams, s)?;
        self.enter_unit(id, generic_name(f.name.as_str()), first_line);
        self.u.argcount = args;
        self.begin_unit(s);
        let params = self.type_param_tuple(tp)?;
        let mut inner = FuncParts::default();
        for (wanted, attr, name) in [(positional, FuncAttr::Defaults, ".defaults"), (keyword, FuncAttr::KwDefaults, ".kwdefaults")] {
            if wanted {
                let r = self.load_mangled(&name.into(), None)?;
                inner.attrs.push((attr, r));
            }
        }
        let mark = self.u.top;
        let window = self.u.temps(2);
        let r = self.function_object(f, s, first_line, inner, mark + 2, Some(window))?;
        debug_assert_eq!(r, window);
        self.u.mov(window + 1, params);
        self.u.emit(Op::INTRINSIC_2, window, window, Intrinsic2::SetFunctionTypeParams as u32);
        self.u.emit(Op::RETURN, window, 0, 0);
        let code = self.leave_unit()?;
        // Call it at once, with the defaults as arguments.
        self.u.top = base;
        let window = self.u.temps(2);
        self.u.span = s;
        self.make_function(code, id, FuncParts::default(), window + 2, Some(window));
        self.u.top = window + 2;
        for (_, r) in &parts.attrs {
            let t = self.u.temp();
            self.u.mov(t, *r);
        }
        let d = match want {
            Some(d) => d,
            None => base,
        };
        self.u.emit_ext(Op::CALL, 0, window, args, d, 0);
        self.u.top = if want.is_none() { base + 1 } else { base };
        Ok(d)
    }

    fn function_object(
        &mut self,
        f: &'a ast::StmtFunctionDef,
        s: Span,
        first_line: u32,
        mut parts: FuncParts,
        mark: Reg,
        want: Option<Reg>,
    ) -> R<Reg> {
        self.function_annotations(f, s, &mut parts)?;
        let id = self.scope_id(f, Part::Body, s)?;
        self.enter_unit(id, f.name.as_str().into(), first_line);
        self.set_params(Some(&f.parameters));
        self.set_generator();
        if self.scope().method {
            self.u.flags |= flags::METHOD;
        }
        let mut body = &f.body[..];
        if let Some((doc, rest, _)) = self.docstring(body) {
            body = rest;
            if let Some(doc) = doc {
                self.u.flags |= flags::HAS_DOCSTRING;
                self.u.constant(Const::Str(doc));
            }
        }
        self.begin_unit(self.line_span(first_line));
        self.stmts(body)?;
        self.implicit_return();
        let code = self.leave_unit()?;
        self.u.span = s;
        Ok(self.make_function(code, id, parts, mark, want))
    }

    /// The start of a line.
    pub(super) fn line_span(&self, line: u32) -> Span {
        let at = self.source.line_start(line);
        Span { start: at, end: at }
    }

    /// `return None` at the end of a body, at the position of what comes before.
    fn implicit_return(&mut self) {
        self.u.span = Span::NONE;
        let k = self.u.constant(Const::None);
        self.u.emit_flags(Op::RETURN_CONST, 0, 0, k, 0);
    }

    /// Notes an assignment to an attribute of `self` for the class around.
    pub(super) fn note_static_attribute(&mut self, a: &ast::ExprAttribute) {
        if !matches!(&*a.value, Expr::Name(n) if n.id.as_str() == "self") {
            return;
        }
        let table = self.table;
        if let Some(class) = self.outer.iter_mut().rev().find(|u| table.scopes[u.scope].kind == ScopeKind::Class) {
            let name: Name = a.attr.as_str().into();
            if !class.static_attributes.contains(&name) {
                class.static_attributes.push(name);
            }
        }
    }

    /// Calls a function without arguments that is in `window`.
    pub(super) fn call_window(&mut self, window: Reg, args: u32, d: Reg) {
        debug_assert!(is_temp(window));
        self.u.emit_ext(Op::CALL, 0, window, args, d, 0);
    }
}
