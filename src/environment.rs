//! The PYTHON* variables, the `-X` options and the locale.

use krait_runtime::lifecycle::Config;

use crate::options::fatal;

const PRE: &str = "preinitializing";
const CORE: &str = "preinitialized";

fn text(c: &Config, name: &str) -> Option<String> {
    c.env(name).map(|v| String::from_utf8_lossy(&v).into_owned())
}

/// A variable that is a flag: any text switches it on, a number says how much.
fn level(c: &Config, name: &str, now: i32) -> i32 {
    match text(c, name) {
        Some(v) => now.max(v.parse::<i32>().ok().filter(|n| *n >= 0).unwrap_or(1)),
        None => now,
    }
}

/// Settles everything the command line left open.
pub fn complete(c: &mut Config, warnings: Vec<String>) -> Result<(), i32> {
    c.debug = level(c, "PYTHONDEBUG", c.debug);
    c.verbose = level(c, "PYTHONVERBOSE", c.verbose);
    c.optimize = level(c, "PYTHONOPTIMIZE", c.optimize);
    c.inspect |= level(c, "PYTHONINSPECT", 0) > 0;
    c.dont_write_bytecode |= level(c, "PYTHONDONTWRITEBYTECODE", 0) > 0;
    c.no_user_site |= level(c, "PYTHONNOUSERSITE", 0) > 0;
    c.unbuffered |= level(c, "PYTHONUNBUFFERED", 0) > 0;
    c.safe_path |= c.env("PYTHONSAFEPATH").is_some();
    c.dev_mode = c.xoption("dev").is_some() || level(c, "PYTHONDEVMODE", 0) > 0;
    c.faulthandler = c.dev_mode || c.xoption("faulthandler").is_some() || level(c, "PYTHONFAULTHANDLER", 0) > 0;
    c.warn_default_encoding = c.xoption("warn_default_encoding").is_some() || c.env("PYTHONWARNDEFAULTENCODING").is_some();
    c.no_debug_ranges = c.xoption("no_debug_ranges").is_some() || c.env("PYTHONNODEBUGRANGES").is_some();
    c.import_time = import_time(c)?;
    c.hash_seed = hash_seed(c)?;
    c.int_max_str_digits = int_digits(c)?;
    c.cpu_count = cpu_count(c)?;
    c.frozen_modules = frozen_modules(c)?;
    c.thread_inherit_context = switch(c, "thread_inherit_context", "PYTHON_THREAD_INHERIT_CONTEXT")?;
    c.context_aware_warnings = switch(c, "context_aware_warnings", "PYTHON_CONTEXT_AWARE_WARNINGS")?;
    c.pycache_prefix = match c.xoption("pycache_prefix") {
        Some(v) => v.filter(|v| !v.is_empty()).map(|v| v.as_bytes().to_vec()),
        None => c.env("PYTHONPYCACHEPREFIX"),
    };
    c.tracemalloc = tracemalloc(c)?;
    locale(c)?;
    warn_options(c, warnings);
    Ok(())
}

fn warn_options(c: &mut Config, given: Vec<String>) {
    let mut all = Vec::new();
    if c.dev_mode {
        all.push("default".to_owned());
    }
    if let Some(list) = text(c, "PYTHONWARNINGS") {
        all.extend(list.split(',').map(str::to_owned));
    }
    all.extend(given);
    match c.bytes_warning {
        0 => {}
        1 => all.push("default::BytesWarning".into()),
        _ => all.push("error::BytesWarning".into()),
    }
    // Of options given more than once the last place counts.
    let mut kept: Vec<String> = Vec::new();
    for w in all {
        kept.retain(|k| *k != w);
        kept.push(w);
    }
    c.warnoptions = kept;
}

fn import_time(c: &Config) -> Result<i32, i32> {
    match c.xoption("importtime") {
        Some(None) => Ok(1),
        Some(Some(v)) => match v {
            "1" => Ok(1),
            "2" => Ok(2),
            _ => Err(fatal("config_init_import_time", "-X importtime: values other than 1 and 2 are reserved for future use.", CORE)),
        },
        None => Ok(level(c, "PYTHONPROFILEIMPORTTIME", 0)),
    }
}

fn hash_seed(c: &Config) -> Result<Option<u32>, i32> {
    match text(c, "PYTHONHASHSEED").as_deref() {
        None | Some("random") => Ok(None),
        Some(v) => v
            .parse()
            .map(Some)
            .map_err(|_| fatal("config_init_hash_seed", "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]", CORE)),
    }
}

fn int_digits(c: &Config) -> Result<usize, i32> {
    let valid = |v: &str| v.parse::<i32>().ok().filter(|n| *n == 0 || *n >= 640).map(|n| n as usize);
    let bad = |what: &str| {
        let text = format!("{what}: invalid limit; must be >= 640 or 0 for unlimited.");
        fatal("config_init_int_max_str_digits", &text, CORE)
    };
    let mut limit = 4300;
    if let Some(v) = text(c, "PYTHONINTMAXSTRDIGITS") {
        limit = valid(&v).ok_or_else(|| bad("PYTHONINTMAXSTRDIGITS"))?;
    }
    if let Some(v) = c.xoption("int_max_str_digits") {
        limit = v.and_then(valid).ok_or_else(|| bad("-X int_max_str_digits"))?;
    }
    Ok(limit)
}

fn cpu_count(c: &Config) -> Result<i32, i32> {
    let valid = |v: &str| if v == "default" { Some(-1) } else { v.parse::<i32>().ok().filter(|n| *n >= 1) };
    let mut count = -1;
    if let Some(v) = text(c, "PYTHON_CPU_COUNT") {
        let problem = "PYTHON_CPU_COUNT=n: n is missing or an invalid number, n must be greater than 0";
        count = valid(&v).ok_or_else(|| fatal("config_init_cpu_count", problem, CORE))?;
    }
    if let Some(v) = c.xoption("cpu_count") {
        let problem = "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0";
        count = v.and_then(valid).ok_or_else(|| fatal("config_init_cpu_count", problem, CORE))?;
    }
    Ok(count)
}

fn frozen_modules(c: &Config) -> Result<bool, i32> {
    let value = c.xoption("frozen_modules").map(|v| v.map(str::to_owned)).or_else(|| text(c, "PYTHON_FROZEN_MODULES").map(Some));
    match value {
        None => Ok(true),
        Some(v) => match v.as_deref() {
            None | Some("" | "on") => Ok(true),
            Some("off") => Ok(false),
            Some(_) => Err(fatal("", "bad value for option -X frozen_modules (expected \"on\" or \"off\")", CORE)),
        },
    }
}

/// An option that is 0 or 1.
fn switch(c: &Config, option: &str, variable: &str) -> Result<bool, i32> {
    let (value, what) = match c.xoption(option) {
        Some(v) => (v.map(str::to_owned), format!("-X {option}")),
        None => match text(c, variable) {
            Some(v) => (Some(v), variable.to_owned()),
            None => return Ok(false),
        },
    };
    match value.as_deref() {
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        _ => Err(fatal(&format!("config_init_{option}"), &format!("{what}=n: n is missing or invalid"), CORE)),
    }
}

fn tracemalloc(c: &Config) -> Result<i32, i32> {
    let valid = |v: &str| v.parse::<i32>().ok().filter(|n| (0..=65535).contains(n));
    let mut depth = 0;
    if let Some(v) = text(c, "PYTHONTRACEMALLOC") {
        depth = valid(&v).ok_or_else(|| fatal("config_init_tracemalloc", "PYTHONTRACEMALLOC: invalid number of frames", CORE))?;
    }
    if let Some(v) = c.xoption("tracemalloc") {
        let problem = "-X tracemalloc=NFRAME: invalid number of frames";
        depth = v.map_or(Some(1), valid).ok_or_else(|| fatal("config_init_tracemalloc", problem, CORE))?;
    }
    Ok(depth)
}

fn set_ctype(name: &std::ffi::CStr) -> Option<String> {
    // SAFETY: `setlocale` takes a NUL-terminated name and returns such a string or null; no other
    // thread exists yet.
    let p = unsafe { libc::setlocale(libc::LC_CTYPE, name.as_ptr()) };
    // SAFETY: as above.
    (!p.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(p) }.to_string_lossy().into_owned())
}

fn codeset() -> String {
    // SAFETY: returns a NUL-terminated static string.
    let name = unsafe { std::ffi::CStr::from_ptr(libc::nl_langinfo(libc::CODESET)) };
    name.to_string_lossy().into_owned()
}

/// The locale: the C locale is coerced to UTF-8 (PEP 538) and switches UTF-8 mode on (PEP 540).
fn locale(c: &mut Config) -> Result<(), i32> {
    let ctype = set_ctype(c"").unwrap_or_else(|| "C".into());
    let is_c = ctype == "C" || ctype == "POSIX";
    let coerce = std::env::var("PYTHONCOERCECLOCALE").ok().filter(|_| !c.ignore_environment);
    if is_c && coerce.as_deref() != Some("0") && std::env::var_os("LC_ALL").is_none_or(|v| v.is_empty()) && !c.isolated {
        for name in [c"C.UTF-8", c"C.utf8", c"UTF-8"] {
            if set_ctype(name).is_some() {
                if coerce.as_deref() == Some("warn") {
                    krait_object::stderr_line!(
                        "Python detected LC_CTYPE=C: LC_CTYPE coerced to {} (set another locale or PYTHONCOERCECLOCALE=0 to \
                         disable this locale coercion behavior).",
                        name.to_string_lossy()
                    );
                }
                // SAFETY: no other thread exists yet.
                unsafe { std::env::set_var("LC_CTYPE", name.to_string_lossy().as_ref()) };
                break;
            }
        }
    }
    c.utf8_mode = match c.xoption("utf8") {
        Some(None | Some("1")) => true,
        Some(Some("0")) => false,
        Some(_) => return Err(fatal("preconfig_init_utf8_mode", "invalid -X utf8 option value", PRE)),
        None => match text(c, "PYTHONUTF8").as_deref() {
            Some("1") => true,
            Some("0") => false,
            Some(_) => return Err(fatal("preconfig_init_utf8_mode", "invalid PYTHONUTF8 environment variable value", PRE)),
            None => is_c,
        },
    };
    let coerced = ["C.UTF-8", "C.utf8", "UTF-8"].contains(&ctype.as_str());
    c.stdio_errors = if c.utf8_mode || is_c || coerced { "surrogateescape" } else { "strict" }.into();
    let set = codeset();
    c.stdio_encoding = if c.utf8_mode || set.is_empty() || set.eq_ignore_ascii_case("utf-8") { "utf-8".into() } else { set };
    if let Some(io) = text(c, "PYTHONIOENCODING") {
        let (encoding, errors) = io.split_once(':').unwrap_or((&io, ""));
        if !encoding.is_empty() {
            c.stdio_encoding = encoding.to_owned();
        }
        if !errors.is_empty() {
            c.stdio_errors = errors.to_owned();
        } else if !encoding.is_empty() {
            c.stdio_errors = "strict".into();
        }
    }
    Ok(())
}
