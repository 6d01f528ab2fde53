//! One instruction word: field access and builders.

use super::op::Op;

/// One encoded instruction word (see the opcode table for the layout).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Instr(pub u64);

impl Instr {
    /// An instruction with three 16-bit operands.
    pub const fn abc(op: Op, flags: u8, a: u16, b: u16, c: u16) -> Instr {
        Instr(op as u64 | (flags as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// An instruction with operand `a` and a 32-bit operand.
    pub const fn imm(op: Op, flags: u8, a: u16, imm: i32) -> Instr {
        Instr(op as u64 | (flags as u64) << 8 | (a as u64) << 16 | (imm as u32 as u64) << 32)
    }

    /// The opcode number.
    pub const fn opcode(self) -> u8 {
        self.0 as u8
    }

    /// The opcode; `NOP` if the number is not one (the verifier has ruled that out).
    pub const fn op(self) -> Op {
        match Op::from_u8(self.0 as u8) {
            Some(op) => op,
            None => Op::NOP,
        }
    }

    /// The flag byte.
    pub const fn flags(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// Whether a flag is set.
    pub const fn has(self, flag: u8) -> bool {
        self.flags() & flag != 0
    }

    /// Operand `a`.
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Operand `b`.
    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Operand `c`.
    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// Operand `b` as a signed immediate.
    pub const fn b_imm(self) -> i16 {
        self.b() as i16
    }

    /// Operand `c` as a signed immediate or jump offset.
    pub const fn c_imm(self) -> i16 {
        self.c() as i16
    }

    /// The 32-bit operand, signed.
    pub const fn imm32(self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// Where a jump instruction leads, given the offset of the instruction after it.
    pub const fn jump_target(self, next: u32) -> Option<u32> {
        let op = self.op();
        if !op.is_jump() {
            return None;
        }
        let offset = if matches!(op.info().b, super::op::Kind::Jump32) { self.imm32() } else { self.c_imm() as i32 };
        Some(next.wrapping_add_signed(offset))
    }

    /// The 32-bit operand as an index.
    pub const fn index32(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl std::fmt::Debug for Instr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} flags={} a={} b={} c={}", self.op(), self.flags(), self.a(), self.b(), self.c())
    }
}
