//! What error messages call the kinds of expressions, and where in a tree a node is.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_text_size::{Ranged, TextRange};

/// The kind of an expression, as "cannot assign to ..." has it.
pub fn expr_name(e: &Expr) -> &'static str {
    match e {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(n) if n.id.as_str() == "__debug__" => "__debug__",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::BoolOp(_) | Expr::BinOp(_) | Expr::UnaryOp(_) => "expression",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(b) if b.value => "True",
        Expr::BooleanLiteral(_) => "False",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_) => "literal",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        Expr::Slice(_) | Expr::IpyEscapeCommand(_) => "expression",
    }
}

/// Finds the outermost expression a predicate accepts.
struct Finder<'a, F> {
    accept: F,
    within: TextRange,
    found: Option<&'a Expr>,
}

impl<'a, F: Fn(&Expr) -> bool> Visitor<'a> for Finder<'a, F> {
    fn visit_stmt(&mut self, s: &'a ast::Stmt) {
        if self.found.is_none() && s.range().intersect(self.within).is_some() {
            stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || walk_stmt(self, s));
        }
    }

    fn visit_expr(&mut self, e: &'a Expr) {
        if self.found.is_some() {
            return;
        }
        if (self.accept)(e) {
            self.found = Some(e);
        } else {
            stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || walk_expr(self, e));
        }
    }
}

/// The outermost expression in `within` that `accept` accepts.
pub fn find(tree: &ast::Mod, within: TextRange, accept: impl Fn(&Expr) -> bool) -> Option<&Expr> {
    let mut f = Finder { accept, within, found: None };
    match tree {
        ast::Mod::Module(m) => m.body.iter().for_each(|s| f.visit_stmt(s)),
        ast::Mod::Expression(e) => f.visit_expr(&e.body),
    }
    f.found
}

/// Finds the innermost statement around a range.
pub fn statement_at(tree: &ast::Mod, range: TextRange) -> Option<&ast::Stmt> {
    struct Find<'a> {
        range: TextRange,
        found: Option<&'a ast::Stmt>,
    }
    impl<'a> Visitor<'a> for Find<'a> {
        fn visit_stmt(&mut self, s: &'a ast::Stmt) {
            if s.range().contains_range(self.range) {
                self.found = Some(s);
                stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || walk_stmt(self, s));
            }
        }

        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut f = Find { range, found: None };
    if let ast::Mod::Module(m) = tree {
        m.body.iter().for_each(|s| f.visit_stmt(s));
    }
    f.found
}
