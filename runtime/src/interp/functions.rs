//! Code objects from compiled units, and function objects.

use std::cell::{Cell, UnsafeCell};
use std::sync::Arc;

use krait_frontend::bytecode::{FuncAttr, Instr};
use krait_frontend::code::{CodeUnit, Const, LazyUnit, LocalKind};
use krait_object::code::{CodeBody, CodeHead, LazyBody, PyCode, Site};
use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::function::{PyFunction, alloc_exact, no_header};
use krait_object::set::PySet;
use krait_object::slice::PySlice;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Py, Value};

use super::regs::{Regs, get, own};

/// A constant as an object. Name-like strings are interned, as in CPython.
pub fn constant(vm: &Vm, c: &Const) -> PyResult<Obj> {
    Ok(match c {
        Const::None => Obj::none(),
        Const::True => Obj::bool(true),
        Const::False => Obj::bool(false),
        Const::Ellipsis => krait_object::singletons::ellipsis().to_obj(),
        Const::Int(i) => vm.int_i64(*i),
        Const::BigInt(b) => vm.int_big(b.clone()),
        Const::Float(f) => vm.float(*f),
        Const::Complex(re, im) => vm.call(vm.types.complex.r(), &[vm.float(*re).r(), vm.float(*im).r()])?,
        Const::Str(s) => {
            let s = match s.as_str() {
                Some(text) if is_name_like(text) => return Ok(vm.intern(text).into_obj()),
                Some(text) => return Ok(vm.str(text)),
                None => s.code_points().collect::<Vec<u32>>(),
            };
            PyStr::from_code_points(vm, &s).into_obj()
        }
        Const::Bytes(b) => vm.bytes(b),
        Const::Tuple(items) => vm.tuple(items.iter().map(|c| constant(vm, c)).collect::<PyResult<_>>()?),
        Const::FrozenSet(items) => {
            let s = PySet::new_frozen(vm);
            for c in items.iter() {
                s.add(vm, constant(vm, c)?.r())?;
            }
            s.into_obj()
        }
        Const::Slice(parts) => {
            let [a, b, c] = &**parts;
            PySlice::new(vm, constant(vm, a)?, constant(vm, b)?, constant(vm, c)?).into_obj()
        }
        Const::Code(unit) => code_from_unit(vm, unit.clone())?.into_obj(),
        Const::Lazy(unit) => lazy_code(vm, unit).into_obj(),
    })
}

fn is_name_like(s: &str) -> bool {
    s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A code object for a verified unit.
pub fn code_from_unit(vm: &Vm, unit: Arc<CodeUnit>) -> PyResult<Py<PyCode>> {
    let head = CodeHead {
        name: vm.intern(&unit.name),
        qualname: vm.intern(&unit.qualname),
        filename: vm.intern(&unit.filename),
        flags: unit.flags,
        argcount: unit.argcount,
        posonlyargcount: unit.posonlyargcount,
        kwonlyargcount: unit.kwonlyargcount,
        nregs: unit.nregs,
        nlocals: unit.nlocals,
    };
    let body = body_from_unit(vm, unit)?;
    Ok(PyCode::new(vm, head, Ok(body)))
}

fn body_from_unit(vm: &Vm, unit: Arc<CodeUnit>) -> PyResult<CodeBody> {
    let consts = unit.consts.iter().map(|c| constant(vm, c)).collect::<PyResult<Box<[Obj]>>>()?;
    let names: Box<[Py<PyStr>]> = unit.names.iter().map(|n| vm.intern(n)).collect();
    let sites: Box<[Site]> = unit.sites.iter().map(|s| empty_site(&names[s.name as usize])).collect();
    let local_names = unit.locals.iter().map(|l| vm.intern(&l.name)).collect();
    Ok(CodeBody {
        instrs: UnsafeCell::new(unit.instrs.clone().into_boxed_slice()),
        consts,
        sites,
        local_names,
        freevars: unit.freevars.iter().map(|n| vm.intern(n)).collect(),
        names,
        unit,
    })
}

/// A code object whose body is made when it is first entered or looked into.
fn lazy_code(vm: &Vm, unit: &Arc<LazyUnit>) -> Py<PyCode> {
    let head = CodeHead {
        name: vm.intern(unit.name),
        qualname: vm.intern(unit.qualname),
        filename: vm.intern(&unit.filename),
        flags: unit.flags,
        argcount: unit.argcount,
        posonlyargcount: unit.posonlyargcount,
        kwonlyargcount: unit.kwonlyargcount,
        nregs: unit.nregs,
        nlocals: unit.nlocals,
    };
    PyCode::new(vm, head, Err(Box::new(LazyBody { unit: unit.clone(), load: load_body })))
}

fn load_body(vm: &Vm, unit: &LazyUnit) -> CodeBody {
    let outside = vm.pending.take();
    let body = match unit.load() {
        Ok(u) => body_from_unit(vm, Arc::new(u)),
        Err(e) => Err(vm.system_error(format!("embedded code: {e}"))),
    };
    let body = match body {
        Ok(b) => b,
        // The embedded library was made by the build: this is a bug there.
        Err(e) => {
            let exc = vm.take_raised(e);
            panic!("code of {}: {}", unit.qualname, exc.r().ty(vm).name_lossy())
        }
    };
    vm.pending.set(outside);
    body
}

fn empty_site(name: &Py<PyStr>) -> Site {
    Site {
        name: Cell::new(name.as_ptr()),
        key: Cell::new(0),
        version: Cell::new(0),
        index: Cell::new(0),
        value: Cell::new(Value::UNBOUND),
        misses: Cell::new(0),
        kind: Cell::new(0),
        extra: Cell::new(0),
        key2: Cell::new(0),
    }
}

/// Is local register `i` a cell variable's?
pub fn is_cell(code: &PyCode, i: usize) -> bool {
    code.unit.locals.get(i).is_some_and(|l| matches!(l.kind, LocalKind::Cell | LocalKind::HiddenCell))
}

/// A function for a code object, with the builtins its globals name.
pub fn new_function(vm: &Vm, code: Py<PyCode>, globals: Py<PyDict>) -> PyResult<Py<PyFunction>> {
    let builtins = builtins_of(vm, &globals)?;
    new_function_with(vm, code, globals, builtins, None)
}

/// The builtins mapping for functions with these globals.
pub fn builtins_of(vm: &Vm, globals: &PyDict) -> PyResult<Obj> {
    if let Some(b) = globals.get_str(vm, vm.names().__builtins__)? {
        return Ok(match krait_object::module::module_dict(vm, b.r()) {
            Some(d) => d.into_obj(),
            None => b,
        });
    }
    // No `__builtins__`: those of the caller, as CPython takes them.
    let top = vm.exec.top.get();
    // SAFETY: the running frame and its function are alive.
    if let Some(f) = unsafe { top.as_ref() } {
        // SAFETY: as above.
        return Ok(unsafe { (*f.func.get()).builtins.clone() });
    }
    match vm.interp.builtins.get() {
        Some(b) => Ok(b.clone().into_obj()),
        None => Ok(PyDict::new(vm).into_obj()),
    }
}

/// A function with everything given.
pub fn new_function_with(
    vm: &Vm,
    code: Py<PyCode>,
    globals: Py<PyDict>,
    builtins: Obj,
    closure: Option<Py<PyTuple>>,
) -> PyResult<Py<PyFunction>> {
    let module = globals.get_str(vm, vm.names().__name__)?;
    let payload = PyFunction {
        header: no_header(),
        name: UnsafeCell::new(code.name.clone()),
        qualname: UnsafeCell::new(code.qualname.clone()),
        code: UnsafeCell::new(code),
        globals,
        builtins,
        defaults: UnsafeCell::new(None),
        kwdefaults: UnsafeCell::new(None),
        closure,
        doc: UnsafeCell::new(None),
        module: UnsafeCell::new(module),
        annotations: UnsafeCell::new(None),
        annotate: UnsafeCell::new(None),
        type_params: UnsafeCell::new(None),
        version: Cell::new(0),
    };
    // SAFETY: `function` has this layout.
    Ok(unsafe { alloc_exact(vm, vm.types.function, payload) })
}

/// The annotations the compiler gives as a flat tuple of names and strings, as a dict.
fn annotations(vm: &Vm, v: Obj) -> Obj {
    let Some(t) = v.r().downcast_exact::<PyTuple>(vm) else { return v };
    let d = PyDict::new(vm);
    for pair in t.as_slice().chunks_exact(2) {
        // Names are strs: setting them cannot fail but for lack of memory.
        if let Err(e) = d.set(vm, pair[0].r(), pair[1].r()) {
            drop(vm.take_raised(e));
        }
    }
    d.into_obj()
}

/// `SET_FUNC_ATTR`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`; `a` holds a function just made.
pub unsafe fn set_func_attr(vm: &Vm, regs: Regs, w: Instr) {
    // SAFETY: the function is not shared yet, so its fields may be replaced.
    unsafe {
        let v = own(regs, w.b(), w.flags() & krait_frontend::bytecode::FLAG_KB != 0);
        let p = get(regs, w.a()).value().header_ptr() as *mut PyFunction;
        let f = &mut *p;
        match FuncAttr::from_u16(w.c()) {
            Some(FuncAttr::Defaults) => *f.defaults.get_mut() = v.downcast::<PyTuple>(vm).ok(),
            Some(FuncAttr::KwDefaults) => *f.kwdefaults.get_mut() = v.downcast::<PyDict>(vm).ok(),
            Some(FuncAttr::Annotations) => *f.annotations.get_mut() = Some(annotations(vm, v)),
            Some(FuncAttr::Closure) => f.closure = v.downcast::<PyTuple>(vm).ok(),
            Some(FuncAttr::Annotate) => *f.annotate.get_mut() = Some(v),
            Some(FuncAttr::TypeParams) => *f.type_params.get_mut() = Some(v),
            None => {}
        }
    }
}

/// Code objects replaced by `f.__code__ = ...`: frames may still run them.
#[derive(Default)]
struct KeptCode(std::cell::RefCell<Vec<Py<PyCode>>>);

/// Keeps a replaced code object alive for frames that still run it.
pub fn keep_code(vm: &Vm, code: Py<PyCode>) {
    vm.interp.state::<KeptCode>().0.borrow_mut().push(code);
}
