//! Compiles files, verifies and round-trips the code, and reports what fails.

use krait_frontend::{CompileOptions, Mode, compile, marshal, verify};

fn main() {
    let (mut ok, mut bad) = (0, 0);
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let result = compile(&text, &path, Mode::Exec, &CompileOptions::default());
        let result = match result {
            Err(e) => Err(format!("{}: {}", e.line, e.msg)),
            Ok(c) => verify(&c.code).and_then(|()| {
                let bytes = marshal::write(&c.code);
                let again = marshal::read(&bytes, None)?;
                if marshal::write(&again) == bytes { Ok(()) } else { Err("round trip differs".into()) }
            }),
        };
        match result {
            Ok(()) => ok += 1,
            Err(e) => {
                bad += 1;
                println!("{path}:{e}");
            }
        }
    }
    println!("{ok} fine, {bad} not");
}
