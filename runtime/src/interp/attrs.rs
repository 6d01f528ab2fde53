//! Attribute handlers and their inline caches.
//!
//! A filled cache is guarded by the type's version (which implies the type) and, where the
//! instance's own attributes matter, by its shape. See [`SiteKind`] for what each field holds.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, Instr};
use krait_object::code::{SharedSites, Site};
use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::exec::Frame;
use krait_object::function::{PyFunction, PyMethodDescr};
use krait_object::instance::{AttrHead, attrs_of, attrs_offset};
use krait_object::lookup::{generic_getattr, generic_setattr, type_lookup, type_version};
use krait_object::module::PyModule;
use krait_object::shape::Shape;
use krait_object::slots::{GetAttrFn, SetAttrFn};
use krait_object::str::PyStr;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::typedef::descr::{PyClassMethod, PyStaticMethod};
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref, Value};

use krait_types::types::descriptors::property::PyProperty;

use super::calls::Entered;
use super::frames::{FrameKind, push_frame};
use super::names::site_name;
use super::regs::{Regs, clear, consume_b, finish_b, get, own, put, put_obj};

/// What a site's cache holds.
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum SiteKind {
    Empty = 0,
    /// `key`: shape; `index`: byte offset of the inline slot; `key2`: offset of the head.
    Slot = 1,
    /// `key`: shape; `index`: overflow index; `key2`: offset of the head.
    Overflow = 2,
    /// A class attribute not shadowed by the instance. `key`: shape; `key2`: offset of the head;
    /// `value`: the attribute, borrowed under the type's version.
    ClassShape = 3,
    /// A class attribute of a type without instance attributes. `value` as above.
    Class = 4,
    /// A `__slots__` member. `index`: byte offset.
    Member = 5,
    /// A module attribute. `version`: keys version of the module's dict; `index`: entry.
    Module = 6,
    /// An attribute of a class object. `key`: the class; `version`: its version; `key2`: that of its
    /// metaclass; `value` as above.
    OfClass = 7,
    /// Store that adds an attribute. `key`: old shape; `value`: new shape; `index`: byte offset of
    /// the inline slot; `key2`: offset of the head.
    Add = 8,
    /// A method found by `super()`. `key`: the class; `version`: that of the receiver's type;
    /// `value`: the method, borrowed under it.
    Super = 9,
    /// A property with a getter in Python. `value`: the property object, borrowed under `version`.
    Property = 10,
    /// A static or class method called on a class. `key`, `version`, `key2` as for `OfClass`;
    /// `value`: the descriptor; `extra` says which.
    ClassCall = 11,
}

/// What `LOAD_METHOD` does with a cached value (`Site::extra`).
mod call_as {
    /// It is the callable, bound already or needing no receiver.
    pub const PLAIN: u8 = 0;
    /// It is called with the receiver.
    pub const METHOD: u8 = 1;
    /// It is a `staticmethod` object.
    pub const STATIC: u8 = 2;
    /// It is a `classmethod` object around a Python function, and the receiver is the class.
    pub const CLASS: u8 = 3;
}

/// The head at a cached offset.
#[inline(always)]
unsafe fn head_at<'a>(obj: Value, offset: u32) -> &'a AttrHead {
    // SAFETY: the caller checked the type's version, which implies this offset.
    unsafe { &*((obj.header_ptr() as *const u8).add(offset as usize) as *const AttrHead) }
}

#[inline(always)]
unsafe fn slot_at(obj: Value, offset: u32) -> *mut Value {
    // SAFETY: the caller checked version and shape, which imply the slot.
    unsafe { (obj.header_ptr() as *mut u8).add(offset as usize) as *mut Value }
}

/// Does the cached version match the object's type?
#[inline(always)]
unsafe fn version_matches(obj: Value, site: &Site) -> bool {
    // SAFETY: `obj` is a live heap object.
    obj.is_heap() && unsafe { (*obj.header_ptr()).ty().version.get() } == site.version.get() && site.version.get() != 0
}

#[inline(always)]
unsafe fn shape_matches(obj: Value, site: &Site) -> bool {
    // SAFETY: the version matched, so the head is there.
    unsafe { head_at(obj, site.key2.get()).shape.get() as u64 == site.key.get() }
}

/// Is this the cached class, unchanged?
#[inline(always)]
unsafe fn class_matches(obj: Value, site: &Site) -> bool {
    // SAFETY: the guarded class is alive if it is the one at hand.
    unsafe {
        obj.0 == site.key.get()
            && (*(obj.header_ptr() as *const PyType)).version.get() == site.version.get()
            && (*obj.header_ptr()).ty().version.get() == site.key2.get()
    }
}

/// An attribute through the cache; the value is borrowed from the object or its class.
///
/// # Safety
/// `obj` is a bound word; `site` belongs to the running code.
#[inline(always)]
pub unsafe fn cached_attr(obj: Value, site: &Site) -> Option<Value> {
    // SAFETY: guards are checked before what they imply is used.
    unsafe {
        let kind = site.kind.get();
        if kind == SiteKind::Slot as u8 {
            if version_matches(obj, site) && shape_matches(obj, site) {
                return Some(*slot_at(obj, site.index.get()));
            }
            return None;
        }
        cached_attr_rare(obj, site, kind)
    }
}

unsafe fn cached_attr_rare(obj: Value, site: &Site, kind: u8) -> Option<Value> {
    // SAFETY: as for `cached_attr`.
    unsafe {
        if kind == SiteKind::OfClass as u8 {
            return if class_matches(obj, site) { Some(site.value.get()) } else { None };
        }
        if kind == SiteKind::Module as u8 {
            // The version belongs to one dict, so only the module type must be known.
            if obj.is_heap() && (*obj.header_ptr()).ty() as *const PyType as u64 == site.key.get() {
                let m = Ref::from_value_unchecked(obj).downcast_unchecked::<PyModule>();
                let d = m.dict.get()?;
                if d.current_version() == site.version.get() {
                    return Some(d.entry_value(site.index.get() as usize));
                }
            }
            return None;
        }
        if kind == 0 || !version_matches(obj, site) {
            return None;
        }
        if kind == SiteKind::Class as u8 {
            return Some(site.value.get());
        }
        if kind == SiteKind::Member as u8 {
            let v = *slot_at(obj, site.index.get());
            return if v.is_unbound() { None } else { Some(v) };
        }
        if !shape_matches(obj, site) {
            return None;
        }
        if kind == SiteKind::ClassShape as u8 {
            return Some(site.value.get());
        }
        if kind == SiteKind::Overflow as u8 {
            return Some(*head_at(obj, site.key2.get()).overflow.get().add(site.index.get() as usize));
        }
        None
    }
}

/// What a shared cache entry is for.
#[derive(Copy, Clone)]
enum Use {
    Load = 0,
    Method = 1,
    Store = 2,
}

/// The entry of the shared caches for a name and the object's class and shape.
fn shared_site<'a>(vm: &'a Vm, obj: Ref<'_>, name: &PyStr, purpose: Use) -> Option<&'a Site> {
    let ty = obj.header()?.ty();
    let what =
        if ty.has_flag(TypeFlags::TYPE_SUBCLASS) { obj.value().0 as usize } else { attrs_of(obj).map_or(0, |h| h.shape.get() as usize) };
    let hash =
        (ty.version.get() as usize).wrapping_mul(0x9E37) ^ (what >> 4) ^ (name as *const PyStr as usize >> 5) ^ ((purpose as usize) << 7);
    Some(vm.interp.shared_sites.entry(hash))
}

/// Shares what an instruction's cache was just filled with.
fn share(vm: &Vm, obj: Ref<'_>, name: &PyStr, purpose: Use, site: &Site) {
    if matches!(site.kind.get(), k if k == SiteKind::Empty as u8 || k == SiteKind::Module as u8) || !name.is_interned() {
        return;
    }
    if let Some(entry) = shared_site(vm, obj, name, purpose) {
        SharedSites::fill(entry, name, site);
        entry.misses.set(purpose as u16);
    }
}

/// The entry made by [`share`], if it is for this name and purpose.
fn shared_for<'a>(vm: &'a Vm, obj: Ref<'_>, name: &PyStr, purpose: Use) -> Option<&'a Site> {
    shared_site(vm, obj, name, purpose).filter(|e| std::ptr::eq(e.name.get(), name) && e.misses.get() == purpose as u16)
}

/// `LOAD_ATTR` when the cache does not have the value: enters a property's getter, or looks the
/// attribute up and fills the cache.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs` (here and below).
#[inline(never)]
pub unsafe fn load_attr_slow(vm: &Vm, caller: &Frame, regs: Regs, w: Instr, site: &Site) -> PyResult<Entered> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let obj = get(regs, w.b());
        let name = site_name(site);
        if site.kind.get() == SiteKind::Property as u8 && version_matches(obj.value(), site) {
            if let Some(f) = enter_property(vm, regs, w, site)? {
                return Ok(Some(f));
            }
        } else if let Some(shared) = shared_for(vm, obj, name, Use::Load) {
            if let Some(v) = cached_attr(obj.value(), shared) {
                let v = Ref::from_value_unchecked(v).to_obj();
                site.copy_from(shared);
                finish_b(regs, w, v);
                return Ok(None);
            }
            if shared.kind.get() == SiteKind::Property as u8 && version_matches(obj.value(), shared) {
                site.copy_from(shared);
                if let Some(f) = enter_property(vm, regs, w, site)? {
                    return Ok(Some(f));
                }
            }
        }
        let _ = caller;
        let v = vm.getattr(obj, name)?;
        fill_load(vm, obj, name, site, false);
        share(vm, obj, name, Use::Load, site);
        finish_b(regs, w, v);
        Ok(None)
    }
}

/// Enters the getter of a cached property, if it is a Python function of one parameter.
unsafe fn enter_property(vm: &Vm, regs: Regs, w: Instr, site: &Site) -> PyResult<Entered> {
    // SAFETY: the type's version matched, so the property is alive. The frame keeps the getter in
    // its `locals` word, whatever becomes of the property.
    unsafe {
        let prop = Ref::from_value_unchecked(site.value.get()).downcast_unchecked::<PyProperty>();
        let Some(getter) = (*prop.fget.as_ptr()).clone() else { return Ok(None) };
        if !getter.r().is_exact::<PyFunction>(vm) {
            return Ok(None);
        }
        let func = getter.r().downcast_unchecked::<PyFunction>();
        let code = super::calls::code_of(func);
        if !code.simple_args || code.argcount != 1 {
            return Ok(None);
        }
        let base = vm.exec.sp.get();
        let f = push_frame(vm, func, code, base, FrameKind::Hook)?;
        base.write(own(regs, w.b(), w.flags() & FLAG_KB != 0).into_value());
        for i in 1..code.nregs as usize {
            base.add(i).write(Value::UNBOUND);
        }
        (*f).ret.set(w.a());
        (*f).locals.set(getter.into_value());
        Ok(Some(f))
    }
}

fn is_generic_get(ty: &PyType) -> bool {
    ty.slots.getattro.get().is_some_and(|f| std::ptr::fn_addr_eq(f, generic_getattr as GetAttrFn))
}

fn is_generic_set(ty: &PyType) -> bool {
    ty.slots.setattro.get().is_some_and(|f| std::ptr::fn_addr_eq(f, generic_setattr as SetAttrFn))
}

/// Is the object a function-like descriptor that `LOAD_METHOD` need not bind?
pub fn is_method_like(vm: &Vm, d: Ref<'_>) -> bool {
    d.is_exact::<PyFunction>(vm) || d.is_exact::<PyMethodDescr>(vm)
}

/// Fills a load cache. With `method`, a method-like class attribute is cached unbound; without,
/// only attributes that need no binding are.
fn fill_load(vm: &Vm, obj: Ref<'_>, name: &PyStr, site: &Site, method: bool) {
    site.kind.set(SiteKind::Empty as u8);
    if obj.header().is_none() {
        return;
    }
    let ty = obj.ty(vm);
    if let Some(m) = obj.downcast_exact::<PyModule>(vm) {
        fill_module(vm, m, name, site);
        return;
    }
    if let Some(cls) = obj.downcast::<PyType>(vm) {
        fill_of_class(vm, cls, name, site);
        return;
    }
    let generic = is_generic_get(ty);
    if !generic && !krait_types::types::slots::only_adds_getattr(vm, ty) {
        return;
    }
    let version = type_version(vm, ty);
    if version == 0 {
        return;
    }
    let descr = type_lookup(vm, ty, name);
    let mut has_get = false;
    if let Some(d) = &descr {
        let s = &d.r().ty(vm).slots;
        has_get = s.descr_get.get().is_some();
        let has_set = s.descr_set.get().is_some();
        if let Some(offset) = member_offset(vm, d.r(), ty) {
            site.version.set(version);
            site.index.set(offset);
            site.kind.set(SiteKind::Member as u8);
            return;
        }
        if has_get && has_set {
            // Where there is a `__getattr__`, the getter's AttributeError leads to it.
            if generic && !method && d.r().is_exact::<PyProperty>(vm) {
                site.version.set(version);
                site.value.set(d.value());
                site.kind.set(SiteKind::Property as u8);
            }
            return;
        }
    }
    let bindable = descr.as_ref().is_some_and(|d| has_get && method && is_method_like(vm, d.r()));
    if let Some(head) = attrs_of(obj) {
        if ty.itemsize.get() != 0 {
            return;
        }
        let shape = head.shape();
        if shape.is_dict {
            return;
        }
        let off = attrs_offset(ty, 0);
        if let Some(i) = shape.find(name) {
            set_slot_cache(site, version, shape, off, i);
            return;
        }
        let Some(d) = descr else { return };
        if has_get && !bindable {
            return;
        }
        site.version.set(version);
        site.key.set(shape as *const Shape as u64);
        site.key2.set(off as u32);
        site.value.set(d.value());
        site.kind.set(SiteKind::ClassShape as u8);
        return;
    }
    let Some(d) = descr else { return };
    if has_get && !bindable {
        return;
    }
    site.version.set(version);
    site.value.set(d.value());
    site.kind.set(SiteKind::Class as u8);
}

fn set_slot_cache(site: &Site, version: u32, shape: &Shape, off: usize, i: u32) {
    site.version.set(version);
    site.key.set(shape as *const Shape as u64);
    site.key2.set(off as u32);
    if i < shape.inline_cap {
        site.index.set((off + size_of::<AttrHead>() + i as usize * 8) as u32);
        site.kind.set(SiteKind::Slot as u8);
    } else {
        site.index.set(i - shape.inline_cap);
        site.kind.set(SiteKind::Overflow as u8);
    }
}

fn fill_module(vm: &Vm, m: &PyModule, name: &PyStr, site: &Site) {
    let d: &PyDict = match m.dict.get() {
        Some(d) => d,
        None => return,
    };
    // A data descriptor of the module type (`__dict__`, `__class__`) wins over the dict.
    if type_lookup(vm, vm.types.module, name).is_some() {
        return;
    }
    let v = d.keys_version(vm.interp);
    if let (Some(i), true) = (d.lookup_index_str(vm, name), v != 0) {
        site.key.set(vm.types.module as *const PyType as u64);
        site.version.set(v);
        site.index.set(i as u32);
        site.kind.set(SiteKind::Module as u8);
    }
}

fn fill_of_class(vm: &Vm, cls: &PyType, name: &PyStr, site: &Site) {
    let Some(meta) = class_guard(vm, cls, name, site) else { return };
    let Some(d) = type_lookup(vm, cls, name) else { return };
    if !d.is_plain_class_value(vm) {
        return;
    }
    site.key2.set(meta);
    site.value.set(d.value());
    site.kind.set(SiteKind::OfClass as u8);
}

/// Sets the guards of a class attribute's cache but for the metaclass's version, which is
/// returned. `None` if the metaclass has a say in what the attribute is.
fn class_guard(vm: &Vm, cls: &PyType, name: &PyStr, site: &Site) -> Option<u32> {
    let meta = cls.r().ty(vm);
    let plain = vm.types.r#type.slots.getattro.get()?;
    if !meta.slots.getattro.get().is_some_and(|f| std::ptr::fn_addr_eq(f, plain)) || type_lookup(vm, meta, name).is_some() {
        return None;
    }
    let (version, of_meta) = (type_version(vm, cls), type_version(vm, meta));
    if version == 0 || of_meta == 0 {
        return None;
    }
    site.key.set(cls.r().value().0);
    site.version.set(version);
    Some(of_meta)
}

/// Fills the cache of a `LOAD_METHOD` that found a static or class method. False if it did not.
fn fill_unbound(vm: &Vm, obj: Ref<'_>, name: &PyStr, site: &Site) -> bool {
    site.kind.set(SiteKind::Empty as u8);
    if let Some(cls) = obj.downcast::<PyType>(vm) {
        let Some(d) = type_lookup(vm, cls, name) else { return false };
        let how = if d.r().is_exact::<PyStaticMethod>(vm) {
            call_as::STATIC
        } else if d.r().is_exact::<PyClassMethod>(vm) {
            call_as::CLASS
        } else {
            return false;
        };
        let Some(meta) = class_guard(vm, cls, name, site) else { return false };
        site.key2.set(meta);
        site.value.set(d.value());
        site.extra.set(how);
        site.kind.set(SiteKind::ClassCall as u8);
        return true;
    }
    let ty = obj.ty(vm);
    if obj.header().is_none() || !is_generic_get(ty) || ty.itemsize.get() != 0 {
        return false;
    }
    let Some(d) = type_lookup(vm, ty, name).filter(|d| d.r().is_exact::<PyStaticMethod>(vm)) else { return false };
    let version = type_version(vm, ty);
    let head = attrs_of(obj);
    if version == 0 || head.is_some_and(|h| h.shape().is_dict || h.shape().find(name).is_some()) {
        return false;
    }
    site.version.set(version);
    site.value.set(d.value());
    site.extra.set(call_as::STATIC);
    match head {
        Some(h) => {
            site.key.set(h.shape.get() as u64);
            site.key2.set(attrs_offset(ty, 0) as u32);
            site.kind.set(SiteKind::ClassShape as u8);
        }
        None => site.kind.set(SiteKind::Class as u8),
    }
    true
}

/// The callable of a cached static or class method, and whether the receiver goes with it.
#[inline(never)]
unsafe fn unwrapped(vm: &Vm, value: Value, how: u8) -> Option<(Value, bool)> {
    // SAFETY: the descriptor is alive under the guards and of the kind `how` says; nothing runs
    // before the callable is used.
    unsafe {
        let d = Ref::from_value_unchecked(value);
        if how == call_as::STATIC {
            let f = (*d.downcast_unchecked::<PyStaticMethod>().callable.as_ptr()).as_ref()?;
            return Some((f.value(), false));
        }
        let f = (*d.downcast_unchecked::<PyClassMethod>().callable.as_ptr()).as_ref()?;
        f.r().is_exact::<PyFunction>(vm).then(|| (f.value(), true))
    }
}

trait PlainClassValue {
    fn is_plain_class_value(&self, vm: &Vm) -> bool;
}

impl PlainClassValue for Obj {
    /// Would `Class.name` give this very object? True of functions and of whatever has no `__get__`.
    fn is_plain_class_value(&self, vm: &Vm) -> bool {
        self.r().is_exact::<PyFunction>(vm) || self.r().ty(vm).slots.descr_get.get().is_none()
    }
}

/// The byte offset of a `__slots__` member descriptor that belongs to (a base of) `ty`.
fn member_offset(vm: &Vm, d: Ref<'_>, ty: &PyType) -> Option<u32> {
    use krait_object::typedef::descr::{MemberKind, PyMember};
    let m = d.downcast_exact::<PyMember>(vm)?;
    match m.kind {
        MemberKind::Slot { offset } if ty.is_subtype(&m.objclass) => u32::try_from(offset).ok(),
        _ => None,
    }
}

/// What a cache whose guards hold has, and whether the receiver goes with it.
#[inline(always)]
unsafe fn callable(vm: &Vm, site: &Site) -> Option<(Value, bool)> {
    let how = site.extra.get();
    if how <= call_as::METHOD {
        return Some((site.value.get(), how != call_as::PLAIN));
    }
    // SAFETY: the guards hold.
    unsafe { unwrapped(vm, site.value.get(), how) }
}

/// `LOAD_METHOD` through the cache: `Some((callable, is_method))`.
///
/// # Safety
/// As [`cached_attr`].
#[inline(always)]
pub unsafe fn cached_method(vm: &Vm, obj: Value, site: &Site) -> Option<(Value, bool)> {
    // SAFETY: guards are checked before what they imply is used.
    unsafe {
        let kind = site.kind.get();
        if kind == SiteKind::ClassShape as u8 {
            if version_matches(obj, site) && shape_matches(obj, site) {
                return callable(vm, site);
            }
            return None;
        }
        if kind == SiteKind::ClassCall as u8 {
            return if class_matches(obj, site) { unwrapped(vm, site.value.get(), site.extra.get()) } else { None };
        }
        if kind == SiteKind::Class as u8 {
            let version = if obj.is_heap() {
                (*obj.header_ptr()).ty().version.get()
            } else if obj.is_int() {
                vm.types.int.version.get()
            } else {
                vm.types.float.version.get()
            };
            if version == site.version.get() && version != 0 {
                return callable(vm, site);
            }
            return None;
        }
        cached_attr(obj, site).map(|v| (v, false))
    }
}

/// `LOAD_METHOD` by lookup; fills the cache.
///
/// # Safety
/// See [`load_attr_slow`].
#[inline(never)]
pub unsafe fn load_method_slow(vm: &Vm, regs: Regs, w: Instr, site: &Site) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame; `a` and `a + 1` are the call window.
    unsafe {
        let obj = get(regs, w.b());
        let name = site_name(site);
        if let Some(shared) = shared_for(vm, obj, name, Use::Method)
            && let Some((f, with_self)) = cached_method(vm, obj.value(), shared)
        {
            let f = Ref::from_value_unchecked(f).to_obj();
            site.copy_from(shared);
            let o = own(regs, w.b(), w.flags() & FLAG_KB != 0);
            put_obj(regs, w.a(), f);
            match with_self {
                true => put_obj(regs, w.a() + 1, o),
                false => {
                    put(regs, w.a() + 1, Value::UNBOUND);
                    drop(o);
                }
            }
            return Ok(());
        }
        let ty = obj.ty(vm);
        if is_generic_get(ty)
            && let Some(d) = type_lookup(vm, ty, name).filter(|d| is_method_like(vm, d.r()))
        {
            let shadow = match attrs_of(obj) {
                Some(head) => head.get(vm, name)?,
                None => None,
            };
            if shadow.is_none() {
                fill_method(vm, obj, name, site);
                share(vm, obj, name, Use::Method, site);
                let self_ = own(regs, w.b(), w.flags() & FLAG_KB != 0);
                put_obj(regs, w.a(), d);
                put_obj(regs, w.a() + 1, self_);
                return Ok(());
            }
        }
        let v = vm.getattr(obj, name)?;
        if !fill_unbound(vm, obj, name, site) {
            fill_load(vm, obj, name, site, false);
            site.extra.set(call_as::PLAIN);
        }
        share(vm, obj, name, Use::Method, site);
        consume_b(regs, w);
        put_obj(regs, w.a(), v);
        put(regs, w.a() + 1, Value::UNBOUND);
        Ok(())
    }
}

fn fill_method(vm: &Vm, obj: Ref<'_>, name: &PyStr, site: &Site) {
    site.extra.set(call_as::METHOD);
    if obj.header().is_some() {
        fill_load(vm, obj, name, site, true);
        return;
    }
    let ty = obj.ty(vm);
    let version = type_version(vm, ty);
    if let (Some(d), true) = (type_lookup(vm, ty, name), version != 0) {
        site.version.set(version);
        site.value.set(d.value());
        site.kind.set(SiteKind::Class as u8);
    }
}

/// `STORE_ATTR` through the cache. True if done; the value operand has then been consumed.
///
/// # Safety
/// See [`load_attr_slow`].
#[inline(always)]
pub unsafe fn store_attr_cached(regs: Regs, w: Instr, site: &Site) -> bool {
    // SAFETY: guards are checked before what they imply is used; the old value is dropped last.
    unsafe {
        let obj = super::regs::word(regs, w.a());
        let kind = site.kind.get();
        if kind == SiteKind::Slot as u8 {
            if !(version_matches(obj, site) && shape_matches(obj, site)) {
                return false;
            }
            let v = own(regs, w.b(), w.flags() & FLAG_KB != 0).into_value();
            let p = slot_at(obj, site.index.get());
            let old = p.replace(v);
            if old.is_heap() {
                krait_object::header::decref(old.header_ptr());
            }
            return true;
        }
        if kind == SiteKind::Add as u8 {
            if !(version_matches(obj, site) && shape_matches(obj, site)) {
                return false;
            }
            let v = own(regs, w.b(), w.flags() & FLAG_KB != 0).into_value();
            slot_at(obj, site.index.get()).write(v);
            head_at(obj, site.key2.get()).shape.set(site.value.get().0 as *const Shape);
            return true;
        }
        if kind == SiteKind::Member as u8 {
            if !version_matches(obj, site) {
                return false;
            }
            let v = own(regs, w.b(), w.flags() & FLAG_KB != 0).into_value();
            let old = slot_at(obj, site.index.get()).replace(v);
            drop(Obj::from_value_opt(old));
            return true;
        }
        false
    }
}

/// `STORE_ATTR` by lookup; fills the cache.
///
/// # Safety
/// See [`load_attr_slow`].
#[inline(never)]
pub unsafe fn store_attr_slow(vm: &Vm, regs: Regs, w: Instr, site: &Site) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let obj = get(regs, w.a());
        let name = site_name(site);
        if let Some(shared) = shared_for(vm, obj, name, Use::Store) {
            site.copy_from(shared);
            if store_attr_cached(regs, w, site) {
                if w.flags() & FLAG_KA != 0 {
                    clear(regs, w.a());
                }
                return Ok(());
            }
        }
        let before = attrs_of(obj).map_or(std::ptr::null(), |h| h.shape.get());
        // An entry is found again by what the object was before.
        let entry = shared_site(vm, obj, name, Use::Store);
        vm.setattr(obj, name, get(regs, w.b()))?;
        fill_store(vm, obj, name, site, before);
        if let (Some(entry), true) = (entry, site.kind.get() != SiteKind::Empty as u8 && name.is_interned()) {
            SharedSites::fill(entry, name, site);
            entry.misses.set(Use::Store as u16);
        }
        consume_b(regs, w);
        if w.flags() & FLAG_KA != 0 {
            clear(regs, w.a());
        }
        Ok(())
    }
}

fn fill_store(vm: &Vm, obj: Ref<'_>, name: &PyStr, site: &Site, before: *const Shape) {
    site.kind.set(SiteKind::Empty as u8);
    if obj.header().is_none() {
        return;
    }
    let ty = obj.ty(vm);
    if !is_generic_set(ty) || ty.itemsize.get() != 0 {
        return;
    }
    let version = type_version(vm, ty);
    if version == 0 {
        return;
    }
    if let Some(d) = type_lookup(vm, ty, name) {
        if let Some(offset) = member_offset(vm, d.r(), ty) {
            site.version.set(version);
            site.index.set(offset);
            site.kind.set(SiteKind::Member as u8);
            return;
        }
        if d.r().ty(vm).slots.descr_set.get().is_some() {
            return;
        }
    }
    let Some(head) = attrs_of(obj) else { return };
    let shape = head.shape();
    if shape.is_dict || !ty.has_flag(TypeFlags::ATTRS) {
        return;
    }
    let Some(i) = shape.find(name) else { return };
    if i >= shape.inline_cap {
        return;
    }
    let off = attrs_offset(ty, 0);
    if std::ptr::eq(before, shape) {
        set_slot_cache(site, version, shape, off, i);
        return;
    }
    // SAFETY: the shape the object had before is of the same type, so still alive.
    let Some(prev) = (unsafe { before.as_ref() }) else { return };
    if prev.is_dict || prev.count != i || prev.inline_cap != shape.inline_cap {
        return;
    }
    set_slot_cache(site, version, prev, off, i);
    site.value.set(Value(shape as *const Shape as u64));
    site.kind.set(SiteKind::Add as u8);
}

/// `DELETE_ATTR`.
///
/// # Safety
/// See [`load_attr_slow`].
pub unsafe fn delete_attr(vm: &Vm, regs: Regs, w: Instr, site: &Site) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        vm.delattr(get(regs, w.a()), site_name(site))?;
        if w.flags() & FLAG_KA != 0 {
            clear(regs, w.a());
        }
        Ok(())
    }
}

/// `LOAD_SUPER_ATTR` and `LOAD_SUPER_METHOD`: window `[super, class, self]` at `b`.
///
/// # Safety
/// See [`load_attr_slow`].
#[inline(never)]
pub unsafe fn load_super(vm: &Vm, regs: Regs, w: Instr, site: &Site, method: bool) -> PyResult<()> {
    // SAFETY: the window is bound; `a` and `a + 1` are the destination.
    unsafe {
        let b = w.b();
        let (sup, cls, self_) = (get(regs, b), get(regs, b + 1), get(regs, b + 2));
        if method && cached_super(vm, regs, w, site) {
            return Ok(());
        }
        let name = site_name(site);
        let mut bound_self = None;
        let v = if sup.ptr_eq(vm.types.super_.r()) && cls.is_instance_of::<PyType>(vm) {
            let (v, is_method) = if method {
                krait_types::types::super_::super_getmethod(vm, cls, self_, name)?
            } else {
                (krait_types::types::super_::super_getattr(vm, cls, self_, name)?, false)
            };
            if is_method {
                bound_self = Some(self_.to_obj());
                fill_super(vm, cls, self_, site, &v);
            }
            v
        } else {
            // A rebound `super`: the zero-argument form passes nothing.
            let s = if w.c() == 1 { vm.call0(sup)? } else { vm.call(sup, &[cls, self_])? };
            vm.getattr(s.r(), name)?
        };
        super::regs::clear_range(regs, b, 3);
        put_obj(regs, w.a(), v);
        if method {
            match bound_self {
                Some(s) => put_obj(regs, w.a() + 1, s),
                None => put(regs, w.a() + 1, Value::UNBOUND),
            }
        }
        Ok(())
    }
}

/// `LOAD_SUPER_METHOD` through the cache. True if done.
unsafe fn cached_super(vm: &Vm, regs: Regs, w: Instr, site: &Site) -> bool {
    // SAFETY: the window is bound; the type's version says that the cached method is still there.
    unsafe {
        let b = w.b();
        let (sup, cls, self_) = (get(regs, b), get(regs, b + 1), super::regs::word(regs, b + 2));
        if site.kind.get() != SiteKind::Super as u8
            || cls.value().0 != site.key.get()
            || !sup.ptr_eq(vm.types.super_.r())
            || !version_matches(self_, site)
        {
            return false;
        }
        let f = Ref::from_value_unchecked(site.value.get()).to_obj();
        let self_ = super::regs::take(regs, b + 2);
        clear(regs, b);
        clear(regs, b + 1);
        put_obj(regs, w.a(), f);
        put_obj(regs, w.a() + 1, self_);
        true
    }
}

/// Remembers a method that `super(cls, self_)` found along the MRO of the receiver's type.
fn fill_super(vm: &Vm, cls: Ref<'_>, self_: Ref<'_>, site: &Site, method: &Obj) {
    let (Some(c), Some(_)) = (cls.downcast::<PyType>(vm), self_.header()) else { return };
    let ty = self_.ty(vm);
    // A class as receiver is searched along its own MRO.
    if ty.has_flag(TypeFlags::TYPE_SUBCLASS) || !ty.is_subtype(c) {
        return;
    }
    let version = type_version(vm, ty);
    if version != 0 {
        site.key.set(cls.value().0);
        site.version.set(version);
        site.value.set(method.value());
        site.kind.set(SiteKind::Super as u8);
    }
}
