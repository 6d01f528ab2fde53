//! Source text to register bytecode: parser, symbol table, compiler, marshal format.
//!
//! [`compile`] does it all; [`parse`] and [`compile_ast`] are its two halves. [`decode_source`] turns
//! the bytes of a file into the text they take.
#![forbid(unsafe_code)]

pub mod bytecode;
pub mod code;
pub mod errors;
pub mod options;
pub mod positions;
pub mod pystring;

pub use code::{CodeUnit, Const};
pub use errors::{CompileWarning, ErrorKind, SyntaxError, WarningCategory};
pub use options::{CompileOptions, Mode};
pub use pystring::PyString;

/// A successful compilation: the code, and the warnings to issue (in source order).
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The module's, expression's or interactive statement's code.
    pub code: CodeUnit,
    /// Warnings.
    pub warnings: Vec<CompileWarning>,
}
