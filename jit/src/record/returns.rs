//! The end of a function that was entered as compiled code.

use krait_frontend::bytecode::{Instr, Op as Bc};
use krait_object::vm::Vm;

use super::state::{Gone, Slot};
use super::{Abort, Recorder};
use crate::ir::{Inst, Op, Ty};
use crate::tree::HeaderKind;

impl Recorder {
    /// `RETURN` and `RETURN_CONST` of the root frame. True if the trace ends here with the result;
    /// false if the interpreter is to execute the instruction.
    pub(super) fn return_from_root(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        // SAFETY: the root frame is alive.
        let fits = unsafe {
            let f = &*self.frames[0].frame;
            f.generator.get().is_null() && f.frame_obj.get().is_unbound()
        };
        if self.frames.len() != 1 || self.tree.kind() != HeaderKind::Function || !fits {
            return Ok(false);
        }
        // A frame object would get the registers.
        self.guard(vm, Inst::new(Op::GuardNoFrameObject, &[]))?;
        let (id, from) = match w.op() {
            Bc::RETURN => {
                let abs = self.abs(w.a());
                (self.read_abs(vm, abs), Some(abs))
            }
            _ => (self.constant_obj(self.code_const(w)), None),
        };
        // The result stays in its register until all others are empty, so that it inherits what they
        // give up.
        let mut gone = Vec::new();
        // SAFETY: the code of a frame being followed is alive.
        let nlocals = unsafe { (*self.top().state.code).nlocals };
        let n = self.slots.len() as u32;
        if let Some(abs) = from {
            let s = self.slots[abs as usize];
            self.drop_boxed(abs, s, id);
            if self.ty(id) != Ty::Val {
                self.slots[abs as usize] = Slot::dirty(id, false);
            }
        }
        for abs in (nlocals..n).chain(0..nlocals) {
            if Some(abs) != from {
                gone.push(self.displace(vm, abs)?);
            }
        }
        let mut dies = Vec::new();
        for g in gone {
            match g {
                Gone::Dies(id) => dies.push(id),
                g => self.finish(vm, g),
            }
        }
        if !dies.is_empty() {
            // They may run code as they die: it finds the frame at its end, and only the result left.
            self.loud = false;
            self.sync(vm);
            let snap = self.take_snapshot();
            for id in dies {
                self.emit(vm, Inst::new(Op::Release, &[id]).snap(snap));
            }
        }
        let owned = match from {
            Some(abs) => {
                let s = self.slots[abs as usize];
                self.slots[abs as usize] = Slot::UNBOUND;
                !matches!(s.mem, super::Mem::Dirty { owned: false })
            }
            None => false,
        };
        let word = self.owned_word(vm, id, owned && self.ty(id) == Ty::Val);
        self.settle();
        self.snap = None;
        let snap = self.take_snapshot();
        self.push(Inst::new(Op::Return, &[word]).snap(snap));
        self.close(None);
        Ok(true)
    }
}
