//! Code: `compile`, `eval`, `exec`, `__import__`, `breakpoint`.

use krait_frontend::code::flags::FUTURE_MASK;
use krait_frontend::{CompileOptions, Mode};
use krait_macros::pymodule;
use krait_object::buffer::{Buffer, has_buffer};
use krait_object::bytes::PyBytes;
use krait_object::code::PyCode;
use krait_object::convert::fs_path;
use krait_object::function::PyCell;
use krait_object::prelude::*;

use crate::compile_api::{self, AstHooks, ensure_builtins};
use crate::frames::{current, current_globals, current_locals};
use crate::source::{self, Origin};

/// CPython's `PyCF_*` bits.
mod cf {
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    pub const ONLY_AST: u32 = 0x400;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    pub const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
    /// `CO_NESTED`, accepted for old code.
    pub const OBSOLETE: u32 = 0x10;
    pub const ALL: u32 = DONT_IMPLY_DEDENT | OPTIMIZED_AST | TYPE_COMMENTS | ALLOW_TOP_LEVEL_AWAIT | ALLOW_INCOMPLETE_INPUT;
}

/// Source text given as str or bytes. `what` names the function in the TypeError.
fn source_text(vm: &Vm, source: Ref<'_>, func: &str, what: &str, filename: &PyStr) -> PyResult<String> {
    let text = if let Some(s) = source.downcast::<PyStr>(vm) {
        s.to_utf8(vm)?.to_owned()
    } else if has_buffer(vm, source) {
        let bytes = Buffer::simple(vm, source)?.as_slice().to_vec();
        if bytes.contains(&0) {
            return Err(null_bytes(vm));
        }
        source::decode(vm, &bytes, filename, Origin::Bytes)?
    } else {
        return Err(vm.type_error(format!("{func}() arg 1 must be a {what}")));
    };
    if text.contains('\0') { Err(null_bytes(vm)) } else { Ok(text) }
}

#[cold]
fn null_bytes(vm: &Vm) -> krait_object::error::Raised {
    vm.raise_msg(vm.types.syntax_error, "source code string cannot contain null bytes")
}

/// A filename argument: str, bytes or path-like, as a str.
fn filename_arg(vm: &Vm, o: Ref<'_>) -> PyResult<Py<PyStr>> {
    let path = fs_path(vm, o)?;
    if let Some(b) = path.r().downcast::<PyBytes>(vm) {
        let s = (vm.interp.hooks().decode)(vm, b.as_slice(), "utf-8", "surrogateescape")?;
        return s.downcast::<PyStr>(vm).map_err(|_| vm.type_error("decoder did not return a string"));
    }
    path.downcast::<PyStr>(vm).map_err(|_| vm.type_error("expected str, bytes or os.PathLike object"))
}

/// Optimisation level in force: 0, 1 or 2.
fn default_optimize(vm: &Vm) -> u8 {
    let level = || -> PyResult<Option<i64>> {
        let Some(sys) = vm.interp.sysdict.get() else { return Ok(None) };
        let Some(flags) = sys.get_str(vm, vm.names().flags)? else { return Ok(None) };
        Ok(vm.getattr_str(flags.r(), "optimize")?.r().as_int(vm).and_then(IntRef::to_i64))
    };
    match level() {
        Ok(n) => n.unwrap_or(0).clamp(0, 2) as u8,
        Err(e) => {
            drop(vm.take_raised(e));
            0
        }
    }
}

fn compile(vm: &Vm, source: Ref<'_>, filename: Ref<'_>, mode: &str, flags: i32, dont_inherit: bool, optimize: i32) -> PyResult<Obj> {
    let filename = filename_arg(vm, filename)?;
    let flags = flags as u32;
    if flags & !(FUTURE_MASK | cf::OBSOLETE | cf::ALL) != 0 {
        return Err(vm.value_error("compile(): unrecognised flags"));
    }
    let optimize = match optimize {
        -1 => default_optimize(vm),
        0..=2 => optimize as u8,
        _ => return Err(vm.value_error("compile(): invalid optimize value")),
    };
    let only_ast = flags & cf::ONLY_AST != 0;
    let mode = match mode {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if only_ast => Mode::FuncType,
        "func_type" => return Err(vm.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST")),
        _ if only_ast => {
            return Err(vm.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let inherited = if dont_inherit { 0 } else { current_future_flags(vm) };
    let options = CompileOptions {
        optimize,
        future_flags: (flags | inherited) & FUTURE_MASK,
        allow_top_level_await: flags & cf::ALLOW_TOP_LEVEL_AWAIT != 0,
        allow_incomplete_input: flags & cf::ALLOW_INCOMPLETE_INPUT != 0,
        dont_imply_dedent: flags & cf::DONT_IMPLY_DEDENT != 0,
        no_debug_ranges: crate::lifecycle::config(vm).no_debug_ranges,
    };
    let hooks = vm.interp.state::<AstHooks>();
    if let Some(to_tree) = hooks.to_tree.get()
        && let Some(tree) = to_tree(vm, source, mode, &options)?
    {
        if only_ast && flags & cf::OPTIMIZED_AST != cf::OPTIMIZED_AST {
            return Ok(source.to_obj());
        }
        if only_ast && let Some(to_python) = hooks.to_python.get() {
            return to_python(vm, &tree, &options);
        }
        return Ok(compile_api::compile_ast(vm, &tree, &filename, &options)?.into_obj());
    }
    let text = source_text(vm, source, "compile", "string, bytes or AST object", &filename)?;
    vm.audit("compile", &[source, filename.r()])?;
    if only_ast {
        let tree = compile_api::parse(vm, &text, &filename, mode, &options)?;
        if hooks.to_python.get().is_none() {
            // The module says how once it is imported.
            crate::import::import(vm, "_ast")?;
        }
        return match hooks.to_python.get() {
            Some(f) => f(vm, &tree, &options),
            None => Err(vm.import_error_msg("No module named '_ast'")),
        };
    }
    Ok(compile_api::compile(vm, &text, &filename, mode, &options)?.into_obj())
}

/// The `from __future__` features of the running code, which `compile` inherits.
fn current_future_flags(vm: &Vm) -> u32 {
    // SAFETY: a running frame's code is alive.
    current(vm).map_or(0, |f| unsafe { (*f.code.get()).flags } & FUTURE_MASK)
}

/// A name the user may leave out or give as None.
fn given(o: Option<Ref<'_>>) -> Option<Ref<'_>> {
    o.filter(|o| !o.is_none())
}

fn is_mapping(vm: &Vm, o: Ref<'_>) -> bool {
    o.ty(vm).slots.mp_subscript.get().is_some()
}

/// Globals and locals of `eval` and `exec`, checked and completed.
fn namespaces(vm: &Vm, func: &str, globals: Option<Ref<'_>>, locals: Option<Ref<'_>>) -> PyResult<(Py<PyDict>, Obj)> {
    let name = |o: Ref<'_>| o.ty(vm).tp_name();
    let (globals, locals) = (given(globals), given(locals));
    if func == "eval" {
        if locals.is_some_and(|l| !is_mapping(vm, l)) {
            return Err(vm.type_error("locals must be a mapping"));
        }
        if let Some(g) = globals
            && !g.is_instance_of::<PyDict>(vm)
        {
            return Err(vm.type_error(if is_mapping(vm, g) {
                "globals must be a real dict; try eval(code, {}, mapping)"
            } else {
                "globals must be a dict"
            }));
        }
    }
    let (g, l) = match globals {
        None => {
            let Some(g) = current_globals(vm) else {
                return Err(vm.system_error("globals and locals cannot be NULL"));
            };
            let l = match locals {
                Some(l) => l.to_obj(),
                None => current_locals(vm)?,
            };
            (g, l)
        }
        Some(g) => {
            let Some(d) = g.downcast::<PyDict>(vm) else {
                return Err(vm.type_error(format!("{func}() globals must be a dict, not {}", name(g))));
            };
            (d.to_py(), locals.unwrap_or(g).to_obj())
        }
    };
    if !is_mapping(vm, l.r()) {
        return Err(vm.type_error(format!("locals must be a mapping or None, not {}", name(l.r()))));
    }
    ensure_builtins(vm, &g)?;
    Ok((g, l))
}

fn compile_here(vm: &Vm, source: Ref<'_>, func: &str, mode: Mode) -> PyResult<Py<PyCode>> {
    let filename = vm.names().string_;
    let mut text = source_text(vm, source, func, "string, bytes or code object", filename)?;
    if mode == Mode::Eval {
        text = text.trim_start_matches([' ', '\t']).to_owned();
    }
    let options = CompileOptions { optimize: default_optimize(vm), future_flags: current_future_flags(vm), ..CompileOptions::default() };
    compile_api::compile(vm, &text, filename, mode, &options)
}

fn eval(vm: &Vm, source: Ref<'_>, globals: Option<Ref<'_>>, locals: Option<Ref<'_>>) -> PyResult<Obj> {
    let (g, l) = namespaces(vm, "eval", globals, locals)?;
    let code = match source.downcast_exact::<PyCode>(vm) {
        Some(code) => {
            vm.audit("exec", &[source])?;
            if !code.freevars.is_empty() {
                return Err(vm.type_error("code object passed to eval() may not contain free variables"));
            }
            code.to_py()
        }
        None => compile_here(vm, source, "eval", Mode::Eval)?,
    };
    compile_api::run(vm, code, &g, l.r(), None)
}

fn exec(vm: &Vm, source: Ref<'_>, globals: Option<Ref<'_>>, locals: Option<Ref<'_>>, closure: Option<Ref<'_>>) -> PyResult<()> {
    let (g, l) = namespaces(vm, "exec", globals, locals)?;
    let closure = given(closure);
    let Some(code) = source.downcast_exact::<PyCode>(vm) else {
        if closure.is_some() {
            return Err(vm.type_error("closure can only be used when source is a code object"));
        }
        let code = compile_here(vm, source, "exec", Mode::Exec)?;
        return compile_api::run(vm, code, &g, l.r(), None).map(drop);
    };
    let free = code.freevars.len();
    let cells = if free == 0 {
        if closure.is_some() {
            return Err(vm.type_error("cannot use a closure with this code object"));
        }
        None
    } else {
        let cells = closure
            .and_then(|c| c.downcast_exact::<PyTuple>(vm))
            .filter(|t| t.len() == free && t.as_slice().iter().all(|c| c.r().is_exact::<PyCell>(vm)));
        let Some(cells) = cells else {
            return Err(vm.type_error(format!("code object requires a closure of exactly length {free}")));
        };
        Some(cells.to_py())
    };
    vm.audit("exec", &[source])?;
    compile_api::run(vm, code.to_py(), &g, l.r(), cells).map(drop)
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Compile source into a code object that can be executed by exec() or eval().
    ///
    /// The source code may represent a Python module, statement or expression.
    /// The filename will be used for run-time error messages.
    /// The mode must be 'exec' to compile a module, 'single' to compile a
    /// single (interactive) statement, or 'eval' to compile an expression.
    /// The flags argument, if present, controls which future statements influence
    /// the compilation of the code.
    /// The dont_inherit argument, if true, stops the compilation inheriting
    /// the effects of any future statements in effect in the code calling
    /// compile; if absent or false these statements do influence the compilation,
    /// in addition to any features explicitly specified.
    #[pyfunction("compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)")]
    fn compile(
        vm: &Vm,
        source: Ref<'_>,
        filename: Ref<'_>,
        mode: &str,
        flags: i32,
        dont_inherit: bool,
        optimize: i32,
        _feature_version: i32,
    ) -> PyResult<Obj> {
        super::compile(vm, source, filename, mode, flags, dont_inherit, optimize)
    }
    /// Evaluate the given source in the context of globals and locals.
    ///
    /// The source may be a string representing a Python expression
    /// or a code object as returned by compile().
    /// The globals must be a dictionary and locals can be any mapping,
    /// defaulting to the current globals and locals.
    /// If only globals is given, locals defaults to it.
    #[pyfunction("eval(source, /, globals=None, locals=None)")]
    fn eval(vm: &Vm, source: Ref<'_>, globals: Option<Ref<'_>>, locals: Option<Ref<'_>>) -> PyResult<Obj> {
        super::eval(vm, source, globals, locals)
    }
    /// Execute the given source in the context of globals and locals.
    ///
    /// The source may be a string representing one or more Python statements
    /// or a code object as returned by compile().
    /// The globals must be a dictionary and locals can be any mapping,
    /// defaulting to the current globals and locals.
    /// If only globals is given, locals defaults to it.
    /// The closure must be a tuple of cellvars, and can only be used
    /// when source is a code object requiring exactly that many cellvars.
    #[pyfunction("exec(source, /, globals=None, locals=None, *, closure=None)")]
    fn exec(vm: &Vm, source: Ref<'_>, globals: Option<Ref<'_>>, locals: Option<Ref<'_>>, closure: Option<Ref<'_>>) -> PyResult<()> {
        super::exec(vm, source, globals, locals, closure)
    }
    /// Import a module.
    ///
    /// Because this function is meant for use by the Python
    /// interpreter and not for general use, it is better to use
    /// importlib.import_module() to programmatically import a module.
    ///
    /// The globals argument is only used to determine the context;
    /// they are not modified.  The locals argument is unused.  The fromlist
    /// should be a list of names to emulate ``from name import ...``, or an
    /// empty list to emulate ``import name``.
    /// When importing a module from a package, note that __import__('A.B', ...)
    /// returns package A when fromlist is empty, but its submodule B when
    /// fromlist is not empty.  The level argument is used to determine whether to
    /// perform absolute or relative imports: 0 is absolute, while a positive number
    /// is the number of parent directories to search relative to the current module.
    #[pyfunction("__import__(name, globals=None, locals=None, fromlist=(), level=0)")]
    fn __import__(
        vm: &Vm,
        name: Ref<'_>,
        globals: Option<Ref<'_>>,
        _locals: Option<Ref<'_>>,
        fromlist: OptArg<Ref<'_>>,
        level: i32,
    ) -> PyResult<Obj> {
        let Some(name) = name.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("module name must be a string"));
        };
        let dict = globals.and_then(|g| g.downcast::<PyDict>(vm));
        if level > 0 && dict.is_none() {
            return Err(match globals {
                Some(_) => vm.type_error("globals must be a dict"),
                None => vm.raise_msg(vm.types.key_error, "'__name__' not in globals"),
            });
        }
        let fromlist = fromlist.given().unwrap_or(vm.none());
        let level = Obj::small(i64::from(level));
        crate::import::import_name(vm, name, dict, fromlist, level.r())
    }
    /// Call sys.breakpointhook(*args, **kws).
    ///
    /// sys.breakpointhook() must accept whatever arguments are passed.
    ///
    /// By default, this drops you into the pdb debugger.
    #[pyfunction("breakpoint(*args, **kws)", raw)]
    fn breakpoint(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        let hook = match vm.interp.sysdict.get() {
            Some(d) => d.get_str(vm, vm.names().breakpointhook)?,
            None => None,
        };
        let Some(hook) = hook else { return Err(vm.runtime_error("lost sys.breakpointhook")) };
        vm.audit("builtins.breakpoint", &[hook.r()])?;
        vm.call_args(hook.r(), args)
    }
}
