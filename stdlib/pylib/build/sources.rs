//! Which files go into the archive, and where they come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{opcodes, patches};

/// Folders and files of the library that are of no use here.
const LEFT_OUT: &[&str] = &[
    "idlelib",
    "turtledemo",
    "test",
    "__pycache__",
    "README.md",
    "_dummy_os.py",
    "_dummy_thread.py",
    "dummy_threading.py",
    "_pycodecs.py",
    "ctypes/macholib/README.ctypes",
    "ctypes/macholib/fetch_macholib",
    "ctypes/macholib/fetch_macholib.bat",
    "email/architecture.rst",
    "venv/scripts/nt",
];

/// Every file of the library with its content.
pub fn collect() -> Vec<(String, Vec<u8>)> {
    let mut files = BTreeMap::new();
    let lib = PathBuf::from(rustpython_pylib::LIB_PATH);
    walk(&lib, &lib, &mut files);
    if files.is_empty() {
        panic!("no library in {}", lib.display());
    }
    for (path, data) in &mut files {
        patches::apply(path, data);
    }
    let overlay = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("overlay");
    walk(&overlay, &overlay, &mut files);
    files.insert("_opcode_metadata.py".into(), opcodes::metadata().into_bytes());
    // The name depends on the machine; one description serves all.
    if let Some(data) = files.remove("_sysconfigdata.py") {
        for machine in ["x86_64", "aarch64"] {
            files.insert(format!("_sysconfigdata__linux_{machine}-linux-gnu.py"), data.clone());
        }
    }
    files.into_iter().collect()
}

fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) else { continue };
        let name = name.replace('\\', "/");
        let file = name.rsplit('/').next().unwrap_or_default();
        if LEFT_OUT.contains(&name.as_str()) || LEFT_OUT.contains(&file) || file == "mypy.ini" {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, files);
        } else if let Ok(data) = std::fs::read(&path) {
            files.insert(name, data);
        }
    }
}
