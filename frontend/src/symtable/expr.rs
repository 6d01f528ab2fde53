//! First pass over expressions and patterns.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, ExprContext, Pattern};

use super::build::{Builder, R};
use super::{CompKind, Part, ScopeKind, sym};
use crate::parse::source::{Span, span};

impl Builder<'_> {
    pub(super) fn expr(&mut self, e: &Expr) -> R {
        match e {
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => Ok(()),
            Expr::Name(n) => self.name(n),
            _ => self.deeper(span(e), |b| b.compound(e)),
        }
    }

    fn exprs<'e>(&mut self, list: impl IntoIterator<Item = &'e Expr>) -> R {
        list.into_iter().try_for_each(|e| self.expr(e))
    }

    fn compound(&mut self, e: &Expr) -> R {
        match e {
            Expr::BoolOp(b) => self.exprs(&b.values),
            Expr::Named(n) => self.named(n),
            Expr::BinOp(b) => {
                self.expr(&b.left)?;
                self.expr(&b.right)
            }
            Expr::UnaryOp(u) => self.expr(&u.operand),
            Expr::Lambda(l) => self.lambda(l),
            Expr::If(i) => {
                self.expr(&i.test)?;
                self.expr(&i.body)?;
                self.expr(&i.orelse)
            }
            Expr::Dict(d) => {
                for item in &d.items {
                    self.opt(item.key.as_ref())?;
                    self.expr(&item.value)?;
                }
                Ok(())
            }
            Expr::Set(s) => self.exprs(&s.elts),
            Expr::ListComp(c) => self.comprehension(e, c, &[&c.elt], &c.generators),
            Expr::SetComp(c) => self.comprehension(e, c, &[&c.elt], &c.generators),
            Expr::Generator(c) => self.comprehension(e, c, &[&c.elt], &c.generators),
            Expr::DictComp(c) => match &c.key {
                Some(key) => self.comprehension(e, c, &[key, &c.value], &c.generators),
                None => self.error(span(e), "dict unpacking cannot be used in dict comprehension"),
            },
            Expr::Await(a) => {
                self.check_await(span(e))?;
                self.expr(&a.value)?;
                // In a function the compiler refuses `await` unless the function says `async`.
                let scope = self.scope();
                if scope.comp.is_some() || scope.kind == ScopeKind::Module {
                    scope.coroutine = true;
                }
                Ok(())
            }
            Expr::Yield(y) => {
                self.check_yield(span(e))?;
                self.opt(y.value.as_deref())?;
                self.scope().generator = true;
                Ok(())
            }
            Expr::YieldFrom(y) => {
                self.check_yield(span(e))?;
                self.expr(&y.value)?;
                self.scope().generator = true;
                Ok(())
            }
            Expr::Compare(c) => {
                self.expr(&c.left)?;
                self.exprs(&*c.comparators)
            }
            Expr::Call(c) => {
                self.expr(&c.func)?;
                self.exprs(&*c.arguments.args)?;
                self.keywords(&c.arguments.keywords)
            }
            Expr::FString(f) => {
                for element in f.value.elements() {
                    self.element(element)?;
                }
                Ok(())
            }
            Expr::TString(t) => {
                for element in t.value.elements() {
                    self.element(element)?;
                }
                Ok(())
            }
            Expr::Attribute(a) => {
                if !matches!(a.ctx, ExprContext::Load) {
                    self.check_name(a.attr.as_str(), span(e), matches!(a.ctx, ExprContext::Store))?;
                }
                self.expr(&a.value)
            }
            Expr::Subscript(s) => {
                self.expr(&s.value)?;
                self.expr(&s.slice)
            }
            Expr::Starred(s) => self.expr(&s.value),
            Expr::List(l) => self.exprs(&l.elts),
            Expr::Tuple(t) => self.exprs(&t.elts),
            Expr::Slice(s) => {
                self.opt(s.lower.as_deref())?;
                self.opt(s.upper.as_deref())?;
                self.opt(s.step.as_deref())
            }
            _ => Ok(()),
        }
    }

    fn element(&mut self, element: &ast::InterpolatedStringElement) -> R {
        if let ast::InterpolatedStringElement::Interpolation(i) = element {
            self.expr(&i.expression)?;
            if let Some(spec) = &i.format_spec {
                return self.deeper(span(i), |b| spec.elements.iter().try_for_each(|e| b.element(e)));
            }
        }
        Ok(())
    }

    pub(super) fn keywords(&mut self, keywords: &[ast::Keyword]) -> R {
        for (i, k) in keywords.iter().enumerate() {
            if let Some(arg) = &k.arg {
                self.check_name(arg.as_str(), span(k), true)?;
                if keywords[..i].iter().any(|o| o.arg.as_ref().is_some_and(|o| o.id == arg.id)) {
                    return self.error(span(k), format!("keyword argument repeated: {}", arg.id));
                }
            }
        }
        keywords.iter().try_for_each(|k| self.expr(&k.value))
    }

    fn name(&mut self, n: &ast::ExprName) -> R {
        let store = !matches!(n.ctx, ExprContext::Load);
        if store {
            self.check_name(&n.id, span(n), matches!(n.ctx, ExprContext::Store))?;
        }
        let flags = if store { sym::LOCAL } else { sym::USE };
        self.add(&n.id, flags, span(n))?;
        // `super` counts as a use of `__class__`.
        if !store && n.id.as_str() == "super" && self.scope().kind.is_function_like() {
            self.add("__class__", sym::USE, span(n))?;
        }
        Ok(())
    }

    fn lambda(&mut self, l: &ast::ExprLambda) -> R {
        if let Some(p) = &l.parameters {
            self.defaults(p)?;
        }
        self.in_scope(l, Part::Body, ScopeKind::Function, "<lambda>".into(), |b| {
            if let Some(p) = &l.parameters {
                b.params(p)?;
            }
            b.expr(&l.body)
        })
    }

    fn named(&mut self, n: &ast::ExprNamed) -> R {
        let s = span(n);
        if self.comp_iter_expr > 0 {
            return self.error(s, "assignment expression cannot be used in a comprehension iterable expression");
        }
        let Expr::Name(target) = &*n.target else {
            return self.error(s, "cannot use assignment expressions here");
        };
        if self.scope().comp.is_some() {
            self.named_in_comprehension(target)?;
        } else {
            self.check_not_in_type_scope("named expression", s)?;
        }
        self.expr(&n.value)?;
        // In a comprehension the name was bound outside; here it is only used.
        self.expr_target(target)
    }

    fn expr_target(&mut self, target: &ast::ExprName) -> R {
        self.check_name(&target.id, span(target), true)?;
        if self.scope().comp.is_some() {
            return Ok(());
        }
        self.add(&target.id, sym::LOCAL | sym::WALRUS, span(target))
    }

    fn named_in_comprehension(&mut self, target: &ast::ExprName) -> R {
        let s = span(target);
        let name = self.mangle(&target.id);
        let mut id = self.cur;
        let mut path = Vec::new();
        loop {
            let scope = &self.table.scopes[id];
            if scope.comp.is_some() {
                if scope.get(&name).is_some_and(|s| s.flags & sym::COMP_ITER != 0) {
                    return self.error(s, format!("assignment expression cannot rebind comprehension iteration variable '{}'", target.id));
                }
                path.push(id);
                match scope.parent {
                    Some(p) => id = p,
                    None => break,
                }
                continue;
            }
            match scope.kind {
                ScopeKind::Function => {
                    let global = scope.get(&name).is_some_and(|s| s.flags & sym::GLOBAL != 0);
                    let flag = if global { sym::GLOBAL } else { sym::NONLOCAL };
                    for comp in path {
                        self.add_in(comp, name.clone(), flag, s)?;
                    }
                    return self.add_in(id, name, sym::LOCAL | sym::WALRUS, s);
                }
                ScopeKind::Module => {
                    for comp in path {
                        self.add_in(comp, name.clone(), sym::GLOBAL, s)?;
                    }
                    return self.add_in(id, name, sym::GLOBAL, s);
                }
                ScopeKind::Class => {
                    return self.error(s, "assignment expression within a comprehension cannot be used in a class body");
                }
                ScopeKind::Annotation | ScopeKind::TypeParams | ScopeKind::TypeVariable | ScopeKind::TypeAlias => {
                    return self.error(
                        s,
                        match scope.kind {
                            ScopeKind::TypeVariable => "assignment expression within a comprehension cannot be used in a TypeVar bound",
                            ScopeKind::TypeAlias => "assignment expression within a comprehension cannot be used in a type alias",
                            ScopeKind::TypeParams => {
                                "assignment expression within a comprehension cannot be used within the definition of a generic"
                            }
                            _ => "assignment expression within a comprehension cannot be used within an annotation",
                        },
                    );
                }
            }
        }
        Ok(())
    }

    fn comprehension<N: ruff_text_size::Ranged>(&mut self, e: &Expr, node: &N, elts: &[&Expr], generators: &[ast::Comprehension]) -> R {
        let Some(kind) = Self::comp_kind_of(e) else {
            return Ok(());
        };
        let name = match kind {
            CompKind::List => "<listcomp>",
            CompKind::Set => "<setcomp>",
            CompKind::Dict => "<dictcomp>",
            CompKind::Generator => "<genexpr>",
        };
        let Some(outermost) = generators.first() else {
            return Ok(());
        };
        // The outermost iterable is evaluated outside.
        self.comp_iter_expr += 1;
        self.expr(&outermost.iter)?;
        self.comp_iter_expr -= 1;
        let is_async = self.in_scope(node, Part::Body, ScopeKind::Function, name.into(), |b| {
            b.scope().comp = Some(kind);
            if generators.iter().any(|g| g.is_async) {
                b.scope().coroutine = true;
            }
            b.add_in(b.cur, ".0".into(), sym::PARAM, Span::NONE)?;
            for (i, g) in generators.iter().enumerate() {
                b.in_comp_target = true;
                b.expr(&g.target)?;
                b.in_comp_target = false;
                if i > 0 {
                    b.comp_iter_expr += 1;
                    b.expr(&g.iter)?;
                    b.comp_iter_expr -= 1;
                }
                b.exprs(&g.ifs)?;
            }
            if let [key, value] = elts {
                b.expr(key)?;
                b.expr(value)?;
            } else {
                b.exprs(elts.iter().copied())?;
            }
            let is_async = b.scope().coroutine && kind != CompKind::Generator;
            b.scope().generator = kind == CompKind::Generator;
            Ok(is_async)
        })?;
        if is_async {
            self.check_async_comprehension(span(e))?;
            self.scope().coroutine = true;
        }
        Ok(())
    }

    pub(super) fn pattern(&mut self, p: &Pattern) -> R {
        self.deeper(span(p), |b| b.pattern_inner(p))
    }

    fn capture(&mut self, name: Option<&ast::Identifier>) -> R {
        match name {
            Some(n) => {
                self.check_name(n.as_str(), span(n), true)?;
                self.add(n.as_str(), sym::LOCAL, span(n))
            }
            None => Ok(()),
        }
    }

    fn pattern_inner(&mut self, p: &Pattern) -> R {
        match p {
            Pattern::MatchValue(v) => self.expr(&v.value),
            Pattern::MatchSingleton(_) => Ok(()),
            Pattern::MatchSequence(s) => s.patterns.iter().try_for_each(|p| self.pattern(p)),
            Pattern::MatchMapping(m) => {
                self.exprs(&m.keys)?;
                m.patterns.iter().try_for_each(|p| self.pattern(p))?;
                self.capture(m.rest.as_ref())
            }
            Pattern::MatchClass(c) => {
                self.expr(&c.cls)?;
                c.arguments.patterns.iter().try_for_each(|p| self.pattern(p))?;
                for k in &c.arguments.keywords {
                    self.check_name(k.attr.as_str(), span(k), true)?;
                }
                c.arguments.keywords.iter().try_for_each(|k| self.pattern(&k.pattern))
            }
            Pattern::MatchStar(s) => self.capture(s.name.as_ref()),
            Pattern::MatchAs(a) => {
                if let Some(p) = &a.pattern {
                    self.pattern(p)?;
                }
                self.capture(a.name.as_ref())
            }
            Pattern::MatchOr(o) => o.patterns.iter().try_for_each(|p| self.pattern(p)),
        }
    }
}
