//! The `_stat` module.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// A mode argument.
fn mode(vm: &Vm, o: Ref<'_>) -> PyResult<u32> {
    let i = krait_object::convert::c_long(vm, o)?;
    match u32::try_from(i) {
        Ok(m) => Ok(m),
        Err(_) if i < 0 => Err(vm.overflow_error("can't convert negative value to unsigned int")),
        Err(_) => Err(vm.overflow_error("mode out of range")),
    }
}

/// `-rwxr-xr-x`.
fn filemode(m: u32) -> String {
    let kind = match m & libc::S_IFMT {
        libc::S_IFREG => '-',
        libc::S_IFDIR => 'd',
        libc::S_IFLNK => 'l',
        libc::S_IFBLK => 'b',
        libc::S_IFCHR => 'c',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '?',
    };
    let mut out = String::from(kind);
    for (shift, special, set, unset) in [(6, libc::S_ISUID, 's', 'S'), (3, libc::S_ISGID, 's', 'S'), (0, libc::S_ISVTX, 't', 'T')] {
        let bits = m >> shift & 7;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (m & special != 0, bits & 1 != 0) {
            (true, true) => set,
            (true, false) => unset,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    out
}

/// S_IFMT_: file type bits
/// S_IFDIR: directory
/// S_IFCHR: character device
/// S_IFBLK: block device
/// S_IFREG: regular file
/// S_IFIFO: fifo (named pipe)
/// S_IFLNK: symbolic link
/// S_IFSOCK: socket file
#[pymodule("_stat")]
pub mod stat_module {
    use super::mode;
    use krait_object::prelude::*;

    fn is(vm: &Vm, o: Ref<'_>, kind: u32) -> PyResult<bool> {
        Ok(mode(vm, o)? & libc::S_IFMT == kind)
    }
    /// S_ISDIR(mode) -> bool
    ///
    /// Return True if mode is from a directory.
    #[pyfunction("S_ISDIR(object, /)", nosig)]
    fn s_isdir(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        is(vm, object, libc::S_IFDIR)
    }
    /// S_ISCHR(mode) -> bool
    ///
    /// Return True if mode is from a character special device file.
    #[pyfunction("S_ISCHR(object, /)", nosig)]
    fn s_ischr(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        is(vm, object, libc::S_IFCHR)
    }
    /// S_ISBLK(mode) -> bool
    ///
    /// Return True if mode is from a block special device file.
    #[pyfunction("S_ISBLK(object, /)", nosig)]
    fn s_isblk(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        is(vm, object, libc::S_IFBLK)
    }
    /// S_ISREG(mode) -> bool
    ///
    /// Return True if mode is from a regular file.
    #[pyfunction("S_ISREG(object, /)", nosig)]
    fn s_isreg(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        is(vm, object, libc::S_IFREG)
    }
    /// S_ISFIFO(mode) -> bool
    ///
    /// Return True if mode is from a FIFO (named pipe).
    #[pyfunction("S_ISFIFO(object, /)", nosig)]
    fn s_isfifo(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        is(vm, object, libc::S_IFIFO)
    }
    /// S_ISLNK(mode) -> bool
    ///
    /// Return True if mode is from a symbolic link.
    #[pyfunction("S_ISLNK(object, /)", nosig)]
    fn s_islnk(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        is(vm, object, libc::S_IFLNK)
    }
    /// S_ISSOCK(mode) -> bool
    ///
    /// Return True if mode is from a socket.
    #[pyfunction("S_ISSOCK(object, /)", nosig)]
    fn s_issock(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        is(vm, object, libc::S_IFSOCK)
    }
    /// S_ISDOOR(mode) -> bool
    ///
    /// Return True if mode is from a door.
    #[pyfunction("S_ISDOOR(object, /)", nosig)]
    fn s_isdoor(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        mode(vm, object).map(|_| false)
    }
    /// S_ISPORT(mode) -> bool
    ///
    /// Return True if mode is from an event port.
    #[pyfunction("S_ISPORT(object, /)", nosig)]
    fn s_isport(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        mode(vm, object).map(|_| false)
    }
    /// S_ISWHT(mode) -> bool
    ///
    /// Return True if mode is from a whiteout.
    #[pyfunction("S_ISWHT(object, /)", nosig)]
    fn s_iswht(vm: &Vm, object: Ref<'_>) -> PyResult<bool> {
        mode(vm, object).map(|_| false)
    }
    /// Return the portion of the file's mode that can be set by os.chmod().
    #[pyfunction("S_IMODE(object, /)", nosig)]
    fn s_imode(vm: &Vm, object: Ref<'_>) -> PyResult<u32> {
        Ok(mode(vm, object)? & 0o7777)
    }
    /// Return the portion of the file's mode that describes the file type.
    #[pyfunction("S_IFMT(object, /)", nosig)]
    fn s_ifmt(vm: &Vm, object: Ref<'_>) -> PyResult<u32> {
        Ok(mode(vm, object)? & libc::S_IFMT)
    }
    /// Convert a file's mode to a string of the form '-rwxrwxrwx'
    #[pyfunction("filemode(object, /)", nosig)]
    fn filemode(vm: &Vm, object: Ref<'_>) -> PyResult<String> {
        Ok(super::filemode(mode(vm, object)?))
    }
    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        crate::util::add_ints(vm, module, super::super::tables::STAT)
    }
}
