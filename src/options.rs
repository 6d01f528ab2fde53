//! The command line, as CPython reads it.

use krait_runtime::lifecycle::{Config, RunMode, paths};

use crate::{environment, help};

/// Options as they are written. A colon follows those that take an argument.
const SHORT: &[u8] = b"bBc:dEhiIJm:OPqRsStuvVW:xX:?";

/// What goes wrong before there is an interpreter.
pub fn fatal(place: &str, text: &str, state: &str) -> i32 {
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    krait_object::stderr_line!("Fatal Python error: {place}{text}\nPython runtime state: {state}\n");
    1
}

struct Parser<'a> {
    args: &'a [Vec<u8>],
    next: usize,
    /// The rest of a cluster of short options.
    cluster: &'a [u8],
}

enum Opt<'a> {
    Flag(u8),
    Value(u8, &'a [u8]),
    Long(String),
    End,
    Bad(String),
}

impl<'a> Parser<'a> {
    fn option(&mut self) -> Opt<'a> {
        if self.cluster.is_empty() {
            let Some(arg) = self.args.get(self.next) else { return Opt::End };
            if arg.len() < 2 || arg[0] != b'-' {
                return Opt::End;
            }
            self.next += 1;
            if arg == b"--" {
                return Opt::End;
            }
            if let Some(long) = arg.strip_prefix(b"--") {
                return Opt::Long(String::from_utf8_lossy(long).into_owned());
            }
            self.cluster = &arg[1..];
        }
        let c = self.cluster[0];
        self.cluster = &self.cluster[1..];
        if c == b'J' {
            return Opt::Bad("-J is reserved for Jython".into());
        }
        let Some(at) = SHORT.iter().position(|s| *s == c).filter(|_| c != b':') else {
            return Opt::Bad(format!("Unknown option: -{}", c as char));
        };
        if SHORT.get(at + 1) != Some(&b':') {
            return Opt::Flag(c);
        }
        let value = if self.cluster.is_empty() {
            let Some(value) = self.args.get(self.next) else {
                return Opt::Bad(format!("Argument expected for the -{} option", c as char));
            };
            self.next += 1;
            value
        } else {
            std::mem::take(&mut self.cluster)
        };
        Opt::Value(c, value)
    }
}

fn usage(program: &[u8], problem: &str) -> i32 {
    krait_object::stderr_line!("{problem}");
    krait_object::stderr_write!("{}", help::usage_line(program));
    krait_object::stderr_line!("Try `krait -h' for more information.");
    2
}

/// The configuration, or the status to exit with at once.
pub fn configure(args: &[Vec<u8>]) -> Result<Config, i32> {
    let mut c = Config { orig_argv: args.to_vec(), ..Config::default() };
    if let Some(p) = args.first() {
        c.program_name = p.clone();
    }
    let program = c.program_name.clone();
    let mut p = Parser { args, next: 1, cluster: &[] };
    let mut versions = 0;
    let mut mode = None;
    let mut warnings = Vec::new();
    while mode.is_none() {
        match p.option() {
            Opt::End => break,
            Opt::Bad(problem) => return Err(usage(&program, &problem)),
            Opt::Value(b'c', text) => {
                // As a line of its own, so that the last line needs no newline.
                mode = Some(RunMode::Command([text, b"\n"].concat()));
            }
            Opt::Value(b'm', name) => mode = Some(RunMode::Module(name.to_vec())),
            Opt::Value(b'W', w) => warnings.push(String::from_utf8_lossy(w).into_owned()),
            Opt::Value(_, x) => c.xoptions.push(xoption(x)),
            Opt::Flag(b'h' | b'?') => return Err(print(&help::usage(&program))),
            Opt::Flag(b'V') => versions += 1,
            Opt::Flag(f) => flag(&mut c, f),
            Opt::Long(name) => match name.as_str() {
                "help" => return Err(print(&help::usage(&program))),
                "help-env" => return Err(print(help::ENVIRONMENT)),
                "help-xoptions" => return Err(print(help::XOPTIONS)),
                "help-all" => {
                    let text = [help::usage(&program).as_str(), help::ENVIRONMENT, help::XOPTIONS].join("\n");
                    return Err(print(&text));
                }
                "version" => versions += 1,
                "check-hash-based-pycs" => {
                    let Some(value) = args.get(p.next) else {
                        return Err(usage(&program, "Argument expected for the --check-hash-based-pycs options"));
                    };
                    p.next += 1;
                    let value = String::from_utf8_lossy(value).into_owned();
                    if !["always", "never", "default"].contains(&value.as_str()) {
                        let problem = "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
                        return Err(usage(&program, problem));
                    }
                    c.check_hash_pycs = value;
                }
                other => return Err(usage(&program, &format!("unknown option --{other}"))),
            },
        }
    }
    if versions > 0 {
        return Err(print(&help::version(versions)));
    }
    let rest = &args[p.next.min(args.len())..];
    set_program(&mut c, mode, rest);
    environment::complete(&mut c, warnings)?;
    paths::compute(&mut c);
    Ok(c)
}

/// What is run, and `sys.argv`.
fn set_program(c: &mut Config, mode: Option<RunMode>, rest: &[Vec<u8>]) {
    match mode {
        Some(m) => {
            let first = if matches!(m, RunMode::Command(_)) { b"-c" } else { b"-m" };
            c.argv = [&[first.to_vec()], rest].concat();
            c.mode = m;
        }
        None => match rest.first() {
            Some(file) if file != b"-" => {
                c.argv = rest.to_vec();
                c.mode = RunMode::File(absolute(file));
            }
            Some(_) => c.argv = rest.to_vec(),
            None => c.argv = vec![vec![]],
        },
    }
}

/// A script's path, made absolute without following links.
fn absolute(file: &[u8]) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    if file.starts_with(b"/") {
        return file.to_vec();
    }
    match std::env::current_dir() {
        Ok(dir) => [dir.as_os_str().as_bytes().strip_suffix(b"/").unwrap_or(dir.as_os_str().as_bytes()), b"/", file].concat(),
        Err(_) => file.to_vec(),
    }
}

fn print(text: &str) -> i32 {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => 0,
        Err(_) => 120,
    }
}

/// `name` or `name=value`.
fn xoption(text: &[u8]) -> (String, Option<String>) {
    let text = String::from_utf8_lossy(text);
    match text.split_once('=') {
        Some((k, v)) => (k.to_owned(), Some(v.to_owned())),
        None => (text.into_owned(), None),
    }
}

fn flag(c: &mut Config, f: u8) {
    match f {
        b'b' => c.bytes_warning += 1,
        b'B' => c.dont_write_bytecode = true,
        b'd' => c.debug += 1,
        b'E' => c.ignore_environment = true,
        b'i' => {
            c.inspect = true;
            c.interactive = true;
        }
        b'I' => {
            c.isolated = true;
            c.ignore_environment = true;
            c.no_user_site = true;
            c.safe_path = true;
        }
        b'O' => c.optimize += 1,
        b'P' => c.safe_path = true,
        b'q' => c.quiet = true,
        b's' => c.no_user_site = true,
        b'S' => c.no_site = true,
        b'u' => c.unbuffered = true,
        b'v' => c.verbose += 1,
        b'x' => c.skip_first_line = true,
        // `-R` and `-t` mean nothing any more.
        _ => {}
    }
}
