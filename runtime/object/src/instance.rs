//! Instance memory: `__slots__` members, and the shape with its attribute slots.
//!
//! An object whose type has the `ATTRS` flag carries, right after its fixed part (and items, for
//! variable-size layouts), an [`AttrHead`] followed by `shape.inline_cap` attribute slots.
//! Attributes beyond those are in the overflow block. In dict mode (`shape.is_dict`) the overflow
//! word is an owned dict and the slots are unused.
//!
//! Invariants: slot `i < shape.count` holds a bound value; slots from `count` on are unbound.

use std::alloc::{Layout as MemLayout, alloc, dealloc, realloc};
use std::cell::Cell;

use crate::dict::PyDict;
use crate::error::PyResult;
use crate::gc::Visitor;
use crate::header::{Header, alloc_raw, free_raw};
use crate::obj::{Layout, Obj, Py, Ref};
use crate::shape::{MAX_INLINE, Shape};
use crate::str::PyStr;
use crate::ty::{PyType, TypeFlags};
use crate::value::Value;
use crate::vm::Vm;

/// The start of an object's attribute storage.
#[repr(C)]
pub struct AttrHead {
    pub shape: Cell<*const Shape>,
    /// A block of further slots, or the dict in dict mode; null if neither.
    pub overflow: Cell<*mut Value>,
    slots: [Cell<Value>; 0],
}

/// Offset of the [`AttrHead`] in an object of type `ty` with `n` items.
#[inline(always)]
pub fn attrs_offset(ty: &PyType, n: usize) -> usize {
    (ty.basicsize.get() + ty.itemsize.get() * n + 7) & !7
}

/// Number of items of a variable-size object, as its layout stores it.
///
/// # Safety
/// `p` is an object of type `ty`.
unsafe fn item_count(ty: &PyType, p: *const Header) -> usize {
    match ty.itemsize.get() {
        0 => 0,
        // SAFETY: bytes count their NUL as an item; str sizes its data by kind (see `str.rs`).
        1 => unsafe {
            if ty.has_flag(TypeFlags::STR_SUBCLASS) {
                (*(p as *const PyStr)).data_bytes()
            } else {
                (*(p as *const crate::bytes::PyBytes)).len() + 1
            }
        },
        // SAFETY: the other variable-size layout is tuple's.
        _ => unsafe { (*(p as *const crate::tuple::PyTuple)).len() },
    }
}

/// Bytes an existing object occupies.
///
/// # Safety
/// `p` is an object of type `ty` with `n` items.
#[inline(always)]
pub unsafe fn instance_size(ty: &PyType, p: *const Header, n: usize) -> usize {
    let off = attrs_offset(ty, n);
    if !ty.has_flag(TypeFlags::ATTRS) {
        return off;
    }
    // SAFETY: the object has an attribute head at `off`.
    unsafe {
        let head = &*((p as *const u8).add(off) as *const AttrHead);
        off + size_of::<AttrHead>() + (*head.shape.get()).inline_cap as usize * 8
    }
}

/// Allocates an instance of any type whose layout has a fixed size; everything after the header
/// is zero, attribute storage is set up, the object is tracked. `n` must be 0.
#[inline]
pub fn alloc_instance(vm: &Vm, ty: &PyType, n: usize) -> PyResult<Obj> {
    alloc_var_instance(vm, ty, n, |_| ())
}

/// As [`alloc_instance`] for variable-size layouts; `fill` writes the payload before the object
/// becomes visible to the collector.
#[inline]
pub fn alloc_var_instance(vm: &Vm, ty: &PyType, n: usize, fill: impl FnOnce(*mut Header)) -> PyResult<Obj> {
    let Some(items) = ty.itemsize.get().checked_mul(n) else { return Err(vm.memory_error()) };
    if items > isize::MAX as usize / 2 {
        return Err(vm.memory_error());
    }
    let off = attrs_offset(ty, n);
    let root = ty.root_shape.get();
    let size = if ty.has_flag(TypeFlags::ATTRS) {
        // SAFETY: types with `ATTRS` have a root shape.
        off + size_of::<AttrHead>() + unsafe { (*root).inline_cap } as usize * 8
    } else {
        off
    };
    let Some(p) = alloc_raw(ty, size) else { return Err(vm.memory_error()) };
    let p = p.as_ptr();
    // SAFETY: fresh memory of `size` bytes.
    unsafe {
        let hs = size_of::<Header>();
        zero((p as *mut u8).add(hs), size - hs);
        if ty.has_flag(TypeFlags::ATTRS) {
            let head = &*((p as *mut u8).add(off) as *const AttrHead);
            head.shape.set(root);
        }
        fill(p);
        if ty.has_flag(TypeFlags::GC) {
            crate::gc::track(vm, &*p);
        }
        Ok(Obj::from_value(Value::from_ptr(p)))
    }
}

/// Zeroes fresh memory: whole words if short, since most instances are.
///
/// # Safety
/// `n` bytes from `p`, which is aligned to words, are the caller's.
#[inline(always)]
unsafe fn zero(p: *mut u8, n: usize) {
    // SAFETY: by contract.
    unsafe {
        if n.is_multiple_of(8) && n <= 128 {
            for i in 0..n / 8 {
                // Volatile, or the loop would be made a call again.
                (p as *mut u64).add(i).write_volatile(0);
            }
        } else {
            std::ptr::write_bytes(p, 0, n);
        }
    }
}

/// Drops the attribute slots and `__slots__` members of a dying object.
///
/// # Safety
/// `p` is a dead object of type `ty` with `n` items; its attributes are not used afterwards.
#[inline]
pub unsafe fn drop_attrs(_vm: &Vm, ty: &PyType, p: *mut Header, n: usize) {
    // SAFETY: by contract.
    unsafe {
        if ty.has_flag(TypeFlags::ATTRS) {
            let head = &*((p as *mut u8).add(attrs_offset(ty, n)) as *const AttrHead);
            clear_head(head);
        }
        if ty.has_flag(TypeFlags::HEAP) {
            for slot in member_slots(ty, p) {
                drop(Obj::from_value_opt((*slot).replace(Value::UNBOUND)));
            }
        }
    }
}

/// Empties attribute storage, leaving the root shape.
unsafe fn clear_head(head: &AttrHead) {
    // SAFETY: the invariants of `AttrHead`; each slot's reference is moved out once.
    unsafe {
        let shape = &*head.shape.get();
        let over = head.overflow.replace(std::ptr::null_mut());
        if shape.is_dict {
            // Stays in dict mode, without a dict: the next use makes an empty one.
            if !over.is_null() {
                drop(Py::<PyDict>::from_ptr(over as *const PyDict));
            }
            return;
        }
        head.shape.set(shape.root_shape_of_tree());
        let count = shape.count as usize;
        let cap = shape.inline_cap as usize;
        for i in 0..count.min(cap) {
            drop(Obj::from_value_opt((*head.slot(i)).replace(Value::UNBOUND)));
        }
        if !over.is_null() {
            for i in cap..count {
                drop(Obj::from_value_opt(over.add(i - cap).read()));
            }
            free_overflow(over);
        }
    }
}

/// How much further back than the type's fixed part the `__slots__` members of an object are: in
/// objects of variable size they follow the items.
///
/// # Safety
/// `p` is an object of type `ty`.
pub unsafe fn member_shift(ty: &PyType, p: *const Header) -> usize {
    if ty.itemsize.get() == 0 {
        return 0;
    }
    let native = crate::typedef::native_ancestor(ty).basicsize.get();
    // SAFETY: by contract.
    let n = unsafe { item_count(ty, p) };
    ((native + ty.itemsize.get() * n + 7) & !7) - native
}

/// The `__slots__` members that heap types added to an object.
unsafe fn member_slots(ty: &PyType, p: *const Header) -> impl Iterator<Item = *const Cell<Value>> {
    // SAFETY: the caller's object is of this type.
    let shift = unsafe { member_shift(ty, p) };
    let mut t: *const PyType = ty;
    let mut next = 0usize;
    std::iter::from_fn(move || {
        loop {
            // SAFETY: walking the base chain of a live type.
            let ty = unsafe { t.as_ref() }?;
            if next < ty.nslots.get() as usize {
                let off = ty.basicsize.get() - (ty.nslots.get() as usize - next) * 8;
                next += 1;
                // SAFETY: the slots are the last words of the type's fixed part, or follow the items.
                return Some(unsafe { (p as *const u8).add(off + shift) } as *const Cell<Value>);
            }
            next = 0;
            t = ty.base.get();
        }
    })
}

/// Shows attribute slots, `__slots__` members and the heap type to the collector.
///
/// # Safety
/// `p` is a live object with `n` items.
pub unsafe fn traverse_attrs(p: *const Header, n: usize, v: &mut Visitor<'_>) {
    // SAFETY: by contract and the invariants of `AttrHead`.
    unsafe {
        let ty = (*p).ty();
        if ty.has_flag(TypeFlags::ATTRS) {
            let head = &*((p as *const u8).add(attrs_offset(ty, n)) as *const AttrHead);
            let shape = &*head.shape.get();
            if shape.is_dict {
                if !head.overflow.get().is_null() {
                    v.visit(Value::from_ptr(head.overflow.get()));
                }
            } else {
                for i in 0..shape.count as usize {
                    v.visit(head.get_slot(shape, i));
                }
            }
        }
        if ty.has_flag(TypeFlags::HEAP) {
            for slot in member_slots(ty, p) {
                v.visit((*slot).get());
            }
            v.visit(Value::from_ptr(ty as *const PyType));
        }
    }
}

/// Drops attributes and members that may be part of a cycle.
///
/// # Safety
/// `p` is a live object with `n` items.
pub unsafe fn clear_attrs(p: *const Header, n: usize) {
    // SAFETY: by contract.
    unsafe {
        let ty = (*p).ty();
        if ty.has_flag(TypeFlags::ATTRS) {
            clear_head(&*((p as *const u8).add(attrs_offset(ty, n)) as *const AttrHead));
        }
        if ty.has_flag(TypeFlags::HEAP) {
            for slot in member_slots(ty, p) {
                drop(Obj::from_value_opt((*slot).replace(Value::UNBOUND)));
            }
        }
    }
}

/// The traverse function of instances whose layout itself owns no references.
///
/// # Safety
/// `p` is a live object; if of variable size, a str, bytes or tuple.
pub unsafe fn traverse_instance(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract.
    unsafe { traverse_attrs(p, item_count((*p).ty(), p), v) }
}

/// The clear function of instances whose layout itself owns no references.
///
/// # Safety
/// As [`traverse_instance`].
pub unsafe fn clear_instance(_: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe { clear_attrs(p, item_count((*p).ty(), p)) }
}

/// The dealloc function of plain instances.
///
/// # Safety
/// `p` is a dead object whose layout is a header only.
pub unsafe fn dealloc_instance(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract.
    unsafe {
        let ty = &*(*p).ty.get();
        let size = instance_size(ty, p, 0);
        drop_attrs(vm, ty, p, 0);
        free_raw(p, size, ty.has_flag(TypeFlags::GC));
    }
}

unsafe fn free_overflow(values: *mut Value) {
    // SAFETY: overflow blocks start one word before their values with their capacity.
    unsafe {
        let base = values.sub(1) as *mut usize;
        let cap = *base;
        dealloc(base as *mut u8, MemLayout::array::<usize>(cap + 1).unwrap_unchecked());
    }
}

/// Makes room for `need` overflow values; keeps existing ones.
fn grow_overflow(vm: &Vm, head: &AttrHead, need: usize) -> PyResult<()> {
    let old = head.overflow.get();
    // SAFETY: overflow blocks start one word before their values with their capacity.
    unsafe {
        let old_cap = if old.is_null() { 0 } else { *(old.sub(1) as *const usize) };
        if need <= old_cap {
            return Ok(());
        }
        let cap = (need + need / 2).max(4);
        let layout = MemLayout::array::<usize>(cap + 1).unwrap_unchecked();
        let base = if old.is_null() {
            alloc(layout)
        } else {
            realloc(old.sub(1) as *mut u8, MemLayout::array::<usize>(old_cap + 1).unwrap_unchecked(), layout.size())
        };
        if base.is_null() {
            return Err(vm.memory_error());
        }
        *(base as *mut usize) = cap;
        let values = (base as *mut Value).add(1);
        for i in old_cap..cap {
            values.add(i).write(Value::UNBOUND);
        }
        head.overflow.set(values);
    }
    Ok(())
}

impl AttrHead {
    /// The inline slot `i`.
    ///
    /// # Safety
    /// `i` is below the shape's inline capacity.
    #[inline(always)]
    pub unsafe fn slot(&self, i: usize) -> *const Cell<Value> {
        // SAFETY: inline slots follow the head.
        unsafe { self.slots.as_ptr().add(i) }
    }
    /// The value in attribute slot `i` of either kind.
    ///
    /// # Safety
    /// `i < shape.count`, and `shape` is this object's, not a dict shape.
    #[inline(always)]
    pub unsafe fn get_slot(&self, shape: &Shape, i: usize) -> Value {
        let cap = shape.inline_cap as usize;
        // SAFETY: by contract.
        unsafe { if i < cap { (*self.slot(i)).get() } else { *self.overflow.get().add(i - cap) } }
    }
    /// Replaces the value in slot `i`; returns what was there.
    ///
    /// # Safety
    /// As [`get_slot`](Self::get_slot) (`i == shape.count` is fine if the slot exists); `v`'s
    /// reference moves in, the old one moves out.
    #[inline(always)]
    pub unsafe fn replace_slot(&self, shape: &Shape, i: usize, v: Value) -> Value {
        let cap = shape.inline_cap as usize;
        // SAFETY: by contract.
        unsafe {
            if i < cap {
                (*self.slot(i)).replace(v)
            } else {
                let p = self.overflow.get().add(i - cap);
                let old = p.read();
                p.write(v);
                old
            }
        }
    }
    #[inline(always)]
    pub fn shape(&self) -> &Shape {
        // SAFETY: objects with attributes always have a shape; shapes live as long as the type.
        unsafe { &*self.shape.get() }
    }
    /// The dict of a dict-mode object, made if it has none yet.
    fn mode_dict(&self, vm: &Vm) -> Py<PyDict> {
        let p = self.overflow.get() as *const PyDict;
        if p.is_null() {
            let d = PyDict::new(vm);
            self.overflow.set(d.clone().into_ptr() as *mut Value);
            return d;
        }
        // SAFETY: in dict mode a non-null overflow word is an owned dict.
        unsafe { (*p).to_py() }
    }
    /// Switches to dict mode and returns the dict.
    pub fn materialize(&self, vm: &Vm) -> PyResult<Py<PyDict>> {
        let shape = self.shape();
        if shape.is_dict {
            return Ok(self.mode_dict(vm));
        }
        let dict = PyDict::new(vm);
        let keys = shape.keys();
        for (i, key) in keys.iter().enumerate() {
            // SAFETY: `i < count`.
            let v = unsafe { Ref::from_value_unchecked(self.get_slot(shape, i)) };
            dict.set_str(vm, key, v.to_obj())?;
        }
        // SAFETY: the slots' references are dropped once; afterwards the head is in dict mode.
        unsafe {
            let dict_shape: *const Shape = shape.dict_shape();
            clear_head(self);
            self.shape.set(dict_shape);
        }
        self.overflow.set(dict.clone().into_ptr() as *mut Value);
        Ok(dict)
    }
    /// The attribute `name`.
    #[inline]
    pub fn get(&self, vm: &Vm, name: &PyStr) -> PyResult<Option<Obj>> {
        let shape = self.shape();
        if shape.is_dict {
            if self.overflow.get().is_null() {
                return Ok(None);
            }
            return self.mode_dict(vm).get_str(vm, name);
        }
        let found = if name.is_interned() { shape.find(name) } else { shape.find(&vm.intern_str(name.to_exact(vm))) };
        // SAFETY: `i < count`.
        Ok(found.map(|i| unsafe { Ref::from_value_unchecked(self.get_slot(shape, i as usize)) }.to_obj()))
    }
    /// Sets the attribute `name`.
    pub fn set(&self, vm: &Vm, name: &PyStr, value: Obj) -> PyResult<()> {
        let shape = self.shape();
        if shape.is_dict {
            return self.mode_dict(vm).set_str(vm, name, value);
        }
        if !name.is_interned() {
            let name = vm.intern_str(name.to_exact(vm));
            return self.set(vm, &name, value);
        }
        if let Some(i) = shape.find(name) {
            // SAFETY: `i < count`; dropping the old value may run Python code, which is fine
            // since the head is consistent again.
            drop(unsafe { Obj::from_value_opt(self.replace_slot(shape, i as usize, value.into_value())) });
            return Ok(());
        }
        let Some(next) = shape.with(name) else {
            return self.materialize(vm)?.set_str(vm, name, value);
        };
        let i = shape.count as usize;
        let cap = shape.inline_cap as usize;
        if i >= cap {
            grow_overflow(vm, self, i - cap + 1)?;
            widen_future_instances(shape.owner(), shape);
        }
        // SAFETY: the slot exists and is unbound.
        unsafe { self.replace_slot(next, i, value.into_value()) };
        self.shape.set(next);
        Ok(())
    }
    /// Deletes the attribute; false if there was none.
    pub fn delete(&self, vm: &Vm, name: &PyStr) -> PyResult<bool> {
        let shape = self.shape();
        if !shape.is_dict {
            let interned = vm.intern_str(name.to_exact(vm));
            if shape.find(&interned).is_none() {
                return Ok(false);
            }
        }
        Ok(self.materialize(vm)?.remove(vm, name.r())?.is_some())
    }
    /// Replaces the whole `__dict__`.
    pub fn set_dict(&self, vm: &Vm, dict: Py<PyDict>) -> PyResult<()> {
        let old = self.materialize(vm)?;
        let owned = self.overflow.replace(dict.into_ptr() as *mut Value);
        // SAFETY: in dict mode the overflow word owned a dict.
        drop(unsafe { Py::<PyDict>::from_ptr(owned as *const PyDict) });
        drop(old);
        Ok(())
    }
    /// Attributes as pairs, in order of creation.
    pub fn items(&self, vm: &Vm) -> Vec<(Obj, Obj)> {
        let shape = self.shape();
        if shape.is_dict {
            let d = self.mode_dict(vm);
            let mut pos = 0;
            return std::iter::from_fn(|| d.next_entry(&mut pos)).collect();
        }
        let keys = shape.keys();
        // SAFETY: `i < count`.
        keys.into_iter()
            .enumerate()
            .map(|(i, k)| (k.into_obj(), unsafe { Ref::from_value_unchecked(self.get_slot(shape, i)) }.to_obj()))
            .collect()
    }
}

/// Gives future instances more inline slots, since this one overflowed.
#[cold]
fn widen_future_instances(ty: &PyType, shape: &Shape) {
    let root = ty.root_shape.get();
    // SAFETY: a type with attributes has a root shape.
    let cap = unsafe { (*root).inline_cap };
    if cap == shape.inline_cap && cap < MAX_INLINE {
        Shape::install_root(ty, (cap * 2).max(4));
    }
}

/// The attribute storage of an object, if its type gives it any.
#[inline(always)]
pub fn attrs_of<'a>(obj: Ref<'a>) -> Option<&'a AttrHead> {
    let h = obj.header()?;
    let ty = h.ty();
    if !ty.has_flag(TypeFlags::ATTRS) {
        return None;
    }
    // SAFETY: objects of such types carry an attribute head behind their items.
    unsafe {
        let n = if ty.itemsize.get() == 0 { 0 } else { item_count(ty, h) };
        Some(&*((h as *const Header as *const u8).add(attrs_offset(ty, n)) as *const AttrHead))
    }
}

/// Makes `obj` an instance of `new`, whose layout has been found compatible: the same fixed part
/// and the same flags about attributes and the collector.
pub fn set_class(vm: &Vm, obj: Ref<'_>, new: &PyType) -> PyResult<()> {
    let Some(h) = obj.header() else { return Err(vm.type_error("__class__ assignment: object layout differs")) };
    let old = h.ty();
    if std::ptr::eq(old, new) {
        return Ok(());
    }
    if let Some(attrs) = attrs_of(obj) {
        let shape = attrs.shape();
        let root = Shape::root_with_cap(new, shape.inline_cap);
        let mut to: Option<&Shape> = if shape.is_dict { Some(root.dict_shape()) } else { Some(root) };
        if !shape.is_dict {
            for key in shape.keys() {
                to = to.and_then(|s| s.with(&key));
            }
        }
        match to {
            Some(s) => attrs.shape.set(s),
            None => {
                attrs.materialize(vm)?;
                attrs.shape.set(root.dict_shape());
            }
        }
    }
    new.header().incref();
    h.ty.set(new);
    // SAFETY: the object owned a reference to its old type.
    drop(unsafe { Py::<PyType>::from_ptr(old) });
    Ok(())
}

/// The traverse function of subtypes of native types that own no references themselves.
///
/// # Safety
/// `p` is a live object.
pub unsafe fn traverse_any(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract.
    unsafe { traverse_attrs(p, item_count((*p).ty(), p), v) }
}

/// The clear function of classes: what the native ancestor owns, then attributes and members.
///
/// # Safety
/// `p` is a live instance of a heap type.
pub unsafe fn clear_subtype(vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe {
        let mut t = (*p).ty();
        while t.has_flag(TypeFlags::HEAP) {
            match t.base_type() {
                Some(b) => t = b,
                None => break,
            }
        }
        if let Some(f) = t.clear.get() {
            f(vm, p);
        }
        clear_attrs(p, item_count((*p).ty(), p));
    }
}
