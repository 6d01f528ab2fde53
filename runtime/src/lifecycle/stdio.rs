//! The standard streams.

use std::cell::Cell;

use krait_object::module::PyModule;
use krait_object::prelude::*;

use super::config;

/// What a failure to make the streams is reported as.
#[derive(Default)]
pub struct Failure(pub Cell<Option<&'static str>>);

/// Is standard input a folder?
pub fn stdin_is_directory() -> bool {
    // SAFETY: `stat` holds only numbers, for which zeroes are values; the call fills it in.
    let (status, stat) = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::fstat(0, &mut stat), stat)
    };
    status == 0 && stat.st_mode & libc::S_IFMT == libc::S_IFDIR
}

/// The name by which a codec knows itself.
fn codec_name(vm: &Vm, encoding: &str) -> PyResult<String> {
    let failure = &vm.interp.state::<Failure>().0;
    failure.set(Some("init_stdio_encoding: failed to get the Python codec name of the stdio encoding"));
    let lookup = crate::import::import_attr(vm, "codecs", "lookup")?;
    let info = vm.call1(lookup.r(), vm.str(encoding).r())?;
    let name = vm.getattr_str(info.r(), "name")?;
    failure.set(None);
    vm.str_text(name.r())
}

/// Makes `sys.stdin`, `sys.stdout` and `sys.stderr`, and puts `open` into `builtins`.
pub fn install(vm: &Vm, sys: &PyModule) -> PyResult<()> {
    crate::import::import(vm, "encodings")?;
    let io = crate::import::import(vm, "io")?;
    let open = vm.getattr_str(io.r(), "open")?;
    if let Some(b) = vm.interp.builtins.get() {
        b.set_str(vm, vm.names().open, open)?;
    }
    let encoding = match config(vm).stdio_encoding.as_str() {
        "utf-8" => "utf-8".to_owned(),
        other => codec_name(vm, other)?,
    };
    for (fd, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let stream = if is_valid_fd(fd) { create(vm, io.r(), fd, name, &encoding)? } else { Obj::none() };
        sys.add(vm, &format!("__{name}__"), stream.clone())?;
        sys.add(vm, name, stream)?;
    }
    Ok(())
}

fn is_valid_fd(fd: i32) -> bool {
    // SAFETY: asks about a descriptor, no memory involved.
    unsafe { libc::fcntl(fd, libc::F_GETFD) >= 0 }
}

fn create(vm: &Vm, io: Ref<'_>, fd: i32, name: &str, encoding: &str) -> PyResult<Obj> {
    let c = config(vm);
    let write = fd != 0;
    let buffered = !(c.unbuffered && write);
    let none = vm.none();
    let mode = vm.str(if write { "wb" } else { "rb" });
    let buffering = vm.int_i64(if buffered { -1 } else { 0 });
    let open = vm.getattr_str(io, "open")?;
    let (fd_obj, closefd) = (vm.int_i64(fd.into()), Obj::bool(false));
    let args = [fd_obj.r(), mode.r(), buffering.r(), none, none, none, closefd.r()];
    let buffer = match vm.call(open.r(), &args) {
        Ok(b) => b,
        // A descriptor that cannot be used, such as a folder, leaves no stream.
        Err(e) => {
            drop(vm.catch(e, vm.types.os_error)?);
            return Ok(Obj::none());
        }
    };
    let raw = if buffered { vm.getattr(buffer.r(), vm.names().raw)? } else { buffer.clone() };
    vm.setattr(raw.r(), vm.names().name, vm.str(&format!("<{name}>")).r())?;
    let tty = vm.call_method(raw.r(), vm.names().isatty, &[])?;
    let tty = vm.is_true(tty.r())?;
    let errors = if fd == 2 { "backslashreplace" } else { &c.stdio_errors };
    let (encoding, errors, newline) = (vm.str(encoding), vm.str(errors), vm.str("\n"));
    let line_buffering = Obj::bool(buffered && (tty || fd == 2));
    let write_through = Obj::bool(c.unbuffered);
    let class = vm.getattr_str(io, "TextIOWrapper")?;
    let args = [buffer.r(), encoding.r(), errors.r(), newline.r(), line_buffering.r(), write_through.r()];
    let stream = vm.call(class.r(), &args)?;
    vm.setattr(stream.r(), vm.names().mode, vm.str(if write { "w" } else { "r" }).r())?;
    Ok(stream)
}
