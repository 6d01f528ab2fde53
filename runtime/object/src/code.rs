//! Code objects: a compiled block with its constants as Python objects, its inline caches and
//! its profile.

use std::cell::{Cell, OnceCell, UnsafeCell};
use std::sync::Arc;

use krait_frontend::code::CodeUnit;

use crate::header::Header;
use crate::obj::{Layout, Obj, Py};
use crate::str::PyStr;
use crate::table_layout;
use crate::value::Value;
use crate::vm::Vm;

/// An inline cache. What the fields mean depends on the instruction that owns it (see
/// `krait-runtime`, `interp/caches.rs`); a cache of all zeros is empty.
#[repr(C)]
pub struct Site {
    /// The interned name operand; borrowed from `PyCode::names`.
    pub name: Cell<*const PyStr>,
    /// Guard: a shape, type or dict pointer.
    pub key: Cell<u64>,
    /// Guard: a type or dict keys version.
    pub version: Cell<u32>,
    /// Slot or entry index, or flags.
    pub index: Cell<u32>,
    /// A value borrowed under the guards.
    pub value: Cell<Value>,
    /// Misses since the cache was last filled, and other profile counts.
    pub misses: Cell<u16>,
    pub kind: Cell<u8>,
    pub extra: Cell<u8>,
    pub key2: Cell<u32>,
}

/// A code object.
#[repr(C)]
pub struct PyCode {
    pub header: Header,
    pub unit: Arc<CodeUnit>,
    /// The instructions, rewritten in place by specialisation.
    pub instrs: UnsafeCell<Box<[u64]>>,
    pub consts: Box<[Obj]>,
    pub names: Box<[Py<PyStr>]>,
    /// Names of the locals, in register order.
    pub local_names: Box<[Py<PyStr>]>,
    pub freevars: Box<[Py<PyStr>]>,
    pub sites: Box<[Site]>,
    pub nregs: u32,
    pub nlocals: u32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    /// CPython's `CO_*` flags.
    pub flags: u32,
    pub name: Py<PyStr>,
    pub qualname: Py<PyStr>,
    pub filename: UnsafeCell<Py<PyStr>>,
    /// A plain function: only positional parameters, no `*args`/`**kwargs`/keyword-only ones.
    pub simple_args: bool,
    /// Calls so far, saturating; the JIT's entry counter.
    pub calls: Cell<u32>,
    /// Cached `co_consts` and friends.
    pub consts_tuple: OnceCell<Obj>,
    pub names_tuple: OnceCell<Obj>,
    pub varnames_tuple: OnceCell<Obj>,
    pub cellvars_tuple: OnceCell<Obj>,
    pub freevars_tuple: OnceCell<Obj>,
    pub hash: Cell<i64>,
    /// Line of each instruction word (0: none), made when the code is first traced.
    pub lines: OnceCell<Box<[u32]>>,
    /// Local events of `sys.monitoring` and whether instrumentation is current.
    pub monitoring: Cell<u32>,
}
table_layout!(PyCode => code);

impl PyCode {
    pub const CO_OPTIMIZED: u32 = 1;
    pub const CO_NEWLOCALS: u32 = 2;
    pub const CO_VARARGS: u32 = 4;
    pub const CO_VARKEYWORDS: u32 = 8;
    pub const CO_NESTED: u32 = 0x10;
    pub const CO_GENERATOR: u32 = 0x20;
    pub const CO_COROUTINE: u32 = 0x80;
    pub const CO_ITERABLE_COROUTINE: u32 = 0x100;
    pub const CO_ASYNC_GENERATOR: u32 = 0x200;

    /// First instruction.
    #[inline(always)]
    pub fn entry(&self) -> *const u64 {
        // SAFETY: the box is never replaced; only words inside are rewritten.
        unsafe { (*self.instrs.get()).as_ptr() }
    }
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
    /// Number of parameters, `*args` and `**kwargs` included.
    pub fn total_args(&self) -> usize {
        (self.argcount + self.kwonlyargcount + u32::from(self.has(Self::CO_VARARGS)) + u32::from(self.has(Self::CO_VARKEYWORDS))) as usize
    }
    /// `co_filename`.
    pub fn filename(&self) -> Py<PyStr> {
        // SAFETY: replaced only through `set_filename`, never while borrowed.
        unsafe { (*self.filename.get()).clone() }
    }
    pub fn set_filename(&self, name: Py<PyStr>) {
        // SAFETY: no borrow of the field outlives a statement; the old name is dropped after.
        drop(unsafe { std::mem::replace(&mut *self.filename.get(), name) });
    }
    /// Line of each instruction word; 0 where there is none.
    pub fn line_table(&self) -> &[u32] {
        self.lines.get_or_init(|| self.unit.co_positions().map(|p| p.map_or(0, |p| p.line)).collect())
    }
    /// Word offset of an instruction pointer.
    #[inline]
    pub fn offset_of(&self, pc: *const u64) -> u32 {
        ((pc as usize - self.entry() as usize) / 8) as u32
    }
    /// A fresh header-less payload; see `krait-runtime` for building code objects from units.
    pub fn alloc(vm: &Vm, payload: PyCode) -> Py<PyCode> {
        // SAFETY: `code` has this layout.
        unsafe { crate::function::alloc_exact(vm, vm.types.code, payload) }
    }
}

/// The type of `code` objects as an owned object (for `types.CodeType`).
pub fn code_type(vm: &Vm) -> Obj {
    PyCode::type_of(vm).to_obj()
}

impl crate::gc::Trace for PyCode {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        for c in self.consts.iter() {
            v.visit(c.value());
        }
    }
}
