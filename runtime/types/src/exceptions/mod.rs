//! The built-in exceptions.
//!
//! Layouts are in `krait_object::exception_layouts`. Files here hold one family each: its
//! declarations and the functions behind them.
//!
//! Invariant: exceptions made natively and exceptions made by calling their class are the same;
//! whatever `__init__` derives from its arguments, `krait_object::exception` derives too.

mod base;
mod group;
mod named;
mod os;
mod simple;
mod star;
pub mod support;
mod syntax;
pub mod traceback;
mod unicode;
mod values;

pub use base::put_cause;
pub use group::{Matcher, Split, as_group, exceptions_of, split_exception};
pub use os::class_for_errno;
pub use star::{
    GroupMatch, check_except_star_type, check_except_type, exception_group_match, given_exception_matches, make_group, prep_reraise_star,
};
pub use unicode::{new_decode_error, new_encode_error, raise_decode_error, raise_encode_error};

use krait_object::prelude::*;
use simple::*;

/// Every exception type, bases first.
pub static TYPES: &[&TypeDef] = &[
    &base::DEF,
    &EXCEPTION,
    &GENERATOR_EXIT,
    &KEYBOARD_INTERRUPT,
    &values::SYSTEM_EXIT,
    &values::STOP_ITERATION,
    &STOP_ASYNC_ITERATION,
    &ARITHMETIC_ERROR,
    &FLOATING_POINT_ERROR,
    &OVERFLOW_ERROR,
    &ZERO_DIVISION_ERROR,
    &ASSERTION_ERROR,
    &named::ATTRIBUTE_ERROR,
    &BUFFER_ERROR,
    &EOF_ERROR,
    &named::IMPORT_ERROR,
    &MODULE_NOT_FOUND_ERROR,
    &LOOKUP_ERROR,
    &INDEX_ERROR,
    &values::KEY_ERROR,
    &MEMORY_ERROR,
    &named::NAME_ERROR,
    &UNBOUND_LOCAL_ERROR,
    &os::DEF,
    &BLOCKING_IO_ERROR,
    &CHILD_PROCESS_ERROR,
    &CONNECTION_ERROR,
    &BROKEN_PIPE_ERROR,
    &CONNECTION_ABORTED_ERROR,
    &CONNECTION_REFUSED_ERROR,
    &CONNECTION_RESET_ERROR,
    &FILE_EXISTS_ERROR,
    &FILE_NOT_FOUND_ERROR,
    &INTERRUPTED_ERROR,
    &IS_A_DIRECTORY_ERROR,
    &NOT_A_DIRECTORY_ERROR,
    &PERMISSION_ERROR,
    &PROCESS_LOOKUP_ERROR,
    &TIMEOUT_ERROR,
    &REFERENCE_ERROR,
    &RUNTIME_ERROR,
    &NOT_IMPLEMENTED_ERROR,
    &RECURSION_ERROR,
    &PYTHON_FINALIZATION_ERROR,
    &syntax::DEF,
    &INDENTATION_ERROR,
    &TAB_ERROR,
    &INCOMPLETE_INPUT_ERROR,
    &SYSTEM_ERROR,
    &TYPE_ERROR,
    &VALUE_ERROR,
    &unicode::DEF,
    &unicode::ENCODE,
    &unicode::DECODE,
    &unicode::TRANSLATE,
    &WARNING,
    &DEPRECATION_WARNING,
    &PENDING_DEPRECATION_WARNING,
    &RUNTIME_WARNING,
    &SYNTAX_WARNING,
    &USER_WARNING,
    &FUTURE_WARNING,
    &IMPORT_WARNING,
    &UNICODE_WARNING,
    &BYTES_WARNING,
    &RESOURCE_WARNING,
    &ENCODING_WARNING,
    &group::BASE,
    &group::GROUP,
    &traceback::DEF,
];

/// What is left to do once all types exist.
pub fn finish(vm: &Vm) -> PyResult<()> {
    group::finish(vm)
}
