//! The `_typing` module: the native parts of `typing`.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// Primitives and accelerators for the typing module.
#[pymodule(name = "_typing")]
pub mod _typing {
    use super::*;

    #[pyfunction("_idfunc(x, /)", nosig)]
    fn _idfunc(x: Ref<'_>) -> Obj {
        x.to_obj()
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let t = vm.types;
        let types = [t.typevar, t.typevartuple, t.paramspec, t.paramspec_args, t.paramspec_kwargs, t.generic, t.type_alias, t.union];
        for ty in types {
            module.add(vm, &ty.name_lossy(), ty.to_obj())?;
        }
        module.add(vm, "NoDefault", crate::generics::no_default(vm))
    }
}
