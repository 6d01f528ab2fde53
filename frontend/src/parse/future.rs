//! `from __future__ import ...`: which features are on, and where such imports may stand.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Stmt};

use super::Ast;
use super::source::span;
use crate::code::flags;
use crate::errors::{ErrorKind, SyntaxError};
use crate::options::CompileOptions;

/// The future bits in force for a tree.
pub fn features(ast: &Ast, options: &CompileOptions) -> Result<u32, Box<SyntaxError>> {
    let mut on = options.future_flags & flags::FUTURE_MASK;
    let ast::Mod::Module(m) = &ast.tree else {
        return Ok(on);
    };
    let mut docstring_allowed = true;
    for s in &m.body {
        match s {
            Stmt::ImportFrom(i) if is_future(i) => on |= names(ast, i)?,
            Stmt::Expr(e) if docstring_allowed && matches!(*e.value, Expr::StringLiteral(_)) => {
                docstring_allowed = false;
            }
            _ => break,
        }
    }
    Ok(on)
}

/// Offset where the part of a module ends that may hold future imports.
pub fn limit(tree: &ast::Mod) -> u32 {
    let ast::Mod::Module(m) = tree else {
        return 0;
    };
    let mut docstring_allowed = true;
    for s in &m.body {
        match s {
            Stmt::ImportFrom(i) if is_future(i) => {}
            Stmt::Expr(e) if docstring_allowed && matches!(*e.value, Expr::StringLiteral(_)) => {
                docstring_allowed = false;
            }
            s => return span(s).start,
        }
    }
    u32::MAX
}

/// Whether a statement is a future import.
pub fn is_future(i: &ast::StmtImportFrom) -> bool {
    i.level == 0 && i.module.as_ref().is_some_and(|m| m.as_str() == "__future__")
}

fn names(ast: &Ast, i: &ast::StmtImportFrom) -> Result<u32, Box<SyntaxError>> {
    let mut on = 0;
    for a in &i.names {
        on |= match a.name.as_str() {
            "nested_scopes" | "generators" => 0,
            "division" => flags::FUTURE_DIVISION,
            "absolute_import" => flags::FUTURE_ABSOLUTE_IMPORT,
            "with_statement" => flags::FUTURE_WITH_STATEMENT,
            "print_function" => flags::FUTURE_PRINT_FUNCTION,
            "unicode_literals" => flags::FUTURE_UNICODE_LITERALS,
            "barry_as_FLUFL" => flags::FUTURE_BARRY_AS_BDFL,
            "generator_stop" => flags::FUTURE_GENERATOR_STOP,
            "annotations" => flags::FUTURE_ANNOTATIONS,
            "braces" => {
                return Err(ast.source.error(ErrorKind::SyntaxError, span(a), "not a chance"));
            }
            name => {
                return Err(ast.source.error(ErrorKind::SyntaxError, span(a), format!("future feature {name} is not defined")));
            }
        };
    }
    Ok(on)
}
