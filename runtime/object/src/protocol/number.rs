//! Arithmetic and numeric conversion.

use crate::error::PyResult;
use crate::int::IntRef;
use crate::obj::{Obj, Ref};
use crate::singletons;
use crate::slots::{BinaryFn, Slots, TernaryFn};
use crate::ty::PyType;
use crate::vm::Vm;

/// A binary operator.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
    LShift,
    RShift,
    And,
    Or,
    Xor,
    DivMod,
}

impl BinOp {
    fn slot(self, s: &Slots) -> Option<BinaryFn> {
        match self {
            BinOp::Add => s.nb_add.get(),
            BinOp::Sub => s.nb_subtract.get(),
            BinOp::Mul => s.nb_multiply.get(),
            BinOp::TrueDiv => s.nb_true_divide.get(),
            BinOp::FloorDiv => s.nb_floor_divide.get(),
            BinOp::Mod => s.nb_remainder.get(),
            BinOp::MatMul => s.nb_matrix_multiply.get(),
            BinOp::LShift => s.nb_lshift.get(),
            BinOp::RShift => s.nb_rshift.get(),
            BinOp::And => s.nb_and.get(),
            BinOp::Or => s.nb_or.get(),
            BinOp::Xor => s.nb_xor.get(),
            BinOp::DivMod => s.nb_divmod.get(),
            BinOp::Pow => None,
        }
    }
    fn inplace_slot(self, s: &Slots) -> Option<BinaryFn> {
        match self {
            BinOp::Add => s.nb_inplace_add.get(),
            BinOp::Sub => s.nb_inplace_subtract.get(),
            BinOp::Mul => s.nb_inplace_multiply.get(),
            BinOp::TrueDiv => s.nb_inplace_true_divide.get(),
            BinOp::FloorDiv => s.nb_inplace_floor_divide.get(),
            BinOp::Mod => s.nb_inplace_remainder.get(),
            BinOp::MatMul => s.nb_inplace_matrix_multiply.get(),
            BinOp::LShift => s.nb_inplace_lshift.get(),
            BinOp::RShift => s.nb_inplace_rshift.get(),
            BinOp::And => s.nb_inplace_and.get(),
            BinOp::Or => s.nb_inplace_or.get(),
            BinOp::Xor => s.nb_inplace_xor.get(),
            BinOp::DivMod | BinOp::Pow => None,
        }
    }
    /// The operator in messages.
    pub fn symbol(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::TrueDiv => "/",
            BinOp::FloorDiv => "//",
            BinOp::Mod => "%",
            BinOp::Pow => "** or pow()",
            BinOp::MatMul => "@",
            BinOp::LShift => "<<",
            BinOp::RShift => ">>",
            BinOp::And => "&",
            BinOp::Or => "|",
            BinOp::Xor => "^",
            BinOp::DivMod => "divmod()",
        }
    }
}

impl Vm {
    /// `a op b`.
    pub fn binary(&self, op: BinOp, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if op == BinOp::Pow {
            return self.power(a, b, singletons::none());
        }
        let r = self.try_binary(op, a, b)?;
        if !r.is(singletons::not_implemented()) { Ok(r) } else { self.binary_sequence(op, a, b, op.symbol()) }
    }
    /// `a op= b`.
    pub fn binary_inplace(&self, op: BinOp, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let ni = singletons::not_implemented();
        let ta = a.ty(self);
        if op == BinOp::Pow {
            if let Some(f) = ta.slots.nb_inplace_power.get() {
                let r = f(self, a, b, singletons::none())?;
                if !r.is(ni) {
                    return Ok(r);
                }
            }
            return self.power_named(a, b, singletons::none(), "**=");
        }
        if let Some(f) = op.inplace_slot(&ta.slots) {
            let r = f(self, a, b)?;
            if !r.is(ni) {
                return Ok(r);
            }
        }
        let r = self.try_binary(op, a, b)?;
        if !r.is(ni) {
            return Ok(r);
        }
        match op {
            BinOp::Add => {
                if let Some(f) = ta.slots.sq_inplace_concat.get().or(ta.slots.sq_concat.get()) {
                    return f(self, a, b);
                }
            }
            BinOp::Mul => {
                if let Some(f) = ta.slots.sq_inplace_repeat.get() {
                    return self.repeat(f, a, b);
                }
            }
            _ => {}
        }
        self.binary_sequence(op, a, b, &format!("{}=", op.symbol()))
    }
    /// The numeric slots of both operands; NotImplemented if neither serves.
    pub fn try_binary(&self, op: BinOp, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        let (ta, tb) = (a.ty(self), b.ty(self));
        let fa = op.slot(&ta.slots);
        let mut fb = if std::ptr::eq(ta, tb) { None } else { op.slot(&tb.slots) };
        if let (Some(x), Some(y)) = (fa, fb)
            && std::ptr::fn_addr_eq(x, y)
        {
            fb = None;
        }
        let ni = singletons::not_implemented();
        if let Some(f) = fa {
            if let Some(g) = fb
                && tb.is_subtype(ta)
            {
                let r = g(self, a, b)?;
                if !r.is(ni) {
                    return Ok(r);
                }
                fb = None;
            }
            let r = f(self, a, b)?;
            if !r.is(ni) {
                return Ok(r);
            }
        }
        match fb {
            Some(g) => g(self, a, b),
            None => Ok(self.not_implemented()),
        }
    }
    /// Sequence concatenation and repetition, then the TypeError.
    #[cold]
    fn binary_sequence(&self, op: BinOp, a: Ref<'_>, b: Ref<'_>, symbol: &str) -> PyResult<Obj> {
        let (ta, tb) = (a.ty(self), b.ty(self));
        match op {
            BinOp::Add => {
                if let Some(f) = ta.slots.sq_concat.get() {
                    return f(self, a, b);
                }
            }
            BinOp::Mul => {
                if let Some(f) = ta.slots.sq_repeat.get() {
                    return self.repeat(f, a, b);
                }
                if let Some(f) = tb.slots.sq_repeat.get() {
                    return self.repeat(f, b, a);
                }
            }
            _ => {}
        }
        let mut text = format!("unsupported operand type(s) for {symbol}: '{}' and '{}'", ta.tp_name(), tb.tp_name());
        if op == BinOp::RShift
            && symbol == ">>"
            && let Some(f) = a.downcast::<crate::function::PyBuiltinFunction>(self)
            && f.def.name == "print"
        {
            text.push_str(". Did you mean \"print(<message>, file=<output_stream>)\"?");
        }
        Err(self.type_error(text))
    }
    fn repeat(&self, f: crate::slots::ItemFn, seq: Ref<'_>, n: Ref<'_>) -> PyResult<Obj> {
        if !self.has_index(n) {
            return Err(self.type_error(format!("can't multiply sequence by non-int of type '{}'", n.ty(self).tp_name())));
        }
        let n = self.index_isize(n, self.types.overflow_error)?;
        f(self, seq, n)
    }
    /// `pow(a, b, c)`; `c` is None when absent.
    pub fn power(&self, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>) -> PyResult<Obj> {
        self.power_named(a, b, c, "** or pow()")
    }
    fn power_named(&self, a: Ref<'_>, b: Ref<'_>, c: Ref<'_>, symbol: &str) -> PyResult<Obj> {
        let (ta, tb, tc) = (a.ty(self), b.ty(self), c.ty(self));
        let same = |x: TernaryFn, y: Option<TernaryFn>| y.is_some_and(|y| std::ptr::fn_addr_eq(x, y));
        let ni = singletons::not_implemented();
        let fa = ta.slots.nb_power.get();
        let mut fb = if std::ptr::eq(ta, tb) { None } else { tb.slots.nb_power.get() };
        if fb.is_some_and(|g| same(g, fa)) {
            fb = None;
        }
        let mut order: [Option<TernaryFn>; 3] = [None; 3];
        if fa.is_some() && fb.is_some() && tb.is_subtype(ta) {
            order[0] = fb;
            order[1] = fa;
        } else {
            order[0] = fa;
            order[1] = fb;
        }
        let fc = tc.slots.nb_power.get();
        if fc.is_some_and(|f| !same(f, fa) && !same(f, tb.slots.nb_power.get())) {
            order[2] = fc;
        }
        for f in order.into_iter().flatten() {
            let r = f(self, a, b, c)?;
            if !r.is(ni) {
                return Ok(r);
            }
        }
        if c.is_none() {
            Err(self.type_error(format!("unsupported operand type(s) for {symbol}: '{}' and '{}'", ta.tp_name(), tb.tp_name())))
        } else {
            Err(self.type_error(format!(
                "unsupported operand type(s) for {symbol}: '{}', '{}', '{}'",
                ta.tp_name(),
                tb.tp_name(),
                tc.tp_name()
            )))
        }
    }
    /// `-a`.
    pub fn negative(&self, a: Ref<'_>) -> PyResult<Obj> {
        self.unary(a, a.ty(self).slots.nb_negative.get(), "unary -")
    }
    /// `+a`.
    pub fn positive(&self, a: Ref<'_>) -> PyResult<Obj> {
        self.unary(a, a.ty(self).slots.nb_positive.get(), "unary +")
    }
    /// `~a`.
    pub fn invert(&self, a: Ref<'_>) -> PyResult<Obj> {
        self.unary(a, a.ty(self).slots.nb_invert.get(), "unary ~")
    }
    /// `abs(a)`.
    pub fn absolute(&self, a: Ref<'_>) -> PyResult<Obj> {
        self.unary(a, a.ty(self).slots.nb_absolute.get(), "abs()")
    }
    fn unary(&self, a: Ref<'_>, f: Option<crate::slots::UnaryFn>, what: &str) -> PyResult<Obj> {
        match f {
            Some(f) => f(self, a),
            None => Err(self.type_error(format!("bad operand type for {what}: '{}'", a.ty(self).tp_name()))),
        }
    }
    /// Can the object be used as an index?
    pub fn has_index(&self, o: Ref<'_>) -> bool {
        o.value().is_int() || o.ty(self).slots.nb_index.get().is_some()
    }
    /// `operator.index(o)`: an int object (possibly of a subtype).
    pub fn index(&self, o: Ref<'_>) -> PyResult<Obj> {
        if o.as_int(self).is_some() {
            return Ok(o.to_obj());
        }
        let Some(f) = o.ty(self).slots.nb_index.get() else {
            return Err(self.type_error(format!("'{}' object cannot be interpreted as an integer", o.ty(self).tp_name())));
        };
        let r = f(self, o)?;
        if r.r().is_exact_int(self) {
            return Ok(r);
        }
        if r.r().as_int(self).is_none() {
            return Err(self.type_error(format!("__index__ returned non-int (type {})", r.r().ty(self).tp_name())));
        }
        let text = format!(
            "__index__ returned non-int (type {}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.",
            r.r().ty(self).tp_name()
        );
        self.warn(self.types.deprecation_warning, &text, 1)?;
        Ok(r)
    }
    /// An index as a machine integer; raises `err` when it does not fit.
    pub fn index_isize(&self, o: Ref<'_>, err: &PyType) -> PyResult<isize> {
        if let Some(i) = o.value().as_int() {
            return Ok(i as isize);
        }
        let i = self.index(o)?;
        match i.r().as_int(self).and_then(IntRef::to_i64) {
            Some(i) => Ok(i as isize),
            None => Err(self.raise_msg(err, &format!("cannot fit '{}' into an index-sized integer", o.ty(self).tp_name()))),
        }
    }
    /// An index, saturating at the ends of the machine integers (slices).
    pub fn index_clamped(&self, o: Ref<'_>) -> PyResult<isize> {
        if let Some(i) = o.value().as_int() {
            return Ok(i as isize);
        }
        let i = self.index(o)?;
        Ok(match i.r().as_int(self) {
            Some(IntRef::Small(i)) => i as isize,
            Some(b) if b.is_negative() => isize::MIN,
            _ => isize::MAX,
        })
    }
    /// `float(o)` for a number: float, `__float__`, or `__index__`. "must be real number" otherwise.
    pub fn to_f64(&self, o: Ref<'_>) -> PyResult<f64> {
        if let Some(f) = o.as_float(self) {
            return Ok(f);
        }
        if let Some(i) = o.value().as_int() {
            return Ok(i as f64);
        }
        let ty = o.ty(self);
        if let Some(f) = ty.slots.nb_float.get() {
            let r = f(self, o)?;
            let Some(v) = r.r().as_float(self) else {
                return Err(self.type_error(format!("{}.__float__ returned non-float (type {})", ty.tp_name(), r.r().ty(self).tp_name())));
            };
            if !r.r().is_exact_float(self) {
                let text = format!(
                    "{}.__float__ returned non-float (type {}).  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python.",
                    ty.tp_name(),
                    r.r().ty(self).tp_name()
                );
                self.warn(self.types.deprecation_warning, &text, 1)?;
            }
            return Ok(v);
        }
        if ty.slots.nb_index.get().is_some() {
            let i = self.index(o)?;
            if let Some(i) = i.r().as_int(self) {
                return self.int_to_f64(i);
            }
        }
        Err(self.type_error(format!("must be real number, not {}", ty.tp_name())))
    }
    /// An int as the nearest double; OverflowError if there is none.
    pub fn int_to_f64(&self, i: IntRef<'_>) -> PyResult<f64> {
        match i {
            IntRef::Small(i) => Ok(i as f64),
            IntRef::Big(b) => {
                let f = b.to_f64().value();
                if f.is_infinite() { Err(self.overflow_error("int too large to convert to float")) } else { Ok(f) }
            }
        }
    }
}
