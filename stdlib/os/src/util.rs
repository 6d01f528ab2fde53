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

/// Adds the functions, classes and constants of a part to the module it belongs to.
pub fn merge(vm: &Vm, module: &PyModule, part: &'static krait_object::native::ModuleDef) -> PyResult<()> {
    let name = vm.getattr(module.r(), vm.names().__name__)?;
    for f in part.functions {
        let func = krait_object::function::PyBuiltinFunction::new(vm, f, Some(module.to_obj()), Some(name.clone()));
        module.add(vm, f.name, func.into_obj())?;
    }
    for &class in part.classes {
        module.add(vm, class.name, vm.native_type(class).to_obj())?;
    }
    match part.exec {
        Some(exec) => exec(vm, module),
        None => Ok(()),
    }
}

/// Adds integer constants.
pub fn add_ints(vm: &Vm, module: &PyModule, table: &[(&'static str, i64)]) -> PyResult<()> {
    table.iter().try_for_each(|(n, v)| module.add(vm, n, vm.int_i64(*v)))
}

/// A table of `libc` constants by name.
#[macro_export]
macro_rules! libc_consts {
    ($($name:ident)*) => {
        &[$((stringify!($name), libc::$name as i64)),*]
    };
}
