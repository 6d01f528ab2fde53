//! Objects that die: those whose death nobody notices need no state in memory.

use std::collections::HashSet;

use krait_object::header::Header;
use krait_object::vm::Vm;

use super::Recorder;
use super::state::{Content, Mem};
use crate::ir::{Id, Inst, Op};

impl Recorder {
    /// The object `h`, of value `id`, is about to die.
    pub(super) fn note_death(&mut self, vm: &Vm, _: Id, h: &Header) {
        // Looking through all a function refers to costs more than the state in memory.
        let far = std::ptr::eq(h.ty(), vm.types.function);
        self.loud |= far || !krait_object::gc::dies_quietly(vm, h);
    }

    /// Lets the objects of the last instruction die, if they all did so quietly this time.
    pub(super) fn bury_quietly(&mut self, vm: &Vm) -> bool {
        if std::mem::take(&mut self.loud) {
            return false;
        }
        let dying = std::mem::take(&mut self.dying);
        for (i, &id) in dying.iter().enumerate() {
            self.promote_supported(vm, id);
            self.snap = None;
            let snap = self.take_snapshot();
            // Leaving, what has not been dropped here is dropped then.
            self.tree.dying.insert(snap, dying[i..].to_vec());
            self.push(Inst::new(Op::DropQuiet, &[id]).snap(snap));
        }
        self.snap = None;
        true
    }

    /// Makes the trace own every value that may be kept alive by `owner` alone: what was got out of
    /// it, and what was put into any object, or got out of that.
    fn promote_supported(&mut self, vm: &Vm, owner: Id) {
        let stores = [Op::Arg, Op::StoreAttr, Op::StoreCell, Op::SetListItem, Op::StoreDictEntry, Op::Make, Op::Call, Op::CallBool];
        let mut roots: HashSet<Id> = self.tree.insts.iter().filter(|i| stores.contains(&i.op)).flat_map(|i| i.operands()).collect();
        roots.insert(owner);
        for i in 0..self.slots.len() {
            let s = self.slots[i];
            if let (Content::Value(id), Mem::Dirty { owned: false }) = (s.content, s.mem)
                && self.counted(id)
                && !self.has_owner(id, i)
                && self.comes_from(id, &roots)
            {
                self.emit(vm, Inst::new(Op::Incref, &[id]));
                self.slots[i].mem = Mem::Dirty { owned: true };
            }
        }
    }

    /// Is the value one of `roots`, or got out of one?
    fn comes_from(&self, id: Id, roots: &HashSet<Id>) -> bool {
        let mut todo = vec![id];
        let mut seen = Vec::new();
        while let Some(v) = todo.pop() {
            if roots.contains(&v) {
                return true;
            }
            if seen.contains(&v) {
                continue;
            }
            seen.push(v);
            todo.extend(self.tree.insts[v as usize].operands());
        }
        false
    }
}
