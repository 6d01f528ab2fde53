//! Layouts of the descriptors that type dicts are filled with.

use std::cell::Cell;

use crate::error::PyResult;
use crate::function::no_header;
use crate::gc::{Trace, Visitor};
use crate::header::{Header, alloc_raw};
use crate::native::{GetSetDef, MemberDef};
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::table_layout;
use crate::ty::PyType;
use crate::value::Value;
use crate::vm::Vm;

/// `getset_descriptor`: a computed attribute.
#[repr(C)]
pub struct PyGetSet {
    header: Header,
    pub def: &'static GetSetDef,
    pub objclass: Py<PyType>,
}
table_layout!(PyGetSet => getset_descriptor);

/// Where a member descriptor finds its value.
#[derive(Copy, Clone)]
pub enum MemberKind {
    Native(&'static MemberDef),
    /// A `__slots__` entry: a word at this offset of the instance, unbound until set.
    Slot {
        offset: usize,
    },
    /// As `Slot` in objects of variable size, where the words follow the items.
    ShiftedSlot {
        offset: usize,
    },
}

/// `member_descriptor`: a field of a native object, or a `__slots__` entry.
#[repr(C)]
pub struct PyMember {
    header: Header,
    pub kind: MemberKind,
    pub name: Py<PyStr>,
    pub objclass: Py<PyType>,
}
table_layout!(PyMember => member_descriptor);

/// `staticmethod`.
#[repr(C)]
pub struct PyStaticMethod {
    header: Header,
    /// Unset only if `__init__` did not run.
    pub callable: Cell<Option<Obj>>,
}
table_layout!(PyStaticMethod => staticmethod);

/// `classmethod`.
#[repr(C)]
pub struct PyClassMethod {
    header: Header,
    /// Unset only if `__init__` did not run.
    pub callable: Cell<Option<Obj>>,
}
table_layout!(PyClassMethod => classmethod);

/// Allocates a descriptor. Those of immortal types take part in no cycle that could die, so
/// they stay untracked: start-up makes thousands of them.
fn alloc_descr<T: Layout>(vm: &Vm, ty: &PyType, objclass: &PyType, payload: T) -> Py<T> {
    let Some(p) = alloc_raw(ty, size_of::<T>()) else { crate::memory::out_of_memory() };
    // SAFETY: fresh memory of the right size; the header `alloc_raw` wrote is kept.
    unsafe {
        let h = std::ptr::read(p.as_ptr());
        let t = p.as_ptr() as *mut T;
        t.write(payload);
        (t as *mut Header).write(h);
        if !objclass.header().is_immortal() {
            crate::gc::track(vm, &*(t as *const Header));
        }
        Py::from_ptr(t)
    }
}

impl PyGetSet {
    pub fn new(vm: &Vm, def: &'static GetSetDef, objclass: &PyType) -> Py<PyGetSet> {
        let payload = PyGetSet { header: no_header(), def, objclass: objclass.to_py() };
        alloc_descr(vm, vm.types.getset_descriptor, objclass, payload)
    }
}

impl PyMember {
    pub fn native(vm: &Vm, def: &'static MemberDef, objclass: &PyType) -> Py<PyMember> {
        let name = vm.intern(def.name);
        let payload = PyMember { header: no_header(), kind: MemberKind::Native(def), name, objclass: objclass.to_py() };
        alloc_descr(vm, vm.types.member_descriptor, objclass, payload)
    }
    pub fn slot(vm: &Vm, name: Py<PyStr>, offset: usize, objclass: &PyType) -> Py<PyMember> {
        let kind = if objclass.itemsize.get() == 0 { MemberKind::Slot { offset } } else { MemberKind::ShiftedSlot { offset } };
        let payload = PyMember { header: no_header(), kind, name, objclass: objclass.to_py() };
        alloc_descr(vm, vm.types.member_descriptor, objclass, payload)
    }
}

/// The `__slots__` word at `offset` of an instance.
///
/// # Safety
/// `obj` is an instance of the type whose member descriptor is a `Slot` with that offset.
#[inline(always)]
pub unsafe fn slot_word<'a>(obj: Ref<'a>, offset: usize) -> &'a Cell<Value> {
    // SAFETY: by contract the word is part of the instance.
    unsafe { &*((obj.value().header_ptr() as *const u8).add(offset) as *const Cell<Value>) }
}

/// The `__slots__` word of a `ShiftedSlot`.
///
/// # Safety
/// As for [`slot_word`].
pub unsafe fn shifted_slot_word<'a>(obj: Ref<'a>, offset: usize) -> &'a Cell<Value> {
    let p = obj.value().header_ptr();
    // SAFETY: by contract; instances of such types are heap objects.
    unsafe { slot_word(obj, offset + crate::instance::member_shift((*p).ty(), p)) }
}

impl PyStaticMethod {
    /// `staticmethod(callable)` without copying the callable's names: native methods have none
    /// of their own.
    #[expect(clippy::new_ret_no_self, reason = "made as an instance with attributes")]
    pub fn new(vm: &Vm, callable: Obj) -> PyResult<Obj> {
        let obj = crate::instance::alloc_instance(vm, vm.types.staticmethod, 0)?;
        // SAFETY: a fresh object with this layout; all-zero memory is an empty cell.
        unsafe { obj.r().downcast_unchecked::<PyStaticMethod>() }.callable.set(Some(callable));
        Ok(obj)
    }
}

impl PyClassMethod {
    /// `classmethod(callable)` without copying the callable's names.
    #[expect(clippy::new_ret_no_self, reason = "made as an instance with attributes")]
    pub fn new(vm: &Vm, callable: Obj) -> PyResult<Obj> {
        let obj = crate::instance::alloc_instance(vm, vm.types.classmethod, 0)?;
        // SAFETY: a fresh object with this layout; all-zero memory is an empty cell.
        unsafe { obj.r().downcast_unchecked::<PyClassMethod>() }.callable.set(Some(callable));
        Ok(obj)
    }
}

impl Trace for PyGetSet {
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit(Value::from_ptr(self.objclass.as_ptr()));
    }
    fn unlink(&self) {}
}

impl Trace for PyMember {
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit(Value::from_ptr(self.objclass.as_ptr()));
    }
    fn unlink(&self) {}
}

impl Trace for PyStaticMethod {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.callable.trace(v);
    }
    fn unlink(&self) {
        drop(self.callable.take());
    }
}

impl Trace for PyClassMethod {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.callable.trace(v);
    }
    fn unlink(&self) {
        drop(self.callable.take());
    }
}
