//! Headers and the edges to them.

use std::rc::Rc;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value as Cl, types};
use krait_object::layouts::{FRAME_FUNCTION, FUNCTION_BUILTINS, FUNCTION_GLOBALS, HEADER_TYPE, VM_BREAKER};

use super::{Lower, cl_type, mem};
use crate::flow::{self, Passed};
use crate::ir::{Id, NONE, Op, Ty};
use crate::tree::{ExitKind, HeaderKind, Param};

impl Lower<'_> {
    /// Loads and checks what the first header takes, then goes there.
    pub(super) fn entry(&mut self) {
        let fail = self.b.create_block();
        let mut args = Vec::new();
        if let Some((globals, builtins)) = self.tree.namespaces {
            let func = self.b.ins().load(types::I64, mem(), self.frame, FRAME_FUNCTION as i32);
            for (want, offset) in [(globals, FUNCTION_GLOBALS), (builtins, FUNCTION_BUILTINS)] {
                let d = self.b.ins().load(types::I64, mem(), func, offset as i32);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, d, want as i64);
                self.branch_nonzero(other, fail);
            }
        }
        let header = &self.tree.headers[0];
        for p in &header.params {
            let w = self.b.ins().load(types::I64, mem(), self.regs, p.reg as i32 * 8);
            let v = self.unbox_or(w, p.ty, |l, ok| l.branch_zero(ok, fail));
            for &(_, ty) in header.facts.iter().filter(|f| f.0 == p.id) {
                self.check_type(v, ty, fail);
            }
            args.push(BlockArg::Value(v));
        }
        let block = self.header_block(0);
        self.b.ins().jump(block, &args);

        self.b.switch_to_block(fail);
        self.b.set_cold_block(fail);
        let n = self.new_exit(ExitKind::Entry, NONE, 0, NONE, Vec::new(), Rc::new(Vec::new()), Vec::new());
        self.return_number(n);
    }

    /// Goes to `fail` unless the word is of an object of exactly this type.
    fn check_type(&mut self, v: Cl, ty: u64, fail: Block) {
        let heap = self.is_heap(v);
        self.branch_zero(heap, fail);
        let have = self.b.ins().load(types::I64, mem(), v, HEADER_TYPE as i32);
        let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, have, ty as i64);
        self.branch_nonzero(other, fail);
    }

    fn header_block(&mut self, h: usize) -> Block {
        if let Some(b) = self.headers[h] {
            return b;
        }
        let block = self.b.create_block();
        self.headers[h] = Some(block);
        self.unlowered.push(h);
        block
    }

    /// Lowers a header and its own trace.
    pub(super) fn enter_header(&mut self, h: usize) -> Result<(), String> {
        let block = self.header_block(h);
        self.b.switch_to_block(block);
        let header = &self.tree.headers[h];
        for p in &header.params {
            let v = self.b.append_block_param(block, cl_type(p.ty));
            self.values[p.id as usize] = Some(v);
        }
        self.trace = header.body;
        if header.kind == HeaderKind::Loop {
            self.poll(h);
        }
        self.lower_trace(header.body)
    }

    /// Checks the eval breaker at a loop header.
    fn poll(&mut self, h: usize) {
        let bits = self.b.ins().load(types::I32, mem(), self.vm, VM_BREAKER as i32);
        let out = self.b.create_block();
        self.branch_nonzero(bits, out);
        let body = self.b.current_block();
        self.b.switch_to_block(out);
        self.b.set_cold_block(out);
        let header = &self.tree.headers[h];
        let regs = self.completed(h, &[]);
        self.leave_full(ExitKind::Poll, NONE, header.body, NONE, regs, header.frames.clone());
        if let Some(body) = body {
            self.b.switch_to_block(body);
        }
    }

    /// The edge at the end of trace `n`.
    pub(super) fn jump(&mut self, n: usize, at: Id) -> Result<(), String> {
        let Some(edge) = &self.tree.traces[n].edge else { return Err("a jump without an edge".into()) };
        let to = edge.to;
        let params: Vec<Param> = self.tree.headers[to].params.clone();
        let mut args = Vec::new();
        for p in &params {
            let Some(edge) = &self.tree.traces[n].edge else { continue };
            let v = match flow::passed(self.tree, n, edge, p.reg) {
                Passed::Value(id) => {
                    let v = self.converted(at, id, p.ty);
                    self.check_facts(n, at, id, v, p);
                    v
                }
                Passed::Unbound => {
                    if p.ty != Ty::Val && !self.tree.is_temporary(to, p.reg) {
                        self.fail_always(at);
                    }
                    if p.ty == Ty::Float { self.b.ins().f64const(0.0) } else { self.b.ins().iconst(types::I64, 0) }
                }
                Passed::Memory => {
                    let w = self.b.ins().load(types::I64, mem(), self.regs, p.reg as i32 * 8);
                    let v = self.unboxed(at, w, p.ty);
                    self.check_facts(n, at, NONE, v, p);
                    v
                }
            };
            args.push(BlockArg::Value(v));
        }
        let block = self.header_block(to);
        self.b.ins().jump(block, &args);
        Ok(())
    }

    /// A value as a parameter of type `ty` wants it.
    fn converted(&mut self, at: Id, id: Id, ty: Ty) -> Cl {
        let have = self.tree.insts[id as usize].ty;
        if have == ty {
            return self.value(id);
        }
        match (have, ty) {
            (Ty::Val, Ty::Int | Ty::Float) => {
                let w = self.value(id);
                self.unboxed(at, w, ty)
            }
            (Ty::Int | Ty::Float | Ty::Bool, Ty::Val) => self.word(id),
            _ => {
                self.fail_always(at);
                if ty == Ty::Float { self.b.ins().f64const(0.0) } else { self.b.ins().iconst(types::I64, 0) }
            }
        }
    }

    /// The value cannot be what the header takes.
    fn fail_always(&mut self, at: Id) {
        let always = self.b.ins().iconst(types::I8, 1);
        let i = self.tree.insts[at as usize];
        self.fail_if(always, at, &i);
    }

    /// Types the header takes for granted.
    fn check_facts(&mut self, trace: usize, at: Id, id: Id, v: Cl, p: &Param) {
        let header = match &self.tree.traces[trace].edge {
            Some(e) => &self.tree.headers[e.to],
            None => return,
        };
        let facts: Vec<u64> = header.facts.iter().filter(|f| f.0 == p.id).map(|f| f.1).collect();
        for ty in facts {
            if id != NONE && flow::has_type(self.tree, trace, id, ty) {
                continue;
            }
            debug_assert_eq!(self.tree.insts[at as usize].op, Op::Jump);
            let i = self.tree.insts[at as usize];
            let fail = self.failure(i.snap, at);
            self.check_type(v, ty, fail);
        }
    }
}
