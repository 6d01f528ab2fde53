//! `sum`: exact on ints, compensated on floats and complex numbers.

use krait_macros::pymodule;
use krait_object::bytes::PyBytes;
use krait_object::complex::PyComplex;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

/// A running total with the low-order part that rounding lost (Neumaier's method).
#[derive(Copy, Clone)]
struct Total {
    hi: f64,
    lo: f64,
}

impl Total {
    fn new(x: f64) -> Total {
        Total { hi: x, lo: 0.0 }
    }
    #[inline(always)]
    fn add(&mut self, x: f64) {
        let t = self.hi + x;
        if self.hi.abs() >= x.abs() {
            self.lo += (self.hi - t) + x;
        } else {
            self.lo += (x - t) + self.hi;
        }
        self.hi = t;
    }
    fn get(self) -> f64 {
        // Infinities and NaN make the lost part meaningless.
        if self.lo != 0.0 && self.lo.is_finite() { self.hi + self.lo } else { self.hi }
    }
}

/// Where the items come from: a list is read in place, anything else through its iterator.
enum Items<'a> {
    List(&'a PyList, usize),
    Iter(Obj),
}

impl Items<'_> {
    #[inline(always)]
    fn next(&mut self, vm: &Vm) -> PyResult<Option<Obj>> {
        match self {
            Items::List(l, i) => {
                let v = l.get(*i);
                *i += 1;
                Ok(v)
            }
            Items::Iter(it) => vm.iter_next(it.r()),
        }
    }
}

fn small(vm: &Vm, o: Ref<'_>) -> Option<i64> {
    if let Some(i) = o.value().as_int() {
        return Some(i);
    }
    if std::ptr::eq(o.ty(vm), vm.types.bool) { o.as_int(vm).and_then(IntRef::to_i64) } else { None }
}

fn exact_complex(vm: &Vm, o: Ref<'_>) -> Option<(f64, f64)> {
    o.downcast_exact::<PyComplex>(vm).map(PyComplex::value)
}

/// The number to add to a float total, if the item is an exact float or an int.
#[inline(always)]
fn real(vm: &Vm, o: Ref<'_>) -> PyResult<Option<f64>> {
    if let Some(f) = o.value().as_flonum() {
        return Ok(Some(f));
    }
    if o.is_exact_float(vm) {
        return Ok(o.as_float(vm));
    }
    match o.as_int(vm) {
        Some(i) => vm.int_to_f64(i).map(Some),
        None => Ok(None),
    }
}

/// Adds ints while the total fits a machine integer. Gives the total and the item, if any, that
/// must be added in another way.
fn add_ints(vm: &Vm, items: &mut Items<'_>, start: i64) -> PyResult<(Obj, Option<Obj>)> {
    let mut total = start;
    while let Some(v) = items.next(vm)? {
        match small(vm, v.r()).and_then(|i| total.checked_add(i)) {
            Some(t) => total = t,
            None => return Ok((vm.int_i64(total), Some(v))),
        }
    }
    Ok((vm.int_i64(total), None))
}

fn add_floats(vm: &Vm, items: &mut Items<'_>, start: f64) -> PyResult<(Obj, Option<Obj>)> {
    let mut total = Total::new(start);
    while let Some(v) = items.next(vm)? {
        match real(vm, v.r())? {
            Some(f) => total.add(f),
            None => return Ok((vm.float(total.get()), Some(v))),
        }
    }
    Ok((vm.float(total.get()), None))
}

fn add_complexes(vm: &Vm, items: &mut Items<'_>, start: (f64, f64)) -> PyResult<(Obj, Option<Obj>)> {
    let (mut re, mut im) = (Total::new(start.0), Total::new(start.1));
    while let Some(v) = items.next(vm)? {
        if let Some((a, b)) = exact_complex(vm, v.r()) {
            re.add(a);
            im.add(b);
        } else if let Some(f) = real(vm, v.r())? {
            re.add(f);
        } else {
            return Ok((vm.complex(re.get(), im.get()), Some(v)));
        }
    }
    Ok((vm.complex(re.get(), im.get()), None))
}

fn total(vm: &Vm, iterable: Ref<'_>, start: Ref<'_>) -> PyResult<Obj> {
    let mut items = match iterable.downcast_exact::<PyList>(vm) {
        Some(l) => Items::List(l, 0),
        None => Items::Iter(vm.iter(iterable)?),
    };
    check_start(vm, start)?;
    let mut result = start.to_obj();
    loop {
        // Each stage hands on to the next kind when an item does not fit.
        let (sum, rest) = if let Some(i) = result.value().as_int() {
            add_ints(vm, &mut items, i)?
        } else if result.r().is_exact_float(vm) {
            add_floats(vm, &mut items, result.r().as_float(vm).unwrap_or(0.0))?
        } else if let Some(c) = exact_complex(vm, result.r()) {
            add_complexes(vm, &mut items, c)?
        } else {
            (result, items.next(vm)?)
        };
        let Some(item) = rest else { return Ok(sum) };
        result = vm.binary(BinOp::Add, sum.r(), item.r())?;
    }
}

fn check_start(vm: &Vm, start: Ref<'_>) -> PyResult<()> {
    let what = if start.is_instance_of::<PyStr>(vm) {
        ("strings", "''")
    } else if start.is_instance_of::<PyBytes>(vm) {
        ("bytes", "b''")
    } else if start.ty(vm).is_subtype(vm.types.bytearray) {
        ("bytearray", "b''")
    } else {
        return Ok(());
    };
    Err(vm.type_error(format!("sum() can't sum {} [use {}.join(seq) instead]", what.0, what.1)))
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Return the sum of a 'start' value (default: 0) plus an iterable of numbers
    ///
    /// When the iterable is empty, return the start value.
    /// This function is intended specifically for use with numeric values and may
    /// reject non-numeric types.
    #[pyfunction("sum(iterable, /, start=0)", quiet)]
    fn sum(vm: &Vm, iterable: Ref<'_>, start: Ref<'_>) -> PyResult<Obj> {
        total(vm, iterable, start)
    }
}
