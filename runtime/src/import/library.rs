//! The embedded library and the frozen modules in it.

use std::sync::Arc;

use krait_frontend::marshal;
use krait_object::code::PyCode;
use krait_object::module::PyModule;
use krait_object::prelude::*;

use super::ImportState;

/// A file of the embedded library.
pub trait LibraryFile {
    /// The serialised code of a module.
    fn code(&self) -> Option<&'static [u8]>;
    /// The file's content.
    fn data(&self) -> Vec<u8>;
}

/// The embedded library: files named by their path relative to the library's folder.
pub trait Library: Sync {
    /// The file of exactly this path.
    fn find(&self, path: &str) -> Option<Box<dyn LibraryFile>>;
    /// The paths of all files below a folder ("" is the whole library).
    fn below(&self, folder: &str) -> Vec<&'static str>;
}

/// Modules that are found before the path is searched, as CPython freezes them. They are part of
/// starting up, and scripts cannot shadow them.
const FROZEN: &[(&str, &str)] = &[
    ("_frozen_importlib", "importlib._bootstrap"),
    ("_frozen_importlib_external", "importlib._bootstrap_external"),
    ("zipimport", "zipimport"),
    ("abc", "abc"),
    ("codecs", "codecs"),
    ("io", "io"),
    ("_collections_abc", "_collections_abc"),
    ("_sitebuiltins", "_sitebuiltins"),
    ("genericpath", "genericpath"),
    ("ntpath", "ntpath"),
    ("posixpath", "posixpath"),
    ("os", "os"),
    ("site", "site"),
    ("stat", "stat"),
    ("importlib.util", "importlib.util"),
    ("importlib.machinery", "importlib.machinery"),
    ("importlib._bootstrap", "importlib._bootstrap"),
    ("importlib._bootstrap_external", "importlib._bootstrap_external"),
    ("runpy", "runpy"),
    ("__hello__", "__hello__"),
    ("__hello_alias__", "__hello__"),
    ("__hello_only__", ""),
    ("__phello__", "__phello__"),
    ("__phello__.__init__", "<__phello__"),
    ("__phello__.ham", "__phello__.ham"),
    ("__phello__.ham.__init__", "<__phello__.ham"),
    ("__phello__.ham.eggs", "__phello__.ham.eggs"),
    ("__phello__.spam", "__phello__.spam"),
    ("__phello_alias__", "__hello__"),
    ("__phello_alias__.spam", "__hello__"),
];

/// Frozen modules that tests alone use.
const TEST_ONLY: &[&str] = &["__hello", "__phello"];

/// A frozen module.
pub struct Frozen {
    /// The module's name.
    pub name: &'static str,
    /// `__origname__`: where its source comes from.
    pub origname: &'static str,
    pub is_package: bool,
    code: &'static [u8],
}

/// The embedded library.
pub fn library(vm: &Vm) -> Option<&'static dyn Library> {
    vm.interp.state::<ImportState>().library.get()
}

/// Path of a module's file and whether it is a package.
pub fn module_file(vm: &Vm, name: &str) -> Option<(String, bool, Box<dyn LibraryFile>)> {
    let lib = library(vm)?;
    let base = name.replace('.', "/");
    for (path, is_package) in [(format!("{base}/__init__.py"), true), (format!("{base}.py"), false)] {
        if let Some(file) = lib.find(&path) {
            return Some((path, is_package, file));
        }
    }
    None
}

/// A frozen module by name.
pub fn find_frozen(vm: &Vm, name: &str) -> Option<Frozen> {
    let &(name, origname) = FROZEN.iter().find(|(n, _)| *n == name)?;
    let importing = ["_frozen_importlib", "_frozen_importlib_external", "zipimport"].contains(&name);
    let state = vm.interp.state::<ImportState>();
    let enabled = match state.frozen_override.get() {
        0 => crate::lifecycle::config(vm).frozen_modules || TEST_ONLY.iter().any(|t| name.starts_with(t)),
        n => n > 0,
    };
    if !enabled && !importing {
        return None;
    }
    let source = match origname {
        "" => "__hello__",
        o => o.trim_start_matches('<'),
    };
    let (_, is_package, file) = module_file(vm, source)?;
    let alias_of_package = name == "__phello_alias__";
    let is_package = (is_package && !origname.starts_with('<')) || alias_of_package;
    Some(Frozen { name, origname, is_package, code: file.code()? })
}

impl Frozen {
    /// The module's code, named `<frozen name>`.
    pub fn load(&self, vm: &Vm) -> PyResult<Py<PyCode>> {
        let name = match self.origname {
            "" => self.name,
            o => o.trim_start_matches('<'),
        };
        embedded_code(vm, self.code, &format!("<frozen {name}>"))
    }
    /// The serialised code.
    pub fn bytes(&self) -> &'static [u8] {
        self.code
    }
}

/// The code object of a module of the library.
pub fn embedded_code(vm: &Vm, bytes: &'static [u8], filename: &str) -> PyResult<Py<PyCode>> {
    match marshal::read_embedded(bytes, filename) {
        Ok(unit) => crate::interp::functions::code_from_unit(vm, Arc::new(unit)),
        Err(e) => Err(vm.system_error(format!("embedded code: {e}"))),
    }
}

/// A code object from a serialised unit. `filename` replaces the one recorded.
pub fn code_from_bytes(vm: &Vm, bytes: &[u8], filename: Option<&str>) -> PyResult<Py<PyCode>> {
    match marshal::read(bytes, filename) {
        Ok(unit) => crate::interp::functions::code_from_unit(vm, Arc::new(unit)),
        Err(e) => Err(vm.value_error(format!("bad marshal data ({e})"))),
    }
}

/// The names of all frozen modules.
pub fn frozen_names() -> impl Iterator<Item = &'static str> {
    FROZEN.iter().map(|(n, _)| *n)
}

/// Creates a frozen module, puts it into `sys.modules` and runs it, without importlib.
pub fn import_frozen(vm: &Vm, f: &Frozen) -> PyResult<Py<PyModule>> {
    let code = f.load(vm)?;
    let m = PyModule::new(vm, f.name, None)?;
    let dict = m.dict(vm);
    if f.is_package {
        dict.set_str(vm, vm.names().__path__, vm.list(vec![]))?;
    }
    if let Some(modules) = vm.interp.modules.get() {
        modules.set_str(vm, &vm.intern(f.name), m.to_obj())?;
    }
    let origname = if f.origname.is_empty() { Obj::none() } else { vm.str(f.origname) };
    dict.set_item_str(vm, "__origname__", origname)?;
    run_in(vm, code, &dict)?;
    Ok(m)
}

/// Runs module code in a dict, which gets `__builtins__`.
pub fn run_in(vm: &Vm, code: Py<PyCode>, dict: &Py<PyDict>) -> PyResult<Obj> {
    let n = vm.names();
    if !dict.contains_str(vm, n.__builtins__)?
        && let Some(m) = super::get_module(vm, n.builtins)?
    {
        dict.set_str(vm, n.__builtins__, m)?;
    }
    let func = crate::interp::functions::new_function(vm, code, dict.clone())?;
    crate::interp::calls::run_code(vm, &func, Some(dict.to_obj()))
}
