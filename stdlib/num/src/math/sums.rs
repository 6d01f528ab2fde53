//! Sums and products of iterables: `fsum`, `sumprod`, `prod`, `dist`, `hypot`.

use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

/// A sum or product split into a rounded result and its error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    let z = x - a;
    (x, (a - (x - z)) + (b - z))
}

/// A triple-length accumulator of products.
#[derive(Copy, Clone, Default)]
struct Triple {
    hi: f64,
    lo: f64,
    tiny: f64,
}

impl Triple {
    fn add_product(self, x: f64, y: f64) -> Triple {
        let z = x * y;
        let zz = x.mul_add(y, -z);
        let (hi, e) = two_sum(self.hi, z);
        let (r1, t1) = two_sum(self.lo, zz);
        let (lo, t2) = two_sum(r1, e);
        Triple { hi, lo, tiny: self.tiny + t1 + t2 }
    }
    fn value(self) -> f64 {
        let (hi, lo) = two_sum(self.lo, self.hi);
        self.tiny + lo + hi
    }
}

/// `math.fsum`: the exact sum, rounded once.
pub fn fsum(vm: &Vm, iterable: Ref<'_>) -> PyResult<f64> {
    let mut items = Vec::new();
    vm.for_each(iterable, |o| {
        items.push(vm.to_f64(o.r())?);
        Ok(())
    })?;
    match pymath::math::fsum(items) {
        Ok(f) => Ok(f),
        Err(pymath::Error::ERANGE) => Err(vm.overflow_error("intermediate overflow in fsum")),
        Err(_) => Err(vm.value_error("-inf + inf in fsum")),
    }
}

/// `math.hypot(*coordinates)`.
pub fn hypot(vm: &Vm, coordinates: &[Ref<'_>]) -> PyResult<f64> {
    let mut v = Vec::with_capacity(coordinates.len());
    for c in coordinates {
        v.push(vm.to_f64(*c)?);
    }
    Ok(pymath::math::dist(&v, &vec![0.0; v.len()]))
}

/// `math.dist(p, q)`.
pub fn dist(vm: &Vm, p: Ref<'_>, q: Ref<'_>) -> PyResult<f64> {
    let (p, q) = (vm.to_tuple(p)?, vm.to_tuple(q)?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let floats = |t: &PyTuple| -> PyResult<Vec<f64>> { t.as_refs().iter().map(|o| vm.to_f64(*o)).collect() };
    let mut a = Vec::with_capacity(p.len());
    let mut b = Vec::with_capacity(p.len());
    if p.len() <= 2 {
        for (x, y) in p.as_refs().iter().zip(q.as_refs()) {
            a.push(vm.to_f64(*x)?);
            b.push(vm.to_f64(*y)?);
        }
    } else {
        a = floats(&p)?;
        b = floats(&q)?;
    }
    Ok(pymath::math::dist(&a, &b))
}

/// `math.prod(iterable, start=1)`: ints, then floats, then whatever `*` gives.
pub fn prod(vm: &Vm, iterable: Ref<'_>, start: Obj) -> PyResult<Obj> {
    let it = vm.iter(iterable)?;
    let mut result = start;
    if result.r().is_exact_int(vm)
        && let Some(mut acc) = result.r().as_int(vm).and_then(IntRef::to_i64)
    {
        loop {
            let Some(item) = vm.iter_next(it.r())? else { return Ok(vm.int_i64(acc)) };
            let small = item.r().value().as_int();
            match small.and_then(|i| acc.checked_mul(i)) {
                Some(p) => acc = p,
                None => {
                    result = vm.binary(BinOp::Mul, vm.int_i64(acc).r(), item.r())?;
                    break;
                }
            }
        }
    }
    if result.r().is_exact_float(vm) {
        let mut acc = result.r().as_float(vm).unwrap_or(0.0);
        loop {
            let Some(item) = vm.iter_next(it.r())? else { return Ok(vm.float(acc)) };
            if item.r().is_exact_float(vm) {
                acc *= item.r().as_float(vm).unwrap_or(0.0);
            } else if let Some(i) = item.r().value().as_int() {
                acc *= i as f64;
            } else {
                result = vm.binary(BinOp::Mul, vm.float(acc).r(), item.r())?;
                break;
            }
        }
    }
    while let Some(item) = vm.iter_next(it.r())? {
        result = vm.binary(BinOp::Mul, result.r(), item.r())?;
    }
    Ok(result)
}

/// What `sumprod` has added up so far, by kind of number.
struct SumProd {
    total: Obj,
    ints: Option<i64>,
    floats: Option<Triple>,
    int_path: bool,
    float_path: bool,
}

impl SumProd {
    fn add(&mut self, vm: &Vm, v: Obj) -> PyResult<()> {
        self.total = vm.binary(BinOp::Add, self.total.r(), v.r())?;
        Ok(())
    }
    fn flush_ints(&mut self, vm: &Vm) -> PyResult<()> {
        match self.ints.take() {
            Some(i) => self.add(vm, vm.int_i64(i)),
            None => Ok(()),
        }
    }
    fn flush_floats(&mut self, vm: &Vm) -> PyResult<()> {
        match self.floats.take() {
            Some(t) => self.add(vm, vm.float(t.value())),
            None => Ok(()),
        }
    }
    fn term(&mut self, vm: &Vm, p: Ref<'_>, q: Ref<'_>) -> PyResult<()> {
        if self.int_path {
            let pair = if p.is_exact_int(vm) && q.is_exact_int(vm) { p.value().as_int().zip(q.value().as_int()) } else { None };
            if let Some((a, b)) = pair
                && let Some(t) = a.checked_mul(b).and_then(|m| self.ints.unwrap_or(0).checked_add(m))
            {
                self.ints = Some(t);
                return Ok(());
            }
            self.int_path = false;
            self.flush_ints(vm)?;
        }
        if self.float_path {
            if let Some((a, b)) = float_pair(vm, p, q) {
                let t = self.floats.unwrap_or_default().add_product(a, b);
                if t.hi.is_finite() {
                    self.floats = Some(t);
                    return Ok(());
                }
            }
            self.float_path = false;
            self.flush_floats(vm)?;
        }
        let product = vm.binary(BinOp::Mul, p, q)?;
        self.add(vm, product)
    }
}

/// Two floats, or a float and an int or bool that converts.
fn float_pair(vm: &Vm, p: Ref<'_>, q: Ref<'_>) -> Option<(f64, f64)> {
    let number = |o: Ref<'_>| -> Option<f64> {
        if o.is_exact_float(vm) {
            return o.as_float(vm);
        }
        if o.is_exact_int(vm) || std::ptr::eq(o.ty(vm), vm.types.bool) {
            return match o.as_int(vm)? {
                IntRef::Small(i) => Some(i as f64),
                IntRef::Big(b) => Some(b.to_f64().value()).filter(|f| f.is_finite()),
            };
        }
        None
    };
    if !p.is_exact_float(vm) && !q.is_exact_float(vm) {
        return None;
    }
    Some((number(p)?, number(q)?))
}

/// `math.sumprod(p, q)`.
pub fn sumprod(vm: &Vm, p: Ref<'_>, q: Ref<'_>) -> PyResult<Obj> {
    let (p_it, q_it) = (vm.iter(p)?, vm.iter(q)?);
    let mut sum = SumProd { total: Obj::small(0), ints: None, floats: None, int_path: true, float_path: true };
    loop {
        let a = vm.iter_next(p_it.r())?;
        let b = vm.iter_next(q_it.r())?;
        match (a, b) {
            (Some(a), Some(b)) => sum.term(vm, a.r(), b.r())?,
            (None, None) => break,
            _ => return Err(vm.value_error("Inputs are not the same length")),
        }
    }
    sum.flush_ints(vm)?;
    sum.flush_floats(vm)?;
    Ok(sum.total)
}
