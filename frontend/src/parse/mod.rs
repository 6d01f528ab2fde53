//! Source text to syntax tree.

pub mod future;
pub mod literal;
pub mod source;

use ruff_python_ast as ast;
use ruff_python_ast::PythonVersion;
use ruff_python_parser as ruff;

use crate::errors::{CompileWarning, ErrorKind, SyntaxError};
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
}

/// Parses source text.
pub fn parse(text: &str, mode: Mode, _options: &CompileOptions) -> Result<Ast, Box<SyntaxError>> {
    let source = Source::new(text);
    let ruff_mode = match mode {
        Mode::Eval => ruff::Mode::Expression,
        _ => ruff::Mode::Module,
    };
    let parsed = ruff::parse_unchecked(
        source.text(),
        ruff::ParseOptions::from(ruff_mode).with_target_version(PythonVersion::PY314),
    );
    if let Some(e) = parsed.errors().first() {
        let s = Span::from(e.location);
        return Err(source.error(ErrorKind::SyntaxError, s, e.error.to_string()));
    }
    Ok(Ast {
        tree: parsed.into_syntax(),
        source,
        mode,
        warnings: Vec::new(),
    })
}
