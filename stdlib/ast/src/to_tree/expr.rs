//! Expressions.

use krait_object::bytes::PyBytes;
use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::{Expr, ExprContext};
use ruff_text_size::TextRange;

use super::{Build, NO_INDEX};

fn context_name(c: ExprContext) -> &'static str {
    match c {
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
        ExprContext::Load | ExprContext::Invalid => "Load",
    }
}

impl Build<'_> {
    pub fn expr(&self, e: Ref<'_>) -> PyResult<Expr> {
        self.expr_in(e, ExprContext::Load)
    }
    pub fn expr_field(&self, node: Ref<'_>, name: &str, class: &str) -> PyResult<Expr> {
        self.expr(self.field(node, name, class)?.r())
    }
    pub fn boxed(&self, node: Ref<'_>, name: &str, class: &str) -> PyResult<Box<Expr>> {
        self.expr_field(node, name, class).map(Box::new)
    }
    pub fn opt_boxed(&self, node: Ref<'_>, name: &str) -> PyResult<Option<Box<Expr>>> {
        self.opt_field(node, name)?.map(|v| self.expr(v.r()).map(Box::new)).transpose()
    }
    fn exprs(&self, node: Ref<'_>, name: &str, class: &str, ctx: ExprContext) -> PyResult<Vec<Expr>> {
        self.list(node, name, class, |e| self.expr_in(e, ctx))
    }

    /// Checks the `ctx` field of a node that has one.
    fn check_ctx(&self, e: Ref<'_>, class: &str, want: ExprContext) -> PyResult<()> {
        let ctx = match self.opt_field(e, "ctx")? {
            Some(c) => self.class_of(c.r(), "expr_context")?,
            None => "Load",
        };
        let want = context_name(want);
        if ctx != want {
            let _ = class;
            return self.value_error(&format!("expression must have {want} context but has {ctx} instead"));
        }
        Ok(())
    }

    pub fn expr_in(&self, e: Ref<'_>, ctx: ExprContext) -> PyResult<Expr> {
        self.vm.check_stack(" during ast conversion")?;
        let range = self.range(e, "expr")?;
        let class = self.class_of(e, "expr")?;
        let node_index = NO_INDEX;
        if matches!(class, "Attribute" | "Subscript" | "Starred" | "Name" | "List" | "Tuple") {
            self.check_ctx(e, class, ctx)?;
            return self.target(e, class, range, ctx);
        }
        if ctx != ExprContext::Load {
            let (class, ctx) = (class, context_name(ctx));
            return self.value_error(&format!("expression which can't be assigned to in {ctx} context: {class}"));
        }
        Ok(match class {
            "BoolOp" => {
                let op = match self.class_of(self.field(e, "op", class)?.r(), "boolop")? {
                    "And" => ast::BoolOp::And,
                    _ => ast::BoolOp::Or,
                };
                let values = self.exprs(e, "values", class, ExprContext::Load)?;
                if values.len() < 2 {
                    return self.value_error("BoolOp with less than 2 values");
                }
                Expr::BoolOp(ast::ExprBoolOp { node_index, range, op, values })
            }
            "NamedExpr" => Expr::Named(ast::ExprNamed {
                node_index,
                range,
                target: Box::new(self.expr_in(self.field(e, "target", class)?.r(), ExprContext::Store)?),
                value: self.boxed(e, "value", class)?,
            }),
            "BinOp" => Expr::BinOp(ast::ExprBinOp {
                node_index,
                range,
                left: self.boxed(e, "left", class)?,
                op: self.operator(self.field(e, "op", class)?.r())?,
                right: self.boxed(e, "right", class)?,
            }),
            "UnaryOp" => {
                let op = match self.class_of(self.field(e, "op", class)?.r(), "unaryop")? {
                    "Invert" => ast::UnaryOp::Invert,
                    "Not" => ast::UnaryOp::Not,
                    "UAdd" => ast::UnaryOp::UAdd,
                    _ => ast::UnaryOp::USub,
                };
                Expr::UnaryOp(ast::ExprUnaryOp { node_index, range, op, operand: self.boxed(e, "operand", class)? })
            }
            "Lambda" => {
                let parameters = Some(Box::new(self.parameters(self.field(e, "args", class)?.r(), range)?));
                Expr::Lambda(ast::ExprLambda { node_index, range, parameters, body: self.boxed(e, "body", class)? })
            }
            "IfExp" => Expr::If(ast::ExprIf {
                node_index,
                range,
                test: self.boxed(e, "test", class)?,
                body: self.boxed(e, "body", class)?,
                orelse: self.boxed(e, "orelse", class)?,
            }),
            "Dict" => self.dict(e, range)?,
            "Set" => {
                let elts = self.exprs(e, "elts", class, ExprContext::Load)?;
                Expr::Set(ast::ExprSet { node_index, range, elts })
            }
            "ListComp" => {
                let (elt, generators) = (self.boxed(e, "elt", class)?, self.generators(e, class, range)?);
                Expr::ListComp(ast::ExprListComp { node_index, range, elt, generators })
            }
            "SetComp" => {
                let (elt, generators) = (self.boxed(e, "elt", class)?, self.generators(e, class, range)?);
                Expr::SetComp(ast::ExprSetComp { node_index, range, elt, generators })
            }
            "GeneratorExp" => {
                let (elt, generators) = (self.boxed(e, "elt", class)?, self.generators(e, class, range)?);
                Expr::Generator(ast::ExprGenerator { node_index, range, elt, generators, parenthesized: true })
            }
            "DictComp" => {
                let (key, value) = (Some(self.boxed(e, "key", class)?), self.boxed(e, "value", class)?);
                let generators = self.generators(e, class, range)?;
                Expr::DictComp(ast::ExprDictComp { node_index, range, key, value, generators })
            }
            "Await" => Expr::Await(ast::ExprAwait { node_index, range, value: self.boxed(e, "value", class)? }),
            "Yield" => Expr::Yield(ast::ExprYield { node_index, range, value: self.opt_boxed(e, "value")? }),
            "YieldFrom" => Expr::YieldFrom(ast::ExprYieldFrom { node_index, range, value: self.boxed(e, "value", class)? }),
            "Compare" => self.compare(e, range)?,
            "Call" => Expr::Call(ast::ExprCall {
                node_index,
                range_start: range.start(),
                func: self.boxed(e, "func", class)?,
                arguments: ast::Arguments {
                    range,
                    node_index: NO_INDEX,
                    args: self.exprs(e, "args", class, ExprContext::Load)?.into_boxed_slice(),
                    keywords: self.list(e, "keywords", class, |k| self.keyword(k))?.into_iter().collect(),
                },
            }),
            "JoinedStr" | "FormattedValue" => self.fstring(e, class, range)?,
            "TemplateStr" | "Interpolation" => self.tstring(e, class, range)?,
            "Constant" => self.constant(self.field(e, "value", class)?.r(), range)?,
            "Slice" => Expr::Slice(ast::ExprSlice {
                node_index,
                range,
                lower: self.opt_boxed(e, "lower")?,
                upper: self.opt_boxed(e, "upper")?,
                step: self.opt_boxed(e, "step")?,
            }),
            _ => return Err(self.unexpected(e, "expr")),
        })
    }

    /// The nodes that can be assigned to.
    fn target(&self, e: Ref<'_>, class: &str, range: TextRange, ctx: ExprContext) -> PyResult<Expr> {
        let node_index = NO_INDEX;
        Ok(match class {
            "Attribute" => Expr::Attribute(ast::ExprAttribute {
                node_index,
                range,
                value: self.boxed(e, "value", class)?,
                attr: self.ident_field(e, "attr", class, TextRange::empty(range.end()))?,
                ctx,
            }),
            "Subscript" => {
                let (value, slice) = (self.boxed(e, "value", class)?, self.boxed(e, "slice", class)?);
                Expr::Subscript(ast::ExprSubscript { node_index, range, value, slice, ctx })
            }
            "Starred" => {
                let value = Box::new(self.expr_in(self.field(e, "value", class)?.r(), ctx)?);
                Expr::Starred(ast::ExprStarred { node_index, range, value, ctx })
            }
            "Name" => {
                let id = self.ident_field(e, "id", class, range)?.id;
                Expr::Name(ast::ExprName { node_index, range, id, ctx })
            }
            "List" => Expr::List(ast::ExprList { node_index, range, elts: self.exprs(e, "elts", class, ctx)?, ctx }),
            _ => {
                let elts = self.exprs(e, "elts", class, ctx)?;
                Expr::Tuple(ast::ExprTuple { node_index, range, elts, ctx, parenthesized: true })
            }
        })
    }

    fn dict(&self, e: Ref<'_>, range: TextRange) -> PyResult<Expr> {
        let keys = self.list(e, "keys", "Dict", |k| if k.is_none() { Ok(None) } else { self.expr(k).map(Some) })?;
        let values = self.exprs(e, "values", "Dict", ExprContext::Load)?;
        if keys.len() != values.len() {
            return self.value_error("Dict doesn't have the same number of keys as values");
        }
        let items = keys.into_iter().zip(values).map(|(key, value)| ast::DictItem { key, value }).collect();
        Ok(Expr::Dict(ast::ExprDict { node_index: NO_INDEX, range, items }))
    }

    fn generators(&self, e: Ref<'_>, class: &str, range: TextRange) -> PyResult<Vec<ast::Comprehension>> {
        let all = self.list(e, "generators", class, |g| {
            let c = "comprehension";
            Ok(ast::Comprehension {
                range,
                node_index: NO_INDEX,
                target: self.expr_in(self.field(g, "target", c)?.r(), ExprContext::Store)?,
                iter: self.expr_field(g, "iter", c)?,
                ifs: self.exprs(g, "ifs", c, ExprContext::Load)?,
                is_async: self.int_field(g, "is_async", c)? != 0,
            })
        })?;
        if all.is_empty() { self.value_error("comprehension with no generators") } else { Ok(all) }
    }

    fn compare(&self, e: Ref<'_>, range: TextRange) -> PyResult<Expr> {
        use ast::CmpOp as C;
        let left = self.boxed(e, "left", "Compare")?;
        let ops = self.list(e, "ops", "Compare", |o| {
            Ok(match self.class_of(o, "cmpop")? {
                "Eq" => C::Eq,
                "NotEq" => C::NotEq,
                "Lt" => C::Lt,
                "LtE" => C::LtE,
                "Gt" => C::Gt,
                "GtE" => C::GtE,
                "Is" => C::Is,
                "IsNot" => C::IsNot,
                "In" => C::In,
                _ => C::NotIn,
            })
        })?;
        let comparators = self.exprs(e, "comparators", "Compare", ExprContext::Load)?;
        if comparators.is_empty() {
            return self.value_error("Compare with no comparators");
        }
        if comparators.len() != ops.len() {
            return self.value_error("Compare has a different number of comparators and operands");
        }
        Ok(Expr::Compare(ast::ExprCompare {
            node_index: NO_INDEX,
            range,
            left,
            ops: ops.into_boxed_slice(),
            comparators: comparators.into_boxed_slice(),
        }))
    }

    pub fn operator(&self, op: Ref<'_>) -> PyResult<ast::Operator> {
        use ast::Operator as O;
        Ok(match self.class_of(op, "operator")? {
            "Add" => O::Add,
            "Sub" => O::Sub,
            "Mult" => O::Mult,
            "MatMult" => O::MatMult,
            "Div" => O::Div,
            "Mod" => O::Mod,
            "Pow" => O::Pow,
            "LShift" => O::LShift,
            "RShift" => O::RShift,
            "BitOr" => O::BitOr,
            "BitXor" => O::BitXor,
            "BitAnd" => O::BitAnd,
            _ => O::FloorDiv,
        })
    }

    /// A constant of any kind that code objects can hold.
    pub fn constant(&self, v: Ref<'_>, range: TextRange) -> PyResult<Expr> {
        self.vm.check_stack(" during ast conversion")?;
        let (vm, node_index) = (self.vm, NO_INDEX);
        if v.is_none() {
            return Ok(Expr::NoneLiteral(ast::ExprNoneLiteral { node_index, range }));
        }
        if v.ptr_eq(krait_object::singletons::ellipsis()) {
            return Ok(Expr::EllipsisLiteral(ast::ExprEllipsisLiteral { node_index, range }));
        }
        if std::ptr::eq(v.ty(vm), vm.types.bool) {
            let value = v.ptr_eq(krait_object::singletons::true_());
            return Ok(Expr::BooleanLiteral(ast::ExprBooleanLiteral { node_index, range, value }));
        }
        if v.is_exact_int(vm) {
            return self.int_constant(v, range);
        }
        if v.is_exact_float(vm) {
            let value = ast::Number::Float(vm.to_f64(v)?);
            return Ok(Expr::NumberLiteral(ast::ExprNumberLiteral { node_index, range, value }));
        }
        if let Some((real, imag)) = v.as_complex(vm) {
            let value = ast::Number::Complex { real, imag };
            return Ok(Expr::NumberLiteral(ast::ExprNumberLiteral { node_index, range, value }));
        }
        if let Some(s) = v.as_exact_str(vm) {
            let value = ast::StringLiteralValue::single(self.string_literal(s, range));
            return Ok(Expr::StringLiteral(ast::ExprStringLiteral { node_index, range, value }));
        }
        if let Some(b) = v.downcast_exact::<PyBytes>(vm) {
            let flags = ast::BytesLiteralFlags::empty();
            let lit = ast::BytesLiteral { range, node_index: NO_INDEX, value: b.as_slice().into(), flags };
            let value = ast::BytesLiteralValue::single(lit);
            return Ok(Expr::BytesLiteral(ast::ExprBytesLiteral { node_index, range, value }));
        }
        let frozen = std::ptr::eq(v.ty(vm), vm.types.frozenset);
        if v.is_exact::<PyTuple>(vm) || frozen {
            let items = vm.collect(v)?;
            let elts = items.iter().map(|i| self.constant(i.r(), range)).collect::<PyResult<Vec<Expr>>>()?;
            if frozen {
                return Ok(Expr::Set(ast::ExprSet { node_index, range, elts }));
            }
            let ctx = ExprContext::Load;
            return Ok(Expr::Tuple(ast::ExprTuple { node_index, range, elts, ctx, parenthesized: true }));
        }
        Err(vm.type_error(format!("got an invalid type in Constant: {}", v.ty(vm).name_lossy())))
    }

    fn int_constant(&self, v: Ref<'_>, range: TextRange) -> PyResult<Expr> {
        let Some(i) = v.as_int(self.vm) else { return Err(self.unexpected(v, "int")) };
        let digits = i.to_big().into_parts().1.in_radix(16).to_string();
        let Ok(int) = ast::Int::from_str_radix(&digits, 16, &format!("0x{digits}")) else {
            return self.value_error("invalid integer value");
        };
        let number = ast::ExprNumberLiteral { node_index: NO_INDEX, range, value: ast::Number::Int(int) };
        let number = Expr::NumberLiteral(number);
        if !i.is_negative() {
            return Ok(number);
        }
        let (op, operand) = (ast::UnaryOp::USub, Box::new(number));
        Ok(Expr::UnaryOp(ast::ExprUnaryOp { node_index: NO_INDEX, range, op, operand }))
    }

    pub fn string_literal(&self, s: &PyStr, range: TextRange) -> ast::StringLiteral {
        let value = s.to_string_lossy().into_boxed_str();
        ast::StringLiteral { range, node_index: NO_INDEX, value, flags: ast::StringLiteralFlags::empty() }
    }
}
