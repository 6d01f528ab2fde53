//! The life of an interpreter: from the configuration to the exit status.

pub mod finish;
pub mod main_code;
pub mod paths;
pub mod repl;
pub mod run;
pub mod start;
mod stderr_printer;
pub mod stdio;

use std::cell::{OnceCell, RefCell};

use krait_object::prelude::*;
use krait_object::vm::Interp;

use crate::import::library::Library;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunMode {
    /// `-c`
    Command(Vec<u8>),
    /// `-m`
    Module(Vec<u8>),
    /// A script, a folder or a zip file.
    File(Vec<u8>),
    /// Standard input, or the REPL.
    Stdin,
}

/// What the command line and the environment decide. Text from the system is kept as bytes.
#[derive(Clone, Debug)]
pub struct Config {
    pub mode: RunMode,
    pub argv: Vec<Vec<u8>>,
    pub orig_argv: Vec<Vec<u8>>,
    /// `argv[0]` of the process, for messages.
    pub program_name: Vec<u8>,
    pub executable: Vec<u8>,
    pub base_executable: Vec<u8>,
    pub prefix: Vec<u8>,
    pub base_prefix: Vec<u8>,
    pub stdlib_dir: Vec<u8>,
    /// PYTHONHOME
    pub home: Option<Vec<u8>>,
    /// `sys.path` without the script's folder.
    pub path: Vec<Vec<u8>>,
    /// The first entry of `sys.path`, once it is known.
    pub path0: RefCell<Option<String>>,
    pub debug: i32,
    pub inspect: bool,
    pub interactive: bool,
    pub optimize: i32,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: i32,
    pub bytes_warning: i32,
    pub quiet: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    pub safe_path: bool,
    pub unbuffered: bool,
    pub int_max_str_digits: usize,
    /// `None`: random.
    pub hash_seed: Option<u32>,
    pub thread_inherit_context: bool,
    pub context_aware_warnings: bool,
    pub warnoptions: Vec<String>,
    pub xoptions: Vec<(String, Option<String>)>,
    pub pycache_prefix: Option<Vec<u8>>,
    /// `-X importtime`: 0, 1 or 2.
    pub import_time: i32,
    pub frozen_modules: bool,
    pub check_hash_pycs: String,
    pub skip_first_line: bool,
    /// `-X no_debug_ranges`
    pub no_debug_ranges: bool,
    pub cpu_count: i32,
    pub faulthandler: bool,
    pub tracemalloc: i32,
    pub stdio_encoding: String,
    pub stdio_errors: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            mode: RunMode::Stdin,
            argv: vec![],
            orig_argv: vec![],
            program_name: b"krait".to_vec(),
            executable: vec![],
            base_executable: vec![],
            prefix: vec![],
            base_prefix: vec![],
            stdlib_dir: vec![],
            home: None,
            path: vec![],
            path0: RefCell::default(),
            debug: 0,
            inspect: false,
            interactive: false,
            optimize: 0,
            dont_write_bytecode: false,
            no_user_site: false,
            no_site: false,
            ignore_environment: false,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            isolated: false,
            dev_mode: false,
            utf8_mode: false,
            warn_default_encoding: false,
            safe_path: false,
            unbuffered: false,
            int_max_str_digits: 4300,
            hash_seed: None,
            thread_inherit_context: false,
            context_aware_warnings: false,
            warnoptions: vec![],
            xoptions: vec![],
            pycache_prefix: None,
            import_time: 0,
            frozen_modules: true,
            check_hash_pycs: "default".into(),
            skip_first_line: false,
            no_debug_ranges: false,
            cpu_count: -1,
            faulthandler: false,
            tracemalloc: 0,
            stdio_encoding: "utf-8".into(),
            stdio_errors: "strict".into(),
        }
    }
}

impl Config {
    /// A variable of the environment, unless it is to be ignored. An empty one counts as unset.
    pub fn env(&self, name: &str) -> Option<Vec<u8>> {
        use std::os::unix::ffi::OsStringExt;
        if self.ignore_environment {
            return None;
        }
        std::env::var_os(name).map(|v| v.into_vec()).filter(|v| !v.is_empty())
    }
    /// An `-X` option: `Some(None)` without a value.
    pub fn xoption(&self, name: &str) -> Option<Option<&str>> {
        self.xoptions.iter().rev().find(|(k, _)| k == name).map(|(_, v)| v.as_deref())
    }
}

/// What the crates above the runtime plug in.
pub struct Plugins {
    /// Makes the library's native modules importable.
    pub native_modules: fn(&'static Interp),
    /// Installs Python's signal handlers.
    pub signals: fn(&Vm),
    /// Plugs the compiler in, as the `-X` options say; an error is a message for the command line.
    pub compiler: fn(&Vm, &[(String, Option<String>)]) -> Result<(), String>,
    /// Called when the program has ended, for reports.
    pub at_end: fn(),
    /// The embedded pure-Python library.
    pub library: &'static dyn Library,
    /// [`Hooks::encode`](krait_object::vm::Hooks).
    pub encode: fn(&Vm, &PyStr, &str, &str) -> PyResult<Vec<u8>>,
    /// [`Hooks::decode`](krait_object::vm::Hooks).
    pub decode: fn(&Vm, &[u8], &str, &str) -> PyResult<Obj>,
    /// [`Hooks::lookup_error`](krait_object::vm::Hooks).
    pub lookup_error: fn(&Vm, &str) -> PyResult<Obj>,
}

#[derive(Default)]
struct RuntimeState {
    config: OnceCell<Config>,
}

/// The configuration of an interpreter.
pub fn config(vm: &Vm) -> &'static Config {
    vm.interp.state::<RuntimeState>().config.get_or_init(Config::default)
}

/// Runs a program; returns its exit status.
pub fn run(config: Config, plugins: &Plugins) -> i32 {
    let vm = match start::start(config, plugins) {
        Ok(vm) => vm,
        Err(status) => return status,
    };
    let status = run::run_main(vm);
    let status = finish::finish(vm, status);
    (plugins.at_end)();
    status
}
