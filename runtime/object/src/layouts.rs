//! The table of memory layouts that compiled code touches: offsets in bytes.

use std::mem::offset_of;

use crate::dict::PyDict;
use crate::exec::{ExecState, Frame};
use crate::function::{PyCell, PyFunction};
use crate::header::Header;
use crate::instance::AttrHead;
use crate::iterators::{PyListIter, PyTupleIter};
use crate::list::PyList;
use crate::range::PyRangeIter;
use crate::str::PyStr;
use crate::tuple::PyTuple;
use crate::vm::Vm;

macro_rules! layouts {
    ($($name:ident $doc:literal = $value:expr;)*) => {
        $(#[doc = $doc] pub const $name: usize = $value;)*
    };
}

layouts! {
    HEADER_REFCOUNT "reference count (32 bits; negative: immortal)" = offset_of!(Header, rc);
    HEADER_TYPE "type pointer" = offset_of!(Header, ty);
    ATTRS_SHAPE "shape, from the attribute head" = offset_of!(AttrHead, shape);
    ATTRS_OVERFLOW "overflow block, from the attribute head" = offset_of!(AttrHead, overflow);
    ATTRS_SLOTS "first attribute slot, from the attribute head" = size_of::<AttrHead>();
    LIST_LEN "length" = offset_of!(PyList, len);
    LIST_ITEMS "pointer to the items" = offset_of!(PyList, items);
    TUPLE_LEN "length" = offset_of!(PyTuple, len);
    TUPLE_ITEMS "first item" = offset_of!(PyTuple, items);
    STR_LEN "length in characters" = offset_of!(PyStr, len);
    DICT_VERSION "keys version (32 bits)" = offset_of!(PyDict, version);
    DICT_KEYS "table pointer" = crate::dict::TABLE;
    DICT_FIRST_VALUE "value of entry 0 of a str-keyed table" = crate::dict::FIRST_VALUE;
    DICT_ENTRY_SIZE "from one entry of a str-keyed table to the next" = crate::dict::ENTRY_SIZE;
    CELL_VALUE "contents" = offset_of!(PyCell, value);
    FUNCTION_CODE "code object" = offset_of!(PyFunction, code);
    FUNCTION_DEFAULTS "tuple of positional defaults, or 0" = offset_of!(PyFunction, defaults);
    FUNCTION_GLOBALS "globals" = offset_of!(PyFunction, globals);
    FUNCTION_BUILTINS "builtins" = offset_of!(PyFunction, builtins);
    FUNCTION_CLOSURE "tuple of cells, or 0" = offset_of!(PyFunction, closure);
    RANGE_ITER_NEXT "next item" = offset_of!(PyRangeIter, next);
    RANGE_ITER_LEN "items left" = offset_of!(PyRangeIter, len);
    RANGE_ITER_STEP "step" = offset_of!(PyRangeIter, step);
    LIST_ITER_LIST "the list, or 0 when exhausted" = offset_of!(PyListIter, list);
    LIST_ITER_INDEX "position of the next item" = offset_of!(PyListIter, index);
    TUPLE_ITER_TUPLE "the tuple, or 0 when exhausted" = offset_of!(PyTupleIter, tuple);
    TUPLE_ITER_INDEX "position of the next item" = offset_of!(PyTupleIter, index);
    FRAME_FUNCTION "function" = offset_of!(Frame, func);
    FRAME_OBJECT "frame object, or 0" = offset_of!(Frame, frame_obj);
    FRAME_PC "position" = offset_of!(Frame, pc);
    VM_BREAKER "eval breaker (32 bits)" = offset_of!(Vm, eval_breaker);
    VM_TOP "running frame" = offset_of!(Vm, exec) + offset_of!(ExecState, top);
}
