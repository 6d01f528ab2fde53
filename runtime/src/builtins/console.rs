//! `print` and `input`.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

/// `sys.<name>`; missing and deleted streams are `None`.
fn sys_attr(vm: &Vm, name: &PyStr) -> PyResult<Option<Obj>> {
    match vm.interp.sysdict.get() {
        Some(d) => d.get_str(vm, name),
        None => Ok(None),
    }
}

/// A separator argument: a str, or None for the default.
fn separator<'a>(vm: &Vm, arg: Option<Ref<'a>>, name: &str) -> PyResult<Option<&'a PyStr>> {
    let Some(o) = arg.filter(|o| !o.is_none()) else { return Ok(None) };
    let bad = || vm.type_error(format!("{name} must be None or a string, not {}", o.ty(vm).tp_name()));
    o.downcast::<PyStr>(vm).ok_or_else(bad).map(Some)
}

/// Is the stream a native text file with its own `write`? Then several writes in a row may be
/// made one, since nobody can tell the difference.
fn is_native_text(vm: &Vm, file: Ref<'_>) -> PyResult<bool> {
    let ty = file.ty(vm);
    if ty.has_flag(TypeFlags::HEAP) || ty.def.get().is_none_or(|d| d.name != "TextIOWrapper" || d.module != "_io") {
        return Ok(false);
    }
    match krait_object::instance::attrs_of(file) {
        Some(attrs) => Ok(attrs.get(vm, vm.names().write)?.is_none()),
        None => Ok(true),
    }
}

/// Text form of an object whose `str()` runs no Python code.
fn plain_text(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Py<PyStr>>> {
    let plain = o.value().is_int() || o.value().is_flonum() || o.is_none() || o.as_exact_str(vm).is_some();
    if plain { vm.str_of(o).map(Some) } else { Ok(None) }
}

/// Gathers what goes to one stream.
struct Output<'v, 'f> {
    vm: &'v Vm,
    file: Ref<'f>,
    batch: Option<StrBuilder>,
}

impl Output<'_, '_> {
    fn write(&mut self, s: &PyStr) -> PyResult<()> {
        // Text that may fail to encode must not take what stands before it down.
        if !s.is_ascii() {
            self.settle()?;
            return self.write_now(s.r());
        }
        match &mut self.batch {
            Some(b) => {
                b.try_reserve(self.vm, s.len())?;
                b.push_pystr(s);
                Ok(())
            }
            None => self.write_now(s.r()),
        }
    }
    fn write_now(&self, s: Ref<'_>) -> PyResult<()> {
        self.vm.call_method(self.file, self.vm.names().write, &[s]).map(drop)
    }
    /// Writes what was gathered; must happen before any Python code runs.
    fn settle(&mut self) -> PyResult<()> {
        if let Some(b) = &mut self.batch
            && !b.is_empty()
        {
            let text = std::mem::replace(b, StrBuilder::new()).finish(self.vm);
            return self.write_now(text.r());
        }
        Ok(())
    }
    fn object(&mut self, o: Ref<'_>) -> PyResult<()> {
        if let Some(s) = plain_text(self.vm, o)? {
            return self.write(&s);
        }
        self.settle()?;
        let s = self.vm.str_of(o)?;
        self.write(&s)
    }
}

fn print_all(vm: &Vm, objects: &[Ref<'_>], sep: Option<&PyStr>, end: Option<&PyStr>, file: Ref<'_>) -> PyResult<()> {
    let names = vm.names();
    let (sep, end) = (sep.unwrap_or(names.space), end.unwrap_or(names.newline_char));
    let batch = if is_native_text(vm, file)? { Some(StrBuilder::new()) } else { None };
    let mut out = Output { vm, file, batch };
    for (i, o) in objects.iter().enumerate() {
        if i > 0 {
            out.write(sep)?;
        }
        out.object(*o)?;
    }
    out.write(end)?;
    out.settle()
}

/// A standard stream that `input` cannot do without.
fn stream(vm: &Vm, name: &PyStr) -> PyResult<Obj> {
    match sys_attr(vm, name)?.filter(|s| !s.r().is_none()) {
        Some(s) => Ok(s),
        None => Err(vm.runtime_error(format!("input(): lost sys.{}", name.to_string_lossy()))),
    }
}

/// One line of a file without its newline; EOFError at the end.
fn read_line(vm: &Vm, file: Ref<'_>) -> PyResult<Obj> {
    let line = vm.call_method(file, vm.names().readline, &[])?;
    let Some(s) = line.r().downcast::<PyStr>(vm) else {
        return Err(vm.type_error("object.readline() returned non-string"));
    };
    if s.is_empty() {
        return Err(vm.eof_error("EOF when reading a line"));
    }
    let n = s.len();
    if s.char_at(n - 1) == u32::from(b'\n') { Ok(s.substring(vm, 0, n - 1).into_obj()) } else { Ok(line) }
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Prints the values to a stream, or to sys.stdout by default.
    ///
    /// sep
    ///   string inserted between values, default a space.
    /// end
    ///   string appended after the last value, default a newline.
    /// file
    ///   a file-like object (stream); defaults to the current sys.stdout.
    /// flush
    ///   whether to forcibly flush the stream.
    #[pyfunction("print(*args, sep=' ', end='\\n', file=None, flush=False)", raw)]
    fn print(vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let (mut sep, mut end, mut file, mut flush) = (None, None, None, false);
        for (k, v) in args.kwargs() {
            if k.eq_str("sep") {
                sep = Some(v);
            } else if k.eq_str("end") {
                end = Some(v);
            } else if k.eq_str("file") {
                file = Some(v).filter(|v| !v.is_none());
            } else if k.eq_str("flush") {
                flush = vm.is_true(v)?;
            } else {
                let known = ["sep", "end", "file", "flush"];
                return Err(krait_object::unpack::unexpected_keyword(vm, "print", k, &known));
            }
        }
        let file = match file {
            Some(f) => f.to_obj(),
            None => match sys_attr(vm, vm.names().stdout)? {
                None => return Err(vm.runtime_error("lost sys.stdout")),
                // A process without a console prints nowhere.
                Some(f) if f.r().is_none() => return Ok(()),
                Some(f) => f,
            },
        };
        let sep = separator(vm, sep, "sep")?;
        let end = separator(vm, end, "end")?;
        print_all(vm, args.pos(), sep, end, file.r())?;
        if flush {
            vm.call_method(file.r(), vm.names().flush, &[])?;
        }
        Ok(())
    }
    /// Read a string from standard input.  The trailing newline is stripped.
    ///
    /// The prompt string, if given, is printed to standard output without a
    /// trailing newline before reading input.
    ///
    /// If the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.
    /// On *nix systems, readline is used if available.
    #[pyfunction("input(prompt='', /)")]
    fn input(vm: &Vm, prompt: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let n = vm.names();
        let prompt = prompt.given();
        let (stdin, stdout, stderr) = (stream(vm, n.stdin)?, stream(vm, n.stdout)?, stream(vm, n.stderr)?);
        vm.audit("builtins.input", &[prompt.unwrap_or(vm.none())])?;
        // Whatever was reported so far should be seen before the prompt.
        if let Err(e) = vm.call_method(stderr.r(), n.flush, &[]) {
            drop(vm.take_raised(e));
        }
        if let Some(p) = prompt {
            let text = vm.str_of(p)?;
            vm.call_method(stdout.r(), n.write, &[text.r()])?;
        }
        if let Err(e) = vm.call_method(stdout.r(), n.flush, &[]) {
            drop(vm.take_raised(e));
        }
        let line = read_line(vm, stdin.r())?;
        vm.audit("builtins.input/result", &[line.r()])?;
        Ok(line)
    }
}
