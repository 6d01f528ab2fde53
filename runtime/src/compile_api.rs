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
    let text = match crate::source::decode(vm, &bytes, filename, crate::source::Origin::File) {
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
