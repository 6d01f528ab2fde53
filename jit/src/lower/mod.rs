//! Lowering of a tree of traces to one Cranelift function.
//!
//! The function loads the parameters of the tree's first header from the registers, checking their
//! types, and enters the header. Each header is a block with its parameters as block parameters,
//! followed by its own trace; where a guard has a bridge, the bridge follows in the guard's failure
//! block, with all values of its ancestors at hand. Edges to headers convert what they pass. Every
//! other failure writes the values of its snapshot, unboxed, to the scratch area and returns the
//! number of the exit: boxing is the business of [`crate::leave`].

mod arith;
#[cfg(test)]
mod differential;
mod exits;
mod headers;
mod memory;
mod native;
mod single;
mod values;

use std::collections::HashMap;
use std::rc::Rc;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, Block, InstBuilder, MemFlagsData, SigRef, Signature, Type, UserFuncName, Value as Cl, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use krait_object::layouts::{FRAME_PC, VM_TOP};

use crate::helpers::Helper;
use crate::ir::ops::Effect;
use crate::ir::snapshot::Restore;
use crate::ir::{Id, Inst, Op, Ty};
use crate::tree::{Exit, ExitKind, Tree};

/// The code generator's settings for the machine we run on, or for `triple`.
pub fn isa(triple: Option<&str>) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", "none"),
        ("enable_verifier", verify),
        ("unwind_info", "false"),
        ("preserve_frame_pointers", "true"),
        ("enable_probestack", "false"),
        ("is_pic", "false"),
    ] {
        flags.set(name, value).map_err(|e| e.to_string())?;
    }
    let flags = settings::Flags::new(flags);
    let builder = match triple {
        None => cranelift_native::builder().map_err(str::to_owned)?,
        Some(t) => {
            let t: target_lexicon::Triple = t.parse().map_err(|e| format!("{e:?}"))?;
            cranelift_codegen::isa::lookup(t).map_err(|e| e.to_string())?
        }
    };
    builder.finish(flags).map_err(|e| e.to_string())
}

/// Machine code of a tree, with its exits.
pub struct Lowered {
    pub code: Vec<u8>,
    pub exits: Vec<Exit>,
    /// Cranelift's form, and assembly, if asked for.
    pub clif: Option<String>,
    pub asm: Option<String>,
}

/// What to give as text too.
#[derive(Copy, Clone, Default)]
pub struct Text {
    pub clif: bool,
    pub asm: bool,
}

/// What stress testing adds.
#[derive(Copy, Clone, Default)]
pub struct Stress {
    /// Address of a counter that every guard counts down; at 0 the guard fails.
    pub fail_counter: Option<*mut u64>,
    /// Address of a word with the function that stands in for all helpers; it gets the helper's
    /// number as one more argument.
    pub helpers: Option<u64>,
}

/// Compiles a tree.
pub fn lower(tree: &Tree, isa: &OwnedTargetIsa, stress: Stress, text: Text) -> Result<Lowered, String> {
    let mut sig = Signature::new(CallConv::triple_default(isa.triple()));
    for _ in 0..4 {
        sig.params.push(AbiParam::new(types::I64));
    }
    sig.returns.push(AbiParam::new(types::I64));
    let mut ctx = cranelift_codegen::Context::new();
    ctx.func = cranelift_codegen::ir::Function::with_name_signature(UserFuncName::user(0, u32::from(tree.id)), sig);
    let mut fctx = FunctionBuilderContext::new();
    let b = FunctionBuilder::new(&mut ctx.func, &mut fctx);
    let exits = Lower::new(tree, b, isa, stress).run()?;
    let clif = text.clif.then(|| ctx.func.display().to_string());
    ctx.set_disasm(text.asm);
    ctx.compile(&**isa, &mut ControlPlane::default()).map_err(|e| format!("{:?}", e.inner))?;
    let Some(compiled) = ctx.compiled_code() else { return Err("no code".into()) };
    if !compiled.buffer.relocs().is_empty() {
        return Err("code with relocations".into());
    }
    Ok(Lowered { code: compiled.code_buffer().to_vec(), exits, clif, asm: compiled.vcode.clone() })
}

struct Lower<'a> {
    tree: &'a Tree,
    b: FunctionBuilder<'a>,
    isa: &'a OwnedTargetIsa,
    stress: Stress,
    values: Vec<Option<Cl>>,
    vm: Cl,
    frame: Cl,
    regs: Cl,
    scratch: Cl,
    /// The block of each header, once an edge leads to it.
    headers: Vec<Option<Block>>,
    /// Headers whose traces are yet to be lowered.
    unlowered: Vec<usize>,
    exits: Vec<Exit>,
    /// The common end of the exits under each header.
    tails: Vec<Option<Block>>,
    /// Failure blocks by snapshot, with the trace they belong to.
    failures: HashMap<u32, Block>,
    /// Failure blocks yet to be filled: block, snapshot, trace, first instruction.
    pending: Vec<(Block, u32, usize, Id)>,
    helper_sig: SigRef,
    trace: usize,
}

/// Memory accesses that cannot trap.
fn mem() -> MemFlagsData {
    MemFlagsData::trusted()
}

impl<'a> Lower<'a> {
    fn new(tree: &'a Tree, mut b: FunctionBuilder<'a>, isa: &'a OwnedTargetIsa, stress: Stress) -> Self {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let p = b.block_params(entry).to_vec();
        let mut sig = Signature::new(CallConv::triple_default(isa.triple()));
        for _ in 0..4 {
            sig.params.push(AbiParam::new(types::I64));
        }
        sig.returns.push(AbiParam::new(types::I64));
        if stress.helpers.is_some() {
            sig.params.push(AbiParam::new(types::I64));
        }
        let helper_sig = b.import_signature(sig);
        Lower {
            tree,
            b,
            isa,
            stress,
            values: vec![None; tree.insts.len()],
            vm: p[0],
            frame: p[1],
            regs: p[2],
            scratch: p[3],
            headers: vec![None; tree.headers.len()],
            unlowered: Vec::new(),
            exits: Vec::new(),
            tails: vec![None; tree.headers.len()],
            failures: HashMap::new(),
            pending: Vec::new(),
            helper_sig,
            trace: 0,
        }
    }

    fn run(mut self) -> Result<Vec<Exit>, String> {
        self.entry();
        loop {
            if let Some((block, snap, trace, at)) = self.pending.pop() {
                self.b.switch_to_block(block);
                match self.tree.bridges.get(&snap) {
                    Some(&bridge) => self.lower_trace(bridge)?,
                    None => {
                        self.b.set_cold_block(block);
                        self.leave_with(ExitKind::Guard, snap, trace, at);
                    }
                }
            } else if let Some(h) = self.unlowered.pop() {
                self.enter_header(h)?;
            } else {
                break;
            }
        }
        self.lower_tails();
        self.b.seal_all_blocks();
        self.b.finalize(self.isa.frontend_config());
        Ok(self.exits)
    }

    fn lower_trace(&mut self, n: usize) -> Result<(), String> {
        let t = &self.tree.traces[n];
        self.trace = n;
        for id in t.first..t.end {
            let i = self.tree.insts[id as usize];
            match i.op {
                Op::Param => {}
                Op::GuardType if self.is_fact(n, &i) => {}
                Op::Jump => self.jump(n, id)?,
                Op::Return => self.return_from_root(n, id, &i),
                Op::Leave => self.leave_with(ExitKind::End, i.snap, n, id),
                _ => {
                    let v = self.inst(id, &i)?;
                    self.values[id as usize] = v;
                }
            }
        }
        Ok(())
    }

    /// Did the edges to the header see to it?
    fn is_fact(&self, trace: usize, i: &Inst) -> bool {
        i.imm2 == 0 && self.tree.headers[self.tree.traces[trace].header].facts.contains(&(i.args[0], i.imm))
    }

    /// Continues if `v` is zero, else goes to `to`.
    fn branch_nonzero(&mut self, v: Cl, to: Block) {
        let next = self.b.create_block();
        self.b.ins().brif(v, to, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    fn branch_zero(&mut self, v: Cl, to: Block) {
        let next = self.b.create_block();
        self.b.ins().brif(v, next, &[], to, &[]);
        self.b.switch_to_block(next);
    }

    /// Leaves with the instruction's snapshot if `cond` is true.
    fn fail_if(&mut self, cond: Cl, id: Id, i: &Inst) {
        let cond = match self.stress.fail_counter {
            Some(counter) if i.op.effect() != Effect::Store => self.count_down(cond, counter),
            _ => cond,
        };
        let block = self.failure(i.snap, id);
        self.branch_nonzero(cond, block);
    }

    fn fail_unless(&mut self, cond: Cl, id: Id, i: &Inst) {
        let not = self.b.ins().icmp_imm_s(IntCC::Equal, cond, 0);
        self.fail_if(not, id, i);
    }

    /// Stress: one guard in so many fails whatever its condition.
    fn count_down(&mut self, cond: Cl, counter: *mut u64) -> Cl {
        let at = self.b.ins().iconst(types::I64, counter as i64);
        let n = self.b.ins().load(types::I64, mem(), at, 0);
        let n = self.b.ins().iadd_imm_s(n, -1);
        self.b.ins().store(mem(), n, at, 0);
        let now = self.b.ins().icmp_imm_s(IntCC::Equal, n, 0);
        self.b.ins().bor(cond, now)
    }

    fn failure(&mut self, snap: u32, at: Id) -> Block {
        if let Some(&b) = self.failures.get(&snap) {
            return b;
        }
        let block = self.b.create_block();
        self.failures.insert(snap, block);
        self.pending.push((block, snap, self.trace, at));
        block
    }

    /// Calls a runtime function.
    fn call(&mut self, h: Helper, args: &[Cl]) -> Cl {
        let mut all = vec![self.vm];
        all.extend_from_slice(args);
        while all.len() < 4 {
            all.push(self.vm);
        }
        let f = match self.stress.helpers {
            None => self.b.ins().iconst(types::I64, h.address() as i64),
            Some(stub) => {
                all.push(self.b.ins().iconst(types::I64, h as i64));
                let at = self.b.ins().iconst(types::I64, stub as i64);
                self.b.ins().load(types::I64, mem(), at, 0)
            }
        };
        let call = self.b.ins().call_indirect(self.helper_sig, f, &all);
        self.b.inst_results(call)[0]
    }

    fn pointer<T>(&mut self, p: *const T) -> Cl {
        self.b.ins().iconst(types::I64, p as i64)
    }

    /// The value of an instruction.
    fn value(&mut self, id: Id) -> Cl {
        let i = &self.tree.insts[id as usize];
        // Constants are made where they are used: they cost nothing and live nowhere.
        match i.op {
            Op::ConstInt | Op::ConstVal => return self.b.ins().iconst(types::I64, i.imm as i64),
            Op::ConstBool => return self.b.ins().iconst(types::I8, i.imm as i64),
            Op::ConstFloat => return self.b.ins().f64const(f64::from_bits(i.imm)),
            _ => {}
        }
        match self.values[id as usize] {
            Some(v) => v,
            None => unreachable!("a trace uses values of its own path"),
        }
    }

    /// A value as a 64-bit word for a helper.
    fn arg(&mut self, id: Id) -> Cl {
        let v = self.value(id);
        match self.tree.insts[id as usize].ty {
            Ty::Bool => self.b.ins().uextend(types::I64, v),
            Ty::Float => self.b.ins().bitcast(types::I64, mem_bits(), v),
            _ => v,
        }
    }

    fn sync(&mut self, at: Id, i: &Inst) {
        let regs = self.restored(i.snap, self.trace);
        for (reg, r) in regs {
            let w = match r {
                Restore::Unbound => self.b.ins().iconst(types::I64, 0),
                // Nothing would free a number boxed for a parameter: one that needs a box leaves.
                Restore::Value { id, .. } if self.is_number_param(id) => self.immediate(at, i, id),
                Restore::Value { id, incref } => {
                    let w = self.word(id);
                    if incref && self.tree.insts[id as usize].ty == Ty::Val {
                        self.incref(id, w);
                    }
                    w
                }
            };
            self.b.ins().store(mem(), w, self.regs, reg as i32 * 8);
        }
        let frames = self.tree.snapshots[i.snap as usize].frames.clone();
        // Callers' positions were written when the frames above them were pushed.
        if frames.iter().all(|f| f.pushed) {
            let Some(top) = frames.last() else { return };
            let pc = self.pointer(top.pc);
            let frame = if frames.len() == 1 { self.frame } else { self.b.ins().load(types::I64, mem(), self.vm, VM_TOP as i32) };
            self.b.ins().store(mem(), pc, frame, FRAME_PC as i32);
            return;
        }
        for (k, f) in frames.iter().enumerate() {
            if let (Some((id, owned)), false) = (f.instance, f.pushed) {
                let w = self.value(id);
                if !owned {
                    self.incref(id, w);
                }
                self.b.ins().store(mem(), w, self.scratch, k as i32 * 8);
            }
        }
        let list = self.pointer(Rc::as_ptr(&frames));
        let frame = self.frame;
        self.call(Helper::SyncFrames, &[list, frame]);
    }

    fn is_number_param(&self, id: Id) -> bool {
        let i = &self.tree.insts[id as usize];
        i.op == Op::Param && i.ty != Ty::Val
    }

    fn step(&mut self, id: Id, i: &Inst) {
        let tree = self.pointer(self.tree as *const Tree);
        let next = (i.imm as i64 + i64::from(i.imm2 as i32) * 8) as *const u64;
        let next = self.pointer(next);
        let pc = self.pointer(i.imm as *const u64);
        let r = self.call(Helper::Step, &[tree, next, pc]);
        self.leave_after(r, r, 2, id, i);
    }

    /// Leaves if `cond` is true, from a state that is in memory: raising if `r` is `raised`.
    fn leave_after(&mut self, cond: Cl, r: Cl, raised: i64, id: Id, i: &Inst) {
        let out = self.b.create_block();
        self.branch_nonzero(cond, out);
        let Some(on) = self.b.current_block() else { return };
        self.b.switch_to_block(out);
        self.b.set_cold_block(out);
        let empty = Rc::new(Vec::new());
        let elsewhere = self.new_exit(ExitKind::Elsewhere, i.snap, self.trace, id, Vec::new(), empty.clone(), Vec::new());
        let raising = self.new_exit(ExitKind::Raised, i.snap, self.trace, id, Vec::new(), empty, Vec::new());
        let (e, x) = (self.b.ins().iconst(types::I64, elsewhere as i64), self.b.ins().iconst(types::I64, raising as i64));
        let is_raised = self.b.ins().icmp_imm_s(IntCC::Equal, r, raised);
        let n = self.b.ins().select(is_raised, x, e);
        self.b.ins().return_(&[n]);
        self.b.switch_to_block(on);
    }

    fn release(&mut self, id: Id, i: &Inst) {
        let v = self.value(i.args[0]);
        let tree = self.pointer(self.tree as *const Tree);
        let r = self.call(Helper::Release, &[v, tree]);
        let more = self.tree.insts.get(id as usize + 1).is_some_and(|n| n.op == Op::Release);
        if more {
            return;
        }
        let out = self.b.create_block();
        self.branch_nonzero(r, out);
        let Some(on) = self.b.current_block() else { return };
        self.b.switch_to_block(out);
        self.b.set_cold_block(out);
        let n = self.new_exit(ExitKind::Elsewhere, i.snap, self.trace, id, Vec::new(), Rc::new(Vec::new()), Vec::new());
        self.return_number(n);
        self.b.switch_to_block(on);
    }
}

fn cl_type(ty: Ty) -> Type {
    match ty {
        Ty::Float => types::F64,
        Ty::Bool => types::I8,
        _ => types::I64,
    }
}

/// Flags of a bit cast.
fn mem_bits() -> MemFlagsData {
    MemFlagsData::new()
}
