//! The Python side of decimal arithmetic.

mod context;
mod context_ops;
mod current;
mod decimal;
mod format;
mod from_object;
mod manager;
mod operand;
mod signals;
mod state;
mod to_python;

use krait_macros::pymodule;
use krait_object::prelude::*;

use crate::num::context::{Ctx, MAX_EMAX, MAX_PREC, MIN_EMIN, MIN_ETINY, Round};
use context::PyDecContext;
use operand::ssize;

/// The widest IEEE interchange format offered.
const IEEE_CONTEXT_MAX_BITS: i64 = 512;

/// C decimal arithmetic module
#[pymodule(name = "_decimal", classes = [decimal::decimal, context_ops::context])]
pub mod decimal_module {
    use super::*;

    #[pyattr(name = "__version__")]
    const VERSION: &str = "1.70";
    #[pyattr(name = "__libmpdec_version__")]
    const LIBMPDEC_VERSION: &str = "2.5.1";
    #[pyattr(name = "HAVE_THREADS")]
    const HAVE_THREADS: bool = true;
    #[pyattr(name = "HAVE_CONTEXTVAR")]
    const HAVE_CONTEXTVAR: bool = true;
    #[pyattr(name = "MAX_PREC")]
    const MAX_PRECISION: i64 = MAX_PREC;
    #[pyattr(name = "MAX_EMAX")]
    const LARGEST_EMAX: i64 = MAX_EMAX;
    #[pyattr(name = "MIN_EMIN")]
    const SMALLEST_EMIN: i64 = MIN_EMIN;
    #[pyattr(name = "MIN_ETINY")]
    const SMALLEST_ETINY: i64 = MIN_ETINY;
    #[pyattr(name = "IEEE_CONTEXT_MAX_BITS")]
    const IEEE_BITS: i64 = IEEE_CONTEXT_MAX_BITS;

    /// Get the current default context.
    #[pyfunction]
    fn getcontext(vm: &Vm) -> PyResult<Py<PyDecContext>> {
        current::current(vm)
    }
    /// Set a new default context.
    #[pyfunction("setcontext(context, /)")]
    fn setcontext(vm: &Vm, context: Ref<'_>) -> PyResult<()> {
        let Some(c) = context.downcast::<PyDecContext>(vm) else {
            return Err(vm.type_error("argument must be a context"));
        };
        current::set(vm, c)
    }
    /// Return a context manager that will set the default context to a copy of ctx
    /// on entry to the with-statement and restore the previous default context when
    /// exiting the with-statement. If no context is specified, a copy of the current
    /// default context is used.
    #[pyfunction("localcontext(ctx=None, **kwargs)")]
    fn localcontext(vm: &Vm, ctx: Option<Ref<'_>>, kwargs: KwArgs<'_>) -> PyResult<Obj> {
        manager::local(vm, ctx, kwargs)
    }
    /// Return a context object initialized to the proper values for one of the
    /// IEEE interchange formats.  The argument must be a multiple of 32 and less
    /// than IEEE_CONTEXT_MAX_BITS.
    #[pyfunction("IEEEContext(bits, /)", name = "IEEEContext")]
    fn ieee_context(vm: &Vm, bits: Ref<'_>) -> PyResult<Py<PyDecContext>> {
        let bits = ssize(vm, bits)?;
        if bits <= 0 || bits > IEEE_CONTEXT_MAX_BITS || bits % 32 != 0 {
            return Err(vm.value_error(format!("argument must be a multiple of 32, with a maximum of {IEEE_CONTEXT_MAX_BITS}")));
        }
        let emax = 3 * (1 << (bits / 16 + 3));
        let ctx = Ctx { prec: 9 * (bits / 32) - 2, emax, emin: 1 - emax, round: Round::HalfEven, clamp: true };
        Ok(PyDecContext::create(vm, ctx, 0))
    }

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        state::fill_module(vm, module)
    }
}
