//! `sub`, `subn` and `expand`.

use krait_object::buffer::with_bytes;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::matching::{PyMatch, new_match};
use super::pattern::PyPattern;
use super::subject::{Run, Subject};
use super::template::PyTemplate;

/// What replaces a match.
enum Filter {
    Literal(Obj),
    Template(Py<PyTemplate>),
    Call(Obj),
}

/// `re._compile_template(pattern, repl)`.
fn compile_template(vm: &Vm, pattern: &PyPattern, repl: Ref<'_>) -> PyResult<Obj> {
    let re = (vm.interp.hooks().import)(vm, "re")?;
    let f = vm.getattr_str(re.r(), "_compile_template")?;
    vm.call(f.r(), &[pattern.r(), repl])
}

fn filter(vm: &Vm, pattern: &PyPattern, repl: Ref<'_>) -> PyResult<Filter> {
    if vm.is_callable(repl) {
        return Ok(Filter::Call(repl.to_obj()));
    }
    let literal = if let Some(s) = repl.downcast::<PyStr>(vm) {
        !s.chars().any(|c| c == 0x5c)
    } else {
        match with_bytes(vm, repl, |b| !b.contains(&b'\\')) {
            Ok(l) => l,
            Err(e) => {
                drop(vm.take_raised(e));
                false
            }
        }
    };
    if literal {
        return Ok(Filter::Literal(repl.to_obj()));
    }
    let compiled = compile_template(vm, pattern, repl)?;
    Ok(match compiled.downcast::<PyTemplate>(vm) {
        Ok(t) if t.chunks.is_empty() => Filter::Literal(t.literal.clone()),
        Ok(t) => Filter::Template(t),
        Err(other) => Filter::Call(other),
    })
}

/// The pieces of the result.
enum Output {
    Text(StrBuilder, usize),
    Bytes(Vec<u8>, usize),
}

impl Output {
    fn push(&mut self, vm: &Vm, o: Ref<'_>) -> PyResult<()> {
        match self {
            Output::Text(out, n) => {
                let Some(s) = o.downcast::<PyStr>(vm) else {
                    return Err(vm.type_error(format!("sequence item {n}: expected str instance, {} found", o.ty(vm).tp_name())));
                };
                out.try_reserve(vm, s.len())?;
                out.push_pystr(s);
                *n += 1;
            }
            Output::Bytes(out, n) => {
                if let Some(b) = o.downcast::<PyBytes>(vm) {
                    out.extend_from_slice(b.as_slice());
                } else if krait_object::buffer::has_buffer(vm, o) {
                    let data = with_bytes(vm, o, <[u8]>::to_vec)?;
                    out.extend_from_slice(&data);
                } else {
                    let got = o.ty(vm).tp_name();
                    return Err(vm.type_error(format!("sequence item {n}: expected a bytes-like object, {got} found")));
                }
                *n += 1;
            }
        }
        Ok(())
    }
    /// Adds a part of the subject.
    fn copy(&mut self, subject: &Subject, start: usize, end: usize) {
        if start >= end {
            return;
        }
        match (self, subject) {
            (Output::Text(out, n), Subject::Str(s)) => {
                out.push_range(s, start, end);
                *n += 1;
            }
            (Output::Bytes(out, n), Subject::Bytes(_, b)) => {
                let d = b.as_slice();
                let end = end.min(d.len());
                out.extend_from_slice(&d[start.min(end)..end]);
                *n += 1;
            }
            _ => {}
        }
    }
}

/// `pattern.sub(repl, string, count)`, and how many replacements it made.
pub fn substitute(vm: &Vm, pattern: &PyPattern, repl: Ref<'_>, string: Ref<'_>, count: isize) -> PyResult<(Obj, usize)> {
    let filter = filter(vm, pattern, repl)?;
    let subject = Subject::for_pattern(vm, pattern, string)?;
    let mut run = Run::new(pattern, &subject, 0, isize::MAX);
    let mut out = match &subject {
        Subject::Str(_) => Output::Text(StrBuilder::new(), 0),
        Subject::Bytes(..) => Output::Bytes(Vec::new(), 0),
    };
    let (mut n, mut last) = (0, 0);
    while count == 0 || (n as isize) < count {
        if !run.search(vm)? {
            break;
        }
        let (s, e) = run.span();
        out.copy(&subject, last, s);
        match &filter {
            Filter::Literal(l) => out.push(vm, l.r())?,
            Filter::Template(t) => {
                let m = new_match(vm, pattern, &run);
                out.push(vm, t.expand(vm, &m)?.r())?;
            }
            Filter::Call(f) => {
                let m = new_match(vm, pattern, &run).into_obj();
                let r = vm.call1(f.r(), m.r())?;
                if !r.r().is_none() {
                    out.push(vm, r.r())?;
                }
            }
        }
        last = e;
        n += 1;
        run.advance();
    }
    if n == 0 {
        return Ok((subject.slice(vm, 0, subject.len()), 0));
    }
    out.copy(&subject, last, subject.len());
    let result = match out {
        Output::Text(t, _) => t.finish(vm).into_obj(),
        Output::Bytes(b, _) => vm.bytes(&b),
    };
    Ok((result, n))
}

/// `match.expand(template)`.
pub fn expand(vm: &Vm, m: &PyMatch, template: Ref<'_>) -> PyResult<Obj> {
    let compiled = compile_template(vm, &m.pattern, template)?;
    match compiled.downcast::<PyTemplate>(vm) {
        Ok(t) => t.expand(vm, m),
        Err(f) => vm.call1(f.r(), m.r()),
    }
}
