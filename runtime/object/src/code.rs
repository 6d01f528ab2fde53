//! Code objects: a compiled block with its constants as Python objects, its inline caches and
//! its profile.

use std::cell::{Cell, OnceCell, UnsafeCell};
use std::sync::Arc;

use krait_frontend::bytecode::Op;
use krait_frontend::code::{CodeUnit, LazyUnit};

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

impl Site {
    /// Takes over what another cache holds, but not its name.
    #[inline]
    pub fn copy_from(&self, other: &Site) {
        self.key.set(other.key.get());
        self.version.set(other.version.get());
        self.index.set(other.index.get());
        self.value.set(other.value.get());
        self.extra.set(other.extra.get());
        self.key2.set(other.key2.get());
        self.kind.set(other.kind.get());
    }
}

/// Caches shared by all instructions, for those that meet objects of many classes. An entry owns
/// its name, which it is told apart by; otherwise it is as a [`Site`] of an instruction.
#[derive(Default)]
pub struct SharedSites(OnceCell<Box<[Site]>>);

impl SharedSites {
    const COUNT: usize = 1024;
    /// The entry for a hash.
    #[inline]
    pub fn entry(&self, hash: usize) -> &Site {
        let sites = self.0.get_or_init(|| {
            let empty = || Site {
                name: Cell::new(std::ptr::null()),
                key: Cell::new(0),
                version: Cell::new(0),
                index: Cell::new(0),
                value: Cell::new(Value::UNBOUND),
                misses: Cell::new(0),
                kind: Cell::new(0),
                extra: Cell::new(0),
                key2: Cell::new(0),
            };
            (0..Self::COUNT).map(|_| empty()).collect()
        });
        &sites[(hash ^ hash >> 10) % Self::COUNT]
    }
    /// Fills an entry.
    pub fn fill(entry: &Site, name: &PyStr, from: &Site) {
        entry.copy_from(from);
        let old = entry.name.replace(name.to_py().into_ptr());
        if !old.is_null() {
            // SAFETY: the entry owned its name.
            drop(unsafe { Py::<PyStr>::from_ptr(old) });
        }
    }
}

/// The parts of a code object that running it needs. They are made from the unit; for code of the
/// embedded library only when they are first asked for.
pub struct CodeBody {
    pub unit: Arc<CodeUnit>,
    /// The instructions, rewritten in place by specialisation.
    pub instrs: UnsafeCell<Box<[u64]>>,
    pub consts: Box<[Obj]>,
    pub names: Box<[Py<PyStr>]>,
    /// Names of the locals, in register order.
    pub local_names: Box<[Py<PyStr>]>,
    pub freevars: Box<[Py<PyStr>]>,
    pub sites: Box<[Site]>,
}

/// A body that is yet to be made.
pub struct LazyBody {
    pub unit: Arc<LazyUnit>,
    pub load: fn(&Vm, &LazyUnit) -> CodeBody,
}

/// The one instruction of code whose body has not been made.
static STUB: u64 = Op::LOAD_BODY as u64;

/// A code object. It dereferences to its body, which is made if need be.
#[repr(C)]
pub struct PyCode {
    pub header: Header,
    /// The first instruction.
    entry: Cell<*const u64>,
    /// Written once.
    body: UnsafeCell<Option<CodeBody>>,
    /// How to make the body; set until it is made.
    lazy: Cell<Option<Box<LazyBody>>>,
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

    /// Where frames of this code begin: the first instruction, or the stub that makes the body.
    #[inline(always)]
    pub fn entry(&self) -> *const u64 {
        self.entry.get()
    }
    /// The body of code that has been entered.
    ///
    /// # Safety
    /// The body has been made, as it has once an instruction of it runs.
    #[inline(always)]
    pub unsafe fn body_unchecked(&self) -> &CodeBody {
        // SAFETY: by contract; the body is written once.
        unsafe { (*self.body.get()).as_ref().unwrap_unchecked() }
    }
    /// Makes the body if it has not been made.
    #[inline]
    pub fn ensure_body(&self) -> &CodeBody {
        // SAFETY: the body is written once, before anything refers to it.
        match unsafe { &*self.body.get() } {
            Some(b) => b,
            None => self.make_body(),
        }
    }
    /// Replaces the constants.
    ///
    /// # Safety
    /// Nobody else refers to the code object yet.
    pub unsafe fn set_consts(&self, consts: Box<[Obj]>) {
        self.ensure_body();
        // SAFETY: by contract.
        if let Some(body) = unsafe { &mut *self.body.get() } {
            body.consts = consts;
        }
    }
    #[cold]
    #[inline(never)]
    fn make_body(&self) -> &CodeBody {
        let vm = crate::vm::current_vm();
        if let (Some(lazy), Some(vm)) = (self.lazy.take(), vm) {
            let body = (lazy.load)(vm, &lazy.unit);
            // SAFETY: nothing refers to the body before it is there; making it runs no Python code
            // that could ask for it.
            unsafe {
                self.entry.set((*body.instrs.get()).as_ptr());
                *self.body.get() = Some(body);
            }
        }
        // SAFETY: as above.
        match unsafe { &*self.body.get() } {
            Some(b) => b,
            None => unreachable!("a code object has a body or can make one"),
        }
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
    /// A code object; see `krait-runtime` for how its parts are made from units.
    pub fn new(vm: &Vm, head: CodeHead, body: Result<CodeBody, Box<LazyBody>>) -> Py<PyCode> {
        let simple = Self::CO_VARARGS | Self::CO_VARKEYWORDS;
        let (entry, body, lazy) = match body {
            // SAFETY: nothing else refers to the new body.
            Ok(b) => (unsafe { (*b.instrs.get()).as_ptr() }, Some(b), None),
            Err(lazy) => (&raw const STUB, None, Some(lazy)),
        };
        let payload = PyCode {
            header: crate::function::no_header(),
            entry: Cell::new(entry),
            body: UnsafeCell::new(body),
            lazy: Cell::new(lazy),
            nregs: head.nregs,
            nlocals: head.nlocals,
            argcount: head.argcount,
            posonlyargcount: head.posonlyargcount,
            kwonlyargcount: head.kwonlyargcount,
            flags: head.flags,
            name: head.name,
            qualname: head.qualname,
            filename: UnsafeCell::new(head.filename),
            simple_args: head.flags & simple == 0 && head.kwonlyargcount == 0,
            calls: Cell::new(0),
            consts_tuple: OnceCell::new(),
            names_tuple: OnceCell::new(),
            varnames_tuple: OnceCell::new(),
            cellvars_tuple: OnceCell::new(),
            freevars_tuple: OnceCell::new(),
            hash: Cell::new(-1),
            lines: OnceCell::new(),
            monitoring: Cell::new(0),
        };
        // SAFETY: `code` has this layout.
        unsafe { crate::function::alloc_exact(vm, vm.types.code, payload) }
    }
}

/// What is known of a code object without its body.
pub struct CodeHead {
    pub name: Py<PyStr>,
    pub qualname: Py<PyStr>,
    pub filename: Py<PyStr>,
    pub flags: u32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub nregs: u32,
    pub nlocals: u32,
}

impl std::ops::Deref for PyCode {
    type Target = CodeBody;
    #[inline]
    fn deref(&self) -> &CodeBody {
        self.ensure_body()
    }
}

/// The type of `code` objects as an owned object (for `types.CodeType`).
pub fn code_type(vm: &Vm) -> Obj {
    PyCode::type_of(vm).to_obj()
}

impl crate::gc::Trace for PyCode {
    fn trace(&self, v: &mut crate::gc::Visitor<'_>) {
        // SAFETY: the body is written once; the collector does not run while it is being made.
        if let Some(body) = unsafe { &*self.body.get() } {
            for c in body.consts.iter() {
                v.visit(c.value());
            }
        }
    }
}
