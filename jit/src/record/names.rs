//! Globals, builtins and cells.

use krait_frontend::bytecode::{FLAG_KA, FLAG_KB, Instr, Op as Bc};
use krait_object::dict::PyDict;
use krait_object::function::{PyCell, PyFunction};
use krait_object::layouts::{FUNCTION_BUILTINS, FUNCTION_CLOSURE, FUNCTION_GLOBALS, TUPLE_ITEMS};
use krait_object::str::PyStr;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Value};

use super::{Abort, Recorder};
use crate::ir::{Id, Inst, Op};
use crate::state::State;
use crate::watch::Watch;

impl Recorder {
    /// Globals and builtins of the running frame, which are taken for constant: code may be that of
    /// several functions.
    fn namespaces(&mut self, vm: &Vm) -> Result<Option<(*const PyDict, *const PyDict)>, Abort> {
        // SAFETY: the running frame's function and globals are alive.
        let (g, b) = unsafe {
            let f = &*self.top().frame;
            let g = &*f.globals.get();
            let func: &PyFunction = &*f.func.get();
            let (Some(_), Some(b)) = (g.r().downcast_exact::<PyDict>(vm), func.builtins.r().downcast_exact::<PyDict>(vm)) else {
                return Ok(None);
            };
            (g as *const PyDict, b as *const PyDict)
        };
        let these = (g as u64, b as u64);
        if self.frames.len() == 1 {
            // SAFETY: as above.
            unsafe {
                self.keep((*g).r().to_obj());
                self.keep((*b).r().to_obj());
            }
            if *self.tree.namespaces.get_or_insert(these) != these {
                return Err(Abort::Contradiction);
            }
            return Ok(Some((g, b)));
        }
        let func = self.function(vm)?;
        if self.tree.insts[func as usize].op != Op::ConstVal {
            for (word, offset) in [(these.0, FUNCTION_GLOBALS), (these.1, FUNCTION_BUILTINS)] {
                let d = self.emit(vm, Inst::new(Op::LoadConstField, &[func]).imm(offset as u64));
                self.guard_is(vm, d, Value(word))?;
            }
        }
        Ok(Some((g, b)))
    }

    /// Are the frame's locals its globals?
    fn at_module_level(&self) -> bool {
        // SAFETY: the running frame.
        unsafe {
            let f = &*self.top().frame;
            f.locals.get().0 == f.globals.get() as u64
        }
    }

    /// # Safety
    /// `pc` is the instruction, of the running frame (here and below).
    pub(super) unsafe fn load_global(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<bool, Abort> {
        if w.op() == Bc::LOAD_NAME && !self.at_module_level() {
            return Ok(false);
        }
        // SAFETY: by contract.
        let name = unsafe { self.site_name(pc) };
        let Some((g, b)) = self.namespaces(vm)? else { return Ok(false) };
        // SAFETY: both dicts are alive; the name is interned.
        let (in_g, in_b) = unsafe { ((*g).get_str_infallible(vm, &*name), (*b).get_str_infallible(vm, &*name)) };
        let id = match (in_g, in_b) {
            (Some(v), _) => self.load_key(vm, g, name, v)?,
            (None, Some(v)) => {
                if !self.watch(vm, Watch::Key(g, name)) {
                    return Ok(false);
                }
                self.load_key(vm, b, name, v)?
            }
            (None, None) => return Ok(false),
        };
        let Some(id) = id else { return Ok(false) };
        self.write(vm, w.a(), id, false)?;
        Ok(true)
    }

    /// The value of a name present in a namespace: a constant, or the entry if it is volatile.
    fn load_key(&mut self, vm: &Vm, d: *const PyDict, name: *const PyStr, v: Obj) -> Result<Option<Id>, Abort> {
        if self.watch(vm, Watch::Key(d, name)) {
            return Ok(Some(self.constant_obj(v)));
        }
        let Some((dict, i)) = self.entry(vm, d, name)? else { return Ok(None) };
        Ok(Some(self.emit(vm, Inst::new(Op::DictEntry, &[dict]).imm(u64::from(i)))))
    }

    /// A namespace and the number of a name's entry, under a guard on its keys.
    fn entry(&mut self, vm: &Vm, d: *const PyDict, name: *const PyStr) -> Result<Option<(Id, u32)>, Abort> {
        // SAFETY: the dict is alive.
        let (version, i) = unsafe { ((*d).keys_version(vm.interp), (*d).lookup_index_str(vm, &*name)) };
        let (Some(i), true) = (i, version != 0) else { return Ok(None) };
        let dict = self.constant(Value::from_ptr(d));
        self.guard(vm, Inst::new(Op::GuardKeys, &[dict]).imm(u64::from(version)))?;
        Ok(Some((dict, i as u32)))
    }

    /// # Safety
    /// See [`load_global`](Self::load_global).
    pub(super) unsafe fn store_global(&mut self, vm: &Vm, w: Instr, pc: *const u64) -> Result<bool, Abort> {
        if w.op() == Bc::STORE_NAME && !self.at_module_level() {
            return Ok(false);
        }
        // SAFETY: by contract.
        let name = unsafe { self.site_name(pc) };
        let Some((g, _)) = self.namespaces(vm)? else { return Ok(false) };
        let watch = Watch::Key(g, name);
        let broken = State::with(|s| {
            let trees = s.watches.make_volatile(watch);
            s.invalidate(vm, &trees);
            trees
        });
        if broken.contains(&self.tree.id) {
            return Err(Abort::Invalidated);
        }
        let Some((dict, i)) = self.entry(vm, g, name)? else { return Ok(false) };
        let old = self.emit(vm, Inst::new(Op::DictEntry, &[dict]).imm(u64::from(i)));
        // SAFETY: the entry was just found.
        let actual = unsafe { (*g).entry_value(i as usize) };
        let gone = self.replaced(vm, old, actual)?;
        let (value, owned) = self.take(vm, w.a(), w.flags() & FLAG_KA != 0);
        let word = self.owned_word(vm, value, owned);
        self.emit(vm, Inst::new(Op::StoreDictEntry, &[dict, word]).imm(u64::from(i)));
        self.finish(vm, gone);
        Ok(true)
    }

    /// The cell operand `n`, and its actual object.
    pub(super) fn cell(&mut self, vm: &Vm, op: Bc, n: u16) -> Result<(Id, *const PyCell), Abort> {
        if matches!(op, Bc::LOAD_CELL | Bc::STORE_CELL) {
            let (id, v) = self.read(vm, n);
            return Ok((id, v.header_ptr() as *const PyCell));
        }
        let func = self.function(vm)?;
        let closure = self.emit(vm, Inst::new(Op::LoadConstField, &[func]).imm(FUNCTION_CLOSURE as u64));
        let id = self.emit(vm, Inst::new(Op::LoadConstField, &[closure]).imm((TUPLE_ITEMS + n as usize * 8) as u64));
        // SAFETY: the running function has that many cells.
        let cell = unsafe {
            let f: &PyFunction = &*(*self.top().frame).func.get();
            match f.closure.as_ref().and_then(|c| c.as_slice().get(n as usize)) {
                Some(c) => c.value().header_ptr() as *const PyCell,
                None => return Err(Abort::Unsupported),
            }
        };
        Ok((id, cell))
    }

    /// The function the running frame executes.
    pub(super) fn function(&mut self, vm: &Vm) -> Result<Id, Abort> {
        if self.frames.len() == 1 {
            // Another one at each entry.
            return Ok(self.emit(vm, Inst::new(Op::RootFunction, &[])));
        }
        let caller = self.frames[self.frames.len() - 2].state.base;
        let abs = caller + u32::from(self.top().state.window);
        Ok(self.read_abs(vm, abs))
    }

    pub(super) fn load_cell(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (cell, actual) = self.cell(vm, w.op(), w.b())?;
        // SAFETY: a live cell.
        if unsafe { (*actual).value().is_unbound() } {
            return Ok(false);
        }
        let v = self.emit(vm, Inst::new(Op::LoadCell, &[cell]));
        self.guard(vm, Inst::new(Op::GuardIsNot, &[v]))?;
        self.write(vm, w.a(), v, false)?;
        Ok(true)
    }

    pub(super) fn store_cell(&mut self, vm: &Vm, w: Instr) -> Result<bool, Abort> {
        let (cell, actual) = self.cell(vm, w.op(), w.a())?;
        let old = self.emit(vm, Inst::new(Op::LoadCell, &[cell]));
        // SAFETY: a live cell.
        let gone = self.replaced(vm, old, unsafe { (*actual).value() })?;
        let (value, owned) = self.take(vm, w.b(), w.flags() & FLAG_KB != 0);
        let word = self.owned_word(vm, value, owned);
        self.emit(vm, Inst::new(Op::StoreCell, &[cell, word]));
        self.finish(vm, gone);
        Ok(true)
    }
}
