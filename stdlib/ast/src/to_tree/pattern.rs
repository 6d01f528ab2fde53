//! Patterns.

use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::Pattern;
use ruff_text_size::TextRange;

use super::{Build, NO_INDEX};

impl Build<'_> {
    fn patterns(&self, p: Ref<'_>, name: &str, class: &str) -> PyResult<Vec<Pattern>> {
        self.list(p, name, class, |p| self.pattern(p))
    }

    /// A name that is captured; `_` is no name.
    fn capture(&self, p: Ref<'_>, name: &str, at: TextRange) -> PyResult<Option<ast::Identifier>> {
        let id = self.opt_ident(p, name, at)?;
        if id.as_ref().is_some_and(|i| i.id.as_str() == "_") {
            return self.value_error("can't capture name '_' in patterns");
        }
        Ok(id)
    }

    pub fn pattern(&self, p: Ref<'_>) -> PyResult<Pattern> {
        self.vm.check_stack(" during ast conversion")?;
        let range = self.range(p, "pattern")?;
        let class = self.class_of(p, "pattern")?;
        let node_index = NO_INDEX;
        Ok(match class {
            "MatchValue" => Pattern::MatchValue(ast::PatternMatchValue { node_index, range, value: self.boxed(p, "value", class)? }),
            "MatchSingleton" => {
                let v = self.field(p, "value", class)?;
                let value = match v.r() {
                    v if v.is_none() => ast::Singleton::None,
                    v if v.ptr_eq(krait_object::singletons::true_()) => ast::Singleton::True,
                    v if v.ptr_eq(krait_object::singletons::false_()) => ast::Singleton::False,
                    _ => return self.value_error("MatchSingleton can only contain True, False and None"),
                };
                Pattern::MatchSingleton(ast::PatternMatchSingleton { node_index, range, value })
            }
            "MatchSequence" => {
                let patterns = self.patterns(p, "patterns", class)?;
                Pattern::MatchSequence(ast::PatternMatchSequence { node_index, range, patterns })
            }
            "MatchMapping" => {
                let keys = self.list(p, "keys", class, |k| self.expr(k))?;
                let patterns = self.patterns(p, "patterns", class)?;
                if keys.len() != patterns.len() {
                    return self.value_error("MatchMapping doesn't have the same number of keys as patterns");
                }
                Pattern::MatchMapping(ast::PatternMatchMapping {
                    node_index,
                    range,
                    keys: keys.into_iter().collect(),
                    patterns: patterns.into_iter().collect(),
                    rest: self.capture(p, "rest", range)?,
                })
            }
            "MatchClass" => self.class_pattern(p, range)?,
            "MatchStar" => Pattern::MatchStar(ast::PatternMatchStar { node_index, range, name: self.capture(p, "name", range)? }),
            "MatchAs" => {
                let pattern = self.opt_field(p, "pattern")?.map(|q| self.pattern(q.r())).transpose()?.map(Box::new);
                let name = self.capture(p, "name", range)?;
                if pattern.is_some() && name.is_none() {
                    return self.value_error("MatchAs must specify a target name if a pattern is given");
                }
                Pattern::MatchAs(ast::PatternMatchAs { node_index, range, pattern, name })
            }
            _ => {
                let patterns = self.patterns(p, "patterns", class)?;
                if patterns.len() < 2 {
                    return self.value_error("MatchOr requires at least 2 patterns");
                }
                Pattern::MatchOr(ast::PatternMatchOr { node_index, range, patterns })
            }
        })
    }

    fn class_pattern(&self, p: Ref<'_>, range: TextRange) -> PyResult<Pattern> {
        let class = "MatchClass";
        let attrs = self.list(p, "kwd_attrs", class, |a| self.ident(a, range))?;
        let kwd = self.patterns(p, "kwd_patterns", class)?;
        if attrs.len() != kwd.len() {
            return self.value_error("MatchClass doesn't have the same number of keyword attributes as patterns");
        }
        let keyword = |(attr, pattern)| ast::PatternKeyword { range, node_index: NO_INDEX, attr, pattern };
        Ok(Pattern::MatchClass(ast::PatternMatchClass {
            node_index: NO_INDEX,
            range,
            cls: self.boxed(p, "cls", class)?,
            arguments: ast::PatternArguments {
                range,
                node_index: NO_INDEX,
                patterns: self.patterns(p, "patterns", class)?.into_iter().collect(),
                keywords: attrs.into_iter().zip(kwd).map(keyword).collect(),
            },
        }))
    }
}
