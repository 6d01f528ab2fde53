//! Instruction counts of whole programs under the interpreter, and of start-up.
//!
//! `cargo bench --bench instructions` needs valgrind and `iai-callgrind-runner`. Counts do not
//! depend on what else the machine does, so a change of one per cent is a finding.

#![allow(clippy::disallowed_macros, reason = "the harness's own `main`")]

use iai_callgrind::{Command, binary_benchmark, binary_benchmark_group, main};

/// The command, with hashes that do not differ from run to run.
fn krait(args: &[&str]) -> Command {
    Command::new(env!("CARGO_BIN_EXE_krait")).env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1").args(args).build()
}

/// The path of a program whose output is recorded beside it.
fn program(name: &str) -> String {
    format!("{}/benches/programs/{name}.py", env!("CARGO_MANIFEST_DIR"))
}

#[binary_benchmark]
#[bench::nothing("pass")]
#[bench::library("import json, re, dataclasses, typing, asyncio, argparse")]
fn start_up(code: &str) -> Command {
    krait(&["-c", code])
}

#[binary_benchmark]
#[bench::arithmetic("fannkuch")]
#[bench::big_integers("bigints")]
#[bench::calls("closures")]
#[bench::objects("bank")]
#[bench::exceptions("exceptions")]
#[bench::generators("generators")]
#[bench::strings("anagrams")]
fn interpreter(name: &str) -> Command {
    krait(&[&program(name)])
}

binary_benchmark_group!(name = starting; benchmarks = start_up);
binary_benchmark_group!(name = programs; benchmarks = interpreter);
main!(binary_benchmark_groups = starting, programs);
