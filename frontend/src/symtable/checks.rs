//! Placement errors: names that cannot be bound, `yield` and `await` where they cannot stand.

use super::build::{Builder, R};
use super::{CompKind, ScopeKind};
use crate::parse::source::Span;

impl Builder<'_> {
    /// Whether a name may be bound (`store`) or deleted.
    pub(super) fn check_name(&self, name: &str, s: Span, store: bool) -> R {
        if name == "__debug__" {
            let verb = if store { "assign to" } else { "delete" };
            return self.error(s, format!("cannot {verb} __debug__"));
        }
        Ok(())
    }

    /// Refuses what cannot be used in an annotation, a type parameter's bound and the like.
    pub(super) fn check_not_in_type_scope(&self, what: &str, s: Span) -> R {
        let scope = &self.table.scopes[self.cur];
        match scope.kind {
            ScopeKind::Annotation | ScopeKind::TypeParams | ScopeKind::TypeVariable | ScopeKind::TypeAlias => {
                self.error(s, format!("{what} cannot be used within {}", scope.info))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_yield(&self, s: Span) -> R {
        self.check_not_in_type_scope("yield expression", s)?;
        let scope = &self.table.scopes[self.cur];
        let msg = match scope.comp {
            Some(CompKind::List) => "'yield' inside list comprehension",
            Some(CompKind::Set) => "'yield' inside set comprehension",
            Some(CompKind::Dict) => "'yield' inside dict comprehension",
            Some(CompKind::Generator) => "'yield' inside generator expression",
            None => return Ok(()),
        };
        self.error(s, msg)
    }

    pub(super) fn check_await(&self, s: Span) -> R {
        self.check_not_in_type_scope("await expression", s)?;
        let scope = &self.table.scopes[self.cur];
        match scope.kind {
            ScopeKind::Module if self.top_level_await => Ok(()),
            ScopeKind::Module | ScopeKind::Class => self.error(s, "'await' outside function"),
            ScopeKind::Function if !scope.coroutine && scope.comp.is_none() => self.error(s, "'await' outside async function"),
            _ => Ok(()),
        }
    }

    /// An asynchronous comprehension needs a coroutine around it (or another comprehension, which
    /// then becomes asynchronous itself).
    pub(super) fn check_async_comprehension(&self, s: Span) -> R {
        let scope = &self.table.scopes[self.cur];
        let allowed = match scope.kind {
            ScopeKind::Function => scope.coroutine || scope.comp.is_some(),
            ScopeKind::Module => self.top_level_await,
            _ => false,
        };
        if allowed {
            return Ok(());
        }
        self.error(s, "asynchronous comprehension outside of an asynchronous function")
    }
}
