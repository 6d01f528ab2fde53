//! A minimal interpreter for this crate's unit tests: types have what the object layouts need,
//! and no methods.

use crate::dict;
use crate::header::Header;
use crate::list;
use crate::set;
use crate::str::{self, PyStr};
use crate::tuple;
use crate::ty::{ClearFn, DeallocFn, PyType, TraverseFn, TypeFlags};
use crate::vm::{Interp, Vm, current_vm};
use crate::weakref;

fn setup(ty: &PyType, size: usize, flags: TypeFlags, dealloc: DeallocFn, traverse: Option<TraverseFn>, clear: Option<ClearFn>) {
    ty.basicsize.set(size);
    ty.set_flag(flags);
    ty.dealloc.set(dealloc);
    ty.traverse.set(traverse);
    ty.clear.set(clear);
}

unsafe fn keep(_: &Vm, _: *mut Header) {}

/// Fills in the types the tests use.
fn fill_types(vm: &Vm) {
    let t = vm.types;
    let gc = TypeFlags::GC.or(TypeFlags::WEAKREF);
    setup(t.str, size_of::<PyStr>(), TypeFlags::STR_SUBCLASS, str::dealloc_str, None, None);
    t.str.itemsize.set(1);
    setup(t.dict, size_of::<dict::PyDict>(), gc, dict::dealloc_dict, Some(dict::traverse_dict), Some(dict::clear_dict));
    for s in [t.set, t.frozenset] {
        setup(s, size_of::<set::PySet>(), gc, set::dealloc_set, Some(set::traverse_set), Some(set::clear_set));
    }
    setup(
        t.list,
        size_of::<list::PyList>(),
        gc,
        crate::ty::dealloc_fixed::<list::PyList>,
        Some(list::traverse_list),
        Some(list::clear_list),
    );
    setup(t.tuple, size_of::<tuple::PyTuple>(), TypeFlags::GC, tuple::dealloc_tuple, Some(tuple::traverse_tuple), None);
    t.tuple.itemsize.set(8);
    for w in [t.weakref, t.weakproxy] {
        setup(
            w,
            size_of::<weakref::PyWeakref>(),
            TypeFlags::GC,
            weakref::dealloc_weakref,
            Some(weakref::traverse_weakref),
            Some(weakref::clear_weakref),
        );
    }
    setup(t.object, size_of::<Header>(), TypeFlags::NONE, keep, None, None);
}

/// Runs a test with the calling thread's own interpreter.
pub(crate) fn with_vm(f: impl FnOnce(&Vm)) {
    let vm = current_vm().unwrap_or_else(|| {
        let vm: &'static Vm = Box::leak(Box::new(Vm::new(Interp::new())));
        vm.install();
        fill_types(vm);
        vm
    });
    f(vm);
}
