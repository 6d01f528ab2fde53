//! `_tokenize`: the tokenizer behind `tokenize`.

mod scan;

use std::cell::RefCell;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::bytes::PyBytes;
use krait_object::error::Raised;
use krait_object::iterators::pair;
use krait_object::prelude::*;

use crate::util::{instance, no_header};
use scan::{Error, Failure, Scanner, Token, kind};

/// Tokens of the lines that `readline` gives, which are read when the first token is asked for.
#[repr(C)]
#[derive(Trace)]
pub struct PyTokenizer {
    header: Header,
    readline: Obj,
    #[trace(skip)]
    encoding: Option<String>,
    #[trace(skip)]
    extra: bool,
    #[trace(skip)]
    state: RefCell<Option<Scanner>>,
}

/// Splits text at newlines, which stay at the ends of their lines.
fn split(text: &PyStr, out: &mut Vec<Vec<char>>) {
    let mut line = Vec::new();
    for c in text.chars() {
        let c = char::from_u32(c).unwrap_or('\u{fffd}');
        line.push(c);
        if c == '\n' {
            out.push(std::mem::take(&mut line));
        }
    }
    if !line.is_empty() {
        out.push(line);
    }
}

impl PyTokenizer {
    fn read(&self, vm: &Vm) -> PyResult<Vec<Vec<char>>> {
        let mut lines: Vec<Vec<char>> = Vec::new();
        loop {
            let line = match vm.call0(self.readline.r()) {
                Ok(l) => l,
                Err(e) => {
                    drop(vm.catch(e, vm.types.stop_iteration)?);
                    break;
                }
            };
            let text = match (&self.encoding, line.r().downcast::<PyBytes>(vm), line.r().downcast::<PyStr>(vm)) {
                (Some(enc), Some(b), _) => (vm.interp.hooks().decode)(vm, b.as_slice(), enc, "replace")?,
                (None, _, Some(_)) => line.clone(),
                _ => {
                    let want = if self.encoding.is_some() { "bytes" } else { "str" };
                    return Err(
                        vm.type_error(format!("readline() returned a non-{} object", if want == "str" { "string" } else { "bytes" }))
                    );
                }
            };
            let Some(s) = text.r().downcast::<PyStr>(vm) else { break };
            if s.is_empty() {
                break;
            }
            // A piece without a newline goes on in the next one.
            match lines.pop() {
                Some(mut last) if last.last() != Some(&'\n') => {
                    let mut more = Vec::new();
                    split(s, &mut more);
                    let mut more = more.into_iter();
                    last.extend(more.next().unwrap_or_default());
                    lines.push(last);
                    lines.extend(more);
                }
                last => {
                    lines.extend(last);
                    split(s, &mut lines);
                }
            }
        }
        Ok(lines)
    }
}

#[cold]
fn raise(vm: &Vm, f: &Failure, lines: &[Vec<char>]) -> Raised {
    let ty = match f.error {
        Error::Syntax => vm.types.syntax_error,
        Error::Indentation => vm.types.indentation_error,
        Error::Tab => vm.types.tab_error,
    };
    let indentation = f.error != Error::Syntax;
    let text: String = lines.get(f.at.0 - 1).map_or_else(String::new, |l| l.iter().collect());
    let number = |n: usize| vm.int_usize(n);
    let text = if indentation { text.trim_end_matches('\n').to_owned() } else { text };
    let end = |n: usize| if indentation { Obj::none() } else { vm.int_usize(n) };
    let place = vm.tuple(vec![vm.str("<string>"), number(f.at.0), number(f.at.1), vm.str(&text), end(f.at.0), end(f.at.1)]);
    vm.raise_with(ty, vec![vm.text(&f.msg), place])
}

/// The token as the tuple that `tokenize.TokenInfo` is made of.
fn tuple(vm: &Vm, t: Token, lines: &[Vec<char>], extra: bool) -> Obj {
    let mut number = t.kind;
    // Exact operator types are for the plain form only.
    if extra && number > kind::DEDENT && number < 55 {
        number = 55;
    }
    let line: String = if t.kind == kind::ENDMARKER || (t.kind == kind::DEDENT && t.start.0 > lines.len()) {
        String::new()
    } else {
        let last = t.end.0.min(lines.len());
        lines.get(t.start.0 - 1..last).unwrap_or(&[]).iter().flatten().collect()
    };
    let pos = |(a, b): (usize, usize)| pair(vm, vm.int_usize(a), vm.int_usize(b)).into_obj();
    vm.tuple(vec![Obj::small(number.into()), vm.str(&t.text), pos(t.start), pos(t.end), vm.str(&line)])
}

#[pyclass(layout = PyTokenizer, name = "TokenizerIter", module = "_tokenize", own)]
pub mod tokenizer_iter {
    use super::*;

    #[pynew("TokenizerIter(readline, /, *, encoding=None, extra_tokens)")]
    fn new(vm: &Vm, cls: &PyType, readline: Ref<'_>, encoding: Option<String>, extra_tokens: bool) -> PyResult<Obj> {
        let payload =
            PyTokenizer { header: no_header(), readline: readline.to_obj(), encoding, extra: extra_tokens, state: RefCell::new(None) };
        instance(vm, cls, payload)
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyTokenizer) -> PyResult<Option<Obj>> {
        let fresh = zelf.state.borrow().is_none();
        if fresh {
            let lines = zelf.read(vm)?;
            let old = zelf.state.borrow_mut().replace(Scanner::new(lines, zelf.extra));
            drop(old);
        }
        let mut state = zelf.state.borrow_mut();
        let Some(s) = state.as_mut() else { return Ok(None) };
        match s.next() {
            Ok(None) => Ok(None),
            Ok(Some(t)) => {
                let o = tuple(vm, t, &s.lines, zelf.extra);
                Ok(Some(o))
            }
            Err(f) => {
                let lines = std::mem::take(&mut s.lines);
                drop(state);
                Err(raise(vm, &f, &lines))
            }
        }
    }
}

#[pymodule(name = "_tokenize", classes = [tokenizer_iter])]
pub mod tokenize {
    use super::*;
}
