//! The interpreter and its threads.
//!
//! [`Interp`] is everything mutable that Python threads share, guarded by the GIL; [`Vm`] is one
//! thread's state and is passed to nearly every function. There is no other Python state, except
//! the pointer to the running thread's `Vm` that destructors use.

use std::any::{Any, TypeId};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::dict::PyDict;
use crate::error::{PyResult, Raised};
use crate::exception::PyBaseException;
use crate::exec::ExecState;
use crate::header::Header;
use crate::native::ModuleDef;
use crate::obj::{Layout, Obj, Py, Ref};
use crate::str::PyStr;
use crate::ty::{PyType, TypeDef};

macro_rules! type_table {
    ($($name:ident)*) => {
        /// The built-in types that Rust code refers to by name.
        pub struct TypeTable {
            pub r#type: &'static PyType,
            $(pub $name: &'static PyType,)*
        }
        impl TypeTable {
            /// All types, empty; `krait-types` fills them in.
            pub fn blank() -> TypeTable {
                let ty = PyType::blank(std::ptr::null());
                TypeTable { r#type: ty, $($name: PyType::blank(ty),)* }
            }
            /// Every type of the table with its field name.
            pub fn all(&self) -> Vec<(&'static str, &'static PyType)> {
                vec![("type", self.r#type), $((stringify!($name), self.$name),)*]
            }
        }
    };
}

type_table! {
    object int float bool complex str bytes bytearray memoryview tuple list dict set frozenset
    range slice none_type ellipsis_type not_implemented_type
    function builtin_function method_descriptor wrapper_descriptor method_wrapper classmethod_descriptor
    getset_descriptor member_descriptor method instancemethod classmethod staticmethod property super_
    module code cell frame traceback generator coroutine coroutine_wrapper async_generator
    async_generator_asend async_generator_athrow anext_awaitable mapping_proxy simple_namespace
    dict_keys dict_values dict_items dict_keyiterator dict_valueiterator dict_itemiterator
    dict_reversekeyiterator dict_reversevalueiterator dict_reverseitemiterator
    list_iterator list_reverseiterator tuple_iterator str_iterator str_ascii_iterator bytes_iterator
    bytearray_iterator set_iterator range_iterator longrange_iterator seq_iterator callable_iterator
    memoryview_iterator enumerate zip map filter reversed generic_alias generic_alias_iterator union
    typevar paramspec paramspec_args paramspec_kwargs typevartuple type_alias generic no_default_type
    const_evaluator template template_iter interpolation weakref weakproxy weakcallableproxy
    frame_locals_proxy capsule
    base_exception exception base_exception_group exception_group
    generator_exit keyboard_interrupt system_exit
    stop_iteration stop_async_iteration arithmetic_error floating_point_error overflow_error
    zero_division_error assertion_error attribute_error buffer_error eof_error import_error
    module_not_found_error lookup_error index_error key_error memory_error name_error
    unbound_local_error os_error blocking_io_error child_process_error connection_error
    broken_pipe_error connection_aborted_error connection_refused_error connection_reset_error
    file_exists_error file_not_found_error interrupted_error is_a_directory_error
    not_a_directory_error permission_error process_lookup_error timeout_error reference_error
    runtime_error not_implemented_error recursion_error python_finalization_error syntax_error
    indentation_error tab_error incomplete_input_error system_error type_error value_error unicode_error
    unicode_encode_error unicode_decode_error unicode_translate_error
    warning deprecation_warning pending_deprecation_warning runtime_warning syntax_warning
    user_warning future_warning import_warning unicode_warning bytes_warning resource_warning
    encoding_warning
}

macro_rules! names {
    ($($name:ident)*; $($special:ident = $text:literal)*) => {
        /// Interned strings that Rust code refers to by name.
        pub struct Names {
            $(pub $name: &'static PyStr,)*
            $(pub $special: &'static PyStr,)*
        }
        impl Names {
            /// Creates and interns them all.
            pub fn new(vm: &Vm) -> Names {
                Names {
                    $($name: vm.intern_static(stringify!($name)),)*
                    $($special: vm.intern_static($text),)*
                }
            }
        }
    };
}

names! {
    __abs__ __add__ __aenter__ __aexit__ __aiter__ __all__ __and__ __anext__ __annotate__ __annotate_func__
    __annotations__ __annotations_cache__ __args__ __await__ __bases__ __bool__ __buffer__ __build_class__ __builtins__
    __bytes__ __call__ __cause__ __class__ __class_getitem__ __classcell__ __classdictcell__ __complex__ __contains__
    __context__ __copy__ __debug__ __deepcopy__ __defaults__ __del__ __delattr__ __delete__ __delitem__
    __dict__ __dir__ __divmod__ __doc__ __enter__ __eq__ __exit__ __file__ __firstlineno__ __float__
    __floor__ __floordiv__ __format__ __fspath__ __func__ __ge__ __get__ __getattr__ __getattribute__
    __getitem__ __getnewargs__ __getnewargs_ex__ __getstate__ __globals__ __gt__ __hash__ __iadd__
    __iand__ __ifloordiv__ __ilshift__ __imatmul__ __imod__ __import__ __imul__ __index__ __init__
    __init_subclass__ __instancecheck__ __int__ __invert__ __ior__ __ipow__ __irshift__ __isabstractmethod__
    __isub__ __iter__ __itruediv__ __ixor__ __kwdefaults__ __le__ __len__ __length_hint__ __loader__
    __lshift__ __lt__ __main__ __match_args__ __matmul__ __missing__ __mod__ __module__ __mro_entries__
    __mul__ __name__ __ne__ __neg__ __new__ __next__ __objclass__ __or__ __origin__ __package__
    __parameters__ __path__ __pos__ __pow__ __prepare__ __qualname__ __radd__ __rand__ __rdivmod__
    __reduce__ __reduce_ex__ __release_buffer__ __repr__ __reversed__ __rfloordiv__ __rlshift__
    __rmatmul__ __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__ __rsub__
    __rtruediv__ __rxor__ __self__ __set__ __set_name__ __setattr__ __setitem__ __setstate__ __sizeof__
    __slotnames__ __slots__ __spec__ __static_attributes__ __str__ __sub__ __subclasscheck__ __subclasshook__
    __suppress_context__ __text_signature__ __traceback__ __truediv__ __trunc__ __ceil__ __type_params__
    __typing_subst__ __typing_prepare_subst__ __typing_unpacked_tuple_args__ __typing_is_unpacked_typevartuple__
    __unpacked__ __value__ __warningregistry__ __weakref__ __wrapped__ __xor__ __conditional_annotations__
    _abc_impl add append args asend athrow big builtins clear close closed code copy default decode encode encoding end
    end_lineno end_offset errno errors excepthook extend filename filename2 fget fset fdel file flush
    get getvalue isatty items iter join key keys kind last_traceback last_type last_value line lineno little
    locals maxsplit message mode modules module mro msg name name_from names newline note obj object
    offset open opener origin pad path path_importer_cache pop print_file_and_line ps1 ps2 raw read readable
    readline real repr reset reverse reversed seek seekable send sep set setdefault signed size
    stderr stdin stdout step start stop strerror strict sub text throw tb_next update utf_8 value values
    version warn warnings writable write __orig_bases__ __bound__ __constraints__ __covariant__ __contravariant__
    __infer_variance__ __default__ format_spec expression conversion __notes__ add_note split
    exceptions _fields _attributes _field_types __buffer_format__ __orig_class__ __delattr_hook__ last_exc __mangled__
    meta_path path_hooks argv displayhook unraisablehook breakpointhook flags tracebacklimit _uninitialized_submodules
    _initializing _handle_fromlist _find_and_load importlib site parent submodule_search_locations has_location cached
    ;
    type_ = "type" self_ = "self" empty = "" dot = "." lambda_name = "<lambda>" underscore = "_" string_ = "<string>" space = " " newline_char = "\n"
    comma_space = ", " ellipsis_name = "Ellipsis" utf8_dash = "utf-8" latin1_dash = "latin-1" ascii_name = "ascii"
    surrogateescape = "surrogateescape" surrogatepass = "surrogatepass" backslashreplace = "backslashreplace" anon_module = "<module>"
}

/// Bits of the eval breaker: reasons to leave the fast path at the next safepoint.
pub mod breaker {
    /// Another thread wants the GIL.
    pub const GIL_DROP: u32 = 1;
    /// A signal handler is due (main thread).
    pub const SIGNALS: u32 = 2;
    /// The collector is due.
    pub const GC: u32 = 4;
    /// `PyThreadState_SetAsyncExc`-style exception for this thread.
    pub const ASYNC_EXC: u32 = 8;
    /// Pending calls queued for the main thread.
    pub const PENDING_CALLS: u32 = 16;
    /// Compiled code must re-check what it assumed.
    pub const INVALIDATED: u32 = 32;
    /// Observers (`sys.settrace` and the like) came or went: the interpreter loop is switched.
    pub const OBSERVERS: u32 = 128;
    /// The process is finalising; threads other than main stop.
    pub const STOP: u32 = 64;
}

/// What lower layers need from the interpreter crate.
pub struct Hooks {
    /// `warnings.warn(msg, category, stacklevel)`.
    pub warn: fn(&Vm, &PyType, &str, usize) -> PyResult<()>,
    /// `importlib.import_module(name)`.
    pub import: fn(&Vm, &str) -> PyResult<Obj>,
    /// Reports an unraisable exception: context text, object.
    pub unraisable: fn(&Vm, Py<PyBaseException>, &str, Option<Ref<'_>>),
    /// The globals dict of the running Python frame, if any.
    pub current_globals: fn(&Vm) -> Option<Py<PyDict>>,
    /// Runs what the eval breaker asks for (signals, GIL, collector); native loops call it too.
    pub safepoint: fn(&Vm) -> PyResult<()>,
    /// Releases and takes back the GIL around a blocking call.
    pub gil_release: fn(&Vm),
    pub gil_acquire: fn(&Vm),
    /// `sys.audit`-hooks are run only if some are installed.
    pub audit: fn(&Vm, &str, &[Ref<'_>]) -> PyResult<()>,
    /// Encodes a str by codec name and error handler.
    pub encode: fn(&Vm, &PyStr, &str, &str) -> PyResult<Vec<u8>>,
    /// Decodes bytes by codec name and error handler.
    pub decode: fn(&Vm, &[u8], &str, &str) -> PyResult<Obj>,
    /// The error handler of a name.
    pub lookup_error: fn(&Vm, &str) -> PyResult<Obj>,
}

/// State all threads of one interpreter share; touched only with the GIL held.
pub struct Interp {
    pub types: TypeTable,
    native_types: RefCell<Vec<Option<&'static PyType>>>,
    pub interned: crate::intern::InternTable,
    pub gc: crate::gc::GcState,
    pub limbo: crate::limbo::Limbo,
    pub weakrefs: crate::weakref::WeakrefTable,
    pub method_cache: crate::lookup::MethodCache,
    pub shared_sites: crate::code::SharedSites,
    next_type_version: Cell<u32>,
    next_dict_version: Cell<u32>,
    /// Keys of str hashing. Set before the first string is hashed.
    pub hash_secret: Cell<(u64, u64)>,
    /// Called before a full collection the program asks for: caches let go of objects only they
    /// keep alive.
    pub before_collection: Cell<Option<fn(&Vm)>>,
    /// Told before a type with a version changes.
    pub type_watch: Cell<Option<fn(&Vm, &PyType)>>,
    /// Told about changes of watched dicts.
    pub dict_watch: Cell<Option<crate::dict::DictWatch>>,
    hooks: OnceCell<Hooks>,
    /// `sys.modules`.
    pub modules: OnceCell<Py<PyDict>>,
    /// The `builtins` module's dict.
    pub builtins: OnceCell<Py<PyDict>>,
    /// The `sys` module's dict.
    pub sysdict: OnceCell<Py<PyDict>>,
    /// Native modules that can be imported.
    pub native_modules: RefCell<HashMap<&'static str, &'static ModuleDef>>,
    states: RefCell<crate::address_map::AddressMap<TypeId, &'static dyn Any>>,
    pub recursion_limit: Cell<u32>,
    /// `-b`: comparing bytes with text warns.
    pub bytes_warning: Cell<bool>,
    /// `sys.set_int_max_str_digits`.
    pub int_max_str_digits: Cell<usize>,
    /// `-X cpu_count`: what `os.cpu_count()` says, if positive.
    pub cpu_count: Cell<i32>,
    /// `-X dev`.
    pub dev_mode: Cell<bool>,
    /// Small cached objects: one-character strings 0..256, then the empty string.
    pub latin1_chars: OnceCell<Vec<&'static PyStr>>,
    pub empty_tuple: OnceCell<Obj>,
    pub empty_bytes: OnceCell<Obj>,
    /// Set while the interpreter shuts down.
    pub finalizing: Cell<bool>,
    /// Something installed an audit hook.
    pub auditing: Cell<bool>,
    /// Guards everything else here; see [`crate::gil`].
    pub gil: crate::gil::Gil,
    pub threads: crate::threads::Threads,
}

/// One thread's state.
pub struct Vm {
    pub interp: &'static Interp,
    pub types: &'static TypeTable,
    names: OnceCell<&'static Names>,
    pub pending: Cell<Option<Py<PyBaseException>>>,
    /// The exception being handled (`sys.exception()`), for the running frame or generator.
    pub handled: Cell<Option<Obj>>,
    pub eval_breaker: AtomicU32,
    pub dealloc_depth: Cell<u32>,
    pub dealloc_queue: RefCell<Vec<*const Header>>,
    /// Lowest stack address native recursion may reach.
    pub stack_limit: Cell<usize>,
    /// Objects whose `repr` is running, see [`crate::protocol::repr_guard`].
    pub repr_running: RefCell<Vec<u64>>,
    /// Frames, registers, and whatever else the interpreter loop keeps per thread.
    pub exec: ExecState,
    pub thread_id: Cell<u64>,
    pub is_main: Cell<bool>,
    /// The current `contextvars.Context`, once there is one.
    pub context: Cell<Option<Obj>>,
    /// The asyncio event loop this thread runs.
    pub running_loop: Cell<Option<Obj>>,
    /// The asyncio task this thread runs.
    pub running_task: Cell<Option<Obj>>,
}

thread_local! {
    static CURRENT: Cell<*const Vm> = const { Cell::new(std::ptr::null()) };
}

/// The running thread's state; `None` outside Python threads.
#[inline(always)]
pub fn current_vm() -> Option<&'static Vm> {
    let p = CURRENT.get();
    // SAFETY: `enter` installs a `Vm` that lives until `leave`; only the same thread sees it.
    if p.is_null() { None } else { Some(unsafe { &*p }) }
}

impl Interp {
    /// A new interpreter with blank types. Never freed: immortal objects point into it.
    pub fn new() -> &'static Interp {
        let interp: &'static Interp = Box::leak(Box::new(Interp {
            types: TypeTable::blank(),
            native_types: RefCell::default(),
            interned: Default::default(),
            gc: Default::default(),
            limbo: Default::default(),
            weakrefs: Default::default(),
            method_cache: Default::default(),
            shared_sites: Default::default(),
            next_type_version: Cell::new(1),
            next_dict_version: Cell::new(1),
            hash_secret: Cell::new((0, 0)),
            before_collection: Cell::new(None),
            type_watch: Cell::new(None),
            dict_watch: Cell::new(None),
            hooks: OnceCell::new(),
            modules: OnceCell::new(),
            builtins: OnceCell::new(),
            sysdict: OnceCell::new(),
            native_modules: RefCell::default(),
            states: RefCell::default(),
            recursion_limit: Cell::new(1000),
            bytes_warning: Cell::new(false),
            int_max_str_digits: Cell::new(4300),
            cpu_count: Cell::new(-1),
            dev_mode: Cell::new(false),
            latin1_chars: OnceCell::new(),
            empty_tuple: OnceCell::new(),
            empty_bytes: OnceCell::new(),
            finalizing: Cell::new(false),
            auditing: Cell::new(false),
            gil: Default::default(),
            threads: Default::default(),
        }));
        crate::singletons::init(&interp.types);
        interp
    }
    pub fn set_hooks(&self, hooks: Hooks) {
        let _ = self.hooks.set(hooks);
    }
    pub fn hooks(&self) -> &Hooks {
        match self.hooks.get() {
            Some(h) => h,
            None => crate::error_hooks::missing(),
        }
    }
    /// A fresh type version; 0 when all are used up (then types go uncached).
    pub fn new_type_version(&self) -> u32 {
        let v = self.next_type_version.get();
        if v != 0 {
            self.next_type_version.set(v.wrapping_add(1));
        }
        v
    }
    /// A fresh dict keys version; 0 when all are used up.
    pub fn new_dict_version(&self) -> u32 {
        let v = self.next_dict_version.get();
        if v != 0 {
            self.next_dict_version.set(v.wrapping_add(1));
        }
        v
    }
    /// State of a native module or subsystem, made on first use.
    pub fn state<T: Default + 'static>(&self) -> &'static T {
        let found = self.states.borrow().get(&TypeId::of::<T>()).copied();
        let any = found.unwrap_or_else(|| {
            let new: &'static dyn Any = Box::leak(Box::<T>::default());
            self.states.borrow_mut().insert(TypeId::of::<T>(), new);
            new
        });
        match any.downcast_ref() {
            Some(t) => t,
            None => unreachable!("states are keyed by their type"),
        }
    }
    /// Makes native modules importable.
    pub fn add_native_modules(&self, defs: &[&'static ModuleDef]) {
        let mut map = self.native_modules.borrow_mut();
        for def in defs {
            map.insert(def.name, def);
        }
    }
}

impl Vm {
    /// Thread state for the calling thread. `install` must be called before Python runs.
    pub fn new(interp: &'static Interp) -> Vm {
        Vm {
            interp,
            types: &interp.types,
            names: OnceCell::new(),
            pending: Cell::new(None),
            handled: Cell::new(None),
            eval_breaker: AtomicU32::new(0),
            dealloc_depth: Cell::new(0),
            dealloc_queue: RefCell::default(),
            stack_limit: Cell::new(0),
            repr_running: RefCell::default(),
            exec: ExecState::default(),
            thread_id: Cell::new(0),
            is_main: Cell::new(false),
            context: Cell::new(None),
            running_loop: Cell::new(None),
            running_task: Cell::new(None),
        }
    }
    /// Makes this the calling thread's current state.
    pub fn install(&'static self) {
        CURRENT.set(self);
    }
    /// Undoes [`install`](Self::install).
    pub fn uninstall(&self) {
        CURRENT.set(std::ptr::null());
    }
    /// Interned names; made on first use of the interpreter's first thread.
    #[inline(always)]
    pub fn names(&self) -> &'static Names {
        match self.names.get() {
            Some(n) => n,
            None => self.make_names(),
        }
    }
    #[cold]
    fn make_names(&self) -> &'static Names {
        struct Shared(OnceCell<&'static Names>);
        impl Default for Shared {
            fn default() -> Self {
                Shared(OnceCell::new())
            }
        }
        let shared = self.interp.state::<Shared>();
        let names = shared.0.get_or_init(|| Box::leak(Box::new(Names::new(self))));
        let _ = self.names.set(names);
        names
    }
    /// The type object made from a native declaration.
    #[inline]
    pub fn native_type(&self, def: &'static TypeDef) -> &'static PyType {
        if let Some(f) = def.table {
            return f(self.types);
        }
        let i = def.index.get() as usize;
        let found = self.interp.native_types.borrow().get(i).copied().flatten();
        match found {
            Some(t) => t,
            None => {
                let t = crate::typedef::create_native_type(self, def);
                let mut all = self.interp.native_types.borrow_mut();
                if all.len() <= i {
                    all.resize(i + 1, None);
                }
                all[i] = Some(t);
                t
            }
        }
    }
    /// `None`, borrowed.
    #[inline(always)]
    pub fn none(&self) -> Ref<'static> {
        crate::singletons::none()
    }
    /// `NotImplemented` as a result.
    #[inline(always)]
    pub fn not_implemented(&self) -> Obj {
        crate::singletons::not_implemented().to_obj()
    }
    /// Polls the eval breaker; long native loops call this now and then.
    #[inline(always)]
    pub fn poll(&self) -> PyResult<()> {
        if self.eval_breaker.load(Ordering::Relaxed) != 0 { (self.interp.hooks().safepoint)(self) } else { Ok(()) }
    }
    /// Runs `f` with the GIL released. `f` must not touch Python objects.
    pub fn allow_threads<T>(&self, f: impl FnOnce() -> T) -> T {
        /// Takes the GIL back however `f` ends.
        struct Reacquire<'v>(&'v Vm);
        impl Drop for Reacquire<'_> {
            fn drop(&mut self) {
                (self.0.interp.hooks().gil_acquire)(self.0);
            }
        }
        (self.interp.hooks().gil_release)(self);
        let _back = Reacquire(self);
        f()
    }
    /// Fails with RecursionError when the native stack is nearly used up. Every native function
    /// that can recurse through Python objects calls this first.
    #[inline(always)]
    pub fn check_stack(&self, what: &str) -> PyResult<()> {
        if stack_pointer() < self.stack_limit.get() { Err(self.stack_overflow(what)) } else { Ok(()) }
    }
    /// Is there native stack for another activation of compiled code, with what it may call before it
    /// asks again?
    #[inline]
    pub fn stack_has_room(&self) -> bool {
        self.stack_left() >= 256 << 10
    }
    /// Bytes of native stack before calls are refused.
    #[inline]
    pub fn stack_left(&self) -> usize {
        stack_pointer().saturating_sub(self.stack_limit.get())
    }
    #[cold]
    #[inline(never)]
    fn stack_overflow(&self, what: &str) -> Raised {
        // Room for making the exception itself.
        let limit = self.stack_limit.replace(0);
        let r = self.recursion_error(format!("maximum recursion depth exceeded{what}"));
        self.stack_limit.set(limit);
        r
    }
    /// A warning at the given stack level.
    pub fn warn(&self, category: &PyType, msg: &str, stacklevel: usize) -> PyResult<()> {
        (self.interp.hooks().warn)(self, category, msg, stacklevel)
    }
    /// A warning about an object that its owner forgot. `warnings` is imported for it: it may know
    /// where the object was made.
    pub fn warn_source(&self, category: &PyType, msg: &str, source: Ref<'_>) -> PyResult<()> {
        if self.interp.finalizing.get() {
            return self.warn(category, msg, 1);
        }
        let module = (self.interp.hooks().import)(self, "_warnings")?;
        let warn = self.getattr_str(module.r(), "warn")?;
        let (msg, level) = (self.text(msg), Obj::small(1));
        self.call(warn.r(), &[msg.r(), category.r(), level.r(), source]).map(drop)
    }
    /// `sys.audit(event, *args)`.
    #[inline]
    pub fn audit(&self, event: &str, args: &[Ref<'_>]) -> PyResult<()> {
        if self.interp.auditing.get() { (self.interp.hooks().audit)(self, event, args) } else { Ok(()) }
    }
    /// A type as an object.
    pub fn type_obj<T: Layout>(&self) -> Obj {
        T::type_of(self).to_obj()
    }
}

/// Roughly the current stack pointer.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let marker = 0u8;
    &raw const marker as usize
}
