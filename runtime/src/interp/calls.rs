//! Calls: from bytecode without native recursion where the callee is Python code, and from
//! native code into Python functions.

use krait_frontend::bytecode::{FLAG_METHOD, Instr};
use krait_object::args::Args;
use krait_object::code::PyCode;
use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::exec::Frame;
use krait_object::function::{PyBoundMethod, PyBuiltinFunction, PyFunction, PyMethodDescr, call_native};
use krait_object::native::NativeFn;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::ty::{PyType, TypeFlags};
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Py, Ref, Value};

use super::bind::{bind, bind_in_place, field, keyword_pairs};
use super::frames::{FrameKind, pop_frame, push_frame, unpush_frame};
use super::regs::{Regs, clear, clear_range, get, put_obj, take, window, word};

/// A call that entered a Python frame (`Some`) or is complete (`None`).
pub type Entered = Option<*const Frame>;

/// Where the result of a call goes.
#[derive(Copy, Clone)]
pub struct Ret {
    /// Register of the result.
    pub dst: u16,
    /// Register of the callable, released when the callee returns.
    pub window: u16,
    pub kind: FrameKind,
}

/// The code object of a function, borrowed.
///
/// # Safety
/// `__code__` is not replaced while the borrow is used: a frame that runs the code keeps its own
/// pointer, and the function parks replaced code objects (see `function` type).
#[inline(always)]
pub unsafe fn code_of(func: &PyFunction) -> &PyCode {
    // SAFETY: by contract.
    let code: &Py<PyCode> = unsafe { field(&func.code) };
    code
}

/// Enters `func` with the `n` arguments in registers `first..` of the caller, which are consumed.
///
/// # Safety
/// The arguments are bound registers at the end of the caller's window; `func` is owned by the
/// caller's register `ret.window` or otherwise outlives the call.
#[inline(always)]
pub unsafe fn enter_function(
    vm: &Vm,
    caller: &Frame,
    regs: Regs,
    func: &PyFunction,
    first: u16,
    n: usize,
    ret: Ret,
) -> PyResult<*const Frame> {
    // SAFETY: by contract; register writes stay inside the callee's window, which `push_frame`
    // has checked to be inside the region.
    unsafe {
        let code = code_of(func);
        let args = regs.add(first as usize);
        if !code.simple_args || n != code.argcount as usize {
            return enter_slow(vm, caller, regs, func, first, n, ret);
        }
        let base = if caller.generator.get().is_null() { args } else { vm.exec.sp.get() };
        let f = push_frame(vm, func, code, base, ret.kind)?;
        if base != args {
            for i in 0..n {
                base.add(i).write(args.add(i).replace(Value::UNBOUND));
            }
        }
        for i in n..code.nregs as usize {
            base.add(i).write(Value::UNBOUND);
        }
        (*f).ret.set(ret.dst);
        (*f).window.set(ret.window);
        Ok(f)
    }
}

/// As [`enter_function`] when arguments need real binding.
#[inline(never)]
unsafe fn enter_slow(vm: &Vm, caller: &Frame, regs: Regs, func: &PyFunction, first: u16, n: usize, ret: Ret) -> PyResult<*const Frame> {
    // SAFETY: as for `enter_function`.
    unsafe {
        let code = code_of(func);
        let argcount = code.argcount as usize;
        if code.simple_args
            && n < argcount
            && let Some(d) = field(&func.defaults)
        {
            let need = argcount - n;
            if d.len() >= need {
                let args = regs.add(first as usize);
                let base = if caller.generator.get().is_null() { args } else { vm.exec.sp.get() };
                let f = push_frame(vm, func, code, base, ret.kind)?;
                if base != args {
                    for i in 0..n {
                        base.add(i).write(args.add(i).replace(Value::UNBOUND));
                    }
                }
                let from = d.len() - need;
                for (i, v) in d.as_slice()[from..].iter().enumerate() {
                    base.add(n + i).write(v.clone().into_value());
                }
                for i in argcount..code.nregs as usize {
                    base.add(i).write(Value::UNBOUND);
                }
                (*f).ret.set(ret.dst);
                (*f).window.set(ret.window);
                return Ok(f);
            }
        }
        if let Some(f) = enter_in_place(vm, caller, regs, func, first, n, &[], ret)? {
            return Ok(f);
        }
        let pos: Vec<Obj> = (0..n).map(|i| take(regs, first + i as u16)).collect();
        enter_bound(vm, caller, regs, func, first, pos, &[], ret)
    }
}

/// Enters `func` with `npos` positional arguments from register `first` and as many named ones
/// behind them, binding them where they are. `None`, with nothing changed, if that cannot be done.
///
/// # Safety
/// As [`enter_function`].
unsafe fn enter_in_place(
    vm: &Vm,
    caller: &Frame,
    regs: Regs,
    func: &PyFunction,
    first: u16,
    npos: usize,
    names: &[Obj],
    ret: Ret,
) -> PyResult<Option<*const Frame>> {
    // SAFETY: as for `enter_function`. The words copied for a generator's call belong to the
    // caller's registers until they are bound.
    unsafe {
        let code = code_of(func);
        let args = regs.add(first as usize);
        let base = if caller.generator.get().is_null() { args } else { vm.exec.sp.get() };
        let n = npos + names.len();
        if base.add(n) > vm.exec.limit.get() {
            return Ok(None);
        }
        let f = push_frame(vm, func, code, base, ret.kind)?;
        if base != args {
            std::ptr::copy_nonoverlapping(args, base, n);
        }
        let bound = bind_in_place(vm, func, code, base, npos, names);
        if let Ok(true) = bound {
            if base != args {
                for i in 0..n {
                    args.add(i).write(Value::UNBOUND);
                }
            }
            (*f).ret.set(ret.dst);
            (*f).window.set(ret.window);
            return Ok(Some(f));
        }
        unpush_frame(vm, f);
        bound.map(|_| None)
    }
}

/// Enters `func` with owned arguments, binding them in full.
///
/// # Safety
/// As [`enter_function`]; registers from `first` up are free.
#[inline(never)]
pub unsafe fn enter_bound(
    vm: &Vm,
    caller: &Frame,
    regs: Regs,
    func: &PyFunction,
    first: u16,
    pos: Vec<Obj>,
    kw: &[(Py<PyStr>, Obj)],
    ret: Ret,
) -> PyResult<*const Frame> {
    // SAFETY: as for `enter_function`.
    unsafe {
        let code = code_of(func);
        let base = if caller.generator.get().is_null() { regs.add(first as usize) } else { vm.exec.sp.get() };
        let f = push_frame(vm, func, code, base, ret.kind)?;
        for i in 0..code.nregs as usize {
            base.add(i).write(Value::UNBOUND);
        }
        (*f).ret.set(ret.dst);
        (*f).window.set(ret.window);
        if let Err(e) = bind(vm, func, code, base, pos, kw) {
            pop_frame(vm, f);
            return Err(e);
        }
        Ok(f)
    }
}

/// `CALL`.
///
/// # Safety
/// `w` is a verified call instruction of `caller`, whose registers are `regs` (here and below).
#[inline(always)]
pub unsafe fn op_call(vm: &Vm, caller: &Frame, regs: Regs, w: Instr) -> PyResult<Entered> {
    // SAFETY: the window is bound as the opcode table says.
    unsafe {
        let a = w.a();
        let callee = word(regs, a);
        if callee.is_heap() && std::ptr::eq((*callee.header_ptr()).ty(), vm.types.function) {
            let func = get(regs, a).downcast_unchecked::<PyFunction>();
            let has_self = w.flags() & FLAG_METHOD != 0 && !word(regs, a + 1).is_unbound();
            let (first, n) = if has_self { (a + 1, w.b() as usize + 1) } else { (a + 2, w.b() as usize) };
            let ret = Ret { dst: w.c(), window: a, kind: FrameKind::Call };
            return enter_function(vm, caller, regs, func, first, n, ret).map(Some);
        }
        call_other(vm, caller, regs, w)
    }
}

/// `CALL` of anything but a Python function.
#[inline(never)]
unsafe fn call_other(vm: &Vm, caller: &Frame, regs: Regs, w: Instr) -> PyResult<Entered> {
    // SAFETY: as for `op_call`.
    unsafe {
        let a = w.a();
        let n = w.b() as usize;
        let has_self = w.flags() & FLAG_METHOD != 0 && !word(regs, a + 1).is_unbound();
        let callee = get(regs, a);
        let ty = callee.ty(vm);
        let result = if std::ptr::eq(ty, vm.types.method_descriptor) && has_self {
            let d = callee.downcast_unchecked::<PyMethodDescr>();
            call_method_descr(vm, d, get(regs, a + 1), window(regs, a + 2, n))?
        } else if std::ptr::eq(ty, vm.types.builtin_function) && !has_self {
            let f = callee.downcast_unchecked::<PyBuiltinFunction>();
            call_builtin(vm, f, window(regs, a + 2, n))?
        } else if std::ptr::eq(ty, vm.types.method) && !has_self {
            let m = callee.downcast_unchecked::<PyBoundMethod>();
            // The window has room for self, so the method turns into its parts.
            let (func, self_) = (m.func.clone(), m.self_.clone());
            put_obj(regs, a + 1, self_);
            put_obj(regs, a, func);
            let w = Instr(w.0 | u64::from(FLAG_METHOD) << 8);
            return if get(regs, a).is_exact::<PyFunction>(vm) { op_call(vm, caller, regs, w) } else { call_generic(vm, regs, w) };
        } else if std::ptr::eq(ty, vm.types.r#type) && !has_self {
            return call_class(vm, caller, regs, w);
        } else {
            return call_generic(vm, regs, w);
        };
        finish_call(regs, w, n, result);
        Ok(None)
    }
}

/// Releases a call window and stores the result.
#[inline(always)]
unsafe fn finish_call(regs: Regs, w: Instr, n: usize, result: Obj) {
    // SAFETY: the window's registers.
    unsafe {
        // A stale immediate in the self register owns nothing, so it may be cleared too.
        clear_range(regs, w.a() + 1, n + 1);
        clear(regs, w.a());
        put_obj(regs, w.c(), result);
    }
}

/// A native method on a receiver known to be of the right type.
#[inline]
fn call_method_descr(vm: &Vm, d: &PyMethodDescr, self_: Ref<'_>, args: &[Ref<'_>]) -> PyResult<Obj> {
    match (d.def.func, args) {
        (NativeFn::One(f), [x]) => f(vm, self_, *x),
        (NativeFn::NoArgs(f), []) => f(vm, self_),
        (NativeFn::Fast(f), _) => f(vm, self_, args),
        _ => call_native(vm, d.def, self_, Args::positional(args), || format!("{}.{}", d.objclass.name_lossy(), d.def.name)),
    }
}

#[inline]
fn call_builtin(vm: &Vm, f: &PyBuiltinFunction, args: &[Ref<'_>]) -> PyResult<Obj> {
    let self_ = f.self_.as_ref().map_or(vm.none(), |s| s.r());
    match (f.def.func, args) {
        (NativeFn::One(g), [x]) => g(vm, self_, *x),
        (NativeFn::NoArgs(g), []) => g(vm, self_),
        (NativeFn::Fast(g), _) => g(vm, self_, args),
        _ => vm.call_args(f.r(), Args::positional(args)),
    }
}

/// `CALL` through the type's call slot.
#[inline(never)]
unsafe fn call_generic(vm: &Vm, regs: Regs, w: Instr) -> PyResult<Entered> {
    // SAFETY: as for `op_call`.
    unsafe {
        let a = w.a();
        let n = w.b() as usize;
        let has_self = w.flags() & FLAG_METHOD != 0 && !word(regs, a + 1).is_unbound();
        let args = if has_self { window(regs, a + 1, n + 1) } else { window(regs, a + 2, n) };
        let callee = get(regs, a);
        if std::ptr::eq(callee.ty(vm), vm.types.method_descriptor) && has_self {
            let d = callee.downcast_unchecked::<PyMethodDescr>();
            if args[0].ty(vm).is_subtype(d.objclass) {
                let r = call_method_descr(vm, d, args[0], &args[1..])?;
                finish_call(regs, w, n, r);
                return Ok(None);
            }
        }
        let result = vm.call(callee, args)?;
        finish_call(regs, w, n, result);
        Ok(None)
    }
}

/// `CALL` of a class whose metaclass is `type`: a plain Python class is instantiated here, with
/// its `__init__` entered as a frame.
#[inline(never)]
unsafe fn call_class(vm: &Vm, caller: &Frame, regs: Regs, w: Instr) -> PyResult<Entered> {
    // SAFETY: as for `op_call`.
    unsafe {
        let a = w.a();
        let n = w.b() as usize;
        let cls = get(regs, a).downcast_unchecked::<PyType>();
        let object = vm.types.object;
        if !cls.has_flag(TypeFlags::HEAP) || cls.has_flag(TypeFlags::ABSTRACT) || !same_new(cls, object) {
            return call_generic(vm, regs, w);
        }
        let Some(init) = cls.lookup(vm, vm.names().__init__) else { return call_generic(vm, regs, w) };
        if !init.r().is_exact::<PyFunction>(vm) {
            return call_generic(vm, regs, w);
        }
        let obj = krait_object::instance::alloc_instance(vm, cls, 0)?;
        // The function goes where the class was, the instance where self belongs.
        put_obj(regs, a + 1, obj.clone());
        put_obj(regs, a, init);
        let func = get(regs, a).downcast_unchecked::<PyFunction>();
        let ret = Ret { dst: w.c(), window: a, kind: FrameKind::Init };
        let f = enter_function(vm, caller, regs, func, a + 1, n + 1, ret)?;
        (*f).locals.set(obj.into_value());
        Ok(Some(f))
    }
}

fn same_new(cls: &PyType, object: &PyType) -> bool {
    match (cls.slots.new.get(), object.slots.new.get()) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        _ => false,
    }
}

/// `CALL_KW`: the last arguments are named by a constant tuple.
///
/// # Safety
/// See [`op_call`].
#[inline(never)]
pub unsafe fn op_call_kw(vm: &Vm, caller: &Frame, regs: Regs, w: Instr, names: &PyTuple) -> PyResult<Entered> {
    // SAFETY: the window is bound as the opcode table says.
    unsafe {
        let a = w.a();
        let n = w.b() as usize;
        let nkw = names.len();
        let mut has_self = w.flags() & FLAG_METHOD != 0 && !word(regs, a + 1).is_unbound();
        if !has_self && get(regs, a).is_exact::<PyBoundMethod>(vm) {
            let m = get(regs, a).downcast_unchecked::<PyBoundMethod>();
            let (func, self_) = (m.func.clone(), m.self_.clone());
            put_obj(regs, a + 1, self_);
            put_obj(regs, a, func);
            has_self = true;
        }
        let callee = get(regs, a);
        let first = if has_self { a + 1 } else { a + 2 };
        let total = if has_self { n + 1 } else { n };
        if let Some(func) = callee.downcast_exact::<PyFunction>(vm) {
            let ret = Ret { dst: w.c(), window: a, kind: FrameKind::Call };
            let npos = total - nkw;
            if let Some(f) = enter_in_place(vm, caller, regs, func, first, npos, names.as_slice(), ret)? {
                return Ok(Some(f));
            }
            let kw = keyword_pairs(vm, names, window(regs, first + npos as u16, nkw));
            let pos: Vec<Obj> = (0..npos).map(|i| take(regs, first + i as u16)).collect();
            clear_range(regs, first + npos as u16, nkw);
            return enter_bound(vm, caller, regs, func, first, pos, &kw, ret).map(Some);
        }
        if std::ptr::eq(callee.ty(vm), vm.types.r#type) && !has_self {
            let cls = callee.downcast_unchecked::<PyType>();
            if cls.has_flag(TypeFlags::HEAP)
                && !cls.has_flag(TypeFlags::ABSTRACT)
                && same_new(cls, vm.types.object)
                && let Some(init) = cls.lookup(vm, vm.names().__init__).filter(|i| i.r().is_exact::<PyFunction>(vm))
            {
                let obj = krait_object::instance::alloc_instance(vm, cls, 0)?;
                let npos = n - nkw;
                let ret = Ret { dst: w.c(), window: a, kind: FrameKind::Init };
                put_obj(regs, a + 1, obj.clone());
                let callee = init.r().downcast_unchecked::<PyFunction>();
                if let Some(f) = enter_in_place(vm, caller, regs, callee, a + 1, npos + 1, names.as_slice(), ret)? {
                    put_obj(regs, a, init);
                    (*f).locals.set(obj.into_value());
                    return Ok(Some(f));
                }
                clear(regs, a + 1);
                let kw = keyword_pairs(vm, names, window(regs, first + npos as u16, nkw));
                let mut pos = Vec::with_capacity(npos + 1);
                pos.push(obj.clone());
                pos.extend((0..npos).map(|i| take(regs, first + i as u16)));
                clear_range(regs, first + npos as u16, nkw);
                put_obj(regs, a, init);
                let func = get(regs, a).downcast_unchecked::<PyFunction>();
                let f = enter_bound(vm, caller, regs, func, first, pos, &kw, ret)?;
                (*f).locals.set(obj.into_value());
                return Ok(Some(f));
            }
        }
        let args = window(regs, first, total);
        let result = vm.call_args(callee, Args::new(args, Some(names)))?;
        finish_call(regs, w, n, result);
        Ok(None)
    }
}

/// `CALL_EX`: arguments from an iterable and a mapping.
///
/// # Safety
/// See [`op_call`].
#[inline(never)]
pub unsafe fn op_call_ex(vm: &Vm, caller: &Frame, regs: Regs, w: Instr) -> PyResult<Entered> {
    // SAFETY: the window is bound as the opcode table says.
    unsafe {
        let a = w.a();
        let args = match get(regs, a + 2).downcast_exact::<PyTuple>(vm) {
            Some(t) => t.to_py(),
            None => {
                let it = get(regs, a + 2);
                if it.ty(vm).slots.iter.get().is_none() && !vm.is_sequence(it) {
                    let name = super::names::callable_text(vm, get(regs, a))?;
                    return Err(vm.type_error(format!("{name} argument after * must be an iterable, not {}", it.ty(vm).tp_name())));
                }
                vm.to_tuple(it)?
            }
        };
        let kwargs = if w.b() == 1 {
            match get(regs, a + 3).downcast::<PyDict>(vm) {
                Some(d) => Some(d.to_py()),
                None => Some(super::build::mapping_to_kwargs(vm, get(regs, a), get(regs, a + 3))?),
            }
        } else {
            None
        };
        let kwargs = kwargs.filter(|k| !k.is_empty());
        let mut callee = get(regs, a).to_obj();
        let mut pos: Vec<Obj> = Vec::new();
        if let Some(m) = callee.r().downcast_exact::<PyBoundMethod>(vm) {
            pos.push(m.self_.clone());
            let func = m.func.clone();
            callee = func;
        }
        if callee.r().is_exact::<PyFunction>(vm) {
            pos.extend(args.as_slice().iter().cloned());
            let kw = match &kwargs {
                Some(d) => dict_pairs(vm, d)?,
                None => Vec::new(),
            };
            drop(args);
            drop(kwargs);
            clear_range(regs, a + 1, 3);
            put_obj(regs, a, callee);
            let func = get(regs, a).downcast_unchecked::<PyFunction>();
            let ret = Ret { dst: w.c(), window: a, kind: FrameKind::Call };
            return enter_bound(vm, caller, regs, func, a + 2, pos, &kw, ret).map(Some);
        }
        let result = vm.call_ex(get(regs, a), &args, kwargs.as_deref())?;
        drop(callee);
        drop(args);
        drop(kwargs);
        clear_range(regs, a + 1, 3);
        clear(regs, a);
        put_obj(regs, w.c(), result);
        Ok(None)
    }
}

fn dict_pairs(vm: &Vm, d: &PyDict) -> PyResult<Vec<(Py<PyStr>, Obj)>> {
    let mut out = Vec::with_capacity(d.len());
    let mut pos = 0;
    while let Some((k, v)) = d.next_entry(&mut pos) {
        match k.downcast::<PyStr>(vm) {
            Ok(k) => out.push((k, v)),
            Err(_) => return Err(vm.type_error("keywords must be strings")),
        }
    }
    Ok(out)
}

/// Calls a Python function from native code.
pub fn call_function(vm: &Vm, callable: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    let Some(func) = callable.downcast::<PyFunction>(vm) else {
        return Err(vm.type_error("function expected"));
    };
    vm.check_stack("")?;
    let func = func.to_py();
    // SAFETY: the frame's registers are fresh ones above everything in use; `func` is owned here
    // for the whole call.
    unsafe {
        let code = code_of(&func).to_py();
        let base = vm.exec.sp.get();
        let f = push_frame(vm, &func, &code, base, FrameKind::Entry)?;
        let pos = args.pos();
        let simple = code.simple_args && pos.len() == code.argcount as usize && !args.has_kw();
        if simple || base.add(pos.len() + args.kw_values().len()) <= vm.exec.limit.get() {
            for (i, v) in pos.iter().chain(args.kw_values()).enumerate() {
                base.add(i).write(v.to_obj().into_value());
            }
        }
        let bound = if simple {
            for i in pos.len()..code.nregs as usize {
                base.add(i).write(Value::UNBOUND);
            }
            true
        } else {
            let n = pos.len() + args.kw_values().len();
            let names = args.names().map_or(&[][..], |n| n.as_slice());
            let strs = names.iter().all(|n| n.r().is_instance_of::<PyStr>(vm));
            let fits = base.add(n) <= vm.exec.limit.get();
            let done = if fits && strs { bind_in_place(vm, &func, &code, base, pos.len(), names) } else { Ok(false) };
            if fits && !matches!(done, Ok(true)) {
                for i in 0..n {
                    drop(Obj::from_value(base.add(i).replace(Value::UNBOUND)));
                }
            }
            match done {
                Ok(done) => done,
                Err(e) => {
                    unpush_frame(vm, f);
                    return Err(e);
                }
            }
        };
        if !bound {
            for i in 0..code.nregs as usize {
                base.add(i).write(Value::UNBOUND);
            }
            let kw = match args.names() {
                Some(names) => keyword_pairs(vm, names, args.kw_values()),
                None => Vec::new(),
            };
            if let Err(e) = bind(vm, &func, &code, base, pos.iter().map(|r| r.to_obj()).collect(), &kw) {
                pop_frame(vm, f);
                return Err(e);
            }
        }
        super::dispatch::run(vm, f)
    }
}

/// Runs a function made from a module, class or `exec` code object with the given locals mapping.
pub fn run_code(vm: &Vm, func: &Py<PyFunction>, locals: Option<Obj>) -> PyResult<Obj> {
    vm.check_stack("")?;
    // SAFETY: as for `call_function`.
    unsafe {
        let code = code_of(func).to_py();
        let base = vm.exec.sp.get();
        let f = push_frame(vm, func, &code, base, FrameKind::Entry)?;
        for i in 0..code.nregs as usize {
            base.add(i).write(Value::UNBOUND);
        }
        (*f).locals.set(locals.map_or(Value::UNBOUND, Obj::into_value));
        super::dispatch::run(vm, f)
    }
}
