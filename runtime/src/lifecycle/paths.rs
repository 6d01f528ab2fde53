//! Where the interpreter is installed, and `sys.path` as CPython's `getpath` computes it.

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::Config;
use crate::sys::VERSION;

fn bytes(p: &Path) -> Vec<u8> {
    p.as_os_str().as_bytes().to_vec()
}

fn path(b: &[u8]) -> PathBuf {
    PathBuf::from(std::ffi::OsStr::from_bytes(b))
}

/// The absolute path of the running program: as invoked, looked up in PATH.
fn find_executable(program: &[u8]) -> PathBuf {
    if program.is_empty() {
        return PathBuf::new();
    }
    if program.contains(&b'/') {
        let p = path(program);
        return std::path::absolute(&p).unwrap_or(p);
    }
    let dirs = std::env::var_os("PATH").unwrap_or_default().into_vec();
    for dir in dirs.split(|b| *b == b':') {
        let candidate = path(dir).join(path(program));
        if is_executable(&candidate) {
            return std::path::absolute(&candidate).unwrap_or(candidate);
        }
    }
    std::env::current_exe().unwrap_or_default()
}

fn is_executable(p: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(p).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// A virtual environment: its folder and `home` of its `pyvenv.cfg`.
fn find_venv(executable: &Path) -> Option<(PathBuf, Option<PathBuf>)> {
    let dir = executable.parent()?;
    for folder in [dir, dir.parent()?] {
        if let Ok(text) = std::fs::read_to_string(folder.join("pyvenv.cfg")) {
            let home = text.lines().find_map(|l| {
                let (key, value) = l.split_once('=')?;
                (key.trim().eq_ignore_ascii_case("home")).then(|| PathBuf::from(value.trim()))
            });
            // `include` and the like do not matter here; the environment's root is what counts.
            let root = if folder == dir { dir.parent().unwrap_or(dir) } else { folder };
            return Some((root.to_path_buf(), home));
        }
    }
    None
}

/// The folder two levels above a program, links followed.
fn prefix_of(executable: &Path) -> PathBuf {
    let real = std::fs::canonicalize(executable).unwrap_or_else(|_| executable.to_path_buf());
    let up = real.parent().and_then(Path::parent);
    up.map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}

/// Fills in `executable`, the prefixes and `path`.
pub fn compute(c: &mut Config) {
    let executable = match std::env::var_os("__PYVENV_LAUNCHER__") {
        Some(_) | None => find_executable(&c.program_name),
    };
    c.home = c.env("PYTHONHOME");
    let venv = if c.home.is_some() { None } else { find_venv(&executable) };
    let mut base = match (&c.home, &venv) {
        // PYTHONHOME may be `prefix:exec_prefix`.
        (Some(h), _) => path(h.split(|b| *b == b':').next().unwrap_or_default()),
        (None, Some((_, Some(home)))) => home.parent().unwrap_or(home).to_path_buf(),
        (None, _) => prefix_of(&executable),
    };
    if base.as_os_str().is_empty() {
        base = PathBuf::from("/");
    }
    c.base_executable = match &venv {
        Some((_, Some(home))) => {
            let name = executable.file_name().unwrap_or_default();
            bytes(&home.join(name))
        }
        _ => bytes(&executable),
    };
    c.executable = bytes(&executable);
    c.prefix = venv.map_or_else(|| bytes(&base), |(root, _)| bytes(&root));
    c.base_prefix = bytes(&base);
    let (major, minor, _) = VERSION;
    let stdlib = base.join(format!("lib/python{major}.{minor}"));
    c.stdlib_dir = bytes(&stdlib);
    let mut entries = Vec::new();
    if let Some(list) = c.env("PYTHONPATH") {
        entries.extend(list.split(|b| *b == b':').map(absolute));
    }
    entries.push(bytes(&base.join(format!("lib/python{major}{minor}.zip"))));
    entries.push(bytes(&stdlib));
    entries.push(bytes(&stdlib.join("lib-dynload")));
    c.path = entries;
}

/// An entry of PYTHONPATH; relative ones are kept as they are until `site` makes them absolute.
fn absolute(entry: &[u8]) -> Vec<u8> {
    entry.to_vec()
}
