//! `frame.f_locals` of a function: a write-through mapping over its variables (PEP 667).

use krait_macros::{Trace, pyclass};
use krait_object::code::PyCode;
use krait_object::exception::peek;
use krait_object::frame_obj::PyFrame;
use krait_object::function::{PyCell, alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::table_layout;

use crate::frames::{content, free_cell, register, variables};
use crate::interp::functions::is_cell;

/// The proxy.
#[repr(C)]
#[derive(Trace)]
pub struct FrameLocals {
    header: Header,
    frame: Py<PyFrame>,
}
table_layout!(FrameLocals => frame_locals_proxy);

/// The proxy of a frame.
pub fn new(vm: &Vm, frame: Py<PyFrame>) -> Obj {
    let payload = FrameLocals { header: no_header(), frame };
    // SAFETY: the type has this layout.
    unsafe { alloc_exact(vm, vm.types.frame_locals_proxy, payload) }.into_obj()
}

impl FrameLocals {
    fn code(&self) -> &PyCode {
        &self.frame.code
    }
    fn reg(&self, i: usize) -> Option<Obj> {
        match self.frame.live() {
            Some(f) => register(f, i),
            None => self.frame.regs.borrow().get(i).cloned().flatten(),
        }
    }
    fn free(&self, i: usize) -> Option<Obj> {
        match self.frame.live() {
            Some(f) => free_cell(f, i),
            None => self.frame.func.as_ref().and_then(|f| f.closure.as_ref()).and_then(|c| c.get(i).cloned()),
        }
    }
    fn extra(&self, vm: &Vm) -> Option<Py<PyDict>> {
        peek(&self.frame.extra_locals).and_then(|d| d.downcast::<PyDict>(vm).ok())
    }
    /// Bound variables, then names set through the proxy.
    fn items(&self, vm: &Vm) -> Vec<(Obj, Obj)> {
        let vars = variables(vm, self.code(), |i| self.reg(i), |i| self.free(i));
        let mut out: Vec<(Obj, Obj)> = vars.into_iter().filter_map(|(n, v)| v.map(|v| (n.into_obj(), v))).collect();
        if let Some(d) = self.extra(vm) {
            out.extend(d.items_vec());
        }
        out
    }
    fn find(&self, vm: &Vm, key: Ref<'_>) -> PyResult<Option<Obj>> {
        if let Some(name) = key.downcast::<PyStr>(vm) {
            let code = self.code();
            for (i, n) in code.local_names.iter().enumerate().rev() {
                if n.eq(name)
                    && let Some(v) = content(vm, code, i, self.reg(i))
                {
                    return Ok(Some(v));
                }
            }
            if let Some(i) = code.freevars.iter().position(|n| n.eq(name)) {
                let v = self.free(i).and_then(|c| c.r().downcast_exact::<PyCell>(vm).and_then(|c| c.get()));
                if v.is_some() {
                    return Ok(v);
                }
            }
        }
        match self.extra(vm) {
            Some(d) => d.get(vm, key),
            None => Ok(None),
        }
    }
    fn set(&self, vm: &Vm, key: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
        if let Some(name) = key.downcast::<PyStr>(vm) {
            let code = self.code();
            let local = code.local_names.iter().enumerate().find(|(i, n)| n.eq(name) && !code.unit.locals[*i].kind.is_hidden());
            if let Some((i, _)) = local {
                self.set_local(vm, i, value.to_obj());
                return Ok(());
            }
            if let Some(i) = code.freevars.iter().position(|n| n.eq(name)) {
                if let Some(c) = self.free(i)
                    && let Some(c) = c.r().downcast_exact::<PyCell>(vm)
                {
                    c.set(Some(value.to_obj()));
                }
                return Ok(());
            }
        }
        let d = match self.extra(vm) {
            Some(d) => d,
            None => {
                let d = PyDict::new(vm);
                self.frame.extra_locals.set(Some(d.clone().into_obj()));
                d
            }
        };
        d.set(vm, key, value)
    }
    /// Native code up the stack may borrow the old value of a running frame's register, so it is
    /// parked until the frame object dies.
    fn set_local(&self, vm: &Vm, i: usize, value: Obj) {
        if is_cell(self.code(), i)
            && let Some(c) = self.reg(i)
            && let Some(c) = c.r().downcast_exact::<PyCell>(vm)
        {
            c.set(Some(value));
            return;
        }
        match self.frame.live() {
            Some(f) => {
                // SAFETY: a register of the live frame; its old reference moves to the parking.
                let old = unsafe { Obj::from_value_opt(f.base.get().add(i).replace(value.into_value())) };
                if let Some(old) = old {
                    self.frame.overwritten.borrow_mut().push(old);
                }
            }
            None => {
                let mut regs = self.frame.regs.borrow_mut();
                let old = regs.get_mut(i).and_then(|slot| slot.replace(value));
                drop(regs);
                drop(old);
            }
        }
    }
    fn as_dict(&self, vm: &Vm) -> PyResult<Py<PyDict>> {
        let d = PyDict::new(vm);
        for (k, v) in self.items(vm) {
            d.set(vm, k.r(), v.r())?;
        }
        Ok(d)
    }
    /// A name that belongs to the frame and so cannot be removed.
    fn is_variable(&self, vm: &Vm, key: Ref<'_>) -> bool {
        key.downcast::<PyStr>(vm).is_some_and(|k| self.code().local_names.iter().chain(self.code().freevars.iter()).any(|n| n.eq(k)))
    }
}

#[pyclass(layout = FrameLocals, name = "FrameLocalsProxy", table = frame_locals_proxy, flags(MAPPING), nosig)]
pub mod frame_locals_proxy {
    use super::*;

    #[pynew("FrameLocalsProxy(frame, /)")]
    fn construct(vm: &Vm, _cls: &PyType, frame: &PyFrame) -> PyResult<Obj> {
        Ok(super::new(vm, frame.to_py()))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &FrameLocals) -> PyResult {
        let Some(_guard) = krait_object::protocol::repr_guard::repr_enter(vm, zelf.r()) else { return Ok(vm.str("{...}")) };
        Ok(vm.repr(zelf.as_dict(vm)?.r())?.into_obj())
    }
    #[slot(mp_length)]
    fn len(vm: &Vm, zelf: &FrameLocals) -> usize {
        zelf.items(vm).len()
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &FrameLocals, key: Ref<'_>) -> PyResult<Obj> {
        match zelf.find(vm, key)? {
            Some(v) => Ok(v),
            None => {
                let text = vm.repr_text(key)?;
                Err(vm.raise_with(vm.types.key_error, vec![vm.str(&format!("local variable {text} is not defined"))]))
            }
        }
    }
    #[slot(mp_ass_subscript)]
    fn setitem(vm: &Vm, zelf: &FrameLocals, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        match value {
            Some(v) => zelf.set(vm, key, v),
            None => {
                if zelf.is_variable(vm, key) {
                    return Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"));
                }
                match zelf.extra(vm) {
                    Some(d) if d.remove(vm, key)?.is_some() => Ok(()),
                    _ => Err(vm.key_error(key)),
                }
            }
        }
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &FrameLocals, key: Ref<'_>) -> PyResult<bool> {
        Ok(zelf.find(vm, key)?.is_some())
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &FrameLocals) -> PyResult {
        let keys = zelf.items(vm).into_iter().map(|(k, _)| k).collect();
        vm.iter(vm.list(keys).r())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(x) = a.downcast::<FrameLocals>(vm) else { return Ok(vm.not_implemented()) };
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return Ok(vm.not_implemented());
        }
        let same = if let Some(y) = b.downcast::<FrameLocals>(vm) {
            std::ptr::eq::<PyFrame>(&*x.frame, &*y.frame)
        } else if b.is_instance_of::<PyDict>(vm) {
            let d = x.as_dict(vm)?;
            vm.eq(d.r(), b)?
        } else {
            return Ok(vm.not_implemented());
        };
        Ok(Obj::bool(same == (op == CmpOp::Eq)))
    }
    #[slot(nb_or)]
    fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult {
        let part = |o: Ref<'_>| -> PyResult<Option<Py<PyDict>>> {
            if let Some(f) = o.downcast::<FrameLocals>(vm) {
                return f.as_dict(vm).map(Some);
            }
            Ok(o.downcast::<PyDict>(vm).map(|d| d.to_py()))
        };
        match (part(a)?, part(b)?) {
            (Some(x), Some(y)) => {
                let d = x.copy(vm)?;
                d.update(vm, &y)?;
                Ok(d.into_obj())
            }
            _ => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_inplace_or)]
    fn ior(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult {
        let Some(x) = a.downcast::<FrameLocals>(vm) else { return Ok(vm.not_implemented()) };
        super::update_from(vm, x, b)?;
        Ok(a.to_obj())
    }
    #[pymethod("get(self, key, default=None, /)")]
    fn get(vm: &Vm, zelf: &FrameLocals, key: Ref<'_>, default: Ref<'_>) -> PyResult {
        Ok(zelf.find(vm, key)?.unwrap_or_else(|| default.to_obj()))
    }
    #[pymethod("keys(self)")]
    fn keys(vm: &Vm, zelf: &FrameLocals) -> Obj {
        vm.list(zelf.items(vm).into_iter().map(|(k, _)| k).collect())
    }
    #[pymethod("values(self)")]
    fn values(vm: &Vm, zelf: &FrameLocals) -> Obj {
        vm.list(zelf.items(vm).into_iter().map(|(_, v)| v).collect())
    }
    #[pymethod("items(self)")]
    fn items(vm: &Vm, zelf: &FrameLocals) -> Obj {
        vm.list(zelf.items(vm).into_iter().map(|(k, v)| vm.tuple(vec![k, v])).collect())
    }
    #[pymethod("copy(self)")]
    fn copy(vm: &Vm, zelf: &FrameLocals) -> PyResult<Py<PyDict>> {
        zelf.as_dict(vm)
    }
    #[pymethod("__copy__(self)")]
    fn copy_dunder(vm: &Vm, zelf: &FrameLocals) -> PyResult<Py<PyDict>> {
        zelf.as_dict(vm)
    }
    #[pymethod("__reversed__(self)")]
    fn reversed(vm: &Vm, zelf: &FrameLocals) -> PyResult {
        let keys = zelf.items(vm).into_iter().rev().map(|(k, _)| k).collect();
        vm.iter(vm.list(keys).r())
    }
    #[pymethod("update(self, other, /)")]
    fn update(vm: &Vm, zelf: &FrameLocals, other: Ref<'_>) -> PyResult<()> {
        super::update_from(vm, zelf, other)
    }
    #[pymethod("setdefault(self, key, default=None, /)")]
    fn setdefault(vm: &Vm, zelf: &FrameLocals, key: Ref<'_>, default: Ref<'_>) -> PyResult {
        if let Some(v) = zelf.find(vm, key)? {
            return Ok(v);
        }
        zelf.set(vm, key, default)?;
        Ok(default.to_obj())
    }
    #[pymethod("pop(self, key, default=<unrepresentable>, /)")]
    fn pop(vm: &Vm, zelf: &FrameLocals, key: Ref<'_>, default: OptArg<Ref<'_>>) -> PyResult {
        if zelf.is_variable(vm, key) {
            return Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"));
        }
        let found = match zelf.extra(vm) {
            Some(d) => d.pop(vm, key)?,
            None => None,
        };
        match (found, default.0) {
            (Some(v), _) => Ok(v),
            (None, Some(d)) => Ok(d.to_obj()),
            (None, None) => Err(vm.key_error(key)),
        }
    }
}

fn update_from(vm: &Vm, zelf: &FrameLocals, other: Ref<'_>) -> PyResult<()> {
    if !other.is_instance_of::<PyDict>(vm) && !other.is_instance_of::<FrameLocals>(vm) {
        return Err(vm.type_error("update() argument must be dict or another FrameLocalsProxy"));
    }
    for k in vm.mapping_list(other, "keys")? {
        let v = vm.getitem(other, k.r())?;
        zelf.set(vm, k.r(), v.r())?;
    }
    Ok(())
}
