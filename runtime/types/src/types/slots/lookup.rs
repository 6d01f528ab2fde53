//! Finding and calling special methods on behalf of slots.

use krait_object::args::Args;
use krait_object::error::PyResult;
use krait_object::obj::{Layout, Obj, Ref};
use krait_object::str::PyStr;
use krait_object::ty::TypeFlags;
use krait_object::vm::Vm;

/// A special method found on a type.
pub struct Method {
    func: Obj,
    /// The instance must be passed as first argument.
    unbound: bool,
}

impl Method {
    /// Looks the method up on the type of `obj`; plain functions are left unbound.
    #[inline]
    pub fn find(vm: &Vm, obj: Ref<'_>, name: &PyStr) -> PyResult<Option<Method>> {
        let ty = obj.ty(vm);
        let Some(func) = ty.lookup(vm, name) else { return Ok(None) };
        let dt = func.r().ty(vm);
        if dt.has_flag(TypeFlags::METHOD_DESCRIPTOR) {
            return Ok(Some(Method { func, unbound: true }));
        }
        match dt.slots.descr_get.get() {
            Some(get) => Ok(Some(Method { func: get(vm, func.r(), Some(obj), Some(ty.r()))?, unbound: false })),
            None => Ok(Some(Method { func, unbound: false })),
        }
    }
    pub fn is_none(&self) -> bool {
        self.func.r().is_none()
    }
    /// Calls with up to three positional arguments.
    #[inline]
    pub fn call(&self, vm: &Vm, obj: Ref<'_>, args: &[Ref<'_>]) -> PyResult<Obj> {
        if !self.unbound {
            return vm.call(self.func.r(), args);
        }
        let mut buf = [obj; 4];
        buf[1..=args.len()].copy_from_slice(args);
        vm.call(self.func.r(), &buf[..=args.len()])
    }
    /// Calls with any arguments.
    pub fn call_args(&self, vm: &Vm, obj: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
        if self.unbound { vm.call_prepend(self.func.r(), obj, args) } else { vm.call_args(self.func.r(), args) }
    }
}

/// Calls the special method; `None` if the type lacks it.
#[inline]
pub fn call_maybe(vm: &Vm, obj: Ref<'_>, name: &PyStr, args: &[Ref<'_>]) -> PyResult<Option<Obj>> {
    match Method::find(vm, obj, name)? {
        Some(m) => m.call(vm, obj, args).map(Some),
        None => Ok(None),
    }
}

/// Calls the special method; AttributeError if the type lost it.
#[inline]
pub fn call_method(vm: &Vm, obj: Ref<'_>, name: &PyStr, args: &[Ref<'_>]) -> PyResult<Obj> {
    match call_maybe(vm, obj, name, args)? {
        Some(r) => Ok(r),
        None => Err(missing(vm, name)),
    }
}

/// AttributeError with the bare name, as for a special method that vanished.
#[cold]
pub fn missing(vm: &Vm, name: &PyStr) -> krait_object::error::Raised {
    vm.raise_with(vm.types.attribute_error, vec![name.to_obj()])
}
