//! Running the program the command line names.

use std::os::unix::ffi::OsStrExt;

use krait_frontend::Mode;
use krait_object::exception::peek;
use krait_object::exception_layouts::PySystemExit;
use krait_object::prelude::*;

use super::main_code::{compile_file, compile_text, main_dict, options, run_in_main};
use super::{RunMode, config, repl};
use crate::import;
use crate::sys::text::{fs_decode, fs_encode};
use crate::sys::{set_sys_attr, sys_attr};

/// What the program ended with, for the caller of the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Status(i32),
    /// KeyboardInterrupt: the process is to die of SIGINT.
    Interrupted,
}

/// Runs the program, then the REPL if `-i` asks for it.
pub fn run_main(vm: &Vm) -> Outcome {
    if config(vm).xoption("gc-stress").is_some() {
        vm.interp.gc.set_stress(true);
    }
    let outcome = match prepare(vm) {
        Ok(importer) => run_program(vm, importer),
        Err(e) => failed(vm, e),
    };
    inspect(vm, outcome)
}

/// Puts the first entry on `sys.path`. True if the program is a folder or zip file.
fn prepare(vm: &Vm) -> PyResult<bool> {
    let c = config(vm);
    let mut importer = false;
    if let RunMode::File(file) = &c.mode {
        let path = fs_decode(vm, file);
        importer = has_importer(vm, &path)?;
    }
    let first = match &c.mode {
        RunMode::File(file) if importer => Some(file.clone()),
        _ if c.safe_path => None,
        RunMode::File(file) => Some(script_folder(file)),
        RunMode::Module(_) => Some(std::env::current_dir().map(|d| d.as_os_str().as_bytes().to_vec()).unwrap_or_default()),
        RunMode::Command(_) | RunMode::Stdin => Some(vec![]),
    };
    if let Some(first) = first {
        let entry = fs_decode(vm, &first);
        *c.path0.borrow_mut() = Some(entry.to_string_lossy());
        if let Some(path) = sys_attr(vm, "path")
            && let Some(list) = path.r().downcast::<PyList>(vm)
        {
            list.insert(vm, 0, entry.into_obj())?;
        }
    }
    Ok(importer)
}

/// The folder of a script, symbolic links followed.
fn script_folder(file: &[u8]) -> Vec<u8> {
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(file));
    let mut real = path.to_path_buf();
    // Only the script itself is followed, not the folders on the way.
    while let Ok(target) = std::fs::read_link(&real) {
        real = real.parent().unwrap_or(std::path::Path::new("")).join(target);
    }
    let absolute = std::path::absolute(&real).unwrap_or(real);
    let folder = absolute.parent().map(|p| p.as_os_str().as_bytes().to_vec());
    folder.unwrap_or_default()
}

/// Is the path a folder or zip file that modules can be imported from?
fn has_importer(vm: &Vm, path: &PyStr) -> PyResult<bool> {
    // Plain files, by far the most frequent, are recognised by how they begin.
    let bytes = fs_encode(path);
    let os = std::ffi::OsStr::from_bytes(&bytes);
    if let Ok(meta) = std::fs::metadata(os)
        && meta.is_file()
        && !looks_like_zip(os)
    {
        return Ok(false);
    }
    let hooks = sys_attr(vm, "path_hooks").unwrap_or_else(Obj::none);
    let Some(hooks) = hooks.r().downcast::<PyList>(vm) else { return Ok(false) };
    for hook in hooks.to_vec() {
        match vm.call1(hook.r(), path.r()) {
            Ok(finder) => {
                if let Some(cache) = sys_attr(vm, "path_importer_cache")
                    && let Some(d) = cache.r().downcast::<PyDict>(vm)
                {
                    d.set(vm, path.r(), finder.r())?;
                }
                return Ok(true);
            }
            Err(e) => drop(vm.catch(e, vm.types.import_error)?),
        }
    }
    Ok(false)
}

/// Zip archives end with a directory that has this mark.
fn looks_like_zip(path: &std::ffi::OsStr) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let Ok(mut f) = std::fs::File::open(path) else { return true };
    let size = f.seek(SeekFrom::End(0)).unwrap_or(0);
    // The directory's end record is 22 bytes, plus a comment of up to 64 KiB.
    let tail = size.min(22 + 65535);
    let mut buf = vec![0; tail as usize];
    if f.seek(SeekFrom::Start(size - tail)).is_err() || f.read_exact(&mut buf).is_err() {
        return true;
    }
    buf.windows(4).any(|w| w == b"PK\x05\x06")
}

fn run_program(vm: &Vm, importer: bool) -> Outcome {
    let c = config(vm);
    let interactive = repl::is_interactive(vm);
    if interactive && !c.quiet && matches!(c.mode, RunMode::Stdin) {
        repl::banner(vm);
    }
    let result = match &c.mode {
        RunMode::Command(text) => run_command(vm, text),
        RunMode::Module(name) => run_module(vm, name, true).map(|()| 0),
        RunMode::File(_) if importer => run_module(vm, b"__main__", false).map(|()| 0),
        RunMode::File(file) => run_file(vm, file),
        RunMode::Stdin => run_stdin(vm),
    };
    match result {
        Ok(status) => Outcome::Status(status),
        Err(e) => failed(vm, e),
    }
}

fn run_command(vm: &Vm, text: &[u8]) -> PyResult<i32> {
    let source = fs_decode(vm, text);
    vm.audit("cpython.run_command", &[source.r()])?;
    let text = source.to_utf8(vm)?;
    let code = compile_text(vm, &dedent(text), "<string>", Mode::Exec, &options(vm))?;
    run_in_main(vm, code)?;
    Ok(0)
}

/// Takes off the white space that all lines of `-c`'s text begin with.
fn dedent(text: &str) -> String {
    let margin = |l: &str| l.len() - l.trim_start_matches([' ', '\t']).len();
    let lines = || text.split('\n').filter(|l| !l.trim_matches([' ', '\t', '\r']).is_empty());
    let Some(first) = lines().next() else { return text.to_owned() };
    let mut common = &first[..margin(first)];
    for l in lines() {
        let same = common.bytes().zip(l.bytes()).take_while(|(a, b)| a == b).count();
        common = &common[..same];
    }
    if common.is_empty() {
        return text.to_owned();
    }
    let cut = |l: &str| l.strip_prefix(common).unwrap_or_else(|| l.trim_start_matches([' ', '\t'])).to_owned();
    text.split('\n').map(cut).collect::<Vec<_>>().join("\n")
}

fn run_module(vm: &Vm, name: &[u8], alter_argv: bool) -> PyResult<()> {
    let name = fs_decode(vm, name);
    vm.audit("cpython.run_module", &[name.r()])?;
    let run = import::import_attr(vm, "runpy", "_run_module_as_main")?;
    vm.call(run.r(), &[name.r(), Obj::bool(alter_argv).r()]).map(drop)
}

/// Sets `__main__`'s loader for a script.
fn set_loader(vm: &Vm, path: &PyStr, class: &str) -> PyResult<()> {
    let external = import::import(vm, "_frozen_importlib_external")?;
    let class = vm.getattr_str(external.r(), class)?;
    let n = vm.names();
    let loader = vm.call(class.r(), &[n.__main__.r(), path.r()])?;
    main_dict(vm)?.set_str(vm, n.__loader__, loader)
}

fn run_file(vm: &Vm, file: &[u8]) -> PyResult<i32> {
    let name = fs_decode(vm, file);
    vm.audit("cpython.run_file", &[name.r()])?;
    let os = std::ffi::OsStr::from_bytes(file);
    let program = || String::from_utf8_lossy(&config(vm).program_name).into_owned();
    if std::fs::metadata(os).is_ok_and(|m| m.is_dir()) {
        krait_object::stderr_line!("{}: {} is a directory, cannot continue", program(), vm.repr_text(name.r())?);
        return Ok(1);
    }
    let bytes = match std::fs::read(os) {
        Ok(b) => b,
        Err(e) => {
            let code = e.raw_os_error().unwrap_or(0);
            // SAFETY: strerror returns a NUL-terminated string; the GIL keeps other users out.
            let text = unsafe { std::ffi::CStr::from_ptr(libc::strerror(code)) }.to_string_lossy();
            krait_object::stderr_line!("{}: can't open file {}: [Errno {code}] {text}", program(), vm.repr_text(name.r())?);
            return Ok(2);
        }
    };
    let dict = main_dict(vm)?;
    dict.set_str(vm, vm.names().__file__, name.to_obj())?;
    dict.set_item_str(vm, "__cached__", Obj::none())?;
    let result = run_bytes(vm, &bytes, &name);
    for key in ["__file__", "__cached__"] {
        if let Err(e) = dict.remove_str(vm, &vm.intern(key)) {
            drop(vm.take_raised(e));
        }
    }
    result.map(|()| 0)
}

fn run_bytes(vm: &Vm, bytes: &[u8], name: &PyStr) -> PyResult<()> {
    let text = name.to_string_lossy();
    let magic = crate::marshal::pyc_magic().to_le_bytes();
    if text.ends_with(".pyc") || bytes.starts_with(&magic) {
        if bytes.len() < magic.len() {
            return Err(vm.raise_msg(vm.types.eof_error, "EOF read where not expected"));
        }
        if !bytes.starts_with(&magic) {
            return Err(vm.runtime_error("Bad magic number in .pyc file"));
        }
        set_loader(vm, name, "SourcelessFileLoader")?;
        let code = crate::marshal::loads(vm, bytes.get(16..).unwrap_or_default(), true);
        let code = code.map_err(|e| drop(vm.take_raised(e))).ok().and_then(|c| c.downcast(vm).ok());
        return match code {
            Some(code) => run_in_main(vm, code).map(drop),
            None => Err(vm.runtime_error("Bad code object in .pyc file")),
        };
    }
    set_loader(vm, name, "SourceFileLoader")?;
    // `-x` leaves the line in, empty, so that line numbers stay true.
    let skip = if config(vm).skip_first_line { bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len()) } else { 0 };
    let code = compile_file(vm, &bytes[skip..], &text)?;
    run_in_main(vm, code).map(drop)
}

fn run_stdin(vm: &Vm) -> PyResult<i32> {
    vm.audit("cpython.run_stdin", &[])?;
    if repl::is_interactive(vm) {
        return repl::run(vm);
    }
    let mut bytes = Vec::new();
    if let Err(e) = std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes) {
        return Err(vm.os_error(e.raw_os_error().unwrap_or(libc::EIO)));
    }
    let name = vm.intern("<stdin>");
    let n = vm.names();
    let dict = main_dict(vm)?;
    dict.set_str(vm, n.__file__, name.to_obj())?;
    let ran = compile_file(vm, &bytes, "<stdin>").and_then(|code| run_in_main(vm, code).map(drop));
    drop(dict.remove_str(vm, n.__file__)?);
    ran.map(|()| 0)
}

/// An exception left the program: shows it, and says what the process ends with.
pub fn failed(vm: &Vm, e: Raised) -> Outcome {
    let exc = vm.take_raised(e);
    if exc.r().ty(vm).is_subtype(vm.types.system_exit) && !inspecting(vm) {
        return Outcome::Status(exit_status(vm, exc.as_layout::<PySystemExit>(vm)));
    }
    let interrupted = exc.r().ty(vm).is_subtype(vm.types.keyboard_interrupt);
    print(vm, exc);
    if interrupted { Outcome::Interrupted } else { Outcome::Status(1) }
}

/// `PyErr_Print`: keeps the exception in `sys.last_exc` and calls `sys.excepthook`.
pub fn print(vm: &Vm, exc: Py<krait_object::exception::PyBaseException>) {
    let triple = crate::sys::hooks::exc_triple(vm, Some(exc.to_obj()));
    let parts: Vec<Obj> = triple.r().downcast::<PyTuple>(vm).map(|t| t.as_slice().to_vec()).unwrap_or_default();
    for (name, v) in
        [("last_exc", exc.to_obj()), ("last_type", parts[0].clone()), ("last_value", exc.to_obj()), ("last_traceback", parts[2].clone())]
    {
        if let Err(e) = set_sys_attr(vm, name, v) {
            drop(vm.take_raised(e));
        }
    }
    let args: Vec<Ref<'_>> = parts.iter().map(|p| p.r()).collect();
    let shown = match sys_attr(vm, "excepthook") {
        Some(hook) => match vm.audit("sys.excepthook", &[hook.r(), args[0], args[1], args[2]]) {
            Ok(()) => vm.call(hook.r(), &args).map(drop),
            Err(e) if vm.raised_is(vm.types.runtime_error) => {
                drop(vm.take_raised(e));
                return;
            }
            Err(e) => Err(e),
        },
        None => {
            krait_object::stderr_line!("sys.excepthook is missing");
            crate::sys::display::exception(vm, exc.r(), args[2])
        }
    };
    if let Err(e) = shown {
        hook_failed(vm, e, &exc);
    }
}

fn hook_failed(vm: &Vm, e: Raised, exc: &Py<krait_object::exception::PyBaseException>) {
    let failure = vm.take_raised(e);
    if failure.r().ty(vm).is_subtype(vm.types.system_exit) {
        let status = exit_status(vm, failure.as_layout::<PySystemExit>(vm));
        super::finish::exit_now(vm, Outcome::Status(status));
    }
    let show = |text: &str, exc: Ref<'_>| {
        krait_object::stderr_write!("{text}");
        if let Err(e) = crate::sys::display::exception(vm, exc, vm.none()) {
            drop(vm.take_raised(e));
        }
    };
    show("Error in sys.excepthook:\n", failure.r());
    show("\nOriginal exception was:\n", exc.r());
}

/// The status SystemExit stands for; a code that is no number is printed.
pub fn exit_status(vm: &Vm, exit: Option<&PySystemExit>) -> i32 {
    let code = exit.and_then(|e| peek(&e.code)).unwrap_or_else(Obj::none);
    if code.r().is_none() {
        return 0;
    }
    if let Some(i) = code.r().as_int(vm) {
        return i.to_i64().map_or(-1, |i| i as i32);
    }
    let shown = match sys_attr(vm, "stderr").filter(|s| !s.r().is_none()) {
        Some(stderr) => vm.str_of(code.r()).and_then(|t| {
            vm.call_method(stderr.r(), vm.names().write, &[t.r()])?;
            vm.call_method(stderr.r(), vm.names().write, &[vm.names().newline_char.r()])
        }),
        None => vm.str_of(code.r()).map(|t| {
            krait_object::stderr_line!("{}", t.to_string_lossy());
            Obj::none()
        }),
    };
    if let Err(e) = shown {
        drop(vm.take_raised(e));
    }
    1
}

/// `-i`, or PYTHONINSPECT set by now.
fn inspecting(vm: &Vm) -> bool {
    let c = config(vm);
    c.inspect || (!c.ignore_environment && python_environ_has_inspect())
}

fn python_environ_has_inspect() -> bool {
    // SAFETY: `getenv` reads the process environment; the GIL keeps `os.putenv` out.
    let p = unsafe { libc::getenv(c"PYTHONINSPECT".as_ptr()) };
    // SAFETY: a NUL-terminated string or null.
    !p.is_null() && unsafe { *p } != 0
}

fn inspect(vm: &Vm, outcome: Outcome) -> Outcome {
    let c = config(vm);
    if !inspecting(vm) || !repl::is_tty_or_forced(vm) || matches!(c.mode, RunMode::Stdin) {
        return outcome;
    }
    match repl::run(vm) {
        Ok(status) => Outcome::Status(status),
        Err(e) => {
            let exc = vm.take_raised(e);
            if exc.r().ty(vm).is_subtype(vm.types.system_exit) {
                return Outcome::Status(exit_status(vm, exc.as_layout::<PySystemExit>(vm)));
            }
            print(vm, exc);
            Outcome::Status(1)
        }
    }
}
