//! What a compilation is asked to do.

/// The kind of input, as the `mode` argument of `compile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `"exec"`
    Exec,
    /// `"eval"`
    Eval,
    /// `"single"`
    Single,
    /// `"func_type"` (parsing only)
    FuncType,
}

/// Options of a compilation.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CompileOptions {
    /// 0, 1 (`-O`: no asserts, `__debug__` false) or 2 (`-OO`: no docstrings either).
    pub optimize: u8,
    /// Future features in force from outside (`CO_FUTURE_*` bits).
    pub future_flags: u32,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`
    pub allow_top_level_await: bool,
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: input that only lacks more lines gives
    /// `ErrorKind::IncompleteInput`.
    pub allow_incomplete_input: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`: in single mode a compound statement must be ended by a blank line.
    pub dont_imply_dedent: bool,
    /// `-X no_debug_ranges`: positions are lines alone.
    pub no_debug_ranges: bool,
}
