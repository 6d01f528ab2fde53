//! f-strings and t-strings.

use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::{ConversionFlag, Expr, InterpolatedStringElement};
use ruff_text_size::TextRange;

use super::{Build, NO_INDEX};

impl Build<'_> {
    pub fn fstring(&self, e: Ref<'_>, class: &str, range: TextRange) -> PyResult<Expr> {
        let elements = self.string_elements(e, class)?;
        let s = ast::FString { range, node_index: NO_INDEX, elements: elements.into(), flags: ast::FStringFlags::empty() };
        Ok(Expr::FString(ast::ExprFString { node_index: NO_INDEX, range, value: ast::FStringValue::single(s) }))
    }

    pub fn tstring(&self, e: Ref<'_>, class: &str, range: TextRange) -> PyResult<Expr> {
        let elements = self.string_elements(e, class)?;
        let s = ast::TString { range, node_index: NO_INDEX, elements: elements.into(), flags: ast::TStringFlags::empty() };
        Ok(Expr::TString(ast::ExprTString { node_index: NO_INDEX, range, value: ast::TStringValue::single(s) }))
    }

    /// The parts of a joined string, or of a single formatted value.
    fn string_elements(&self, e: Ref<'_>, class: &str) -> PyResult<Vec<InterpolatedStringElement>> {
        match class {
            "JoinedStr" | "TemplateStr" => self.list(e, "values", class, |v| self.string_element(v)),
            _ => Ok(vec![self.string_element(e)?]),
        }
    }

    fn string_element(&self, v: Ref<'_>) -> PyResult<InterpolatedStringElement> {
        let class = self.class_of(v, "expr")?;
        let range = self.range(v, "expr")?;
        if class == "Constant" {
            let value = self.field(v, "value", class)?;
            if let Some(s) = value.r().downcast::<PyStr>(self.vm) {
                let value = s.to_string_lossy().into_boxed_str();
                let lit = ast::InterpolatedStringLiteralElement { range, node_index: NO_INDEX, value };
                return Ok(InterpolatedStringElement::Literal(lit));
            }
        }
        let (expression, conversion, format_spec) = match class {
            "FormattedValue" | "Interpolation" => {
                let conversion = match self.int_field(v, "conversion", class)? {
                    -1 => ConversionFlag::None,
                    115 => ConversionFlag::Str,
                    114 => ConversionFlag::Repr,
                    97 => ConversionFlag::Ascii,
                    n => return Err(self.vm.system_error(format!("Unrecognized conversion character {n}"))),
                };
                (self.boxed(v, "value", class)?, conversion, self.opt_field(v, "format_spec")?)
            }
            _ => (Box::new(self.expr(v)?), ConversionFlag::None, None),
        };
        let format_spec = match format_spec {
            None => None,
            Some(spec) => {
                let class = self.class_of(spec.r(), "expr")?;
                let elements = self.string_elements(spec.r(), class)?;
                let range = self.range(spec.r(), "expr")?;
                Some(Box::new(ast::InterpolatedStringFormatSpec { range, node_index: NO_INDEX, elements: elements.into() }))
            }
        };
        Ok(InterpolatedStringElement::Interpolation(ast::InterpolatedElement {
            range,
            node_index: NO_INDEX,
            expression,
            debug_text: None,
            conversion,
            format_spec,
        }))
    }
}
