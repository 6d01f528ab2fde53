//! The interactive loop: the library's on a terminal, a plain one otherwise.

use krait_frontend::code::flags::FUTURE_MASK;
use krait_frontend::parse::interactive::wants_blank_line;
use krait_frontend::{CompileOptions, Mode};
use krait_object::code::PyCode;
use krait_object::exception_layouts::PySystemExit;
use krait_object::prelude::*;

use super::main_code::{compile_text, main_dict, options, run_in_main};
use super::run::{exit_status, print};
use super::{RunMode, config};
use crate::import;
use crate::sys::{set_sys_attr, sys_attr};

fn stdin_is_tty() -> bool {
    // SAFETY: asks about a descriptor, no memory involved.
    unsafe { libc::isatty(0) == 1 }
}

/// Is the program read interactively?
pub fn is_interactive(vm: &Vm) -> bool {
    let c = config(vm);
    matches!(c.mode, RunMode::Stdin) && (c.interactive || stdin_is_tty())
}

/// May the program be followed by an interactive loop?
pub fn is_tty_or_forced(vm: &Vm) -> bool {
    config(vm).interactive || stdin_is_tty()
}

/// What an interactive session begins with.
pub fn banner(vm: &Vm) {
    krait_object::stderr_line!("Python {} on linux", crate::sys::version_line());
    if !config(vm).no_site {
        krait_object::stderr_line!("Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.");
    }
}

/// Runs the loop that fits; returns the exit status.
pub fn run(vm: &Vm) -> PyResult<i32> {
    startup_file(vm)?;
    interactive_hook(vm)?;
    let c = config(vm);
    let basic = c.env("PYTHON_BASIC_REPL").is_some();
    if stdin_is_tty() && !basic {
        match import::import_attr(vm, "_pyrepl.main", "interactive_console") {
            Ok(console) => {
                let main = import::import(vm, "__main__")?;
                let (quiet, pythonstartup) = (Obj::bool(true), Obj::bool(false));
                vm.call_kw(console.r(), &[], &[("mainmodule", main.r()), ("quiet", quiet.r()), ("pythonstartup", pythonstartup.r())])?;
                return Ok(0);
            }
            // Without a usable terminal library the plain loop must do.
            Err(e) => drop(vm.catch(e, vm.types.exception)?),
        }
    }
    plain(vm)
}

fn startup_file(vm: &Vm) -> PyResult<()> {
    let Some(file) = config(vm).env("PYTHONSTARTUP") else { return Ok(()) };
    let path = String::from_utf8_lossy(&file).into_owned();
    vm.audit("cpython.run_startup", &[vm.str(&path).r()])?;
    match std::fs::read(&path) {
        Ok(bytes) => {
            let dict = main_dict(vm)?;
            let file = vm.names().__file__;
            dict.set_str(vm, file, vm.str(&path))?;
            let ran = super::main_code::compile_file(vm, &bytes, &path).and_then(|c| run_in_main(vm, c));
            drop(dict.remove_str(vm, file)?);
            if let Err(e) = ran {
                if vm.raised_is(vm.types.system_exit) {
                    return Err(e);
                }
                print(vm, vm.take_raised(e));
            }
        }
        Err(e) => {
            krait_object::stderr_line!("Could not open PYTHONSTARTUP");
            print(vm, vm.take_raised(vm.os_error_path(e.raw_os_error().unwrap_or(0), vm.str(&path).r())));
        }
    }
    Ok(())
}

fn interactive_hook(vm: &Vm) -> PyResult<()> {
    let c = config(vm);
    if c.isolated || !stdin_is_tty() {
        return Ok(());
    }
    if let Some(hook) = sys_attr(vm, "__interactivehook__")
        && let Err(e) = vm.call0(hook.r())
    {
        krait_object::stderr_line!("Failed calling sys.__interactivehook__");
        print(vm, vm.take_raised(e));
    }
    Ok(())
}

/// A prompt of `sys`, as text; what its `str` raises is forgotten.
fn prompt(vm: &Vm, name: &str) -> String {
    let Some(p) = sys_attr(vm, name) else { return String::new() };
    match vm.str_text(p.r()) {
        Ok(t) => t,
        Err(e) => {
            drop(vm.take_raised(e));
            String::new()
        }
    }
}

fn flush(vm: &Vm, name: &str) {
    if let Some(s) = sys_attr(vm, name).filter(|s| !s.r().is_none())
        && let Err(e) = vm.call_method(s.r(), vm.names().flush, &[])
    {
        drop(vm.take_raised(e));
    }
}

fn read_line(vm: &Vm, prompt: &str) -> PyResult<Option<String>> {
    flush(vm, "stdout");
    flush(vm, "stderr");
    krait_object::stderr_write!("{prompt}");
    let stdin = sys_attr(vm, "stdin").filter(|s| !s.r().is_none());
    let Some(stdin) = stdin else { return Ok(None) };
    let line = vm.call_method(stdin.r(), vm.names().readline, &[])?;
    let text = vm.str_text(line.r())?;
    Ok(if text.is_empty() { None } else { Some(text) })
}

/// Blanks and comments alone.
fn is_void(text: &str) -> bool {
    text.lines().all(|l| l.trim_start().is_empty() || l.trim_start().starts_with('#'))
}

/// What reading a statement came to.
enum Read {
    Statement(Py<PyCode>),
    Nothing,
    End,
}

/// One statement, with the lines it goes on over.
fn read_statement(vm: &Vm, future_flags: u32) -> PyResult<Read> {
    let mut text = String::new();
    loop {
        let which = if text.is_empty() { "ps1" } else { "ps2" };
        let line = match read_line(vm, &prompt(vm, which)) {
            Err(_) if vm.raised_is(vm.types.keyboard_interrupt) => {
                let interrupt = vm.pending.take();
                drop(interrupt);
                krait_object::stderr_line!("\nKeyboardInterrupt");
                return Ok(Read::Nothing);
            }
            line => line?,
        };
        let ended = line.is_none();
        if ended {
            krait_object::stderr_line!();
        }
        match line {
            Some(l) => text.push_str(&l),
            None if text.is_empty() => return Ok(Read::End),
            None => {}
        }
        if is_void(&text) {
            return Ok(Read::Nothing);
        }
        let wait = !ended;
        let base = options(vm);
        let future_flags = base.future_flags | future_flags;
        let how = CompileOptions { allow_incomplete_input: wait, dont_imply_dedent: wait, future_flags, ..base };
        if wait && krait_frontend::parse(&text, Mode::Single, &how).is_ok_and(|ast| wants_blank_line(&ast)) {
            continue;
        }
        match compile_text(vm, &text, "<stdin>", Mode::Single, &how) {
            Ok(code) => return Ok(Read::Statement(code)),
            Err(e) if wait && vm.raised_is(vm.types.incomplete_input_error) => drop(vm.take_raised(e)),
            Err(e) => return Err(e),
        }
    }
}

/// The loop without line editing; returns the exit status.
pub fn plain(vm: &Vm) -> PyResult<i32> {
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        if sys_attr(vm, name).is_none() {
            set_sys_attr(vm, name, vm.str(text))?;
        }
    }
    // `from __future__` holds for the rest of the session.
    let mut future_flags = 0;
    // A session whose last statement was interrupted ends as an interrupted program does.
    let mut interrupted = false;
    loop {
        let result = match read_statement(vm, future_flags) {
            Ok(Read::Statement(code)) => {
                future_flags |= code.flags & FUTURE_MASK;
                let ran = run_in_main(vm, code).map(drop);
                interrupted = ran.is_err() && vm.raised_is(vm.types.keyboard_interrupt);
                ran
            }
            Ok(Read::Nothing) => continue,
            Ok(Read::End) if interrupted => super::finish::exit_now(vm, super::run::Outcome::Interrupted),
            Ok(Read::End) => return Ok(0),
            Err(e) => Err(e),
        };
        if let Err(e) = result {
            let exc = vm.take_raised(e);
            if exc.r().ty(vm).is_subtype(vm.types.system_exit) {
                return Ok(exit_status(vm, exc.as_layout::<PySystemExit>(vm)));
            }
            print(vm, exc);
        }
        flush(vm, "stdout");
        flush(vm, "stderr");
    }
}
