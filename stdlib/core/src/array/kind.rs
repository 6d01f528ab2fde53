//! Type codes of arrays: how an item is stored.

use dashu_int::IBig;
use krait_object::prelude::*;

/// The type of an array's items.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    I8,
    U8,
    /// `u` and `w`: one code point in 4 bytes.
    Char(u8),
    I16,
    U16,
    I32,
    U32,
    /// `l`, and `q`.
    I64(u8),
    /// `L`, and `Q`.
    U64(u8),
    F32,
    F64,
}

/// All type codes, in the order of `array.typecodes`.
pub const CODES: &str = "bBuwhHiIlLqQfd";

impl Kind {
    pub fn from_code(c: u32) -> Option<Kind> {
        Some(match u8::try_from(c).ok()? {
            b'b' => Kind::I8,
            b'B' => Kind::U8,
            c @ (b'u' | b'w') => Kind::Char(c),
            b'h' => Kind::I16,
            b'H' => Kind::U16,
            b'i' => Kind::I32,
            b'I' => Kind::U32,
            c @ (b'l' | b'q') => Kind::I64(c),
            c @ (b'L' | b'Q') => Kind::U64(c),
            b'f' => Kind::F32,
            b'd' => Kind::F64,
            _ => return None,
        })
    }
    pub fn code(self) -> char {
        match self {
            Kind::I8 => 'b',
            Kind::U8 => 'B',
            Kind::I16 => 'h',
            Kind::U16 => 'H',
            Kind::I32 => 'i',
            Kind::U32 => 'I',
            Kind::F32 => 'f',
            Kind::F64 => 'd',
            Kind::Char(c) | Kind::I64(c) | Kind::U64(c) => c as char,
        }
    }
    /// The format of exported buffers.
    pub fn format(self) -> &'static str {
        match self {
            Kind::I8 => "b",
            Kind::U8 => "B",
            Kind::Char(_) => "w",
            Kind::I16 => "h",
            Kind::U16 => "H",
            Kind::I32 => "i",
            Kind::U32 => "I",
            Kind::I64(b'l') => "l",
            Kind::I64(_) => "q",
            Kind::U64(b'L') => "L",
            Kind::U64(_) => "Q",
            Kind::F32 => "f",
            Kind::F64 => "d",
        }
    }
    #[inline(always)]
    pub fn size(self) -> usize {
        match self {
            Kind::I8 | Kind::U8 => 1,
            Kind::I16 | Kind::U16 => 2,
            Kind::Char(_) | Kind::I32 | Kind::U32 | Kind::F32 => 4,
            Kind::I64(_) | Kind::U64(_) | Kind::F64 => 8,
        }
    }
    pub fn is_char(self) -> bool {
        matches!(self, Kind::Char(_))
    }
    /// Are the items of the two kinds stored alike, so that bytes may be compared?
    pub fn same_storage(self, other: Kind) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
    /// The number `_array_reconstructor` knows the storage by.
    pub fn machine_code(self) -> i64 {
        let big = i64::from(cfg!(target_endian = "big"));
        match self {
            Kind::U8 => 0,
            Kind::I8 => 1,
            Kind::U16 => 2 + big,
            Kind::I16 => 4 + big,
            Kind::U32 => 6 + big,
            Kind::I32 => 8 + big,
            Kind::U64(_) => 10 + big,
            Kind::I64(_) => 12 + big,
            Kind::F32 => 14 + big,
            Kind::F64 => 16 + big,
            Kind::Char(_) => 20 + big,
        }
    }
}

#[inline(always)]
fn word<const N: usize>(b: &[u8]) -> [u8; N] {
    let mut w = [0; N];
    w.copy_from_slice(&b[..N]);
    w
}

/// The item stored in `b`. Runs no Python code.
#[inline]
pub fn load(vm: &Vm, kind: Kind, b: &[u8]) -> Obj {
    match kind {
        Kind::I8 => Obj::small(i64::from(b[0] as i8)),
        Kind::U8 => Obj::small(i64::from(b[0])),
        Kind::I16 => Obj::small(i64::from(i16::from_ne_bytes(word(b)))),
        Kind::U16 => Obj::small(i64::from(u16::from_ne_bytes(word(b)))),
        Kind::I32 => Obj::small(i64::from(i32::from_ne_bytes(word(b)))),
        Kind::U32 => Obj::small(i64::from(u32::from_ne_bytes(word(b)))),
        Kind::I64(_) => vm.int_i64(i64::from_ne_bytes(word(b))),
        Kind::U64(_) => vm.int(u64::from_ne_bytes(word(b))),
        Kind::F32 => vm.float(f64::from(f32::from_ne_bytes(word(b)))),
        Kind::F64 => vm.float(f64::from_ne_bytes(word(b))),
        Kind::Char(_) => {
            let c = u32::from_ne_bytes(word(b));
            PyStr::from_char(vm, c.min(0x10_ffff)).into_obj()
        }
    }
}

/// Stored form of an item: its bytes and their number.
pub type Stored = ([u8; 8], usize);

fn stored<const N: usize>(b: [u8; N]) -> Stored {
    let mut w = [0u8; 8];
    w[..N].copy_from_slice(&b);
    (w, N)
}

/// The bytes of a value. May run Python code (`__index__`, `__float__`).
#[inline]
pub fn store(vm: &Vm, kind: Kind, v: Ref<'_>) -> PyResult<Stored> {
    match kind {
        Kind::F64 => Ok(stored(vm.to_f64(v)?.to_ne_bytes())),
        Kind::F32 => Ok(stored((vm.to_f64(v)? as f32).to_ne_bytes())),
        Kind::Char(_) => match v.downcast::<PyStr>(vm) {
            Some(s) if s.len() == 1 => Ok(stored(s.char_at(0).to_ne_bytes())),
            _ => Err(vm.type_error("array item must be a unicode character, not ".to_owned() + &describe(vm, v))),
        },
        Kind::I8 => ranged(vm, v, i8::MIN.into(), i8::MAX.into(), "signed char").map(|i| stored((i as i8).to_ne_bytes())),
        Kind::U8 => ranged(vm, v, 0, u8::MAX.into(), "unsigned byte integer").map(|i| stored([i as u8])),
        Kind::I16 => ranged(vm, v, i16::MIN.into(), i16::MAX.into(), "signed short integer").map(|i| stored((i as i16).to_ne_bytes())),
        Kind::U16 => ranged(vm, v, 0, u16::MAX.into(), "unsigned short").map(|i| stored((i as u16).to_ne_bytes())),
        Kind::I32 => ranged(vm, v, i32::MIN.into(), i32::MAX.into(), "signed integer").map(|i| stored((i as i32).to_ne_bytes())),
        Kind::U32 => store_u32(vm, v),
        Kind::I64(c) => store_i64(vm, v, c),
        Kind::U64(c) => store_u64(vm, v, c),
    }
}

fn describe(vm: &Vm, v: Ref<'_>) -> String {
    match v.downcast::<PyStr>(vm) {
        Some(s) => format!("a string of length {}", s.len()),
        None => v.ty(vm).tp_name(),
    }
}

/// A C integer between `min` and `max`.
#[inline(always)]
fn ranged(vm: &Vm, v: Ref<'_>, min: i64, max: i64, what: &str) -> PyResult<i64> {
    let i = match v.value().as_int() {
        Some(i) => i,
        None => krait_object::convert::c_long(vm, v)?,
    };
    if i < min {
        return Err(vm.overflow_error(format!("{what} is less than minimum")));
    }
    if i > max {
        return Err(vm.overflow_error(format!("{what} is greater than maximum")));
    }
    Ok(i)
}

fn store_u32(vm: &Vm, v: Ref<'_>) -> PyResult<Stored> {
    let i = vm.index(v)?;
    match i.r().as_int(vm) {
        Some(i) if i.is_negative() => Err(vm.overflow_error("can't convert negative value to unsigned int")),
        Some(IntRef::Small(i)) => match u32::try_from(i) {
            Ok(u) => Ok(stored(u.to_ne_bytes())),
            Err(_) => Err(vm.overflow_error("unsigned int is greater than maximum")),
        },
        _ => Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

fn store_i64(vm: &Vm, v: Ref<'_>, code: u8) -> PyResult<Stored> {
    let i = vm.index(v)?;
    match i.r().as_int(vm) {
        Some(IntRef::Small(i)) => Ok(stored(i.to_ne_bytes())),
        _ if code == b'q' => Err(vm.overflow_error("int too big to convert")),
        _ => Err(vm.overflow_error("Python int too large to convert to C long")),
    }
}

fn store_u64(vm: &Vm, v: Ref<'_>, code: u8) -> PyResult<Stored> {
    let i = vm.index(v)?;
    let quad = code == b'Q';
    match i.r().as_int(vm) {
        Some(i) if i.is_negative() && quad => Err(vm.overflow_error("can't convert negative int to unsigned")),
        Some(i) if i.is_negative() => Err(vm.overflow_error("can't convert negative value to unsigned int")),
        Some(IntRef::Small(i)) => Ok(stored((i as u64).to_ne_bytes())),
        Some(IntRef::Big(b)) => match u64::try_from(b) {
            Ok(u) => Ok(stored(u.to_ne_bytes())),
            Err(_) if quad => Err(vm.overflow_error("int too big to convert")),
            Err(_) => Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
        },
        None => Err(vm.system_error("__index__ gave no int")),
    }
}

/// A number from bytes of any size and byte order, as a Python int.
pub fn int_from_bytes(vm: &Vm, b: &[u8], signed: bool, big_endian: bool) -> Obj {
    let mut le = b.to_vec();
    if big_endian {
        le.reverse();
    }
    let negative = signed && le.last().is_some_and(|t| t & 0x80 != 0);
    let magnitude = IBig::from(dashu_int::UBig::from_le_bytes(&le));
    vm.int_big(if negative { magnitude - (IBig::ONE << (b.len() * 8)) } else { magnitude })
}
