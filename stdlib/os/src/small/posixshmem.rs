//! The `_posixshmem` module.

use krait_macros::pymodule;

/// POSIX shared memory module
#[pymodule("_posixshmem")]
pub mod posixshmem_module {
    use crate::util::retry;
    use krait_object::prelude::*;

    fn name(vm: &Vm, path: &PyStr) -> PyResult<std::ffi::CString> {
        let text = path.to_utf8(vm)?;
        std::ffi::CString::new(text).map_err(|_| vm.value_error("embedded null character"))
    }
    /// Open a shared memory object.  Returns a file descriptor (integer).
    #[pyfunction("shm_open(path, flags, mode=511)")]
    fn shm_open(vm: &Vm, path: &PyStr, flags: i32, mode: i32) -> PyResult<i32> {
        let c = name(vm, path)?;
        // SAFETY: the name is null-terminated.
        match retry(vm, || unsafe { libc::shm_open(c.as_ptr(), flags, mode as libc::mode_t) })? {
            Ok(fd) => Ok(fd),
            Err(e) => Err(vm.os_error_path(e, path.r())),
        }
    }
    /// Remove a shared memory object (similar to unlink()).
    ///
    /// Remove a shared memory object name, and, once all processes  have  unmapped
    /// the object, de-allocates and destroys the contents of the associated memory
    /// region.
    #[pyfunction("shm_unlink(path)")]
    fn shm_unlink(vm: &Vm, path: &PyStr) -> PyResult<()> {
        let c = name(vm, path)?;
        // SAFETY: the name is null-terminated.
        match retry(vm, || unsafe { libc::shm_unlink(c.as_ptr()) })? {
            Ok(_) => Ok(()),
            Err(e) => Err(vm.os_error_path(e, path.r())),
        }
    }
}
