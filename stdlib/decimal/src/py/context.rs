//! Context objects: their attributes and their copies.

use std::cell::Cell;
use std::rc::Rc;

use krait_macros::Trace;
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, make, no_header, peek_obj};

use super::operand::ssize;
use super::signals::{self, Flags, PySignalMixin};
use super::state::state;
use crate::num::context::{Ctx, MALLOC_ERROR, MAX_EMAX, MAX_PREC, MIN_EMIN, ROUNDINGS, Round, Status};

#[repr(C)]
#[derive(Trace)]
pub struct PyDecContext {
    header: Header,
    #[trace(skip)]
    pub ctx: Cell<Ctx>,
    #[trace(skip)]
    pub capitals: Cell<bool>,
    #[trace(skip)]
    pub flags: Flags,
    #[trace(skip)]
    pub traps: Flags,
    /// The signal dicts, once somebody looked at them.
    flags_dict: Cell<Option<Obj>>,
    traps_dict: Cell<Option<Obj>>,
}

impl PyDecContext {
    fn payload(ctx: Ctx, capitals: bool, flags: Status, traps: Status) -> PyDecContext {
        PyDecContext {
            header: no_header(),
            ctx: Cell::new(ctx),
            capitals: Cell::new(capitals),
            flags: Rc::new(Cell::new(flags)),
            traps: Rc::new(Cell::new(traps)),
            flags_dict: Cell::new(None),
            traps_dict: Cell::new(None),
        }
    }
    pub fn create(vm: &Vm, ctx: Ctx, traps: Status) -> Py<PyDecContext> {
        make(vm, Self::payload(ctx, true, 0, traps))
    }
    /// A new context like the default one.
    pub fn from_default(vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        let d = &state(vm)?.default;
        instance(vm, cls, Self::payload(d.ctx.get(), true, d.flags.get(), d.traps.get()))
    }
    /// A copy, flags included.
    pub fn duplicate(&self, vm: &Vm) -> Py<PyDecContext> {
        make(vm, Self::payload(self.ctx.get(), self.capitals.get(), self.flags.get(), self.traps.get()))
    }
    /// Sets the flags of conditions and raises what is trapped.
    #[inline]
    pub fn signal(&self, vm: &Vm, status: Status) -> PyResult<()> {
        if status == 0 {
            return Ok(());
        }
        self.flags.set(self.flags.get() | status);
        let trapped = status & (self.traps.get() | MALLOC_ERROR);
        if trapped == 0 { Ok(()) } else { Err(signals::raise(vm, trapped)) }
    }
    pub fn flags_object(&self, vm: &Vm) -> PyResult<Obj> {
        dict_of(vm, &self.flags_dict, &self.flags)
    }
    pub fn traps_object(&self, vm: &Vm) -> PyResult<Obj> {
        dict_of(vm, &self.traps_dict, &self.traps)
    }

    pub fn set_prec(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        let prec = ssize(vm, value)?;
        if !(1..=MAX_PREC).contains(&prec) {
            return Err(vm.value_error("valid range for prec is [1, MAX_PREC]"));
        }
        self.ctx.set(Ctx { prec, ..self.ctx.get() });
        Ok(())
    }
    pub fn set_emin(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        let emin = ssize(vm, value)?;
        if !(MIN_EMIN..=0).contains(&emin) {
            return Err(vm.value_error("valid range for Emin is [MIN_EMIN, 0]"));
        }
        self.ctx.set(Ctx { emin, ..self.ctx.get() });
        Ok(())
    }
    pub fn set_emax(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        let emax = ssize(vm, value)?;
        if !(0..=MAX_EMAX).contains(&emax) {
            return Err(vm.value_error("valid range for Emax is [0, MAX_EMAX]"));
        }
        self.ctx.set(Ctx { emax, ..self.ctx.get() });
        Ok(())
    }
    pub fn set_rounding(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        let round = rounding(vm, value)?;
        self.ctx.set(Ctx { round, ..self.ctx.get() });
        Ok(())
    }
    pub fn set_capitals(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        self.capitals.set(bit(vm, value, "valid values for capitals are 0 or 1")?);
        Ok(())
    }
    pub fn set_clamp(&self, vm: &Vm, value: Ref<'_>) -> PyResult<()> {
        let clamp = bit(vm, value, "valid values for clamp are 0 or 1")?;
        self.ctx.set(Ctx { clamp, ..self.ctx.get() });
        Ok(())
    }
    /// Sets attributes by the constructor's parameters, None leaving things as they are.
    pub fn set_all(&self, vm: &Vm, values: &Settings<'_>) -> PyResult<()> {
        if let Some(v) = values.prec {
            self.set_prec(vm, v)?;
        }
        if let Some(v) = values.rounding {
            self.set_rounding(vm, v)?;
        }
        if let Some(v) = values.emin {
            self.set_emin(vm, v)?;
        }
        if let Some(v) = values.emax {
            self.set_emax(vm, v)?;
        }
        if let Some(v) = values.capitals {
            self.set_capitals(vm, v)?;
        }
        if let Some(v) = values.clamp {
            self.set_clamp(vm, v)?;
        }
        if let Some(v) = values.traps {
            let status = signals::from_object(vm, v, true)?;
            self.traps.set(status);
        }
        if let Some(v) = values.flags {
            let status = signals::from_object(vm, v, true)?;
            self.flags.set(status);
        }
        Ok(())
    }
    /// The rounding mode's name.
    pub fn rounding_name(&self, vm: &Vm) -> PyResult<Obj> {
        let round = self.ctx.get().round;
        let at = ROUNDINGS.iter().position(|(r, _)| *r == round).unwrap_or(0);
        Ok(state(vm)?.roundings[at].to_obj())
    }
}

/// The parameters of `Context`.
#[derive(Default)]
pub struct Settings<'a> {
    pub prec: Option<Ref<'a>>,
    pub rounding: Option<Ref<'a>>,
    pub emin: Option<Ref<'a>>,
    pub emax: Option<Ref<'a>>,
    pub capitals: Option<Ref<'a>>,
    pub clamp: Option<Ref<'a>>,
    pub flags: Option<Ref<'a>>,
    pub traps: Option<Ref<'a>>,
}

fn dict_of(vm: &Vm, cell: &Cell<Option<Obj>>, flags: &Flags) -> PyResult<Obj> {
    if let Some(d) = peek_obj(cell) {
        return Ok(d);
    }
    let d = PySignalMixin::create(vm, flags.clone())?;
    cell.set(Some(d.clone()));
    Ok(d)
}

fn bit(vm: &Vm, value: Ref<'_>, msg: &str) -> PyResult<bool> {
    match ssize(vm, value)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(vm.value_error(msg)),
    }
}

/// A rounding mode by name.
pub fn rounding(vm: &Vm, value: Ref<'_>) -> PyResult<Round> {
    if let Some(s) = value.downcast::<PyStr>(vm)
        && let Some((r, _)) = ROUNDINGS.iter().find(|(_, name)| s.eq_str(name))
    {
        return Ok(*r);
    }
    Err(vm.type_error(
        "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]",
    ))
}
