//! Writes `_opcode_metadata.py`, the opcode table as `opcode` and `dis` read it.

use std::fmt::Write;

use krait_frontend::bytecode::Op;

/// CPython's opcodes that the library names. Those this machine lacks get numbers no instruction
/// has.
const NAMED_BY_THE_LIBRARY: &[&str] = &[
    "CACHE",
    "EXTENDED_ARG",
    "COMPARE_OP",
    "CONVERT_VALUE",
    "SET_FUNCTION_ATTRIBUTE",
    "ENTER_EXECUTOR",
    "LOAD_CONST",
    "LOAD_GLOBAL",
    "LOAD_SMALL_INT",
    "BINARY_OP",
    "JUMP_BACKWARD",
    "FOR_ITER",
    "SEND",
    "LOAD_ATTR",
    "LOAD_SUPER_ATTR",
    "CALL_INTRINSIC_1",
    "CALL_INTRINSIC_2",
    "LOAD_COMMON_CONSTANT",
    "LOAD_SPECIAL",
    "LOAD_FAST_LOAD_FAST",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    "STORE_FAST_LOAD_FAST",
    "STORE_FAST_STORE_FAST",
    "IS_OP",
    "CONTAINS_OP",
    "END_ASYNC_FOR",
    "IMPORT_NAME",
    "IMPORT_FROM",
    "STORE_NAME",
    "STORE_GLOBAL",
];

/// The module's text.
pub fn metadata() -> String {
    let mut text = String::from("_specializations = {}\n_specialized_opmap = {}\nopmap = {\n");
    for (i, op) in Op::INFO.iter().enumerate() {
        let _ = writeln!(text, "    {:?}: {i},", op.name);
    }
    let missing = NAMED_BY_THE_LIBRARY.iter().filter(|n| Op::INFO.iter().all(|op| op.name != **n));
    for (i, name) in missing.enumerate() {
        let _ = writeln!(text, "    {name:?}: {},", 256 + i);
    }
    text.push_str("}\nHAVE_ARGUMENT = 0\nMIN_INSTRUMENTED_OPCODE = 512\n");
    text
}
