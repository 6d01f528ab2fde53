//! Shapes (hidden classes): which attribute an instance keeps in which slot.
//!
//! Shapes form a tree per type. The root has no attributes; adding attribute `k` to an instance
//! follows the transition labelled `k`. A shape belongs to one type, so a guard on an instance's
//! shape also proves its class. Every root has a *dict shape*: instances that lost the regular
//! form (a deleted attribute, a `__dict__` someone asked for, too many attributes) have it and
//! keep their attributes in an ordinary dict.
//!
//! Invariants: keys are interned strs; a shape never changes once made, except that transitions
//! are added; shapes live as long as their type.

use std::cell::{Cell, OnceCell, UnsafeCell};

use crate::address_map::AddressMap;
use crate::obj::{Layout, Py};
use crate::str::PyStr;
use crate::ty::PyType;

/// Attributes an instance may have before it falls back to a dict.
pub const MAX_ATTRS: u32 = 64;
/// Transitions a shape may have before instances fall back to a dict.
pub const MAX_TRANSITIONS: usize = 64;
/// Inline attribute slots a new instance may have.
pub const MAX_INLINE: u32 = 30;

/// A hidden class.
#[repr(C)]
pub struct Shape {
    /// The type all instances of this shape have.
    pub owner: Cell<*const PyType>,
    /// Number of attributes.
    pub count: u32,
    /// Attribute slots inside the object; further ones are in the overflow block.
    pub inline_cap: u32,
    /// Instances keep their attributes in a dict.
    pub is_dict: bool,
    parent: *const Shape,
    /// The attribute this shape adds to its parent's; null for a root or dict shape.
    key: *const PyStr,
    root: Cell<*const Shape>,
    dict_shape: Cell<*const Shape>,
    transitions: UnsafeCell<Vec<(Py<PyStr>, Box<Shape>)>>,
    /// All keys in slot order, for shapes with few; made when first searched.
    flat: OnceCell<Box<[*const PyStr]>>,
    /// Slots by key, for shapes with many.
    index: OnceCell<AddressMap<*const PyStr, u32>>,
    /// Older roots of the type, kept because instances may still have their shapes.
    previous: UnsafeCell<Option<Box<Shape>>>,
}

impl Shape {
    fn make(owner: *const PyType, inline_cap: u32) -> Shape {
        Shape {
            owner: Cell::new(owner),
            count: 0,
            inline_cap,
            is_dict: false,
            parent: std::ptr::null(),
            key: std::ptr::null(),
            root: Cell::new(std::ptr::null()),
            dict_shape: Cell::new(std::ptr::null()),
            transitions: UnsafeCell::new(Vec::new()),
            flat: OnceCell::new(),
            index: OnceCell::new(),
            previous: UnsafeCell::new(None),
        }
    }
    /// Gives `ty` a fresh root shape; an older one is kept for its instances.
    pub fn install_root(ty: &PyType, inline_cap: u32) {
        let root = Box::new(Shape::make(ty, inline_cap.min(MAX_INLINE)));
        let mut dict = Box::new(Shape::make(ty, root.inline_cap));
        dict.is_dict = true;
        dict.root.set(&*root);
        root.root.set(&*root);
        root.dict_shape.set(Box::into_raw(dict));
        let old = ty.root_shape.get();
        if !old.is_null() {
            // SAFETY: roots are boxes owned by the type; ownership moves into the new root.
            unsafe { *root.previous.get() = Some(Box::from_raw(old as *mut Shape)) };
        }
        ty.root_shape.set(Box::into_raw(root));
    }
    /// The root of `ty` for instances with the given number of inline slots, made if there is none.
    /// New instances go on using the current root.
    pub fn root_with_cap(ty: &PyType, inline_cap: u32) -> &Shape {
        let current = ty.root_shape.get();
        let mut at = current;
        // SAFETY: roots and their predecessors are owned by the type.
        unsafe {
            while !at.is_null() {
                if (*at).inline_cap == inline_cap {
                    return &*at;
                }
                at = (*(*at).previous.get()).as_deref().map_or(std::ptr::null(), |p| p);
            }
            Shape::install_root(ty, inline_cap);
            let made = ty.root_shape.get() as *mut Shape;
            if !current.is_null() {
                // The new root took the old one as predecessor: put it behind instead.
                let old = (*(*made).previous.get()).take();
                if let Some(old) = old {
                    let rest = (*old.previous.get()).take();
                    *(*made).previous.get() = rest;
                    *old.previous.get() = Some(Box::from_raw(made));
                    ty.root_shape.set(Box::into_raw(old));
                }
            }
            &*made
        }
    }
    /// Frees all shapes of a dying type.
    ///
    /// # Safety
    /// No instance of the type is left.
    pub unsafe fn free_all(ty: &PyType) {
        let root = ty.root_shape.replace(std::ptr::null());
        if !root.is_null() {
            // SAFETY: roots are boxes owned by the type.
            drop(unsafe { Box::from_raw(root as *mut Shape) });
        }
    }
    /// The type whose instances have this shape.
    #[inline(always)]
    pub fn owner(&self) -> &PyType {
        // SAFETY: a type outlives its shapes.
        unsafe { &*self.owner.get() }
    }
    /// The root this shape descends from.
    pub fn root_shape_of_tree(&self) -> *const Shape {
        self.root.get()
    }
    fn root(&self) -> &Shape {
        // SAFETY: set at creation; roots live as long as the type.
        unsafe { &*self.root.get() }
    }
    /// The shape of dict-mode instances with the same inline capacity.
    pub fn dict_shape(&self) -> &Shape {
        if self.is_dict {
            return self;
        }
        // SAFETY: set at creation of the root.
        unsafe { &*self.root().dict_shape.get() }
    }
    /// The slot of an attribute. `key` must be interned.
    #[inline]
    pub fn find(&self, key: &PyStr) -> Option<u32> {
        if self.count > 8 {
            return self.index.get_or_init(|| self.entries().collect()).get(&(key as *const PyStr)).copied();
        }
        let keys = self.flat.get_or_init(|| {
            let mut keys: Box<[_]> = self.entries().map(|(k, _)| k).collect();
            keys.reverse();
            keys
        });
        keys.iter().position(|k| std::ptr::eq(*k, key)).map(|i| i as u32)
    }
    /// Keys with their slots, newest first.
    pub fn entries(&self) -> impl Iterator<Item = (*const PyStr, u32)> {
        let mut s: *const Shape = self;
        std::iter::from_fn(move || {
            // SAFETY: parents live as long as the type, which outlives the iteration.
            let shape = unsafe { &*s };
            if shape.key.is_null() {
                return None;
            }
            s = shape.parent;
            Some((shape.key, shape.count - 1))
        })
    }
    /// Keys in slot order.
    pub fn keys(&self) -> Vec<Py<PyStr>> {
        // SAFETY: shapes own their keys.
        let mut v: Vec<_> = self.entries().map(|(k, _)| unsafe { (*k).to_py() }).collect();
        v.reverse();
        v
    }
    /// The shape after adding `key` (interned); `None` when the instance should become a dict.
    pub fn with(&self, key: &PyStr) -> Option<&Shape> {
        // SAFETY: the vector is only touched here, and nothing below runs Python code; boxes
        // give stable addresses.
        let transitions = unsafe { &mut *self.transitions.get() };
        let known = transitions.iter().find(|(k, _)| std::ptr::eq::<PyStr>(&**k, key)).map(|(_, s)| &raw const **s);
        if let Some(s) = known {
            // SAFETY: children live as long as the type.
            return Some(unsafe { &*s });
        }
        if self.count >= MAX_ATTRS || transitions.len() >= MAX_TRANSITIONS || self.is_dict {
            return None;
        }
        let mut child = Box::new(Shape::make(self.owner.get(), self.inline_cap));
        child.parent = self;
        child.count = self.count + 1;
        child.root.set(self.root.get());
        let key = key.to_py();
        child.key = key.as_ptr();
        let p: *const Shape = &*child;
        transitions.push((key, child));
        // SAFETY: just stored in a stable box.
        Some(unsafe { &*p })
    }
}

impl Drop for Shape {
    fn drop(&mut self) {
        let d = self.dict_shape.get();
        if !d.is_null() {
            // SAFETY: a root owns its dict shape.
            drop(unsafe { Box::from_raw(d as *mut Shape) });
        }
    }
}
