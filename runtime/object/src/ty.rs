//! Type objects.
//!
//! A [`PyType`] begins with the fields of CPython's `PyTypeObject` in its order (the C API will
//! read them); what Krait itself uses comes after. Native types are declared as a static
//! [`TypeDef`] and instantiated once per interpreter; they are immortal. Types made by `class`
//! statements are ordinary counted objects.
//!
//! Invariants: `mro` starts with the type itself; `base` is the type whose memory layout this one
//! extends; `version` is non-zero and unique while the type's attributes (and its bases') are
//! unchanged; zero means "no valid version", and caches must not match it.

use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::dict::PyDict;
use crate::error::PyResult;
use crate::gc::Visitor;
use crate::header::{Header, free_raw};
use crate::native::{GetSetDef, MemberDef, MethodDef};
use crate::obj::{Layout, Obj, Py};
use crate::shape::Shape;
use crate::slots::{SlotDefs, Slots};
use crate::str::PyStr;
use crate::tuple::PyTuple;
use crate::vm::Vm;

/// Bits of [`PyType::flags`]; the values below 1 << 32 are CPython's `Py_TPFLAGS_*`.
#[derive(Copy, Clone, PartialEq, Eq)]
pub struct TypeFlags(pub u64);

impl TypeFlags {
    pub const NONE: TypeFlags = TypeFlags(0);
    pub const INLINE_VALUES: TypeFlags = TypeFlags(1 << 2);
    pub const MANAGED_DICT: TypeFlags = TypeFlags(1 << 4);
    pub const SEQUENCE: TypeFlags = TypeFlags(1 << 5);
    pub const MAPPING: TypeFlags = TypeFlags(1 << 6);
    pub const DISALLOW_INSTANTIATION: TypeFlags = TypeFlags(1 << 7);
    pub const IMMUTABLE: TypeFlags = TypeFlags(1 << 8);
    /// Allocated at run time and counted.
    pub const HEAP: TypeFlags = TypeFlags(1 << 9);
    /// May be subclassed.
    pub const BASETYPE: TypeFlags = TypeFlags(1 << 10);
    pub const READY: TypeFlags = TypeFlags(1 << 12);
    /// Objects have collector links.
    pub const GC: TypeFlags = TypeFlags(1 << 14);
    pub const METHOD_DESCRIPTOR: TypeFlags = TypeFlags(1 << 17);
    pub const ABSTRACT: TypeFlags = TypeFlags(1 << 20);
    pub const MATCH_SELF: TypeFlags = TypeFlags(1 << 22);
    pub const INT_SUBCLASS: TypeFlags = TypeFlags(1 << 24);
    pub const LIST_SUBCLASS: TypeFlags = TypeFlags(1 << 25);
    pub const TUPLE_SUBCLASS: TypeFlags = TypeFlags(1 << 26);
    pub const BYTES_SUBCLASS: TypeFlags = TypeFlags(1 << 27);
    pub const STR_SUBCLASS: TypeFlags = TypeFlags(1 << 28);
    pub const DICT_SUBCLASS: TypeFlags = TypeFlags(1 << 29);
    pub const EXC_SUBCLASS: TypeFlags = TypeFlags(1 << 30);
    pub const TYPE_SUBCLASS: TypeFlags = TypeFlags(1 << 31);
    /// Has a `finalize` slot (`__del__`).
    pub const FINALIZE: TypeFlags = TypeFlags(1 << 32);
    /// Instances have a shape and attribute slots (a `__dict__`).
    pub const ATTRS: TypeFlags = TypeFlags(1 << 33);
    /// Instances may be weakly referenced.
    pub const WEAKREF: TypeFlags = TypeFlags(1 << 34);
    /// `getattro` is the generic one and the class defines neither `__getattribute__` nor `__getattr__`.
    pub const GENERIC_GETATTR: TypeFlags = TypeFlags(1 << 35);
    /// `setattro` is the generic one.
    pub const GENERIC_SETATTR: TypeFlags = TypeFlags(1 << 36);
    /// Compiled code depends on the type as it is: changes must be reported.
    pub const WATCHED: TypeFlags = TypeFlags(1 << 37);
    /// Never gets a version: its `mro()` may hold types whose changes it would not hear of.
    pub const UNVERSIONED: TypeFlags = TypeFlags(1 << 38);

    pub const fn or(self, other: TypeFlags) -> TypeFlags {
        TypeFlags(self.0 | other.0)
    }
    pub const fn has(self, other: TypeFlags) -> bool {
        self.0 & other.0 != 0
    }
}

/// Drops an object's payload and returns its memory.
pub type DeallocFn = unsafe fn(&Vm, *mut Header);
/// Shows every object the payload owns to the visitor.
pub type TraverseFn = unsafe fn(*const Header, &mut Visitor<'_>);
/// Drops the references that may be part of cycles.
pub type ClearFn = unsafe fn(&Vm, *const Header);

/// The declaration of a native type, usually written by `#[pyclass]`.
pub struct TypeDef {
    pub name: &'static str,
    /// `__module__`; `"builtins"` for built-in types.
    pub module: &'static str,
    pub doc: Option<&'static str>,
    /// `None`: `object`.
    pub base: Option<fn(&Vm) -> &'static PyType>,
    pub basicsize: usize,
    /// Size of one item of a variable-size object, else 0.
    pub itemsize: usize,
    pub flags: TypeFlags,
    pub dealloc: DeallocFn,
    pub traverse: Option<TraverseFn>,
    pub clear: Option<ClearFn>,
    pub slots: SlotDefs,
    pub methods: &'static [MethodDef],
    pub getset: &'static [GetSetDef],
    pub members: &'static [MemberDef],
    /// Further class attributes.
    pub attrs: Option<fn(&Vm, &PyDict) -> PyResult<()>>,
    /// Set for types that live in [`crate::vm::TypeTable`].
    pub table: Option<fn(&crate::vm::TypeTable) -> &'static PyType>,
    /// Number in the interpreter's list of native types; given at first registration.
    pub index: TypeIndex,
}

/// Process-wide number of a [`TypeDef`].
pub struct TypeIndex(AtomicU32);

static NEXT_INDEX: AtomicU32 = AtomicU32::new(1);

impl TypeIndex {
    pub const fn new() -> TypeIndex {
        TypeIndex(AtomicU32::new(0))
    }
    /// The number, assigned on first use.
    #[inline]
    pub fn get(&self) -> u32 {
        let i = self.0.load(Ordering::Relaxed);
        if i != 0 { i } else { self.assign() }
    }
    #[cold]
    fn assign(&self) -> u32 {
        let new = NEXT_INDEX.fetch_add(1, Ordering::Relaxed);
        match self.0.compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => new,
            Err(old) => old,
        }
    }
}

impl Default for TypeIndex {
    fn default() -> Self {
        TypeIndex::new()
    }
}

/// A type object.
#[repr(C)]
pub struct PyType {
    header: Header,
    ob_size: Cell<isize>,
    /// CPython's `tp_name` up to `tp_versions_used`, for the C API; unused by Krait itself.
    c_fields: UnsafeCell<[usize; 49]>,

    pub slots: Slots,
    pub flags: Cell<u64>,
    pub version: Cell<u32>,
    pub dealloc: Cell<DeallocFn>,
    pub traverse: Cell<Option<TraverseFn>>,
    pub clear: Cell<Option<ClearFn>>,
    /// Bytes of the fixed part of an instance, without shape and attribute slots.
    pub basicsize: Cell<usize>,
    pub itemsize: Cell<usize>,
    /// Shape of new instances; null without `ATTRS`. Owned by the type.
    pub root_shape: Cell<*const Shape>,
    /// `__name__`.
    pub name: Cell<Option<Py<PyStr>>>,
    /// `__qualname__`.
    pub qualname: Cell<Option<Py<PyStr>>>,
    /// The type whose layout this one extends; null only for `object`.
    pub base: Cell<*const PyType>,
    pub bases: Cell<Option<Py<PyTuple>>>,
    pub mro: Cell<Option<Py<PyTuple>>>,
    pub dict: Cell<Option<Py<PyDict>>>,
    /// Direct subclasses: raw pointers, removed when the subclass dies.
    pub subclasses: UnsafeCell<Vec<*const PyType>>,
    /// The nearest native declaration.
    pub def: Cell<Option<&'static TypeDef>>,
    /// Module state or other data the type's code hangs here (`__abc_data__`, enum helpers).
    pub extra: Cell<Option<Obj>>,
    /// Cached `__init__`/`__new__` facts for fast instantiation, see `krait-runtime`.
    pub ctor_cache: Cell<u64>,
    /// Number of slots that `__slots__` added (their offsets follow the base's size).
    pub nslots: Cell<u32>,
}

// SAFETY: `PyType` is repr(C) and begins with a header; `type` and its subtypes have this layout.
unsafe impl Layout for PyType {
    #[inline(always)]
    fn type_of(vm: &Vm) -> &PyType {
        vm.types.r#type
    }
}

unsafe fn leak_dealloc(_: &Vm, _: *mut Header) {}

impl PyType {
    /// An empty immortal type object, to be filled in at start-up. Its type is `type_type`, or
    /// itself if null.
    pub fn blank(type_type: *const PyType) -> &'static PyType {
        let t = Box::leak(Box::new(PyType::empty()));
        let p: *const PyType = if type_type.is_null() { t } else { type_type };
        t.header.ty.set(p);
        t
    }

    /// A type object with nothing filled in, not yet linked to its metatype.
    pub fn empty() -> PyType {
        PyType {
            header: Header::immortal(),
            ob_size: Cell::new(0),
            c_fields: UnsafeCell::new([0; 49]),
            slots: Slots::default(),
            flags: Cell::new(0),
            version: Cell::new(0),
            dealloc: Cell::new(leak_dealloc),
            traverse: Cell::new(None),
            clear: Cell::new(None),
            basicsize: Cell::new(0),
            itemsize: Cell::new(0),
            root_shape: Cell::new(std::ptr::null()),
            name: Cell::new(None),
            qualname: Cell::new(None),
            base: Cell::new(std::ptr::null()),
            bases: Cell::new(None),
            mro: Cell::new(None),
            dict: Cell::new(None),
            subclasses: UnsafeCell::new(Vec::new()),
            def: Cell::new(None),
            extra: Cell::new(None),
            ctor_cache: Cell::new(0),
            nslots: Cell::new(0),
        }
    }

    /// Writes a type's payload over freshly allocated memory (the header is kept).
    ///
    /// # Safety
    /// `p` came from `alloc_raw` with at least `size_of::<PyType>()` bytes.
    pub unsafe fn init_payload(p: *mut Header) {
        // SAFETY: the memory is ours and large enough; everything after the header is written.
        unsafe {
            let fresh = PyType::empty();
            let skip = size_of::<Header>();
            std::ptr::copy_nonoverlapping((&raw const fresh as *const u8).add(skip), (p as *mut u8).add(skip), size_of::<PyType>() - skip);
            std::mem::forget(fresh);
        }
    }

    #[inline(always)]
    pub fn header(&self) -> &Header {
        &self.header
    }
    #[inline(always)]
    pub fn has_flag(&self, f: TypeFlags) -> bool {
        self.flags.get() & f.0 != 0
    }
    pub fn set_flag(&self, f: TypeFlags) {
        self.flags.set(self.flags.get() | f.0);
    }
    pub fn clear_flag(&self, f: TypeFlags) {
        self.flags.set(self.flags.get() & !f.0);
    }
    /// The base whose layout this type extends.
    #[inline(always)]
    pub fn base_type(&self) -> Option<&PyType> {
        let b = self.base.get();
        // SAFETY: a type owns its base through `bases`.
        if b.is_null() { None } else { Some(unsafe { &*b }) }
    }
    /// Is `want` on the chain of layout bases (this type excluded)?
    pub fn derives_from_base(&self, want: *const PyType) -> bool {
        let mut t = self.base.get();
        while !t.is_null() {
            if std::ptr::eq(t, want) {
                return true;
            }
            // SAFETY: each type keeps its base alive.
            t = unsafe { (*t).base.get() };
        }
        false
    }
    /// Is `other` in this type's MRO?
    pub fn is_subtype(&self, other: &PyType) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        match self.mro_ref() {
            Some(mro) => mro.as_slice().iter().any(|t| std::ptr::eq(t.value().header_ptr() as *const PyType, other)),
            None => self.derives_from_base(other),
        }
    }
    fn borrow_cell<T: Layout>(cell: &Cell<Option<Py<T>>>) -> Option<&T> {
        // SAFETY: the cell is read without moving its content; `Option<Py<T>>` is one word. The
        // returned borrow is tied to the type; the fields are replaced only by code that keeps
        // the old value alive until no borrower runs (type attribute setters park it).
        unsafe { (*cell.as_ptr()).as_deref() }
    }
    pub fn mro_ref(&self) -> Option<&PyTuple> {
        Self::borrow_cell(&self.mro)
    }
    pub fn bases_ref(&self) -> Option<&PyTuple> {
        Self::borrow_cell(&self.bases)
    }
    /// The type's own attribute dict.
    #[inline(always)]
    pub fn dict_ref(&self) -> Option<&PyDict> {
        Self::borrow_cell(&self.dict)
    }
    pub fn name_ref(&self) -> Option<&PyStr> {
        Self::borrow_cell(&self.name)
    }
    pub fn qualname_ref(&self) -> Option<&PyStr> {
        Self::borrow_cell(&self.qualname)
    }
    /// `__name__` for messages.
    pub fn name_lossy(&self) -> String {
        self.name_ref().map(|n| n.to_string_lossy()).unwrap_or_else(|| String::from("?"))
    }
    /// CPython's `tp_name`: dotted for native types outside `builtins`, else `__name__`.
    pub fn tp_name(&self) -> String {
        match self.def.get() {
            Some(def) if !self.has_flag(TypeFlags::HEAP) && def.module != "builtins" => {
                format!("{}.{}", def.module, def.name)
            }
            _ => self.name_lossy(),
        }
    }
    /// A name looked up along the MRO, without binding; owned because the dict may change.
    /// `name` must be interned for the method cache to help.
    pub fn lookup(&self, vm: &Vm, name: &PyStr) -> Option<Obj> {
        crate::lookup::type_lookup(vm, self, name)
    }
}

/// The usual [`DeallocFn`]: drops a fixed-size `T` and the attribute slots of subtypes.
///
/// # Safety
/// `p` is a dead object laid out as `T`.
pub unsafe fn dealloc_fixed<T: Layout>(vm: &Vm, p: *mut Header) {
    // SAFETY: by contract; nothing reads the object afterwards.
    unsafe {
        let ty = &*(*p).ty.get();
        let size = crate::instance::instance_size(ty, p, 0);
        crate::instance::drop_attrs(vm, ty, p, 0);
        std::ptr::drop_in_place(p as *mut T);
        free_raw(p, size, ty.has_flag(TypeFlags::GC));
    }
}
