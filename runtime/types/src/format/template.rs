//! The engine of `str.format` and `str.format_map`, and the parsers behind
//! `_string.formatter_parser` and `_string.formatter_field_name_split`.

use krait_object::prelude::*;
use krait_object::str::StrBuilder;
use krait_object::unpack::KwArgs;

use crate::unicode::decimal_value;

/// How deep replacement fields nest.
const MAX_DEPTH: u32 = 2;

/// Literal text, then perhaps a replacement field. Positions are in the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markup {
    pub literal: (usize, usize),
    pub field: Option<Field>,
}

/// A replacement field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: (usize, usize),
    pub spec: (usize, usize),
    /// The specification contains fields itself.
    pub nested: bool,
    pub conversion: Option<u32>,
}

/// Splits a template (or a part of it) into literal text and fields.
pub struct MarkupIter {
    at: usize,
    end: usize,
}

const OPEN: u32 = '{' as u32;
const CLOSE: u32 = '}' as u32;

impl MarkupIter {
    pub fn new(start: usize, end: usize) -> MarkupIter {
        MarkupIter { at: start, end }
    }
    /// The next piece; `None` at the end.
    pub fn next(&mut self, vm: &Vm, s: &PyStr) -> PyResult<Option<Markup>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let start = self.at;
        let brace = (start..self.end).find(|i| matches!(s.char_at(*i), OPEN | CLOSE));
        let Some(i) = brace else {
            self.at = self.end;
            return Ok(Some(Markup { literal: (start, self.end), field: None }));
        };
        let c = s.char_at(i);
        let doubled = i + 1 < self.end && s.char_at(i + 1) == c;
        if c == CLOSE && !doubled {
            return Err(vm.value_error("Single '}' encountered in format string"));
        }
        if i + 1 >= self.end {
            return Err(vm.value_error("Single '{' encountered in format string"));
        }
        if doubled {
            self.at = i + 2;
            return Ok(Some(Markup { literal: (start, i + 1), field: None }));
        }
        self.at = i + 1;
        let field = self.field(vm, s)?;
        Ok(Some(Markup { literal: (start, i), field: Some(field) }))
    }
    fn take(&mut self, s: &PyStr) -> Option<u32> {
        if self.at >= self.end {
            return None;
        }
        self.at += 1;
        Some(s.char_at(self.at - 1))
    }
    /// Parses a field; its opening brace has been read.
    fn field(&mut self, vm: &Vm, s: &PyStr) -> PyResult<Field> {
        let start = self.at;
        let stop = loop {
            match self.take(s).map(|c| char::from_u32(c).unwrap_or(' ')) {
                Some('{') => return Err(vm.value_error("unexpected '{' in field name")),
                Some('[') => {
                    while self.at < self.end && s.char_at(self.at) != ']' as u32 {
                        self.at += 1;
                    }
                }
                Some(c @ ('}' | ':' | '!')) => break c,
                Some(_) => {}
                None => return Err(vm.value_error("expected '}' before end of string")),
            }
        };
        let mut f = Field { name: (start, self.at - 1), spec: (self.at, self.at), nested: false, conversion: None };
        if stop == '}' {
            return Ok(f);
        }
        if stop == '!' {
            let Some(c) = self.take(s) else {
                return Err(vm.value_error("end of string while looking for conversion specifier"));
            };
            f.conversion = Some(c);
            match self.take(s) {
                Some(CLOSE) => return Ok(f),
                Some(c) if c != ':' as u32 => return Err(vm.value_error("expected ':' after conversion specifier")),
                _ => {}
            }
        }
        let (spec, mut depth) = (self.at, 1);
        while let Some(c) = self.take(s) {
            match c {
                OPEN => {
                    f.nested = true;
                    depth += 1;
                }
                CLOSE => {
                    depth -= 1;
                    if depth == 0 {
                        f.spec = (spec, self.at - 1);
                        return Ok(f);
                    }
                }
                _ => {}
            }
        }
        Err(vm.value_error("unmatched '{' in format spec"))
    }
}

/// A part of a field name after the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldStep {
    Attr((usize, usize)),
    Key((usize, usize)),
    Index(usize),
}

/// A field name: what selects the argument, and the rest.
pub struct FieldName {
    pub first: (usize, usize),
    /// The first part, if it is a number.
    pub index: Option<usize>,
    at: usize,
    end: usize,
}

/// A decimal number that is all of the text.
fn integer(vm: &Vm, s: &PyStr, (start, end): (usize, usize)) -> PyResult<Option<usize>> {
    if start == end {
        return Ok(None);
    }
    let mut n = 0usize;
    for i in start..end {
        let Some(d) = decimal_value(s.char_at(i)) else { return Ok(None) };
        match n.checked_mul(10).and_then(|n| n.checked_add(d.into())).filter(|n| *n <= isize::MAX as usize) {
            Some(next) => n = next,
            None => return Err(vm.value_error("Too many decimal digits in format string")),
        }
    }
    Ok(Some(n))
}

impl FieldName {
    /// Splits the name in the given part of `s`.
    pub fn split(vm: &Vm, s: &PyStr, (start, end): (usize, usize)) -> PyResult<FieldName> {
        let is_stop = |c: u32| c == '.' as u32 || c == '[' as u32;
        let at = (start..end).find(|i| is_stop(s.char_at(*i))).unwrap_or(end);
        let index = integer(vm, s, (start, at))?;
        Ok(FieldName { first: (start, at), index, at, end })
    }
    /// The next step; `None` at the end.
    pub fn next(&mut self, vm: &Vm, s: &PyStr) -> PyResult<Option<FieldStep>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let c = s.char_at(self.at);
        let start = self.at + 1;
        let find = |stop: &dyn Fn(u32) -> bool| (start..self.end).find(|i| stop(s.char_at(*i)));
        let (step, range) = if c == '.' as u32 {
            let end = find(&|c| c == '.' as u32 || c == '[' as u32).unwrap_or(self.end);
            self.at = end;
            (FieldStep::Attr((start, end)), (start, end))
        } else if c == '[' as u32 {
            let Some(end) = find(&|c| c == ']' as u32) else {
                return Err(vm.value_error("Missing ']' in format string"));
            };
            self.at = end + 1;
            let step = match integer(vm, s, (start, end))? {
                Some(i) => FieldStep::Index(i),
                None => FieldStep::Key((start, end)),
            };
            (step, (start, end))
        } else {
            return Err(vm.value_error("Only '.' or '[' may follow ']' in format field specifier"));
        };
        if range.0 == range.1 {
            return Err(vm.value_error("Empty attribute in format string"));
        }
        Ok(Some(step))
    }
}

/// Where named fields come from.
enum Named<'a> {
    Keywords(&'a KwArgs<'a>),
    Mapping(Ref<'a>),
}

/// How fields without a name are counted.
#[derive(PartialEq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

struct Engine<'a> {
    vm: &'a Vm,
    template: &'a PyStr,
    positional: Option<&'a [Ref<'a>]>,
    named: Named<'a>,
    numbering: Numbering,
}

impl Engine<'_> {
    fn sub(&self, (start, end): (usize, usize)) -> Py<PyStr> {
        self.template.substring(self.vm, start, end)
    }

    fn render(&mut self, (start, end): (usize, usize), depth: u32, out: &mut StrBuilder) -> PyResult<()> {
        if depth == 0 {
            return Err(self.vm.value_error("Max string recursion exceeded"));
        }
        let template = self.template;
        let mut pieces = MarkupIter::new(start, end);
        while let Some(m) = pieces.next(self.vm, template)? {
            out.push_range(template, m.literal.0, m.literal.1);
            if let Some(f) = m.field {
                self.field(&f, depth, out)?;
            }
        }
        Ok(())
    }

    fn field(&mut self, f: &Field, depth: u32, out: &mut StrBuilder) -> PyResult<()> {
        let vm = self.vm;
        let mut value = self.lookup(f.name)?;
        if let Some(c) = f.conversion {
            value = match char::from_u32(c) {
                Some('r') => vm.repr(value.r())?.into_obj(),
                Some('s') => vm.str_of(value.r())?.into_obj(),
                Some('a') => vm.ascii(value.r())?.into_obj(),
                Some(c @ '!'..='~') => return Err(vm.value_error(format!("Unknown conversion specifier {c}"))),
                _ => return Err(vm.value_error(format!("Unknown conversion specifier \\x{c:x}"))),
            };
        }
        let spec = if f.nested {
            let mut inner = StrBuilder::new();
            self.render(f.spec, depth - 1, &mut inner)?;
            Some(inner.finish(vm))
        } else if f.spec.0 < f.spec.1 {
            Some(self.sub(f.spec))
        } else {
            None
        };
        let text = vm.format(value.r(), spec.as_ref().map(|s| s.r()))?;
        out.push_pystr(&text);
        Ok(())
    }

    /// Counts a positional field: the index to use.
    fn number(&mut self, given: Option<usize>) -> PyResult<usize> {
        let switched = |from: &str, to: &str| self.vm.value_error(format!("cannot switch from {from} to {to}"));
        const MANUAL: &str = "manual field specification";
        const AUTO: &str = "automatic field numbering";
        match (given, &self.numbering) {
            (Some(_), Numbering::Automatic(_)) => return Err(switched(AUTO, MANUAL)),
            (None, Numbering::Manual) => return Err(switched(MANUAL, AUTO)),
            (Some(i), _) => {
                self.numbering = Numbering::Manual;
                return Ok(i);
            }
            _ => {}
        }
        let next = if let Numbering::Automatic(n) = self.numbering { n } else { 0 };
        self.numbering = Numbering::Automatic(next + 1);
        Ok(next)
    }

    /// The object a field name stands for.
    fn lookup(&mut self, name: (usize, usize)) -> PyResult<Obj> {
        let (vm, template) = (self.vm, self.template);
        let mut name = FieldName::split(vm, template, name)?;
        let empty = name.first.0 == name.first.1;
        let mut value = if empty || name.index.is_some() {
            let i = self.number(name.index)?;
            let Some(args) = self.positional else {
                return Err(vm.value_error("Format string contains positional fields"));
            };
            let Some(v) = args.get(i) else {
                return Err(vm.index_error(format!("Replacement index {i} out of range for positional args tuple")));
            };
            v.to_obj()
        } else {
            let key = self.sub(name.first);
            match self.named {
                Named::Mapping(m) => vm.getitem(m, key.r())?,
                Named::Keywords(kw) => match kw.iter().find(|(k, _)| k.eq(&key)) {
                    Some((_, v)) => v.to_obj(),
                    None => return Err(vm.key_error(key.r())),
                },
            }
        };
        while let Some(step) = name.next(vm, template)? {
            value = match step {
                FieldStep::Attr(range) => vm.getattr(value.r(), &vm.intern_str(self.sub(range)))?,
                FieldStep::Key(range) => vm.getitem(value.r(), self.sub(range).r())?,
                FieldStep::Index(i) if vm.is_sequence(value.r()) => vm.sequence_item(value.r(), i as isize)?,
                FieldStep::Index(i) => vm.getitem(value.r(), vm.int_usize(i).r())?,
            };
        }
        Ok(value)
    }

    fn run(&mut self) -> PyResult<Obj> {
        let mut out = StrBuilder::with_capacity(self.template.len() + 16);
        self.render((0, self.template.len()), MAX_DEPTH, &mut out)?;
        Ok(out.finish(self.vm).into_obj())
    }
}

/// `template.format(*positional, **keywords)`.
pub fn format_template(vm: &Vm, template: &PyStr, positional: &[Ref<'_>], keywords: &KwArgs<'_>) -> PyResult<Obj> {
    let numbering = Numbering::Unknown;
    Engine { vm, template, positional: Some(positional), named: Named::Keywords(keywords), numbering }.run()
}

/// `template.format_map(mapping)`.
pub fn format_map(vm: &Vm, template: &PyStr, mapping: Ref<'_>) -> PyResult<Obj> {
    let numbering = Numbering::Unknown;
    Engine { vm, template, positional: None, named: Named::Mapping(mapping), numbering }.run()
}
