//! Builds the library archive: collects the sources, adapts them, compiles them and writes
//! `library.bin`.

mod archive;
mod opcodes;
mod patches;
mod sources;

use std::path::PathBuf;

use archive::Item;
use krait_frontend::{CompileOptions, Mode, compile, marshal};
use rayon::prelude::*;

fn main() {
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=overlay");
    let files = sources::collect();
    let mut items: Vec<Item> = files.into_par_iter().map(build).collect();
    items.sort_by(|a, b| a.path.cmp(&b.path));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("library.bin");
    if let Err(e) = std::fs::write(&out, archive::layout(&items)) {
        panic!("cannot write {}: {e}", out.display());
    }
}

fn build((path, data): (String, Vec<u8>)) -> Item {
    let code = if path.ends_with(".py") { bytecode(&path, &data) } else { Vec::new() };
    Item::new(path, code, data)
}

/// The code of a module. One that does not compile is left as source: importing it reports why.
fn bytecode(path: &str, data: &[u8]) -> Vec<u8> {
    let options = CompileOptions::default();
    let Ok(text) = std::str::from_utf8(data) else {
        println!("cargo:warning=library module {path}: not UTF-8");
        return Vec::new();
    };
    match compile(text.trim_start_matches('\u{feff}'), path, Mode::Exec, &options) {
        Ok(c) => marshal::write(&c.code),
        Err(e) => {
            println!("cargo:warning=library module {path}: line {}: {}", e.line, e.msg);
            Vec::new()
        }
    }
}
