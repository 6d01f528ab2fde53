//! What the binary plugs into the runtime: the native modules and the embedded library.

use krait_object::vm::{Interp, Vm};
use krait_runtime::import::library::{Library, LibraryFile};
use krait_runtime::lifecycle::Plugins;

struct Embedded;

impl Library for Embedded {
    fn find(&self, path: &str) -> Option<Box<dyn LibraryFile>> {
        krait_pylib::find(path).map(|f| Box::new(File(f)) as Box<dyn LibraryFile>)
    }
    fn below(&self, folder: &str) -> Vec<&'static str> {
        krait_pylib::below(folder).map(|f| f.path).collect()
    }
}

struct File(krait_pylib::File);

impl LibraryFile for File {
    fn code(&self) -> Option<&'static [u8]> {
        self.0.code()
    }
    fn data(&self) -> Vec<u8> {
        self.0.data()
    }
}

fn native_modules(interp: &'static Interp) {
    interp.add_native_modules(&krait_stdlib::modules());
    interp.add_native_modules(&[&krait_jit::module::krait::DEF]);
}

fn compiler(vm: &Vm, options: &[(String, Option<String>)]) -> Result<(), String> {
    let options = krait_jit::Options::parse(options.iter().map(|(n, v)| (n.as_str(), v.as_deref())))?;
    krait_jit::JIT.configure(vm, options);
    Ok(())
}

fn at_end() {
    if let Some(report) = krait_jit::report() {
        for line in report.lines() {
            krait_object::stderr_line!("{line}");
        }
    }
}

pub static PLUGINS: Plugins = Plugins {
    native_modules,
    signals: |vm| krait_stdlib_os::signal::init(vm, true),
    compiler,
    at_end,
    library: &Embedded,
    encode: krait_stdlib_os::codecs::text::encode_hook,
    decode: krait_stdlib_os::codecs::text::decode_hook,
    lookup_error: krait_stdlib_os::codecs::registry::lookup_error,
};
