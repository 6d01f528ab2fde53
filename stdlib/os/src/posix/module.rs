//! The `posix` module: its parts put together.

use krait_macros::pymodule;

/// This module provides access to operating system functionality that is
/// standardized by the C Standard and the POSIX standard (a thinly
/// disguised Unix interface).  Refer to the library manual and
/// corresponding Unix manual entries for more information on calls.
#[pymodule("posix")]
pub mod posix_module {
    use super::super::{consts, dir, env, fdops, fs, ids, linux, process, rw, sched, spawn, stat, system, times, tty, wait};
    use krait_object::prelude::*;

    #[pyattr("error")]
    fn error(vm: &Vm) -> Obj {
        vm.types.os_error.to_obj()
    }
    #[pyattr("_have_functions")]
    fn have_functions(vm: &Vm) -> Obj {
        vm.list(consts::HAVE.iter().map(|h| vm.str(h)).collect())
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        for part in [
            &stat::part::DEF,
            &dir::part::DEF,
            &fs::part::DEF,
            &fdops::part::DEF,
            &rw::part::DEF,
            &env::part::DEF,
            &ids::part::DEF,
            &sched::part::DEF,
            &system::part::DEF,
            &times::part::DEF,
            &tty::part::DEF,
            &wait::part::DEF,
            &process::part::DEF,
            &spawn::part::DEF,
            &linux::part::DEF,
        ] {
            crate::util::merge(vm, module, part)?;
        }
        crate::util::add_ints(vm, module, consts::LIBC)?;
        crate::util::add_ints(vm, module, consts::LINUX)
    }
}
