//! Splitting, stripping and partitioning strings.

use krait_object::prelude::*;
use krait_object::str::{StrData, find_in, rfind_in};

use crate::unicode;

/// At most how many cuts: negative is no limit.
fn limit(maxsplit: isize) -> usize {
    usize::try_from(maxsplit).unwrap_or(usize::MAX)
}

fn piece(vm: &Vm, s: &PyStr, start: usize, end: usize) -> Obj {
    s.substring(vm, start, end).into_obj()
}

/// Runs of characters that are not whitespace, from the left.
fn words(s: StrData<'_>, max: usize, f: &mut dyn FnMut(usize, usize)) {
    fn run<T: Copy>(d: &[T], space: impl Fn(T) -> bool, max: usize, f: &mut dyn FnMut(usize, usize)) {
        let (mut i, mut cuts) = (0, 0);
        loop {
            while i < d.len() && space(d[i]) {
                i += 1;
            }
            if i == d.len() {
                return;
            }
            // The last piece keeps its trailing whitespace.
            if cuts == max {
                return f(i, d.len());
            }
            let start = i;
            while i < d.len() && !space(d[i]) {
                i += 1;
            }
            f(start, i);
            cuts += 1;
        }
    }
    match s {
        // Cheaper than the general test.
        StrData::Ascii(d) => run(d, |c| matches!(c, 9..=13 | 28..=32), max, f),
        StrData::Latin1(d) => run(d, |c| unicode::is_space(c.into()), max, f),
        StrData::Ucs2(d) => run(d, |c| unicode::is_space(c.into()), max, f),
        StrData::Ucs4(d) => run(d, unicode::is_space, max, f),
    }
}

/// As [`words`] from the right.
fn words_back(s: StrData<'_>, max: usize, f: &mut dyn FnMut(usize, usize)) {
    let space = |i: usize| unicode::is_space(s.at(i));
    let (mut i, mut cuts) = (s.len(), 0);
    loop {
        while i > 0 && space(i - 1) {
            i -= 1;
        }
        if i == 0 {
            return;
        }
        if cuts == max {
            return f(0, i);
        }
        let end = i;
        while i > 0 && !space(i - 1) {
            i -= 1;
        }
        f(i, end);
        cuts += 1;
    }
}

/// The separator argument: a str, or None for whitespace.
fn separator<'a>(vm: &Vm, sep: Option<Ref<'a>>) -> PyResult<Option<&'a PyStr>> {
    let Some(sep) = sep else { return Ok(None) };
    let Some(s) = sep.downcast::<PyStr>(vm) else {
        return Err(vm.type_error(format!("must be str or None, not {}", sep.ty(vm).tp_name())));
    };
    if s.is_empty() { Err(vm.value_error("empty separator")) } else { Ok(Some(s)) }
}

/// `s.split(sep, maxsplit)`.
pub fn split(vm: &Vm, s: &PyStr, sep: Option<Ref<'_>>, maxsplit: isize) -> PyResult<Obj> {
    let max = limit(maxsplit);
    let mut out = Vec::new();
    let Some(sep) = separator(vm, sep)? else {
        words(s.data(), max, &mut |a, b| out.push(piece(vm, s, a, b)));
        return Ok(vm.list(out));
    };
    let mut at = 0;
    while out.len() < max
        && let Some(i) = s.find(sep, at, s.len())
    {
        out.push(piece(vm, s, at, i));
        at = i + sep.len();
    }
    out.push(piece(vm, s, at, s.len()));
    Ok(vm.list(out))
}

/// `s.rsplit(sep, maxsplit)`.
pub fn rsplit(vm: &Vm, s: &PyStr, sep: Option<Ref<'_>>, maxsplit: isize) -> PyResult<Obj> {
    let max = limit(maxsplit);
    let mut out = Vec::new();
    match separator(vm, sep)? {
        None => words_back(s.data(), max, &mut |a, b| out.push(piece(vm, s, a, b))),
        Some(sep) => {
            let mut end = s.len();
            while out.len() < max
                && let Some(i) = s.rfind(sep, 0, end)
            {
                out.push(piece(vm, s, i + sep.len(), end));
                end = i;
            }
            out.push(piece(vm, s, 0, end));
        }
    }
    out.reverse();
    Ok(vm.list(out))
}

/// `s.splitlines(keepends)`.
pub fn splitlines(vm: &Vm, s: &PyStr, keepends: bool) -> Obj {
    let d = s.data();
    let mut out = Vec::new();
    let (mut start, mut i) = (0, 0);
    while i < d.len() {
        if !unicode::is_line_break(d.at(i)) {
            i += 1;
            continue;
        }
        let end = i;
        i += if d.at(i) == 13 && i + 1 < d.len() && d.at(i + 1) == 10 { 2 } else { 1 };
        out.push(piece(vm, s, start, if keepends { i } else { end }));
        start = i;
    }
    if start < d.len() {
        out.push(piece(vm, s, start, d.len()));
    }
    vm.list(out)
}

/// Which ends to strip.
#[derive(Copy, Clone, PartialEq)]
pub enum Ends {
    Left,
    Right,
    Both,
}

/// `s.strip(chars)` and its one-sided forms.
pub fn strip(vm: &Vm, s: &PyStr, chars: Option<Ref<'_>>, ends: Ends) -> PyResult<Obj> {
    let d = s.data();
    let (mut start, mut end) = (0, d.len());
    let mut cut = |drop: &dyn Fn(u32) -> bool| {
        if ends != Ends::Right {
            while start < end && drop(d.at(start)) {
                start += 1;
            }
        }
        if ends != Ends::Left {
            while end > start && drop(d.at(end - 1)) {
                end -= 1;
            }
        }
    };
    match chars {
        None => cut(&unicode::is_space),
        Some(chars) => {
            let Some(set) = chars.downcast::<PyStr>(vm) else {
                let name = match ends {
                    Ends::Left => "lstrip",
                    Ends::Right => "rstrip",
                    Ends::Both => "strip",
                };
                return Err(vm.type_error(format!("{name} arg must be None or str")));
            };
            match set.len() {
                1 => {
                    let only = set.char_at(0);
                    cut(&|c| c == only);
                }
                _ => cut(&|c| set.find_char(c, 0, set.len()).is_some()),
            }
        }
    }
    Ok(piece(vm, s, start, end))
}

/// `s.partition(sep)` (or from the right): head, separator, tail.
pub fn partition(vm: &Vm, s: &PyStr, sep: Ref<'_>, from_right: bool) -> PyResult<Obj> {
    let Some(sep) = sep.downcast::<PyStr>(vm) else {
        return Err(vm.type_error(format!("must be str, not {}", sep.ty(vm).tp_name())));
    };
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let found = if from_right { rfind_in(s.data(), sep.data()) } else { find_in(s.data(), sep.data()) };
    let empty = || PyStr::empty(vm).to_obj();
    Ok(vm.tuple(match found {
        Some(i) => vec![piece(vm, s, 0, i), sep.to_obj(), piece(vm, s, i + sep.len(), s.len())],
        None if from_right => vec![empty(), empty(), s.to_exact(vm).into_obj()],
        None => vec![s.to_exact(vm).into_obj(), empty(), empty()],
    }))
}
