//! Register bytecode: opcode table, encoding, operand enums, verifier, disassembler.

pub mod enums;
pub mod instr;
pub mod op;
pub mod ops;

pub use enums::{CommonConst, FuncAttr, Intrinsic1, Intrinsic2};
pub use instr::Instr;
pub use op::{Ext, Kind, Op, OpInfo};
pub use ops::{
    FLAG_ASYNC_GEN, FLAG_DISCARD, FLAG_INPLACE, FLAG_KA, FLAG_KA_FALL, FLAG_KB, FLAG_KC, FLAG_LOCALS, FLAG_METHOD, MAX_UNPACK_LOCALS,
};
