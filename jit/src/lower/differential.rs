//! The same traces on this machine and on AArch64 under qemu: registers, scratch area, heap, calls
//! of helpers and exit must be the same.
//!
//! Memory is an image at a fixed address, so that code for both machines may hold the same
//! pointers. Every helper is a stub that notes its arguments in the image. Needs
//! `aarch64-linux-gnu-gcc` and `qemu-aarch64` (Debian: `gcc-aarch64-linux-gnu`, `qemu-user`).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;

use krait_frontend::bytecode::{Instr, Op as Bc};
use krait_object::Value;
use krait_object::layouts::*;

use super::{Stress, Text, isa, lower};
use crate::code_memory::CodeMemory;
use crate::helpers::Helper;
use crate::ir::ops::Effect;
use crate::ir::snapshot::{FrameState, Restore, Snapshot};
use crate::ir::{Id, Inst, Op, Ty};
use crate::testing;
use crate::tree::{Entry, HeaderKind, Trace, Tree};

const IMAGE: u64 = 0x20_0000_0000;
const IMAGE_SIZE: u64 = 0x2_0000;
const FRAME: u64 = IMAGE + 0x8000;
const REGS: u64 = IMAGE + 0x9000;
const SCRATCH: u64 = IMAGE + 0xa000;
const HEAP: u64 = IMAGE + 0x1_0000;
const LOG: u64 = IMAGE + 0x1_8000;
const STUB: u64 = IMAGE + 0x1_f000;
const STUB_RESULT: u64 = IMAGE + 0x1_f008;
const FUNCTIONS: u64 = 0x30_0000_0000;

const OBJECT: u64 = HEAP;
const LIST: u64 = HEAP + 0x400;
const ITEMS: u64 = HEAP + 0x600;
const TUPLE: u64 = HEAP + 0x800;
const STR: u64 = HEAP + 0xa00;
const DICT: u64 = HEAP + 0xc00;
const KEYS: u64 = HEAP + 0x1000;
const COUNTER: u64 = HEAP + 0x3000;
const TYPE: u64 = 0x1234_5678;

type Memory = BTreeMap<u64, u64>;

/// An operand of a case.
#[derive(Copy, Clone, Debug)]
enum Operand {
    Int(i64),
    Float(f64),
    Bool(bool),
    Word(u64),
}
use Operand::{Bool, Float, Int, Word};

struct Case {
    about: String,
    tree: Tree,
    memory: Memory,
    stress: bool,
}

/// The heap all cases begin with: immediate words everywhere, and a few objects.
fn heap() -> Memory {
    let mut m = Memory::new();
    for at in (0..0x2000).step_by(8) {
        m.insert(HEAP + at, at << 1 | 1);
    }
    for o in [OBJECT, LIST, TUPLE, STR, DICT] {
        m.insert((o + HEADER_REFCOUNT as u64) & !7, 5);
        m.insert(o + HEADER_TYPE as u64, TYPE);
    }
    for (o, len) in [(LIST, LIST_LEN), (TUPLE, TUPLE_LEN), (STR, STR_LEN)] {
        m.insert(o + len as u64, 3);
    }
    m.insert(LIST + LIST_ITEMS as u64, ITEMS);
    m.insert(DICT + DICT_KEYS as u64, KEYS);
    m.insert(FRAME + FRAME_FUNCTION as u64, OBJECT);
    m.insert(IMAGE + VM_TOP as u64, FRAME);
    m
}

fn snapshot(regs: Vec<(u32, Restore)>) -> Snapshot {
    Snapshot { frames: Rc::new(vec![testing::root_frame()]), regs: Rc::new(regs), synced: false, at: 0 }
}

fn value(id: Id) -> Restore {
    Restore::Value { id, incref: false }
}

/// Builds trees: operands first, as loop parameters or as constants.
#[derive(Default)]
struct Builder {
    insts: Vec<Inst>,
    memory: Memory,
    registers: u64,
}

impl Builder {
    fn push(&mut self, i: Inst) -> Id {
        self.insts.push(i);
        self.insts.len() as Id - 1
    }

    fn param(&mut self, ty: Ty, word: u64) -> Id {
        let reg = self.registers;
        self.registers += 1;
        self.memory.insert(REGS + reg * 8, word);
        self.push(Inst::new(Op::Param, &[]).imm(reg).ty(ty))
    }

    fn operand(&mut self, o: Operand, as_param: bool) -> Id {
        match (o, as_param) {
            (Int(i), true) if Value::small_int(i).is_some() => self.param(Ty::Int, Value::small_int(i).map_or(0, |v| v.0)),
            (Int(i), _) => self.push(Inst::new(Op::ConstInt, &[]).imm(i as u64)),
            (Float(f), true) if Value::flonum(f).is_some() => self.param(Ty::Float, Value::flonum(f).map_or(0, |v| v.0)),
            (Float(f), _) => self.push(Inst::new(Op::ConstFloat, &[]).imm(f.to_bits())),
            (Bool(b), true) => {
                let i = self.operand(Int(i64::from(b)), true);
                let zero = self.operand(Int(0), false);
                self.push(Inst::new(Op::IntCmp, &[i, zero]).imm2(3))
            }
            (Bool(b), false) => self.push(Inst::new(Op::ConstBool, &[]).imm(u64::from(b))),
            (Word(w), true) => self.param(Ty::Val, w),
            (Word(w), false) => self.push(Inst::new(Op::ConstVal, &[]).imm(w)),
        }
    }

    /// The tree: guards restore snapshot 1, the end snapshot 2, with the values named.
    fn finish(mut self, about: String, results: &[Id]) -> Case {
        let last = self.insts.len() as Id;
        self.push(Inst::new(Op::Leave, &[]).snap(2));
        let mut tree = testing::tree(&self.insts);
        let first = self.insts.iter().position(|i| i.ty != Ty::Void).map(|id| (10, value(id as Id)));
        tree.snapshots.push(snapshot(first.into_iter().collect()));
        let named = results.iter().filter(|&&r| r < last && self.insts[r as usize].ty != Ty::Void);
        tree.snapshots.push(snapshot(named.enumerate().map(|(k, &r)| (20 + k as u32, value(r))).collect()));
        let mut memory = heap();
        memory.extend(self.memory);
        Case { about, tree, memory, stress: false }
    }
}

/// Cases of one operation: operands as parameters, and the last one as a constant.
fn operation(cases: &mut Vec<Case>, i: Inst, operands: &[Operand], stub: u64) {
    for ways in if operands.is_empty() { vec![0] } else { vec![0, 1u32 << (operands.len() - 1)] } {
        let mut b = Builder::default();
        let args: Vec<Id> = operands.iter().enumerate().map(|(k, &o)| b.operand(o, ways >> k & 1 == 0)).collect();
        let mut i = i;
        i.args[..args.len()].copy_from_slice(&args);
        if i.op == Op::Select {
            i.ty = b.insts[args[1] as usize].ty;
        }
        let id = b.push(i.snap(1));
        b.memory.insert(STUB_RESULT, stub);
        cases.push(b.finish(format!("{} {operands:?} imm {:x} /{}, ways {ways:b}", i.op.name(), i.imm, i.imm2), &[id]));
    }
}

const INTS: &[i64] = &[0, 1, -1, 2, -8, 61, 64, 1000, 1 << 53, -(1 << 53) - 1, (1 << 62) - 1, -(1 << 62), 1 << 62, i64::MAX, i64::MIN];
const FLOATS: &[f64] =
    &[0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 1e-310, 1e308, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 9.5e17, 3.7e-200, 4.6e18];

fn number_cases(cases: &mut Vec<Case>) {
    for &a in INTS {
        for &b in INTS {
            for op in testing::INT_BINARY {
                operation(cases, Inst::new(op, &[]), &[Int(a), Int(b)], 0);
            }
        }
        for &b in &[-1, 0, 1, a] {
            for cmp in 0..6 {
                operation(cases, Inst::new(Op::IntCmp, &[]).imm2(cmp), &[Int(a), Int(b)], 0);
            }
        }
        for op in [Op::IntToFloat, Op::Small, Op::BoxInt, Op::Immediate] {
            operation(cases, Inst::new(op, &[]), &[Int(a)], 77);
        }
        operation(cases, Inst::new(Op::GuardIntIs, &[]).imm(7), &[Int(a)], 0);
        operation(cases, Inst::new(Op::CallInt, &[]).imm(FUNCTIONS + 128), &[Int(a)], 0);
    }
    for &a in FLOATS {
        for &b in FLOATS {
            for op in [Op::FAdd, Op::FSub, Op::FMul, Op::FDiv] {
                operation(cases, Inst::new(op, &[]), &[Float(a), Float(b)], 0);
            }
            for cmp in 0..6 {
                operation(cases, Inst::new(Op::FCmp, &[]).imm2(cmp), &[Float(a), Float(b)], 0);
            }
        }
        for op in [Op::FNeg, Op::FAbs, Op::FSqrt, Op::BoxFloat, Op::GuardFinite, Op::Immediate] {
            operation(cases, Inst::new(op, &[]), &[Float(a)], 77);
        }
        for rounding in 0..4 {
            operation(cases, Inst::new(Op::ToInt, &[]).imm2(rounding), &[Float(a)], 0);
        }
        operation(cases, Inst::new(Op::CallFloat, &[]).imm(FUNCTIONS), &[Float(a), Float(2.25)], 0);
        operation(cases, Inst::new(Op::CallTest, &[]).imm(FUNCTIONS + 64), &[Float(a)], 0);
    }
    for b in [true, false] {
        for op in [Op::GuardTrue, Op::GuardFalse, Op::BoolNot, Op::BoolInt, Op::BoxBool] {
            operation(cases, Inst::new(op, &[]), &[Bool(b)], 0);
        }
        operation(cases, Inst::new(Op::Select, &[]), &[Bool(b), Int(3), Int(-4)], 0);
        operation(cases, Inst::new(Op::Select, &[]), &[Bool(b), Float(3.5), Float(-4.0)], 0);
        operation(cases, Inst::new(Op::Jumped, &[]).imm(1), &[Bool(b)], 0);
        operation(cases, Inst::new(Op::Jumped, &[]).imm(0), &[Bool(b)], 0);
    }
}

fn word_cases(cases: &mut Vec<Case>) {
    let five = Value::small_int(5).map_or(0, |v| v.0);
    let half = Value::flonum(0.5).map_or(0, |v| v.0);
    let words = [0, five, half, testing::bool_word(true), testing::bool_word(false), OBJECT, LIST];
    for w in words {
        for op in [Op::GuardInt, Op::GuardFloat, Op::GuardBool, Op::GuardImmediate] {
            operation(cases, Inst::new(op, &[]), &[Word(w)], 0);
        }
        for op in [Op::GuardIs, Op::GuardIsNot] {
            operation(cases, Inst::new(op, &[]).imm(five), &[Word(w)], 0);
        }
        for other in words {
            operation(cases, Inst::new(Op::Same, &[]), &[Word(w), Word(other)], 0);
        }
        let static_object = w == testing::bool_word(true) || w == testing::bool_word(false);
        if !static_object {
            operation(cases, Inst::new(Op::GuardType, &[]).imm(TYPE), &[Word(w)], 0);
            operation(cases, Inst::new(Op::GuardType, &[]).imm(TYPE + 8).imm2(1), &[Word(w)], 0);
            for op in [Op::GuardShared, Op::Incref] {
                operation(cases, Inst::new(op, &[]), &[Word(w)], 0);
            }
        }
    }
    for (count, imm) in [(1, 1), (2, 2), (0xc000_0000, 3)] {
        for op in [Op::GuardShared, Op::GuardUnique, Op::Incref, Op::Decref, Op::DropLeaf, Op::DropQuiet, Op::Release] {
            let before = cases.len();
            operation(cases, Inst::new(op, &[]), &[Word(OBJECT)], imm & 1);
            for c in &mut cases[before..] {
                c.memory.insert(OBJECT, count);
                c.about = format!("{} count {count:x}", c.about);
            }
        }
    }
    operation(cases, Inst::new(Op::GuardShape, &[]).imm(33).imm2(16), &[Word(OBJECT)], 0);
    operation(cases, Inst::new(Op::GuardRaw, &[]).imm(24 << 1 | 1).imm2(24), &[Word(OBJECT)], 0);
    let version = DICT_VERSION as u64;
    for expected in [(version << 1 | 1) & 0xffff_ffff, 99] {
        operation(cases, Inst::new(Op::GuardKeys, &[]).imm(expected), &[Word(DICT)], 0);
    }
}

fn memory_cases(cases: &mut Vec<Case>) {
    for op in [Op::LoadAttr, Op::LoadBlock, Op::LoadConstField, Op::LoadIter, Op::LoadIterVal, Op::IterStep] {
        operation(cases, Inst::new(op, &[]).imm(0x28), &[Word(OBJECT)], 0);
    }
    operation(cases, Inst::new(Op::LoadCell, &[]), &[Word(OBJECT)], 0);
    for (op, o) in [(Op::ListLen, LIST), (Op::TupleLen, TUPLE), (Op::StrLen, STR)] {
        operation(cases, Inst::new(op, &[]), &[Word(o)], 0);
    }
    for n in 0..3 {
        operation(cases, Inst::new(Op::ListItem, &[]), &[Word(LIST), Int(n)], 0);
        operation(cases, Inst::new(Op::TupleItem, &[]), &[Word(TUPLE), Int(n)], 0);
        operation(cases, Inst::new(Op::SetListItem, &[]), &[Word(LIST), Int(n), Word(OBJECT)], 0);
        operation(cases, Inst::new(Op::DictEntry, &[]).imm(n as u64), &[Word(DICT)], 0);
        operation(cases, Inst::new(Op::StoreDictEntry, &[]).imm(n as u64), &[Word(DICT), Word(LIST)], 0);
        operation(cases, Inst::new(Op::LoadReg, &[]).imm(n as u64), &[Word(LIST), Word(STR), Int(4)], 0);
        operation(cases, Inst::new(Op::DropReg, &[]).imm(n as u64), &[Word(LIST), Int(4), Int(5)], 1);
        operation(cases, Inst::new(Op::Arg, &[]).imm(n as u64), &[Word(LIST)], 0);
    }
    operation(cases, Inst::new(Op::StoreAttr, &[]).imm(0x30), &[Word(OBJECT), Word(LIST)], 0);
    operation(cases, Inst::new(Op::StoreCell, &[]), &[Word(OBJECT), Word(LIST)], 0);
    operation(cases, Inst::new(Op::StoreIter, &[]).imm(0x38), &[Word(OBJECT), Int(-9)], 0);
    operation(cases, Inst::new(Op::SetShape, &[]).imm(0x777).imm2(16), &[Word(OBJECT)], 0);
    operation(cases, Inst::new(Op::RootFunction, &[]), &[], 0);
}

/// An instruction with a handler, for `Exec`: only its address is looked at.
fn handled() -> Option<u64> {
    let op = (0..=255u8).filter_map(Bc::from_u8).find(|&op| krait_runtime::interp::single::handler(op).is_some())?;
    let word: &'static mut [u64] = vec![Instr::abc(op, 0, 0, 0, 0).0].leak();
    Some(word.as_ptr() as u64)
}

fn call_cases(cases: &mut Vec<Case>) {
    for stub in 0..5 {
        for h in [Helper::DictGet, Helper::ListPop, Helper::StrEq] {
            operation(cases, Inst::new(Op::Call, &[]).imm(h as u64), &[Word(OBJECT), Int(3), Float(0.5)], stub);
            operation(cases, Inst::new(Op::Make, &[]).imm(h as u64), &[Word(OBJECT), Bool(true)], stub);
            operation(cases, Inst::new(Op::CallBool, &[]).imm(h as u64), &[Word(OBJECT)], stub & 1);
        }
        operation(cases, Inst::new(Op::Step, &[]).imm(0x4000).imm2(2), &[], stub);
        operation(cases, Inst::new(Op::PopFrame, &[]), &[], stub);
        if let Some(pc) = handled() {
            operation(cases, Inst::new(Op::Exec, &[]).imm(pc), &[], stub);
            operation(cases, Inst::new(Op::ExecJump, &[]).imm(pc), &[], stub);
        }
    }
}

/// Writing the state to memory: all kinds of values, one frame and two, counted and not.
fn sync_cases(cases: &mut Vec<Case>) {
    for inlined in [false, true] {
        for big in [5i64, 1 << 61, 1 << 62] {
            for number in [0.5, 0.0, 1e-310] {
                let mut b = Builder::default();
                let (i, f, o) = (b.operand(Int(big), true), b.operand(Float(number), true), b.operand(Word(OBJECT), true));
                let one = b.operand(Int(1), false);
                let sum = b.push(Inst::new(Op::Add, &[i, one]));
                let zero = b.operand(Float(0.0), false);
                let product = b.push(Inst::new(Op::FAdd, &[f, zero]));
                let flag = b.push(Inst::new(Op::IntCmp, &[i, sum]));
                b.push(Inst::new(Op::Sync, &[]).snap(3));
                b.memory.insert(STUB_RESULT, 0x55);
                let mut c = b.finish(format!("Sync {big} {number} inlined {inlined}"), &[sum, product, flag]);
                let counted = Restore::Value { id: o, incref: true };
                let regs = vec![
                    (0, value(i)),
                    (1, value(f)),
                    (2, counted),
                    (4, value(sum)),
                    (5, value(product)),
                    (6, value(flag)),
                    (7, Restore::Unbound),
                ];
                let mut s = snapshot(regs);
                if inlined {
                    let above = FrameState { base: 8, pushed: false, instance: Some((o, false)), ..testing::root_frame() };
                    s.frames = Rc::new(vec![testing::root_frame(), above]);
                }
                c.tree.snapshots.push(s);
                cases.push(c);
            }
        }
    }
}

/// Loops: parameters that vary, a bridge, the eval breaker, types that differ at the entry, guards
/// failing on purpose.
fn loop_cases(cases: &mut Vec<Case>) {
    for n in [0i64, 1, 5, 100] {
        for (breaker, fail, broken) in [(0, 0, false), (1, 0, false), (0, 3, false), (0, 7, false), (0, 0, true)] {
            let mut b = Builder::default();
            let (i, limit, total) = (b.operand(Int(0), true), b.operand(Int(n), true), b.operand(Float(0.0), true));
            let more = b.push(Inst::new(Op::IntCmp, &[i, limit]));
            b.push(Inst::new(Op::GuardTrue, &[more]).snap(1));
            let one = b.operand(Int(1), false);
            let next = b.push(Inst::new(Op::AddOvf, &[i, one]).snap(1));
            let f = b.push(Inst::new(Op::IntToFloat, &[next]).snap(1));
            let sum = b.push(Inst::new(Op::FAdd, &[total, f]));
            let odd = b.push(Inst::new(Op::And, &[next, one]));
            let guard = b.push(Inst::new(Op::GuardIntIs, &[odd]).imm(1).snap(3));
            let end = b.push(Inst::new(Op::Jump, &[]).snap(1));
            let two = b.push(Inst::new(Op::ConstFloat, &[]).imm(2.0f64.to_bits()));
            let twice = b.push(Inst::new(Op::FMul, &[sum, two]));
            let end_of_bridge = b.push(Inst::new(Op::Jump, &[]).snap(1));
            let mut c = b.finish(format!("loop to {n}, breaker {breaker}, failing at {fail}, other type {broken}"), &[]);
            c.tree.insts.truncate(end_of_bridge as usize + 1);
            c.tree.snapshots.push(snapshot(vec![(0, value(i)), (2, value(total))]));
            let (ri, rt) = (0, 2);
            c.tree.traces = vec![
                Trace { parent: None, header: 0, first: 0, end: end + 1, edge: Some(testing::edge(&[(ri, next), (rt, sum)])) },
                Trace {
                    parent: Some((0, guard)),
                    header: 0,
                    first: end + 1,
                    end: end_of_bridge + 1,
                    edge: Some(testing::edge(&[(ri, next), (rt, twice)])),
                },
            ];
            c.tree.bridges.insert(3, 1);
            crate::flow::complete(&mut c.tree);
            c.memory.insert((IMAGE + VM_BREAKER as u64) & !7, breaker << (VM_BREAKER as u64 % 8 * 8));
            if broken {
                c.memory.insert(REGS, OBJECT);
            }
            c.stress = fail != 0;
            c.memory.insert(COUNTER, fail);
            cases.push(c);
        }
    }
}

/// The end of a function, with and without somebody who has asked for its frame object.
fn return_cases(cases: &mut Vec<Case>) {
    for object in [0, OBJECT] {
        for kind in [HeaderKind::Loop, HeaderKind::Function] {
            let mut b = Builder::default();
            let (_, word) = (b.operand(Int(5), true), b.operand(Word(LIST), true));
            b.push(Inst::new(Op::GuardNoFrameObject, &[]).snap(1));
            let end = b.push(Inst::new(Op::Return, &[word]).snap(3));
            let mut c = b.finish(format!("return, {kind:?}, frame object {object:x}"), &[]);
            c.tree.insts.truncate(end as usize + 1);
            c.tree.traces[0].end = end + 1;
            c.tree.headers[0].kind = kind;
            c.tree.snapshots.push(snapshot((0..4).map(|r| (r, Restore::Unbound)).collect()));
            c.memory.insert(FRAME + FRAME_OBJECT as u64, object);
            cases.push(c);
        }
    }
}

fn all_cases() -> Vec<Case> {
    let mut cases = Vec::new();
    number_cases(&mut cases);
    word_cases(&mut cases);
    memory_cases(&mut cases);
    call_cases(&mut cases);
    sync_cases(&mut cases);
    loop_cases(&mut cases);
    return_cases(&mut cases);
    cases
}

/// Every operation of the table is in some case.
#[test]
fn cases_cover_all_operations() {
    let cases = all_cases();
    let missing: Vec<&str> =
        Op::ALL.iter().filter(|&&op| !cases.iter().any(|c| c.tree.insts.iter().any(|i| i.op == op))).map(|op| op.name()).collect();
    assert!(missing.is_empty(), "no case of {missing:?}");
}

/// What a run left: the result and the words that are not zero.
type Outcome = (u64, Memory);

fn same_word(a: u64, b: u64) -> bool {
    // The sign and payload of a NaN are the machine's business.
    a == b || (f64::from_bits(a).is_nan() && f64::from_bits(b).is_nan())
}

fn same(a: &Outcome, b: &Outcome) -> bool {
    a.0 == b.0 && a.1.len() == b.1.len() && a.1.iter().zip(&b.1).all(|(x, y)| x.0 == y.0 && same_word(*x.1, *y.1))
}

extern "C" fn stub(vm: u64, a: u64, b: u64, c: u64, n: u64) -> u64 {
    // SAFETY: the image is mapped while cases run.
    unsafe {
        let log = LOG as *mut u64;
        let count = *log;
        *log = count + 1;
        let entry = LOG + 8 + count * 40;
        if entry + 40 < STUB {
            for (k, w) in [n, vm, a, b, c].into_iter().enumerate() {
                *((entry + k as u64 * 8) as *mut u64) = w;
            }
        }
        *(STUB_RESULT as *const u64)
    }
}

fn map(address: u64, size: usize, prot: i32) {
    // SAFETY: nothing else is mapped there, or the call fails.
    let p = unsafe {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE | libc::MAP_NORESERVE;
        libc::mmap(address as *mut libc::c_void, size, prot, flags, -1, 0)
    };
    assert_eq!(p as u64, address, "the image's address is taken");
}

/// The functions `CallFloat`, `CallTest` and `CallInt` call: `a + b`, true, `2 a`.
fn map_functions() {
    const CODE: [&[u8]; 3] = [&[0xf2, 0x0f, 0x58, 0xc1, 0xc3], &[0xb8, 1, 0, 0, 0, 0xc3], &[0x48, 0x8d, 0x04, 0x3f, 0xc3]];
    map(FUNCTIONS, 4096, libc::PROT_READ | libc::PROT_WRITE);
    for (n, code) in CODE.iter().enumerate() {
        // SAFETY: inside the page just mapped.
        unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), (FUNCTIONS + n as u64 * 64) as *mut u8, code.len()) };
    }
    // SAFETY: as above.
    unsafe { libc::mprotect(FUNCTIONS as *mut libc::c_void, 4096, libc::PROT_READ | libc::PROT_EXEC) };
}

fn stress(c: &Case) -> Stress {
    Stress { fail_counter: c.stress.then_some(COUNTER as *mut u64), helpers: Some(STUB) }
}

fn run_here(cases: &[Case], code: &[Vec<u8>]) -> Vec<Outcome> {
    map(IMAGE, IMAGE_SIZE as usize, libc::PROT_READ | libc::PROT_WRITE);
    map_functions();
    let mut memory = CodeMemory::default();
    let mut results = Vec::new();
    for (c, code) in cases.iter().zip(code) {
        let Some((p, _block)) = memory.add(code) else { panic!("no memory for code") };
        // SAFETY: the code was made with this signature, for this image.
        unsafe {
            std::ptr::write_bytes(IMAGE as *mut u8, 0, IMAGE_SIZE as usize);
            *(STUB as *mut u64) = stub as *const () as u64;
            for (&at, &w) in &c.memory {
                *(at as *mut u64) = w;
            }
            let entry = std::mem::transmute::<*const u8, Entry>(p);
            let result = entry(IMAGE, FRAME, REGS, SCRATCH);
            *(STUB as *mut u64) = 0;
            let words = (IMAGE..IMAGE + IMAGE_SIZE).step_by(8).map(|a| (a, *(a as *const u64))).filter(|w| w.1 != 0).collect();
            results.push((result, words));
        }
    }
    results
}

fn bundle(cases: &[Case], code: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let word = |out: &mut Vec<u8>, w: u64| out.extend(w.to_le_bytes());
    word(&mut out, cases.len() as u64);
    for (c, code) in cases.iter().zip(code) {
        word(&mut out, code.len() as u64);
        out.extend(code);
        word(&mut out, c.memory.len() as u64);
        for (&at, &w) in &c.memory {
            word(&mut out, at);
            word(&mut out, w);
        }
    }
    out
}

fn outcomes(bytes: &[u8]) -> Vec<Outcome> {
    let mut words = bytes.chunks_exact(8).map(|w| w.iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b)));
    let mut results = Vec::new();
    while let Some(result) = words.next() {
        let n = words.next().unwrap_or(0);
        results.push((result, (0..n).map_while(|_| Some((words.next()?, words.next()?))).collect()));
    }
    results
}

fn run_under_qemu(bundle: &[u8]) -> Vec<Outcome> {
    let dir = std::env::temp_dir().join(format!("krait-aarch64-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap_or_default();
    let harness = dir.join("harness");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/aarch64/harness.c");
    let built = Command::new(COMPILER).args(["-static", "-O1", "-Wall", "-o"]).arg(&harness).arg(source).status();
    assert!(built.is_ok_and(|s| s.success()), "the harness does not compile");
    let (input, output) = (dir.join("in"), dir.join("out"));
    let written = std::fs::File::create(&input).and_then(|mut f| f.write_all(bundle));
    assert!(written.is_ok(), "no bundle");
    let open = |p: &Path, write: bool| -> Stdio {
        let f = if write { std::fs::File::create(p) } else { std::fs::File::open(p) };
        f.map_or_else(|_| Stdio::null(), Stdio::from)
    };
    let run = Command::new(EMULATOR).arg(&harness).stdin(open(&input, false)).stdout(open(&output, true)).status();
    assert!(run.as_ref().is_ok_and(|s| s.success()), "the harness failed: {run:?}");
    let result = outcomes(&std::fs::read(&output).unwrap_or_default());
    let _ = std::fs::remove_dir_all(dir);
    result
}

const COMPILER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";

fn available(tool: &str) -> bool {
    Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "the plain functions are x86-64 code")]
fn aarch64_does_the_same() {
    if !available(COMPILER) || !available(EMULATOR) {
        krait_object::stderr_line!("aarch64: SKIPPED, for want of {COMPILER} or {EMULATOR}");
        return;
    }
    assert!((VM_BREAKER as u64) < FRAME - IMAGE && (VM_TOP as u64) < FRAME - IMAGE, "the image's thread state is too small");
    let cases = all_cases();
    let compile = |triple: Option<&str>| -> Vec<Vec<u8>> {
        let isa = match isa(triple) {
            Ok(isa) => isa,
            Err(e) => panic!("no code generator: {e}"),
        };
        let code = |c: &Case| match lower(&c.tree, &isa, stress(c), Text::default()) {
            Ok(l) => l.code,
            Err(e) => panic!("{}: {e}", c.about),
        };
        cases.iter().map(code).collect()
    };
    let here = run_here(&cases, &compile(None));
    let there = run_under_qemu(&bundle(&cases, &compile(Some("aarch64-unknown-linux-gnu"))));
    assert_eq!(here.len(), there.len(), "the harness stopped early");
    let exits: std::collections::BTreeSet<u64> = here.iter().map(|o| o.0).collect();
    assert!(exits.len() > 3 && here.iter().any(|o| o.1.contains_key(&LOG)), "the cases exercise nothing: {exits:?}");
    let mut wrong = 0;
    for ((c, a), b) in cases.iter().zip(&here).zip(&there) {
        if !same(a, b) {
            wrong += 1;
            let words: Vec<String> =
                a.1.iter()
                    .filter(|(at, w)| !b.1.get(at).is_some_and(|x| same_word(*x, **w)))
                    .map(|(at, w)| format!("{at:x}: {w:x}, there {:x?}", b.1.get(at)))
                    .take(4)
                    .collect();
            krait_object::stderr_line!("{}: exit {} there {}; {}", c.about, a.0, b.0, words.join("; "));
        }
    }
    assert_eq!(wrong, 0, "of {} cases", cases.len());
    let effects = cases.iter().filter(|c| c.tree.insts.iter().any(|i| i.op.effect() == Effect::Call)).count();
    krait_object::stderr_line!("aarch64: {} cases agree, {effects} with calls of the interpreter", cases.len());
}
