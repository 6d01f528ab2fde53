//! Runs the Python-level tests under `tests/python/<area>/` in every mode.
//!
//! A test is a script `name.py` whose standard output must equal the recorded `name.out`. The
//! recording was made with CPython (`tests/record.py`). Header lines of the script may say more:
//!
//! ```text
//! # args: -O            options of the interpreter, before the script
//! # status: 1           expected exit status (default 0)
//! # stderr: ValueError: x    expected last line of standard error
//! # env: NAME=value     environment
//! # skip-mode: gc       a mode the test cannot run in, with the reason after a semicolon
//! ```
//!
//! Each test is named `area::name::mode`, so a failure names the behaviour.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

/// The ways every script is run: a name and the interpreter options that select it.
const MODES: &[(&str, &[&str])] = &[
    ("plain", &[]),
    ("gc", &["-X", "gc-stress"]),
    ("jit", &["-X", "jit=on", "-X", "jit-also=aarch64"]),
    ("stress", &["-X", "jit=stress", "-X", "jit-also=aarch64"]),
];

/// A script that takes longer is taken to hang.
const LIMIT: Duration = Duration::from_secs(120);

#[derive(Default, Clone)]
struct Header {
    args: Vec<String>,
    status: i32,
    stderr: Option<String>,
    env: Vec<(String, String)>,
    skip: Vec<String>,
}

fn header(source: &str) -> Header {
    let mut h = Header::default();
    for line in source.lines().take_while(|l| l.starts_with('#')) {
        let Some((key, value)) = line[1..].trim().split_once(':') else { continue };
        let value = value.trim();
        match key {
            "args" => h.args = value.split_whitespace().map(String::from).collect(),
            "status" => h.status = value.parse().unwrap_or(i32::MIN),
            "stderr" => h.stderr = Some(value.to_owned()),
            "env" => h.env.extend(value.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))),
            "skip-mode" => h.skip.extend(value.split(';').next().map(|m| m.trim().to_owned())),
            _ => {}
        }
    }
    h
}

fn run(script: &Path, options: &[&str], h: &Header) -> Result<(), Failed> {
    let expected = std::fs::read_to_string(script.with_extension("out")).map_err(|e| format!("no recorded output: {e}"))?;
    let dir = tempfile::tempdir()?;
    let out_path = dir.path().join("out");
    let err_path = dir.path().join("err");
    let mut child = Command::new(env!("CARGO_BIN_EXE_krait"))
        .args(options)
        .args(&h.args)
        .arg(script)
        .current_dir(dir.path())
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1")
        .envs(h.env.iter().cloned())
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&out_path)?)
        .stderr(std::fs::File::create(&err_path)?)
        .spawn()?;
    let start = Instant::now();
    let status = loop {
        if let Some(s) = child.try_wait()? {
            break s;
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            return Err(format!("still running after {LIMIT:?}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let out = String::from_utf8_lossy(&std::fs::read(&out_path)?).into_owned();
    let err = String::from_utf8_lossy(&std::fs::read(&err_path)?).into_owned();
    let last = err.lines().last().unwrap_or("");
    if status.code() != Some(h.status) {
        return Err(format!("{status}, expected status {}\nstandard error:\n{err}", h.status).into());
    }
    if out != expected {
        return Err(format!("output differs:\n{}\nstandard error:\n{err}", first_difference(&expected, &out)).into());
    }
    match &h.stderr {
        Some(want) if want != last => Err(format!("last line of standard error is {last:?}, expected {want:?}").into()),
        _ => Ok(()),
    }
}

fn first_difference(expected: &str, got: &str) -> String {
    let mut e = expected.lines();
    let mut g = got.lines();
    let mut n = 0;
    loop {
        n += 1;
        match (e.next(), g.next()) {
            (None, None) => return String::from("(only line ends)"),
            (a, b) if a == b => {}
            (a, b) => return format!("line {n}: expected {a:?}, got {b:?}"),
        }
    }
}

fn scripts(root: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let areas = std::fs::read_dir(root).into_iter().flatten().flatten();
    for area in areas.filter(|a| a.path().is_dir()) {
        for f in std::fs::read_dir(area.path()).into_iter().flatten().flatten() {
            let path = f.path();
            if path.extension().is_some_and(|e| e == "py") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                found.push((format!("{}::{name}", area.file_name().to_string_lossy()), path));
            }
        }
    }
    found.sort();
    found
}

fn main() {
    let args = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let mut trials = Vec::new();
    for (name, path) in scripts(&root) {
        let h = header(&std::fs::read_to_string(&path).unwrap_or_default());
        for (mode, options) in MODES {
            if h.skip.iter().any(|s| s == mode) {
                continue;
            }
            let (path, h) = (path.clone(), h.clone());
            trials.push(Trial::test(format!("{name}::{mode}"), move || run(&path, options, &h)));
        }
    }
    libtest_mimic::run(&args, trials).exit();
}
