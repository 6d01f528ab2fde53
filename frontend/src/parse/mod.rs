//! Source text to syntax tree.

mod escapes;
pub mod future;
pub mod literal;
mod names;
mod scan;
pub mod source;
mod translate;

use ruff_python_ast as ast;
use ruff_python_ast::PythonVersion;
use ruff_python_parser as ruff;

use crate::errors::{CompileWarning, SyntaxError};
use crate::options::{CompileOptions, Mode};
use source::Source;

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
    scan::check_nesting(&source)?;
    let ruff_mode = match mode {
        Mode::Eval => ruff::Mode::Expression,
        _ => ruff::Mode::Module,
    };
    let parsed = ruff::parse_unchecked(
        source.text(),
        ruff::ParseOptions::from(ruff_mode).with_target_version(PythonVersion::PY314),
    );
    if let Some(first) = parsed.errors().iter().min_by_key(|e| e.location.start()) {
        let e = translate::translate(&source, &parsed, first);
        drop_deep(parsed, source.text().len());
        return Err(e);
    }
    Ok(Ast {
        tree: parsed.into_syntax(),
        source,
        mode,
        warnings: Vec::new(),
    })
}

/// Drops what may be a very deep tree: its nesting is bounded by the length of the text only.
fn drop_deep<T>(tree: T, len: usize) {
    const PER_BYTE: usize = 512;
    const LIMIT: usize = 1 << 30;
    let need = len.saturating_mul(PER_BYTE).saturating_add(1 << 20);
    if need > LIMIT {
        // Freeing it may take more stack than there is address space to spare.
        std::mem::forget(tree);
        return;
    }
    stacker::maybe_grow(need.min(1 << 20), need, || drop(tree));
}
