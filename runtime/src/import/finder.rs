//! How the embedded library takes part in the import system: a path entry finder for the
//! library's folder and its packages, and the loader of its modules. The folder exists on `sys.path`
//! only; the files in it are served from the binary.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::code::PyCode;
use krait_object::module::PyModule;
use krait_object::prelude::*;

use super::from::raise_import_error;
use super::library::{LibraryFile, embedded_code, library, run_in};

/// A finder for one folder of the library.
#[repr(C)]
#[derive(Trace)]
pub struct PyLibraryFinder {
    header: Header,
    /// The folder's path, absolute.
    path: Py<PyStr>,
    /// Its path inside the library.
    #[trace(skip)]
    folder: String,
}

/// The loader of one module.
#[repr(C)]
#[derive(Trace)]
pub struct PyLibraryLoader {
    header: Header,
    name: Py<PyStr>,
    /// `__file__`.
    path: Py<PyStr>,
    /// Path inside the library.
    #[trace(skip)]
    file: String,
}

/// Settled when the interpreter starts: the library's folder.
#[derive(Default)]
pub struct LibraryFolder(pub OnceCell<String>);

fn folder(vm: &Vm) -> &'static str {
    vm.interp.state::<LibraryFolder>().0.get().map_or("", |s| s.as_str())
}

/// The part of a path below the library's folder ("" for the folder itself).
fn relative<'p>(vm: &Vm, path: &'p str) -> Option<&'p str> {
    let root = folder(vm);
    if root.is_empty() {
        return None;
    }
    let rest = path.strip_prefix(root)?;
    match rest.strip_prefix('/') {
        Some(r) => Some(r.trim_end_matches('/')),
        None if rest.is_empty() => Some(""),
        None => None,
    }
}

fn join(a: &str, b: &str) -> String {
    if a.is_empty() { b.to_owned() } else { format!("{a}/{b}") }
}

/// What a folder of the library holds: names with whether they are folders.
fn listing(vm: &Vm, folder: &str) -> BTreeMap<String, bool> {
    let mut names = BTreeMap::new();
    let Some(lib) = library(vm) else { return names };
    let skip = if folder.is_empty() { 0 } else { folder.len() + 1 };
    for path in lib.below(folder) {
        match path[skip..].split_once('/') {
            Some((dir, _)) => names.insert(dir.to_owned(), true),
            None => names.insert(path[skip..].to_owned(), false),
        };
    }
    names
}

fn no_such_file(vm: &Vm, path: &PyStr) -> Raised {
    vm.os_error_path(libc::ENOENT, path.r())
}

/// Path entry finder for the embedded library.
#[pyclass(layout = PyLibraryFinder, name = "LibraryFinder", module = "_frozen_importlib_external", own, no_gc)]
pub mod library_finder {
    use super::*;

    #[pynew("LibraryFinder(path, /)")]
    fn new(vm: &Vm, cls: &PyType, path: Ref<'_>) -> PyResult<Obj> {
        let refuse = || vm.import_error_msg("not part of the embedded library");
        let Some(path) = path.downcast::<PyStr>(vm) else { return Err(refuse()) };
        let text = path.to_string_lossy();
        let Some(inside) = relative(vm, &text) else { return Err(refuse()) };
        if !inside.is_empty() && library(vm).is_none_or(|l| l.below(inside).is_empty()) {
            return Err(refuse());
        }
        let payload = PyLibraryFinder { header: krait_object::function::no_header(), path: path.to_py(), folder: inside.to_owned() };
        // SAFETY: the class has this layout and cannot be derived from.
        Ok(unsafe { krait_object::function::alloc_exact(vm, cls, payload) }.into_obj())
    }
    #[member]
    fn path(zelf: &PyLibraryFinder) -> Py<PyStr> {
        zelf.path.clone()
    }
    /// Find the spec of a module of the library.
    #[pymethod("find_spec(self, fullname, target=None)")]
    fn find_spec(vm: &Vm, zelf: &PyLibraryFinder, fullname: &PyStr, _target: Option<Ref<'_>>) -> PyResult<Obj> {
        let name = fullname.to_string_lossy();
        let tail = name.rsplit('.').next().unwrap_or_default();
        let Some(lib) = library(vm) else { return Ok(Obj::none()) };
        let base = join(&zelf.folder, tail);
        let package = format!("{base}/__init__.py");
        let module = format!("{base}.py");
        if lib.find(&package).is_some() {
            spec(vm, fullname, package, true)
        } else if lib.find(&module).is_some() {
            spec(vm, fullname, module, false)
        } else {
            Ok(Obj::none())
        }
    }
    #[pymethod]
    fn invalidate_caches(_zelf: &PyLibraryFinder) {}
    /// The modules in the folder, as pairs of name and whether it is a package.
    #[pymethod("iter_modules(self, prefix='')")]
    fn iter_modules(vm: &Vm, zelf: &PyLibraryFinder, prefix: &str) -> PyResult<Obj> {
        let mut found = Vec::new();
        for (name, is_folder) in listing(vm, &zelf.folder) {
            let module = if is_folder {
                let init = format!("{}/__init__.py", join(&zelf.folder, &name));
                library(vm).and_then(|l| l.find(&init)).map(|_| (name.as_str(), true))
            } else {
                name.strip_suffix(".py").filter(|n| *n != "__init__").map(|n| (n, false))
            };
            if let Some((module, is_package)) = module {
                found.push(vm.tuple(vec![vm.str(&format!("{prefix}{module}")), Obj::bool(is_package)]));
            }
        }
        vm.iter(vm.list(found).r())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyLibraryFinder) -> PyResult<String> {
        Ok(format!("LibraryFinder({})", vm.repr_text(zelf.path.r())?))
    }
}

/// The spec of a module, as `spec_from_file_location` would make it.
fn spec(vm: &Vm, name: &PyStr, file: String, is_package: bool) -> PyResult<Obj> {
    let path = format!("{}/{file}", folder(vm));
    let (dir, stem) = match path.rsplit_once('/') {
        Some((d, f)) => (d.to_owned(), f.trim_end_matches(".py")),
        None => (String::new(), path.as_str()),
    };
    let cached = format!("{dir}/__pycache__/{stem}.{}.pyc", crate::marshal::CACHE_TAG);
    let origin = PyStr::new(vm, &path);
    let payload = PyLibraryLoader { header: krait_object::function::no_header(), name: name.to_py(), path: origin.clone(), file };
    // SAFETY: the class has this layout and cannot be derived from.
    let loader = unsafe { krait_object::function::alloc_exact(vm, PyLibraryLoader::type_of(vm), payload) };
    let class = super::importlib_attr(vm, &vm.intern("ModuleSpec"))?;
    let package = Obj::bool(is_package);
    let spec = vm.call_kw(class.r(), &[name.r(), loader.r()], &[("origin", origin.r()), ("is_package", package.r())])?;
    let set = |key: &str, v: Obj| vm.setattr(spec.r(), &vm.intern(key), v.r());
    set("_set_fileattr", Obj::bool(true))?;
    set("_cached", vm.str(&cached))?;
    if is_package {
        set("submodule_search_locations", vm.list(vec![vm.str(&dir)]))?;
    }
    Ok(spec)
}

impl PyLibraryLoader {
    fn open(&self, vm: &Vm) -> PyResult<Box<dyn LibraryFile>> {
        library(vm).and_then(|l| l.find(&self.file)).ok_or_else(|| no_such_file(vm, &self.path))
    }
    /// `name`, if given, must be the module's.
    fn check_name(&self, vm: &Vm, name: Option<Ref<'_>>) -> PyResult<()> {
        let Some(name) = name.filter(|n| !n.is_none()) else { return Ok(()) };
        if vm.eq(name, self.name.r())? {
            return Ok(());
        }
        let text = format!("loader for {} cannot handle {}", self.name.to_string_lossy(), vm.str_text(name)?);
        Err(raise_import_error(vm, vm.types.import_error, vm.str(&text), name.to_obj(), Obj::none(), None))
    }
    fn code(&self, vm: &Vm) -> PyResult<Py<PyCode>> {
        let file = self.open(vm)?;
        let path = self.path.to_string_lossy();
        match file.code() {
            Some(bytes) => embedded_code(vm, bytes, &path),
            // The build could not compile it: the error is reported here.
            None => crate::lifecycle::main_code::compile_file(vm, &file.data(), &path),
        }
    }
}

/// Loader of the embedded library's modules.
#[pyclass(layout = PyLibraryLoader, name = "LibraryLoader", module = "_frozen_importlib_external", own, no_gc)]
pub mod library_loader {
    use super::*;

    #[member]
    fn name(zelf: &PyLibraryLoader) -> Py<PyStr> {
        zelf.name.clone()
    }
    #[member]
    fn path(zelf: &PyLibraryLoader) -> Py<PyStr> {
        zelf.path.clone()
    }
    /// Use default semantics for module creation.
    #[pymethod("create_module(self, spec)")]
    fn create_module(_zelf: &PyLibraryLoader, _spec: Ref<'_>) {}
    /// Execute the module.
    #[pymethod("exec_module(self, module)")]
    fn exec_module(vm: &Vm, zelf: &PyLibraryLoader, module: &PyModule) -> PyResult<()> {
        let code = zelf.code(vm)?;
        run_in(vm, code, &module.dict(vm))?;
        Ok(())
    }
    /// Load the specified module into sys.modules and return it.
    #[pymethod("load_module(self, fullname=None)")]
    fn load_module(vm: &Vm, zelf: &PyLibraryLoader, fullname: Option<Ref<'_>>) -> PyResult<Obj> {
        zelf.check_name(vm, fullname)?;
        let shim = super::super::importlib_attr(vm, &vm.intern("_load_module_shim"))?;
        vm.call(shim.r(), &[zelf.r(), zelf.name.r()])
    }
    /// Return the code object of the module.
    #[pymethod("get_code(self, fullname=None)")]
    fn get_code(vm: &Vm, zelf: &PyLibraryLoader, fullname: Option<Ref<'_>>) -> PyResult<Obj> {
        zelf.check_name(vm, fullname)?;
        Ok(zelf.code(vm)?.into_obj())
    }
    /// Return the source text of the module.
    #[pymethod("get_source(self, fullname=None)")]
    fn get_source(vm: &Vm, zelf: &PyLibraryLoader, fullname: Option<Ref<'_>>) -> PyResult<Obj> {
        zelf.check_name(vm, fullname)?;
        let data = zelf.open(vm)?.data();
        Ok(vm.str(&String::from_utf8_lossy(&data).replace("\r\n", "\n")))
    }
    /// Return the path to the module's file.
    #[pymethod("get_filename(self, fullname=None)")]
    fn get_filename(vm: &Vm, zelf: &PyLibraryLoader, fullname: Option<Ref<'_>>) -> PyResult<Obj> {
        zelf.check_name(vm, fullname)?;
        Ok(zelf.path.to_obj())
    }
    /// Is the module a package?
    #[pymethod("is_package(self, fullname=None)")]
    fn is_package(vm: &Vm, zelf: &PyLibraryLoader, fullname: Option<Ref<'_>>) -> PyResult<bool> {
        zelf.check_name(vm, fullname)?;
        Ok(zelf.file.ends_with("/__init__.py"))
    }
    /// Return the bytes of a file of the library.
    #[pymethod("get_data(self, path)")]
    fn get_data(vm: &Vm, _zelf: &PyLibraryLoader, path: &PyStr) -> PyResult<Obj> {
        let text = path.to_string_lossy();
        let file = relative(vm, &text).and_then(|p| library(vm)?.find(p));
        match file {
            Some(f) => Ok(vm.bytes(&f.data())),
            None => Err(no_such_file(vm, path)),
        }
    }
    /// Names in a folder of the library, with whether they are folders themselves.
    #[pymethod("list_folder(self, path)")]
    fn list_folder(vm: &Vm, _zelf: &PyLibraryLoader, path: &PyStr) -> PyResult<Obj> {
        let text = path.to_string_lossy();
        let Some(inside) = relative(vm, &text) else { return Err(no_such_file(vm, path)) };
        let dict = PyDict::new(vm);
        for (name, is_folder) in listing(vm, inside) {
            dict.set_str(vm, &vm.intern(&name), Obj::bool(is_folder))?;
        }
        Ok(dict.into_obj())
    }
    #[pymethod("get_resource_reader(self, fullname=None)")]
    fn get_resource_reader(vm: &Vm, zelf: &PyLibraryLoader, fullname: Option<Ref<'_>>) -> PyResult<Obj> {
        zelf.check_name(vm, fullname)?;
        let class = super::super::import_attr(vm, "importlib.resources._embedded", "LibraryReader")?;
        vm.call1(class.r(), zelf.r())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyLibraryLoader) -> PyResult<String> {
        Ok(format!("LibraryLoader({}, {})", vm.repr_text(zelf.name.r())?, vm.repr_text(zelf.path.r())?))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyLibraryLoader, other: Ref<'_>, op: CmpOp) -> Obj {
        let same = other.downcast::<PyLibraryLoader>(vm).map(|o| o.file == zelf.file && o.name.eq(&zelf.name));
        match (same, op) {
            (Some(s), CmpOp::Eq) => Obj::bool(s),
            (Some(s), CmpOp::Ne) => Obj::bool(!s),
            _ => vm.not_implemented(),
        }
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyLibraryLoader) -> i64 {
        zelf.name.hash(vm) ^ zelf.path.hash(vm)
    }
}

/// The import side of the embedded library.
#[pymodule(name = "_library", classes = [library_finder, library_loader])]
pub mod module {
    use super::*;

    #[pyexec]
    fn exec(_vm: &Vm, _m: &PyModule) -> PyResult<()> {
        Ok(())
    }
}
