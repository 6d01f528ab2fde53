//! The slot table: every special method with its slot, wrapper, slot function and docstring, in
//! the order type dicts list them. Rows of one slot are adjacent.

use krait_object::slots::CmpOp;

use super::rows::{SlotFn, SlotId, SlotRow, Wrap};
use super::{attributes, buffers, calls, containers, new, numbers, text};

macro_rules! row {
    ($name:literal, $slot:ident, $wrap:expr, $kind:ident = $f:path, $doc:expr) => {
        SlotRow { name: $name, doc: $doc, slot: SlotId::$slot, wrap: $wrap, generic: Some(SlotFn::$kind($f)) }
    };
    ($name:literal, $slot:ident, $wrap:expr, none, $doc:expr) => {
        SlotRow { name: $name, doc: $doc, slot: SlotId::$slot, wrap: $wrap, generic: None }
    };
}
/// `self op value`.
macro_rules! bin {
    ($name:literal, $slot:ident, $f:path, $op:literal) => {
        row!($name, $slot, Wrap::BinaryLeft, BinaryFn = $f, concat!($name, "($self, value, /)\n--\n\nReturn self", $op, "value."))
    };
}
/// `value op self`.
macro_rules! rbin {
    ($name:literal, $slot:ident, $f:path, $op:literal) => {
        row!($name, $slot, Wrap::BinaryRight, BinaryFn = $f, concat!($name, "($self, value, /)\n--\n\nReturn value", $op, "self."))
    };
}
/// `self op= value`.
macro_rules! ibin {
    ($name:literal, $slot:ident, $f:path, $op:literal) => {
        row!($name, $slot, Wrap::Binary, BinaryFn = $f, concat!($name, "($self, value, /)\n--\n\nReturn self", $op, "value."))
    };
}
macro_rules! un {
    ($name:literal, $slot:ident, $f:path, $doc:literal) => {
        row!($name, $slot, Wrap::Unary, UnaryFn = $f, concat!($name, "($self, /)\n--\n\n", $doc))
    };
}
macro_rules! cmp {
    ($name:literal, $op:ident, $sym:literal) => {
        row!(
            $name,
            richcompare,
            Wrap::Compare(CmpOp::$op),
            RichCompareFn = text::slot_richcompare,
            concat!($name, "($self, value, /)\n--\n\nReturn self", $sym, "value.")
        )
    };
}

const LEN_DOC: &str = "__len__($self, /)\n--\n\nReturn len(self).";
const GETITEM_DOC: &str = "__getitem__($self, key, /)\n--\n\nReturn self[key].";
const SETITEM_DOC: &str = "__setitem__($self, key, value, /)\n--\n\nSet self[key] to value.";
const DELITEM_DOC: &str = "__delitem__($self, key, /)\n--\n\nDelete self[key].";

/// All special methods.
pub static ROWS: &[SlotRow] = &[
    un!("__repr__", repr, text::slot_repr, "Return repr(self)."),
    row!("__hash__", hash, Wrap::Hash, HashFn = text::slot_hash, "__hash__($self, /)\n--\n\nReturn hash(self)."),
    row!("__call__", call, Wrap::Call, CallFn = calls::slot_call, "__call__($self, /, *args, **kwargs)\n--\n\nCall self as a function."),
    un!("__str__", str, text::slot_str, "Return str(self)."),
    row!(
        "__getattribute__",
        getattro,
        Wrap::GetAttr,
        GetAttrFn = attributes::slot_getattr_hook,
        "__getattribute__($self, name, /)\n--\n\nReturn getattr(self, name)."
    ),
    row!(
        "__getattr__",
        getattro,
        Wrap::None,
        GetAttrFn = attributes::slot_getattr_hook,
        "__getattr__($self, name, /)\n--\n\nImplement getattr(self, name)."
    ),
    row!(
        "__setattr__",
        setattro,
        Wrap::SetAttr,
        SetAttrFn = attributes::slot_setattro,
        "__setattr__($self, name, value, /)\n--\n\nImplement setattr(self, name, value)."
    ),
    row!(
        "__delattr__",
        setattro,
        Wrap::DelAttr,
        SetAttrFn = attributes::slot_setattro,
        "__delattr__($self, name, /)\n--\n\nImplement delattr(self, name)."
    ),
    cmp!("__lt__", Lt, "<"),
    cmp!("__le__", Le, "<="),
    cmp!("__eq__", Eq, "=="),
    cmp!("__ne__", Ne, "!="),
    cmp!("__gt__", Gt, ">"),
    cmp!("__ge__", Ge, ">="),
    un!("__iter__", iter, containers::slot_iter, "Implement iter(self)."),
    row!("__next__", iternext, Wrap::Next, IterNextFn = containers::slot_iternext, "__next__($self, /)\n--\n\nImplement next(self)."),
    row!(
        "__get__",
        descr_get,
        Wrap::DescrGet,
        DescrGetFn = attributes::slot_descr_get,
        "__get__($self, instance, owner=None, /)\n--\n\nReturn an attribute of instance, which is of type owner."
    ),
    row!(
        "__set__",
        descr_set,
        Wrap::DescrSet,
        DescrSetFn = attributes::slot_descr_set,
        "__set__($self, instance, value, /)\n--\n\nSet an attribute of instance to value."
    ),
    row!(
        "__delete__",
        descr_set,
        Wrap::DescrDelete,
        DescrSetFn = attributes::slot_descr_set,
        "__delete__($self, instance, /)\n--\n\nDelete an attribute of instance."
    ),
    row!(
        "__init__",
        init,
        Wrap::Init,
        InitFn = calls::slot_init,
        "__init__($self, /, *args, **kwargs)\n--\n\nInitialize self.  See help(type(self)) for accurate signature."
    ),
    row!(
        "__new__",
        new,
        Wrap::None,
        NewFn = new::slot_new,
        "__new__(type, /, *args, **kwargs)\n--\n\nCreate and return new object.  See help(type) for accurate signature."
    ),
    row!(
        "__del__",
        finalize,
        Wrap::Del,
        FinalizeFn = calls::slot_finalize,
        "__del__($self, /)\n--\n\nCalled when the instance is about to be destroyed."
    ),
    row!(
        "__buffer__",
        getbuffer,
        Wrap::Buffer,
        GetBufferFn = buffers::slot_getbuffer,
        "__buffer__($self, flags, /)\n--\n\nReturn a buffer object that exposes the underlying memory of the object."
    ),
    row!(
        "__release_buffer__",
        releasebuffer,
        Wrap::ReleaseBuffer,
        ReleaseBufferFn = buffers::slot_releasebuffer,
        "__release_buffer__($self, buffer, /)\n--\n\nRelease the buffer object that exposes the underlying memory of the object."
    ),
    un!("__await__", am_await, containers::slot_await, "Return an iterator to be used in await expression."),
    un!("__aiter__", am_aiter, containers::slot_aiter, "Return an awaitable, that resolves in asynchronous iterator."),
    un!("__anext__", am_anext, containers::slot_anext, "Return a value or raise StopAsyncIteration."),
    bin!("__add__", nb_add, numbers::slot_nb_add, "+"),
    rbin!("__radd__", nb_add, numbers::slot_nb_add, "+"),
    bin!("__sub__", nb_subtract, numbers::slot_nb_subtract, "-"),
    rbin!("__rsub__", nb_subtract, numbers::slot_nb_subtract, "-"),
    bin!("__mul__", nb_multiply, numbers::slot_nb_multiply, "*"),
    rbin!("__rmul__", nb_multiply, numbers::slot_nb_multiply, "*"),
    bin!("__mod__", nb_remainder, numbers::slot_nb_remainder, "%"),
    rbin!("__rmod__", nb_remainder, numbers::slot_nb_remainder, "%"),
    row!(
        "__divmod__",
        nb_divmod,
        Wrap::BinaryLeft,
        BinaryFn = numbers::slot_nb_divmod,
        "__divmod__($self, value, /)\n--\n\nReturn divmod(self, value)."
    ),
    row!(
        "__rdivmod__",
        nb_divmod,
        Wrap::BinaryRight,
        BinaryFn = numbers::slot_nb_divmod,
        "__rdivmod__($self, value, /)\n--\n\nReturn divmod(value, self)."
    ),
    row!(
        "__pow__",
        nb_power,
        Wrap::Ternary,
        TernaryFn = numbers::slot_nb_power,
        "__pow__($self, value, mod=None, /)\n--\n\nReturn pow(self, value, mod)."
    ),
    row!(
        "__rpow__",
        nb_power,
        Wrap::TernaryRight,
        TernaryFn = numbers::slot_nb_power,
        "__rpow__($self, value, mod=None, /)\n--\n\nReturn pow(value, self, mod)."
    ),
    un!("__neg__", nb_negative, numbers::slot_nb_negative, "-self"),
    un!("__pos__", nb_positive, numbers::slot_nb_positive, "+self"),
    un!("__abs__", nb_absolute, numbers::slot_nb_absolute, "abs(self)"),
    row!("__bool__", nb_bool, Wrap::Bool, BoolFn = numbers::slot_nb_bool, "__bool__($self, /)\n--\n\nTrue if self else False"),
    un!("__invert__", nb_invert, numbers::slot_nb_invert, "~self"),
    bin!("__lshift__", nb_lshift, numbers::slot_nb_lshift, "<<"),
    rbin!("__rlshift__", nb_lshift, numbers::slot_nb_lshift, "<<"),
    bin!("__rshift__", nb_rshift, numbers::slot_nb_rshift, ">>"),
    rbin!("__rrshift__", nb_rshift, numbers::slot_nb_rshift, ">>"),
    bin!("__and__", nb_and, numbers::slot_nb_and, "&"),
    rbin!("__rand__", nb_and, numbers::slot_nb_and, "&"),
    bin!("__xor__", nb_xor, numbers::slot_nb_xor, "^"),
    rbin!("__rxor__", nb_xor, numbers::slot_nb_xor, "^"),
    bin!("__or__", nb_or, numbers::slot_nb_or, "|"),
    rbin!("__ror__", nb_or, numbers::slot_nb_or, "|"),
    un!("__int__", nb_int, numbers::slot_nb_int, "int(self)"),
    un!("__float__", nb_float, numbers::slot_nb_float, "float(self)"),
    ibin!("__iadd__", nb_inplace_add, numbers::slot_nb_inplace_add, "+="),
    ibin!("__isub__", nb_inplace_subtract, numbers::slot_nb_inplace_subtract, "-="),
    ibin!("__imul__", nb_inplace_multiply, numbers::slot_nb_inplace_multiply, "*="),
    ibin!("__imod__", nb_inplace_remainder, numbers::slot_nb_inplace_remainder, "%="),
    row!(
        "__ipow__",
        nb_inplace_power,
        Wrap::Ternary,
        TernaryFn = numbers::slot_nb_inplace_power,
        "__ipow__($self, value, /)\n--\n\nReturn self**=value."
    ),
    ibin!("__ilshift__", nb_inplace_lshift, numbers::slot_nb_inplace_lshift, "<<="),
    ibin!("__irshift__", nb_inplace_rshift, numbers::slot_nb_inplace_rshift, ">>="),
    ibin!("__iand__", nb_inplace_and, numbers::slot_nb_inplace_and, "&="),
    ibin!("__ixor__", nb_inplace_xor, numbers::slot_nb_inplace_xor, "^="),
    ibin!("__ior__", nb_inplace_or, numbers::slot_nb_inplace_or, "|="),
    bin!("__floordiv__", nb_floor_divide, numbers::slot_nb_floor_divide, "//"),
    rbin!("__rfloordiv__", nb_floor_divide, numbers::slot_nb_floor_divide, "//"),
    bin!("__truediv__", nb_true_divide, numbers::slot_nb_true_divide, "/"),
    rbin!("__rtruediv__", nb_true_divide, numbers::slot_nb_true_divide, "/"),
    ibin!("__ifloordiv__", nb_inplace_floor_divide, numbers::slot_nb_inplace_floor_divide, "//="),
    ibin!("__itruediv__", nb_inplace_true_divide, numbers::slot_nb_inplace_true_divide, "/="),
    un!(
        "__index__",
        nb_index,
        numbers::slot_nb_index,
        "Return self converted to an integer, if self is suitable for use as an index into a list."
    ),
    bin!("__matmul__", nb_matrix_multiply, numbers::slot_nb_matrix_multiply, "@"),
    rbin!("__rmatmul__", nb_matrix_multiply, numbers::slot_nb_matrix_multiply, "@"),
    ibin!("__imatmul__", nb_inplace_matrix_multiply, numbers::slot_nb_inplace_matrix_multiply, "@="),
    row!("__len__", mp_length, Wrap::Len, LenFn = containers::slot_len, LEN_DOC),
    row!("__getitem__", mp_subscript, Wrap::Binary, BinaryFn = containers::slot_subscript, GETITEM_DOC),
    row!("__setitem__", mp_ass_subscript, Wrap::SetItem, AssSubscriptFn = containers::slot_ass_subscript, SETITEM_DOC),
    row!("__delitem__", mp_ass_subscript, Wrap::DelItem, AssSubscriptFn = containers::slot_ass_subscript, DELITEM_DOC),
    row!("__len__", sq_length, Wrap::Len, LenFn = containers::slot_len, LEN_DOC),
    row!("__add__", sq_concat, Wrap::Binary, none, "__add__($self, value, /)\n--\n\nReturn self+value."),
    row!("__mul__", sq_repeat, Wrap::IndexArg, none, "__mul__($self, value, /)\n--\n\nReturn self*value."),
    row!("__rmul__", sq_repeat, Wrap::IndexArg, none, "__rmul__($self, value, /)\n--\n\nReturn value*self."),
    row!("__getitem__", sq_item, Wrap::SqItem, ItemFn = containers::slot_sq_item, GETITEM_DOC),
    row!("__setitem__", sq_ass_item, Wrap::SqSetItem, AssItemFn = containers::slot_sq_ass_item, SETITEM_DOC),
    row!("__delitem__", sq_ass_item, Wrap::SqDelItem, AssItemFn = containers::slot_sq_ass_item, DELITEM_DOC),
    row!(
        "__contains__",
        sq_contains,
        Wrap::Contains,
        ContainsFn = containers::slot_contains,
        "__contains__($self, key, /)\n--\n\nReturn bool(key in self)."
    ),
    row!("__iadd__", sq_inplace_concat, Wrap::Binary, none, "__iadd__($self, value, /)\n--\n\nImplement self+=value."),
    row!("__imul__", sq_inplace_repeat, Wrap::IndexArg, none, "__imul__($self, value, /)\n--\n\nImplement self*=value."),
];
