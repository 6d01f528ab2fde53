//! Prints the disassembly of a source file: `cargo run --example disasm -- file.py`.

use krait_frontend::{CompileOptions, Mode, compile, disasm};

fn main() {
    for path in std::env::args().skip(1) {
        let text = match std::fs::read_to_string(&path) {
            Ok(t) => t,
            Err(e) => {
                println!("{path}: {e}");
                continue;
            }
        };
        match compile(&text, &path, Mode::Exec, &CompileOptions::default()) {
            Ok(c) => {
                for w in &c.warnings {
                    println!("{path}:{}: {:?}: {}", w.line, w.category, w.msg);
                }
                print!("{}", disasm(&c.code));
            }
            Err(e) => println!("{path}: {e:?}"),
        }
    }
}
