//! Compiling and running source text and code objects: what `compile`, `eval` and `exec` are made
//! of, and what importing and the command line use.

use std::cell::Cell;
use std::sync::Arc;

use krait_frontend::errors::{ErrorKind, WarningCategory};
use krait_frontend::{Ast, CodeUnit, CompileOptions, CompileWarning, Mode, SyntaxError};
use krait_object::code::PyCode;
use krait_object::error::Raised;
use krait_object::prelude::*;

use crate::interp::calls::run_code;
use crate::interp::functions::{builtins_of, code_from_unit, new_function_with};

/// What the `_ast` module plugs in.
#[derive(Default)]
pub struct AstHooks {
    /// A syntax tree as `ast` objects.
    pub to_python: Cell<Option<fn(&Vm, &Ast, &CompileOptions) -> PyResult<Obj>>>,
    /// Is the object an `ast.AST` of the kind that the mode wants? (Raises TypeError if it is of
    /// another kind; `None` if it is no `ast.AST` at all.)
    pub to_tree: Cell<Option<fn(&Vm, Ref<'_>, Mode, &CompileOptions) -> PyResult<Option<Ast>>>>,
}

/// Parses source text; raises SyntaxError or whatever else the failure calls for.
pub fn parse(vm: &Vm, source: &str, filename: &PyStr, mode: Mode, options: &CompileOptions) -> PyResult<Ast> {
    krait_frontend::parse(source, mode, options).map_err(|e| raise_with_warnings(vm, &e, filename, source))
}

/// Compiles source text to a code object. Warnings are issued.
pub fn compile(vm: &Vm, source: &str, filename: &PyStr, mode: Mode, options: &CompileOptions) -> PyResult<Py<PyCode>> {
    let name = filename.to_string_lossy();
    match krait_frontend::compile(source, &name, mode, options) {
        Ok(done) => finish(vm, done.code, &done.warnings, filename, Some(source)),
        Err(e) => Err(raise_with_warnings(vm, &e, filename, source)),
    }
}

/// Compiles a syntax tree to a code object.
pub fn compile_ast(vm: &Vm, ast: &Ast, filename: &PyStr, options: &CompileOptions) -> PyResult<Py<PyCode>> {
    match krait_frontend::compile_ast(ast, &filename.to_string_lossy(), options) {
        Ok(done) => finish(vm, done.code, &done.warnings, filename, None),
        Err(e) => Err(raise_syntax_error(vm, &e, filename)),
    }
}

fn finish(vm: &Vm, code: CodeUnit, warnings: &[CompileWarning], filename: &PyStr, source: Option<&str>) -> PyResult<Py<PyCode>> {
    for w in warnings {
        issue_warning(vm, w, filename, source)?;
    }
    code_from_unit(vm, Arc::new(code))
}

/// `warnings.warn_explicit`; a warning made an error becomes a SyntaxError at its place.
fn issue_warning(vm: &Vm, w: &CompileWarning, filename: &PyStr, source: Option<&str>) -> PyResult<()> {
    let category = match w.category {
        WarningCategory::SyntaxWarning => vm.types.syntax_warning,
        WarningCategory::DeprecationWarning => vm.types.deprecation_warning,
    };
    let module = (vm.interp.hooks().import)(vm, "_warnings")?;
    let msg = vm.text(&w.msg);
    let line = vm.int_i64(w.line.into());
    let f = vm.getattr_str(module.r(), "warn_explicit")?;
    let Err(e) = vm.call(f.r(), &[msg.r(), category.r(), filename.r(), line.r()]) else { return Ok(()) };
    if !vm.raised_is(category) {
        return Err(e);
    }
    drop(vm.take_raised(e));
    let text = source.and_then(|s| s.split_inclusive('\n').nth((w.line as usize).saturating_sub(1)));
    let error = SyntaxError {
        kind: ErrorKind::SyntaxError,
        msg: w.error.as_ref().unwrap_or(&w.msg).clone(),
        line: w.line,
        col: w.col,
        end_line: w.end_line,
        end_col: w.end_col as i32,
        text: text.map(str::to_owned),
        warnings: Vec::new(),
    };
    Err(raise_syntax_error(vm, &error, filename))
}

/// Issues the warnings about what came before a syntax error, then raises it.
#[cold]
fn raise_with_warnings(vm: &Vm, e: &SyntaxError, filename: &PyStr, source: &str) -> Raised {
    for w in &e.warnings {
        if let Err(r) = issue_warning(vm, w, filename, Some(source)) {
            return r;
        }
    }
    raise_syntax_error(vm, e, filename)
}

/// A line of the file a piece of code says it is from, if there is such a file.
fn line_of_file(vm: &Vm, filename: &PyStr, line: u32) -> Option<String> {
    let name = filename.to_string_lossy();
    if line == 0 || name.starts_with('<') {
        return None;
    }
    let bytes = std::fs::read(&*name).ok()?;
    let text = match decode_source(vm, &bytes, filename, true) {
        Ok(text) => text,
        Err(e) => {
            drop(vm.take_raised(e));
            return None;
        }
    };
    let line = text.split_inclusive('\n').nth(line as usize - 1)?;
    Some(line.to_owned())
}

/// Raises a compilation's failure as the exception it stands for.
#[cold]
pub fn raise_syntax_error(vm: &Vm, e: &SyntaxError, filename: &PyStr) -> Raised {
    let t = vm.types;
    let ty = match e.kind {
        ErrorKind::SyntaxError => t.syntax_error,
        ErrorKind::IndentationError => t.indentation_error,
        ErrorKind::TabError => t.tab_error,
        ErrorKind::IncompleteInput => t.incomplete_input_error,
        ErrorKind::RecursionError => return vm.recursion_error(&e.msg),
        ErrorKind::MemoryError => return vm.memory_error(),
        ErrorKind::OverflowError => return vm.overflow_error(&e.msg),
        ErrorKind::ValueError => return vm.value_error(&e.msg),
    };
    let number = |n: u32| if n == 0 { Obj::none() } else { vm.int_i64(n.into()) };
    let text = e.text.clone().or_else(|| line_of_file(vm, filename, e.line));
    let text = text.as_ref().map_or_else(Obj::none, |s| vm.str(s));
    let end_col = if e.end_line == 0 { Obj::none() } else { vm.int_i64(e.end_col.into()) };
    let place = vm.tuple(vec![filename.to_obj(), number(e.line), number(e.col), text, number(e.end_line), end_col]);
    vm.raise_with(ty, vec![vm.text(&e.msg), place])
}

/// Makes sure that globals have `__builtins__`.
pub fn ensure_builtins(vm: &Vm, globals: &PyDict) -> PyResult<()> {
    let key = vm.names().__builtins__;
    if globals.contains_str(vm, key)? {
        return Ok(());
    }
    match crate::frames::current_builtins(vm) {
        Some(b) => globals.set_str(vm, key, b),
        None => Ok(()),
    }
}

/// Runs a code object in the given namespaces (`PyEval_EvalCode`). `closure` has one cell for
/// each free variable.
pub fn run(vm: &Vm, code: Py<PyCode>, globals: &PyDict, locals: Ref<'_>, closure: Option<Py<PyTuple>>) -> PyResult<Obj> {
    let builtins = builtins_of(vm, globals)?;
    let func = new_function_with(vm, code, globals.to_py(), builtins, closure)?;
    run_code(vm, &func, Some(locals.to_obj()))
}

/// The text of a source file (`in_file`) or of bytes given to `compile`: UTF-8 unless a byte order
/// mark or a coding cookie in the first two lines says otherwise.
pub fn decode_source(vm: &Vm, bytes: &[u8], filename: &PyStr, in_file: bool) -> PyResult<String> {
    let (bom, body) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let cookie = coding_cookie(body);
    let encoding = cookie.as_ref().map_or("utf-8", |(name, _)| name);
    let normal = encoding.to_ascii_lowercase().replace('_', "-");
    if let Some((name, line)) = &cookie
        && bom
        && normal != "utf-8"
        && !normal.starts_with("utf-8-")
    {
        let text = String::from_utf8_lossy(body.split(|b| *b == b'\n').nth(*line).unwrap_or(b""));
        let (at, len) = (vm.int_i64(*line as i64 + 1), vm.int_i64(text.chars().count() as i64));
        let place = vm.tuple(vec![Obj::none(), at.clone(), Obj::small(0), vm.str(&text), at, len]);
        return Err(vm.raise_with(vm.types.syntax_error, vec![vm.text(&format!("encoding problem: {name} with BOM")), place]));
    }
    if normal == "utf-8" || normal == "utf8" || normal.starts_with("utf-8-") {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(text.to_owned()),
            Err(e) => Err(not_utf8(vm, body, e.valid_up_to(), in_file.then_some(filename))),
        };
    }
    match (vm.interp.hooks().decode)(vm, body, encoding, "strict") {
        Ok(text) => match text.r().downcast::<PyStr>(vm) {
            Some(s) => Ok(s.to_utf8(vm)?.to_owned()),
            None => Err(plain_syntax_error(vm, &format!("encoding problem: {encoding}"), filename)),
        },
        Err(e) if vm.raised_is(vm.types.lookup_error) => {
            drop(vm.take_raised(e));
            Err(plain_syntax_error(vm, &format!("unknown encoding: {encoding}"), filename))
        }
        Err(e) if vm.raised_is(vm.types.unicode_error) => {
            let exc = vm.take_raised(e);
            let text = vm.str_text(exc.r())?;
            Err(plain_syntax_error(vm, &text, filename))
        }
        Err(e) => Err(e),
    }
}

/// The source has a byte that is not UTF-8, and declares no other encoding.
#[cold]
fn not_utf8(vm: &Vm, body: &[u8], at: usize, file: Option<&PyStr>) -> Raised {
    let line = body[..at].iter().filter(|b| **b == b'\n').count();
    let text = body.split(|b| *b == b'\n').nth(line).unwrap_or(b"");
    let start = body[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let col = String::from_utf8_lossy(&body[start..at]).chars().count() as i64 + 1;
    let name = file.map_or_else(String::new, |f| format!(" in file {}", f.to_string_lossy()));
    let msg = format!(
        "Non-UTF-8 code starting with '\\x{:02x}'{name} on line {}, but no encoding declared; see https://peps.python.org/pep-0263/ for details",
        body[at],
        line + 1
    );
    let line = vm.int_i64(line as i64 + 1);
    let text = vm.str(&String::from_utf8_lossy(text));
    let file = file.map_or_else(Obj::none, PyStr::to_obj);
    let place = vm.tuple(vec![file, line.clone(), vm.int_i64(col), text, line, vm.int_i64(col)]);
    vm.raise_with(vm.types.syntax_error, vec![vm.text(&msg), place])
}

/// An error about the encoding as a whole, which has no place in the text.
fn plain_syntax_error(vm: &Vm, msg: &str, filename: &PyStr) -> Raised {
    let place = vm.tuple(vec![filename.to_obj(), Obj::small(0), Obj::small(-1), Obj::none()]);
    vm.raise_with(vm.types.syntax_error, vec![vm.text(msg), place])
}

/// The encoding a comment in the first two lines names, and the line (from 0) that does. The second line counts only if the first
/// is blank or a comment.
fn coding_cookie(bytes: &[u8]) -> Option<(String, usize)> {
    for (number, line) in bytes.split(|b| *b == b'\n').take(2).enumerate() {
        let text = line.trim_ascii();
        let Some(comment) = text.strip_prefix(b"#") else {
            if text.is_empty() {
                continue;
            }
            return None;
        };
        if let Some(name) = cookie_in(comment) {
            return Some((name, number));
        }
    }
    None
}

fn cookie_in(comment: &[u8]) -> Option<String> {
    let at = comment.windows(6).position(|w| w == b"coding").map(|i| i + 6)?;
    let rest = &comment[at..];
    let (b':' | b'=') = rest.first()? else { return cookie_in(rest) };
    let name: Vec<u8> = rest[1..]
        .iter()
        .skip_while(|b| matches!(b, b' ' | b'\t'))
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        .copied()
        .collect();
    if name.is_empty() { None } else { String::from_utf8(name).ok() }
}

#[cfg(test)]
mod tests {
    use super::coding_cookie;

    #[test]
    fn cookies() {
        let find = |s: &str| coding_cookie(s.as_bytes());
        assert_eq!(find("# -*- coding: latin-1 -*-\nx"), Some("latin-1".into()));
        assert_eq!(find("#!/usr/bin/python\n# vim: set fileencoding=utf-8 :\n"), Some("utf-8".into()));
        assert_eq!(find("\n#coding=ascii"), Some("ascii".into()));
        assert_eq!(find("x = 1\n# coding: ascii"), None);
        assert_eq!(find("\n\n# coding: ascii"), None);
        assert_eq!(find("# coding, coding: a.b"), Some("a.b".into()));
        assert_eq!(find(""), None);
    }
}
