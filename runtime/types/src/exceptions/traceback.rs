//! The `traceback` type.

use krait_object::native::GetSetDef;
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;
use krait_object::traceback::{LINE_UNKNOWN, PyTraceback};
use krait_object::ty::{TypeIndex, dealloc_fixed};
use krait_object::unpack::ParamSpec;

use super::support::{check_count, getset, method, this};

/// `types.TracebackType`.
pub static DEF: TypeDef = TypeDef {
    name: "traceback",
    module: "builtins",
    doc: Some("TracebackType(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object."),
    base: None,
    basicsize: size_of::<PyTraceback>(),
    itemsize: 0,
    flags: TypeFlags::GC.or(TypeFlags::IMMUTABLE),
    dealloc: dealloc_fixed::<PyTraceback>,
    traverse: Some(traverse),
    clear: Some(clear),
    slots: SlotDefs { new: Some(new), ..SlotDefs::EMPTY },
    methods: &[method("__dir__", NativeFn::NoArgs(dir), None)],
    getset: &[getset("tb_next", tb_next, set_tb_next, None), GetSetDef { name: "tb_lineno", get: Some(tb_lineno), set: None, doc: None }],
    members: &[
        MemberDef { name: "tb_frame", get: |_, o| Ok(tb(o).frame.clone()), set: None, doc: None },
        MemberDef { name: "tb_lasti", get: |vm, o| Ok(vm.int_i64(tb(o).lasti.into())), set: None, doc: None },
    ],
    attrs: None,
    table: Some(|t| t.traceback),
    index: TypeIndex::new(),
};

/// # Safety
/// `p` is a traceback.
unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: by contract.
    unsafe { (*(p as *const PyTraceback)).trace(v) }
}

/// # Safety
/// `p` is a traceback.
unsafe fn clear(_vm: &Vm, p: *const Header) {
    // SAFETY: by contract.
    unsafe { (*(p as *const PyTraceback)).unlink() }
}

fn tb(o: Ref<'_>) -> &PyTraceback {
    this::<PyTraceback>(o)
}

fn int_arg(vm: &Vm, o: Ref<'_>) -> PyResult<i32> {
    let i = vm.index(o)?;
    match i.r().as_int(vm).and_then(|i| i.to_i64()) {
        Some(n) if i32::try_from(n).is_ok() => Ok(n as i32),
        _ => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

fn new(vm: &Vm, _ty: &PyType, args: Args<'_>) -> PyResult<Obj> {
    static SPEC: ParamSpec = ParamSpec {
        func: "traceback",
        names: &["tb_next", "tb_frame", "tb_lasti", "tb_lineno"],
        posonly: 0,
        npos: 4,
        minpos: 4,
        required: 0b1111,
        varargs: false,
        varkw: false,
    };
    let mut out = [None; 4];
    SPEC.unpack(vm, &args, &mut out)?;
    let [Some(next), Some(frame), Some(lasti), Some(lineno)] = out else {
        check_count(vm, "traceback()", args.all().len(), 4, 4)?;
        return Err(vm.type_error("traceback() missing required argument"));
    };
    if !std::ptr::eq(frame.ty(vm), vm.types.frame) {
        let got = if frame.is_none() { "None".to_owned() } else { frame.ty(vm).tp_name() };
        return Err(vm.type_error(format!("traceback() argument 'tb_frame' must be frame, not {got}")));
    }
    let (lasti, lineno) = (int_arg(vm, lasti)?, int_arg(vm, lineno)?);
    let next = next_arg(vm, next, "traceback object or None")?;
    Ok(PyTraceback::new(vm, next, frame.to_obj(), lasti, lineno).into_obj())
}

/// A traceback or None; `what` is how an error names that.
fn next_arg(vm: &Vm, o: Ref<'_>, what: &str) -> PyResult<Option<Obj>> {
    if o.is_none() {
        Ok(None)
    } else if o.is_exact::<PyTraceback>(vm) {
        Ok(Some(o.to_obj()))
    } else {
        Err(vm.type_error(format!("expected {what}, got '{}'", o.ty(vm).tp_name())))
    }
}

fn tb_next(_vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    Ok(tb(zelf).next().unwrap_or_else(Obj::none))
}

fn set_tb_next(vm: &Vm, zelf: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("can't delete tb_next attribute")) };
    let new = next_arg(vm, value, "traceback object")?;
    let mut at = new.clone();
    while let Some(t) = at {
        if t.r().ptr_eq(zelf) {
            return Err(vm.value_error("traceback loop detected"));
        }
        at = t.r().downcast::<PyTraceback>(vm).and_then(PyTraceback::next);
    }
    drop(tb(zelf).next.replace(new));
    Ok(())
}

/// The line, worked out from the position at the first request.
pub fn line_of(vm: &Vm, t: &PyTraceback) -> PyResult<Option<i32>> {
    let known = t.lineno.get();
    if known != LINE_UNKNOWN {
        return Ok(Some(known));
    }
    let code = vm.getattr_str(t.frame.r(), "f_code")?;
    let line =
        code.r().downcast::<krait_object::code::PyCode>(vm).and_then(|c| c.unit.line((t.lasti.max(0) / 2) as usize)).map(|l| l as i32);
    if let Some(l) = line {
        t.lineno.set(l);
    }
    Ok(line)
}

fn tb_lineno(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    Ok(line_of(vm, tb(zelf))?.map_or_else(Obj::none, |l| vm.int_i64(l.into())))
}

fn dir(vm: &Vm, _zelf: Ref<'_>) -> PyResult<Obj> {
    let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"];
    Ok(vm.list(names.iter().map(|n| vm.intern(n).into_obj()).collect()))
}
