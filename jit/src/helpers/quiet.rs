//! Helpers that leave the work to native code known to run no Python code ([`krait_runtime::plain`]).

use krait_frontend::bytecode::{FLAG_KB, Op};
use krait_object::code::PyCode;
use krait_object::dict::{Peek, PyDict};
use krait_object::function::{PyCell, PyFunction};
use krait_object::native::MethodDef;
use krait_object::protocol::number::BinOp;
use krait_object::ty::PyType;
use krait_object::{Layout, Obj, Ref, Value, singletons};
use krait_runtime::plain;

use super::{VmPtr, obj, scratch, simple_key};
use crate::ir::cmp_of;

/// The operators, by the number that stands for them.
const OPS: [BinOp; 12] = [
    BinOp::Add,
    BinOp::Sub,
    BinOp::Mul,
    BinOp::TrueDiv,
    BinOp::FloorDiv,
    BinOp::Mod,
    BinOp::Pow,
    BinOp::LShift,
    BinOp::RShift,
    BinOp::And,
    BinOp::Or,
    BinOp::Xor,
];

/// The number of an operator.
pub fn number_of(op: BinOp) -> Option<usize> {
    OPS.iter().position(|&o| o == op)
}

/// # Safety
/// `w` is a live word.
unsafe fn word<'a>(w: u64) -> Ref<'a> {
    // SAFETY: by contract.
    unsafe { Ref::from_value_unchecked(Value(w)) }
}

pub unsafe extern "C" fn call_class(vm: VmPtr, cls: u64, n: u64, _: u64) -> u64 {
    // SAFETY: guards checked that it is a class; compiled code has just put `n` live words there.
    unsafe { plain::call_class(&*vm, obj::<PyType>(cls), std::slice::from_raw_parts(scratch(), n as usize)) }
}

pub unsafe extern "C" fn binary(vm: VmPtr, a: u64, b: u64, op: u64) -> u64 {
    // SAFETY: live words, whose types guards have checked.
    unsafe { plain::binary(&*vm, OPS[op as usize], word(a), word(b)) }
}

pub unsafe extern "C" fn slice(vm: VmPtr, o: u64, lo: u64, hi: u64) -> u64 {
    // SAFETY: a live word.
    unsafe { plain::slice(&*vm, word(o), lo as isize, hi as isize) }
}

pub unsafe extern "C" fn contains(vm: VmPtr, item: u64, container: u64, _: u64) -> u64 {
    // SAFETY: live words.
    unsafe { plain::contains_word(&*vm, word(item), word(container)) }
}

pub unsafe extern "C" fn next(vm: VmPtr, it: u64, _: u64, _: u64) -> u64 {
    // SAFETY: a live word; a guard checked its type.
    unsafe { plain::next(&*vm, word(it)) }
}

pub unsafe extern "C" fn compare(vm: VmPtr, a: u64, b: u64, op: u64) -> u64 {
    // SAFETY: live words.
    unsafe { plain::compare_word(&*vm, cmp_of(op as u32), word(a), word(b)) }
}

pub unsafe extern "C" fn len(vm: VmPtr, o: u64, _: u64, _: u64) -> u64 {
    // SAFETY: a live word.
    unsafe { plain::len(&*vm, word(o)).map_or(0, |n| n as u64 + 1) }
}

pub unsafe extern "C" fn format(vm: VmPtr, o: u64, _: u64, _: u64) -> u64 {
    // SAFETY: a live word.
    unsafe { plain::format(&*vm, word(o)) }
}

pub unsafe extern "C" fn join(vm: VmPtr, n: u64, _: u64, _: u64) -> u64 {
    // SAFETY: compiled code has just put `n` live strs there.
    unsafe { plain::join(&*vm, std::slice::from_raw_parts(scratch(), n as usize)) }
}

pub unsafe extern "C" fn new_dict(vm: VmPtr, _: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the thread's state.
    unsafe { PyDict::new(&*vm).into_obj().into_value().0 }
}

pub unsafe extern "C" fn dict_find(vm: VmPtr, d: u64, key: u64, _: u64) -> u64 {
    // SAFETY: a guard checked the dict's type.
    unsafe {
        let vm = &*vm;
        if !simple_key(vm, Value(key)) {
            return 0;
        }
        match obj::<PyDict>(d).peek(vm, word(key)) {
            Peek::Found(v) => v.0,
            Peek::Missing => singletons::not_implemented().value().0,
            Peek::Unknown => 0,
        }
    }
}

pub unsafe extern "C" fn call_leaf(vm: VmPtr, def: u64, n: u64, _: u64) -> u64 {
    // SAFETY: the recorder took the definition from a native function; compiled code has just put
    // `n` live words there.
    unsafe { plain::call_leaf(&*vm, &*(def as *const MethodDef), std::slice::from_raw_parts(scratch(), n as usize)) }
}

pub unsafe extern "C" fn new_cell(vm: VmPtr, v: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the reference moves in.
    unsafe { PyCell::new(&*vm, Obj::from_value_opt(Value(v))).into_obj().into_value().0 }
}

pub unsafe extern "C" fn new_function(vm: VmPtr, maker: u64, code: u64, _: u64) -> u64 {
    // SAFETY: the running function, and a code object of its code's constants.
    unsafe {
        let (vm, maker) = (&*vm, obj::<PyFunction>(maker));
        let code = obj::<PyCode>(code).to_py();
        let made = krait_runtime::interp::functions::new_function_with(vm, code, maker.globals.clone(), maker.builtins.clone(), None);
        super::owned(made.map(krait_object::Py::into_obj), vm)
    }
}

pub unsafe extern "C" fn set_func_attr(vm: VmPtr, f: u64, v: u64, which: u64) -> u64 {
    let mut regs = [Value(f), Value(v)];
    let w = krait_frontend::bytecode::Instr(Op::SET_FUNC_ATTR as u64 | u64::from(FLAG_KB) << 8 | 1 << 32 | which << 48);
    // SAFETY: a function just made in register 0, an owned value in register 1, which is consumed.
    unsafe { krait_runtime::interp::functions::set_func_attr(&*vm, regs.as_mut_ptr(), w) };
    1
}
