//! Complex arithmetic: products and quotients after Annex G of the C standard, powers.

use krait_object::error::PyResult;
use krait_object::obj::Obj;
use krait_object::vm::Vm;

/// Real and imaginary part.
pub type Complex = (f64, f64);

/// One for infinities, zero for the rest, with the sign kept.
fn boxed(x: f64) -> f64 {
    (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x)
}

/// Zero for NaN, with the sign kept.
fn no_nan(x: f64) -> f64 {
    if x.is_nan() { 0f64.copysign(x) } else { x }
}

/// `z * w`. Infinities are recovered where the plain formula gives NaN.
pub fn complex_product((mut a, mut b): Complex, (mut c, mut d): Complex) -> Complex {
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let plain = (ac - bd, ad + bc);
    if !(plain.0.is_nan() && plain.1.is_nan()) {
        return plain;
    }
    let mut again = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b, c, d) = (boxed(a), boxed(b), no_nan(c), no_nan(d));
        again = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c, d, a, b) = (boxed(c), boxed(d), no_nan(a), no_nan(b));
        again = true;
    }
    if !again && [ac, bd, ad, bc].into_iter().any(f64::is_infinite) {
        (a, b, c, d) = (no_nan(a), no_nan(b), no_nan(c), no_nan(d));
        again = true;
    }
    if again { (f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c)) } else { plain }
}

/// `z / w`; `None` if `w` is zero.
pub fn complex_quotient(z: Complex, w: Complex) -> Option<Complex> {
    let (re, im) = (w.0.abs(), w.1.abs());
    let r = if re >= im {
        if re == 0.0 {
            return None;
        }
        let ratio = w.1 / w.0;
        let denom = w.0 + w.1 * ratio;
        ((z.0 + z.1 * ratio) / denom, (z.1 - z.0 * ratio) / denom)
    } else if im >= re {
        let ratio = w.0 / w.1;
        let denom = w.0 * ratio + w.1;
        ((z.0 * ratio + z.1) / denom, (z.1 * ratio - z.0) / denom)
    } else {
        (f64::NAN, f64::NAN)
    };
    if !(r.0.is_nan() && r.1.is_nan()) {
        return Some(r);
    }
    if (z.0.is_infinite() || z.1.is_infinite()) && w.0.is_finite() && w.1.is_finite() {
        let (x, y) = (boxed(z.0), boxed(z.1));
        return Some((f64::INFINITY * (x * w.0 + y * w.1), f64::INFINITY * (y * w.0 - x * w.1)));
    }
    if (re.is_infinite() || im.is_infinite()) && z.0.is_finite() && z.1.is_finite() {
        let (x, y) = (boxed(w.0), boxed(w.1));
        return Some((0.0 * (z.0 * x + z.1 * y), 0.0 * (z.1 * x - z.0 * y)));
    }
    Some(r)
}

/// `x / w` for a real `x`; `None` if `w` is zero.
pub fn real_quotient(x: f64, w: Complex) -> Option<Complex> {
    let (re, im) = (w.0.abs(), w.1.abs());
    let r = if re >= im {
        if re == 0.0 {
            return None;
        }
        let ratio = w.1 / w.0;
        let denom = w.0 + w.1 * ratio;
        (x / denom, (-x * ratio) / denom)
    } else if im >= re {
        let ratio = w.0 / w.1;
        let denom = w.0 * ratio + w.1;
        ((x * ratio) / denom, -x / denom)
    } else {
        (f64::NAN, f64::NAN)
    };
    if r.0.is_nan() && r.1.is_nan() && x.is_finite() && (re.is_infinite() || im.is_infinite()) {
        return Some((0.0 * (x * boxed(w.0)), 0.0 * (-x * boxed(w.1))));
    }
    Some(r)
}

/// What a power is.
enum Power {
    Value(Complex),
    ZeroToNegative,
}

/// `z ** n` for a positive `n`.
fn power_u(z: Complex, n: u32) -> Complex {
    let (mut r, mut p) = ((1.0, 0.0), z);
    let mut mask = 1;
    while mask <= n {
        if n & mask != 0 {
            r = complex_product(r, p);
        }
        mask <<= 1;
        p = complex_product(p, p);
    }
    r
}

fn power(z: Complex, w: Complex) -> Power {
    let small = w.1 == 0.0 && w.0 == w.0.floor() && w.0.abs() <= 100.0;
    if small && w.0 > 0.0 {
        return Power::Value(power_u(z, w.0 as u32));
    }
    if small && w.0 < 0.0 {
        return match complex_quotient((1.0, 0.0), power_u(z, -w.0 as u32)) {
            Some(r) => Power::Value(r),
            None => Power::ZeroToNegative,
        };
    }
    if w == (0.0, 0.0) {
        return Power::Value((1.0, 0.0));
    }
    if z == (0.0, 0.0) {
        return if w.1 != 0.0 || w.0 < 0.0 { Power::ZeroToNegative } else { Power::Value((0.0, 0.0)) };
    }
    let magnitude = z.0.hypot(z.1);
    let mut len = magnitude.powf(w.0);
    let angle = z.1.atan2(z.0);
    let mut phase = angle * w.0;
    if w.1 != 0.0 {
        len *= (-angle * w.1).exp();
        phase += w.1 * magnitude.ln();
    }
    Power::Value((len * phase.cos(), len * phase.sin()))
}

/// `z ** w`.
pub fn complex_pow(vm: &Vm, z: Complex, w: Complex) -> PyResult<Obj> {
    match power(z, w) {
        Power::ZeroToNegative => Err(vm.zero_division_error("zero to a negative or complex power")),
        Power::Value((re, im)) if re.is_infinite() || im.is_infinite() => Err(vm.overflow_error("complex exponentiation")),
        Power::Value((re, im)) => Ok(vm.complex(re, im)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(p: Power) -> Complex {
        match p {
            Power::Value(v) => v,
            Power::ZeroToNegative => (f64::NAN, f64::NAN),
        }
    }

    #[test]
    fn powers() {
        // Printed by CPython 3.13.
        assert_eq!(value(power((1.0, 2.0), (2.0, 0.0))), (-3.0, 4.0));
        assert_eq!(value(power((1.0, 2.0), (-3.0, 0.0))), (-0.08800000000000001, 0.016));
        assert_eq!(value(power((1.0, 2.0), (0.5, 0.0))), (1.272019649514069, 0.7861513777574233));
        assert_eq!(value(power((1.0, 2.0), (101.0, 0.0))), (5.783317924538885e+34, -1.8999570689734468e+35));
        assert_eq!(value(power((-8.0, 0.0), (1.0 / 3.0, 0.0))), (1.0000000000000002, 1.7320508075688772));
    }

    #[test]
    fn infinities_survive() {
        let inf = f64::INFINITY;
        assert_eq!(complex_product((inf, 0.0), (1.0, 1.0)), (inf, inf));
        assert_eq!(complex_quotient((1.0, 1.0), (inf, 0.0)), Some((0.0, 0.0)));
        assert_eq!(complex_quotient((1.0, 1.0), (0.0, -0.0)), None);
    }
}
