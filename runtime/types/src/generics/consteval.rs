//! The evaluator of a bound or default that is already known.

use krait_macros::{Trace, pyclass};
use krait_object::convert::c_int;
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::str::StrBuilder;
use krait_object::table_layout;

use super::repr::{push_type, type_repr};

/// `annotationlib.Format.STRING`.
const FORMAT_STRING: i32 = 4;

/// An evaluator of a constant.
#[repr(C)]
#[derive(Trace)]
pub struct PyConstEvaluator {
    header: Header,
    value: Obj,
}
table_layout!(PyConstEvaluator => const_evaluator);

/// An evaluator that gives `value`.
pub fn new(vm: &Vm, value: Obj) -> Obj {
    // SAFETY: the type has this layout and no attributes.
    unsafe { alloc_exact(vm, vm.types.const_evaluator, PyConstEvaluator { header: no_header(), value }) }.into_obj()
}

#[pyclass("_ConstEvaluator", layout = PyConstEvaluator, table = const_evaluator, module = "_typing", flags(DISALLOW_INSTANTIATION))]
pub mod const_evaluator {
    use super::*;

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyConstEvaluator) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        out.push_str("<constevaluator ");
        out.push_pystr(&*vm.repr(zelf.value.r())?);
        out.push_str(">");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(call)]
    fn call(vm: &Vm, zelf: &PyConstEvaluator, args: Args<'_>) -> PyResult<Obj> {
        krait_object::unpack::no_keywords(vm, "constevaluator.__call__", &args)?;
        let [format] = args.pos() else {
            let text = format!("constevaluator.__call__() takes exactly 1 argument ({} given)", args.npos());
            return Err(vm.type_error(text));
        };
        if c_int(vm, *format)? != FORMAT_STRING {
            return Ok(zelf.value.clone());
        }
        let Some(t) = zelf.value.r().downcast::<PyTuple>(vm) else {
            return Ok(type_repr(vm, zelf.value.r())?.into_obj());
        };
        let mut out = StrBuilder::new();
        out.push_str("(");
        for (i, item) in t.as_slice().iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            push_type(vm, &mut out, item.r())?;
        }
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
}
