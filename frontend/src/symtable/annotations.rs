//! Annotations and type parameters: blocks that are evaluated later, if ever.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;

use super::build::{Builder, R, generic_name};
use super::{Name, Part, ScopeKind, sym};
use crate::parse::source::{Span, span};

impl Builder<'_> {
    /// Visits annotations that are never evaluated, for the errors in them.
    fn unevaluated(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        let parent = self.cur;
        let id = self.new_scope(ScopeKind::Annotation, "__annotate__".into(), Some(parent));
        self.table.scopes[id].info = "an annotation";
        let saved = std::mem::replace(&mut self.in_unevaluated, true);
        let r = self.enter(id, f);
        self.in_unevaluated = saved;
        r
    }

    pub(super) fn function_annotations(&mut self, f: &ast::StmtFunctionDef) -> R {
        let p = &*f.parameters;
        if !has_annotations(f) {
            return Ok(());
        }
        let visit = |b: &mut Self| -> R {
            for param in annotated_params(p) {
                b.opt(param.annotation.as_deref())?;
            }
            b.opt(f.returns.as_deref())
        };
        let future = self.future_annotations;
        if future {
            self.unevaluated(visit)?;
        }
        let in_class = self.scope().kind == ScopeKind::Class || self.scope().can_see_class_scope;
        self.in_scope(p, Part::Annotations, ScopeKind::Annotation, "__annotate__".into(), |b| {
            b.scope().info = "an annotation";
            b.add(".format", sym::PARAM | sym::USE, Span::NONE)?;
            if future {
                return Ok(());
            }
            if in_class {
                b.scope().can_see_class_scope = true;
                b.add_in(b.cur, "__classdict__".into(), sym::USE, Span::NONE)?;
            }
            visit(b)
        })
    }

    pub(super) fn ann_assign(&mut self, a: &ast::StmtAnnAssign) -> R {
        if let Expr::Name(n) = &*a.target {
            let name = self.mangle(&n.id);
            let old = self.scope().get(&name).map_or(0, |s| s.flags);
            if old & (sym::GLOBAL | sym::NONLOCAL) != 0 && self.scope().kind != ScopeKind::Module && a.simple {
                let word = if old & sym::GLOBAL != 0 { "global" } else { "nonlocal" };
                return self.error(span(a), format!("annotated name '{name}' can't be {word}"));
            }
            self.check_name(&n.id, span(n), true)?;
            if a.simple {
                self.add(&n.id, sym::ANNOT | sym::LOCAL, span(a))?;
            } else if a.value.is_some() {
                self.add(&n.id, sym::LOCAL, span(a))?;
            }
        } else {
            self.expr(&a.target)?;
        }
        self.annotation(&a.annotation)?;
        self.opt(a.value.as_deref())
    }

    fn annotation(&mut self, annotation: &Expr) -> R {
        let kind = self.scope().kind;
        if self.future_annotations || kind.is_function_like() {
            if !kind.is_function_like() {
                self.scope().annotations_used = true;
            }
            return self.unevaluated(|b| b.expr(annotation));
        }
        self.scope().annotations_used = true;
        // A module may be seen half-executed, so all its annotations are conditional.
        if (kind == ScopeKind::Module || self.in_conditional) && !self.scope().has_conditional_annotations {
            self.scope().has_conditional_annotations = true;
            self.add_in(self.cur, "__conditional_annotations__".into(), sym::USE, span(annotation))?;
        }
        let block = match self.scope().annotation_block {
            Some(id) => id,
            None => {
                let parent = self.cur;
                let id = self.new_scope(ScopeKind::Annotation, "__annotate__".into(), Some(parent));
                self.table.scopes[parent].children.push(id);
                self.table.scopes[parent].annotation_block = Some(id);
                self.table.scopes[id].info = "an annotation";
                self.add_in(id, ".format".into(), sym::PARAM | sym::USE, Span::NONE)?;
                if kind == ScopeKind::Class {
                    self.table.scopes[id].can_see_class_scope = true;
                    self.add_in(id, "__classdict__".into(), sym::USE, Span::NONE)?;
                }
                id
            }
        };
        let conditional = self.table.scopes[self.cur].has_conditional_annotations;
        self.enter(block, |b| {
            if conditional {
                b.add_in(b.cur, "__conditional_annotations__".into(), sym::USE, Span::NONE)?;
            }
            b.expr(annotation)
        })
    }

    /// Opens the scope of a list of type parameters. `private` names the class's own type
    /// parameters, which alone are mangled in it.
    pub(super) fn type_param_scope(
        &mut self,
        params: &ast::TypeParams,
        name: Name,
        is_class: bool,
        private: Option<&ast::TypeParams>,
        f: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let in_class = self.scope().kind == ScopeKind::Class;
        self.in_scope(params, Part::TypeParams, ScopeKind::TypeParams, name, |b| {
            b.scope().info = "the definition of a generic";
            if is_class {
                b.scope().mangled_names =
                    Some(private.iter().flat_map(|p| &p.type_params).map(|p| Name::from(p.name().as_str())).collect());
            }
            if in_class {
                b.scope().can_see_class_scope = true;
                b.add_in(b.cur, "__classdict__".into(), sym::USE, Span::NONE)?;
            }
            f(b)
        })
    }

    pub(super) fn type_params(&mut self, params: &ast::TypeParams) -> R {
        let mut seen_default = false;
        for p in &params.type_params {
            let name = p.name().as_str();
            if p.default().is_some() {
                seen_default = true;
            } else if seen_default {
                return self.error(span(p), format!("non-default type parameter '{name}' follows default type parameter"));
            }
            if matches!(name, "__classdict__") {
                return self.error(span(p), format!("reserved name '{name}' cannot be used for type parameter"));
            }
            self.check_name(name, span(p), true)?;
            self.add(name, sym::TYPE_PARAM | sym::LOCAL, span(p))?;
            if let ast::TypeParam::TypeVar(v) = p
                && let Some(bound) = &v.bound
            {
                let info = if matches!(**bound, Expr::Tuple(_)) { "a TypeVar constraint" } else { "a TypeVar bound" };
                self.type_variable(p, Part::Bound, name, bound, info)?;
            }
            if let Some(default) = p.default() {
                let info = match p {
                    ast::TypeParam::TypeVar(_) => "a TypeVar default",
                    ast::TypeParam::ParamSpec(_) => "a ParamSpec default",
                    ast::TypeParam::TypeVarTuple(_) => "a TypeVarTuple default",
                };
                self.type_variable(p, Part::Default, name, default, info)?;
            }
        }
        Ok(())
    }

    fn type_variable(&mut self, p: &ast::TypeParam, part: Part, name: &str, value: &Expr, info: &'static str) -> R {
        let in_class = self.scope().can_see_class_scope;
        self.in_scope(p, part, ScopeKind::TypeVariable, name.into(), |b| {
            b.scope().info = info;
            b.add(".format", sym::PARAM | sym::USE, Span::NONE)?;
            if in_class {
                b.scope().can_see_class_scope = true;
                b.add_in(b.cur, "__classdict__".into(), sym::USE, Span::NONE)?;
            }
            // A starred default of a TypeVarTuple is unpacked where it is evaluated.
            match value {
                Expr::Starred(s) => b.expr(&s.value),
                e => b.expr(e),
            }
        })
    }

    pub(super) fn type_alias(&mut self, t: &ast::StmtTypeAlias) -> R {
        let Expr::Name(n) = &*t.name else {
            return self.error(span(&*t.name), "invalid syntax");
        };
        self.check_name(&n.id, span(n), true)?;
        self.add(&n.id, sym::LOCAL, span(n))?;
        let in_class = self.scope().kind == ScopeKind::Class;
        let name = Name::from(n.id.as_str());
        let value = |b: &mut Self| -> R {
            b.in_scope(t, Part::Body, ScopeKind::TypeAlias, name, |b| {
                b.scope().info = "a type alias";
                b.add(".format", sym::PARAM | sym::USE, Span::NONE)?;
                if in_class {
                    b.scope().can_see_class_scope = true;
                    b.add_in(b.cur, "__classdict__".into(), sym::USE, Span::NONE)?;
                }
                b.expr(&t.value)
            })
        };
        match &t.type_params {
            None => value(self),
            Some(tp) => self.type_param_scope(tp, generic_name(&n.id), false, None, |b| {
                b.type_params(tp)?;
                value(b)
            }),
        }
    }
}

/// Parameters in the order their annotations are evaluated.
pub fn annotated_params(p: &ast::Parameters) -> impl Iterator<Item = &ast::Parameter> {
    p.posonlyargs
        .iter()
        .chain(&p.args)
        .map(|p| &p.parameter)
        .chain(p.vararg.as_deref())
        .chain(p.kwonlyargs.iter().map(|p| &p.parameter))
        .chain(p.kwarg.as_deref())
}

/// Whether a function has any annotation.
pub fn has_annotations(f: &ast::StmtFunctionDef) -> bool {
    f.returns.is_some() || annotated_params(&f.parameters).any(|p| p.annotation.is_some())
}
