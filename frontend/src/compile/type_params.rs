//! Type parameters and `type` statements.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;

use super::function::FuncParts;
use super::ir::Reg;
use super::{Compiler, R};
use crate::bytecode::{FuncAttr, Intrinsic1, Intrinsic2, Op};
use crate::code::Const;
use crate::parse::source::{Span, span};
use crate::symtable::{Part, generic_name};

impl<'a> Compiler<'a> {
    /// Makes the type parameters, binds their names; returns the register of their tuple.
    pub(super) fn type_param_tuple(&mut self, tp: &'a ast::TypeParams) -> R<Reg> {
        let base = self.u.top;
        for p in &tp.type_params {
            let r = self.u.temp();
            let name = p.name().as_str();
            let s = span(p);
            self.u.span = s;
            self.u.load_const(r, Const::Str(name.into()));
            match p {
                ast::TypeParam::TypeVar(v) => match &v.bound {
                    Some(bound) => {
                        self.evaluator(p, Part::Bound, bound, r + 1, s)?;
                        let how = if matches!(**bound, Expr::Tuple(_)) {
                            Intrinsic2::TypeVarWithConstraints
                        } else {
                            Intrinsic2::TypeVarWithBound
                        };
                        self.u.emit(Op::INTRINSIC_2, r, r, how as u32);
                    }
                    None => self.u.emit(Op::INTRINSIC_1, r, r, Intrinsic1::TypeVar as u32),
                },
                ast::TypeParam::ParamSpec(_) => {
                    self.u.emit(Op::INTRINSIC_1, r, r, Intrinsic1::ParamSpec as u32);
                }
                ast::TypeParam::TypeVarTuple(_) => {
                    self.u.emit(Op::INTRINSIC_1, r, r, Intrinsic1::TypeVarTuple as u32);
                }
            }
            if let Some(default) = p.default() {
                self.evaluator(p, Part::Default, default, r + 1, s)?;
                self.u.emit(Op::INTRINSIC_2, r, r, Intrinsic2::SetTypeparamDefault as u32);
            }
            self.u.top = r + 1;
            let copy = self.u.temp();
            self.u.span = s;
            self.u.emit_flags(Op::MOVE, 0, copy, r, 0);
            self.store_name(name, copy)?;
            self.u.top = r + 1;
        }
        self.u.top = base;
        let d = self.u.temp();
        self.u.span = span(tp);
        self.u.emit(Op::BUILD_TUPLE, d, base, tp.type_params.len() as u32);
        Ok(d)
    }

    /// A function evaluating `value` lazily, in register `dst`.
    fn evaluator(&mut self, p: &'a ast::TypeParam, part: Part, value: &'a Expr, dst: Reg, s: Span) -> R {
        let id = self.scope_id(p, part, s)?;
        self.begin_annotate(id, s);
        let t = self.u.temp();
        match value {
            Expr::Starred(star) => {
                self.expr_into(&star.value, t)?;
                self.u.span = span(value);
                self.u.emit(Op::UNPACK_SEQ, t, t, 1);
            }
            e => self.expr_into(e, t)?,
        }
        self.u.span = span(value);
        self.u.emit(Op::RETURN, t, 0, 0);
        let code = self.end_annotate()?;
        self.u.top = dst;
        self.u.temp();
        self.u.span = s;
        let parts = self.evaluator_defaults();
        self.make_function(code, id, parts, dst + 1, Some(dst));
        self.u.top = dst + 1;
        Ok(())
    }

    /// Evaluators can be called without a format: it defaults to 1 (VALUE).
    fn evaluator_defaults(&mut self) -> FuncParts {
        let t = self.u.temp();
        self.u.load_const(t, Const::Tuple(Box::new([Const::Int(1)])));
        FuncParts { attrs: vec![(FuncAttr::Defaults, t)] }
    }

    pub(super) fn type_alias(&mut self, t: &'a ast::StmtTypeAlias) -> R {
        let mark = self.u.top;
        let s = span(t);
        let Expr::Name(name) = &*t.name else {
            return self.err(span(&*t.name), "invalid syntax");
        };
        let r = match &t.type_params {
            None => self.alias_object(t, name, s, None)?,
            Some(tp) => {
                let id = self.scope_id(&**tp, Part::TypeParams, s)?;
                self.enter_unit(id, generic_name(&name.id), self.source.line(s.start));
                self.begin_unit(s);
                let params = self.type_param_tuple(tp)?;
                let r = self.alias_object(t, name, s, Some(params))?;
                self.u.emit(Op::RETURN, r, 0, 0);
                let code = self.leave_unit()?;
                let window = self.u.temps(2);
                self.u.span = s;
                self.make_function(code, id, FuncParts::default(), window + 2, Some(window));
                self.call_window(window, 0, window);
                window
            }
        };
        self.u.span = s;
        self.store_name(&name.id, r)?;
        self.u.top = mark;
        Ok(())
    }

    fn alias_object(&mut self, t: &'a ast::StmtTypeAlias, name: &ast::ExprName, s: Span, params: Option<Reg>) -> R<Reg> {
        let base = self.u.temps(2);
        self.u.span = s;
        self.u.load_const(base, Const::Str(name.id.as_str().into()));
        match params {
            Some(p) => self.u.mov(base + 1, p),
            None => self.u.load_const(base + 1, Const::None),
        }
        let id = self.scope_id(t, Part::Body, s)?;
        self.begin_annotate(id, s);
        let r = self.expr(&t.value)?;
        self.u.span = span(&*t.value);
        self.u.emit(Op::RETURN, r, 0, 0);
        let code = self.end_annotate()?;
        self.u.span = s;
        let f = self.u.temp();
        let parts = self.evaluator_defaults();
        self.make_function(code, id, parts, f + 1, Some(f));
        self.u.emit(Op::BUILD_TUPLE, base, base, 3);
        self.u.emit(Op::INTRINSIC_1, base, base, Intrinsic1::TypeAlias as u32);
        self.u.top = base + 1;
        Ok(base)
    }
}
