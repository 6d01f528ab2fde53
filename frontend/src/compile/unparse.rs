//! Expressions back to text, as annotations under `from __future__ import annotations` are kept.

use ruff_python_ast as ast;
use ruff_python_ast::{BoolOp, Expr, InterpolatedStringElement, Operator, UnaryOp};

use super::fold;
use crate::code::Const;
use crate::parse::literal;
use crate::parse::source::Source;
use crate::pystring::PyString;

/// Binding strengths, weakest first.
mod level {
    pub const TUPLE: u8 = 0;
    pub const TEST: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const CMP: u8 = 5;
    pub const EXPR: u8 = 6;
    pub const BXOR: u8 = 7;
    pub const BAND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const ARITH: u8 = 10;
    pub const TERM: u8 = 11;
    pub const FACTOR: u8 = 12;
    pub const POWER: u8 = 13;
    pub const AWAIT: u8 = 14;
    pub const ATOM: u8 = 15;
}

/// The text of an expression.
pub fn unparse(source: &Source, e: &Expr) -> PyString {
    let mut w = Writer { source, out: PyString::new() };
    w.expr(e, level::TEST);
    w.out
}

struct Writer<'s> {
    source: &'s Source,
    out: PyString,
}

impl Writer<'_> {
    fn put(&mut self, s: &str) {
        self.out.push_str(s);
    }

    fn list<'e>(&mut self, items: impl IntoIterator<Item = &'e Expr>, level: u8) {
        for (i, e) in items.into_iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            self.expr(e, level);
        }
    }

    fn group(&mut self, parens: bool, f: impl FnOnce(&mut Self)) {
        if parens {
            self.put("(");
        }
        f(self);
        if parens {
            self.put(")");
        }
    }

    fn expr(&mut self, e: &Expr, outer: u8) {
        stacker::maybe_grow(super::RED_ZONE, super::SEGMENT, || self.expr_inner(e, outer));
    }

    fn expr_inner(&mut self, e: &Expr, outer: u8) {
        match e {
            Expr::BoolOp(b) => {
                let (word, own) = match b.op {
                    BoolOp::And => (" and ", level::AND),
                    BoolOp::Or => (" or ", level::OR),
                };
                self.group(outer > own, |w| {
                    for (i, v) in b.values.iter().enumerate() {
                        if i > 0 {
                            w.put(word);
                        }
                        w.expr(v, own + 1);
                    }
                });
            }
            Expr::Named(n) => self.group(outer > level::TUPLE, |w| {
                w.expr(&n.target, level::ATOM);
                w.put(" := ");
                w.expr(&n.value, level::ATOM);
            }),
            Expr::BinOp(b) => self.bin_op(b, outer),
            Expr::UnaryOp(u) => {
                let (op, own) = match u.op {
                    UnaryOp::Invert => ("~", level::FACTOR),
                    UnaryOp::Not => ("not ", level::NOT),
                    UnaryOp::UAdd => ("+", level::FACTOR),
                    UnaryOp::USub => ("-", level::FACTOR),
                };
                self.group(outer > own, |w| {
                    w.put(op);
                    w.expr(&u.operand, own);
                });
            }
            Expr::Lambda(l) => self.group(outer > level::TEST, |w| {
                w.put("lambda");
                if let Some(p) = &l.parameters
                    && !p.is_empty()
                {
                    w.put(" ");
                    w.parameters(p);
                }
                w.put(": ");
                w.expr(&l.body, level::TEST);
            }),
            Expr::If(i) => self.group(outer > level::TEST, |w| {
                w.expr(&i.body, level::TEST + 1);
                w.put(" if ");
                w.expr(&i.test, level::TEST + 1);
                w.put(" else ");
                w.expr(&i.orelse, level::TEST);
            }),
            Expr::Dict(d) => self.dict(d),
            Expr::Set(s) => {
                self.put("{");
                self.list(&s.elts, level::TEST);
                self.put("}");
            }
            Expr::ListComp(c) => self.comp("[", "]", None, &c.elt, &c.generators),
            Expr::SetComp(c) => self.comp("{", "}", None, &c.elt, &c.generators),
            Expr::DictComp(c) => self.comp("{", "}", c.key.as_deref(), &c.value, &c.generators),
            Expr::Generator(c) => self.comp("(", ")", None, &c.elt, &c.generators),
            Expr::Await(a) => self.group(outer > level::AWAIT, |w| {
                w.put("await ");
                w.expr(&a.value, level::ATOM);
            }),
            Expr::Yield(y) => match &y.value {
                None => self.put("(yield)"),
                Some(v) => {
                    self.put("(yield ");
                    self.expr(v, level::TEST);
                    self.put(")");
                }
            },
            Expr::YieldFrom(y) => {
                self.put("(yield from ");
                self.expr(&y.value, level::TEST);
                self.put(")");
            }
            Expr::Compare(c) => self.group(outer > level::CMP, |w| {
                w.expr(&c.left, level::CMP + 1);
                for (op, v) in c.ops.iter().zip(&*c.comparators) {
                    w.put(" ");
                    w.put(op.as_str());
                    w.put(" ");
                    w.expr(v, level::CMP + 1);
                }
            }),
            Expr::Call(c) => self.call(c),
            Expr::FString(f) => self.fstring(f),
            Expr::TString(t) => {
                let mut body = PyString::new();
                for part in t.value.iter() {
                    body.push_py(&self.elements(&part.elements));
                }
                self.put("t");
                self.repr(&body);
            }
            Expr::StringLiteral(s) => {
                if s.value.is_unicode() {
                    self.put("u");
                }
                let v = literal::string(self.source, s);
                self.repr(&v);
            }
            Expr::BytesLiteral(b) => {
                let quote = if b.value.bytes().any(|c| c == b'\'') && !b.value.bytes().any(|c| c == b'"') { '"' } else { '\'' };
                let mut text = format!("b{quote}");
                for c in b.value.bytes() {
                    match c {
                        b'\\' => text.push_str("\\\\"),
                        b'\t' => text.push_str("\\t"),
                        b'\n' => text.push_str("\\n"),
                        b'\r' => text.push_str("\\r"),
                        c if c as char == quote => {
                            text.push('\\');
                            text.push(quote);
                        }
                        0x20..=0x7e => text.push(c as char),
                        c => text.push_str(&format!("\\x{c:02x}")),
                    }
                }
                text.push(quote);
                self.put(&text);
            }
            Expr::NumberLiteral(n) => match fold::number(&n.value) {
                Some(Const::Float(f)) => self.put(&float_repr(f)),
                Some(Const::Complex(_, i)) => self.put(&format!("{}j", float_repr_bare(i))),
                Some(c) => self.put(&crate::disasm::const_repr(&c)),
                None => self.put("0"),
            },
            Expr::BooleanLiteral(b) => self.put(if b.value { "True" } else { "False" }),
            Expr::NoneLiteral(_) => self.put("None"),
            Expr::EllipsisLiteral(_) => self.put("..."),
            Expr::Attribute(a) => {
                self.expr(&a.value, level::ATOM);
                // `1 .real`, not `1.real`.
                if matches!(&*a.value, Expr::NumberLiteral(n) if n.value.is_int()) {
                    self.put(" ");
                }
                self.put(".");
                self.put(a.attr.as_str());
            }
            Expr::Subscript(s) => {
                self.expr(&s.value, level::ATOM);
                self.put("[");
                match &*s.slice {
                    Expr::Tuple(t) if !t.elts.is_empty() => self.tuple_items(&t.elts),
                    e => self.expr(e, level::TUPLE),
                }
                self.put("]");
            }
            Expr::Starred(s) => {
                self.put("*");
                self.expr(&s.value, level::EXPR);
            }
            Expr::Name(n) => self.put(&n.id),
            Expr::List(l) => {
                self.put("[");
                self.list(&l.elts, level::TEST);
                self.put("]");
            }
            Expr::Tuple(t) => {
                if t.elts.is_empty() {
                    self.put("()");
                    return;
                }
                self.group(outer > level::TUPLE, |w| w.tuple_items(&t.elts));
            }
            Expr::Slice(s) => {
                if let Some(e) = &s.lower {
                    self.expr(e, level::TEST);
                }
                self.put(":");
                if let Some(e) = &s.upper {
                    self.expr(e, level::TEST);
                }
                if let Some(e) = &s.step {
                    self.put(":");
                    self.expr(e, level::TEST);
                }
            }
            Expr::IpyEscapeCommand(_) => {}
        }
    }

    fn tuple_items(&mut self, elts: &[Expr]) {
        self.list(elts, level::TEST);
        if elts.len() == 1 {
            self.put(",");
        }
    }

    fn bin_op(&mut self, b: &ast::ExprBinOp, outer: u8) {
        let (op, own, right) = match b.op {
            Operator::Add => (" + ", level::ARITH, false),
            Operator::Sub => (" - ", level::ARITH, false),
            Operator::Mult => (" * ", level::TERM, false),
            Operator::MatMult => (" @ ", level::TERM, false),
            Operator::Div => (" / ", level::TERM, false),
            Operator::Mod => (" % ", level::TERM, false),
            Operator::FloorDiv => (" // ", level::TERM, false),
            Operator::LShift => (" << ", level::SHIFT, false),
            Operator::RShift => (" >> ", level::SHIFT, false),
            Operator::BitOr => (" | ", level::EXPR, false),
            Operator::BitXor => (" ^ ", level::BXOR, false),
            Operator::BitAnd => (" & ", level::BAND, false),
            Operator::Pow => (" ** ", level::POWER, true),
        };
        self.group(outer > own, |w| {
            w.expr(&b.left, own + u8::from(right));
            w.put(op);
            w.expr(&b.right, own + u8::from(!right));
        });
    }

    fn dict(&mut self, d: &ast::ExprDict) {
        self.put("{");
        for (i, item) in d.items.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            match &item.key {
                Some(k) => {
                    self.expr(k, level::TEST);
                    self.put(": ");
                    self.expr(&item.value, level::TEST);
                }
                None => {
                    self.put("**");
                    self.expr(&item.value, level::EXPR);
                }
            }
        }
        self.put("}");
    }

    fn comp(&mut self, open: &str, close: &str, key: Option<&Expr>, value: &Expr, generators: &[ast::Comprehension]) {
        self.put(open);
        if let Some(k) = key {
            self.expr(k, level::TEST);
            self.put(": ");
        }
        self.expr(value, level::TEST);
        for g in generators {
            self.put(if g.is_async { " async for " } else { " for " });
            self.expr(&g.target, level::TUPLE);
            self.put(" in ");
            self.expr(&g.iter, level::TEST + 1);
            for i in &g.ifs {
                self.put(" if ");
                self.expr(i, level::TEST + 1);
            }
        }
        self.put(close);
    }

    fn call(&mut self, c: &ast::ExprCall) {
        self.expr(&c.func, level::ATOM);
        if c.arguments.keywords.is_empty()
            && let [only @ Expr::Generator(_)] = &*c.arguments.args
        {
            self.expr(only, level::TEST);
            return;
        }
        self.put("(");
        self.list(&*c.arguments.args, level::TEST);
        for (i, k) in c.arguments.keywords.iter().enumerate() {
            if i > 0 || !c.arguments.args.is_empty() {
                self.put(", ");
            }
            match &k.arg {
                Some(a) => {
                    self.put(a.as_str());
                    self.put("=");
                }
                None => self.put("**"),
            }
            self.expr(&k.value, level::TEST);
        }
        self.put(")");
    }

    fn parameters(&mut self, p: &ast::Parameters) {
        let mut first = true;
        let mut comma = |w: &mut Self| {
            if !std::mem::take(&mut first) {
                w.put(", ");
            }
        };
        let n = p.posonlyargs.len();
        for (i, a) in p.posonlyargs.iter().chain(&p.args).enumerate() {
            comma(self);
            self.put(a.parameter.name.as_str());
            if let Some(d) = &a.default {
                self.put("=");
                self.expr(d, level::TEST);
            }
            if n > 0 && i + 1 == n {
                self.put(", /");
            }
        }
        if p.vararg.is_some() || !p.kwonlyargs.is_empty() {
            comma(self);
            self.put("*");
            if let Some(v) = &p.vararg {
                self.put(v.name.as_str());
            }
        }
        for a in &p.kwonlyargs {
            comma(self);
            self.put(a.parameter.name.as_str());
            if let Some(d) = &a.default {
                self.put("=");
                self.expr(d, level::TEST);
            }
        }
        if let Some(k) = &p.kwarg {
            comma(self);
            self.put("**");
            self.put(k.name.as_str());
        }
    }

    fn fstring(&mut self, f: &ast::ExprFString) {
        let mut body = PyString::new();
        for part in f.value.iter() {
            match part {
                ast::FStringPart::Literal(l) => {
                    let mut s = PyString::new();
                    literal::string_part(self.source, l, &mut s);
                    push_escaped(&s, &mut body);
                }
                ast::FStringPart::FString(f) => body.push_py(&self.elements(&f.elements)),
            }
        }
        self.put("f");
        self.repr(&body);
    }

    fn elements(&self, elements: &ast::InterpolatedStringElements) -> PyString {
        let mut body = PyString::new();
        for e in elements.iter() {
            match e {
                InterpolatedStringElement::Literal(l) => {
                    let mut s = PyString::new();
                    literal::interpolated_part(self.source, l, false, &mut s);
                    push_escaped(&s, &mut body);
                }
                InterpolatedStringElement::Interpolation(i) => {
                    if let Some(d) = &i.debug_text {
                        push_escaped(&PyString::from(d.as_str()), &mut body);
                    }
                    let mut w = Writer { source: self.source, out: PyString::new() };
                    w.expr(&i.expression, level::TEST + 1);
                    let starts_with_brace = w.out.as_bytes().first() == Some(&b'{');
                    body.push_str(if starts_with_brace { "{ " } else { "{" });
                    body.push_py(&w.out);
                    match i.conversion {
                        ast::ConversionFlag::None if i.debug_text.is_some() && i.format_spec.is_none() => {
                            body.push_str("!r");
                        }
                        ast::ConversionFlag::None => {}
                        ast::ConversionFlag::Str => body.push_str("!s"),
                        ast::ConversionFlag::Repr => body.push_str("!r"),
                        ast::ConversionFlag::Ascii => body.push_str("!a"),
                    }
                    if let Some(spec) = &i.format_spec {
                        body.push_str(":");
                        body.push_py(&self.elements(&spec.elements));
                    }
                    body.push_str("}");
                }
            }
        }
        body
    }

    /// `repr` of a string.
    fn repr(&mut self, s: &PyString) {
        let has = |c: u32| s.code_points().any(|x| x == c);
        let quote = if has(39) && !has(34) { '"' } else { '\'' };
        let mut text = String::new();
        text.push(quote);
        for cp in s.code_points() {
            match cp {
                0x5c => text.push_str("\\\\"),
                9 => text.push_str("\\t"),
                10 => text.push_str("\\n"),
                13 => text.push_str("\\r"),
                c if c == quote as u32 => {
                    text.push('\\');
                    text.push(quote);
                }
                c if c < 0x20 || (0x7f..0xa0).contains(&c) || c == 0xad => {
                    text.push_str(&format!("\\x{c:02x}"));
                }
                c => match char::from_u32(c) {
                    Some(c) => text.push(c),
                    None => text.push_str(&format!("\\u{c:04x}")),
                },
            }
        }
        text.push(quote);
        self.put(&text);
    }
}

fn push_escaped(s: &PyString, out: &mut PyString) {
    for cp in s.code_points() {
        out.push(cp);
        if cp == u32::from('{') || cp == u32::from('}') {
            out.push(cp);
        }
    }
}

/// `repr` of a float; infinities as literals that overflow.
fn float_repr(f: f64) -> String {
    if f.is_infinite() {
        return "1e309".into();
    }
    let s = float_repr_bare(f);
    if s.contains(['.', 'e', 'n']) { s } else { format!("{s}.0") }
}

fn float_repr_bare(f: f64) -> String {
    if f.is_infinite() {
        return "1e309".into();
    }
    let exp = format!("{f:e}");
    let (mantissa, e) = exp.split_once('e').unwrap_or((&exp, "0"));
    let e: i32 = e.parse().unwrap_or(0);
    if (-4..16).contains(&e) {
        return format!("{f}");
    }
    let sign = if e < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", e.abs())
}
