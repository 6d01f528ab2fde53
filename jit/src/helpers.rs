//! The table of runtime functions that compiled code calls.
//!
//! They take the thread state and three words. Unless its row says `python`, a
//! helper runs no Python code, so that registers need not be in memory; it gives 0 when it cannot
//! do the job under that rule, and the trace leaves for the interpreter, which does it.

mod quiet;

use krait_object::dict::{Peek, PyDict};
use krait_object::exec::Frame;
use krait_object::header::Header;
use krait_object::instance::alloc_instance;
use krait_object::list::PyList;
use krait_object::protocol::number::BinOp;
use krait_object::range::{PyRange, PyRangeIter};
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::ty::PyType;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref, Value};

/// What a helper may write, for load forwarding.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Writes {
    None,
    Lists,
    Dicts,
}

macro_rules! helpers {
    ($($name:ident $writes:ident $doc:literal = $f:path;)*) => {
        /// A runtime function; its number stands in IR instructions.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[repr(u64)]
        pub enum Helper { $(#[doc = $doc] $name,)* }

        impl Helper {
            const ALL: &[Helper] = &[$(Helper::$name,)*];
            /// The helper of an instruction's immediate.
            pub fn of(n: u64) -> Helper {
                Self::ALL[n as usize]
            }
            /// Its address.
            pub fn address(self) -> usize {
                match self { $(Helper::$name => $f as *const () as usize,)* }
            }
            fn writes(self) -> Writes {
                match self { $(Helper::$name => Writes::$writes,)* }
            }
        }
    };
}

helpers! {
    AllocInstance None "a new instance of class a, owned" = alloc;
    ListAppend Lists "list a gets the word b, moved in" = list_append;
    ListPop Lists "the last item of list a, owned" = list_pop;
    StrEq None "are the exact strs a and b equal: 0 or 1" = str_eq;
    StrIndex None "character b of str a, owned" = str_index;
    StrConcat None "a + b of exact strs, owned" = str_concat;
    DictGet None "the value of key b in dict a, borrowed" = dict_get;
    DictSetRef Dicts "dict a gets key b with a new reference to word c" = dict_set;
    DictContains None "is key b in dict a: 1 no, 2 yes" = dict_contains;
    BuildTuple None "a tuple of a words from the scratch area, moved in" = build_tuple;
    BuildList None "a list of a words from the scratch area, moved in" = build_list;
    CallQuiet None "native function a on b words of the scratch area, the first of them bound: owned" = call_quiet;
    CallClass None "class a called with b words of the scratch area: owned" = quiet::call_class;
    Binary None "a op b with operator number c on plain operands: owned" = quiet::binary;
    Slice None "a[b:c] of a list, tuple or str: owned" = quiet::slice;
    Contains None "is a in b: 1 no, 2 yes" = quiet::contains;
    Compare None "a op b with comparison c: 1 no, 2 yes" = quiet::compare;
    Len None "the length of a built-in object, plus one" = quiet::len;
    Format None "the scalar a as a str, owned" = quiet::format;
    Join None "a strs of the scratch area joined, owned" = quiet::join;
    CallLeaf None "as CallQuiet, for a function that runs no Python code on whatever it gets" = quiet::call_leaf;
    NewCell None "a cell of the word a, moved in; owned" = quiet::new_cell;
    NewFunction None "a function of code b with the globals of function a, owned" = quiet::new_function;
    SetFuncAttr None "attribute c of the new function a = word b, moved in" = quiet::set_func_attr;
    NewDict None "an empty dict, owned" = quiet::new_dict;
    DictFind None "the value of key b in dict a, borrowed; the word of NotImplemented if there is none" = quiet::dict_find;
    Next None "the next item of iterator a, owned" = quiet::next;
    RangeIter None "the iterator of range a, owned" = range_iter;
    ListIter None "the iterator of list a, owned" = list_iter;
    BoxInt None "integer a as a word, owned" = box_int;
    BoxFloat None "the double with bits a as a word, owned" = box_float;
    ReleaseLeaf None "frees the object a of a type whose death runs no code" = release;
    DropQuiet None "drops a reference to a: 0, with nothing done, if that might run code" = drop_quiet;
    Release None "drops a reference to a, for tree b: 1 if it must be left; python" = release_any;
    BadCount None "debug builds: instruction b of tree a found an impossible reference count" = bad_count;
    SyncFrames None "pushes or updates the frames of the snapshot at a" = sync_frames;
    PopFrame None "pops the innermost frame" = pop_frame;
    Step None "runs the instruction of frame a; b: where it should stand then. 0 as expected, 1 elsewhere, 2 raised; python" = step;
    Exec None "runs handler a on the instruction at b of the running frame, for tree c: 0 goes on, 1 jumped, 2 leave, 3 raised; python" = exec;
}

pub use quiet::number_of as operator_number;

impl Helper {
    pub fn writes_lists(self) -> bool {
        self.writes() == Writes::Lists
    }
    pub fn writes_dicts(self) -> bool {
        self.writes() == Writes::Dicts
    }
    /// Does it make an object that lives on the heap?
    pub fn allocates(self) -> bool {
        use Helper::*;
        matches!(self, AllocInstance | StrIndex | StrConcat | BuildTuple | BuildList | RangeIter | ListIter | BoxInt | BoxFloat)
    }
}

/// Words of the scratch area.
pub const SCRATCH: usize = 4096;

type VmPtr = *const Vm;

/// # Safety
/// As all helpers: called by compiled code with the running thread's state, on words its guards
/// have checked.
unsafe fn obj<'a, T: Layout>(w: u64) -> &'a T {
    // SAFETY: by contract, `w` is a live object of layout `T`.
    unsafe { &*(w as *const T) }
}

fn owned(r: Result<Obj, krait_object::error::Raised>, vm: &Vm) -> u64 {
    match r {
        Ok(v) => v.into_value().0,
        Err(_) => {
            // The interpreter does it again, and raises.
            drop(vm.pending.take());
            0
        }
    }
}

unsafe extern "C" fn alloc(vm: VmPtr, cls: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the recorder checked that the word is a class.
    unsafe { owned(alloc_instance(&*vm, obj::<PyType>(cls), 0), &*vm) }
}

unsafe extern "C" fn list_append(vm: VmPtr, list: u64, v: u64, _: u64) -> u64 {
    // SAFETY: a guard checked the list's type; the value's reference moves in.
    unsafe {
        if obj::<PyList>(list).push(&*vm, Obj::from_value(Value(v))).is_err() {
            drop((*vm).pending.take());
        }
    }
    1
}

unsafe extern "C" fn list_pop(_: VmPtr, list: u64, _: u64, _: u64) -> u64 {
    // SAFETY: a guard checked the list's type.
    unsafe { obj::<PyList>(list).pop().map_or(0, |v| v.into_value().0) }
}

unsafe extern "C" fn str_eq(_: VmPtr, a: u64, b: u64, _: u64) -> u64 {
    // SAFETY: guards checked both types.
    unsafe { u64::from(a == b || obj::<PyStr>(a).eq(obj::<PyStr>(b))) }
}

unsafe extern "C" fn str_index(vm: VmPtr, s: u64, i: u64, _: u64) -> u64 {
    // SAFETY: guards checked the type and the index.
    unsafe { PyStr::from_char(&*vm, obj::<PyStr>(s).char_at(i as usize)).into_obj().into_value().0 }
}

unsafe extern "C" fn str_concat(vm: VmPtr, a: u64, b: u64, _: u64) -> u64 {
    // SAFETY: guards checked both types.
    unsafe {
        let (a, b) = (Ref::from_value_unchecked(Value(a)), Ref::from_value_unchecked(Value(b)));
        owned((*vm).binary(BinOp::Add, a, b), &*vm)
    }
}

/// Can the key be hashed and compared with exact strs and ints without Python code?
///
/// # Safety
/// `key` is a live word.
unsafe fn simple_key(vm: &Vm, key: Value) -> bool {
    // SAFETY: by contract.
    key.is_int() || (key.is_heap() && std::ptr::eq(unsafe { (*key.header_ptr()).ty() }, vm.types.str))
}

unsafe extern "C" fn dict_get(vm: VmPtr, d: u64, key: u64, _: u64) -> u64 {
    // SAFETY: a guard checked the dict's type.
    unsafe {
        let vm = &*vm;
        if !simple_key(vm, Value(key)) {
            return 0;
        }
        match obj::<PyDict>(d).peek(vm, Ref::from_value_unchecked(Value(key))) {
            Peek::Found(v) => v.0,
            _ => 0,
        }
    }
}

unsafe extern "C" fn dict_contains(vm: VmPtr, d: u64, key: u64, _: u64) -> u64 {
    // SAFETY: a guard checked the dict's type.
    unsafe {
        let vm = &*vm;
        if !simple_key(vm, Value(key)) {
            return 0;
        }
        match obj::<PyDict>(d).peek(vm, Ref::from_value_unchecked(Value(key))) {
            Peek::Missing => 1,
            Peek::Found(_) => 2,
            Peek::Unknown => 0,
        }
    }
}

unsafe extern "C" fn dict_set(vm: VmPtr, d: u64, key: u64, v: u64) -> u64 {
    // SAFETY: a guard checked the dict's type. Nothing dies: an old value that would is left to the
    // interpreter.
    unsafe {
        let vm = &*vm;
        let d = obj::<PyDict>(d);
        if !simple_key(vm, Value(key)) {
            return 0;
        }
        let key = Ref::from_value_unchecked(Value(key));
        match d.peek(vm, key) {
            Peek::Found(old) if old.is_heap() && (*old.header_ptr()).refcount() == 1 => return 0,
            Peek::Unknown => return 0,
            _ => {}
        }
        if d.set(vm, key, Ref::from_value_unchecked(Value(v))).is_err() {
            drop(vm.pending.take());
        }
        1
    }
}

fn scratch() -> *const Value {
    crate::state::scratch() as *const Value
}

unsafe extern "C" fn build_tuple(vm: VmPtr, n: u64, _: u64, _: u64) -> u64 {
    // SAFETY: compiled code has just put `n` owned words there.
    unsafe { PyTuple::from_moved(&*vm, scratch(), n as usize).into_obj().into_value().0 }
}

unsafe extern "C" fn build_list(vm: VmPtr, n: u64, _: u64, _: u64) -> u64 {
    // SAFETY: compiled code has just put `n` owned words there.
    unsafe { PyList::from_moved(&*vm, scratch(), n as usize).map_or(0, |t| t.into_obj().into_value().0) }
}

unsafe extern "C" fn call_quiet(vm: VmPtr, def: u64, n: u64, _: u64) -> u64 {
    // SAFETY: the recorder took the definition from a native function; compiled code has just put
    // `n` live words there.
    unsafe {
        let words = std::slice::from_raw_parts(scratch(), n as usize);
        krait_runtime::plain::call_quiet(&*vm, &*(def as *const krait_object::native::MethodDef), words)
    }
}

unsafe extern "C" fn range_iter(vm: VmPtr, r: u64, _: u64, _: u64) -> u64 {
    // SAFETY: a guard checked the type.
    unsafe {
        let r = obj::<PyRange>(r);
        if r.big.is_some() {
            return 0;
        }
        PyRangeIter::new(&*vm, r.start, r.step, r.len).into_obj().into_value().0
    }
}

unsafe extern "C" fn list_iter(vm: VmPtr, l: u64, _: u64, _: u64) -> u64 {
    // SAFETY: a guard checked the type: `list.__iter__` runs no Python code.
    unsafe { owned((*vm).iter(Ref::from_value_unchecked(Value(l))), &*vm) }
}

unsafe extern "C" fn box_int(vm: VmPtr, i: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the thread's state.
    unsafe { (*vm).int_i64(i as i64).into_value().0 }
}

unsafe extern "C" fn box_float(vm: VmPtr, bits: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the thread's state.
    unsafe { (*vm).float(f64::from_bits(bits)).into_value().0 }
}

unsafe extern "C" fn release(_: VmPtr, p: u64, _: u64, _: u64) -> u64 {
    // SAFETY: compiled code found the count to be one, which it owns.
    unsafe { krait_object::header::decref(p as *const Header) };
    1
}

unsafe extern "C" fn drop_quiet(vm: VmPtr, v: u64, _: u64, _: u64) -> u64 {
    let v = Value(v);
    if !v.is_heap() {
        return 1;
    }
    // SAFETY: compiled code owns the reference.
    unsafe {
        let h = v.header_ptr();
        let plain = std::ptr::eq((*h).ty(), (*vm).types.tuple) && (*(h as *const PyTuple)).as_slice().iter().all(|o| !o.value().is_heap());
        if (*h).refcount() == 1 && !plain && !krait_object::gc::dies_quietly(&*vm, &*h) {
            return 0;
        }
        krait_object::header::decref(h);
    }
    1
}

unsafe extern "C" fn release_any(vm: VmPtr, v: u64, tree: u64, _: u64) -> u64 {
    // SAFETY: compiled code owns the reference; the interpreter's state is in memory.
    unsafe {
        drop(Obj::from_value_opt(Value(v)));
        u64::from((*(tree as *const crate::tree::Tree)).invalid.get() || (*vm).exec.tracing.get() != 0)
    }
}

unsafe extern "C" fn bad_count(_: VmPtr, tree: u64, id: u64, _: u64) -> u64 {
    // SAFETY: the tree whose code runs.
    let tree = unsafe { &*(tree as *const crate::tree::Tree) };
    krait_object::stderr_line!("impossible reference count at v{id} of\n{}", crate::ir::print::tree(tree));
    std::process::abort()
}

unsafe extern "C" fn sync_frames(vm: VmPtr, frames: u64, root: u64, _: u64) -> u64 {
    // SAFETY: `frames` is a list kept by the tree, `root` the running root frame or one below.
    unsafe { crate::leave::sync_frames(&*vm, root as *const Frame, &*(frames as *const Vec<crate::ir::snapshot::FrameState>)) };
    1
}

unsafe extern "C" fn pop_frame(vm: VmPtr, _: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the innermost frame was pushed by `sync_frames`.
    unsafe { crate::leave::pop_synced(&*vm) };
    1
}

unsafe extern "C" fn exec(vm: VmPtr, handler: u64, pc: u64, tree: u64) -> u64 {
    // SAFETY: the state is in memory, the innermost frame stands at `pc`; the code generator took the
    // handler from the interpreter's table.
    unsafe {
        let handler = std::mem::transmute::<*const (), krait_runtime::interp::single::Handler>(handler as *const ());
        crate::leave::exec(&*vm, &*(tree as *const crate::tree::Tree), handler, pc as *const u64)
    }
}

unsafe extern "C" fn step(vm: VmPtr, tree: u64, next: u64, pc: u64) -> u64 {
    // SAFETY: the state is in memory; the innermost frame is the one to step.
    unsafe { crate::leave::step(&*vm, &*(tree as *const crate::tree::Tree), pc as *const u64, next as *const u64) }
}
