//! Writing integers: decimal with the digit limit, and the bases of `bin`, `oct` and `hex`.

use dashu_int::IBig;
use dashu_int::ops::UnsignedAbs;
use krait_object::error::PyResult;
use krait_object::int::IntRef;
use krait_object::obj::Py;
use krait_object::str::PyStr;
use krait_object::vm::Vm;

use super::arith::bit_length;
use super::parse::digit_limit;

/// Limits below this many digits do not exist.
const THRESHOLD: usize = 640;

/// Writes the decimal digits of `i` to the end of `buf`.
#[inline]
pub fn decimal_digits(i: i64, buf: &mut [u8; 20]) -> &str {
    const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
        2021222324252627282930313233343536373839\
        4041424344454647484950515253545556575859\
        6061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899";
    let mut n = i.unsigned_abs();
    let mut at = buf.len();
    while n >= 100 {
        let pair = (n % 100) as usize * 2;
        n /= 100;
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if n >= 10 {
        let pair = n as usize * 2;
        at -= 2;
        buf[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        buf[at] = b'0' + n as u8;
    }
    if i < 0 {
        at -= 1;
        buf[at] = b'-';
    }
    // SAFETY: digits and a sign are ASCII.
    unsafe { std::str::from_utf8_unchecked(&buf[at..]) }
}

/// `str(i)` as Rust text, within the digit limit.
pub fn decimal(vm: &Vm, i: IntRef<'_>) -> PyResult<String> {
    match i {
        IntRef::Small(i) => Ok(decimal_digits(i, &mut [0; 20]).to_owned()),
        IntRef::Big(b) => decimal_big(vm, b),
    }
}

fn decimal_big(vm: &Vm, b: &IBig) -> PyResult<String> {
    let max = vm.interp.int_max_str_digits.get();
    let bits = bit_length(IntRef::Big(b));
    if max != 0 && bits > THRESHOLD * 3 && (bits - 1) as f64 * std::f64::consts::LOG10_2 > (max + 1) as f64 {
        return Err(digit_limit(vm, None));
    }
    let text = b.to_string();
    let digits = text.len() - usize::from(text.starts_with('-'));
    if max != 0 && digits > THRESHOLD && digits > max {
        return Err(digit_limit(vm, None));
    }
    Ok(text)
}

/// `repr(i)`.
pub fn int_repr(vm: &Vm, i: IntRef<'_>) -> PyResult<Py<PyStr>> {
    match i {
        IntRef::Small(i) => Ok(PyStr::from_ascii(vm, decimal_digits(i, &mut [0; 20]))),
        IntRef::Big(b) => Ok(PyStr::from_ascii(vm, &decimal_big(vm, b)?)),
    }
}

/// The digits of the magnitude in base 2, 8, 10 or 16 without prefix. Base 10 obeys the limit.
pub fn magnitude_digits(vm: &Vm, i: IntRef<'_>, radix: u32) -> PyResult<String> {
    match (i, radix) {
        (_, 10) => {
            let s = decimal(vm, i)?;
            Ok(s.strip_prefix('-').map(str::to_owned).unwrap_or(s))
        }
        (IntRef::Small(i), 2) => Ok(format!("{:b}", i.unsigned_abs())),
        (IntRef::Small(i), 8) => Ok(format!("{:o}", i.unsigned_abs())),
        (IntRef::Small(i), _) => Ok(format!("{:x}", i.unsigned_abs())),
        (IntRef::Big(b), _) => Ok(b.unsigned_abs().in_radix(radix).to_string()),
    }
}

/// `bin`, `oct` or `hex` of an int, with its prefix.
pub fn to_base(vm: &Vm, i: IntRef<'_>, radix: u32) -> PyResult<String> {
    let sign = if i.is_negative() { "-" } else { "" };
    let prefix = match radix {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    };
    Ok(format!("{sign}{prefix}{}", magnitude_digits(vm, i, radix)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits() {
        for i in [0, 1, 9, 10, 99, 100, 101, 12345, -1, -10, -987654321, i64::MAX, i64::MIN] {
            assert_eq!(decimal_digits(i, &mut [0; 20]), i.to_string());
        }
    }
}
