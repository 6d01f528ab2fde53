//! Patterns.

use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::Pattern;
use ruff_text_size::Ranged;

use super::Conv;

impl Conv<'_> {
    fn patterns(&self, p: &[Pattern]) -> PyResult<Obj> {
        self.list(p, |p| self.pattern(p))
    }

    pub fn pattern(&self, p: &Pattern) -> PyResult<Obj> {
        self.vm.check_stack(" during ast construction")?;
        let at = p.range();
        match p {
            Pattern::MatchValue(v) => self.node("MatchValue", at, vec![("value", self.expr(&v.value)?)]),
            Pattern::MatchSingleton(s) => {
                let value = match s.value {
                    ast::Singleton::None => Obj::none(),
                    ast::Singleton::True => Obj::bool(true),
                    ast::Singleton::False => Obj::bool(false),
                };
                self.node("MatchSingleton", at, vec![("value", value)])
            }
            Pattern::MatchSequence(s) => self.node("MatchSequence", at, vec![("patterns", self.patterns(&s.patterns)?)]),
            Pattern::MatchMapping(m) => {
                let (keys, patterns) = (self.exprs(&m.keys)?, self.patterns(&m.patterns)?);
                let rest = self.opt_ident(m.rest.as_ref());
                self.node("MatchMapping", at, vec![("keys", keys), ("patterns", patterns), ("rest", rest)])
            }
            Pattern::MatchClass(c) => {
                let fields = vec![
                    ("cls", self.expr(&c.cls)?),
                    ("patterns", self.patterns(&c.arguments.patterns)?),
                    ("kwd_attrs", self.list(&c.arguments.keywords, |k| Ok(self.ident(&k.attr)))?),
                    ("kwd_patterns", self.list(&c.arguments.keywords, |k| self.pattern(&k.pattern))?),
                ];
                self.node("MatchClass", at, fields)
            }
            Pattern::MatchStar(s) => self.node("MatchStar", at, vec![("name", self.opt_ident(s.name.as_ref()))]),
            Pattern::MatchAs(a) => {
                let pattern = self.opt(a.pattern.as_deref(), |p| self.pattern(p))?;
                self.node("MatchAs", at, vec![("pattern", pattern), ("name", self.opt_ident(a.name.as_ref()))])
            }
            Pattern::MatchOr(o) => self.node("MatchOr", at, vec![("patterns", self.patterns(&o.patterns)?)]),
        }
    }
}
