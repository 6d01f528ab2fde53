//! Checks by data flow that temporaries are bound when read and not overwritten while they hold a
//! value: the two ways in which consume flags can be wrong.

use krait_frontend::{CompileOptions, Mode, compile, temps};

fn problems(path: &std::path::Path) -> Vec<String> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    match compile(&text, &path.to_string_lossy(), Mode::Exec, &CompileOptions::default()) {
        Ok(c) => temps::problems(&c.code).into_iter().map(|p| format!("{}: {p}", path.display())).collect(),
        Err(_) => Vec::new(),
    }
}

fn python_files(dir: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            python_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

/// The golden programs; with `KRAIT_PY_DIR` set, every program in that folder too.
#[test]
fn temporaries_are_used_well() {
    let mut files = Vec::new();
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    python_files(&golden, &mut files);
    if let Some(dir) = std::env::var_os("KRAIT_PY_DIR") {
        python_files(std::path::Path::new(&dir), &mut files);
    }
    let found: Vec<String> = files.iter().flat_map(|f| problems(f)).collect();
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found[..found.len().min(60)].join("\n"));
}
