//! Source text to syntax tree.

mod escapes;
mod fields;
pub mod future;
pub mod interactive;
pub mod literal;
mod names;
mod scan;
pub mod source;
mod translate;

use std::cell::Cell;

use ruff_python_ast as ast;
use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_parser as ruff;
use ruff_text_size::{Ranged, TextRange};

use crate::errors::{CompileWarning, ErrorKind, SyntaxError, WarningCategory};
use crate::options::{CompileOptions, Mode};
use source::{Source, Span};

/// A parsed source.
#[derive(Debug)]
pub struct Ast {
    /// The tree.
    pub tree: ast::Mod,
    /// The text it was made from; nodes refer to it by offset.
    pub source: Source,
    /// The mode it was parsed in.
    pub mode: Mode,
    /// Warnings about the text.
    pub warnings: Vec<CompileWarning>,
    /// Nesting of the tree, once known.
    pub(crate) depth: Cell<Option<u32>>,
}

impl Ast {
    /// A tree made by other means than parsing. The nodes' offsets refer to `text`, which need not
    /// be what they would be parsed from.
    pub fn from_tree(tree: ast::Mod, text: String, mode: Mode) -> Ast {
        Ast { tree, source: Source::new(&text), mode, warnings: Vec::new(), depth: Cell::new(None) }
    }
}

impl Drop for Ast {
    fn drop(&mut self) {
        const PER_LEVEL: usize = 2048;
        let tree = std::mem::replace(&mut self.tree, empty());
        let need = match self.depth.get() {
            Some(d) => d as usize * PER_LEVEL,
            None => stack_for(self.source.text().len()),
        };
        drop_deep(tree, need);
    }
}

fn empty() -> ast::Mod {
    ast::Mod::Module(ast::ModModule { node_index: ast::AtomicNodeIndex::NONE, range: TextRange::default(), body: ast::Suite::new() })
}

/// Parses source text.
pub fn parse(text: &str, mode: Mode, options: &CompileOptions) -> Result<Ast, Box<SyntaxError>> {
    let source = Source::new(text);
    if text.contains('\0') {
        return Err(source.error(ErrorKind::SyntaxError, Span::NONE, "source code string cannot contain null bytes"));
    }
    if u32::try_from(text.len()).is_err() {
        return Err(source.error(ErrorKind::OverflowError, Span::NONE, "source code string is too long"));
    }
    scan::check_nesting(&source)?;
    let ruff_mode = match mode {
        Mode::Eval => ruff::Mode::Expression,
        _ => ruff::Mode::Module,
    };
    let parsed = ruff::parse_unchecked(source.text(), ruff::ParseOptions::from(ruff_mode).with_target_version(PythonVersion::PY314));
    if let Some(first) = translate::first_error(parsed.errors()) {
        let incomplete = options.allow_incomplete_input && interactive::at_end(&source, first);
        let mut e = if incomplete { interactive::incomplete(&source) } else { translate::translate(&source, &parsed, first, mode) };
        // The tokenizer has warned of what came before the error.
        e.warnings = token_warnings(&source, parsed.tokens());
        let (line, col) = (e.line, e.col);
        e.warnings.retain(|w| (w.line, w.col) < (line, col));
        drop_deep(parsed, stack_for(source.text().len()));
        return Err(e);
    }
    if let Some(first) = parsed.unsupported_syntax_errors().first() {
        let e = translate::unsupported(&source, first);
        drop_deep(parsed, stack_for(source.text().len()));
        return Err(e);
    }
    if deep_strings(parsed.tokens())
        && let Err(e) = scan::scan(&source)
    {
        drop_deep(parsed, stack_for(source.text().len()));
        return Err(e);
    }
    let warnings = token_warnings(&source, parsed.tokens());
    let ast = Ast { tree: parsed.into_syntax(), source, mode, warnings, depth: Cell::new(None) };
    if mode == Mode::Single {
        interactive::check(&ast, options)?;
    }
    Ok(ast)
}

/// Whether f-strings, or replacement fields in their format specifiers, may be nested deeper than the
/// tokenizer of CPython allows.
fn deep_strings(tokens: &Tokens) -> bool {
    let mut braces: Vec<usize> = Vec::new();
    for t in tokens {
        match t.kind() {
            TokenKind::FStringStart | TokenKind::TStringStart => braces.push(0),
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                braces.pop();
            }
            TokenKind::Lbrace => {
                if let Some(n) = braces.last_mut() {
                    *n += 1;
                }
            }
            TokenKind::Rbrace => {
                if let Some(n) = braces.last_mut() {
                    *n = n.saturating_sub(1);
                }
            }
            _ => continue,
        }
        if braces.len() >= scan::MAX_FSTRINGS || braces.last().is_some_and(|n| *n > scan::MAX_FIELDS) {
            return true;
        }
    }
    false
}

/// Warnings about tokens, in order.
fn token_warnings(source: &Source, tokens: &Tokens) -> Vec<CompileWarning> {
    let mut warnings = escape_warnings(source, tokens);
    warnings.extend(number_warnings(source, tokens));
    warnings.sort_by_key(|w| (w.line, w.col));
    warnings
}

/// Warnings for numbers that run into the keyword after them.
fn number_warnings(source: &Source, tokens: &Tokens) -> Vec<CompileWarning> {
    let mut out = Vec::new();
    for (t, next) in tokens.iter().zip(tokens.iter().skip(1)) {
        if t.range().end() != next.range().start() || !next.kind().is_keyword() {
            continue;
        }
        let number = source.slice(t.range().into());
        let kind = match (t.kind(), number.as_bytes()) {
            (TokenKind::Int, [b'0', b'x' | b'X', ..]) => "hexadecimal",
            (TokenKind::Int, [b'0', b'o' | b'O', ..]) => "octal",
            (TokenKind::Int, [b'0', b'b' | b'B', ..]) => "binary",
            (TokenKind::Int | TokenKind::Float, _) => "decimal",
            (TokenKind::Complex, _) => "imaginary",
            _ => continue,
        };
        let (line, col) = source.char_pos(t.range().start().to_u32());
        let msg = format!("invalid {kind} literal");
        out.push(CompileWarning { category: WarningCategory::SyntaxWarning, msg, error: None, line, col, end_line: line, end_col: col });
    }
    out
}

/// Warnings for backslash escapes that mean nothing.
fn escape_warnings(source: &Source, tokens: &Tokens) -> Vec<CompileWarning> {
    let mut out = Vec::new();
    if !source.text().contains('\\') {
        return out;
    }
    for t in tokens {
        let middle = matches!(t.kind(), TokenKind::FStringMiddle | TokenKind::TStringMiddle);
        if !middle && t.kind() != TokenKind::String {
            continue;
        }
        let s = Span::from(t.range());
        let text = source.slice(s);
        let Some(flags) = t.string_flags() else {
            continue;
        };
        if !text.contains('\\') || flags.is_raw_string() {
            continue;
        }
        let skip = if middle { 0 } else { text.find(['"', '\'']).unwrap_or(0) };
        let next = if middle { source.text()[s.end as usize..].chars().next() } else { None };
        for e in escapes::invalid_escapes(&text[skip..], flags.is_byte_string(), next) {
            let at = s.start + (skip + e.at) as u32;
            let (line, col) = source.char_pos(at);
            let (end_line, end_col) = source.char_pos(at + e.len as u32);
            out.push(CompileWarning {
                category: WarningCategory::SyntaxWarning,
                msg: e.msg,
                error: Some(e.error),
                line,
                col,
                end_line,
                end_col,
            });
        }
    }
    out
}

/// Native stack that freeing the tree of a text this long may take: its nesting is bounded by the
/// length of the text only.
fn stack_for(len: usize) -> usize {
    const PER_BYTE: usize = 1024;
    len.saturating_mul(PER_BYTE)
}

/// Drops what may be a very deep tree.
fn drop_deep<T>(tree: T, need: usize) {
    const SMALL: usize = 256 * 1024;
    const LIMIT: usize = 1 << 31;
    if need > LIMIT {
        // Freeing it may take more stack than there is address space to spare.
        std::mem::forget(tree);
        return;
    }
    let need = need + SMALL;
    stacker::maybe_grow(need, need, || drop(tree));
}
