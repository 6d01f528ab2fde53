//! Statements.

use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::Stmt;
use ruff_text_size::{Ranged, TextRange};

use super::Conv;

impl Conv<'_> {
    pub fn stmt(&self, s: &Stmt) -> PyResult<Obj> {
        self.vm.check_stack(" during ast construction")?;
        let at = s.range();
        match s {
            Stmt::FunctionDef(f) => self.function(f),
            Stmt::ClassDef(c) => self.class(c),
            Stmt::Return(r) => self.node("Return", at, vec![("value", self.opt_expr(r.value.as_deref())?)]),
            Stmt::Delete(d) => self.node("Delete", at, vec![("targets", self.exprs(&d.targets)?)]),
            Stmt::Assign(a) => {
                let (targets, value) = (self.exprs(&a.targets)?, self.expr(&a.value)?);
                self.node("Assign", at, vec![("targets", targets), ("value", value), ("type_comment", Obj::none())])
            }
            Stmt::TypeAlias(t) => {
                let (name, params) = (self.expr(&t.name)?, self.type_params(t.type_params.as_deref())?);
                self.node("TypeAlias", at, vec![("name", name), ("type_params", params), ("value", self.expr(&t.value)?)])
            }
            Stmt::AugAssign(a) => {
                let (target, op, value) = (self.expr(&a.target)?, self.operator(a.op)?, self.expr(&a.value)?);
                self.node("AugAssign", at, vec![("target", target), ("op", op), ("value", value)])
            }
            Stmt::AnnAssign(a) => {
                let (target, annotation) = (self.expr(&a.target)?, self.expr(&a.annotation)?);
                let value = self.opt_expr(a.value.as_deref())?;
                let simple = Obj::small(a.simple.into());
                let fields = vec![("target", target), ("annotation", annotation), ("value", value), ("simple", simple)];
                self.node("AnnAssign", at, fields)
            }
            Stmt::For(f) => {
                let (target, iter) = (self.expr(&f.target)?, self.expr(&f.iter)?);
                let (body, orelse) = (self.body(&f.body)?, self.body(&f.orelse)?);
                let class = if f.is_async { "AsyncFor" } else { "For" };
                let fields = vec![("target", target), ("iter", iter), ("body", body), ("orelse", orelse), ("type_comment", Obj::none())];
                self.node(class, at, fields)
            }
            Stmt::While(w) => {
                let (test, body, orelse) = (self.expr(&w.test)?, self.body(&w.body)?, self.body(&w.orelse)?);
                self.node("While", at, vec![("test", test), ("body", body), ("orelse", orelse)])
            }
            Stmt::If(i) => {
                let (test, body) = (self.expr(&i.test)?, self.body(&i.body)?);
                let orelse = self.clauses(&i.elif_else_clauses, at)?;
                self.node("If", at, vec![("test", test), ("body", body), ("orelse", orelse)])
            }
            Stmt::With(w) => {
                let (items, body) = (self.list(&w.items, |i| self.with_item(i))?, self.body(&w.body)?);
                let class = if w.is_async { "AsyncWith" } else { "With" };
                self.node(class, at, vec![("items", items), ("body", body), ("type_comment", Obj::none())])
            }
            Stmt::Match(m) => {
                let (subject, cases) = (self.expr(&m.subject)?, self.list(&m.cases, |c| self.case(c))?);
                self.node("Match", at, vec![("subject", subject), ("cases", cases)])
            }
            Stmt::Raise(r) => {
                let (exc, cause) = (self.opt_expr(r.exc.as_deref())?, self.opt_expr(r.cause.as_deref())?);
                self.node("Raise", at, vec![("exc", exc), ("cause", cause)])
            }
            Stmt::Try(t) => {
                let (body, handlers) = (self.body(&t.body)?, self.list(&t.handlers, |h| self.handler(h))?);
                let (orelse, last) = (self.body(&t.orelse)?, self.body(&t.finalbody)?);
                let class = if t.is_star { "TryStar" } else { "Try" };
                let fields = vec![("body", body), ("handlers", handlers), ("orelse", orelse), ("finalbody", last)];
                self.node(class, at, fields)
            }
            Stmt::Assert(a) => {
                let (test, msg) = (self.expr(&a.test)?, self.opt_expr(a.msg.as_deref())?);
                self.node("Assert", at, vec![("test", test), ("msg", msg)])
            }
            Stmt::Import(i) => self.node("Import", at, vec![("names", self.list(&i.names, |a| self.alias(a))?)]),
            Stmt::ImportFrom(i) => {
                let names = self.list(&i.names, |a| self.alias(a))?;
                let (module, level) = (self.opt_ident(i.module.as_ref()), Obj::small(i.level.into()));
                self.node("ImportFrom", at, vec![("module", module), ("names", names), ("level", level)])
            }
            Stmt::Global(g) => self.node("Global", at, vec![("names", self.list(&g.names, |n| Ok(self.ident(n)))?)]),
            Stmt::Nonlocal(n) => self.node("Nonlocal", at, vec![("names", self.list(&n.names, |n| Ok(self.ident(n)))?)]),
            Stmt::Expr(e) => self.node("Expr", at, vec![("value", self.expr(&e.value)?)]),
            Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => self.node("Pass", at, vec![]),
            Stmt::Break(_) => self.node("Break", at, vec![]),
            Stmt::Continue(_) => self.node("Continue", at, vec![]),
        }
    }

    fn decorators(&self, d: &[ast::Decorator]) -> PyResult<Obj> {
        self.list(d, |d| self.expr(&d.expression))
    }

    fn function(&self, f: &ast::StmtFunctionDef) -> PyResult<Obj> {
        let args = self.arguments(&f.parameters)?;
        let body = self.body(&f.body)?;
        let fields = vec![
            ("name", self.ident(&f.name)),
            ("args", args),
            ("body", body),
            ("decorator_list", self.decorators(&f.decorator_list)?),
            ("returns", self.opt_expr(f.returns.as_deref())?),
            ("type_comment", Obj::none()),
            ("type_params", self.type_params(f.type_params.as_deref())?),
        ];
        let class = if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
        self.node(class, self.after_decorators(f.range, &f.decorator_list), fields)
    }

    fn class(&self, c: &ast::StmtClassDef) -> PyResult<Obj> {
        let (bases, keywords): (&[ast::Expr], &[ast::Keyword]) = c.arguments.as_deref().map_or((&[], &[]), |a| (&a.args, &a.keywords));
        let fields = vec![
            ("name", self.ident(&c.name)),
            ("bases", self.exprs(bases)?),
            ("keywords", self.list(keywords, |k| self.keyword(k))?),
            ("body", self.body(&c.body)?),
            ("decorator_list", self.decorators(&c.decorator_list)?),
            ("type_params", self.type_params(c.type_params.as_deref())?),
        ];
        self.node("ClassDef", self.after_decorators(c.range, &c.decorator_list), fields)
    }

    /// `elif` clauses nest: each is the only statement of the `else` before it.
    fn clauses(&self, clauses: &[ast::ElifElseClause], whole: TextRange) -> PyResult<Obj> {
        let mut orelse = self.vm.list(Vec::new());
        for c in clauses.iter().rev() {
            let body = self.body(&c.body)?;
            orelse = match &c.test {
                None => body,
                Some(t) => {
                    let at = TextRange::new(c.range.start(), whole.end());
                    let fields = vec![("test", self.expr(t)?), ("body", body), ("orelse", orelse)];
                    self.vm.list(vec![self.node("If", at, fields)?])
                }
            };
        }
        Ok(orelse)
    }

    fn with_item(&self, i: &ast::WithItem) -> PyResult<Obj> {
        let (e, vars) = (self.expr(&i.context_expr)?, self.opt_expr(i.optional_vars.as_deref())?);
        self.bare("withitem", vec![("context_expr", e), ("optional_vars", vars)])
    }

    fn case(&self, c: &ast::MatchCase) -> PyResult<Obj> {
        let (pattern, guard) = (self.pattern(&c.pattern)?, self.opt_expr(c.guard.as_deref())?);
        self.bare("match_case", vec![("pattern", pattern), ("guard", guard), ("body", self.body(&c.body)?)])
    }

    fn handler(&self, h: &ast::ExceptHandler) -> PyResult<Obj> {
        let ast::ExceptHandler::ExceptHandler(h) = h;
        let (ty, body) = (self.opt_expr(h.type_.as_deref())?, self.body(&h.body)?);
        self.node("ExceptHandler", h.range, vec![("type", ty), ("name", self.opt_ident(h.name.as_ref())), ("body", body)])
    }

    fn alias(&self, a: &ast::Alias) -> PyResult<Obj> {
        self.node("alias", a.range, vec![("name", self.ident(&a.name)), ("asname", self.opt_ident(a.asname.as_ref()))])
    }

    fn type_params(&self, p: Option<&ast::TypeParams>) -> PyResult<Obj> {
        self.list(p.map_or(&[], |p| &p.type_params[..]), |p| self.type_param(p))
    }

    fn type_param(&self, p: &ast::TypeParam) -> PyResult<Obj> {
        let at = p.range();
        match p {
            ast::TypeParam::TypeVar(t) => {
                let (bound, default) = (self.opt_expr(t.bound.as_deref())?, self.opt_expr(t.default.as_deref())?);
                self.node("TypeVar", at, vec![("name", self.ident(&t.name)), ("bound", bound), ("default_value", default)])
            }
            ast::TypeParam::ParamSpec(t) => {
                let default = self.opt_expr(t.default.as_deref())?;
                self.node("ParamSpec", at, vec![("name", self.ident(&t.name)), ("default_value", default)])
            }
            ast::TypeParam::TypeVarTuple(t) => {
                let default = self.opt_expr(t.default.as_deref())?;
                self.node("TypeVarTuple", at, vec![("name", self.ident(&t.name)), ("default_value", default)])
            }
        }
    }

    pub fn arguments(&self, p: &ast::Parameters) -> PyResult<Obj> {
        let arg = |p: &ast::ParameterWithDefault| self.arg(&p.parameter);
        let mut defaults = Vec::new();
        for d in p.posonlyargs.iter().chain(&p.args).filter_map(|a| a.default.as_deref()) {
            defaults.push(self.expr(d)?);
        }
        let fields = vec![
            ("posonlyargs", self.list(&p.posonlyargs, arg)?),
            ("args", self.list(&p.args, arg)?),
            ("vararg", self.opt(p.vararg.as_deref(), |a| self.arg(a))?),
            ("kwonlyargs", self.list(&p.kwonlyargs, arg)?),
            ("kw_defaults", self.list(&p.kwonlyargs, |a| self.opt_expr(a.default.as_deref()))?),
            ("kwarg", self.opt(p.kwarg.as_deref(), |a| self.arg(a))?),
            ("defaults", self.vm.list(defaults)),
        ];
        self.bare("arguments", fields)
    }

    fn arg(&self, p: &ast::Parameter) -> PyResult<Obj> {
        let annotation = self.opt_expr(p.annotation.as_deref())?;
        // `*args` and `**kwargs` are placed at their name.
        let at = TextRange::new(p.name.range.start(), p.range.end());
        self.node("arg", at, vec![("arg", self.ident(&p.name)), ("annotation", annotation), ("type_comment", Obj::none())])
    }

    pub fn keyword(&self, k: &ast::Keyword) -> PyResult<Obj> {
        let value = self.expr(&k.value)?;
        self.node("keyword", k.range, vec![("arg", self.opt_ident(k.arg.as_ref())), ("value", value)])
    }
}
