//! Fuzzes an interpreter: see `--help`.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use krait_fuzz::generate::program;
use krait_fuzz::modes::{Mode, Outcome, Runner, Status, all, reference};
use krait_fuzz::program::{Stmt, size, text};
use krait_fuzz::shrink::shrink;

const HELP: &str = "\
usage: krait-fuzz [--bin PATH] [--minutes N | --count N] [--seed S] [--save DIR] [--limit SECONDS] [--show]

Generates programs, runs each with the compiler off and in several modes of it, and compares output and status.
  --bin PATH       the interpreter (default target/debug/krait)
  --minutes N      how long (default 1)
  --count N        how many programs, instead
  --seed S         the first seed (default 1); program n has seed S + n
  --save DIR       where disagreements go, made smaller (default fuzz-found)
  --limit SECONDS  of one run (default 8)
  --mode NAME      only this mode
  --show           prints the program of the seed, and ends
Exits with 1 if anything disagreed.
";

struct Arguments {
    bin: PathBuf,
    end: End,
    seed: u64,
    save: PathBuf,
    limit: Duration,
    mode: Option<String>,
    show: bool,
}

enum End {
    Minutes(f64),
    Count(u64),
}

fn arguments() -> Result<Arguments, String> {
    let mut a = Arguments {
        bin: "target/debug/krait".into(),
        end: End::Minutes(1.0),
        seed: 1,
        save: "fuzz-found".into(),
        limit: Duration::from_secs(8),
        mode: None,
        show: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
        fn number<T: std::str::FromStr>(v: String) -> Result<T, String> {
            v.parse().map_err(|_| format!("{v}: not a number"))
        }
        match name.as_str() {
            "--bin" => a.bin = value()?.into(),
            "--minutes" => a.end = End::Minutes(number(value()?)?),
            "--count" => a.end = End::Count(number(value()?)?),
            "--seed" => a.seed = number(value()?)?,
            "--save" => a.save = value()?.into(),
            "--limit" => a.limit = Duration::from_secs(number(value()?)?),
            "--mode" => a.mode = Some(value()?),
            "--show" => a.show = true,
            _ => return Err(HELP.into()),
        }
    }
    Ok(a)
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn main() -> ExitCode {
    let a = match arguments() {
        Ok(a) => a,
        Err(e) => {
            say(&e);
            return ExitCode::from(2);
        }
    };
    if a.show {
        say(&text(&program(a.seed)));
        return ExitCode::SUCCESS;
    }
    match fuzz(&a) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(e) => {
            say(&format!("{}: {e}", a.bin.display()));
            ExitCode::from(2)
        }
    }
}

/// Runs programs until the end; how many disagreed.
fn fuzz(a: &Arguments) -> std::io::Result<u64> {
    let runner = Runner::new(&a.bin, a.limit)?;
    let patient = Runner::new(&a.bin, a.limit * 8)?;
    let start = Instant::now();
    let (mut n, mut found, mut slow, mut broken) = (0, 0, 0, 0);
    let mut kinds: HashMap<String, u32> = HashMap::new();
    loop {
        let over = match a.end {
            End::Minutes(m) => start.elapsed().as_secs_f64() > m * 60.0,
            End::Count(c) => n >= c,
        };
        if over {
            break;
        }
        let seed = a.seed + n;
        n += 1;
        let p = program(seed);
        let source = text(&p);
        let expected = runner.run(&source, &reference())?;
        if expected.status == Status::TimedOut {
            slow += 1;
            continue;
        }
        if expected.crashed() || expected.stderr.contains("SyntaxError") {
            broken += 1;
            save(&a.save, seed, "reference", &source, &expected.stderr)?;
            continue;
        }
        for mode in all(seed).iter().filter(|m| a.mode.as_ref().is_none_or(|w| *w == m.name)) {
            let got = runner.run(&source, mode)?;
            let Some(difference) = expected.difference(&got) else { continue };
            // Compiling at once, and collecting at every chance, take their time.
            if got.status == Status::TimedOut && (mode.name == "gc" || patient.run(&source, mode)?.status != Status::TimedOut) {
                slow += 1;
                continue;
            }
            found += 1;
            say(&format!("seed {seed}, {}: {difference}", mode.name));
            // Many programs show one fault: only the first few of a kind are made smaller.
            let kind = kind(&expected, &got, &difference);
            let count = kinds.entry(kind).or_default();
            *count += 1;
            if *count <= 3 {
                let small = smaller(&runner, p.clone(), mode, &expected, &got);
                say(&format!("  {} statements of {}", size(&small), size(&p)));
                let about = format!("seed {seed}, options {}: {difference}", mode.options.join(" "));
                save(&a.save, seed, &mode.name, &text(&small), &about)?;
            }
            break;
        }
        if n % 100 == 0 {
            say(&format!("{n} programs, {found} disagree, {slow} too slow, {broken} broken, {:.0} s", start.elapsed().as_secs_f64()));
        }
    }
    say(&format!(
        "{n} programs from seed {}: {found} disagree, {slow} too slow, {broken} broken, {:.0} s",
        a.seed,
        start.elapsed().as_secs_f64()
    ));
    Ok(found + broken)
}

/// What two disagreements of one cause have in common.
fn kind(expected: &Outcome, got: &Outcome, difference: &str) -> String {
    match got.stderr.lines().find(|l| l.contains("panicked at")) {
        Some(l) => l.to_owned(),
        None if got.status != expected.status => format!("{:?}", got.status),
        None => difference.split(':').next().unwrap_or("").trim_end_matches(|c: char| c.is_ascii_digit()).to_owned(),
    }
}

fn smaller(runner: &Runner, p: Vec<Stmt>, mode: &Mode, expected: &Outcome, got: &Outcome) -> Vec<Stmt> {
    let crash = got.crashed() || got.status == Status::TimedOut;
    let limit = if got.status == Status::TimedOut { 25 } else { 1500 };
    let _ = expected;
    shrink(p, limit, |candidate| {
        let source = text(candidate);
        let Ok(want) = runner.run(&source, &reference()) else { return false };
        if want.stderr.contains("SyntaxError") || want.crashed() || want.status == Status::TimedOut {
            return false;
        }
        let Ok(now) = runner.run(&source, mode) else { return false };
        want != now && (now.status == Status::TimedOut) == (got.status == Status::TimedOut) && (!crash || now.status == got.status)
    })
}

fn save(dir: &Path, seed: u64, mode: &str, source: &str, about: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let about: String = about.lines().take(3).map(|l| format!("# {l}\n")).collect();
    std::fs::write(dir.join(format!("{seed}-{}.py", mode.replace('=', "-"))), about + source)
}
