//! Showing exceptions on `sys.stderr`: through `traceback.py`, as CPython does, and plainly where
//! that cannot run.

use krait_object::exception::{PyBaseException, peek};
use krait_object::exception_layouts::PySyntaxError;
use krait_object::frame_obj::PyFrame;
use krait_object::prelude::*;
use krait_object::traceback::PyTraceback;

use super::sys_attr;

/// `sys.excepthook`.
pub fn exception(vm: &Vm, value: Ref<'_>, traceback: Ref<'_>) -> PyResult<()> {
    if let Some(e) = value.downcast::<PyBaseException>(vm)
        && traceback.is_instance_of::<PyTraceback>(vm)
        && peek(&e.traceback).is_none()
    {
        drop(e.traceback.replace(Some(traceback.to_obj())));
    }
    let Some(file) = sys_attr(vm, "stderr").filter(|f| !f.r().is_none()) else { return Ok(()) };
    if value.is_instance_of::<PyBaseException>(vm) {
        match through_library(vm, value) {
            Ok(()) => return Ok(()),
            Err(e) => {
                let failed = vm.take_raised(e);
                let note = vm.str("Exception ignored in the internal traceback machinery:\n");
                vm.call_method(file.r(), vm.names().write, &[note.r()])?;
                plain(vm, file.r(), failed.r())?;
            }
        }
    }
    plain(vm, file.r(), value)?;
    vm.call_method(file.r(), vm.names().flush, &[]).map(drop)
}

fn through_library(vm: &Vm, value: Ref<'_>) -> PyResult<()> {
    let print = crate::import::import_attr(vm, "traceback", "_print_exception_bltin")?;
    vm.call1(print.r(), value).map(drop)
}

/// Shows an exception nobody can catch.
pub fn unraisable(vm: &Vm, value: Ref<'_>, msg: Ref<'_>, obj: Ref<'_>) -> PyResult<()> {
    let Some(file) = sys_attr(vm, "stderr").filter(|f| !f.r().is_none()) else { return Ok(()) };
    let write = |text: &PyStr| vm.call_method(file.r(), vm.names().write, &[text.r()]).map(drop);
    let write_str = |text: &str| write(&PyStr::new(vm, text));
    if !obj.is_none() {
        match msg.downcast::<PyStr>(vm) {
            Some(m) => {
                write(m)?;
                write_str(": ")?;
            }
            None => write_str("Exception ignored in: ")?,
        }
        match vm.repr(obj) {
            Ok(text) => write(&text)?,
            Err(e) => {
                drop(vm.take_raised(e));
                write_str("<object repr() failed>")?;
            }
        }
        write_str("\n")?;
    } else if let Some(m) = msg.downcast::<PyStr>(vm) {
        write(m)?;
        write_str(":\n")?;
    }
    if value.is_instance_of::<PyBaseException>(vm) {
        // At the end of the process modules are gone, and printing must not import any.
        let shown = if vm.interp.finalizing.get() { Err(None) } else { through_library(vm, value).map_err(Some) };
        if let Err(e) = shown {
            if let Some(e) = e {
                drop(vm.take_raised(e));
            }
            plain(vm, file.r(), value)?;
        }
    }
    vm.call_method(file.r(), vm.names().flush, &[]).map(drop)
}

/// Shows an exception with its causes without the library's help.
pub fn plain(vm: &Vm, file: Ref<'_>, value: Ref<'_>) -> PyResult<()> {
    let mut out = String::new();
    match value.downcast::<PyBaseException>(vm) {
        Some(e) => chain(vm, e, &mut out),
        None => {
            let text = format!("TypeError: print_exception(): Exception expected for value, {} found\n", value.ty(vm).tp_name());
            out.push_str(&text);
        }
    }
    vm.call_method(file, vm.names().write, &[vm.str(&out).r()]).map(drop)
}

/// An exception with its causes as text, without the library's help.
pub fn text_of(vm: &Vm, exc: &PyBaseException) -> String {
    let mut out = String::new();
    chain(vm, exc, &mut out);
    out
}

fn chain(vm: &Vm, exc: &PyBaseException, out: &mut String) {
    // From the first cause to the exception itself; a cycle ends the walk.
    let mut items: Vec<(Py<PyBaseException>, &str)> = vec![(exc.to_py(), "")];
    while let Some((e, _)) = items.last() {
        let as_exception = |o: Option<Obj>| o.and_then(|o| o.downcast::<PyBaseException>(vm).ok());
        let cause = as_exception(peek(&e.cause));
        let next = match cause {
            Some(c) => Some((c, "\nThe above exception was the direct cause of the following exception:\n\n")),
            None if e.suppress_context.get() => None,
            None => {
                as_exception(peek(&e.context)).map(|c| (c, "\nDuring handling of the above exception, another exception occurred:\n\n"))
            }
        };
        match next {
            Some((c, why)) if items.iter().all(|(i, _)| !i.r().ptr_eq(c.r())) => items.push((c, why)),
            _ => break,
        }
    }
    for (e, why) in items.iter().rev() {
        traceback(vm, e, out);
        headline(vm, e, out);
        out.push_str(why);
    }
}

fn traceback(vm: &Vm, e: &PyBaseException, out: &mut String) {
    let mut at = peek(&e.traceback);
    if at.is_none() {
        return;
    }
    out.push_str("Traceback (most recent call last):\n");
    while let Some(tb) = at.take().and_then(|o| o.downcast::<PyTraceback>(vm).ok()) {
        if let Some(f) = tb.frame.r().downcast::<PyFrame>(vm) {
            let line = match tb.lineno.get() {
                n if n >= 0 => Some(n as u32),
                _ => f.code.unit.line(tb.lasti as usize / 2),
            };
            let shown = line.map_or_else(|| "None".to_owned(), |l| l.to_string());
            let (file, name) = (f.code.filename().to_string_lossy(), f.code.name.to_string_lossy());
            out.push_str(&format!("  File \"{file}\", line {shown}, in {name}\n"));
            if let Some(text) = line.and_then(|l| source_line(&file, l)) {
                out.push_str(&format!("    {text}\n"));
            }
        }
        at = tb.next();
    }
}

fn source_line(file: &str, line: u32) -> Option<String> {
    if file.starts_with('<') {
        return None;
    }
    let bytes = std::fs::read(file).ok()?;
    let text = bytes.split(|b| *b == b'\n').nth((line as usize).checked_sub(1)?)?;
    let text = String::from_utf8_lossy(text).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A result whose exception does not matter.
fn settled<T>(vm: &Vm, r: PyResult<T>) -> Option<T> {
    r.map_err(|e| drop(vm.take_raised(e))).ok()
}

fn headline(vm: &Vm, e: &PyBaseException, out: &mut String) {
    let ty = e.r().ty(vm);
    let name = ty.qualname_ref().map_or_else(|| ty.name_lossy(), |q| q.to_string_lossy());
    let module = settled(vm, vm.getattr_opt(ty.r(), vm.names().__module__)).flatten();
    let module = module.and_then(|m| m.r().downcast::<PyStr>(vm).map(PyStr::to_string_lossy));
    if let Some(s) = e.as_layout::<PySyntaxError>(vm) {
        let text = |c: &std::cell::Cell<Option<Obj>>| peek(c).and_then(|o| settled(vm, vm.str_text(o.r())));
        if let (Some(file), Some(line)) = (text(&s.filename), text(&s.lineno)) {
            out.push_str(&format!("  File \"{file}\", line {line}\n"));
            if let Some(t) = text(&s.text) {
                out.push_str(&format!("    {}\n", t.trim()));
            }
        }
        let msg = text(&s.msg).unwrap_or_default();
        out.push_str(&format!("{name}: {msg}\n"));
        return;
    }
    if let Some(m) = module.filter(|m| m != "builtins" && m != "__main__") {
        out.push_str(&format!("{m}."));
    }
    out.push_str(&name);
    match vm.str_of(e.r()) {
        Ok(s) if s.is_empty() => {}
        Ok(s) => out.push_str(&format!(": {}", s.to_string_lossy())),
        Err(r) => {
            drop(vm.take_raised(r));
            out.push_str(": <exception str() failed>");
        }
    }
    out.push('\n');
}
