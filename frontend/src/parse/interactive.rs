//! Interactive input: a single statement, and input that only lacks more lines.

use ruff_python_ast as ast;
use ruff_python_ast::Stmt;
use ruff_python_parser::ParseError;

use super::Ast;
use super::scan;
use super::source::{Source, Span, span};
use crate::errors::{ErrorKind, SyntaxError};
use crate::options::CompileOptions;

type E = Box<SyntaxError>;

/// The error for input that lacks more lines.
pub fn incomplete(source: &Source) -> E {
    let end = source.text().len() as u32;
    source.error(ErrorKind::IncompleteInput, Span { start: end, end }, "incomplete input")
}

/// Whether parsing failed because the text ended too early.
pub fn at_end(source: &Source, first: &ParseError) -> bool {
    let text = source.text();
    let end = last_token_end(text);
    let at_end = first.location.start().to_usize() >= end || first.location.end().to_usize() > end;
    match scan::scan(source) {
        Err(e) => {
            e.msg.starts_with("unterminated triple-quoted")
                || e.msg == "unexpected EOF while parsing"
                || (at_end && e.msg.ends_with("was never closed"))
        }
        Ok(_) => at_end,
    }
}

/// Offset after the last character that is neither blank nor in a comment on a line of its own.
fn last_token_end(text: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let t = line.trim();
        if !t.is_empty() && !t.starts_with('#') {
            end = at + line.trim_end().len();
        }
        at += line.len();
    }
    end
}

/// Checks what was parsed as a single interactive statement.
pub fn check(ast: &Ast, options: &CompileOptions) -> Result<(), E> {
    let ast::Mod::Module(m) = &ast.tree else {
        return Ok(());
    };
    let source = &ast.source;
    let Some(first) = m.body.first() else {
        // Blanks and comments alone are no statement.
        if options.allow_incomplete_input {
            return Err(incomplete(source));
        }
        let end = source.text().len() as u32;
        return Err(source.error(ErrorKind::SyntaxError, Span { start: end, end }, "invalid syntax"));
    };
    let line = source.line(span(first).end);
    let compound = is_compound(first);
    let second = m.body.get(1..).unwrap_or(&[]).iter().find(|s| compound || source.line(span(*s).start) > line);
    if second.is_some() {
        return Err(source.error(ErrorKind::SyntaxError, span(first), "multiple statements found while compiling a single statement"));
    }
    if options.dont_imply_dedent && compound && !ended(source.text()) {
        return Err(if options.allow_incomplete_input {
            incomplete(source)
        } else {
            let end = source.text().len() as u32;
            source.error(ErrorKind::SyntaxError, Span { start: end, end }, "unexpected EOF while parsing")
        });
    }
    Ok(())
}

/// Does an interactive session read on after this input, though it is complete? It does after a
/// compound statement, until a blank line.
pub fn wants_blank_line(ast: &Ast) -> bool {
    let ast::Mod::Module(m) = &ast.tree else { return false };
    let last = ast.source.text().lines().last().unwrap_or_default();
    m.body.first().is_some_and(is_compound) && !last.trim().is_empty()
}

fn is_compound(s: &Stmt) -> bool {
    matches!(
        s,
        Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
            | Stmt::For(_)
            | Stmt::While(_)
            | Stmt::If(_)
            | Stmt::With(_)
            | Stmt::Match(_)
            | Stmt::Try(_)
    )
}

/// Whether a compound statement is ended by a blank line (or stands on one line that is ended).
fn ended(text: &str) -> bool {
    let Some(body) = text.strip_suffix('\n') else {
        return false;
    };
    let last = body.rsplit('\n').next().unwrap_or("");
    last.trim().is_empty() || !body.contains('\n')
}
