//! `_operator`: the operators as functions, and the getter objects.

mod digest;
mod getters;
mod methodcaller;

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

/// Operator interface.
///
/// This module exports a set of functions implemented in C corresponding
/// to the intrinsic operators of Python.  For example, operator.add(x, y)
/// is equivalent to the expression x+y.
#[pymodule(name = "_operator", classes = [getters::itemgetter, getters::attrgetter, methodcaller::methodcaller])]
pub mod operator {
    use super::*;

    /// Return True if a is true, False otherwise.
    #[pyfunction("truth(a, /)")]
    fn truth(vm: &Vm, a: Ref<'_>) -> PyResult<bool> {
        vm.is_true(a)
    }
    /// Same as b in a (note reversed operands).
    #[pyfunction("contains(a, b, /)")]
    fn contains(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
        vm.contains(a, b)
    }
    /// Return the first index of b in a.
    #[pyfunction("indexOf(a, b, /)", name = "indexOf")]
    fn index_of(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<usize> {
        let it = iter_search(vm, a)?;
        let mut i = 0;
        while let Some(x) = vm.iter_next(it.r())? {
            if vm.eq(x.r(), b)? {
                return Ok(i);
            }
            i += 1;
        }
        Err(vm.value_error("sequence.index(x): x not in sequence"))
    }
    /// Return the number of items in a which are, or which equal, b.
    #[pyfunction("countOf(a, b, /)", name = "countOf")]
    fn count_of(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<usize> {
        let it = iter_search(vm, a)?;
        let mut n = 0;
        while let Some(x) = vm.iter_next(it.r())? {
            if vm.eq(x.r(), b)? {
                n += 1;
            }
        }
        Ok(n)
    }
    /// Same as a + b, for a and b sequences.
    #[pyfunction("concat(a, b, /)")]
    fn concat(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let sequence = vm.is_sequence(a) && (vm.is_sequence(b) || a.ty(vm).slots.sq_concat.get().is_some());
        if let Some(f) = a.ty(vm).slots.sq_concat.get() {
            return f(vm, a, b);
        }
        if !sequence {
            return Err(vm.type_error(format!("'{}' object can't be concatenated", a.ty(vm).tp_name())));
        }
        vm.binary(BinOp::Add, a, b)
    }
    /// Same as a += b, for a and b sequences.
    #[pyfunction("iconcat(a, b, /)")]
    fn iconcat(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let s = &a.ty(vm).slots;
        if let Some(f) = s.sq_inplace_concat.get().or(s.sq_concat.get()) {
            return f(vm, a, b);
        }
        if !(vm.is_sequence(a) && vm.is_sequence(b)) {
            return Err(vm.type_error(format!("'{}' object can't be concatenated", a.ty(vm).tp_name())));
        }
        vm.binary_inplace(BinOp::Add, a, b)
    }
    /// Same as a[b].
    #[pyfunction("getitem(a, b, /)")]
    fn getitem(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.getitem(a, b)
    }
    /// Same as a[b] = c.
    #[pyfunction("setitem(a, b, c, /)")]
    fn setitem(vm: &Vm, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>) -> PyResult<()> {
        vm.setitem(a, b, c)
    }
    /// Same as del a[b].
    #[pyfunction("delitem(a, b, /)")]
    fn delitem(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<()> {
        vm.delitem(a, b)
    }
    /// Same as a ** b.
    #[pyfunction("pow(a, b, /)")]
    fn pow(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.power(a, b, vm.none())
    }
    /// Same as not a.
    #[pyfunction("not_(a, /)")]
    fn not_(vm: &Vm, a: Ref<'_>) -> PyResult<bool> {
        Ok(!vm.is_true(a)?)
    }
    /// Same as a is b.
    #[pyfunction("is_(a, b, /)")]
    fn is_(a: Ref<'_>, b: Ref<'_>) -> bool {
        a.is(b)
    }
    /// Same as a is not b.
    #[pyfunction("is_not(a, b, /)")]
    fn is_not(a: Ref<'_>, b: Ref<'_>) -> bool {
        !a.is(b)
    }
    /// Same as a is None.
    #[pyfunction("is_none(a, /)")]
    fn is_none(a: Ref<'_>) -> bool {
        a.is_none()
    }
    /// Same as a is not None.
    #[pyfunction("is_not_none(a, /)")]
    fn is_not_none(a: Ref<'_>) -> bool {
        !a.is_none()
    }
    /// Same as -a.
    #[pyfunction("neg(a, /)")]
    fn neg(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
        vm.negative(a)
    }
    /// Same as +a.
    #[pyfunction("pos(a, /)")]
    fn pos(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
        vm.positive(a)
    }
    /// Same as ~a.
    #[pyfunction("inv(a, /)")]
    fn inv(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
        vm.invert(a)
    }
    /// Same as ~a.
    #[pyfunction("invert(a, /)")]
    fn invert(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
        vm.invert(a)
    }
    /// Same as abs(a).
    #[pyfunction("abs(a, /)")]
    fn abs(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
        vm.absolute(a)
    }
    /// Same as a.__index__()
    #[pyfunction("index(a, /)")]
    fn index(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
        if let Some(i) = a.as_int(vm)
            && !a.is_exact_int(vm)
        {
            return Ok(vm.int_big(i.to_big()));
        }
        vm.index(a)
    }
    /// Return an estimate of the number of items in obj.
    ///
    /// This is useful for presizing containers when building from an iterable.
    ///
    /// If the object supports len(), the result will be exact.
    /// Otherwise, it may over- or under-estimate by an arbitrary amount.
    /// The result will be an integer >= 0.
    #[pyfunction("length_hint(obj, default=0, /)")]
    fn length_hint(vm: &Vm, obj: Ref<'_>, default: isize) -> PyResult<isize> {
        // A negative default is handed back as it is.
        Ok(match vm.length_hint(obj, usize::MAX)? {
            usize::MAX => default,
            n => n as isize,
        })
    }
    /// Same as obj(*args, **kwargs).
    #[pyfunction("call(obj, /, *args, **kwargs)", raw)]
    fn call(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        match args.pos() {
            [] => Err(vm.type_error("call expected at least 1 argument, got 0")),
            [f, ..] => vm.call_args(*f, args.skip_first()),
        }
    }
    /// Return 'a == b'.
    ///
    /// This function uses an approach designed to prevent
    /// timing analysis, making it appropriate for cryptography.
    ///
    /// a and b must both be of the same type: either str (ASCII only),
    /// or any bytes-like object.
    ///
    /// Note: If a and b are of different lengths, or if an error occurs,
    /// a timing attack could theoretically reveal information about the
    /// types and lengths of a and b--but not their values.
    #[pyfunction("_compare_digest(a, b, /)", name = "_compare_digest")]
    fn compare_digest(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<bool> {
        digest::compare_digest(vm, a, b)
    }

    /// Same as a + b.
    #[pyfunction("add(a, b, /)")]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if let (Some(x), Some(y)) = (a.value().as_int(), b.value().as_int()) {
            return Ok(vm.int_i64(x + y));
        }
        if let (Some(x), Some(y)) = (a.value().as_flonum(), b.value().as_flonum()) {
            return Ok(vm.float(x + y));
        }
        vm.binary(BinOp::Add, a, b)
    }
    /// Same as a - b.
    #[pyfunction("sub(a, b, /)")]
    fn sub(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if let (Some(x), Some(y)) = (a.value().as_int(), b.value().as_int()) {
            return Ok(vm.int_i64(x - y));
        }
        vm.binary(BinOp::Sub, a, b)
    }
    /// Same as a * b.
    #[pyfunction("mul(a, b, /)")]
    fn mul(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if let (Some(x), Some(y)) = (a.value().as_int(), b.value().as_int())
            && let Some(z) = x.checked_mul(y)
        {
            return Ok(vm.int_i64(z));
        }
        if let (Some(x), Some(y)) = (a.value().as_flonum(), b.value().as_flonum()) {
            return Ok(vm.float(x * y));
        }
        vm.binary(BinOp::Mul, a, b)
    }
    /// Same as a / b.
    #[pyfunction("truediv(a, b, /)")]
    fn truediv(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::TrueDiv, a, b)
    }
    /// Same as a // b.
    #[pyfunction("floordiv(a, b, /)")]
    fn floordiv(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::FloorDiv, a, b)
    }
    /// Same as a % b.
    #[pyfunction("mod(a, b, /)", name = "mod")]
    fn modulo(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::Mod, a, b)
    }
    /// Same as a @ b.
    #[pyfunction("matmul(a, b, /)")]
    fn matmul(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::MatMul, a, b)
    }
    /// Same as a << b.
    #[pyfunction("lshift(a, b, /)")]
    fn lshift(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::LShift, a, b)
    }
    /// Same as a >> b.
    #[pyfunction("rshift(a, b, /)")]
    fn rshift(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::RShift, a, b)
    }
    /// Same as a & b.
    #[pyfunction("and_(a, b, /)")]
    fn and_(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::And, a, b)
    }
    /// Same as a | b.
    #[pyfunction("or_(a, b, /)")]
    fn or_(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::Or, a, b)
    }
    /// Same as a ^ b.
    #[pyfunction("xor(a, b, /)")]
    fn xor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::Xor, a, b)
    }
    /// Same as a += b.
    #[pyfunction("iadd(a, b, /)")]
    fn iadd(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::Add, a, b)
    }
    /// Same as a -= b.
    #[pyfunction("isub(a, b, /)")]
    fn isub(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::Sub, a, b)
    }
    /// Same as a *= b.
    #[pyfunction("imul(a, b, /)")]
    fn imul(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::Mul, a, b)
    }
    /// Same as a /= b.
    #[pyfunction("itruediv(a, b, /)")]
    fn itruediv(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::TrueDiv, a, b)
    }
    /// Same as a //= b.
    #[pyfunction("ifloordiv(a, b, /)")]
    fn ifloordiv(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::FloorDiv, a, b)
    }
    /// Same as a %= b.
    #[pyfunction("imod(a, b, /)")]
    fn imod(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::Mod, a, b)
    }
    /// Same as a @= b.
    #[pyfunction("imatmul(a, b, /)")]
    fn imatmul(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::MatMul, a, b)
    }
    /// Same as a <<= b.
    #[pyfunction("ilshift(a, b, /)")]
    fn ilshift(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::LShift, a, b)
    }
    /// Same as a >>= b.
    #[pyfunction("irshift(a, b, /)")]
    fn irshift(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::RShift, a, b)
    }
    /// Same as a &= b.
    #[pyfunction("iand(a, b, /)")]
    fn iand(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::And, a, b)
    }
    /// Same as a |= b.
    #[pyfunction("ior(a, b, /)")]
    fn ior(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::Or, a, b)
    }
    /// Same as a ^= b.
    #[pyfunction("ixor(a, b, /)")]
    fn ixor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::Xor, a, b)
    }
    /// Same as a == b.
    #[pyfunction("eq(a, b, /)")]
    fn eq(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.richcompare(a, b, CmpOp::Eq)
    }
    /// Same as a != b.
    #[pyfunction("ne(a, b, /)")]
    fn ne(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.richcompare(a, b, CmpOp::Ne)
    }
    /// Same as a < b.
    #[pyfunction("lt(a, b, /)")]
    fn lt(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.richcompare(a, b, CmpOp::Lt)
    }
    /// Same as a <= b.
    #[pyfunction("le(a, b, /)")]
    fn le(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.richcompare(a, b, CmpOp::Le)
    }
    /// Same as a > b.
    #[pyfunction("gt(a, b, /)")]
    fn gt(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.richcompare(a, b, CmpOp::Gt)
    }
    /// Same as a >= b.
    #[pyfunction("ge(a, b, /)")]
    fn ge(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.richcompare(a, b, CmpOp::Ge)
    }
    /// Same as a **= b.
    #[pyfunction("ipow(a, b, /)")]
    fn ipow(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        vm.binary_inplace(BinOp::Pow, a, b)
    }
}

/// `iter(a)` for a search, with the words of `PySequence_Index`.
fn iter_search(vm: &Vm, a: Ref<'_>) -> PyResult<Obj> {
    match vm.iter(a) {
        Ok(it) => Ok(it),
        Err(e) => {
            drop(vm.catch(e, vm.types.type_error)?);
            Err(vm.type_error(format!("argument of type '{}' is not iterable", a.ty(vm).tp_name())))
        }
    }
}
