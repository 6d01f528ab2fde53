//! Programs as trees of statements, which is what shrinking works on.

use std::fmt::Write;

/// A statement: a line, or clauses with a block each (`if`/`else`, `try`/`except`).
#[derive(Clone, PartialEq, Debug)]
pub enum Stmt {
    Line(String),
    Compound(Vec<Clause>),
}

/// A head such as `for x in y:`, and what it governs.
#[derive(Clone, PartialEq, Debug)]
pub struct Clause {
    pub head: String,
    pub body: Vec<Stmt>,
}

/// A line.
pub fn line(text: impl Into<String>) -> Stmt {
    Stmt::Line(text.into())
}

/// A compound statement of one clause.
pub fn block(head: impl Into<String>, body: Vec<Stmt>) -> Stmt {
    Stmt::Compound(vec![clause(head, body)])
}

pub fn clause(head: impl Into<String>, body: Vec<Stmt>) -> Clause {
    Clause { head: head.into(), body }
}

/// The program's text.
pub fn text(program: &[Stmt]) -> String {
    let mut s = String::new();
    write_block(&mut s, program, 0);
    s
}

fn write_block(out: &mut String, body: &[Stmt], depth: usize) {
    let indent = "    ".repeat(depth);
    if body.is_empty() && depth > 0 {
        let _ = writeln!(out, "{indent}pass");
    }
    for s in body {
        match s {
            Stmt::Line(text) => {
                for l in text.lines() {
                    let _ = writeln!(out, "{indent}{l}");
                }
            }
            Stmt::Compound(clauses) => {
                for c in clauses {
                    for l in c.head.lines() {
                        let _ = writeln!(out, "{indent}{l}");
                    }
                    write_block(out, &c.body, depth + 1);
                }
            }
        }
    }
}

/// Number of statements.
pub fn size(body: &[Stmt]) -> usize {
    body.iter()
        .map(|s| match s {
            Stmt::Line(_) => 1,
            Stmt::Compound(clauses) => 1 + clauses.iter().map(|c| size(&c.body)).sum::<usize>(),
        })
        .sum()
}
