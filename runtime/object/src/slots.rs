//! Type slots: the function pointers through which every operation on an object goes.
//!
//! The table below is the only list of slots. Each row is `name: signature`, with the dunder
//! methods it stands for kept in `krait-types` (`types/slotdefs.rs`). A missing slot means the
//! type does not support the operation; inheritance copies slots at type creation.

use std::cell::Cell;

use crate::args::Args;
use crate::buffer::BufferInfo;
use crate::error::PyResult;
use crate::obj::{Obj, Ref};
use crate::str::PyStr;
use crate::ty::PyType;
use crate::vm::Vm;

/// Comparison operators, numbered as CPython numbers them.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CmpOp {
    Lt = 0,
    Le = 1,
    Eq = 2,
    Ne = 3,
    Gt = 4,
    Ge = 5,
}

impl CmpOp {
    /// The operator with its operands swapped.
    pub fn swapped(self) -> CmpOp {
        match self {
            CmpOp::Lt => CmpOp::Gt,
            CmpOp::Le => CmpOp::Ge,
            CmpOp::Gt => CmpOp::Lt,
            CmpOp::Ge => CmpOp::Le,
            op => op,
        }
    }
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    /// The result of the comparison given how the operands order.
    #[inline(always)]
    pub fn eval(self, o: std::cmp::Ordering) -> bool {
        match self {
            CmpOp::Lt => o.is_lt(),
            CmpOp::Le => o.is_le(),
            CmpOp::Eq => o.is_eq(),
            CmpOp::Ne => o.is_ne(),
            CmpOp::Gt => o.is_gt(),
            CmpOp::Ge => o.is_ge(),
        }
    }
}

/// What sending into a generator gave.
pub enum SendResult {
    Yield(Obj),
    Return(Obj),
}

pub type UnaryFn = fn(&Vm, Ref<'_>) -> PyResult<Obj>;
/// Returns `NotImplemented` to let the other operand try. Either operand may be the slot's own
/// type, as in CPython's `nb_*` slots.
pub type BinaryFn = fn(&Vm, Ref<'_>, Ref<'_>) -> PyResult<Obj>;
/// `pow(a, b, c)`; `c` is None when absent.
pub type TernaryFn = fn(&Vm, Ref<'_>, Ref<'_>, Ref<'_>) -> PyResult<Obj>;
pub type BoolFn = fn(&Vm, Ref<'_>) -> PyResult<bool>;
pub type LenFn = fn(&Vm, Ref<'_>) -> PyResult<usize>;
pub type HashFn = fn(&Vm, Ref<'_>) -> PyResult<i64>;
pub type ItemFn = fn(&Vm, Ref<'_>, isize) -> PyResult<Obj>;
pub type AssItemFn = fn(&Vm, Ref<'_>, isize, Option<Ref<'_>>) -> PyResult<()>;
pub type ContainsFn = fn(&Vm, Ref<'_>, Ref<'_>) -> PyResult<bool>;
/// Set (`Some`) or delete (`None`) an item.
pub type AssSubscriptFn = fn(&Vm, Ref<'_>, Ref<'_>, Option<Ref<'_>>) -> PyResult<()>;
pub type GetAttrFn = fn(&Vm, Ref<'_>, &PyStr) -> PyResult<Obj>;
/// Set (`Some`) or delete (`None`) an attribute.
pub type SetAttrFn = fn(&Vm, Ref<'_>, &PyStr, Option<Ref<'_>>) -> PyResult<()>;
pub type RichCompareFn = fn(&Vm, Ref<'_>, Ref<'_>, CmpOp) -> PyResult<Obj>;
/// `None` is exhaustion (no StopIteration is made).
pub type IterNextFn = fn(&Vm, Ref<'_>) -> PyResult<Option<Obj>>;
/// `(descriptor, instance or None, owner)`.
pub type DescrGetFn = fn(&Vm, Ref<'_>, Option<Ref<'_>>, Option<Ref<'_>>) -> PyResult<Obj>;
pub type DescrSetFn = fn(&Vm, Ref<'_>, Ref<'_>, Option<Ref<'_>>) -> PyResult<()>;
pub type InitFn = fn(&Vm, Ref<'_>, Args<'_>) -> PyResult<()>;
pub type NewFn = fn(&Vm, &PyType, Args<'_>) -> PyResult<Obj>;
pub type CallFn = fn(&Vm, Ref<'_>, Args<'_>) -> PyResult<Obj>;
/// Errors are reported as unraisable by the caller.
pub type FinalizeFn = fn(&Vm, Ref<'_>) -> PyResult<()>;
/// `flags` are CPython's `PyBUF_*`.
pub type GetBufferFn = fn(&Vm, Ref<'_>, u32) -> PyResult<BufferInfo>;
pub type ReleaseBufferFn = fn(&Vm, Ref<'_>, &BufferInfo);
pub type SendFn = fn(&Vm, Ref<'_>, Ref<'_>) -> PyResult<SendResult>;

/// Expands `$m! { name: Type, ... }` over all slots.
#[macro_export]
macro_rules! for_each_slot {
    ($m:ident) => {
        $m! {
            repr: UnaryFn, str: UnaryFn, hash: HashFn, call: CallFn,
            getattro: GetAttrFn, setattro: SetAttrFn, richcompare: RichCompareFn,
            iter: UnaryFn, iternext: IterNextFn,
            descr_get: DescrGetFn, descr_set: DescrSetFn,
            init: InitFn, new: NewFn, finalize: FinalizeFn,
            nb_add: BinaryFn, nb_subtract: BinaryFn, nb_multiply: BinaryFn, nb_remainder: BinaryFn,
            nb_divmod: BinaryFn, nb_power: TernaryFn, nb_negative: UnaryFn, nb_positive: UnaryFn,
            nb_absolute: UnaryFn, nb_bool: BoolFn, nb_invert: UnaryFn, nb_lshift: BinaryFn,
            nb_rshift: BinaryFn, nb_and: BinaryFn, nb_xor: BinaryFn, nb_or: BinaryFn,
            nb_int: UnaryFn, nb_float: UnaryFn, nb_index: UnaryFn,
            nb_floor_divide: BinaryFn, nb_true_divide: BinaryFn, nb_matrix_multiply: BinaryFn,
            nb_inplace_add: BinaryFn, nb_inplace_subtract: BinaryFn, nb_inplace_multiply: BinaryFn,
            nb_inplace_remainder: BinaryFn, nb_inplace_power: TernaryFn, nb_inplace_lshift: BinaryFn,
            nb_inplace_rshift: BinaryFn, nb_inplace_and: BinaryFn, nb_inplace_xor: BinaryFn,
            nb_inplace_or: BinaryFn, nb_inplace_floor_divide: BinaryFn,
            nb_inplace_true_divide: BinaryFn, nb_inplace_matrix_multiply: BinaryFn,
            sq_length: LenFn, sq_concat: BinaryFn, sq_repeat: ItemFn, sq_item: ItemFn,
            sq_ass_item: AssItemFn, sq_contains: ContainsFn, sq_inplace_concat: BinaryFn,
            sq_inplace_repeat: ItemFn,
            mp_length: LenFn, mp_subscript: BinaryFn, mp_ass_subscript: AssSubscriptFn,
            am_await: UnaryFn, am_aiter: UnaryFn, am_anext: UnaryFn, am_send: SendFn,
            getbuffer: GetBufferFn, releasebuffer: ReleaseBufferFn,
        }
    };
}

macro_rules! define_slots {
    ($($name:ident : $ty:ident,)*) => {
        /// The slots of a live type object.
        #[derive(Default)]
        pub struct Slots {
            $(pub $name: Cell<Option<$ty>>,)*
        }
        /// The slots a native type declares.
        #[derive(Copy, Clone)]
        pub struct SlotDefs {
            $(pub $name: Option<$ty>,)*
        }
        impl SlotDefs {
            /// No slot set.
            pub const EMPTY: SlotDefs = SlotDefs { $($name: None,)* };
        }
        impl Slots {
            /// Takes over every slot that `defs` sets.
            pub fn apply(&self, defs: &SlotDefs) {
                $(if let Some(f) = defs.$name { self.$name.set(Some(f)); })*
            }
            /// Takes over every slot this type lacks from `base`.
            pub fn inherit(&self, base: &Slots) {
                $(if self.$name.get().is_none() { self.$name.set(base.$name.get()); })*
            }
        }
    };
}
for_each_slot!(define_slots);
