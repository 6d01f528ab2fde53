//! Instructions run one at a time, for compiled code: the handlers behind the interpreter's arms,
//! by opcode.
//!
//! The table lists the instructions whose arm is a function call, with what else the arm does.
//! Compiled code has them run with the frame's registers in memory, and learns where to go on.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KA_FALL, FLAG_KB, Instr, Op};
use krait_object::code::Site;
use krait_object::error::PyResult;
use krait_object::exec::Frame;
use krait_object::protocol::number::BinOp;
use krait_object::slots::CmpOp;
use krait_object::tuple::PyTuple;
use krait_object::ty::TypeFlags;
use krait_object::vm::Vm;
use krait_object::{Layout, Ref, Value};

use super::arith::{self, UnaryOp};
use super::calls::Entered;
use super::iterate::Step;
use super::panics::{Guarded, guarded};
use super::regs::{Regs, clear, clear_range, consume_a, consume_b, finish, finish_b, get, own, put, put_obj, word};
use super::{
    attrs, build, calls, compare, dispatch, exceptions, functions, generators, imports, intrinsics, items, iterate, names, pattern,
};

/// Where an instruction leads.
pub enum Flow {
    Next,
    Jump,
    /// A Python frame was entered, which delivers the result.
    Entered(*const Frame),
}

impl From<()> for Flow {
    fn from(_: ()) -> Flow {
        Flow::Next
    }
}

/// Whether to jump.
impl From<bool> for Flow {
    fn from(jump: bool) -> Flow {
        if jump { Flow::Jump } else { Flow::Next }
    }
}

impl From<Entered> for Flow {
    fn from(f: Entered) -> Flow {
        f.map_or(Flow::Next, Flow::Entered)
    }
}

impl From<Step> for Flow {
    fn from(s: Step) -> Flow {
        match s {
            Step::Item => Flow::Next,
            Step::Done => Flow::Jump,
            Step::Entered(f) => Flow::Entered(f),
        }
    }
}

/// Runs the instruction at the address given, of the running frame.
///
/// # Safety
/// The frame runs verified code and stands behind the instruction; the registers are its own.
pub type Handler = unsafe fn(&Vm, &Frame, Regs, Instr, *const u64) -> PyResult<Flow>;

macro_rules! singles {
    (($vm:ident, $f:ident, $regs:ident, $w:ident, $pc:ident) $($op:ident => $body:expr;)*) => {
        /// The handler of an instruction, if it has one.
        pub fn handler(op: Op) -> Option<Handler> {
            match op {
                $(Op::$op => {
                    #[allow(unused_variables, reason = "one signature for all")]
                    unsafe fn run($vm: &Vm, $f: &Frame, $regs: Regs, $w: Instr, $pc: *const u64) -> PyResult<Flow> {
                        // SAFETY: by contract of `Handler`.
                        #[allow(unused_unsafe, reason = "some are safe functions")]
                        unsafe { $body.map(Flow::from) }
                    }
                    Some(run)
                })*
                _ => None,
            }
        }
    };
}

singles! { (vm, f, regs, w, pc)
    LOAD_COMMON => { put_obj(regs, w.a(), intrinsics::common(vm, w.b())); DONE };
    CLEAR => { clear(regs, w.a()); DONE };
    MAKE_CELL => { names::make_cell(vm, regs, w.a()); DONE };
    LOAD_CLOSURE => { put_obj(regs, w.a(), names::closure_cell(f, w.b()).to_obj()); DONE };
    STORE_CELL => { names::cell(regs, w.a()).set(Some(own(regs, w.b(), w.flags() & FLAG_KB != 0))); DONE };
    STORE_FREE => { names::closure_cell(f, w.a()).set(Some(own(regs, w.b(), w.flags() & FLAG_KB != 0))); DONE };
    LOAD_NAME => names::load_name(vm, f, site(f, pc)).map(|v| put_obj(regs, w.a(), v));
    STORE_NAME => names::store_name(vm, f, site(f, pc), own(regs, w.a(), w.flags() & FLAG_KA != 0));
    DELETE_NAME => names::delete_name(vm, f, site(f, pc));
    LOAD_GLOBAL => names::load_global_slow(vm, f, site(f, pc)).map(|v| put_obj(regs, w.a(), v));
    STORE_GLOBAL => names::store_global(vm, f, site(f, pc), own(regs, w.a(), w.flags() & FLAG_KA != 0));
    DELETE_GLOBAL => names::delete_global(vm, f, site(f, pc));

    ADD => arith::binary_slow(vm, regs, w, BinOp::Add);
    SUB => arith::binary_slow(vm, regs, w, BinOp::Sub);
    MUL => arith::binary_slow(vm, regs, w, BinOp::Mul);
    TRUEDIV => arith::binary_slow(vm, regs, w, BinOp::TrueDiv);
    FLOORDIV => arith::binary_slow(vm, regs, w, BinOp::FloorDiv);
    MOD => arith::binary_slow(vm, regs, w, BinOp::Mod);
    POW => arith::binary_slow(vm, regs, w, BinOp::Pow);
    MATMUL => arith::binary_slow(vm, regs, w, BinOp::MatMul);
    LSHIFT => arith::binary_slow(vm, regs, w, BinOp::LShift);
    RSHIFT => arith::binary_slow(vm, regs, w, BinOp::RShift);
    AND => arith::binary_slow(vm, regs, w, BinOp::And);
    OR => arith::binary_slow(vm, regs, w, BinOp::Or);
    XOR => arith::binary_slow(vm, regs, w, BinOp::Xor);
    ADD_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::Add);
    SUB_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::Sub);
    MUL_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::Mul);
    FLOORDIV_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::FloorDiv);
    MOD_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::Mod);
    LSHIFT_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::LShift);
    RSHIFT_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::RShift);
    AND_IMM => arith::binary_imm_slow(vm, regs, w, BinOp::And);
    NEG => arith::unary_slow(vm, regs, w, UnaryOp::Neg);
    POS => arith::unary_slow(vm, regs, w, UnaryOp::Pos);
    INVERT => arith::unary_slow(vm, regs, w, UnaryOp::Invert);
    NOT => arith::unary_slow(vm, regs, w, UnaryOp::Not);
    TO_BOOL => arith::unary_slow(vm, regs, w, UnaryOp::Bool);

    LT => compare::compare_slow(vm, regs, w, CmpOp::Lt);
    LE => compare::compare_slow(vm, regs, w, CmpOp::Le);
    EQ => compare::compare_slow(vm, regs, w, CmpOp::Eq);
    NE => compare::compare_slow(vm, regs, w, CmpOp::Ne);
    GT => compare::compare_slow(vm, regs, w, CmpOp::Gt);
    GE => compare::compare_slow(vm, regs, w, CmpOp::Ge);
    IS => { compare::op_is(regs, w, false); DONE };
    IS_NOT => { compare::op_is(regs, w, true); DONE };
    IN => compare::op_in(vm, regs, w, false);
    NOT_IN => compare::op_in(vm, regs, w, true);

    JUMP_IF_TRUE => jump_truth(vm, regs, w, true);
    JUMP_IF_FALSE => jump_truth(vm, regs, w, false);
    JUMP_IF_LT => compare::compare_jump_slow(vm, regs, w, CmpOp::Lt);
    JUMP_IF_LE => compare::compare_jump_slow(vm, regs, w, CmpOp::Le);
    JUMP_IF_EQ => compare::compare_jump_slow(vm, regs, w, CmpOp::Eq);
    JUMP_IF_NE => compare::compare_jump_slow(vm, regs, w, CmpOp::Ne);
    JUMP_IF_GT => compare::compare_jump_slow(vm, regs, w, CmpOp::Gt);
    JUMP_IF_GE => compare::compare_jump_slow(vm, regs, w, CmpOp::Ge);
    JUMP_UNLESS_LT => compare::compare_jump_slow(vm, regs, w, CmpOp::Lt).map(not);
    JUMP_UNLESS_LE => compare::compare_jump_slow(vm, regs, w, CmpOp::Le).map(not);
    JUMP_UNLESS_EQ => compare::compare_jump_slow(vm, regs, w, CmpOp::Eq).map(not);
    JUMP_UNLESS_NE => compare::compare_jump_slow(vm, regs, w, CmpOp::Ne).map(not);
    JUMP_UNLESS_GT => compare::compare_jump_slow(vm, regs, w, CmpOp::Gt).map(not);
    JUMP_UNLESS_GE => compare::compare_jump_slow(vm, regs, w, CmpOp::Ge).map(not);
    JUMP_IF_LT_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Lt);
    JUMP_IF_LE_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Le);
    JUMP_IF_EQ_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Eq);
    JUMP_IF_NE_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Ne);
    JUMP_IF_GT_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Gt);
    JUMP_IF_GE_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Ge);
    JUMP_UNLESS_LT_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Lt).map(not);
    JUMP_UNLESS_LE_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Le).map(not);
    JUMP_UNLESS_EQ_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Eq).map(not);
    JUMP_UNLESS_NE_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Ne).map(not);
    JUMP_UNLESS_GT_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Gt).map(not);
    JUMP_UNLESS_GE_IMM => compare::compare_imm_slow(vm, regs, w, CmpOp::Ge).map(not);
    JUMP_IF_IN => jump_in(vm, regs, w);
    JUMP_IF_NOT_IN => jump_in(vm, regs, w).map(not);
    JUMP_UNLESS_EXC_MATCH => exception_match(vm, regs, w).map(not);

    LOAD_ATTR => load_attr(vm, f, regs, w, site(f, pc));
    STORE_ATTR => store_attr(vm, regs, w, site(f, pc));
    DELETE_ATTR => attrs::delete_attr(vm, regs, w, site(f, pc));
    LOAD_METHOD => load_method(vm, regs, w, site(f, pc));
    LOAD_SUPER_ATTR => attrs::load_super(vm, regs, w, site(f, pc), false);
    LOAD_SUPER_METHOD => attrs::load_super(vm, regs, w, site(f, pc), true);
    GETITEM => getitem(vm, regs, w);
    GETITEM_IMM => items::getitem_imm_slow(vm, regs, w);
    SETITEM => setitem(vm, regs, w);
    DELITEM => items::delitem(vm, regs, w);
    GETSLICE => items::getslice(vm, regs, w);
    SETSLICE => items::setslice(vm, regs, w);
    BUILD_SLICE => { items::build_slice(vm, regs, w); DONE };

    CALL => calls::op_call(vm, f, regs, w);
    CALL_KW => calls::op_call_kw(vm, f, regs, w, keyword_names(f, pc));
    CALL_EX => calls::op_call_ex(vm, f, regs, w);

    GET_ITER => iterate::get_iter(vm, regs, w);
    FOR_ITER => iterate::for_iter(vm, f, regs, w);
    UNPACK_SEQ => iterate::unpack_seq(vm, regs, w);
    UNPACK_EX => iterate::unpack_ex(vm, regs, w);
    GET_LEN => iterate::get_len(vm, regs, w);

    BUILD_TUPLE => { build::build_tuple(vm, regs, w); DONE };
    BUILD_LIST => build::build_list(vm, regs, w);
    BUILD_SET => build::build_set(vm, regs, w);
    BUILD_MAP => build::build_map(vm, regs, w);
    BUILD_STRING => build::build_string(vm, regs, w);
    LIST_APPEND => build::list_append(vm, regs, w);
    SET_ADD => build::set_add(vm, regs, w);
    MAP_ADD => build::map_add(vm, regs, w);
    LIST_EXTEND => build::list_extend(vm, regs, w);
    SET_UPDATE => build::set_update(vm, regs, w);
    DICT_UPDATE => build::dict_update(vm, regs, w);
    DICT_MERGE => build::dict_merge(vm, regs, w);
    LIST_TO_TUPLE => { build::list_to_tuple(vm, regs, w); DONE };
    CONVERT => build::convert(vm, regs, w);
    FORMAT_SIMPLE => build::format(vm, regs, w, false);
    FORMAT_SPEC => build::format(vm, regs, w, true);
    BUILD_INTERPOLATION => build::build_interpolation(vm, regs, w);
    BUILD_TEMPLATE => build::build_template(vm, regs, w);
    DICT_REST => build::dict_rest(vm, regs, w);

    MAKE_FUNCTION => intrinsics::make_function(vm, f, constant(f, w.index32() as usize).to_obj()).map(|v| put_obj(regs, w.a(), v));
    SET_FUNC_ATTR => { functions::set_func_attr(vm, regs, w); DONE };
    IMPORT_NAME => imports::import_name(vm, f, regs, w, site(f, pc));
    IMPORT_FROM => imports::import_from(vm, regs, w, site(f, pc));
    WITH_ENTER => exceptions::with_enter(vm, regs, w, false);
    WITH_EXIT => exceptions::with_exit(vm, regs, w);
    GET_YIELD_FROM_ITER => generators::get_yield_from_iter(vm, &*f.code.get(), regs, w);
    GET_AWAITABLE => generators::get_awaitable(vm, regs, w);
    GET_AITER => generators::get_aiter(vm, regs, w);
    GET_ANEXT => generators::get_anext(vm, regs, w);

    MATCH_MAPPING => { compare::match_flag(vm, regs, w, TypeFlags::MAPPING); DONE };
    MATCH_SEQUENCE => { compare::match_flag(vm, regs, w, TypeFlags::SEQUENCE); DONE };
    MATCH_KEYS => pattern::match_keys(vm, regs, w);
    MATCH_CLASS => pattern::match_class(vm, regs, w, *pc.add(1) as usize);
    INTRINSIC_1 => intrinsics::intrinsic1(vm, regs, w);
    INTRINSIC_2 => intrinsic2(vm, regs, w);
}

/// Runs the instruction at `pc` of frame `f` by its handler, and what it enters: whether it jumped.
/// If it raises, the frame stays as it is, for the caller to unwind.
///
/// # Safety
/// `f` is the running frame; `pc` is an instruction of its code, `h` that instruction's handler.
pub unsafe fn exec(vm: &Vm, f: *const Frame, h: Handler, pc: *const u64) -> PyResult<bool> {
    // SAFETY: by contract.
    unsafe {
        let w = Instr(*pc);
        let next = pc.add(w.op().words());
        (*f).pc.set(next);
        match guarded(vm, f, || h(vm, &*f, (*f).base.get(), w, pc)) {
            Guarded::Ended(Ok(Flow::Next)) => Ok(false),
            Guarded::Ended(Ok(Flow::Jump)) => {
                (*f).pc.set(next.offset(offset(w)));
                Ok(true)
            }
            Guarded::Ended(Ok(Flow::Entered(g))) => {
                dispatch::step_from(vm, f, g)?;
                Ok((*f).pc.get() != next)
            }
            Guarded::Ended(Err(e)) => Err(e),
            Guarded::Panicked(top, e) => {
                dispatch::pop_above(vm, f, top);
                Err(e)
            }
        }
    }
}

/// The jump of a conditional jump, from the word after it.
fn offset(w: Instr) -> isize {
    match w.op() {
        Op::JUMP_IF_TRUE | Op::JUMP_IF_FALSE => w.imm32() as isize,
        _ => w.c_imm() as isize,
    }
}

/// Of handlers that cannot fail.
const DONE: PyResult<()> = Ok(());

fn not(b: bool) -> bool {
    !b
}

/// The site operand of the instruction at `pc`.
unsafe fn site<'a>(f: &Frame, pc: *const u64) -> &'a Site {
    // SAFETY: verified code; sites live as long as the code, which runs.
    unsafe { (*f.code.get()).body_unchecked().sites.get_unchecked(*pc.add(1) as usize) }
}

unsafe fn constant<'a>(f: &Frame, k: usize) -> Ref<'a> {
    // SAFETY: verified code; constants live as long as the code, which runs.
    unsafe { (*f.code.get()).body_unchecked().consts.get_unchecked(k).r() }
}

unsafe fn keyword_names<'a>(f: &Frame, pc: *const u64) -> &'a PyTuple {
    // SAFETY: the extension of `CALL_KW` names a constant tuple.
    unsafe { constant(f, *pc.add(1) as usize).downcast_unchecked() }
}

unsafe fn jump_truth(vm: &Vm, regs: Regs, w: Instr, sense: bool) -> PyResult<bool> {
    // SAFETY: by contract of `Handler` (here and below).
    unsafe {
        let jump = compare::truth(vm, regs, w.a())? == sense;
        let flags = if jump { FLAG_KA } else { FLAG_KA | FLAG_KA_FALL };
        if w.flags() & flags != 0 {
            clear(regs, w.a());
        }
        Ok(jump)
    }
}

unsafe fn jump_in(vm: &Vm, regs: Regs, w: Instr) -> PyResult<bool> {
    // SAFETY: as above.
    unsafe {
        let r = compare::contains(vm, regs, w.a(), w.b())?;
        compare::consume_ab(regs, w);
        Ok(r)
    }
}

unsafe fn exception_match(vm: &Vm, regs: Regs, w: Instr) -> PyResult<bool> {
    // SAFETY: as above.
    unsafe {
        let m = compare::exception_matches(vm, get(regs, w.a()), get(regs, w.b()))?;
        compare::consume_ab(regs, w);
        Ok(m)
    }
}

unsafe fn load_attr(vm: &Vm, f: &Frame, regs: Regs, w: Instr, s: &Site) -> PyResult<Entered> {
    // SAFETY: as above.
    unsafe {
        match attrs::cached_attr(word(regs, w.b()), s) {
            Some(v) => {
                finish_b(regs, w, Ref::from_value_unchecked(v).to_obj());
                Ok(None)
            }
            None => attrs::load_attr_slow(vm, f, regs, w, s),
        }
    }
}

unsafe fn store_attr(vm: &Vm, regs: Regs, w: Instr, s: &Site) -> PyResult<()> {
    // SAFETY: as above.
    unsafe {
        if attrs::store_attr_cached(regs, w, s) {
            consume_a(regs, w);
            return Ok(());
        }
        attrs::store_attr_slow(vm, regs, w, s)
    }
}

unsafe fn load_method(vm: &Vm, regs: Regs, w: Instr, s: &Site) -> PyResult<()> {
    // SAFETY: as above.
    unsafe {
        let Some((m, is_method)) = attrs::cached_method(vm, word(regs, w.b()), s) else {
            return attrs::load_method_slow(vm, regs, w, s);
        };
        let m = Ref::from_value_unchecked(m).to_obj();
        if is_method {
            let o = own(regs, w.b(), w.flags() & FLAG_KB != 0);
            put_obj(regs, w.a(), m);
            put_obj(regs, w.a() + 1, o);
        } else {
            consume_b(regs, w);
            put_obj(regs, w.a(), m);
            put(regs, w.a() + 1, Value::UNBOUND);
        }
        Ok(())
    }
}

unsafe fn getitem(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: as above.
    unsafe {
        let (o, k) = arith::operands(regs, w);
        match items::fast_item(vm, o, k) {
            Some(v) => {
                finish(regs, w, Ref::from_value_unchecked(v).to_obj());
                Ok(())
            }
            None => items::getitem_slow(vm, regs, w),
        }
    }
}

unsafe fn setitem(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: as above.
    unsafe { if items::fast_setitem(vm, regs, w) { Ok(()) } else { items::setitem_slow(vm, regs, w) } }
}

unsafe fn intrinsic2(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: as above.
    unsafe {
        let v = intrinsics::intrinsic2(vm, get(regs, w.b()), get(regs, w.b() + 1), w.c())?;
        clear_range(regs, w.b(), 2);
        put_obj(regs, w.a(), v);
        Ok(())
    }
}
