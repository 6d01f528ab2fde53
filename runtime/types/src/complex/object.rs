//! The `complex` type.

use krait_macros::pyclass;
use krait_object::complex::PyComplex;
use krait_object::hash::{hash_complex, hash_pointer};
use krait_object::prelude::*;
use krait_object::unpack;

use super::arith::{Complex, complex_pow, complex_product, complex_quotient, real_quotient};
use super::construct::construct;
use crate::format::digits::push_repr;
use crate::int::cmp_int_float;

/// An operand of arithmetic. Reals are kept apart: they have no imaginary part to sign or spoil.
#[derive(Copy, Clone)]
enum Operand {
    Complex(Complex),
    Real(f64),
}

impl Operand {
    fn complex(self) -> Complex {
        match self {
            Operand::Complex(c) => c,
            Operand::Real(x) => (x, 0.0),
        }
    }
}

fn operand(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Operand>> {
    if let Some(c) = o.as_complex(vm) {
        return Ok(Some(Operand::Complex(c)));
    }
    if let Some(x) = o.as_float(vm) {
        return Ok(Some(Operand::Real(x)));
    }
    match o.as_int(vm) {
        Some(i) => Ok(Some(Operand::Real(vm.int_to_f64(i)?))),
        None => Ok(None),
    }
}

fn both(vm: &Vm, a: Ref<'_>, b: Ref<'_>, f: impl FnOnce(Operand, Operand) -> PyResult<Complex>) -> PyResult<Obj> {
    let (Some(x), Some(y)) = (operand(vm, a)?, operand(vm, b)?) else { return Ok(vm.not_implemented()) };
    let (re, im) = f(x, y)?;
    Ok(vm.complex(re, im))
}

/// `repr` of a complex value.
pub fn complex_repr((re, im): Complex) -> String {
    let mut out = String::new();
    let bare = re == 0.0 && re.is_sign_positive();
    if !bare {
        out.push('(');
        push_repr(&mut out, re, false);
        if im.is_nan() || im.is_sign_positive() {
            out.push('+');
        }
    }
    push_repr(&mut out, im, false);
    out.push_str(if bare { "j" } else { "j)" });
    out
}

/// Create a complex number from a string or numbers.
///
/// If a string is given, parse it as a complex number.
/// If a single number is given, convert it to a complex number.
/// If the 'real' or 'imag' arguments are given, create a complex number
/// with the specified real and imaginary components.
#[pyclass("complex", layout = PyComplex, table = complex, no_gc, flags(BASETYPE))]
pub mod complex {
    use super::*;

    #[pynew("complex(real=0, imag=0)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        static SPEC: unpack::ParamSpec = unpack::ParamSpec {
            func: "complex",
            names: &["real", "imag"],
            posonly: 0,
            npos: 2,
            minpos: 0,
            required: 0,
            varargs: false,
            varkw: false,
        };
        let mut found = [None; 2];
        SPEC.unpack(vm, &args, &mut found)?;
        let single = args.npos() == 1 && !args.has_kw();
        construct(vm, cls, found[0], found[1], single)
    }

    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyComplex) -> Py<PyStr> {
        PyStr::from_ascii(vm, &complex_repr(zelf.value()))
    }
    #[slot(hash)]
    fn hash(zelf: &PyComplex) -> i64 {
        let (re, im) = zelf.value();
        hash_complex(re, im, hash_pointer(zelf))
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyComplex, other: Ref<'_>, op: CmpOp) -> Obj {
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return vm.not_implemented();
        }
        let (re, im) = zelf.value();
        let equal = if let Some(c) = other.as_complex(vm) {
            c == (re, im)
        } else if let Some(i) = other.as_int(vm) {
            im == 0.0 && cmp_int_float(i, re).is_some_and(|o| o.is_eq())
        } else if let Some(x) = other.as_float(vm) {
            im == 0.0 && re == x
        } else {
            return vm.not_implemented();
        };
        Obj::bool(equal == (op == CmpOp::Eq))
    }
    #[slot(nb_bool)]
    fn truth(zelf: &PyComplex) -> bool {
        zelf.value() != (0.0, 0.0)
    }
    #[slot(nb_add)]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| {
            Ok(match (x, y) {
                (Operand::Complex((re, im)), Operand::Real(x)) | (Operand::Real(x), Operand::Complex((re, im))) => (re + x, im),
                (x, y) => {
                    let (x, y) = (x.complex(), y.complex());
                    (x.0 + y.0, x.1 + y.1)
                }
            })
        })
    }
    #[slot(nb_subtract)]
    fn subtract(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| {
            Ok(match (x, y) {
                (Operand::Complex((re, im)), Operand::Real(x)) => (re - x, im),
                (Operand::Real(x), Operand::Complex((re, im))) => (x - re, -im),
                (x, y) => {
                    let (x, y) = (x.complex(), y.complex());
                    (x.0 - y.0, x.1 - y.1)
                }
            })
        })
    }
    #[slot(nb_multiply)]
    fn multiply(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| {
            Ok(match (x, y) {
                (Operand::Complex((re, im)), Operand::Real(x)) | (Operand::Real(x), Operand::Complex((re, im))) => (re * x, im * x),
                (x, y) => complex_product(x.complex(), y.complex()),
            })
        })
    }
    #[slot(nb_true_divide)]
    fn true_divide(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        both(vm, a, b, |x, y| {
            let r = match (x, y) {
                (Operand::Complex(_), Operand::Real(0.0)) => None,
                (Operand::Complex((re, im)), Operand::Real(x)) => Some((re / x, im / x)),
                (Operand::Real(x), w) => real_quotient(x, w.complex()),
                (x, y) => complex_quotient(x.complex(), y.complex()),
            };
            r.ok_or_else(|| vm.zero_division_error("division by zero"))
        })
    }
    #[slot(nb_power)]
    fn power(vm: &Vm, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>) -> PyResult<Obj> {
        let (Some(x), Some(y)) = (operand(vm, a)?, operand(vm, b)?) else { return Ok(vm.not_implemented()) };
        if !c.is_none() {
            return Err(vm.value_error("complex modulo"));
        }
        complex_pow(vm, x.complex(), y.complex())
    }
    #[slot(nb_negative)]
    fn negative(vm: &Vm, zelf: &PyComplex) -> Obj {
        let (re, im) = zelf.value();
        vm.complex(-re, -im)
    }
    #[slot(nb_positive)]
    fn positive(vm: &Vm, zelf: &PyComplex) -> Obj {
        exact(vm, zelf)
    }
    #[slot(nb_absolute)]
    fn absolute(vm: &Vm, zelf: &PyComplex) -> PyResult<f64> {
        let (re, im) = zelf.value();
        let r = re.hypot(im);
        if r.is_infinite() && re.is_finite() && im.is_finite() {
            return Err(vm.overflow_error("absolute value too large"));
        }
        Ok(r)
    }

    /// Convert number to a complex floating-point number.
    #[pyclassmethod]
    fn from_number(vm: &Vm, cls: &PyType, number: Ref<'_>) -> PyResult<Obj> {
        if number.is_exact::<PyComplex>(vm) && std::ptr::eq(cls, vm.types.complex) {
            return Ok(number.to_obj());
        }
        let c = super::super::construct::to_complex(vm, number)?;
        let value = vm.complex(c.0, c.1);
        if std::ptr::eq(cls, vm.types.complex) { Ok(value) } else { vm.call1(cls.r(), value.r()) }
    }
    /// Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
    #[pymethod]
    fn conjugate(vm: &Vm, zelf: &PyComplex) -> Obj {
        let (re, im) = zelf.value();
        vm.complex(re, -im)
    }
    /// Convert this value to exact type complex.
    #[pymethod]
    fn __complex__(vm: &Vm, zelf: &PyComplex) -> Obj {
        exact(vm, zelf)
    }
    #[pymethod]
    fn __getnewargs__(vm: &Vm, zelf: &PyComplex) -> Obj {
        let (re, im) = zelf.value();
        vm.tuple(vec![vm.float(re), vm.float(im)])
    }
    /// Convert to a string according to format_spec.
    #[pymethod]
    fn __format__(vm: &Vm, zelf: &PyComplex, format_spec: &PyStr) -> PyResult<Obj> {
        crate::format::format_complex(vm, zelf.r(), zelf.value(), format_spec)
    }
    /// the real part of a complex number
    #[member]
    fn real(zelf: &PyComplex) -> f64 {
        zelf.value().0
    }
    /// the imaginary part of a complex number
    #[member]
    fn imag(zelf: &PyComplex) -> f64 {
        zelf.value().1
    }
}

/// The object itself if it is exactly a complex, else its value.
fn exact(vm: &Vm, zelf: &PyComplex) -> Obj {
    if zelf.r().is_exact::<PyComplex>(vm) {
        return zelf.to_obj();
    }
    let (re, im) = zelf.value();
    vm.complex(re, im)
}
