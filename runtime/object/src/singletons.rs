//! `None`, `True`, `False`, `NotImplemented` and `Ellipsis`: immortal statics.

use crate::header::Header;
use crate::int::PyInt;
use crate::obj::Ref;
use crate::value::Value;
use crate::vm::TypeTable;

/// An object without payload.
#[repr(C, align(8))]
struct Bare(Header);

// SAFETY: the only field ever written is the type pointer, once, before threads exist; counts of
// immortal objects are never written.
unsafe impl Sync for Bare {}

#[repr(C, align(8))]
struct Bool(PyInt);
// SAFETY: as for `Bare`.
unsafe impl Sync for Bool {}

static NONE: Bare = Bare(Header::immortal());
static NOT_IMPLEMENTED: Bare = Bare(Header::immortal());
static ELLIPSIS: Bare = Bare(Header::immortal());
static FALSE: Bool = Bool(PyInt::immortal(dashu_int::IBig::ZERO));
static TRUE: Bool = Bool(PyInt::immortal(dashu_int::IBig::ONE));

macro_rules! accessor {
    ($name:ident, $stat:ident) => {
        #[inline(always)]
        pub fn $name() -> Ref<'static> {
            // SAFETY: a static object.
            unsafe { Ref::from_value_unchecked(Value::from_ptr(&raw const $stat)) }
        }
    };
}
accessor!(none, NONE);
accessor!(not_implemented, NOT_IMPLEMENTED);
accessor!(ellipsis, ELLIPSIS);
accessor!(true_, TRUE);
accessor!(false_, FALSE);

/// `True` or `False`.
#[inline(always)]
pub fn bool(b: bool) -> Ref<'static> {
    if b { true_() } else { false_() }
}

/// Gives the statics their types.
pub(crate) fn init(types: &TypeTable) {
    NONE.0.ty.set(types.none_type);
    NOT_IMPLEMENTED.0.ty.set(types.not_implemented_type);
    ELLIPSIS.0.ty.set(types.ellipsis_type);
    FALSE.0.header_ref().ty.set(types.bool);
    TRUE.0.header_ref().ty.set(types.bool);
}
