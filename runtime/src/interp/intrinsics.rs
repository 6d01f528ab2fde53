//! Rare instructions: common objects, intrinsics, function creation, interactive echo.

use krait_frontend::bytecode::{CommonConst, Instr, Intrinsic1, Intrinsic2};
use krait_object::code::PyCode;
use krait_object::dict::PyDict;
use krait_object::error::PyResult;
use krait_object::exec::Frame;
use krait_object::function::PyFunction;
use krait_object::str::PyStr;
use krait_object::tuple::PyTuple;
use krait_object::vm::Vm;
use krait_object::{Layout, Obj, Ref};
use krait_types::generics as typevars;

use super::regs::{Regs, finish_b, get};

/// `LOAD_COMMON`.
pub fn common(vm: &Vm, which: u16) -> Obj {
    let t = vm.types;
    let builtin = |name: &str| vm.interp.state::<Consumers>().find(vm, name);
    match CommonConst::from_u16(which) {
        Some(CommonConst::AssertionError) => t.assertion_error.to_obj(),
        Some(CommonConst::NotImplementedError) => t.not_implemented_error.to_obj(),
        Some(CommonConst::Tuple) => t.tuple.to_obj(),
        Some(CommonConst::All) => builtin("all"),
        Some(CommonConst::Any) => builtin("any"),
        Some(CommonConst::List) => t.list.to_obj(),
        Some(CommonConst::Set) => t.set.to_obj(),
        None => Obj::none(),
    }
}

/// The built-in `all` and `any`, whatever the names come to mean.
#[derive(Default)]
pub struct Consumers(std::cell::OnceCell<[Obj; 2]>);

impl Consumers {
    /// Remembers the functions while the names still mean them.
    pub fn remember(&self, vm: &Vm) {
        let named = |name: &str| vm.interp.builtins.get().and_then(|b| b.get_item_str(vm, name).ok().flatten()).unwrap_or_else(Obj::none);
        self.0.get_or_init(|| [named("all"), named("any")]);
    }

    fn find(&self, vm: &Vm, name: &str) -> Obj {
        self.remember(vm);
        self.0.get().map_or_else(Obj::none, |both| both[usize::from(name == "any")].clone())
    }
}

/// `MAKE_FUNCTION`.
pub fn make_function(vm: &Vm, f: &Frame, code: Obj) -> PyResult<Obj> {
    // SAFETY: the frame's function outlives it; the constant is a code object by verification.
    unsafe {
        let func = &*f.func.get();
        let code = code.downcast_unchecked::<PyCode>();
        let new = super::functions::new_function_with(vm, code, func.globals.clone(), func.builtins.clone(), None)?;
        Ok(new.into_obj())
    }
}

/// `PRINT_EXPR`.
pub fn print_expr(vm: &Vm, v: Obj) -> PyResult<()> {
    let hook = match vm.interp.sysdict.get() {
        Some(d) => d.get_str(vm, vm.names().displayhook)?,
        None => None,
    };
    match hook {
        Some(h) => vm.call1(h.r(), v.r()).map(drop),
        None => Err(vm.runtime_error("lost sys.displayhook")),
    }
}

/// `SETUP_ANNOTATIONS`.
pub fn setup_annotations(vm: &Vm, f: &Frame) -> PyResult<()> {
    let locals = super::names::locals_mapping(vm, f)?;
    let key = vm.names().__annotations__;
    match locals.r().downcast_exact::<PyDict>(vm) {
        Some(d) => {
            if d.get_str(vm, key)?.is_none() {
                d.set_str(vm, key, PyDict::new(vm).into_obj())?;
            }
            Ok(())
        }
        None => match vm.getitem(locals.r(), key.r()) {
            Ok(_) => Ok(()),
            Err(e) => {
                drop(vm.catch(e, vm.types.key_error)?);
                vm.setitem(locals.r(), key.r(), PyDict::new(vm).r())
            }
        },
    }
}

/// `INTRINSIC_1`.
///
/// # Safety
/// `w` is a verified instruction of the frame owning `regs`.
pub unsafe fn intrinsic1(vm: &Vm, regs: Regs, w: Instr) -> PyResult<()> {
    // SAFETY: operands are bound registers of the frame.
    unsafe {
        let x = get(regs, w.b());
        let v = match Intrinsic1::from_u16(w.c()) {
            Some(Intrinsic1::StopIterationError) => crate::generators::stop_iteration_error(vm, x)?,
            Some(Intrinsic1::TypeVar) => typevars::make_typevar(vm, name(vm, x)?)?,
            Some(Intrinsic1::ParamSpec) => typevars::make_paramspec(vm, name(vm, x)?)?,
            Some(Intrinsic1::TypeVarTuple) => typevars::make_typevartuple(vm, name(vm, x)?)?,
            Some(Intrinsic1::SubscriptGeneric) => typevars::subscript_generic(vm, x)?,
            Some(Intrinsic1::TypeAlias) => type_alias(vm, x)?,
            None => return Err(vm.system_error("unknown intrinsic")),
        };
        finish_b(regs, w, v);
        Ok(())
    }
}

/// The name of a type parameter, a str by compilation.
fn name<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<&'a PyStr> {
    vm.expect_str(o, "type parameter name")
}

fn type_alias(vm: &Vm, parts: Ref<'_>) -> PyResult<Obj> {
    match parts.downcast::<PyTuple>(vm).map(|t| t.as_refs()) {
        Some([n, params, value]) => typevars::make_typealias(vm, name(vm, *n)?, *params, value.to_obj()),
        _ => Err(vm.system_error("bad type alias")),
    }
}

/// `INTRINSIC_2`.
pub fn intrinsic2(vm: &Vm, a: Ref<'_>, b: Ref<'_>, which: u16) -> PyResult<Obj> {
    match Intrinsic2::from_u16(which) {
        Some(Intrinsic2::TypeVarWithBound) => typevars::make_typevar_with_bound(vm, name(vm, a)?, b.to_obj()),
        Some(Intrinsic2::TypeVarWithConstraints) => typevars::make_typevar_with_constraints(vm, name(vm, a)?, b.to_obj()),
        Some(Intrinsic2::SetFunctionTypeParams) => {
            if let Some(f) = a.downcast::<PyFunction>(vm) {
                // SAFETY: the old value is dropped after the field is consistent again.
                drop(unsafe { (*f.type_params.get()).replace(b.to_obj()) });
            }
            Ok(a.to_obj())
        }
        Some(Intrinsic2::SetTypeparamDefault) => typevars::set_typeparam_default(vm, a, b.to_obj()),
        None => Err(vm.system_error("unknown intrinsic")),
    }
}
