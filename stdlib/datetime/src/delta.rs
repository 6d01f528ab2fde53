//! `timedelta`: layout and arithmetic.

use std::cell::Cell;

use dashu_int::IBig;
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, make, no_header};

/// A span of time, normalised: `0 <= seconds < 86400`, `0 <= us < 1000000`.
#[repr(C)]
pub struct PyDelta {
    header: Header,
    pub hash: Cell<i64>,
    pub days: i32,
    pub seconds: i32,
    pub us: i32,
}

pub const MAX_DAYS: i64 = 999_999_999;
const US_PER_SECOND: i128 = 1_000_000;
const US_PER_DAY: i128 = 86_400 * US_PER_SECOND;

impl PyDelta {
    /// All of it in microseconds.
    pub fn total_us(&self) -> i128 {
        i128::from(self.days) * US_PER_DAY + i128::from(self.seconds) * US_PER_SECOND + i128::from(self.us)
    }
    pub fn is_zero(&self) -> bool {
        self.days == 0 && self.seconds == 0 && self.us == 0
    }
    pub fn parts(&self) -> (i32, i32, i32) {
        (self.days, self.seconds, self.us)
    }
    /// Seconds as a float, correctly rounded.
    pub fn total_seconds(&self, vm: &Vm) -> PyResult<Obj> {
        let us = self.total_us();
        if us.unsigned_abs() < 1 << 53 {
            return Ok(vm.float(us as f64 / 1e6));
        }
        let (us, unit) = (vm.int(us), Obj::small(1_000_000));
        vm.binary(krait_object::protocol::number::BinOp::TrueDiv, us.r(), unit.r())
    }
}

fn range_error(vm: &Vm, days: i64) -> Raised {
    vm.overflow_error(format!("days={days}; must have magnitude <= {MAX_DAYS}"))
}

fn payload(days: i64, seconds: i32, us: i32) -> PyDelta {
    PyDelta { header: no_header(), hash: Cell::new(-1), days: days as i32, seconds, us }
}

/// A timedelta of parts that need no normalisation but for their range.
fn checked(vm: &Vm, cls: Option<&PyType>, days: i64, seconds: i32, us: i32) -> PyResult<Obj> {
    if days.abs() > MAX_DAYS {
        return Err(range_error(vm, days));
    }
    match cls {
        Some(cls) => instance(vm, cls, payload(days, seconds, us)),
        None => Ok(make(vm, payload(days, seconds, us)).into_obj()),
    }
}

/// A timedelta of parts of any size within i64.
pub fn from_parts(vm: &Vm, days: i64, seconds: i64, us: i64) -> PyResult<Py<PyDelta>> {
    let seconds = seconds + us.div_euclid(1_000_000);
    let days = days + seconds.div_euclid(86_400);
    if days.abs() > MAX_DAYS {
        return Err(range_error(vm, days));
    }
    Ok(make(vm, payload(days, seconds.rem_euclid(86_400) as i32, us.rem_euclid(1_000_000) as i32)))
}

/// A timedelta of microseconds; without a class, a plain one.
pub fn from_us(vm: &Vm, cls: Option<&PyType>, us: i128) -> PyResult<Obj> {
    let days = us.div_euclid(US_PER_DAY);
    let rest = us.rem_euclid(US_PER_DAY);
    match i32::try_from(days) {
        Ok(days) => checked(vm, cls, days.into(), (rest / US_PER_SECOND) as i32, (rest % US_PER_SECOND) as i32),
        Err(_) => Err(too_large(vm)),
    }
}

#[cold]
pub fn too_large(vm: &Vm) -> Raised {
    vm.overflow_error("Python int too large to convert to C int")
}

/// A timedelta of any number of microseconds.
pub fn from_big_us(vm: &Vm, cls: Option<&PyType>, us: &IBig) -> PyResult<Obj> {
    match i128::try_from(us) {
        Ok(us) => from_us(vm, cls, us),
        Err(_) => Err(too_large(vm)),
    }
}

/// The sum or difference of two.
pub fn add(vm: &Vm, a: &PyDelta, b: &PyDelta, sign: i64) -> PyResult<Py<PyDelta>> {
    let part = |x: i32, y: i32| i64::from(x) + sign * i64::from(y);
    from_parts(vm, part(a.days, b.days), part(a.seconds, b.seconds), part(a.us, b.us))
}

/// The quotient rounded to the nearest integer, ties to even.
pub fn divide_nearest(vm: &Vm, a: &IBig, b: &IBig) -> PyResult<IBig> {
    if *b == IBig::ZERO {
        return Err(vm.zero_division_error("division by zero"));
    }
    let (a, b) = if *b < IBig::ZERO { (-a, -b) } else { (a.clone(), b.clone()) };
    let mut q = &a / &b;
    let mut r = &a - &q * &b;
    if r < IBig::ZERO {
        q -= IBig::ONE;
        r += &b;
    }
    let twice = r * IBig::from(2);
    if twice > b || (twice == b && &q % IBig::from(2) != IBig::ZERO) {
        q += IBig::ONE;
    }
    Ok(q)
}

/// The quotient rounded down.
pub fn divide_floor(vm: &Vm, a: &IBig, b: &IBig) -> PyResult<IBig> {
    if *b == IBig::ZERO {
        return Err(vm.zero_division_error("division by zero"));
    }
    let q = a / b;
    let r = a - &q * b;
    Ok(if r != IBig::ZERO && (r < IBig::ZERO) != (*b < IBig::ZERO) { q - IBig::ONE } else { q })
}

/// Numerator and denominator of an operand that is a float; a subclass is asked for them.
pub fn ratio_of(vm: &Vm, o: Ref<'_>, f: f64) -> PyResult<(IBig, IBig)> {
    if o.is_exact_float(vm) {
        return float_ratio(vm, f);
    }
    let got = vm.call_method_str(o, "as_integer_ratio", &[])?;
    let Some(pair) = got.r().downcast::<PyTuple>(vm) else {
        let name = got.r().ty(vm).tp_name();
        return Err(vm.type_error(format!("unexpected return type from as_integer_ratio(): expected tuple, not '{name}'")));
    };
    let [n, m] = pair.as_slice() else {
        return Err(vm.value_error("unexpected return value from as_integer_ratio(): expected 2-tuple"));
    };
    match (n.r().as_int(vm), m.r().as_int(vm)) {
        (Some(n), Some(m)) => Ok((n.to_big(), m.to_big())),
        _ => Err(vm.type_error("unexpected return value from as_integer_ratio(): expected integers")),
    }
}

/// Numerator and denominator of a float.
pub fn float_ratio(vm: &Vm, f: f64) -> PyResult<(IBig, IBig)> {
    if f.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if f.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let bits = f.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mut m, mut e) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    if m == 0 {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    let zeros = m.trailing_zeros() as i32;
    m >>= zeros;
    e += zeros;
    let mut n = IBig::from(m);
    if f < 0.0 {
        n = -n;
    }
    Ok(if e >= 0 { (n << e as usize, IBig::ONE) } else { (n, IBig::ONE << (-e) as usize) })
}

/// The components of a timedelta being added up: whole microseconds, and what floats leave over.
#[derive(Default)]
pub struct Sum {
    whole: i128,
    /// Takes over from `whole` when an argument does not fit.
    big: Option<IBig>,
    rest: f64,
}

impl Sum {
    fn add_big(&mut self, v: IBig) {
        let old = self.big.take().unwrap_or_else(|| IBig::from(self.whole));
        self.big = Some(old + v);
    }
    fn add_whole(&mut self, n: IntRef<'_>, factor: i64) {
        match (n.to_i64(), &self.big) {
            (Some(n), None) => self.whole += i128::from(n) * i128::from(factor),
            _ => self.add_big(n.to_big() * IBig::from(factor)),
        }
    }
    fn add_float_whole(&mut self, vm: &Vm, f: f64, factor: i64) -> PyResult<()> {
        if f.is_nan() {
            return Err(vm.value_error("cannot convert float NaN to integer"));
        }
        if f.is_infinite() {
            return Err(vm.overflow_error("cannot convert float infinity to integer"));
        }
        if f.abs() < 9e18 && self.big.is_none() {
            self.whole += i128::from(f as i64) * i128::from(factor);
        } else {
            let (n, _) = float_ratio(vm, f)?;
            self.add_big(n * IBig::from(factor));
        }
        Ok(())
    }
    /// Adds a component of `factor` microseconds.
    pub fn add(&mut self, vm: &Vm, what: &str, value: Option<Ref<'_>>, factor: i64) -> PyResult<()> {
        let Some(value) = value else { return Ok(()) };
        if let Some(n) = value.as_int(vm) {
            self.add_whole(n, factor);
            return Ok(());
        }
        let Some(f) = value.as_float(vm) else {
            return Err(vm.type_error(format!("unsupported type for timedelta {what} component: {}", value.ty(vm).tp_name())));
        };
        self.add_float_whole(vm, f.trunc(), factor)?;
        let fraction = f - f.trunc();
        if fraction == 0.0 {
            return Ok(());
        }
        let us = fraction * factor as f64;
        self.add_float_whole(vm, us.trunc(), 1)?;
        self.rest += us - us.trunc();
        Ok(())
    }
    /// The timedelta.
    pub fn finish(mut self, vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        if self.rest != 0.0 {
            // Ties go to the even sum, so the parity of what there is decides.
            let odd = match &self.big {
                Some(b) => b % IBig::from(2) != IBig::ZERO,
                None => self.whole & 1 != 0,
            };
            let odd = f64::from(u8::from(odd));
            let mut whole = self.rest.round();
            if (whole - self.rest).abs() == 0.5 {
                whole = 2.0 * ((self.rest + odd) * 0.5).round() - odd;
            }
            self.add_float_whole(vm, whole, 1)?;
        }
        match &self.big {
            Some(b) => from_big_us(vm, Some(cls), b),
            None => from_us(vm, Some(cls), self.whole),
        }
    }
}
