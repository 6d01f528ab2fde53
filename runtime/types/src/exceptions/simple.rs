//! Exception types that only add a name.

use krait_object::exception::PyBaseException;
use krait_object::exception_layouts::{PyImportError, PyNameError, PyOSError, PySyntaxError};
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;

use super::support::def;

/// `static NAME: layout, table field, "PythonName" (base), "doc";` With `inherits` the type takes
/// its constructor from its base.
macro_rules! simple {
    ($($id:ident : $layout:ty, $table:ident, $name:literal ($base:ident) $($how:ident)?, $doc:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub static $id: TypeDef = TypeDef {
                $(slots: simple!(@$how),)?
                ..def::<$layout>($name, $doc, |t| t.$table, |vm| vm.types.$base)
            };
        )*
    };
    (@inherits) => { SlotDefs::EMPTY };
}

simple! {
    EXCEPTION: PyBaseException, exception, "Exception" (base_exception), "Common base class for all non-exit exceptions.";
    GENERATOR_EXIT: PyBaseException, generator_exit, "GeneratorExit" (base_exception), "Request that a generator exit.";
    KEYBOARD_INTERRUPT: PyBaseException, keyboard_interrupt, "KeyboardInterrupt" (base_exception), "Program interrupted by user.";
    STOP_ASYNC_ITERATION: PyBaseException, stop_async_iteration, "StopAsyncIteration" (exception),
        "Signal the end from iterator.__anext__().";
    ARITHMETIC_ERROR: PyBaseException, arithmetic_error, "ArithmeticError" (exception), "Base class for arithmetic errors.";
    FLOATING_POINT_ERROR: PyBaseException, floating_point_error, "FloatingPointError" (arithmetic_error),
        "Floating-point operation failed.";
    OVERFLOW_ERROR: PyBaseException, overflow_error, "OverflowError" (arithmetic_error), "Result too large to be represented.";
    ZERO_DIVISION_ERROR: PyBaseException, zero_division_error, "ZeroDivisionError" (arithmetic_error),
        "Second argument to a division or modulo operation was zero.";
    ASSERTION_ERROR: PyBaseException, assertion_error, "AssertionError" (exception), "Assertion failed.";
    BUFFER_ERROR: PyBaseException, buffer_error, "BufferError" (exception), "Buffer error.";
    EOF_ERROR: PyBaseException, eof_error, "EOFError" (exception), "Read beyond end of file.";
    MODULE_NOT_FOUND_ERROR: PyImportError, module_not_found_error, "ModuleNotFoundError" (import_error) inherits,
        "Module not found.";
    LOOKUP_ERROR: PyBaseException, lookup_error, "LookupError" (exception), "Base class for lookup errors.";
    INDEX_ERROR: PyBaseException, index_error, "IndexError" (lookup_error), "Sequence index out of range.";
    MEMORY_ERROR: PyBaseException, memory_error, "MemoryError" (exception), "Out of memory.";
    UNBOUND_LOCAL_ERROR: PyNameError, unbound_local_error, "UnboundLocalError" (name_error) inherits,
        "Local name referenced but not bound to a value.";
    BLOCKING_IO_ERROR: PyOSError, blocking_io_error, "BlockingIOError" (os_error) inherits, "I/O operation would block.";
    CHILD_PROCESS_ERROR: PyOSError, child_process_error, "ChildProcessError" (os_error) inherits, "Child process error.";
    CONNECTION_ERROR: PyOSError, connection_error, "ConnectionError" (os_error) inherits, "Connection error.";
    BROKEN_PIPE_ERROR: PyOSError, broken_pipe_error, "BrokenPipeError" (connection_error) inherits, "Broken pipe.";
    CONNECTION_ABORTED_ERROR: PyOSError, connection_aborted_error, "ConnectionAbortedError" (connection_error) inherits,
        "Connection aborted.";
    CONNECTION_REFUSED_ERROR: PyOSError, connection_refused_error, "ConnectionRefusedError" (connection_error) inherits,
        "Connection refused.";
    CONNECTION_RESET_ERROR: PyOSError, connection_reset_error, "ConnectionResetError" (connection_error) inherits,
        "Connection reset.";
    FILE_EXISTS_ERROR: PyOSError, file_exists_error, "FileExistsError" (os_error) inherits, "File already exists.";
    FILE_NOT_FOUND_ERROR: PyOSError, file_not_found_error, "FileNotFoundError" (os_error) inherits, "File not found.";
    INTERRUPTED_ERROR: PyOSError, interrupted_error, "InterruptedError" (os_error) inherits, "Interrupted by signal.";
    IS_A_DIRECTORY_ERROR: PyOSError, is_a_directory_error, "IsADirectoryError" (os_error) inherits,
        "Operation doesn't work on directories.";
    NOT_A_DIRECTORY_ERROR: PyOSError, not_a_directory_error, "NotADirectoryError" (os_error) inherits,
        "Operation only works on directories.";
    PERMISSION_ERROR: PyOSError, permission_error, "PermissionError" (os_error) inherits, "Not enough permissions.";
    PROCESS_LOOKUP_ERROR: PyOSError, process_lookup_error, "ProcessLookupError" (os_error) inherits, "Process not found.";
    TIMEOUT_ERROR: PyOSError, timeout_error, "TimeoutError" (os_error) inherits, "Timeout expired.";
    REFERENCE_ERROR: PyBaseException, reference_error, "ReferenceError" (exception), "Weak ref proxy used after referent went away.";
    RUNTIME_ERROR: PyBaseException, runtime_error, "RuntimeError" (exception), "Unspecified run-time error.";
    NOT_IMPLEMENTED_ERROR: PyBaseException, not_implemented_error, "NotImplementedError" (runtime_error),
        "Method or function hasn't been implemented yet.";
    RECURSION_ERROR: PyBaseException, recursion_error, "RecursionError" (runtime_error), "Recursion limit exceeded.";
    PYTHON_FINALIZATION_ERROR: PyBaseException, python_finalization_error, "PythonFinalizationError" (runtime_error),
        "Operation blocked during Python finalization.";
    INDENTATION_ERROR: PySyntaxError, indentation_error, "IndentationError" (syntax_error) inherits, "Improper indentation.";
    TAB_ERROR: PySyntaxError, tab_error, "TabError" (indentation_error) inherits, "Improper mixture of spaces and tabs.";
    INCOMPLETE_INPUT_ERROR: PySyntaxError, incomplete_input_error, "_IncompleteInputError" (syntax_error) inherits,
        "incomplete input.";
    SYSTEM_ERROR: PyBaseException, system_error, "SystemError" (exception),
        "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
    TYPE_ERROR: PyBaseException, type_error, "TypeError" (exception), "Inappropriate argument type.";
    VALUE_ERROR: PyBaseException, value_error, "ValueError" (exception), "Inappropriate argument value (of correct type).";
    WARNING: PyBaseException, warning, "Warning" (exception), "Base class for warning categories.";
    DEPRECATION_WARNING: PyBaseException, deprecation_warning, "DeprecationWarning" (warning),
        "Base class for warnings about deprecated features.";
    PENDING_DEPRECATION_WARNING: PyBaseException, pending_deprecation_warning, "PendingDeprecationWarning" (warning),
        "Base class for warnings about features which will be deprecated\nin the future.";
    RUNTIME_WARNING: PyBaseException, runtime_warning, "RuntimeWarning" (warning),
        "Base class for warnings about dubious runtime behavior.";
    SYNTAX_WARNING: PyBaseException, syntax_warning, "SyntaxWarning" (warning), "Base class for warnings about dubious syntax.";
    USER_WARNING: PyBaseException, user_warning, "UserWarning" (warning), "Base class for warnings generated by user code.";
    FUTURE_WARNING: PyBaseException, future_warning, "FutureWarning" (warning),
        "Base class for warnings about constructs that will change semantically\nin the future.";
    IMPORT_WARNING: PyBaseException, import_warning, "ImportWarning" (warning),
        "Base class for warnings about probable mistakes in module imports";
    UNICODE_WARNING: PyBaseException, unicode_warning, "UnicodeWarning" (warning),
        "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    BYTES_WARNING: PyBaseException, bytes_warning, "BytesWarning" (warning),
        "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    RESOURCE_WARNING: PyBaseException, resource_warning, "ResourceWarning" (warning),
        "Base class for warnings about resource usage.";
    ENCODING_WARNING: PyBaseException, encoding_warning, "EncodingWarning" (warning), "Base class for warnings about encodings.";
}
