//! The ways a program is run, and what is compared.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A way of running: a name and the options that select it.
#[derive(Clone, Debug)]
pub struct Mode {
    pub name: String,
    pub options: Vec<String>,
}

fn mode(name: &str, options: &[&str]) -> Mode {
    let options = options.iter().flat_map(|o| ["-X".to_owned(), (*o).to_owned()]).collect();
    Mode { name: name.to_owned(), options }
}

/// The reference: no compiler.
pub fn reference() -> Mode {
    mode("off", &["jit=off"])
}

/// The modes compared with it. `seed` varies how often guards fail.
pub fn all(seed: u64) -> Vec<Mode> {
    let every = |n: u64| format!("jit-fail-every={n}");
    let low = every(2 + seed % 11);
    let high = every(23 + seed % 97);
    vec![
        mode("eager", &["jit-threshold=2", "jit-hot-exit=2"]),
        mode("warm", &["jit-threshold=7", "jit-hot-exit=3"]),
        mode("stress", &["jit=stress"]),
        mode(&low.clone(), &["jit-threshold=2", "jit-hot-exit=2", &low]),
        mode(&high.clone(), &["jit-threshold=3", "jit-hot-exit=1000000", &high]),
        mode("gc", &["jit-threshold=2", "jit-hot-exit=2", "gc-stress"]),
    ]
}

/// What a run showed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    pub status: Status,
    pub stdout: String,
    pub stderr: String,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Status {
    Code(i32),
    Signal(i32),
    TimedOut,
}

impl Outcome {
    /// Did the interpreter itself break?
    pub fn crashed(&self) -> bool {
        matches!(self.status, Status::Signal(_)) || self.stderr.contains("panicked at") || self.stderr.contains("jit: verifier")
    }

    /// The first difference, as text.
    pub fn difference(&self, other: &Outcome) -> Option<String> {
        if self == other {
            return None;
        }
        if self.status != other.status {
            let last = other.stderr.lines().find(|l| l.contains("panicked")).or(other.stderr.lines().last()).unwrap_or("");
            return Some(format!("status {:?}, expected {:?}: {last}", other.status, self.status));
        }
        for (what, a, b) in [("stdout", &self.stdout, &other.stdout), ("stderr", &self.stderr, &other.stderr)] {
            let mut n = 0;
            let (mut x, mut y) = (a.lines(), b.lines());
            loop {
                n += 1;
                match (x.next(), y.next()) {
                    (None, None) => break,
                    (p, q) if p == q => {}
                    (p, q) => return Some(format!("{what} line {n}: {q:?}, expected {p:?}")),
                }
            }
        }
        Some("line ends differ".into())
    }
}

/// Runs programs with one interpreter binary.
pub struct Runner {
    pub bin: PathBuf,
    pub limit: Duration,
    pub dir: tempfile::TempDir,
}

impl Runner {
    pub fn new(bin: &Path, limit: Duration) -> std::io::Result<Runner> {
        Ok(Runner { bin: bin.canonicalize()?, limit, dir: tempfile::tempdir()? })
    }

    /// Runs `source` in a mode.
    pub fn run(&self, source: &str, mode: &Mode) -> std::io::Result<Outcome> {
        let script = self.dir.path().join("program.py");
        std::fs::write(&script, source)?;
        let (out, err) = (self.dir.path().join("out"), self.dir.path().join("err"));
        let mut child = Command::new(&self.bin)
            .arg("-S")
            .args(&mode.options)
            .arg("program.py")
            .current_dir(self.dir.path())
            .env_clear()
            .env("PYTHONHASHSEED", "0")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&out)?)
            .stderr(std::fs::File::create(&err)?)
            .spawn()?;
        let start = Instant::now();
        let mut pause = Duration::from_micros(500);
        let status = loop {
            if let Some(s) = child.try_wait()? {
                break status(s);
            }
            if start.elapsed() > self.limit {
                child.kill()?;
                child.wait()?;
                break Status::TimedOut;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        };
        let text = |p: &Path| -> std::io::Result<String> {
            let mut bytes = Vec::new();
            std::fs::File::open(p)?.take(4 << 20).read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok(Outcome { status, stdout: text(&out)?, stderr: text(&err)? })
    }
}

fn status(s: std::process::ExitStatus) -> Status {
    use std::os::unix::process::ExitStatusExt;
    match (s.code(), s.signal()) {
        (Some(c), _) => Status::Code(c),
        (None, n) => Status::Signal(n.unwrap_or(0)),
    }
}
