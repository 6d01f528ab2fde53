//! What a row of the slot table says.

use krait_object::for_each_slot;
use krait_object::slots::*;

/// How a wrapper passes the arguments of a special method on to a slot.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Wrap {
    /// The slot has no wrapper under this name.
    None,
    Unary,
    Binary,
    BinaryLeft,
    BinaryRight,
    Ternary,
    TernaryRight,
    Bool,
    Len,
    Hash,
    IndexArg,
    SqItem,
    SqSetItem,
    SqDelItem,
    Contains,
    SetItem,
    DelItem,
    GetAttr,
    SetAttr,
    DelAttr,
    Compare(CmpOp),
    Next,
    DescrGet,
    DescrSet,
    DescrDelete,
    Init,
    Call,
    Del,
    Buffer,
    ReleaseBuffer,
}

impl Wrap {
    /// Does the special method take keyword arguments?
    pub fn takes_keywords(self) -> bool {
        matches!(self, Wrap::Init | Wrap::Call)
    }
}

/// One special method.
pub struct SlotRow {
    pub name: &'static str,
    /// With the signature line.
    pub doc: &'static str,
    pub slot: SlotId,
    pub wrap: Wrap,
    /// The slot function that calls the method written in Python; `None` where another slot of
    /// the same method serves.
    pub generic: Option<SlotFn>,
}

macro_rules! define_slot_fn {
    ($($ty:ident)*) => {
        /// A function of any slot.
        #[derive(Copy, Clone)]
        pub enum SlotFn {
            $($ty($ty),)*
        }
        impl SlotFn {
            /// The function's address: its identity.
            pub fn addr(self) -> usize {
                match self {
                    $(SlotFn::$ty(f) => f as *const () as usize,)*
                }
            }
        }
    };
}
define_slot_fn! {
    UnaryFn BinaryFn TernaryFn BoolFn LenFn HashFn ItemFn AssItemFn ContainsFn AssSubscriptFn GetAttrFn SetAttrFn
    RichCompareFn IterNextFn DescrGetFn DescrSetFn InitFn NewFn CallFn FinalizeFn GetBufferFn ReleaseBufferFn SendFn
}

macro_rules! define_slot_id {
    ($($name:ident : $ty:ident,)*) => {
        /// A slot.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[allow(non_camel_case_types, reason = "named as the fields are")]
        pub enum SlotId {
            $($name,)*
        }
        impl SlotId {
            /// What a declaration sets the slot to.
            pub fn declared(self, defs: &SlotDefs) -> Option<SlotFn> {
                match self {
                    $(SlotId::$name => defs.$name.map(SlotFn::$ty),)*
                }
            }
            /// The slot of a live type.
            pub fn get(self, slots: &Slots) -> Option<SlotFn> {
                match self {
                    $(SlotId::$name => slots.$name.get().map(SlotFn::$ty),)*
                }
            }
            /// Sets the slot; a function of another kind counts as none.
            pub fn set(self, slots: &Slots, f: Option<SlotFn>) {
                match self {
                    $(SlotId::$name => slots.$name.set(match f {
                        Some(SlotFn::$ty(f)) => Some(f),
                        _ => None,
                    }),)*
                }
            }
        }
    };
}
for_each_slot!(define_slot_id);
