//! A short run of the differential fuzzer (`tests/fuzz`), with seeds that are always the same, and
//! its corpus: the programs that once disagreed.

use std::path::Path;
use std::time::Duration;

use krait_fuzz::generate::program;
use krait_fuzz::modes::{Runner, all, reference};
use krait_fuzz::program::text;

/// Runs a program in all modes.
fn agree(runner: &Runner, source: &str, seed: u64, name: &str) {
    let off = reference();
    let run = |mode: &_| match runner.run(source, mode) {
        Ok(outcome) => outcome,
        Err(e) => panic!("{name}: {e}"),
    };
    let expected = run(&off);
    assert!(!expected.crashed(), "{name}: {}", expected.stderr);
    assert!(!expected.stderr.contains("SyntaxError"), "{name}: {}", expected.stderr);
    for mode in &all(seed) {
        if let Some(difference) = expected.difference(&run(mode)) {
            panic!("{name}, options {}: {difference}", mode.options.join(" "));
        }
    }
}

fn runner() -> Runner {
    match Runner::new(Path::new(env!("CARGO_BIN_EXE_krait")), Duration::from_secs(60)) {
        Ok(r) => r,
        Err(e) => panic!("no temporary directory: {e}"),
    }
}

#[test]
fn generated_programs_agree() {
    let runner = runner();
    for seed in 2..=8 {
        agree(&runner, &text(&program(seed)), seed, &format!("seed {seed}"));
    }
}

#[test]
fn corpus_agrees() {
    let runner = runner();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut files: Vec<_> = std::fs::read_dir(corpus).into_iter().flatten().flatten().map(|f| f.path()).collect();
    files.sort();
    for f in files {
        let source = std::fs::read_to_string(&f).unwrap_or_default();
        agree(&runner, &source, source.len() as u64, &f.display().to_string());
    }
}
