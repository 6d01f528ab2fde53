//! Statements.

use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::{Expr, ExprContext, Stmt};
use ruff_text_size::TextRange;

use super::{Build, NO_INDEX};

impl Build<'_> {
    pub fn body(&self, node: Ref<'_>, name: &str, class: &str) -> PyResult<ast::Suite> {
        self.vm.check_stack(" during ast conversion")?;
        Ok(self.list(node, name, class, |s| self.stmt(s))?.into_iter().collect())
    }
    fn full_body(&self, node: Ref<'_>, name: &str, class: &str) -> PyResult<ast::Suite> {
        let body = self.body(node, name, class)?;
        if body.is_empty() {
            return self.value_error(&format!("empty {name} on {class}"));
        }
        Ok(body)
    }
    fn full_exprs(&self, node: Ref<'_>, name: &str, class: &str, ctx: ExprContext) -> PyResult<Vec<Expr>> {
        let all = self.list(node, name, class, |e| self.expr_in(e, ctx))?;
        if all.is_empty() {
            return self.value_error(&format!("empty {name} on {class}"));
        }
        Ok(all)
    }

    pub fn stmt(&self, s: Ref<'_>) -> PyResult<Stmt> {
        self.vm.check_stack(" during ast conversion")?;
        let range = self.range(s, "stmt")?;
        let class = self.class_of(s, "stmt")?;
        let node_index = NO_INDEX;
        Ok(match class {
            "FunctionDef" | "AsyncFunctionDef" => self.function(s, class, range)?,
            "ClassDef" => self.class_def(s, range)?,
            "Return" => Stmt::Return(ast::StmtReturn { node_index, range, value: self.opt_boxed(s, "value")? }),
            "Delete" => {
                let targets = self.full_exprs(s, "targets", class, ExprContext::Del)?;
                Stmt::Delete(ast::StmtDelete { node_index, range, targets })
            }
            "Assign" => {
                let targets = self.full_exprs(s, "targets", class, ExprContext::Store)?;
                Stmt::Assign(ast::StmtAssign { node_index, range, targets, value: self.boxed(s, "value", class)? })
            }
            "TypeAlias" => Stmt::TypeAlias(ast::StmtTypeAlias {
                node_index,
                range,
                name: Box::new(self.expr_in(self.field(s, "name", class)?.r(), ExprContext::Store)?),
                type_params: self.type_params(s, class, range)?,
                value: self.boxed(s, "value", class)?,
            }),
            "AugAssign" => Stmt::AugAssign(ast::StmtAugAssign {
                node_index,
                range,
                target: Box::new(self.expr_in(self.field(s, "target", class)?.r(), ExprContext::Store)?),
                op: self.operator(self.field(s, "op", class)?.r())?,
                value: self.boxed(s, "value", class)?,
            }),
            "AnnAssign" => self.ann_assign(s, range)?,
            "For" | "AsyncFor" => Stmt::For(ast::StmtFor {
                node_index,
                range,
                is_async: class == "AsyncFor",
                target: Box::new(self.expr_in(self.field(s, "target", class)?.r(), ExprContext::Store)?),
                iter: self.boxed(s, "iter", class)?,
                body: self.full_body(s, "body", class)?,
                orelse: self.body(s, "orelse", class)?,
            }),
            "While" => Stmt::While(ast::StmtWhile {
                node_index,
                range,
                test: self.boxed(s, "test", class)?,
                body: self.full_body(s, "body", class)?,
                orelse: self.body(s, "orelse", class)?,
            }),
            "If" => self.if_stmt(s, range)?,
            "With" | "AsyncWith" => {
                let items = self.list(s, "items", class, |i| self.with_item(i))?;
                if items.is_empty() {
                    return self.value_error(&format!("empty items on {class}"));
                }
                let body = self.full_body(s, "body", class)?;
                Stmt::With(ast::StmtWith { node_index, range, is_async: class == "AsyncWith", items, body })
            }
            "Match" => {
                let cases = self.list(s, "cases", class, |c| self.case(c))?;
                if cases.is_empty() {
                    return self.value_error("empty cases on Match");
                }
                Stmt::Match(ast::StmtMatch { node_index, range, subject: self.boxed(s, "subject", class)?, cases })
            }
            "Raise" => {
                let (exc, cause) = (self.opt_boxed(s, "exc")?, self.opt_boxed(s, "cause")?);
                if exc.is_none() && cause.is_some() {
                    return self.value_error("Raise with cause but no exception");
                }
                Stmt::Raise(ast::StmtRaise { node_index, range, exc, cause })
            }
            "Try" | "TryStar" => self.try_stmt(s, class, range)?,
            "Assert" => {
                let (test, msg) = (self.boxed(s, "test", class)?, self.opt_boxed(s, "msg")?);
                Stmt::Assert(ast::StmtAssert { node_index, range, test, msg })
            }
            "Import" => {
                let names = self.aliases(s, class)?;
                Stmt::Import(ast::StmtImport { node_index, range, names, is_lazy: false })
            }
            "ImportFrom" => {
                let level = match self.opt_field(s, "level")? {
                    Some(l) => self.int(l.r())?,
                    None => 0,
                };
                let Ok(level) = u32::try_from(level) else {
                    return self.value_error("Negative ImportFrom level");
                };
                let (module, names) = (self.opt_ident(s, "module", range)?, self.aliases(s, class)?);
                Stmt::ImportFrom(ast::StmtImportFrom { node_index, range, module, names, level, is_lazy: false })
            }
            "Global" => Stmt::Global(ast::StmtGlobal { node_index, range, names: self.names(s, class, range)? }),
            "Nonlocal" => Stmt::Nonlocal(ast::StmtNonlocal { node_index, range, names: self.names(s, class, range)? }),
            "Expr" => Stmt::Expr(ast::StmtExpr { node_index, range, value: self.boxed(s, "value", class)? }),
            "Pass" => Stmt::Pass(ast::StmtPass { node_index, range }),
            "Break" => Stmt::Break(ast::StmtBreak { node_index, range }),
            "Continue" => Stmt::Continue(ast::StmtContinue { node_index, range }),
            _ => return Err(self.unexpected(s, "stmt")),
        })
    }

    fn names(&self, s: Ref<'_>, class: &str, at: TextRange) -> PyResult<Vec<ast::Identifier>> {
        let names = self.list(s, "names", class, |n| self.ident(n, at))?;
        if names.is_empty() { self.value_error(&format!("empty names on {class}")) } else { Ok(names) }
    }
    fn aliases(&self, s: Ref<'_>, class: &str) -> PyResult<Vec<ast::Alias>> {
        let names = self.list(s, "names", class, |a| {
            let range = self.range(a, "alias")?;
            let (name, asname) = (self.ident_field(a, "name", "alias", range)?, self.opt_ident(a, "asname", range)?);
            Ok(ast::Alias { range, node_index: NO_INDEX, name, asname })
        })?;
        if names.is_empty() { self.value_error(&format!("empty names on {class}")) } else { Ok(names) }
    }
    fn decorators(&self, s: Ref<'_>, class: &str) -> PyResult<Vec<ast::Decorator>> {
        self.list(s, "decorator_list", class, |d| {
            let expression = self.expr(d)?;
            let range = ruff_text_size::Ranged::range(&expression);
            Ok(ast::Decorator { range, node_index: NO_INDEX, expression })
        })
    }

    fn function(&self, s: Ref<'_>, class: &str, range: TextRange) -> PyResult<Stmt> {
        Ok(Stmt::FunctionDef(ast::StmtFunctionDef {
            node_index: NO_INDEX,
            range,
            is_async: class == "AsyncFunctionDef",
            decorator_list: self.decorators(s, class)?.into_iter().collect(),
            name: self.ident_field(s, "name", class, range)?,
            type_params: self.type_params(s, class, range)?,
            parameters: Box::new(self.parameters(self.field(s, "args", class)?.r(), range)?),
            returns: self.opt_boxed(s, "returns")?,
            body: self.full_body(s, "body", class)?,
        }))
    }

    fn class_def(&self, s: Ref<'_>, range: TextRange) -> PyResult<Stmt> {
        let class = "ClassDef";
        let args = self.list(s, "bases", class, |e| self.expr(e))?;
        let keywords = self.list(s, "keywords", class, |k| self.keyword(k))?;
        let arguments = if args.is_empty() && keywords.is_empty() {
            None
        } else {
            Some(Box::new(ast::Arguments {
                range,
                node_index: NO_INDEX,
                args: args.into_boxed_slice(),
                keywords: keywords.into_iter().collect(),
            }))
        };
        Ok(Stmt::ClassDef(ast::StmtClassDef {
            node_index: NO_INDEX,
            range,
            decorator_list: self.decorators(s, class)?.into_iter().collect(),
            name: self.ident_field(s, "name", class, range)?,
            type_params: self.type_params(s, class, range)?,
            arguments,
            body: self.full_body(s, "body", class)?,
        }))
    }

    fn ann_assign(&self, s: Ref<'_>, range: TextRange) -> PyResult<Stmt> {
        let class = "AnnAssign";
        let target = self.expr_in(self.field(s, "target", class)?.r(), ExprContext::Store)?;
        let simple = self.int_field(s, "simple", class)? != 0;
        if simple && !matches!(target, Expr::Name(_)) {
            return Err(self.vm.type_error("AnnAssign with simple non-Name target"));
        }
        Ok(Stmt::AnnAssign(ast::StmtAnnAssign {
            node_index: NO_INDEX,
            range,
            target: Box::new(target),
            annotation: self.boxed(s, "annotation", class)?,
            value: self.opt_boxed(s, "value")?,
            simple,
        }))
    }

    fn if_stmt(&self, s: Ref<'_>, range: TextRange) -> PyResult<Stmt> {
        let test = self.boxed(s, "test", "If")?;
        let body = self.full_body(s, "body", "If")?;
        let orelse = self.body(s, "orelse", "If")?;
        let mut elif_else_clauses = Vec::new();
        if !orelse.is_empty() {
            elif_else_clauses.push(ast::ElifElseClause { range, node_index: NO_INDEX, test: None, body: orelse });
        }
        Ok(Stmt::If(ast::StmtIf { node_index: NO_INDEX, range, test, body, elif_else_clauses }))
    }

    fn with_item(&self, i: Ref<'_>) -> PyResult<ast::WithItem> {
        let context_expr = self.expr(self.field(i, "context_expr", "withitem")?.r())?;
        let vars = self.opt_field(i, "optional_vars")?;
        let optional_vars = vars.map(|v| self.expr_in(v.r(), ExprContext::Store)).transpose()?.map(Box::new);
        let range = ruff_text_size::Ranged::range(&context_expr);
        Ok(ast::WithItem { range, node_index: NO_INDEX, context_expr, optional_vars })
    }

    fn case(&self, c: Ref<'_>) -> PyResult<ast::MatchCase> {
        let pattern = self.pattern(self.field(c, "pattern", "match_case")?.r())?;
        Ok(ast::MatchCase {
            range: ruff_text_size::Ranged::range(&pattern),
            node_index: NO_INDEX,
            pattern,
            guard: self.opt_boxed(c, "guard")?,
            body: self.full_body(c, "body", "match_case")?,
        })
    }

    fn try_stmt(&self, s: Ref<'_>, class: &str, range: TextRange) -> PyResult<Stmt> {
        let handlers = self.list(s, "handlers", class, |h| self.handler(h))?;
        let (orelse, finalbody) = (self.body(s, "orelse", class)?, self.body(s, "finalbody", class)?);
        let body = self.full_body(s, "body", class)?;
        if handlers.is_empty() && finalbody.is_empty() {
            return self.value_error(&format!("{class} has neither handlers nor finalbody"));
        }
        if handlers.is_empty() && !orelse.is_empty() {
            return self.value_error(&format!("{class} has orelse but no except handlers"));
        }
        let is_star = class == "TryStar";
        Ok(Stmt::Try(ast::StmtTry { node_index: NO_INDEX, range, body, handlers, orelse, finalbody, is_star }))
    }

    fn handler(&self, h: Ref<'_>) -> PyResult<ast::ExceptHandler> {
        let range = self.range(h, "excepthandler")?;
        let class = self.class_of(h, "excepthandler")?;
        Ok(ast::ExceptHandler::ExceptHandler(ast::ExceptHandlerExceptHandler {
            range,
            node_index: NO_INDEX,
            type_: self.opt_boxed(h, "type")?,
            name: self.opt_ident(h, "name", range)?,
            body: self.full_body(h, "body", class)?,
        }))
    }

    fn type_params(&self, s: Ref<'_>, class: &str, range: TextRange) -> PyResult<Option<Box<ast::TypeParams>>> {
        let type_params = self.list(s, "type_params", class, |p| self.type_param(p))?;
        if type_params.is_empty() {
            return Ok(None);
        }
        Ok(Some(Box::new(ast::TypeParams { range, node_index: NO_INDEX, type_params })))
    }

    fn type_param(&self, p: Ref<'_>) -> PyResult<ast::TypeParam> {
        let range = self.range(p, "type_param")?;
        let class = self.class_of(p, "type_param")?;
        let node_index = NO_INDEX;
        let name = self.ident_field(p, "name", class, range)?;
        let default = self.opt_boxed(p, "default_value")?;
        Ok(match class {
            "TypeVar" => {
                let bound = self.opt_boxed(p, "bound")?;
                ast::TypeParam::TypeVar(ast::TypeParamTypeVar { range, node_index, name, bound, default })
            }
            "ParamSpec" => ast::TypeParam::ParamSpec(ast::TypeParamParamSpec { range, node_index, name, default }),
            _ => ast::TypeParam::TypeVarTuple(ast::TypeParamTypeVarTuple { range, node_index, name, default }),
        })
    }

    fn param(&self, a: Ref<'_>) -> PyResult<ast::Parameter> {
        let range = self.range(a, "arg")?;
        let (name, annotation) = (self.ident_field(a, "arg", "arg", range)?, self.opt_boxed(a, "annotation")?);
        Ok(ast::Parameter { range, node_index: NO_INDEX, name, annotation })
    }

    pub fn parameters(&self, a: Ref<'_>, range: TextRange) -> PyResult<ast::Parameters> {
        let class = "arguments";
        let params = |name: &str| self.list(a, name, class, |p| self.param(p));
        let (posonly, args, kwonly) = (params("posonlyargs")?, params("args")?, params("kwonlyargs")?);
        let defaults = self.list(a, "defaults", class, |e| self.expr(e))?;
        let kw_defaults = self.list(a, "kw_defaults", class, |e| if e.is_none() { Ok(None) } else { self.expr(e).map(Some) })?;
        let n = posonly.len() + args.len();
        if defaults.len() > n {
            return self.value_error("more positional defaults than args on arguments");
        }
        if kw_defaults.len() != kwonly.len() {
            return self.value_error("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        let with = |parameter: ast::Parameter, default: Option<Expr>| ast::ParameterWithDefault {
            range: parameter.range,
            node_index: NO_INDEX,
            parameter,
            default: default.map(Box::new),
        };
        let first = posonly.len();
        let mut values = (0..n - defaults.len()).map(|_| None).chain(defaults.into_iter().map(Some));
        let mut all = posonly.into_iter().chain(args).map(|p| with(p, values.next().flatten()));
        let posonlyargs = all.by_ref().take(first).collect();
        let args = all.collect();
        Ok(ast::Parameters {
            range,
            node_index: NO_INDEX,
            posonlyargs,
            args,
            vararg: self.opt_field(a, "vararg")?.map(|p| self.param(p.r())).transpose()?.map(Box::new),
            kwonlyargs: kwonly.into_iter().zip(kw_defaults).map(|(p, d)| with(p, d)).collect(),
            kwarg: self.opt_field(a, "kwarg")?.map(|p| self.param(p.r())).transpose()?.map(Box::new),
        })
    }

    pub fn keyword(&self, k: Ref<'_>) -> PyResult<ast::Keyword> {
        let range = self.range(k, "keyword")?;
        let arg = self.opt_ident(k, "arg", range)?;
        let value = self.expr(self.field(k, "value", "keyword")?.r())?;
        Ok(ast::Keyword { range, node_index: NO_INDEX, arg, value })
    }
}
