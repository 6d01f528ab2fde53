//! Constant folding, within CPython's limits on the size of results.

use dashu_int::IBig;
use dashu_int::ops::BitTest;
use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Operator, UnaryOp};

use super::Compiler;
use crate::code::Const;
use crate::parse::literal;

const MAX_INT_BITS: usize = 128;
const MAX_COLLECTION: usize = 256;
const MAX_STR: usize = 4096;
const MAX_TOTAL_ITEMS: isize = 1024;

impl<'a> Compiler<'a> {
    /// The value of a constant expression.
    pub(super) fn constant(&mut self, e: &Expr) -> Option<Const> {
        match e {
            Expr::NoneLiteral(_) => Some(Const::None),
            Expr::BooleanLiteral(b) => Some(bool_const(b.value)),
            Expr::EllipsisLiteral(_) => Some(Const::Ellipsis),
            Expr::NumberLiteral(n) => number(&n.value),
            Expr::StringLiteral(s) => Some(Const::Str(literal::string(self.source, s))),
            Expr::BytesLiteral(b) => Some(Const::Bytes(literal::bytes(b))),
            Expr::Name(n) if n.id.as_str() == "__debug__" => Some(bool_const(self.options.optimize == 0)),
            Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Tuple(_) | Expr::Subscript(_) | Expr::Slice(_) => {
                let key = std::ptr::from_ref(e).addr();
                if self.not_const.contains(&key) {
                    return None;
                }
                let c = self.deeper(|c| c.constant_operator(e));
                if c.is_none() {
                    self.not_const.insert(key);
                }
                c
            }
            _ => None,
        }
    }

    fn constant_operator(&mut self, e: &Expr) -> Option<Const> {
        match e {
            Expr::BinOp(b) => {
                let right = self.constant(&b.right)?;
                let left = self.constant(&b.left)?;
                binary(b.op, &left, &right)
            }
            Expr::UnaryOp(u) => {
                let v = self.constant(&u.operand)?;
                unary(u.op, &v)
            }
            Expr::Tuple(t) => {
                if !matches!(t.ctx, ast::ExprContext::Load) {
                    return None;
                }
                // Names end the search early in the common case.
                let mut items = Vec::with_capacity(t.elts.len());
                for item in &t.elts {
                    items.push(self.constant(item)?);
                }
                Some(Const::Tuple(items.into()))
            }
            Expr::Subscript(s) => {
                if !matches!(s.ctx, ast::ExprContext::Load) || matches!(*s.slice, Expr::Slice(_)) {
                    return None;
                }
                let Const::Int(i) = self.constant(&s.slice)? else {
                    return None;
                };
                index(&self.constant(&s.value)?, i)
            }
            Expr::Slice(s) => {
                let mut part = |e: &Option<Box<Expr>>| match e {
                    Some(e) => self.constant(e),
                    None => Some(Const::None),
                };
                let (a, b, c) = (part(&s.lower)?, part(&s.upper)?, part(&s.step)?);
                Some(Const::Slice(Box::new([a, b, c])))
            }
            _ => None,
        }
    }

    /// Whether a condition is constant, and which way.
    pub(super) fn constant_truth(&mut self, e: &Expr) -> Option<bool> {
        match e {
            Expr::UnaryOp(u) if u.op == UnaryOp::Not => self.constant_truth(&u.operand).map(|b| !b),
            Expr::BoolOp(_) | Expr::Compare(_) | Expr::Call(_) | Expr::Attribute(_) => None,
            _ => {
                let c = self.constant(e)?;
                truth(&c)
            }
        }
    }
}

fn bool_const(b: bool) -> Const {
    if b { Const::True } else { Const::False }
}

fn int(i: IBig) -> Const {
    match i64::try_from(&i) {
        Ok(small) => Const::Int(small),
        Err(_) => Const::BigInt(i),
    }
}

/// The value of a number literal.
pub fn number(n: &ast::Number) -> Option<Const> {
    Some(match n {
        ast::Number::Int(i) => match i.as_i64() {
            Some(i) => Const::Int(i),
            None => int(literal::parse_int(&i.to_string())?),
        },
        ast::Number::Float(f) => Const::Float(*f),
        ast::Number::Complex { real, imag } => Const::Complex(*real, *imag),
    })
}

/// Truth of a constant.
pub fn truth(c: &Const) -> Option<bool> {
    Some(match c {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::Slice(_) | Const::Code(_) | Const::Lazy(_) => true,
        Const::Int(i) => *i != 0,
        Const::BigInt(_) => true,
        Const::Float(f) => *f != 0.0,
        Const::Complex(r, i) => *r != 0.0 || *i != 0.0,
        Const::Str(s) => !s.is_empty(),
        Const::Bytes(b) => !b.is_empty(),
        Const::Tuple(t) | Const::FrozenSet(t) => !t.is_empty(),
    })
}

fn as_int(c: &Const) -> Option<IBig> {
    Some(match c {
        Const::Int(i) => IBig::from(*i),
        Const::BigInt(i) => i.clone(),
        Const::True => IBig::from(1),
        Const::False => IBig::from(0),
        _ => return None,
    })
}

fn as_float(c: &Const) -> Option<f64> {
    match c {
        Const::Float(f) => Some(*f),
        // Conversion of larger integers may have to fail.
        _ => {
            let i = i64::try_from(as_int(c)?).ok()?;
            (i.unsigned_abs() <= 1 << 53).then_some(i as f64)
        }
    }
}

fn unary(op: UnaryOp, v: &Const) -> Option<Const> {
    match (op, v) {
        (UnaryOp::Not, v) => Some(bool_const(!truth(v)?)),
        (UnaryOp::USub, Const::Float(f)) => Some(Const::Float(-f)),
        (UnaryOp::USub, Const::Complex(r, i)) => Some(Const::Complex(-r, -i)),
        (UnaryOp::UAdd, Const::Float(_) | Const::Complex(..)) => Some(v.clone()),
        (UnaryOp::Invert, Const::True | Const::False) => None,
        (UnaryOp::USub, v) => Some(int(-as_int(v)?)),
        (UnaryOp::UAdd, v) => Some(int(as_int(v)?)),
        (UnaryOp::Invert, v) => Some(int(-as_int(v)? - IBig::from(1))),
    }
}

fn binary(op: Operator, a: &Const, b: &Const) -> Option<Const> {
    let is_bool = |c: &Const| matches!(c, Const::True | Const::False);
    if let (Some(x), Some(y)) = (as_int(a), as_int(b)) {
        let r = int_binary(op, x, y)?;
        let bitwise = matches!(op, Operator::BitAnd | Operator::BitOr | Operator::BitXor);
        return Some(if bitwise && is_bool(a) && is_bool(b) { bool_const(truth(&r)?) } else { r });
    }
    if matches!(a, Const::Complex(..)) || matches!(b, Const::Complex(..)) {
        return complex_binary(op, a, b);
    }
    if let (Some(x), Some(y)) = (as_float(a), as_float(b)) {
        return float_binary(op, x, y);
    }
    match (op, a, b) {
        (Operator::Add, Const::Str(x), Const::Str(y)) => {
            let mut s = x.clone();
            s.push_py(y);
            Some(Const::Str(s))
        }
        (Operator::Add, Const::Bytes(x), Const::Bytes(y)) => Some(Const::Bytes([&x[..], &y[..]].concat().into())),
        (Operator::Add, Const::Tuple(x), Const::Tuple(y)) => Some(Const::Tuple([&x[..], &y[..]].concat().into())),
        (Operator::Mult, x, Const::Int(n)) | (Operator::Mult, Const::Int(n), x) => repeat(x, *n),
        _ => None,
    }
}

fn int_binary(op: Operator, x: IBig, y: IBig) -> Option<Const> {
    let zero = IBig::from(0);
    Some(int(match op {
        Operator::Add => x + y,
        Operator::Sub => x - y,
        Operator::Mult => {
            if x.bit_len() + y.bit_len() > MAX_INT_BITS {
                return None;
            }
            x * y
        }
        Operator::Div => {
            let (x, y) = (as_float(&int(x))?, as_float(&int(y))?);
            if y == 0.0 {
                return None;
            }
            return Some(Const::Float(x / y));
        }
        Operator::FloorDiv | Operator::Mod => {
            if y == zero {
                return None;
            }
            let mut q = &x / &y;
            let mut r = &x % &y;
            if r != zero && (r < zero) != (y < zero) {
                q -= IBig::from(1);
                r += &y;
            }
            if op == Operator::FloorDiv { q } else { r }
        }
        Operator::Pow => {
            if y < zero {
                return float_binary(op, as_float(&int(x))?, as_float(&int(y))?);
            }
            let n = usize::try_from(&y).ok()?;
            if x.bit_len() > 1 && (n > MAX_INT_BITS || x.bit_len() * n > MAX_INT_BITS) {
                return None;
            }
            if x.bit_len() <= 1 {
                let odd = n & 1 == 1;
                return Some(match (x == zero, n == 0) {
                    (_, true) => Const::Int(1),
                    (true, _) => Const::Int(0),
                    _ if x > zero || !odd => Const::Int(1),
                    _ => Const::Int(-1),
                });
            }
            x.pow(n)
        }
        Operator::LShift => {
            let n = usize::try_from(&y).ok()?;
            if n > MAX_INT_BITS || x.bit_len() + n > MAX_INT_BITS {
                return None;
            }
            x << n
        }
        Operator::RShift => {
            let n = usize::try_from(&y).ok()?;
            x >> n.min(1 << 20)
        }
        Operator::BitOr => x | y,
        Operator::BitXor => x ^ y,
        Operator::BitAnd => x & y,
        Operator::MatMult => return None,
    }))
}

fn float_binary(op: Operator, x: f64, y: f64) -> Option<Const> {
    let r = match op {
        Operator::Add => x + y,
        Operator::Sub => x - y,
        Operator::Mult => x * y,
        Operator::Div if y != 0.0 => x / y,
        Operator::Pow => {
            if (x == 0.0 && y < 0.0) || (x < 0.0 && y.fract() != 0.0) {
                return None;
            }
            let r = x.powf(y);
            if !r.is_finite() {
                return None;
            }
            r
        }
        _ => return None,
    };
    Some(Const::Float(r))
}

fn complex_binary(op: Operator, a: &Const, b: &Const) -> Option<Const> {
    let (r, i) = match (op, a, b) {
        (Operator::Add, Const::Complex(r, i), Const::Complex(s, j)) => (r + s, i + j),
        (Operator::Sub, Const::Complex(r, i), Const::Complex(s, j)) => (r - s, i - j),
        (Operator::Add, Const::Complex(r, i), x) | (Operator::Add, x, Const::Complex(r, i)) => (as_float(x)? + r, *i),
        (Operator::Sub, Const::Complex(r, i), x) => (r - as_float(x)?, *i),
        (Operator::Sub, x, Const::Complex(r, i)) => (as_float(x)? - r, -i),
        _ => return None,
    };
    Some(Const::Complex(r, i))
}

fn repeat(x: &Const, n: i64) -> Option<Const> {
    let n = usize::try_from(n).unwrap_or(0);
    match x {
        Const::Str(s) => {
            if n != 0 && s.char_len() > MAX_STR / n {
                return None;
            }
            let mut out = crate::pystring::PyString::new();
            (0..n).for_each(|_| out.push_py(s));
            Some(Const::Str(out))
        }
        Const::Bytes(b) => {
            if n != 0 && b.len() > MAX_STR / n {
                return None;
            }
            Some(Const::Bytes(b.repeat(n).into()))
        }
        Const::Tuple(t) => {
            if n != 0 && t.len() > MAX_COLLECTION / n {
                return None;
            }
            let mut items = 0;
            if !t.iter().all(|c| count_items(c, &mut items)) || items * n as isize > MAX_TOTAL_ITEMS {
                return None;
            }
            let mut out = Vec::with_capacity(t.len() * n);
            (0..n).for_each(|_| out.extend(t.iter().cloned()));
            Some(Const::Tuple(out.into()))
        }
        _ => None,
    }
}

fn count_items(c: &Const, n: &mut isize) -> bool {
    *n += 1;
    match c {
        Const::Tuple(t) => t.iter().all(|c| count_items(c, n)),
        _ => *n <= MAX_TOTAL_ITEMS,
    }
}

fn index(c: &Const, i: i64) -> Option<Const> {
    let at = |len: usize| {
        let i = if i < 0 { i + len as i64 } else { i };
        usize::try_from(i).ok().filter(|i| *i < len)
    };
    match c {
        Const::Tuple(t) => t.get(at(t.len())?).cloned(),
        Const::Bytes(b) => b.get(at(b.len())?).map(|b| Const::Int(i64::from(*b))),
        Const::Str(s) => {
            let cp = s.code_points().nth(at(s.char_len())?)?;
            let mut out = crate::pystring::PyString::new();
            out.push(cp);
            Some(Const::Str(out))
        }
        _ => None,
    }
}
