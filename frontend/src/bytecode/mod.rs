//! Register bytecode: opcode table, encoding, assembler, disassembler.

pub mod ops;
