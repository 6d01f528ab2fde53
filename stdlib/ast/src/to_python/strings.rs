//! f-strings and t-strings.

use krait_frontend::PyString;
use krait_frontend::parse::literal;
use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::{ConversionFlag, InterpolatedStringElement};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Conv;

/// Values of a joined string; neighbouring literal text becomes one constant.
struct Parts {
    values: Vec<Obj>,
    text: PyString,
    /// Where the pending text stands.
    at: Option<TextRange>,
}

impl Parts {
    fn new() -> Parts {
        Parts { values: Vec::new(), text: PyString::new(), at: None }
    }
    fn extend(&mut self, at: TextRange) {
        self.at = Some(self.at.map_or(at, |old| TextRange::new(old.start(), at.end().max(old.end()))));
    }
    fn flush(&mut self, c: &Conv<'_>) -> PyResult<()> {
        if let Some(at) = self.at.take() {
            let text = std::mem::take(&mut self.text);
            if !text.is_empty() {
                self.values.push(c.constant(at, c.text(&text), Obj::none())?);
            }
        }
        Ok(())
    }
}

impl Conv<'_> {
    pub fn joined(&self, f: &ast::ExprFString) -> PyResult<Obj> {
        let mut parts = Parts::new();
        for p in f.value.iter() {
            match p {
                ast::FStringPart::Literal(l) => {
                    literal::string_part(self.source, l, &mut parts.text);
                    parts.extend(l.range);
                }
                ast::FStringPart::FString(s) => self.elements(&s.elements, s.flags.prefix().is_raw(), false, &mut parts)?,
            }
        }
        parts.flush(self)?;
        self.node("JoinedStr", f.range, vec![("values", self.vm.list(parts.values))])
    }

    pub fn template(&self, t: &ast::ExprTString) -> PyResult<Obj> {
        let mut parts = Parts::new();
        for s in t.value.iter() {
            self.elements(&s.elements, s.flags.prefix().is_raw(), true, &mut parts)?;
        }
        parts.flush(self)?;
        self.node("TemplateStr", t.range, vec![("values", self.vm.list(parts.values))])
    }

    fn elements(&self, elements: &[InterpolatedStringElement], raw: bool, template: bool, parts: &mut Parts) -> PyResult<()> {
        for e in elements {
            match e {
                InterpolatedStringElement::Literal(l) => {
                    literal::interpolated_part(self.source, l, raw, &mut parts.text);
                    parts.extend(l.range);
                }
                InterpolatedStringElement::Interpolation(i) => self.interpolation(i, raw, template, parts)?,
            }
        }
        Ok(())
    }

    fn interpolation(&self, i: &ast::InterpolatedElement, raw: bool, template: bool, parts: &mut Parts) -> PyResult<()> {
        let inner = self.slice(i.expression.range());
        if let Some(d) = &i.debug_text {
            parts.text.push_str(d.as_str());
            let start = i.range.start() + TextSize::from(1);
            parts.extend(TextRange::new(start, start + TextSize::from(d.as_str().len() as u32)));
        }
        parts.flush(self)?;
        let value = self.expr(&i.expression)?;
        let conversion = match i.conversion {
            ConversionFlag::Str => i64::from(b's'),
            ConversionFlag::Ascii => i64::from(b'a'),
            ConversionFlag::Repr => i64::from(b'r'),
            ConversionFlag::None if i.debug_text.is_some() && i.format_spec.is_none() => i64::from(b'r'),
            ConversionFlag::None => -1,
        };
        let spec = match &i.format_spec {
            None => Obj::none(),
            Some(s) => {
                let mut inner = Parts::new();
                self.elements(&s.elements, raw, false, &mut inner)?;
                inner.flush(self)?;
                // The colon belongs to it.
                let at = TextRange::new(s.range.start() - TextSize::from(1), s.range.end());
                self.node("JoinedStr", at, vec![("values", self.vm.list(inner.values))])?
            }
        };
        let mut fields = vec![("value", value)];
        if template {
            fields.push(("str", self.vm.str(inner)));
        }
        fields.extend([("conversion", Obj::small(conversion)), ("format_spec", spec)]);
        let class = if template { "Interpolation" } else { "FormattedValue" };
        parts.values.push(self.node(class, i.range, fields)?);
        Ok(())
    }
}
