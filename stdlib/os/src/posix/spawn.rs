//! `posix_spawn`.

use std::ffi::CString;

use krait_macros::pymodule;
use krait_object::convert::FsPathArg;
use krait_object::prelude::*;

use super::process::{argv, c_string, envp};

/// Spawn attributes and file actions, freed when dropped.
struct Plan {
    attr: libc::posix_spawnattr_t,
    actions: libc::posix_spawn_file_actions_t,
    /// Paths that the actions refer to.
    held: Vec<CString>,
}

impl Plan {
    fn new(vm: &Vm) -> PyResult<Plan> {
        // SAFETY: the initialisers fill both structures.
        unsafe {
            let mut p = Plan { attr: std::mem::zeroed(), actions: std::mem::zeroed(), held: Vec::new() };
            let r = libc::posix_spawnattr_init(&mut p.attr);
            if r != 0 {
                std::mem::forget(p);
                return Err(vm.os_error(r));
            }
            libc::posix_spawn_file_actions_init(&mut p.actions);
            Ok(p)
        }
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        // SAFETY: both were initialised.
        unsafe {
            libc::posix_spawnattr_destroy(&mut self.attr);
            libc::posix_spawn_file_actions_destroy(&mut self.actions);
        }
    }
}

/// A set of signals from an iterable of numbers.
pub fn signal_set(vm: &Vm, o: Ref<'_>) -> PyResult<libc::sigset_t> {
    // SAFETY: `sigemptyset` fills the set.
    let mut set = unsafe {
        let mut s: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut s);
        s
    };
    vm.for_each(o, |item| {
        let n = krait_object::convert::c_long(vm, item.r());
        let n = match n {
            Ok(n) => n,
            Err(e) => {
                drop(vm.catch(e, vm.types.overflow_error)?);
                -1
            }
        };
        if n <= 0 || n > 64 {
            return Err(vm.value_error(format!("signal number {n} out of range [1; 64]")));
        }
        // SAFETY: the number is in range; numbers the C library keeps to itself are ignored.
        unsafe { libc::sigaddset(&mut set, n as i32) };
        Ok(())
    })?;
    Ok(set)
}

fn add_actions(vm: &Vm, plan: &mut Plan, list: Ref<'_>) -> PyResult<()> {
    const BAD: &str = "Each file_actions element must be a non-empty tuple";
    for item in vm.collect(list)? {
        let Some(t) = item.r().downcast::<PyTuple>(vm).filter(|t| !t.is_empty()) else { return Err(vm.type_error(BAD)) };
        let t = t.as_slice();
        let int = |i: usize| -> PyResult<i32> { krait_object::convert::c_int(vm, t[i].r()) };
        let kind = if t[0].r().as_int(vm).is_some() { int(0)? } else { return Err(vm.type_error(BAD)) };
        let wrong = |what: &str| vm.type_error(format!("{what} file_action tuple must have the right number of elements"));
        // SAFETY: the actions are initialised; paths are kept until the plan is dropped.
        let r = unsafe {
            match kind {
                0 => {
                    if t.len() != 5 {
                        return Err(wrong("A open"));
                    }
                    let (fd, path, flags, mode) = (int(1)?, c_string(vm, t[2].r())?, int(3)?, int(4)?);
                    let r = libc::posix_spawn_file_actions_addopen(&mut plan.actions, fd, path.as_ptr(), flags, mode as u32);
                    plan.held.push(path);
                    r
                }
                1 => {
                    if t.len() != 2 {
                        return Err(wrong("A close"));
                    }
                    libc::posix_spawn_file_actions_addclose(&mut plan.actions, int(1)?)
                }
                2 => {
                    if t.len() != 3 {
                        return Err(wrong("A dup2"));
                    }
                    libc::posix_spawn_file_actions_adddup2(&mut plan.actions, int(1)?, int(2)?)
                }
                3 => {
                    if t.len() != 2 {
                        return Err(wrong("A closefrom"));
                    }
                    posix_spawn_file_actions_addclosefrom_np(&mut plan.actions, int(1)?)
                }
                _ => return Err(vm.type_error("Unknown file_actions identifier")),
            }
        };
        if r != 0 {
            return Err(vm.os_error(r));
        }
    }
    Ok(())
}

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(actions: *mut libc::posix_spawn_file_actions_t, from: libc::c_int) -> libc::c_int;
}

/// The keyword arguments.
struct Options<'a> {
    file_actions: Option<Ref<'a>>,
    setpgroup: Option<Ref<'a>>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<Ref<'a>>,
    setsigdef: Option<Ref<'a>>,
    scheduler: Option<Ref<'a>>,
}

fn set_attributes(vm: &Vm, plan: &mut Plan, o: &Options<'_>) -> PyResult<()> {
    let mut flags: i32 = 0;
    let a = &mut plan.attr;
    // SAFETY (all blocks below): the attributes are initialised.
    if let Some(g) = o.setpgroup.filter(|g| !g.is_none()) {
        let g = krait_object::convert::c_int(vm, g)?;
        // SAFETY: as above.
        unsafe { libc::posix_spawnattr_setpgroup(a, g) };
        flags |= libc::POSIX_SPAWN_SETPGROUP;
    }
    if o.resetids {
        flags |= libc::POSIX_SPAWN_RESETIDS;
    }
    if o.setsid {
        flags |= 0x80;
    }
    if let Some(m) = o.setsigmask {
        let set = signal_set(vm, m)?;
        // SAFETY: as above.
        unsafe { libc::posix_spawnattr_setsigmask(a, &set) };
        flags |= libc::POSIX_SPAWN_SETSIGMASK;
    }
    if let Some(m) = o.setsigdef {
        let set = signal_set(vm, m)?;
        // SAFETY: as above.
        unsafe { libc::posix_spawnattr_setsigdefault(a, &set) };
        flags |= libc::POSIX_SPAWN_SETSIGDEF;
    }
    if let Some(s) = o.scheduler.filter(|s| !s.is_none()) {
        let Some([policy, param]) = s.downcast::<PyTuple>(vm).map(|t| t.as_slice()).and_then(|t| t.first_chunk::<2>()) else {
            return Err(vm.type_error("A scheduler tuple must have two elements"));
        };
        if !policy.r().is_none() {
            let p = krait_object::convert::c_int(vm, policy.r())?;
            // SAFETY: as above.
            unsafe { libc::posix_spawnattr_setschedpolicy(a, p) };
            flags |= libc::POSIX_SPAWN_SETSCHEDULER;
        }
        let param = super::sched::priority_of(vm, param.r())?;
        // SAFETY: as above.
        unsafe { libc::posix_spawnattr_setschedparam(a, &param) };
        flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
    }
    // SAFETY: as above.
    let r = unsafe { libc::posix_spawnattr_setflags(a, flags as libc::c_short) };
    if r != 0 { Err(vm.os_error(r)) } else { Ok(()) }
}

fn spawn(vm: &Vm, search: bool, path: FsPathArg, args: Ref<'_>, env: Ref<'_>, o: Options<'_>) -> PyResult<i32> {
    let func = if search { "posix_spawnp" } else { "posix_spawn" };
    if !(args.is_instance_of::<PyList>(vm) || args.is_instance_of::<PyTuple>(vm)) {
        return Err(vm.type_error(format!("{func}: argv must be a tuple or list")));
    }
    if vm.len(args)? == 0 {
        return Err(vm.value_error(format!("{func}: argv must not be empty")));
    }
    if !env.is_none() && env.ty(vm).slots.mp_subscript.get().is_none() {
        return Err(vm.type_error(format!("{func}: environment must be a mapping object or None")));
    }
    let a = argv(vm, args)?;
    // SAFETY: every entry but the last is a C string we hold.
    if a.ptrs[0].is_null() || unsafe { *a.ptrs[0] } == 0 {
        return Err(vm.value_error(format!("{func}: argv first element cannot be empty")));
    }
    let e = if env.is_none() { None } else { Some(envp(vm, env)?) };
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: the C library's environment; the GIL keeps changes out.
    let envp = e.as_ref().map_or_else(|| unsafe { environ }, |e| e.as_ptr());
    let mut plan = Plan::new(vm)?;
    if let Some(list) = o.file_actions.filter(|l| !l.is_none()) {
        add_actions(vm, &mut plan, list)?;
    }
    set_attributes(vm, &mut plan, &o)?;
    vm.audit("os.posix_spawn", &[path.obj.r(), args, env])?;
    let c = path.to_cstring();
    let mut pid = 0;
    let call = if search { libc::posix_spawnp } else { libc::posix_spawn };
    // SAFETY: all pointers are to live, null-terminated data.
    let r = unsafe {
        call(&mut pid, c.as_ptr(), &plan.actions, &plan.attr, a.as_ptr() as *const *mut libc::c_char, envp as *const *mut libc::c_char)
    };
    if r != 0 { Err(vm.os_error_path(r, path.obj.r())) } else { Ok(pid) }
}

#[pymodule("posix")]
pub mod part {
    use super::{Options, spawn};
    use krait_object::convert::FsPathArg;
    use krait_object::prelude::*;

    /// Execute the program specified by path in a new process.
    #[pyfunction(
        "posix_spawn(path, argv, env, /, *, file_actions=(), setpgroup=..., resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=...)"
    )]
    fn posix_spawn(
        vm: &Vm,
        path: FsPathArg,
        argv: Ref<'_>,
        env: Ref<'_>,
        file_actions: OptArg<Ref<'_>>,
        setpgroup: OptArg<Ref<'_>>,
        resetids: bool,
        setsid: bool,
        setsigmask: OptArg<Ref<'_>>,
        setsigdef: OptArg<Ref<'_>>,
        scheduler: OptArg<Ref<'_>>,
    ) -> PyResult<i32> {
        let o = Options {
            file_actions: file_actions.0,
            setpgroup: setpgroup.0,
            resetids,
            setsid,
            setsigmask: setsigmask.0,
            setsigdef: setsigdef.0,
            scheduler: scheduler.0,
        };
        spawn(vm, false, path, argv, env, o)
    }
    /// Execute the program specified by path in a new process.
    #[pyfunction(
        "posix_spawnp(path, argv, env, /, *, file_actions=(), setpgroup=..., resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=...)"
    )]
    fn posix_spawnp(
        vm: &Vm,
        path: FsPathArg,
        argv: Ref<'_>,
        env: Ref<'_>,
        file_actions: OptArg<Ref<'_>>,
        setpgroup: OptArg<Ref<'_>>,
        resetids: bool,
        setsid: bool,
        setsigmask: OptArg<Ref<'_>>,
        setsigdef: OptArg<Ref<'_>>,
        scheduler: OptArg<Ref<'_>>,
    ) -> PyResult<i32> {
        let o = Options {
            file_actions: file_actions.0,
            setpgroup: setpgroup.0,
            resetids,
            setsid,
            setsigmask: setsigmask.0,
            setsigdef: setsigdef.0,
            scheduler: scheduler.0,
        };
        spawn(vm, true, path, argv, env, o)
    }
}
