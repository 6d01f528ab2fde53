//! Small helpers all modules here share.

use krait_object::header::Header;
use krait_object::prelude::*;

pub use krait_object::function::no_header;

/// An instance of the native type of `T` that adds no attributes.
pub fn alloc_native<T: Layout>(vm: &Vm, payload: T) -> PyResult<Obj> {
    alloc_sub(vm, T::type_of(vm), payload).map(Py::into_obj)
}

/// An instance of `ty`, which is `T`'s type or derives from it; `payload`'s header is ignored.
pub fn alloc_sub<T: Layout>(vm: &Vm, ty: &PyType, payload: T) -> PyResult<Py<T>> {
    let payload = std::mem::ManuallyDrop::new(payload);
    let obj = krait_object::instance::alloc_var_instance(vm, ty, 0, |p| {
        let skip = size_of::<Header>();
        // SAFETY: the block is at least as large as `T`; everything after the header is moved in
        // before anyone sees the object.
        unsafe {
            let src = (&raw const *payload as *const u8).add(skip);
            std::ptr::copy_nonoverlapping(src, (p as *mut u8).add(skip), size_of::<T>() - skip);
        }
    });
    match obj {
        // SAFETY: `ty` has the layout `T`.
        Ok(o) => Ok(unsafe { o.downcast_unchecked() }),
        Err(e) => {
            drop(std::mem::ManuallyDrop::into_inner(payload));
            Err(e)
        }
    }
}

/// The last OS error number.
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Runs a system call without the GIL until it is not interrupted; signal handlers run in
/// between. `Ok(Err(errno))` is a failure of the call itself.
pub fn retry<T: Copy + PartialEq + From<i8> + Send>(vm: &Vm, mut call: impl FnMut() -> T) -> PyResult<Result<T, i32>> {
    loop {
        let (r, e) = vm.allow_threads(|| {
            let r = call();
            (r, errno())
        });
        if r != T::from(-1) {
            return Ok(Ok(r));
        }
        if e != libc::EINTR {
            return Ok(Err(e));
        }
        vm.poll()?;
    }
}

/// As [`retry`], with the failure raised as OSError.
pub fn syscall<T: Copy + PartialEq + From<i8> + Send>(vm: &Vm, call: impl FnMut() -> T) -> PyResult<T> {
    retry(vm, call)?.map_err(|e| vm.os_error(e))
}

/// The result of a call that does not block, or OSError.
pub fn check(vm: &Vm, r: i32) -> PyResult<i32> {
    if r < 0 { Err(vm.os_error(errno())) } else { Ok(r) }
}

/// A text from the operating system.
pub fn fs_str(vm: &Vm, bytes: &[u8]) -> PyResult<Obj> {
    crate::codecs::decode_hook(vm, bytes, "utf-8", "surrogateescape")
}

/// Reads an `Option<Obj>` cell without taking it.
pub use krait_object::exception::peek;
