//! Ints, floats and tuples from decimal numbers.

use krait_object::prelude::*;

use super::state::state;
use crate::num::context::Round;
use crate::num::convert;
use crate::num::decimal::{Dec, Kind};

/// Rounded to an int.
pub fn int(vm: &Vm, d: &Dec, round: Round) -> PyResult<Obj> {
    match d.kind {
        Kind::Finite => match convert::to_big(d, round) {
            Ok(i) => Ok(vm.int_big(i)),
            Err(_) => Err(vm.memory_error()),
        },
        Kind::Infinite => Err(vm.overflow_error("cannot convert Infinity to integer")),
        _ => Err(vm.value_error("cannot convert NaN to integer")),
    }
}

/// The nearest float.
pub fn float(vm: &Vm, d: &Dec) -> PyResult<f64> {
    let sign = if d.neg { -1.0 } else { 1.0 };
    match d.kind {
        Kind::Finite => Ok(convert::to_f64(d)),
        Kind::Infinite => Ok(f64::INFINITY * sign),
        Kind::QuietNan => Ok(f64::NAN.copysign(sign)),
        Kind::SignalingNan => Err(vm.value_error("cannot convert signaling NaN to float")),
    }
}

/// Numerator and denominator.
pub fn ratio(vm: &Vm, d: &Dec) -> PyResult<Obj> {
    match d.kind {
        Kind::Finite => match convert::to_ratio(d) {
            Ok((n, m)) => Ok(vm.tuple(vec![vm.int_big(n), vm.int_big(m)])),
            Err(_) => Err(vm.memory_error()),
        },
        Kind::Infinite => Err(vm.overflow_error("cannot convert Infinity to integer ratio")),
        _ => Err(vm.value_error("cannot convert NaN to integer ratio")),
    }
}

/// A `DecimalTuple`.
pub fn tuple(vm: &Vm, d: &Dec) -> PyResult<Obj> {
    let mut digits = Vec::new();
    if d.is_finite() || d.is_inf() || !d.coeff.is_zero() {
        d.coeff.push_ascii(&mut digits);
    }
    let digits = digits.into_iter().map(|c| Obj::small(i64::from(c - b'0'))).collect();
    let exponent = match d.kind {
        Kind::Finite => vm.int(d.exp),
        Kind::Infinite => vm.str("F"),
        Kind::QuietNan => vm.str("n"),
        Kind::SignalingNan => vm.str("N"),
    };
    let class = &state(vm)?.tuple;
    vm.call(class.r(), &[Obj::small(d.neg as i64).r(), vm.tuple(digits).r(), exponent.r()])
}
