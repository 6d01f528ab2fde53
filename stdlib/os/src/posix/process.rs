//! `fork` and `exec`.

use std::cell::RefCell;
use std::ffi::CString;

use krait_macros::pymodule;
use krait_object::convert::{FsPathArg, PathOrFd, fs_encode, fs_path};
use krait_object::prelude::*;

use crate::util::errno;

/// Callables given to `register_at_fork`.
#[derive(Default)]
pub struct ForkHooks {
    before: RefCell<Vec<Obj>>,
    parent: RefCell<Vec<Obj>>,
    child: RefCell<Vec<Obj>>,
}

fn run_hooks(vm: &Vm, list: &RefCell<Vec<Obj>>, reversed: bool) {
    let mut all: Vec<Obj> = list.borrow().clone();
    if reversed {
        all.reverse();
    }
    for f in all {
        if let Err(e) = vm.call0(f.r()) {
            vm.unraisable(e, "", Some(f.r()));
        }
    }
}

/// Runs the `before` callables, last registered first.
pub fn before_fork(vm: &Vm) {
    run_hooks(vm, &vm.interp.state::<ForkHooks>().before, true);
}
/// Runs the callables for the parent.
pub fn after_fork_parent(vm: &Vm) {
    run_hooks(vm, &vm.interp.state::<ForkHooks>().parent, false);
}
/// Runs the callables for the child.
pub fn after_fork_child(vm: &Vm) {
    run_hooks(vm, &vm.interp.state::<ForkHooks>().child, false);
}

/// Warns if the process has more than one thread.
pub fn warn_about_threads(vm: &Vm, name: &str) {
    let threads = std::fs::read_to_string("/proc/self/stat").ok().and_then(|s| {
        // The command name is in parentheses and may hold anything; fields count from there.
        let rest = s.rsplit_once(')')?.1.to_owned();
        rest.split_whitespace().nth(17)?.parse::<i64>().ok()
    });
    if threads.is_some_and(|n| n > 1) {
        let msg =
            format!("This process (pid={}) is multi-threaded, use of {name}() may lead to deadlocks in the child.", std::process::id());
        if let Err(e) = vm.warn(vm.types.deprecation_warning, &msg, 1) {
            vm.unraisable(e, "", None);
        }
    }
}

/// Null-terminated strings and the array of pointers that `exec` wants.
pub struct StringArray {
    _held: Vec<CString>,
    pub ptrs: Vec<*const libc::c_char>,
}

impl StringArray {
    pub fn new(strings: Vec<CString>) -> StringArray {
        let mut ptrs: Vec<*const libc::c_char> = strings.iter().map(|s| s.as_ptr()).collect();
        ptrs.push(std::ptr::null());
        StringArray { _held: strings, ptrs }
    }
    pub fn as_ptr(&self) -> *const *const libc::c_char {
        self.ptrs.as_ptr()
    }
}

/// A str, bytes or path as a C string.
pub fn c_string(vm: &Vm, o: Ref<'_>) -> PyResult<CString> {
    let p = fs_path(vm, o)?;
    CString::new(fs_encode(vm, p.r())?).map_err(|_| vm.value_error("embedded null byte"))
}

/// A list or tuple of strings.
pub fn argv(vm: &Vm, o: Ref<'_>) -> PyResult<StringArray> {
    let mut out = Vec::new();
    for item in vm.collect(o)? {
        out.push(c_string(vm, item.r())?);
    }
    Ok(StringArray::new(out))
}

/// A mapping of environment variables.
pub fn envp(vm: &Vm, env: Ref<'_>) -> PyResult<StringArray> {
    let keys = vm.mapping_list(env, "keys")?;
    let values = vm.mapping_list(env, "values")?;
    let mut out = Vec::new();
    for (k, v) in keys.iter().zip(&values) {
        let (k, v) = (c_string(vm, k.r())?, c_string(vm, v.r())?);
        if k.as_bytes().is_empty() || k.as_bytes().contains(&b'=') {
            return Err(vm.value_error("illegal environment variable name"));
        }
        let text = [k.as_bytes(), b"=", v.as_bytes()].concat();
        out.push(CString::new(text).map_err(|_| vm.value_error("embedded null byte"))?);
    }
    Ok(StringArray::new(out))
}

fn is_list_or_tuple(vm: &Vm, o: Ref<'_>) -> bool {
    o.is_instance_of::<PyList>(vm) || o.is_instance_of::<PyTuple>(vm)
}

/// Checks and converts the arguments of an `exec` function.
fn exec_args(vm: &Vm, func: &str, args: Ref<'_>) -> PyResult<StringArray> {
    if !is_list_or_tuple(vm, args) {
        return Err(vm.type_error(format!("{func}{} must be a tuple or list", if func == "execv" { "() arg 2" } else { ": argv" })));
    }
    if vm.len(args)? == 0 {
        return Err(vm.value_error(format!("{func}{} must not be empty", if func == "execv" { "() arg 2" } else { ": argv" })));
    }
    let a = argv(vm, args)?;
    if a._held.first().is_none_or(|f| f.as_bytes().is_empty()) {
        let which = if func == "execv" { "() arg 2" } else { ": argv" };
        return Err(vm.value_error(format!("{func}{which} first element cannot be empty")));
    }
    Ok(a)
}

fn execv(vm: &Vm, path: &FsPathArg, args: Ref<'_>) -> PyResult<()> {
    let a = exec_args(vm, "execv", args)?;
    vm.audit("os.exec", &[path.obj.r(), args, vm.none()])?;
    let c = path.to_cstring();
    // SAFETY: path and arguments are null-terminated.
    unsafe { libc::execv(c.as_ptr(), a.as_ptr()) };
    Err(vm.os_error_path(errno(), path.obj.r()))
}

fn execve(vm: &Vm, path: &PathOrFd, args: Ref<'_>, env: Ref<'_>) -> PyResult<()> {
    let a = exec_args(vm, "execve", args)?;
    if env.ty(vm).slots.mp_subscript.get().is_none() {
        return Err(vm.type_error("execve: environment must be a mapping object"));
    }
    let e = envp(vm, env)?;
    let shown = match path {
        PathOrFd::Path(p) => p.obj.clone(),
        PathOrFd::Fd(fd) => vm.int(*fd),
    };
    vm.audit("os.exec", &[shown.r(), args, env])?;
    // SAFETY: path, arguments and environment are null-terminated.
    unsafe {
        match path {
            PathOrFd::Path(p) => libc::execve(p.to_cstring().as_ptr(), a.as_ptr(), e.as_ptr()),
            PathOrFd::Fd(fd) => libc::fexecve(*fd, a.as_ptr(), e.as_ptr()),
        }
    };
    Err(super::args::target_error(vm, errno(), path))
}

/// Forks by `f`; the result of the call in each process.
fn fork_with(vm: &Vm, name: &str, f: impl FnOnce() -> i32) -> PyResult<i32> {
    if vm.interp.finalizing.get() {
        return Err(vm.raise_msg(python_finalization(vm), "can't fork at interpreter shutdown"));
    }
    vm.audit(&format!("os.{name}"), &[])?;
    before_fork(vm);
    let guard = krait_object::threads::ForkGuard::new(vm);
    let pid = f();
    let e = errno();
    if pid == 0 {
        guard.child(vm);
        after_fork_child(vm);
    } else {
        drop(guard);
        after_fork_parent(vm);
        if pid > 0 {
            warn_about_threads(vm, name);
        }
    }
    if pid < 0 { Err(vm.os_error(e)) } else { Ok(pid) }
}

fn python_finalization(vm: &Vm) -> &PyType {
    vm.types.python_finalization_error
}

#[pymodule("posix")]
pub mod part {
    use super::{ForkHooks, fork_with};
    use krait_object::convert::{FsPathArg, PathOrFd};
    use krait_object::prelude::*;

    /// Execute an executable path with arguments, replacing current process.
    ///
    ///   path
    ///     Path of executable file.
    ///   argv
    ///     Tuple or list of strings.
    #[pyfunction("execv(path, argv, /)")]
    fn execv(vm: &Vm, path: FsPathArg, argv: Ref<'_>) -> PyResult<()> {
        super::execv(vm, &path, argv)
    }
    /// Execute an executable path with arguments, replacing current process.
    ///
    ///   path
    ///     Path of executable file.
    ///   argv
    ///     Tuple or list of strings.
    ///   env
    ///     Dictionary of strings mapping to strings.
    #[pyfunction("execve(path, argv, env)")]
    fn execve(vm: &Vm, path: PathOrFd, argv: Ref<'_>, env: Ref<'_>) -> PyResult<()> {
        super::execve(vm, &path, argv, env)
    }
    /// Fork a child process.
    ///
    /// Return 0 to child process and PID of child to parent process.
    #[pyfunction]
    fn fork(vm: &Vm) -> PyResult<i32> {
        // SAFETY: the child runs on with this thread alone; the runtime is set right before
        // anything else happens there.
        fork_with(vm, "fork", || unsafe { libc::fork() })
    }
    /// Fork a new process with a new pseudo-terminal as controlling tty.
    ///
    /// Returns a tuple of (pid, master_fd).
    /// Like fork(), return pid of 0 to the child process,
    /// and pid of child to the parent process.
    /// To both, return fd of newly opened pseudo-terminal.
    #[pyfunction]
    fn forkpty(vm: &Vm) -> PyResult<(i32, i32)> {
        let mut master = -1;
        let pid = fork_with(vm, "forkpty", || {
            // SAFETY: as for `fork`; the result has room.
            unsafe { libc::forkpty(&mut master, std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()) }
        })?;
        Ok((pid, master))
    }
    /// Register callables to be called when forking a new process.
    ///
    ///   before
    ///     A callable to be called in the parent before the fork() syscall.
    ///   after_in_child
    ///     A callable to be called in the child after fork().
    ///   after_in_parent
    ///     A callable to be called in the parent after fork().
    ///
    /// 'before' callbacks are called in reverse order.
    /// 'after_in_child' and 'after_in_parent' callbacks are called in order.
    #[pyfunction("register_at_fork(*, before=..., after_in_child=..., after_in_parent=...)")]
    fn register_at_fork(
        vm: &Vm,
        before: OptArg<Ref<'_>>,
        after_in_child: OptArg<Ref<'_>>,
        after_in_parent: OptArg<Ref<'_>>,
    ) -> PyResult<()> {
        let hooks = vm.interp.state::<ForkHooks>();
        let all = [
            ("before", before.0, &hooks.before),
            ("after_in_child", after_in_child.0, &hooks.child),
            ("after_in_parent", after_in_parent.0, &hooks.parent),
        ];
        if all.iter().all(|a| a.1.is_none()) {
            return Err(vm.type_error("At least one argument is required."));
        }
        for (name, f, _) in &all {
            if let Some(f) = f.filter(|f| !vm.is_callable(*f)) {
                return Err(vm.type_error(format!("'{name}' must be callable, not {}", f.ty(vm).tp_name())));
            }
        }
        for (_, f, list) in all {
            if let Some(f) = f {
                list.borrow_mut().push(f.to_obj());
            }
        }
        Ok(())
    }
}
