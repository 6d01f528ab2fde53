//! The built-in types: what Python code sees of `type`, `object`, numbers, strings, containers,
//! iterators, descriptors, functions and exceptions.
//!
//! Every type of [`TypeTable`](krait_object::vm::TypeTable) is declared here as a static
//! [`TypeDef`]. [`init`] fills them in; all other native types are made when first asked for.
//!
//! Invariant: nothing here knows how bytecode runs.

pub mod bytearray;
pub mod bytes;
pub mod capsule;
pub mod codecs_prim;
pub mod common;
pub mod complex;
pub mod dict;
pub mod exceptions;
pub mod float;
pub mod format;
pub mod generics;
pub mod int;
pub mod iters;
pub mod list;
pub mod mapping_proxy;
pub mod memoryview;
pub mod namespace;
pub mod range;
pub mod set;
pub mod slice;
pub mod str;
pub mod structseq;
pub mod template;
pub mod tuple;
pub mod types;
pub mod unicode;
pub mod weakref_types;

use krait_object::error::PyResult;
use krait_object::ty::TypeDef;
use krait_object::typedef;
use krait_object::vm::Vm;

/// The table's types, bases before subtypes. One line for each module of this crate.
static GROUPS: &[&[&TypeDef]] = &[
    types::TYPES,
    int::TYPES,
    float::TYPES,
    complex::TYPES,
    str::TYPES,
    bytes::TYPES,
    bytearray::TYPES,
    memoryview::TYPES,
    exceptions::TYPES,
    generics::TYPES,
    capsule::TYPES,
    mapping_proxy::TYPES,
    namespace::TYPES,
    template::TYPES,
    weakref_types::TYPES,
    list::TYPES,
    tuple::TYPES,
    dict::TYPES,
    set::TYPES,
    range::TYPES,
    slice::TYPES,
    iters::TYPES,
];

/// What is left to do once all types exist, in order.
static FINISH: &[fn(&Vm) -> PyResult<()>] = &[types::finish, exceptions::finish, generics::finish];

/// Fills in every type of the type table. Call once for each interpreter, before anything else
/// makes Python objects. `more` are the table's types that other crates declare.
pub fn init(vm: &Vm, more: &'static [&'static TypeDef]) -> PyResult<()> {
    types::install(vm);
    let all = || GROUPS.iter().flat_map(|g| g.iter().copied()).chain(more.iter().copied());
    // Layouts first: making any object needs the layout of its type.
    for def in all() {
        typedef::prepare_native_type(vm, vm.native_type(def), def);
    }
    for def in all() {
        typedef::fill_native_type(vm, vm.native_type(def), def)?;
    }
    FINISH.iter().try_for_each(|f| f(vm))
}
