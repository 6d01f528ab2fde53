//! The table of trace IR operations. Everything else about an operation (its type, what it may
//! do, its printed name) is generated from its row.

use super::Ty;

/// What an operation does besides computing its value.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing: equal operands give equal values.
    Pure,
    /// Nothing, but it may leave; once passed, it holds for the rest of the trace.
    Guard,
    /// As `Guard`, for a condition that later instructions may end.
    Check,
    /// Reads memory of an alias class (see [`crate::known`]).
    Load,
    /// Writes memory of an alias class, or reference counts.
    Store,
    /// May do anything, run Python code included.
    Call,
    /// Ends the trace.
    End,
}

macro_rules! ops {
    ($($name:ident $doc:literal $ty:ident $effect:ident;)*) => {
        /// An operation of the trace IR.
        #[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
        pub enum Op { $(#[doc = $doc] $name,)* }

        impl Op {
            /// The type of the value.
            pub fn ty(self) -> Ty {
                match self { $(Op::$name => Ty::$ty,)* }
            }
            pub fn effect(self) -> Effect {
                match self { $(Op::$name => Effect::$effect,)* }
            }
            /// All operations, in the table's order.
            #[cfg(test)]
            pub const ALL: &[Op] = &[$(Op::$name,)*];

            pub fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name),)* }
            }
        }
    };
}

ops! {
    // --- Constants and loop parameters -------------------------------------------------------
    ConstInt "imm" Int Pure;
    ConstBool "imm" Bool Pure;
    ConstFloat "the double with bits imm" Float Pure;
    ConstVal "the word imm; the tree keeps the object alive" Val Pure;
    Param "register imm at the loop header (any type)" Val Pure;

    // --- Guards on values --------------------------------------------------------------------
    GuardInt "the integer of an immediate integer" Int Guard;
    GuardFloat "the double of a flonum" Float Guard;
    GuardBool "the truth of True or False" Bool Guard;
    GuardType "the object has exactly type imm" Void Guard;
    GuardShape "the object's attribute head at imm2 has shape imm" Void Check;
    GuardIs "the word is imm" Void Guard;
    GuardIsNot "the word is not imm" Void Guard;
    GuardTrue "the bool is true" Void Guard;
    GuardFalse "the bool is false" Void Guard;
    GuardImmediate "the word is no heap pointer" Void Guard;
    GuardShared "the word is of a heap object with more references than 1 + b" Void Check;
    GuardUnique "nothing else refers to object a" Void Check;
    GuardIndex "0 <= a < b" Void Guard;
    GuardIntIs "the integer is imm" Void Guard;
    GuardRaw "the 8 bytes at offset imm2 of object a are imm" Void Check;
    GuardNoFrameObject "nobody has asked for the root frame's object" Void Check;
    GuardKeys "the dict's keys version is imm" Void Check;

    // --- Integers ----------------------------------------------------------------------------
    Add "a + b, wrapping" Int Pure;
    AddOvf "a + b; leaves on overflow" Int Guard;
    SubOvf "a - b; leaves on overflow" Int Guard;
    MulOvf "a * b; leaves on overflow" Int Guard;
    FloorDiv "a // b; leaves if b is 0 or -1" Int Guard;
    Mod "a % b; leaves if b is 0 or -1" Int Guard;
    TrueDiv "a / b; leaves if b is 0 or an operand is beyond 2**53" Float Guard;
    And "a & b" Int Pure;
    Or "a | b" Int Pure;
    Xor "a ^ b" Int Pure;
    Shl "a << b; leaves if bits are lost or b is not in 0..62" Int Guard;
    Shr "a >> b; leaves if b < 0" Int Guard;
    IntCmp "a imm2 b" Bool Pure;
    IntToFloat "exact double of a; leaves beyond 2**53" Float Guard;
    Small "a itself; leaves unless it fits an immediate" Int Guard;

    // --- Doubles -----------------------------------------------------------------------------
    FAdd "a + b" Float Pure;
    FSub "a - b" Float Pure;
    FMul "a * b" Float Pure;
    FDiv "a / b; leaves if b is 0" Float Guard;
    FNeg "-a" Float Pure;
    FAbs "abs(a)" Float Pure;
    FSqrt "square root; leaves for negative operands" Float Guard;
    FCmp "a imm2 b" Bool Pure;
    GuardFinite "the double is finite" Void Guard;
    CallFloat "the function at imm of doubles a[, b]" Float Pure;
    CallTest "the function at imm of double a" Bool Pure;
    CallInt "the function at imm of integer a" Int Pure;
    ToInt "the double as an integer: imm2 0 cut, 1 floor, 2 ceiling, 3 nearest; leaves beyond 2**62" Int Guard;
    Select "b if bool a, else c (any type)" Val Pure;

    // --- Words and bools ---------------------------------------------------------------------
    Same "are the words equal" Bool Pure;
    BoolNot "not a" Bool Pure;
    BoolInt "0 or 1" Int Pure;
    BoxBool "True or False" Val Pure;
    Immediate "the number as an immediate word; leaves if it has none" Val Guard;
    BoxInt "the integer as a word, owned" Val Store;
    BoxFloat "the double as a word, owned" Val Store;

    // --- Memory ------------------------------------------------------------------------------
    LoadReg "register imm" Val Load;
    RootFunction "the function of the root frame" Val Pure;
    LoadAttr "the word at offset imm of object a (an attribute)" Val Load;
    LoadBlock "the address at offset imm of object a (of its overflowing attributes)" Val Load;
    StoreAttr "the word at offset imm of object a = b, moved in" Void Store;
    SetShape "the shape at imm2 of object a = imm" Void Store;
    LoadCell "the contents of cell a" Val Load;
    StoreCell "the contents of cell a = b, moved in" Void Store;
    ListLen "the length of list a" Int Load;
    ListItem "item b of list a, in bounds" Val Load;
    SetListItem "item b of list a = c, moved in; in bounds" Void Store;
    TupleLen "the length of tuple a" Int Pure;
    TupleItem "item b of tuple a, in bounds" Val Pure;
    StrLen "the length of str a" Int Pure;
    DictEntry "the value of entry imm of the str-keyed dict a" Val Load;
    StoreDictEntry "the value of entry imm of dict a = b, moved in" Void Store;
    LoadConstField "the word at offset imm of object a, which never changes" Val Pure;
    LoadIter "the integer at offset imm of iterator a" Int Load;
    StoreIter "the integer at offset imm of iterator a = b" Void Store;
    LoadIterVal "the word at offset imm of iterator a" Val Load;
    IterStep "the step at offset imm of range iterator a" Int Pure;
    Arg "scratch word imm = a, for the next call of a helper" Void Store;

    DropReg "frees the heap number register imm may hold in memory" Void Store;

    // --- Reference counts --------------------------------------------------------------------
    Incref "one more reference" Void Store;
    Decref "one less; it is not the last" Void Store;

    DropLeaf "drops an owned reference to object a, whose death runs no code" Void Store;
    DropQuiet "drops an owned reference to a; leaves, with it, if its death may run code" Void Store;

    // --- Calls -------------------------------------------------------------------------------
    Call "helper imm on a, b, c; leaves if the result is 0" Val Store;
    Make "helper imm on a, b, c, which always succeeds" Val Store;
    CallBool "helper imm on a, b, c" Bool Store;
    Sync "writes the snapshot's registers and frames to memory" Void Store;
    Step "the interpreter executes the instruction at imm in the synced frame; leaves unless it then stands at the snapshot's" Void Call;
    Exec "runs the handler of the instruction at imm in the synced frame; leaves if it raises or ends what the tree relies on" Void Call;
    ExecJump "as Exec, for a conditional jump: whether it jumped" Bool Call;
    Jumped "leaves, to the other target, unless bool a is imm" Void Store;
    Release "drops the reference a owns, in the synced state" Void Call;
    PopFrame "pops the innermost frame made by Sync" Void Store;

    // --- Ends --------------------------------------------------------------------------------
    Jump "to the header of the trace's edge" Void End;
    Return "ends the root frame's function with a, owned; its registers are unbound" Void End;
    Leave "to the interpreter" Void End;
}
