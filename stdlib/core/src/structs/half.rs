//! Half-precision floats.

/// The nearest half to a double, ties to even; `None` if it is too large.
pub fn to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000u16 } else { 0 };
    if x == 0.0 {
        return Some(sign);
    }
    if x.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if x.is_nan() {
        // The upper bits of the payload are kept, and a quiet bit if none of them is set.
        let bits = x.to_bits();
        let payload = ((bits >> 42) & 0x3ff) as u16;
        return Some(sign | 0x7c00 | if payload == 0 { 0x200 } else { payload });
    }
    let a = x.abs();
    // Scaled so that one unit is the last place of the result; doubles hold that exactly.
    let exp = ((a.to_bits() >> 52) as i32 - 1023).max(-14);
    let scaled = a * 2f64.powi(10 - exp);
    let mut m = scaled.round_ties_even() as u32;
    let mut e = exp + 15;
    if m < 1024 {
        return Some(sign | m as u16);
    }
    if m == 2048 {
        m = 1024;
        e += 1;
    }
    if e >= 31 {
        return None;
    }
    Some(sign | (e as u16) << 10 | (m - 1024) as u16)
}

/// A half as a double.
pub fn from_half(h: u16) -> f64 {
    let sign = if h & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (e, m) = (i32::from((h >> 10) & 0x1f), f64::from(h & 0x3ff));
    match e {
        0 => sign * m * 2f64.powi(-24),
        31 if h & 0x3ff == 0 => sign * f64::INFINITY,
        31 => {
            let bits = (u64::from(h & 0x8000) << 48) | 0x7ff0_0000_0000_0000 | (u64::from(h & 0x3ff) << 42);
            f64::from_bits(bits)
        }
        _ => sign * (1.0 + m / 1024.0) * 2f64.powi(e - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_trip() {
        for h in 0..=u16::MAX {
            let x = from_half(h);
            if x.is_nan() {
                assert!(from_half(to_half(x).expect("fits")).is_nan());
            } else {
                assert_eq!(to_half(x), Some(h), "{h:#x} {x}");
            }
        }
        assert_eq!(to_half(65504.0), Some(0x7bff));
        assert_eq!(to_half(65519.9), Some(0x7bff));
        assert_eq!(to_half(65520.0), None);
        assert_eq!(to_half(2f64.powi(-25)), Some(0));
        assert_eq!(to_half(2f64.powi(-25) * 1.0001), Some(1));
    }
}
