//! Expressions.

use krait_frontend::parse::literal;
use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};

use super::Conv;

impl Conv<'_> {
    pub fn expr(&self, e: &Expr) -> PyResult<Obj> {
        self.vm.check_stack(" during ast construction")?;
        let at = e.range();
        match e {
            Expr::BoolOp(b) => {
                let op = self.one(if b.op == ast::BoolOp::And { "And" } else { "Or" })?;
                self.node("BoolOp", at, vec![("op", op), ("values", self.exprs(&b.values)?)])
            }
            Expr::Named(n) => {
                let (target, value) = (self.expr(&n.target)?, self.expr(&n.value)?);
                self.node("NamedExpr", at, vec![("target", target), ("value", value)])
            }
            Expr::BinOp(b) => {
                let (left, right) = (self.expr(&b.left)?, self.expr(&b.right)?);
                self.node("BinOp", at, vec![("left", left), ("op", self.operator(b.op)?), ("right", right)])
            }
            Expr::UnaryOp(u) => {
                let op = self.one(match u.op {
                    ast::UnaryOp::Invert => "Invert",
                    ast::UnaryOp::Not => "Not",
                    ast::UnaryOp::UAdd => "UAdd",
                    ast::UnaryOp::USub => "USub",
                })?;
                self.node("UnaryOp", at, vec![("op", op), ("operand", self.expr(&u.operand)?)])
            }
            Expr::Lambda(l) => {
                let args = match &l.parameters {
                    Some(p) => self.arguments(p)?,
                    None => self.arguments(&ast::Parameters::default())?,
                };
                self.node("Lambda", at, vec![("args", args), ("body", self.expr(&l.body)?)])
            }
            Expr::If(i) => {
                let (test, body, orelse) = (self.expr(&i.test)?, self.expr(&i.body)?, self.expr(&i.orelse)?);
                self.node("IfExp", at, vec![("test", test), ("body", body), ("orelse", orelse)])
            }
            Expr::Dict(d) => {
                let keys = self.list(&d.items, |i| self.opt_expr(i.key.as_ref()))?;
                self.node("Dict", at, vec![("keys", keys), ("values", self.list(&d.items, |i| self.expr(&i.value))?)])
            }
            Expr::Set(s) => self.node("Set", at, vec![("elts", self.exprs(&s.elts)?)]),
            Expr::ListComp(c) => self.comprehension("ListComp", at, &c.elt, &c.generators),
            Expr::SetComp(c) => self.comprehension("SetComp", at, &c.elt, &c.generators),
            Expr::Generator(c) => self.comprehension("GeneratorExp", at, &c.elt, &c.generators),
            Expr::DictComp(c) => {
                let (key, value) = (self.opt_expr(c.key.as_deref())?, self.expr(&c.value)?);
                let generators = self.list(&c.generators, |g| self.generator(g))?;
                self.node("DictComp", at, vec![("key", key), ("value", value), ("generators", generators)])
            }
            Expr::Await(a) => self.node("Await", at, vec![("value", self.expr(&a.value)?)]),
            Expr::Yield(y) => self.node("Yield", at, vec![("value", self.opt_expr(y.value.as_deref())?)]),
            Expr::YieldFrom(y) => self.node("YieldFrom", at, vec![("value", self.expr(&y.value)?)]),
            Expr::Compare(c) => {
                let ops = self.list(&c.ops, |o| self.one(cmp_name(*o)))?;
                let (left, right) = (self.expr(&c.left)?, self.exprs(&c.comparators)?);
                self.node("Compare", at, vec![("left", left), ("ops", ops), ("comparators", right)])
            }
            Expr::Call(c) => {
                let func = self.expr(&c.func)?;
                let args = self.exprs(&c.arguments.args)?;
                let keywords = self.list(&c.arguments.keywords, |k| self.keyword(k))?;
                self.node("Call", at, vec![("func", func), ("args", args), ("keywords", keywords)])
            }
            Expr::FString(f) => self.joined(f),
            Expr::TString(t) => self.template(t),
            Expr::StringLiteral(s) => {
                let unicode = s.value.iter().next().is_some_and(|p| p.flags.prefix().is_unicode());
                let kind = if unicode { self.vm.str("u") } else { Obj::none() };
                self.constant(at, self.text(&literal::string(self.source, s)), kind)
            }
            Expr::BytesLiteral(b) => self.constant(at, self.vm.bytes(&literal::bytes(b)), Obj::none()),
            Expr::NumberLiteral(n) => self.constant(at, self.number(&n.value), Obj::none()),
            Expr::BooleanLiteral(b) => self.constant(at, Obj::bool(b.value), Obj::none()),
            Expr::NoneLiteral(_) => self.constant(at, Obj::none(), Obj::none()),
            Expr::EllipsisLiteral(_) => self.constant(at, krait_object::singletons::ellipsis().to_obj(), Obj::none()),
            Expr::Attribute(a) => {
                let fields = vec![("value", self.expr(&a.value)?), ("attr", self.ident(&a.attr)), ("ctx", self.ctx(a.ctx)?)];
                self.node("Attribute", at, fields)
            }
            Expr::Subscript(s) => {
                let (value, slice) = (self.expr(&s.value)?, self.expr(&s.slice)?);
                self.node("Subscript", at, vec![("value", value), ("slice", slice), ("ctx", self.ctx(s.ctx)?)])
            }
            Expr::Starred(s) => self.node("Starred", at, vec![("value", self.expr(&s.value)?), ("ctx", self.ctx(s.ctx)?)]),
            Expr::Name(n) => self.node("Name", at, vec![("id", self.name(n.id.as_str())), ("ctx", self.ctx(n.ctx)?)]),
            Expr::List(l) => self.node("List", at, vec![("elts", self.exprs(&l.elts)?), ("ctx", self.ctx(l.ctx)?)]),
            Expr::Tuple(t) => self.node("Tuple", at, vec![("elts", self.exprs(&t.elts)?), ("ctx", self.ctx(t.ctx)?)]),
            Expr::Slice(s) => {
                let (lower, upper) = (self.opt_expr(s.lower.as_deref())?, self.opt_expr(s.upper.as_deref())?);
                let step = self.opt_expr(s.step.as_deref())?;
                self.node("Slice", at, vec![("lower", lower), ("upper", upper), ("step", step)])
            }
            Expr::IpyEscapeCommand(_) => self.constant(at, Obj::none(), Obj::none()),
        }
    }

    pub fn constant(&self, at: TextRange, value: Obj, kind: Obj) -> PyResult<Obj> {
        self.node("Constant", at, vec![("value", value), ("kind", kind)])
    }

    pub fn number(&self, n: &ast::Number) -> Obj {
        match n {
            ast::Number::Int(i) => match i.as_i64() {
                Some(i) => self.vm.int_i64(i),
                None => literal::parse_int(&i.to_string()).map_or_else(Obj::none, |b| self.vm.int_big(b)),
            },
            ast::Number::Float(f) => self.vm.float(*f),
            ast::Number::Complex { real, imag } => self.vm.complex(*real, *imag),
        }
    }

    fn comprehension(&self, class: &'static str, at: TextRange, elt: &Expr, generators: &[ast::Comprehension]) -> PyResult<Obj> {
        let elt = self.expr(elt)?;
        self.node(class, at, vec![("elt", elt), ("generators", self.list(generators, |g| self.generator(g))?)])
    }

    fn generator(&self, g: &ast::Comprehension) -> PyResult<Obj> {
        let fields = vec![
            ("target", self.expr(&g.target)?),
            ("iter", self.expr(&g.iter)?),
            ("ifs", self.exprs(&g.ifs)?),
            ("is_async", Obj::small(g.is_async.into())),
        ];
        self.bare("comprehension", fields)
    }

    fn ctx(&self, c: ast::ExprContext) -> PyResult<Obj> {
        self.one(match c {
            ast::ExprContext::Store => "Store",
            ast::ExprContext::Del => "Del",
            ast::ExprContext::Load | ast::ExprContext::Invalid => "Load",
        })
    }

    pub fn operator(&self, op: ast::Operator) -> PyResult<Obj> {
        use ast::Operator as O;
        self.one(match op {
            O::Add => "Add",
            O::Sub => "Sub",
            O::Mult => "Mult",
            O::MatMult => "MatMult",
            O::Div => "Div",
            O::Mod => "Mod",
            O::Pow => "Pow",
            O::LShift => "LShift",
            O::RShift => "RShift",
            O::BitOr => "BitOr",
            O::BitXor => "BitXor",
            O::BitAnd => "BitAnd",
            O::FloorDiv => "FloorDiv",
        })
    }
}

fn cmp_name(op: ast::CmpOp) -> &'static str {
    use ast::CmpOp as C;
    match op {
        C::Eq => "Eq",
        C::NotEq => "NotEq",
        C::Lt => "Lt",
        C::LtE => "LtE",
        C::Gt => "Gt",
        C::GtE => "GtE",
        C::Is => "Is",
        C::IsNot => "IsNot",
        C::In => "In",
        C::NotIn => "NotIn",
    }
}
