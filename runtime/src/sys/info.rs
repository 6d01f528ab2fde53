//! What `sys` says about the language version and the machine.

use krait_object::module::PyModule;
use krait_object::prelude::*;
use krait_types::structseq::{StructSeqDef, make};

/// The language version: major, minor, micro.
pub const VERSION: (u32, u32, u32) = (3, 14, 7);
const HEX_VERSION: u32 = VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xf0;

const COPYRIGHT: &str = "Copyright (c) the Krait developers.
All Rights Reserved.

Python is a trademark of the Python Software Foundation.";

macro_rules! version_seq {
    ($name:ident, $text:literal, $doc:literal) => {
        static $name: StructSeqDef = StructSeqDef {
            module: "sys",
            name: $text,
            doc: Some($doc),
            fields: &[
                ("major", "Major release number"),
                ("minor", "Minor release number"),
                ("micro", "Patch release number"),
                ("releaselevel", "'alpha', 'beta', 'candidate', or 'final'"),
                ("serial", "Serial release number"),
            ],
            n_in_sequence: 5,
            complete: None,
        };
    };
}
version_seq!(VERSION_INFO, "version_info", "sys.version_info\n\nVersion information as a named tuple.");

static HASH_INFO: StructSeqDef = StructSeqDef {
    module: "sys",
    name: "hash_info",
    doc: Some("hash_info\n\nA named tuple providing parameters used for computing hashes."),
    fields: &[
        ("width", "width of the type used for hashing, in bits"),
        ("modulus", "prime number giving the modulus on which the hash function is based"),
        ("inf", "value to be used for hash of a positive infinity"),
        ("nan", "value to be used for hash of a nan"),
        ("imag", "multiplier used for the imaginary part of a complex number"),
        ("algorithm", "name of the algorithm for hashing of str, bytes and memoryviews"),
        ("hash_bits", "internal output size of hash algorithm"),
        ("seed_bits", "seed size of hash algorithm"),
        ("cutoff", "small string optimization cutoff"),
    ],
    n_in_sequence: 9,
    complete: None,
};

static INT_INFO: StructSeqDef = StructSeqDef {
    module: "sys",
    name: "int_info",
    doc: Some(
        "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.",
    ),
    fields: &[
        ("bits_per_digit", "size of a digit in bits"),
        ("sizeof_digit", "size in bytes of the C type used to represent a digit"),
        ("default_max_str_digits", "maximum string conversion digits limitation"),
        ("str_digits_check_threshold", "minimum positive value for int_max_str_digits"),
    ],
    n_in_sequence: 4,
    complete: None,
};

static FLOAT_INFO: StructSeqDef = StructSeqDef {
    module: "sys",
    name: "float_info",
    doc: Some(
        "sys.float_info\n\nA named tuple holding information about the float type. It contains low level\ninformation about the precision and internal representation. Please study\nyour system's :file:`float.h` for more information.",
    ),
    fields: &[
        ("max", "DBL_MAX -- maximum representable finite float"),
        ("max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"),
        ("max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"),
        ("min", "DBL_MIN -- Minimum positive normalized float"),
        ("min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"),
        ("min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"),
        ("dig", "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float"),
        ("mant_dig", "DBL_MANT_DIG -- mantissa digits"),
        ("epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"),
        ("radix", "FLT_RADIX -- radix of exponent"),
        ("rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"),
    ],
    n_in_sequence: 11,
    complete: None,
};

static THREAD_INFO: StructSeqDef = StructSeqDef {
    module: "sys",
    name: "thread_info",
    doc: Some("sys.thread_info\n\nA named tuple holding information about the thread implementation."),
    fields: &[
        ("name", "name of the thread implementation"),
        ("lock", "name of the lock implementation"),
        ("version", "name and version of the thread library"),
    ],
    n_in_sequence: 3,
    complete: None,
};

/// `sys.version`.
pub fn version_line() -> String {
    let (major, minor, micro) = VERSION;
    format!("{major}.{minor}.{micro} (main, krait) [Krait {} with rustc]", env!("CARGO_PKG_VERSION"))
}

fn version_info(vm: &Vm, v: (u32, u32, u32), level: &str) -> PyResult<Obj> {
    let n = |i: u32| vm.int_i64(i64::from(i));
    make(vm, &VERSION_INFO, vec![n(v.0), n(v.1), n(v.2), vm.intern(level).into_obj(), Obj::small(0)])
}

/// The C library's version, as `thread_info` names it.
fn threads_version(vm: &Vm) -> Obj {
    let mut buf = [0u8; 64];
    // SAFETY: the buffer is as long as said.
    let n = unsafe { libc::confstr(libc::_CS_GNU_LIBPTHREAD_VERSION, buf.as_mut_ptr().cast(), buf.len()) };
    match n.checked_sub(1).and_then(|n| buf.get(..n)) {
        Some(text) if !text.is_empty() => vm.str(&String::from_utf8_lossy(text)),
        _ => Obj::none(),
    }
}

/// `sys.implementation._multiarch`.
pub fn multiarch() -> String {
    format!("{}-linux-gnu", std::env::consts::ARCH)
}

/// Adds the constants.
pub fn add(vm: &Vm, m: &PyModule) -> PyResult<()> {
    let s = |t: &str| vm.str(t);
    let i = |n: i64| vm.int_i64(n);
    m.add(vm, "version", s(&version_line()))?;
    m.add(vm, "hexversion", i(i64::from(HEX_VERSION)))?;
    m.add(vm, "api_version", i(1013))?;
    m.add(vm, "copyright", s(COPYRIGHT))?;
    m.add(vm, "platform", s("linux"))?;
    m.add(vm, "maxsize", i(i64::MAX))?;
    m.add(vm, "maxunicode", i(0x10_FFFF))?;
    m.add(vm, "byteorder", s(if cfg!(target_endian = "big") { "big" } else { "little" }))?;
    m.add(vm, "abiflags", s(""))?;
    m.add(vm, "float_repr_style", s("short"))?;
    m.add(vm, "_framework", s(""))?;
    m.add(vm, "_git", vm.tuple(vec![s("Krait"), s(""), s("")]))?;
    m.add(vm, "version_info", version_info(vm, VERSION, "final")?)?;
    let modulus = (1i64 << 61) - 1;
    let hash = vec![i(64), i(modulus), i(314_159), i(0), i(1_000_003), s("siphash13"), i(64), i(128), i(0)];
    m.add(vm, "hash_info", make(vm, &HASH_INFO, hash)?)?;
    m.add(vm, "int_info", make(vm, &INT_INFO, vec![i(30), i(4), i(4300), i(640)])?)?;
    let f = |x: f64| vm.float(x);
    let float = vec![
        f(f64::MAX),
        i(f64::MAX_EXP.into()),
        i(f64::MAX_10_EXP.into()),
        f(f64::MIN_POSITIVE),
        i(f64::MIN_EXP.into()),
        i(f64::MIN_10_EXP.into()),
        i(f64::DIGITS.into()),
        i(f64::MANTISSA_DIGITS.into()),
        f(f64::EPSILON),
        i(f64::RADIX.into()),
        i(1),
    ];
    m.add(vm, "float_info", make(vm, &FLOAT_INFO, float)?)?;
    let thread = vec![s("pthread"), s("semaphore"), threads_version(vm)];
    m.add(vm, "thread_info", make(vm, &THREAD_INFO, thread)?)?;
    m.add(vm, "implementation", implementation(vm)?)
}

fn implementation(vm: &Vm) -> PyResult<Obj> {
    let own = |part: &str| part.parse().unwrap_or(0);
    let (major, minor, micro) =
        (own(env!("CARGO_PKG_VERSION_MAJOR")), own(env!("CARGO_PKG_VERSION_MINOR")), own(env!("CARGO_PKG_VERSION_PATCH")));
    let version = version_info(vm, (major, minor, micro), "final")?;
    let hex = i64::from(major << 24 | minor << 16 | micro << 8 | 0xf0);
    let dict = PyDict::new(vm);
    dict.set_item_str(vm, "name", vm.str("krait"))?;
    dict.set_item_str(vm, "cache_tag", vm.str(crate::marshal::CACHE_TAG))?;
    dict.set_item_str(vm, "version", version)?;
    dict.set_item_str(vm, "hexversion", vm.int_i64(hex))?;
    dict.set_item_str(vm, "_multiarch", vm.str(&multiarch()))?;
    dict.set_item_str(vm, "supports_isolated_interpreters", Obj::bool(false))?;
    vm.call_ex(vm.types.simple_namespace.r(), &PyTuple::new(vm, vec![]), Some(&dict))
}
