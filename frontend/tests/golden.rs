//! Disassembly of small programs against expected files; `BLESS=1` rewrites these.

use std::path::Path;

use krait_frontend::{CompileOptions, Mode, compile, disasm, marshal, verify};

#[test]
fn disassembly_is_as_expected() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut differing = Vec::new();
    for entry in std::fs::read_dir(&dir).expect("golden folder").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "py") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("readable program");
        let code = compile(&text, "golden.py", Mode::Exec, &CompileOptions::default()).expect("valid program").code;
        verify(&code).expect("verified code");
        let bytes = marshal::write(&code);
        let again = marshal::read(&bytes, None).expect("readable code");
        let text = disasm(&code);
        assert_eq!(text, disasm(&again), "round trip of {}", path.display());
        let expected = path.with_extension("dis");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&expected, &text).expect("writable golden file");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != text {
            differing.push(path.display().to_string());
        }
    }
    assert!(differing.is_empty(), "changed (BLESS=1 accepts): {differing:?}");
}
