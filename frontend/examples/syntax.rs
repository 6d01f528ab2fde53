//! Prints what compiling each file gives: the error with its range and text, or "ok", and the warnings.

use krait_frontend::{CompileOptions, Mode, compile};

fn main() {
    let mut args = std::env::args().skip(1).peekable();
    let mode = match args.peek().map(String::as_str) {
        Some("--single") => Mode::Single,
        Some("--eval") => Mode::Eval,
        _ => Mode::Exec,
    };
    if mode != Mode::Exec {
        args.next();
    }
    for path in args {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
        match compile(&text, &path, mode, &CompileOptions::default()) {
            Ok(c) => {
                println!("{path}\tok\t\t");
                for w in c.warnings {
                    println!("{path}\t{:?}\t{}\t{}:{}", w.category, w.msg, w.line, w.col);
                }
            }
            Err(e) => println!("{path}\t{:?}\t{}\t{}:{}-{}:{}\t{:?}", e.kind, e.msg, e.line, e.col, e.end_line, e.end_col, e.text),
        }
    }
}
