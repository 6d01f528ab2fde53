//! The environment.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// The process's environment as a dict of bytes.
fn environment(vm: &Vm) -> PyResult<Obj> {
    use std::os::unix::ffi::OsStringExt;
    let dict = PyDict::new(vm);
    for (k, v) in std::env::vars_os() {
        let k = vm.bytes(&k.into_vec());
        if dict.get(vm, k.r())?.is_none() {
            dict.set(vm, k.r(), vm.bytes(&v.into_vec()).r())?;
        }
    }
    Ok(dict.into_obj())
}

#[pymodule("posix")]
pub mod part {
    use krait_object::convert::fs_encode;
    use krait_object::prelude::*;

    fn env_text(vm: &Vm, o: Ref<'_>) -> PyResult<std::ffi::CString> {
        let p = krait_object::convert::fs_path(vm, o)?;
        std::ffi::CString::new(fs_encode(vm, p.r())?).map_err(|_| vm.value_error("embedded null byte"))
    }
    /// Change or add an environment variable.
    #[pyfunction("putenv(name, value, /)")]
    fn putenv(vm: &Vm, name: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
        let (n, v) = (env_text(vm, name)?, env_text(vm, value)?);
        if n.as_bytes().contains(&b'=') {
            return Err(vm.value_error("illegal environment variable name"));
        }
        vm.audit("os.putenv", &[vm.bytes(n.as_bytes()).r(), vm.bytes(v.as_bytes()).r()])?;
        // SAFETY: both strings are null-terminated and copied. The GIL keeps other Python threads
        // out; the interpreter's own code reads the environment at start-up only.
        let r = unsafe { libc::setenv(n.as_ptr(), v.as_ptr(), 1) };
        crate::util::check(vm, r).map(drop)
    }
    /// Delete an environment variable.
    #[pyfunction("unsetenv(name, /)")]
    fn unsetenv(vm: &Vm, name: Ref<'_>) -> PyResult<()> {
        let n = env_text(vm, name)?;
        vm.audit("os.unsetenv", &[vm.bytes(n.as_bytes()).r()])?;
        // SAFETY: as for `putenv`.
        let r = unsafe { libc::unsetenv(n.as_ptr()) };
        crate::util::check(vm, r).map(drop)
    }
    /// Create the environment dictionary.
    #[pyfunction]
    fn _create_environ(vm: &Vm) -> PyResult<Obj> {
        super::environment(vm)
    }
    #[pyattr("environ")]
    fn environ(vm: &Vm) -> PyResult<Obj> {
        super::environment(vm)
    }
}
