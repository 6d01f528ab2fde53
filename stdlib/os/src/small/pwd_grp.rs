//! The `pwd` and `grp` modules.

use krait_macros::pymodule;
use krait_object::convert::{ArgCx, ArgName, FromArg};
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

use crate::posix::args::{Gid, Uid};

/// `pwd.struct_passwd`.
pub static STRUCT_PASSWD: StructSeqDef = StructSeqDef {
    module: "pwd",
    name: "struct_passwd",
    doc: Some(
        "pwd.struct_passwd: Results from getpw*() routines.\n\n\
         This object may be accessed either as a tuple of\n  \
         (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\n\
         or via the object attributes as named in the above tuple.",
    ),
    fields: &[
        ("pw_name", "user name"),
        ("pw_passwd", "password"),
        ("pw_uid", "user id"),
        ("pw_gid", "group id"),
        ("pw_gecos", "real name"),
        ("pw_dir", "home directory"),
        ("pw_shell", "shell program"),
    ],
    n_in_sequence: 7,
    complete: None,
};

/// `grp.struct_group`.
pub static STRUCT_GROUP: StructSeqDef = StructSeqDef {
    module: "grp",
    name: "struct_group",
    doc: Some(
        "grp.struct_group: Results from getgr*() routines.\n\n\
         This object may be accessed either as a tuple of\n  \
         (gr_name,gr_passwd,gr_gid,gr_mem)\n\
         or via the object attributes as named in the above tuple.\n",
    ),
    fields: &[("gr_name", "group name"), ("gr_passwd", "password"), ("gr_gid", "group id"), ("gr_mem", "group members")],
    n_in_sequence: 4,
    complete: None,
};

fn text(vm: &Vm, p: *const libc::c_char) -> PyResult<Obj> {
    if p.is_null() {
        return Ok(Obj::none());
    }
    // SAFETY: the C library's null-terminated strings, copied at once.
    crate::util::fs_str(vm, unsafe { std::ffi::CStr::from_ptr(p) }.to_bytes())
}

fn passwd(vm: &Vm, p: &libc::passwd) -> PyResult<Obj> {
    let v = vec![
        text(vm, p.pw_name)?,
        text(vm, p.pw_passwd)?,
        vm.int(p.pw_uid),
        vm.int(p.pw_gid),
        text(vm, p.pw_gecos)?,
        text(vm, p.pw_dir)?,
        text(vm, p.pw_shell)?,
    ];
    make(vm, &STRUCT_PASSWD, v)
}

fn group(vm: &Vm, g: &libc::group) -> PyResult<Obj> {
    let mut members = Vec::new();
    let mut p = g.gr_mem;
    // SAFETY: a null-terminated array of strings, if not null itself.
    unsafe {
        while !p.is_null() && !(*p).is_null() {
            members.push(text(vm, *p)?);
            p = p.add(1);
        }
    }
    let v = vec![text(vm, g.gr_name)?, text(vm, g.gr_passwd)?, vm.int(g.gr_gid), vm.list(members)];
    make(vm, &STRUCT_GROUP, v)
}

/// Calls a reentrant lookup with growing room; `None` if there is no such entry.
fn lookup<T>(vm: &Vm, entry: &mut T, call: impl Fn(*mut T, *mut libc::c_char, usize, *mut *mut T) -> i32) -> PyResult<Option<Vec<u8>>> {
    let mut size = 1024;
    loop {
        let mut buf = vec![0u8; size];
        let mut found = std::ptr::null_mut();
        let r = loop {
            let r = call(entry, buf.as_mut_ptr() as *mut libc::c_char, size, &mut found);
            if r != libc::EINTR {
                break r;
            }
            vm.poll()?;
        };
        match r {
            libc::ERANGE if size < 1 << 24 => size *= 2,
            _ if found.is_null() => return Ok(None),
            _ => return Ok(Some(buf)),
        }
    }
}

/// An id, or `None` if the number is none.
fn id_of<'a, T: FromArg<'a>>(vm: &Vm, o: Ref<'a>) -> PyResult<Option<T>> {
    let cx = ArgCx { func: "", param: "id", which: ArgName::Only };
    match T::from_arg(vm, o, &cx) {
        Ok(v) => Ok(Some(v)),
        Err(e) => {
            drop(vm.catch(e, vm.types.overflow_error)?);
            Ok(None)
        }
    }
}

fn c_name(vm: &Vm, name: &PyStr) -> PyResult<std::ffi::CString> {
    let bytes = krait_object::convert::fs_encode(vm, name.r())?;
    std::ffi::CString::new(bytes).map_err(|_| vm.value_error("embedded null byte"))
}

fn missing(vm: &Vm, msg: String) -> krait_object::error::Raised {
    vm.key_error(vm.str(&msg).r())
}

fn signed(id: u32) -> i64 {
    if id == u32::MAX { -1 } else { id.into() }
}

fn pw_by_uid(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let Some(Uid(uid)) = id_of::<Uid>(vm, o)? else {
        return Err(missing(vm, "getpwuid(): uid not found".into()));
    };
    // SAFETY: all-zero is a valid `passwd`; the strings live in the buffer kept below.
    let mut p: libc::passwd = unsafe { std::mem::zeroed() };
    // SAFETY: all pointers are to live memory of the stated size.
    match lookup(vm, &mut p, |e, b, n, r| unsafe { libc::getpwuid_r(uid, e, b, n, r) })? {
        Some(_buf) => passwd(vm, &p),
        None => Err(missing(vm, format!("getpwuid(): uid not found: {}", signed(uid)))),
    }
}

fn pw_by_name(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    let c = c_name(vm, name)?;
    // SAFETY: as for `pw_by_uid`.
    let mut p: libc::passwd = unsafe { std::mem::zeroed() };
    // SAFETY: as for `pw_by_uid`.
    match lookup(vm, &mut p, |e, b, n, r| unsafe { libc::getpwnam_r(c.as_ptr(), e, b, n, r) })? {
        Some(_buf) => passwd(vm, &p),
        None => Err(missing(vm, format!("getpwnam(): name not found: {}", vm.repr_text(name.r())?))),
    }
}

fn gr_by_gid(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let Some(Gid(gid)) = id_of::<Gid>(vm, o)? else {
        return Err(missing(vm, "getgrgid(): gid not found".into()));
    };
    // SAFETY: as for `pw_by_uid`.
    let mut g: libc::group = unsafe { std::mem::zeroed() };
    // SAFETY: as for `pw_by_uid`.
    match lookup(vm, &mut g, |e, b, n, r| unsafe { libc::getgrgid_r(gid, e, b, n, r) })? {
        Some(_buf) => group(vm, &g),
        None => Err(missing(vm, format!("getgrgid(): gid not found: {}", signed(gid)))),
    }
}

fn gr_by_name(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    let c = c_name(vm, name)?;
    // SAFETY: as for `pw_by_uid`.
    let mut g: libc::group = unsafe { std::mem::zeroed() };
    // SAFETY: as for `pw_by_uid`.
    match lookup(vm, &mut g, |e, b, n, r| unsafe { libc::getgrnam_r(c.as_ptr(), e, b, n, r) })? {
        Some(_buf) => group(vm, &g),
        None => Err(missing(vm, format!("getgrnam(): name not found: {}", vm.repr_text(name.r())?))),
    }
}

/// This module provides access to the Unix password database.
/// It is available on all Unix versions.
///
/// Password database entries are reported as 7-tuples containing the following
/// items from the password database (see `<pwd.h>'), in order:
/// pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell.
/// The uid and gid items are integers, all others are strings. An
/// exception is raised if the entry asked for cannot be found.
#[pymodule("pwd")]
pub mod pwd_module {
    use krait_object::prelude::*;

    #[pyattr("struct_passwd")]
    fn struct_passwd(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &super::STRUCT_PASSWD)?.to_obj())
    }
    /// Return the password database entry for the given numeric user ID.
    ///
    /// See `help(pwd)` for more on password database entries.
    #[pyfunction("getpwuid(uidobj, /)")]
    fn getpwuid(vm: &Vm, uidobj: Ref<'_>) -> PyResult<Obj> {
        super::pw_by_uid(vm, uidobj)
    }
    /// Return the password database entry for the given user name.
    ///
    /// See `help(pwd)` for more on password database entries.
    #[pyfunction("getpwnam(name, /)")]
    fn getpwnam(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
        super::pw_by_name(vm, name)
    }
    /// Return a list of all available password database entries, in arbitrary order.
    ///
    /// See help(pwd) for more on password database entries.
    #[pyfunction]
    fn getpwall(vm: &Vm) -> PyResult<Obj> {
        let mut out = Vec::new();
        // SAFETY: the database is walked with the GIL held; entries are copied at once.
        unsafe {
            libc::setpwent();
            loop {
                let p = libc::getpwent();
                let Some(p) = p.as_ref() else { break };
                match super::passwd(vm, p) {
                    Ok(o) => out.push(o),
                    Err(e) => {
                        libc::endpwent();
                        return Err(e);
                    }
                }
            }
            libc::endpwent();
        }
        Ok(vm.list(out))
    }
}

/// Access to the Unix group database.
///
/// Group entries are reported as 4-tuples containing the following fields
/// from the group database, in order:
///
///   name   - name of the group
///   passwd - group password (encrypted); often empty
///   gid    - numeric ID of the group
///   mem    - list of members
///
/// The gid is an integer, name and password are strings.  (Note that most
/// users are not explicitly listed as members of the groups they are in
/// according to the password database.  Check both databases to get
/// complete membership information.)
#[pymodule("grp")]
pub mod grp_module {
    use krait_object::prelude::*;

    #[pyattr("struct_group")]
    fn struct_group(vm: &Vm) -> PyResult<Obj> {
        Ok(krait_types::structseq::struct_type(vm, &super::STRUCT_GROUP)?.to_obj())
    }
    /// Return the group database entry for the given numeric group ID.
    ///
    /// If id is not valid, raise KeyError.
    #[pyfunction("getgrgid(id)")]
    fn getgrgid(vm: &Vm, id: Ref<'_>) -> PyResult<Obj> {
        super::gr_by_gid(vm, id)
    }
    /// Return the group database entry for the given group name.
    ///
    /// If name is not valid, raise KeyError.
    #[pyfunction("getgrnam(name)")]
    fn getgrnam(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
        super::gr_by_name(vm, name)
    }
    /// Return a list of all available group entries, in arbitrary order.
    ///
    /// An entry whose name starts with '+' or '-' represents an instruction
    /// to use YP/NIS and may not be accessible via getgrnam or getgrgid.
    #[pyfunction]
    fn getgrall(vm: &Vm) -> PyResult<Obj> {
        let mut out = Vec::new();
        // SAFETY: as for `getpwall`.
        unsafe {
            libc::setgrent();
            loop {
                let g = libc::getgrent();
                let Some(g) = g.as_ref() else { break };
                match super::group(vm, g) {
                    Ok(o) => out.push(o),
                    Err(e) => {
                        libc::endgrent();
                        return Err(e);
                    }
                }
            }
            libc::endgrent();
        }
        Ok(vm.list(out))
    }
}
