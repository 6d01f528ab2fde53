//! `_opcode` and `_opcode_metadata`: the opcode table for `opcode` and `dis`.

use krait_frontend::CodeUnit;
use krait_frontend::bytecode::{Ext, Instr, Intrinsic1, Intrinsic2, Kind, Op, OpInfo};
use krait_frontend::disasm::operand_text;
use krait_macros::pymodule;
use krait_object::code::PyCode;
use krait_object::prelude::*;

/// Opcodes of CPython that the library names but Krait has no use for. They get the numbers after
/// the real ones, so that looking them up works and no instruction matches.
const FOREIGN: [&str; 29] = [
    "CACHE",
    "EXTENDED_ARG",
    "COMPARE_OP",
    "CONVERT_VALUE",
    "SET_FUNCTION_ATTRIBUTE",
    "ENTER_EXECUTOR",
    "LOAD_GLOBAL",
    "LOAD_SMALL_INT",
    "BINARY_OP",
    "JUMP_BACKWARD",
    "FOR_ITER",
    "SEND",
    "LOAD_ATTR",
    "LOAD_SUPER_ATTR",
    "CALL_INTRINSIC_1",
    "CALL_INTRINSIC_2",
    "LOAD_COMMON_CONSTANT",
    "LOAD_SPECIAL",
    "LOAD_FAST_LOAD_FAST",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    "STORE_FAST_LOAD_FAST",
    "STORE_FAST_STORE_FAST",
    "IS_OP",
    "CONTAINS_OP",
    "END_ASYNC_FOR",
    "IMPORT_NAME",
    "STORE_NAME",
    "STORE_GLOBAL",
    "CALL",
];

fn info(opcode: i32) -> Option<&'static OpInfo> {
    u8::try_from(opcode).ok().and_then(Op::from_u8).map(Op::info)
}

fn any_kind(opcode: i32, want: impl Fn(Kind) -> bool) -> bool {
    info(opcode).is_some_and(|i| [i.a, i.b, i.c].into_iter().any(want))
}

fn is_number(k: Kind) -> bool {
    !matches!(k, Kind::None)
}

const BINARY_OPS: [(&str, &str); 27] = [
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

/// Offsets shown to Python count units of two.
fn shown(at: usize) -> Obj {
    Obj::small(at as i64 * 2)
}

/// Calls `f` with every instruction and its offset.
fn each(unit: &CodeUnit, mut f: impl FnMut(usize, Instr)) {
    let mut at = 0;
    while let Some(w) = unit.instrs.get(at).map(|w| Instr(*w)) {
        f(at, w);
        at += w.op().words();
    }
}

/// The name at the inline cache of the instruction at an offset.
fn site_name(unit: &CodeUnit, at: usize) -> Option<&str> {
    let site = unit.sites.get(*unit.instrs.get(at + 1)? as usize)?;
    unit.names.get(site.name as usize).map(|n| &**n)
}

/// The first named local an instruction has for an operand.
fn local_of(unit: &CodeUnit, w: Instr) -> Option<String> {
    let info = w.op().info();
    let register = |k: Kind| matches!(k, Kind::Write | Kind::Read | Kind::Update);
    let operands = [(info.a, w.a()), (info.b, w.b()), (info.c, w.c())];
    operands.into_iter().find_map(|(k, r)| unit.locals.get(r as usize).filter(|_| register(k)).map(|l| l.name.to_string()))
}

fn names(of: impl Fn(u16) -> Option<&'static str>) -> Vec<String> {
    let invalid = std::iter::once("INVALID".to_owned());
    invalid.chain((1..256).map_while(|n| of(n).map(str::to_owned))).collect()
}

/// Opcode support module.
#[pymodule(name = "_opcode")]
pub mod opcode {
    use super::*;

    #[pyattr]
    const ENABLE_SPECIALIZATION: bool = true;
    #[pyattr]
    const ENABLE_SPECIALIZATION_FT: bool = false;

    /// Compute the stack effect of the opcode.
    #[pyfunction("stack_effect(opcode, oparg=None, /, *, jump=None)")]
    fn stack_effect(vm: &Vm, opcode: i32, oparg: Option<Ref<'_>>, jump: Option<Ref<'_>>) -> PyResult<i32> {
        if let Some(j) = jump
            && !j.ptr_eq(Obj::bool(true).r())
            && !j.ptr_eq(Obj::bool(false).r())
        {
            return Err(vm.value_error("stack_effect: jump must be False, True or None"));
        }
        if let Some(a) = oparg {
            krait_object::convert::c_int(vm, a)?;
        }
        // Instructions name registers: none of them moves a stack.
        if info(opcode).is_some() { Ok(0) } else { Err(vm.value_error("invalid opcode or oparg")) }
    }
    /// Return True if opcode is valid, False otherwise.
    #[pyfunction("is_valid(opcode)")]
    fn is_valid(opcode: i32) -> bool {
        info(opcode).is_some()
    }
    /// Return True if the opcode uses its oparg, False otherwise.
    #[pyfunction("has_arg(opcode)")]
    fn has_arg(opcode: i32) -> bool {
        any_kind(opcode, is_number) || info(opcode).is_some_and(OpInfo::has_ext)
    }
    /// Return True if the opcode accesses a constant, False otherwise.
    #[pyfunction("has_const(opcode)")]
    fn has_const(opcode: i32) -> bool {
        any_kind(opcode, |k| matches!(k, Kind::Const32))
            || info(opcode).is_some_and(|i| matches!(i.ext, krait_frontend::bytecode::Ext::Const))
    }
    /// Return True if the opcode accesses an attribute by name, False otherwise.
    #[pyfunction("has_name(opcode)")]
    fn has_name(opcode: i32) -> bool {
        info(opcode).is_some_and(|i| matches!(i.ext, krait_frontend::bytecode::Ext::Site) && i.doc.contains("name"))
    }
    /// Return True if the opcode has a jump target, False otherwise.
    #[pyfunction("has_jump(opcode)")]
    fn has_jump(opcode: i32) -> bool {
        u8::try_from(opcode).ok().and_then(Op::from_u8).is_some_and(Op::is_jump)
    }
    /// Return True if the opcode accesses a free variable, False otherwise.
    ///
    /// Note that 'free' in this context refers to names in the current scope
    /// that are referenced by inner scopes or names that are referenced from this
    /// scope. It does not include names in the global or builtin scopes.
    #[pyfunction("has_free(opcode)")]
    fn has_free(opcode: i32) -> bool {
        info(opcode).is_some_and(|i| i.name.ends_with("_FREE") || i.name.ends_with("_CELL") || i.name.ends_with("CLOSURE"))
    }
    /// Return True if the opcode accesses a local variable, False otherwise.
    #[pyfunction("has_local(opcode)")]
    fn has_local(opcode: i32) -> bool {
        any_kind(opcode, |k| matches!(k, Kind::Write | Kind::Read | Kind::Update))
    }
    /// Return True if the opcode sets an exception handler, False otherwise.
    #[pyfunction("has_exc(opcode)")]
    fn has_exc(_opcode: i32) -> bool {
        false
    }
    /// Return the specialization stats
    #[pyfunction("get_specialization_stats()")]
    fn get_specialization_stats() {}
    /// Return the executor object at offset in code if exists, None otherwise.
    #[pyfunction("get_executor(*, code, offset)")]
    fn get_executor(vm: &Vm, code: Ref<'_>, _offset: i32) -> PyResult<()> {
        if std::ptr::eq(code.ty(vm), vm.types.code) {
            return Ok(());
        }
        Err(vm.type_error(format!("expected a code object, not '{}'", code.ty(vm).tp_name())))
    }
    /// Return array of symbols of binary ops.
    ///
    /// Indexed by the BINARY_OP oparg value.
    #[pyfunction("get_nb_ops()")]
    fn get_nb_ops(vm: &Vm) -> Vec<Obj> {
        BINARY_OPS.iter().map(|(n, s)| vm.tuple(vec![vm.str(n), vm.str(s)])).collect()
    }
    /// Return a list of names of the unary intrinsics.
    #[pyfunction("get_intrinsic1_descs()")]
    fn get_intrinsic1_descs() -> Vec<String> {
        names(|n| Intrinsic1::from_u16(n).map(Intrinsic1::name))
    }
    /// Return a list of names of the binary intrinsics.
    #[pyfunction("get_intrinsic2_descs()")]
    fn get_intrinsic2_descs() -> Vec<String> {
        names(|n| Intrinsic2::from_u16(n).map(Intrinsic2::name))
    }
    /// The instructions of co_code: tuples of offset, opcode and first operand (None if it has none).
    #[pyfunction("_unpack(code, /)")]
    fn unpack(vm: &Vm, code: BufferArg) -> Vec<Obj> {
        let words: Vec<Instr> =
            code.as_slice().chunks_exact(8).map(|w| Instr(u64::from_le_bytes(w.try_into().unwrap_or_default()))).collect();
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(w) = words.get(at) {
            let info = w.op().info();
            let arg = match [info.a, info.b].into_iter().position(|k| k != Kind::None) {
                Some(0) => Obj::small(w.a().into()),
                Some(_) => Obj::small(w.imm32().into()),
                None => Obj::none(),
            };
            out.push(vm.tuple(vec![shown(at), Obj::small(w.opcode().into()), arg]));
            at += info.words();
        }
        out
    }
    /// Where the jumps in co_code lead, sorted.
    #[pyfunction("_jump_targets(code, /)")]
    fn jump_targets(vm: &Vm, code: BufferArg) -> Vec<Obj> {
        let words: Vec<Instr> =
            code.as_slice().chunks_exact(8).map(|w| Instr(u64::from_le_bytes(w.try_into().unwrap_or_default()))).collect();
        let mut targets = std::collections::BTreeSet::new();
        let mut at = 0;
        while let Some(w) = words.get(at) {
            at += w.op().words();
            targets.extend(w.jump_target(at as u32).map(|t| t as usize * 2));
        }
        targets.into_iter().map(|t| vm.int_usize(t)).collect()
    }
    /// Number of words of an instruction.
    #[pyfunction("_words(name, /)")]
    fn words(name: &str) -> usize {
        Op::INFO.iter().find(|i| i.name == name).map_or(1, OpInfo::words)
    }
    /// The value and the text of the operands of the instruction at an offset.
    #[pyfunction("_describe(code, offset, /)")]
    fn describe(vm: &Vm, code: Ref<'_>, offset: usize) -> PyResult<Obj> {
        let Some(code) = code.downcast::<PyCode>(vm) else { return Ok(vm.tuple(vec![Obj::none(), vm.str("")])) };
        let (unit, at) = (&code.unit, offset / 2);
        let Some(w) = unit.instrs.get(at).map(|w| Instr(*w)) else { return Err(vm.value_error("no such instruction")) };
        let info = w.op().info();
        let text = operand_text(unit, at);
        let ext = || unit.instrs.get(at + 1).map_or(0, |w| *w as usize);
        let constant = |k: usize| code.ensure_body().consts.get(k).cloned().unwrap_or_else(Obj::none);
        let value = if let Some(target) = w.jump_target((at + info.words()) as u32) {
            Obj::small(i64::from(target) * 2)
        } else if info.b == Kind::Const32 {
            constant(w.index32() as usize)
        } else {
            match info.ext {
                Ext::Const => constant(ext()),
                Ext::Site => unit.sites.get(ext()).and_then(|s| unit.names.get(s.name as usize)).map_or_else(Obj::none, |n| vm.str(n)),
                _ => local_of(unit, w).map_or_else(|| vm.str(&text), |n| vm.str(&n)),
            }
        };
        Ok(vm.tuple(vec![value, vm.str(&text)]))
    }
    /// The exception table: tuples of start, end, handler, depth, and whether the position is kept.
    #[pyfunction("_exceptions(code, /)")]
    fn exceptions(vm: &Vm, code: Ref<'_>) -> Vec<Obj> {
        let Some(code) = code.downcast::<PyCode>(vm) else { return Vec::new() };
        let row = |e: &krait_frontend::code::ExceptionEntry| {
            let (start, end, handler) = (shown(e.start as usize), shown(e.end as usize), shown(e.handler as usize));
            vm.tuple(vec![start, end, handler, Obj::small(e.depth.into()), Obj::bool(e.lasti)])
        };
        code.unit.exceptions.iter().map(row).collect()
    }
    /// The import statements of a code object: tuples of name, level and names imported.
    #[pyfunction("_imports(code, /)")]
    fn imports(vm: &Vm, code: Ref<'_>) -> Vec<Obj> {
        let Some(code) = code.downcast::<PyCode>(vm) else { return Vec::new() };
        let (unit, consts) = (&code.unit, &code.ensure_body().consts);
        let mut held: std::collections::HashMap<u16, Obj> = std::collections::HashMap::new();
        let mut out = Vec::new();
        each(unit, |at, w| match w.op() {
            Op::LOAD_CONST => {
                held.insert(w.a(), consts.get(w.index32() as usize).cloned().unwrap_or_else(Obj::none));
            }
            Op::LOAD_INT => {
                held.insert(w.a(), Obj::small(w.imm32().into()));
            }
            Op::IMPORT_NAME => {
                let name = site_name(unit, at).map_or_else(Obj::none, |n| vm.str(n));
                let of = |r: u16| held.get(&r).cloned().unwrap_or_else(Obj::none);
                out.push(vm.tuple(vec![name, of(w.b()), of(w.b() + 1)]));
            }
            _ => {}
        });
        out
    }
    /// The global names a code object stores.
    #[pyfunction("_stores(code, /)")]
    fn stores(vm: &Vm, code: Ref<'_>) -> Vec<Obj> {
        let Some(code) = code.downcast::<PyCode>(vm) else { return Vec::new() };
        let mut out = Vec::new();
        each(&code.unit, |at, w| {
            if matches!(w.op(), Op::STORE_NAME | Op::STORE_GLOBAL) {
                out.extend(site_name(&code.unit, at).map(|n| vm.str(n)));
            }
        });
        out
    }
    /// Return a list of special method names.
    #[pyfunction("get_special_method_names()")]
    fn get_special_method_names() -> Vec<String> {
        ["__enter__", "__exit__", "__aenter__", "__aexit__"].map(str::to_owned).to_vec()
    }
}

/// Numbers of opcodes by name.
#[pymodule(name = "_opcode_metadata")]
pub mod opcode_metadata {
    use super::*;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let opmap = PyDict::new(vm);
        for (n, i) in Op::INFO.iter().enumerate() {
            opmap.set_item_str(vm, i.name, vm.int_usize(n))?;
        }
        let mut next = Op::INFO.len();
        for name in FOREIGN {
            if opmap.get_item_str(vm, name)?.is_none() {
                opmap.set_item_str(vm, name, vm.int_usize(next))?;
                next += 1;
            }
        }
        module.add(vm, "opmap", opmap)?;
        module.add(vm, "_specializations", PyDict::new(vm))?;
        module.add(vm, "_specialized_opmap", PyDict::new(vm))?;
        module.add(vm, "HAVE_ARGUMENT", Obj::small(0))?;
        module.add(vm, "MIN_INSTRUMENTED_OPCODE", vm.int_usize(next))
    }
}
