//! `open` and what decides its defaults.

use krait_object::prelude::*;

use super::buffered::Buffered;
use super::buffered_classes::{PyBufferedRandom, PyBufferedReader, PyBufferedWriter};
use super::fileio::PyFileIO;
use super::text::PyTextIOWrapper;

/// A field of `sys.flags`; 0 before there is one.
pub fn sys_flag(vm: &Vm, name: &str) -> i64 {
    let Some(sys) = vm.interp.sysdict.get() else { return 0 };
    let value = sys.get_str(vm, vm.names().flags).and_then(|f| match f {
        Some(f) => {
            let name = vm.intern(name);
            vm.getattr_opt(f.r(), &name)
        }
        None => Ok(None),
    });
    match value {
        Ok(Some(v)) => v.r().as_int(vm).and_then(|i| i.to_i64()).unwrap_or(0),
        Ok(None) => 0,
        Err(e) => {
            drop(vm.take_raised(e));
            0
        }
    }
}

/// The encoding of the locale, or UTF-8 in UTF-8 mode.
pub fn locale_encoding(vm: &Vm) -> String {
    if sys_flag(vm, "utf8_mode") != 0 { "utf-8".to_owned() } else { current_locale_encoding() }
}

/// The encoding of the C library's current locale. The C and POSIX locales count as UTF-8.
pub fn current_locale_encoding() -> String {
    static SET: std::sync::Once = std::sync::Once::new();
    SET.call_once(|| {
        // SAFETY: the empty string asks for the environment's locale; run once.
        unsafe { libc::setlocale(libc::LC_CTYPE, c"".as_ptr()) };
    });
    // SAFETY: the result is a null-terminated string that is copied at once.
    let name = unsafe { std::ffi::CStr::from_ptr(libc::nl_langinfo(libc::CODESET)) };
    match name.to_str() {
        Ok("" | "ANSI_X3.4-1968" | "646" | "US-ASCII") | Err(_) => "utf-8".to_owned(),
        Ok(n) => n.to_owned(),
    }
}

/// The warning of `-X warn_default_encoding`.
pub fn warn_default_encoding(vm: &Vm, stacklevel: usize) -> PyResult<()> {
    if sys_flag(vm, "warn_default_encoding") != 0 {
        vm.warn(vm.types.encoding_warning, "'encoding' argument not specified", stacklevel)?;
    }
    Ok(())
}

/// In development mode, makes sure that the error handler exists.
pub fn check_errors(vm: &Vm, errors: &str) -> PyResult<()> {
    if sys_flag(vm, "dev_mode") != 0 {
        crate::codecs::registry::lookup_error(vm, errors)?;
    }
    Ok(())
}

/// `io.text_encoding`.
pub fn text_encoding(vm: &Vm, encoding: Ref<'_>, stacklevel: usize) -> PyResult<Obj> {
    if !encoding.is_none() {
        return Ok(encoding.to_obj());
    }
    warn_default_encoding(vm, stacklevel)?;
    Ok(vm.str(if sys_flag(vm, "utf8_mode") != 0 { "utf-8" } else { "locale" }))
}

/// The letters of a mode.
struct Mode {
    raw: String,
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

fn parse_mode(vm: &Vm, mode: &str) -> PyResult<Mode> {
    let bad = || vm.value_error(format!("invalid mode: '{mode}'"));
    let mut seen = String::new();
    for c in mode.chars() {
        if !"xrwa+tb".contains(c) || seen.contains(c) {
            return Err(bad());
        }
        seen.push(c);
    }
    let has = |c: char| seen.contains(c);
    let m = Mode {
        raw: "xrwa+".chars().filter(|c| has(*c)).collect(),
        creating: has('x'),
        reading: has('r'),
        writing: has('w'),
        appending: has('a'),
        updating: has('+'),
        text: has('t'),
        binary: has('b'),
    };
    if m.text && m.binary {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    if [m.creating, m.reading, m.writing, m.appending].iter().filter(|b| **b).count() != 1 {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    Ok(m)
}

/// Arguments of `open` besides the file.
#[derive(Default)]
pub struct OpenArgs<'a> {
    pub mode: Option<&'a str>,
    pub buffering: Option<i32>,
    pub encoding: Option<&'a str>,
    pub errors: Option<&'a str>,
    pub newline: Option<&'a str>,
    pub closefd: Option<bool>,
    pub opener: Option<Ref<'a>>,
}

/// `io.open`.
pub fn open(vm: &Vm, file: Ref<'_>, args: OpenArgs<'_>) -> PyResult<Obj> {
    let path;
    let file = if file.as_int(vm).is_some() || vm.has_index(file) {
        file
    } else {
        path = krait_object::convert::fs_path(vm, file)?;
        path.r()
    };
    let mode = args.mode.unwrap_or("r");
    let m = parse_mode(vm, mode)?;
    if m.binary {
        for (given, what) in
            [(args.encoding.is_some(), "an encoding"), (args.errors.is_some(), "an errors"), (args.newline.is_some(), "a newline")]
        {
            if given {
                return Err(vm.value_error(format!("binary mode doesn't take {what} argument")));
            }
        }
        if args.buffering == Some(1) {
            vm.warn(
                vm.types.runtime_warning,
                "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
                1,
            )?;
        }
    }
    let raw_type = vm.type_obj::<PyFileIO>();
    let raw_mode = vm.str(&m.raw);
    let closefd = Obj::bool(args.closefd.unwrap_or(true));
    let opener = args.opener.unwrap_or(vm.none());
    let raw = vm.call(raw_type.r(), &[file, raw_mode.r(), closefd.r(), opener])?;
    let mut result = raw.clone();
    let built = wrap(vm, raw, &m, mode, &args, &mut result);
    match built {
        Ok(o) => Ok(o),
        Err(e) => {
            let exc = vm.take_raised(e);
            match vm.call_method(result.r(), vm.names().close, &[]) {
                Ok(_) => Err(vm.raise_as_is(exc)),
                Err(e2) => Err(super::args::chain(vm, e2, exc)),
            }
        }
    }
}

/// Puts a buffer and a text layer on a raw file. `outermost` is what must be closed on failure.
fn wrap(vm: &Vm, raw: Obj, m: &Mode, mode: &str, args: &OpenArgs<'_>, outermost: &mut Obj) -> PyResult<Obj> {
    let Some(file) = raw.r().downcast::<PyFileIO>(vm) else { return Err(vm.type_error("not a file")) };
    let mut buffering = args.buffering.unwrap_or(-1);
    let tty = buffering < 0 && file.maybe_tty(vm)?;
    let line_buffering = buffering == 1 || tty;
    if line_buffering {
        buffering = -1;
    }
    let size = if buffering < 0 { file.blksize.get().clamp(super::DEFAULT_BUFFER_SIZE, 8192 * 1024) as isize } else { buffering as isize };
    if size == 0 {
        if !m.binary {
            return Err(vm.value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw.clone());
    }
    let fresh = Buffered::fresh;
    let buffer = if m.updating {
        let b = crate::util::alloc_sub(vm, PyBufferedRandom::type_of(vm), PyBufferedRandom { b: fresh() })?;
        b.b.init(vm, raw.r(), size, true, true)?;
        b.into_obj()
    } else if m.reading {
        let b = crate::util::alloc_sub(vm, PyBufferedReader::type_of(vm), PyBufferedReader { b: fresh() })?;
        b.b.init(vm, raw.r(), size, true, false)?;
        b.into_obj()
    } else {
        let b = crate::util::alloc_sub(vm, PyBufferedWriter::type_of(vm), PyBufferedWriter { b: fresh() })?;
        b.b.init(vm, raw.r(), size, false, true)?;
        b.into_obj()
    };
    *outermost = buffer.clone();
    if m.binary {
        return Ok(buffer);
    }
    let t = crate::util::alloc_sub(vm, PyTextIOWrapper::type_of(vm), PyTextIOWrapper::fresh())?;
    super::text_class::init(vm, &t, buffer.r(), args.encoding, args.errors, args.newline, line_buffering, false)?;
    *outermost = t.clone().into_obj();
    vm.setattr(t.r(), vm.names().mode, vm.str(mode).r())?;
    let _ = m.text;
    Ok(t.into_obj())
}
