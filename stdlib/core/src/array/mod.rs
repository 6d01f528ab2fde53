//! `array`.

mod iter;
mod kind;
mod object;
mod reconstruct;

use krait_macros::pymodule;
use krait_object::prelude::*;

use object::PyArray;

/// This module defines an object type which can efficiently represent
/// an array of basic values: characters, integers, floating-point
/// numbers.  Arrays are sequence types and behave very much like lists,
/// except that the type of objects stored in them is constrained.
///
#[pymodule(name = "array", classes = [object::array_class])]
pub mod array {
    use super::*;

    #[pyattr(name = "typecodes")]
    const TYPECODES: &str = kind::CODES;

    /// Internal. Used for pickling support.
    #[pyfunction("_array_reconstructor(arraytype, typecode, mformat_code, items, /)", name = "_array_reconstructor")]
    fn array_reconstructor(vm: &Vm, arraytype: &PyType, typecode: CharArg, mformat_code: i32, items: Ref<'_>) -> PyResult<Obj> {
        reconstruct::reconstruct(vm, arraytype, typecode.0, mformat_code, items)
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let ty = PyArray::type_of(vm).to_obj();
        module.add(vm, "ArrayType", ty.clone())?;
        // Arrays are registered as sequences, as CPython's module does.
        let abc = (vm.interp.hooks().import)(vm, "collections.abc")?;
        let seq = vm.getattr_str(abc.r(), "MutableSequence")?;
        vm.call_method_str(seq.r(), "register", &[ty.r()])?;
        Ok(())
    }
}
