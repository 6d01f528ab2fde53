//! Syntax errors and warnings as CPython reports them.

/// Which exception a failed compilation raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `SyntaxError`
    SyntaxError,
    /// `IndentationError`
    IndentationError,
    /// `TabError`
    TabError,
    /// `_IncompleteInputError` (only with `CompileOptions::allow_incomplete_input`)
    IncompleteInput,
    /// `RecursionError`
    RecursionError,
    /// `MemoryError`
    MemoryError,
    /// `OverflowError`
    OverflowError,
    /// `ValueError`
    ValueError,
}

/// A failed compilation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The exception's type.
    pub kind: ErrorKind,
    /// Its message.
    pub msg: String,
    /// Line, from 1 (0: unknown).
    pub line: u32,
    /// Column in characters, from 1 (0: unknown).
    pub col: u32,
    /// Last line (0: unknown).
    pub end_line: u32,
    /// Column after the last character, from 1. CPython's 0 and -1 for "unknown" show.
    pub end_col: i32,
    /// The source line `line`, if known.
    pub text: Option<String>,
    /// Warnings to issue before it is raised.
    pub warnings: Vec<CompileWarning>,
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {} (line {})", self.kind, self.msg, self.line)
    }
}

impl std::error::Error for SyntaxError {}

/// Category of a compile-time warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningCategory {
    /// `SyntaxWarning`
    SyntaxWarning,
    /// `DeprecationWarning`
    DeprecationWarning,
}

/// A warning to be issued with `warnings.warn_explicit`. If that raises (filter "error"), a
/// `SyntaxError` with the same message and position is raised instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileWarning {
    /// Warning category.
    pub category: WarningCategory,
    /// The message.
    pub msg: String,
    /// The message of the error it becomes, if it differs.
    pub error: Option<String>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub col: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character, from 1.
    pub end_col: u32,
}
