//! The opcode enum and its metadata, generated from the opcode table.

use crate::for_each_op;

/// What an operand field of an instruction holds (the table's "kind" column).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Unused; zero.
    None,
    /// A register that is written.
    Write,
    /// A register that is read, and consumed when its flag is set.
    Read,
    /// A register updated in place.
    Update,
    /// First register of a window.
    Window,
    /// An unsigned 16-bit number.
    Num,
    /// A signed 16-bit immediate.
    Imm,
    /// A signed 16-bit jump offset.
    Jump,
    /// A 32-bit constant index in `b` and `c`.
    Const32,
    /// A signed 32-bit immediate in `b` and `c`.
    Imm32,
    /// A signed 32-bit jump offset in `b` and `c`.
    Jump32,
}

/// What the extension word holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ext {
    /// There is no extension word.
    None,
    /// Index of a cache site (see `SiteInfo`).
    Site,
    /// Index of a constant.
    Const,
    /// A plain number.
    Num,
}

/// Everything the table says about one opcode.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// Name, as `dis` prints it.
    pub name: &'static str,
    /// One-line description.
    pub doc: &'static str,
    /// Kind of operand `a`.
    pub a: Kind,
    /// Kind of operand `b`.
    pub b: Kind,
    /// Kind of operand `c`.
    pub c: Kind,
    /// Kind of the extension word.
    pub ext: Ext,
}

impl OpInfo {
    /// Whether an extension word follows the instruction.
    pub const fn has_ext(&self) -> bool {
        !matches!(self.ext, Ext::None)
    }

    /// Length of the instruction in words.
    pub const fn words(&self) -> usize {
        if self.has_ext() { 2 } else { 1 }
    }
}

macro_rules! kind {
    (-) => {
        Kind::None
    };
    (w) => {
        Kind::Write
    };
    (r) => {
        Kind::Read
    };
    (u) => {
        Kind::Update
    };
    (win) => {
        Kind::Window
    };
    (n) => {
        Kind::Num
    };
    (i) => {
        Kind::Imm
    };
    (j) => {
        Kind::Jump
    };
    (k32) => {
        Kind::Const32
    };
    (i32) => {
        Kind::Imm32
    };
    (j32) => {
        Kind::Jump32
    };
}

macro_rules! ext {
    (-) => {
        Ext::None
    };
    (site) => {
        Ext::Site
    };
    (k) => {
        Ext::Const
    };
    (n) => {
        Ext::Num
    };
}

macro_rules! define_ops {
    ($($name:ident $doc:literal $a:tt $b:tt $c:tt $ext:tt;)*) => {
        /// An opcode.
        #[allow(non_camel_case_types, reason = "opcodes are spelled as dis prints them")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $name,)*
        }

        impl Op {
            /// All opcodes, in numeric order.
            pub const ALL: &'static [Op] = &[$(Op::$name,)*];

            /// The table rows, indexed by opcode.
            pub const INFO: &'static [OpInfo] = &[$(OpInfo {
                name: stringify!($name),
                doc: $doc,
                a: kind!($a),
                b: kind!($b),
                c: kind!($c),
                ext: ext!($ext),
            },)*];
        }
    };
}

for_each_op!(define_ops);

impl Op {
    /// How many opcodes there are.
    pub const COUNT: usize = Op::ALL.len();

    /// The opcode with this number, if there is one.
    pub const fn from_u8(n: u8) -> Option<Op> {
        if (n as usize) < Op::COUNT { Some(Op::ALL[n as usize]) } else { None }
    }

    /// The opcode's table row.
    pub const fn info(self) -> &'static OpInfo {
        &Op::INFO[self as usize]
    }

    /// Length in words.
    pub const fn words(self) -> usize {
        self.info().words()
    }

    /// Whether control never falls through to the next instruction.
    pub const fn is_terminator(self) -> bool {
        matches!(self, Op::JUMP | Op::JUMP_BACK | Op::RETURN | Op::RETURN_CONST | Op::RAISE | Op::RERAISE)
    }

    /// Whether the instruction has a jump operand.
    pub const fn is_jump(self) -> bool {
        let info = self.info();
        matches!(info.b, Kind::Jump32) || matches!(info.c, Kind::Jump)
    }
}
