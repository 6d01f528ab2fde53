//! What `-X jit...` asks for.

/// How eager the compiler is.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    #[default]
    Off,
    On,
    /// Compile at once, and fail guards on purpose.
    Stress,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Iterations before a loop is recorded. Not a power of two, lest recording always meets the
    /// last iteration of loops with round counts.
    pub hot_loop: u16,
    /// Calls before a function is recorded.
    pub hot_call: u16,
    /// Failures of a guard before its bridge is recorded.
    pub hot_exit: u32,
    /// Every guard in so many fails on purpose; 0: none.
    pub fail_every: u64,
    /// Compilations before the compiler stops, to find one that is wrong.
    pub limit: u64,
    pub stats: bool,
    /// What to print: `trace`, `clif`, `asm`.
    pub dump: Vec<String>,
    /// Only for loops of functions of this name.
    pub dump_filter: Option<String>,
    /// A map of the code for perf.
    pub perf: bool,
    /// Another machine every tree must compile for.
    pub also: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            mode: Mode::Off,
            hot_loop: 1039,
            hot_call: 1619,
            hot_exit: 199,
            fail_every: 0,
            limit: u64::MAX,
            stats: false,
            dump: Vec::new(),
            dump_filter: None,
            perf: false,
            also: None,
        }
    }
}

impl Options {
    /// Reads the `-X` options of a command line.
    pub fn parse<'a>(options: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Result<Options, String> {
        let mut o = Options::default();
        for (name, value) in options {
            match (name, value) {
                ("jit", Some("off")) => o.mode = Mode::Off,
                ("jit", Some("on") | None) => o.mode = Mode::On,
                ("jit", Some("stress")) => {
                    o.mode = Mode::Stress;
                    o.hot_loop = 1;
                    o.hot_call = 1;
                    o.hot_exit = 2;
                    o.fail_every = 7;
                }
                ("jit", Some(v)) => return Err(format!("-X jit={v}: expected off, on or stress")),
                ("jit-stats", _) => o.stats = true,
                ("jit-dump", v) => {
                    let (what, filter) = v.unwrap_or("trace").split_once(':').map_or((v.unwrap_or("trace"), None), |(w, f)| (w, Some(f)));
                    o.dump = what.split(',').map(str::to_owned).collect();
                    o.dump_filter = filter.map(str::to_owned);
                }
                ("jit-perf", _) => o.perf = true,
                ("jit-also", Some(v)) => o.also = Some(v.to_owned()),
                ("jit-threshold", Some(v)) => {
                    o.mode = Mode::On;
                    o.hot_loop = v.parse().map_err(|_| format!("-X jit-threshold={v}: not a number"))?;
                    o.hot_call = o.hot_loop;
                }
                ("jit-hot-exit", Some(v)) => o.hot_exit = v.parse().map_err(|_| format!("-X jit-hot-exit={v}: not a number"))?,
                ("jit-fail-every", Some(v)) => o.fail_every = v.parse().map_err(|_| format!("-X jit-fail-every={v}: not a number"))?,
                ("jit-limit", Some(v)) => o.limit = v.parse().map_err(|_| format!("-X jit-limit={v}: not a number"))?,
                _ => {}
            }
        }
        o.hot_loop = o.hot_loop.min(krait_runtime::compiler::COMPILED - 1);
        o.hot_call = o.hot_call.min(krait_runtime::compiler::COMPILED - 1);
        Ok(o)
    }
    /// Is this to be printed of a function's loops?
    pub fn dumps(&self, what: &str, function: &str) -> bool {
        self.dump.iter().any(|d| d == what) && self.dump_filter.as_ref().is_none_or(|f| f == function)
    }
}
