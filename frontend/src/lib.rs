//! Source text to register bytecode: parser, symbol table, compiler, marshal format.
//!
//! [`compile`] does it all; [`parse`] and [`compile_ast`] are its two halves.
#![forbid(unsafe_code)]

pub mod bytecode;
pub mod code;
mod compile;
pub mod disasm;
pub mod errors;
pub mod marshal;
pub mod options;
pub mod parse;
pub mod positions;
pub mod pystring;
pub mod symtable;
pub mod temps;
pub mod verify;

pub use code::{CodeUnit, Const};
pub use disasm::disasm;
pub use errors::{CompileWarning, ErrorKind, SyntaxError, WarningCategory};
pub use options::{CompileOptions, Mode};
pub use parse::{Ast, parse};
pub use pystring::PyString;
pub use verify::verify;

/// A successful compilation: the code, and the warnings to issue (in source order).
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The module's, expression's or interactive statement's code.
    pub code: CodeUnit,
    /// Warnings.
    pub warnings: Vec<CompileWarning>,
}

/// Compiles source text.
pub fn compile(source: &str, filename: &str, mode: Mode, options: &CompileOptions) -> Result<Compiled, Box<SyntaxError>> {
    let ast = parse(source, mode, options)?;
    compile_ast(&ast, filename, options)
}

/// Compiles a syntax tree.
pub fn compile_ast(ast: &Ast, filename: &str, options: &CompileOptions) -> Result<Compiled, Box<SyntaxError>> {
    compile_checked(ast, filename, options).map_err(|mut e| {
        // Only the parser has the text at hand; the compiler counts its columns in bytes.
        if let Some(text) = e.text.take() {
            let bytes = |col: u32| text.chars().take(col as usize - 1).map(|c| c.len_utf8() as u32).sum::<u32>() + 1;
            if e.col > 0 {
                e.col = bytes(e.col);
            }
            if e.end_line == e.line && e.end_col > 0 {
                e.end_col = bytes(e.end_col as u32) as i32;
            }
        }
        e
    })
}

fn compile_checked(ast: &Ast, filename: &str, options: &CompileOptions) -> Result<Compiled, Box<SyntaxError>> {
    let future = parse::future::features(ast, options)?;
    let annotations = future & code::flags::FUTURE_ANNOTATIONS != 0;
    let analysis = symtable::build(&ast.tree, &ast.source, options, annotations)?;
    ast.depth.set(Some(analysis.depth));
    let (mut code, mut warnings) = compile::compile_tree(&ast.tree, &analysis.table, &ast.source, filename, ast.mode, options, future)?;
    if options.no_debug_ranges {
        code.drop_columns();
    }
    warnings.sort_by_key(|w| (w.line, w.col));
    warnings.splice(0..0, ast.warnings.iter().cloned());
    Ok(Compiled { code, warnings })
}
