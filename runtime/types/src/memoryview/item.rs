//! Items of buffers: native struct codes and their values.

use krait_object::bytes::PyBytes;
use krait_object::error::Raised;
use krait_object::prelude::*;

/// The native code of a format, an optional `@` aside.
pub fn native_code(format: &str) -> Option<u8> {
    match format.strip_prefix('@').unwrap_or(format).as_bytes() {
        [c] if size_of_code(*c).is_some() => Some(*c),
        _ => None,
    }
}

/// Bytes of an item.
pub fn size_of_code(code: u8) -> Option<usize> {
    Some(match code {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'P' | b'd' | b'F' => 8,
        b'D' => 16,
        _ => return None,
    })
}

/// A 16-bit float as a double.
pub fn half_to_f64(h: u16) -> f64 {
    let sign = if h & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (e, m) = (i32::from(h >> 10 & 0x1f), f64::from(h & 0x3ff));
    match e {
        0 => sign * m * 2f64.powi(-24),
        0x1f if m == 0.0 => sign * f64::INFINITY,
        0x1f => f64::NAN.copysign(sign),
        _ => sign * (1024.0 + m) * 2f64.powi(e - 25),
    }
}

/// The nearest 16-bit float, ties to even; `None` if too large.
pub fn f64_to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let a = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7e00);
    }
    if a.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if a < 2f64.powi(-14) {
        return Some(sign | (a * 2f64.powi(24)).round_ties_even() as u16);
    }
    let e = (a.to_bits() >> 52) as i32 - 1023;
    let m = (a * 2f64.powi(10 - e)).round_ties_even();
    // Rounding may carry into the exponent.
    let bits = (((e + 15) as u32) << 10) as f64 + (m - 1024.0);
    (bits < 31744.0).then_some(sign | bits as u16)
}

/// The value of an item of a native code. `d` holds at least its size.
pub fn unpack(vm: &Vm, code: u8, d: &[u8]) -> Obj {
    fn at<const N: usize>(d: &[u8], from: usize) -> [u8; N] {
        d.get(from..).and_then(|d| d.first_chunk::<N>()).copied().unwrap_or([0; N])
    }
    match code {
        b'c' => vm.bytes(&d[..1]),
        b'?' => Obj::bool(d[0] != 0),
        b'B' => Obj::small(d[0].into()),
        b'b' => Obj::small((d[0] as i8).into()),
        b'h' => Obj::small(i16::from_ne_bytes(at(d, 0)).into()),
        b'H' => Obj::small(u16::from_ne_bytes(at(d, 0)).into()),
        b'i' => Obj::small(i32::from_ne_bytes(at(d, 0)).into()),
        b'I' => Obj::small(u32::from_ne_bytes(at(d, 0)).into()),
        b'l' | b'q' | b'n' => vm.int_i64(i64::from_ne_bytes(at(d, 0))),
        b'L' | b'Q' | b'N' | b'P' => vm.int(u64::from_ne_bytes(at(d, 0))),
        b'e' => vm.float(half_to_f64(u16::from_ne_bytes(at(d, 0)))),
        b'f' => vm.float(f32::from_ne_bytes(at(d, 0)).into()),
        b'F' => vm.complex(f32::from_ne_bytes(at(d, 0)).into(), f32::from_ne_bytes(at(d, 4)).into()),
        b'D' => vm.complex(f64::from_ne_bytes(at(d, 0)), f64::from_ne_bytes(at(d, 8))),
        _ => vm.float(f64::from_ne_bytes(at(d, 0))),
    }
}

fn bad_type(vm: &Vm, code: u8) -> Raised {
    vm.type_error(format!("memoryview: invalid type for format '{}'", code as char))
}

fn bad_value(vm: &Vm, code: u8) -> Raised {
    vm.value_error(format!("memoryview: invalid value for format '{}'", code as char))
}

/// Turns a TypeError or OverflowError of a conversion into the errors of memoryviews.
fn reworded<T>(vm: &Vm, code: u8, r: PyResult<T>) -> PyResult<T> {
    r.map_err(|e| {
        if vm.raised_is(vm.types.type_error) {
            drop(vm.take_raised(e));
            return bad_type(vm, code);
        }
        if vm.raised_is(vm.types.overflow_error) || vm.raised_is(vm.types.value_error) {
            drop(vm.take_raised(e));
            return bad_value(vm, code);
        }
        e
    })
}

/// The bytes of a value in a native code. May run Python code.
pub fn pack(vm: &Vm, code: u8, value: Ref<'_>) -> PyResult<Vec<u8>> {
    let int = || -> PyResult<i128> {
        let i = reworded(vm, code, vm.index(value))?;
        match i.r().as_int(vm) {
            Some(IntRef::Small(i)) => Ok(i.into()),
            Some(IntRef::Big(b)) => i128::try_from(b).map_err(|_| bad_value(vm, code)),
            None => Err(bad_type(vm, code)),
        }
    };
    let float = || reworded(vm, code, vm.to_f64(value));
    macro_rules! int {
        ($t:ty) => {
            <$t>::try_from(int()?).map_err(|_| bad_value(vm, code))?.to_ne_bytes().to_vec()
        };
    }
    Ok(match code {
        b'b' => int!(i8),
        b'B' => int!(u8),
        b'h' => int!(i16),
        b'H' => int!(u16),
        b'i' => int!(i32),
        b'I' => int!(u32),
        b'l' | b'q' | b'n' => int!(i64),
        b'L' | b'Q' | b'N' => int!(u64),
        b'P' => {
            let i = int()?;
            if i < i128::from(i64::MIN) || i > i128::from(u64::MAX) {
                return Err(bad_value(vm, code));
            }
            (i as u64).to_ne_bytes().to_vec()
        }
        b'?' => vec![u8::from(vm.is_true(value)?)],
        b'e' => f64_to_half(float()?).ok_or_else(|| vm.overflow_error("float too large to pack with e format"))?.to_ne_bytes().to_vec(),
        b'f' => (float()? as f32).to_ne_bytes().to_vec(),
        b'd' => float()?.to_ne_bytes().to_vec(),
        b'F' | b'D' => {
            let (re, im) = reworded(vm, code, crate::complex::to_complex(vm, value))?;
            if code == b'D' {
                [re.to_ne_bytes(), im.to_ne_bytes()].concat()
            } else {
                [(re as f32).to_ne_bytes(), (im as f32).to_ne_bytes()].concat()
            }
        }
        _ => match value.downcast::<PyBytes>(vm) {
            None => return Err(bad_type(vm, code)),
            Some(b) if b.len() == 1 => b.as_slice().to_vec(),
            Some(_) => return Err(bad_value(vm, code)),
        },
    })
}

/// Are two items of the same native code equal? (NaN is not.)
pub fn equal(code: u8, a: &[u8], b: &[u8]) -> bool {
    let f = |d: &[u8], i: usize| d.get(i * 8..).and_then(|d| d.first_chunk::<8>()).map_or(0.0, |c| f64::from_ne_bytes(*c));
    let g = |d: &[u8], i: usize| d.get(i * 4..).and_then(|d| d.first_chunk::<4>()).map_or(0.0, |c| f32::from_ne_bytes(*c));
    match code {
        b'?' => (a[0] != 0) == (b[0] != 0),
        b'd' => f(a, 0) == f(b, 0),
        b'D' => f(a, 0) == f(b, 0) && f(a, 1) == f(b, 1),
        b'f' => g(a, 0) == g(b, 0),
        b'F' => g(a, 0) == g(b, 0) && g(a, 1) == g(b, 1),
        b'e' => {
            let h = |d: &[u8]| d.first_chunk::<2>().map_or(0.0, |c| half_to_f64(u16::from_ne_bytes(*c)));
            h(a) == h(b)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats() {
        for (x, h) in [(0.0, 0), (1.0, 0x3c00), (-2.0, 0xc000), (65504.0, 0x7bff), (5.960464477539063e-08, 1), (0.1, 0x2e66)] {
            assert_eq!(f64_to_half(x), Some(h), "{x}");
        }
        assert_eq!(half_to_f64(0x2e66), 0.0999755859375);
        assert_eq!(f64_to_half(65520.0), None);
        assert_eq!(f64_to_half(65519.0), Some(0x7bff));
        assert_eq!(f64_to_half(2047.9999), Some(0x6800));
        for h in 0..0x7c00u16 {
            assert_eq!(f64_to_half(half_to_f64(h)), Some(h));
        }
    }
}
