//! `_opcode` and `_opcode_metadata`: the opcode table for `opcode` and `dis`.

use krait_frontend::bytecode::{Intrinsic1, Intrinsic2, Kind, Op, OpInfo};
use krait_macros::pymodule;
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

fn names(of: impl Fn(u16) -> Option<&'static str>) -> Vec<String> {
    let invalid = std::iter::once("INVALID".to_owned());
    invalid.chain((1..256).map_while(|n| of(n).map(str::to_owned))).collect()
}

/// Opcode support module.
#[pymodule(name = "_opcode")]
pub mod opcode {
    use super::*;

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
