//! Strings made out of strings: joining, replacing, padding, translating.

use krait_object::prelude::*;
use krait_object::str::{MAX_LEN, StrBuilder, StrWriter};

use crate::common::sequence_fast;

/// `sep.join(iterable)`.
pub fn join(vm: &Vm, sep: &PyStr, iterable: Ref<'_>) -> PyResult<Obj> {
    let items = sequence_fast(vm, iterable, "can only join an iterable")?;
    join_items(vm, sep, &items)
}

/// Joins strings that are at hand.
pub fn join_items(vm: &Vm, sep: &PyStr, items: &[Obj]) -> PyResult<Obj> {
    let text = |i: usize| -> PyResult<&PyStr> {
        items[i]
            .r()
            .downcast::<PyStr>(vm)
            .ok_or_else(|| vm.type_error(format!("sequence item {i}: expected str instance, {} found", items[i].r().ty(vm).tp_name())))
    };
    match items.len() {
        0 => return Ok(PyStr::empty(vm).to_obj()),
        1 if items[0].r().is_exact::<PyStr>(vm) => return Ok(items[0].clone()),
        _ => {}
    }
    let mut max = if items.len() > 1 { sep.form_max() } else { 0 };
    let mut len = sep.len() as u128 * (items.len() as u128 - 1);
    for i in 0..items.len() {
        let s = text(i)?;
        len += s.len() as u128;
        max = max.max(s.form_max());
    }
    if len > isize::MAX as u128 {
        return Err(vm.overflow_error("join() result is too long for a Python string"));
    }
    let mut w = StrWriter::new(vm, len as usize, if len == 0 { 0 } else { max })?;
    for i in 0..items.len() {
        if i > 0 {
            w.push_str(sep);
        }
        w.push_str(text(i)?);
    }
    Ok(w.finish(vm).into_obj())
}

/// `s.replace(old, new, count)`; a negative count is no limit.
pub fn replace(vm: &Vm, s: &PyStr, old: &PyStr, new: &PyStr, count: isize) -> PyResult<Obj> {
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let unchanged = || Ok(s.to_exact(vm).into_obj());
    if limit == 0 || s.len() < old.len() || old.eq(new) {
        return unchanged();
    }
    if old.is_empty() {
        return interleave(vm, s, new, limit);
    }
    let Some(mut at) = s.find(old, 0, s.len()) else { return unchanged() };
    let mut out = StrBuilder::with_capacity(s.len());
    let (mut done, mut n) = (0, 0);
    loop {
        out.push_range(s, done, at);
        out.try_reserve(vm, new.len())?;
        out.push_pystr(new);
        done = at + old.len();
        n += 1;
        match s.find(old, done, s.len()) {
            Some(i) if n < limit => at = i,
            _ => break,
        }
    }
    out.push_range(s, done, s.len());
    Ok(out.finish(vm).into_obj())
}

/// Puts `new` before each character and at the end, `limit` times in all.
fn interleave(vm: &Vm, s: &PyStr, new: &PyStr, limit: usize) -> PyResult<Obj> {
    let n = limit.min(s.len() + 1);
    let total = new.len() as u128 * n as u128 + s.len() as u128;
    if total > isize::MAX as u128 {
        return Err(vm.overflow_error("replace string is too long"));
    }
    if total > MAX_LEN as u128 {
        return Err(vm.memory_error());
    }
    let mut out = StrBuilder::new();
    out.try_reserve(vm, total as usize)?;
    for i in 0..n {
        out.push_pystr(new);
        if i < s.len() {
            out.push(s.char_at(i));
        }
    }
    out.push_range(s, n.min(s.len()), s.len());
    Ok(out.finish(vm).into_obj())
}

/// `s` with `left` and `right` fill characters around it.
pub fn pad(vm: &Vm, s: &PyStr, left: usize, right: usize, fill: u32) -> PyResult<Obj> {
    if left == 0 && right == 0 {
        return Ok(s.to_exact(vm).into_obj());
    }
    let Some(total) = left.checked_add(right).and_then(|n| n.checked_add(s.len())).filter(|n| *n <= isize::MAX as usize) else {
        return Err(vm.overflow_error("padded string is too long"));
    };
    let mut w = StrWriter::new(vm, total, s.form_max().max(fill))?;
    w.fill(fill, left);
    w.push_str(s);
    w.fill(fill, right);
    Ok(w.finish(vm).into_obj())
}

/// Fill characters missing to `width`.
fn missing(s: &PyStr, width: isize) -> usize {
    usize::try_from(width).unwrap_or(0).saturating_sub(s.len())
}

pub fn center(vm: &Vm, s: &PyStr, width: isize, fill: u32) -> PyResult<Obj> {
    let n = missing(s, width);
    // An odd one goes left if the width is odd too.
    let left = n / 2 + (n & width.max(0) as usize & 1);
    pad(vm, s, left, n - left, fill)
}

pub fn ljust(vm: &Vm, s: &PyStr, width: isize, fill: u32) -> PyResult<Obj> {
    pad(vm, s, 0, missing(s, width), fill)
}

pub fn rjust(vm: &Vm, s: &PyStr, width: isize, fill: u32) -> PyResult<Obj> {
    pad(vm, s, missing(s, width), 0, fill)
}

/// `s.zfill(width)`: zeros behind the sign.
pub fn zfill(vm: &Vm, s: &PyStr, width: isize) -> PyResult<Obj> {
    let n = missing(s, width);
    if n == 0 {
        return Ok(s.to_exact(vm).into_obj());
    }
    let signed = !s.is_empty() && matches!(char::from_u32(s.char_at(0)), Some('+' | '-'));
    if !signed {
        return pad(vm, s, n, 0, '0' as u32);
    }
    let mut w = StrWriter::new(vm, s.len() + n, s.form_max())?;
    w.push(s.char_at(0));
    w.fill('0' as u32, n);
    w.push_data(s.data().slice(1, s.len()));
    Ok(w.finish(vm).into_obj())
}

/// `s.expandtabs(tabsize)`.
pub fn expandtabs(vm: &Vm, s: &PyStr, tabsize: i32) -> PyResult<Obj> {
    if s.find_char(9, 0, s.len()).is_none() {
        return Ok(s.to_exact(vm).into_obj());
    }
    let size = usize::try_from(tabsize).unwrap_or(0);
    let mut out = StrBuilder::with_capacity(s.len());
    let mut column = 0;
    for c in s.chars() {
        match c {
            9 if size > 0 => {
                let n = size - column % size;
                out.try_reserve(vm, n)?;
                out.push_n(' ' as u32, n);
                column += n;
            }
            9 => {}
            _ => {
                out.push(c);
                column = if c == 10 || c == 13 { 0 } else { column + 1 };
            }
        }
        if out.len() > MAX_LEN {
            return Err(vm.overflow_error("new string is too long"));
        }
    }
    Ok(out.finish(vm).into_obj())
}

/// What a character becomes.
#[derive(Clone)]
enum Change {
    Keep,
    Delete,
    Char(u32),
    Text(Py<PyStr>),
}

fn change(vm: &Vm, table: Ref<'_>, c: u32) -> PyResult<Change> {
    let r = match vm.getitem(table, Obj::small(c.into()).r()) {
        Ok(r) => r,
        Err(e) => {
            drop(vm.catch(e, vm.types.lookup_error)?);
            return Ok(Change::Keep);
        }
    };
    if r.r().is_none() {
        return Ok(Change::Delete);
    }
    if let Some(i) = r.r().as_int(vm) {
        return match i.to_i64().and_then(|i| u32::try_from(i).ok()).filter(|i| *i < 0x11_0000) {
            Some(c) => Ok(Change::Char(c)),
            None => Err(vm.value_error("character mapping must be in range(0x110000)")),
        };
    }
    match r.downcast::<PyStr>(vm) {
        Ok(s) => Ok(Change::Text(s)),
        Err(_) => Err(vm.type_error("character mapping must return integer, None or str")),
    }
}

/// `s.translate(table)`. Answers for ASCII characters are asked for once only.
pub fn translate(vm: &Vm, s: &PyStr, table: Ref<'_>) -> PyResult<Obj> {
    let mut known: [Option<Change>; 128] = [const { None }; 128];
    let mut out = StrBuilder::with_capacity(s.len());
    for c in s.chars() {
        let answer = match known.get_mut(c as usize) {
            Some(Some(a)) => a.clone(),
            Some(slot) => slot.insert(change(vm, table, c)?).clone(),
            None => change(vm, table, c)?,
        };
        match answer {
            Change::Keep => out.push(c),
            Change::Delete => {}
            Change::Char(c) => out.push(c),
            Change::Text(t) => {
                out.try_reserve(vm, t.len())?;
                out.push_pystr(&t);
            }
        }
    }
    Ok(out.finish(vm).into_obj())
}

/// `str.maketrans(x, y, z)`.
pub fn maketrans(vm: &Vm, x: Ref<'_>, y: Option<&PyStr>, z: Option<&PyStr>) -> PyResult<Obj> {
    let table = PyDict::new(vm);
    let code = |c: u32| Obj::small(c.into());
    if let Some(y) = y {
        let Some(x) = x.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
        };
        if x.len() != y.len() {
            return Err(vm.value_error("the first two maketrans arguments must have equal length"));
        }
        for (a, b) in x.chars().zip(y.chars()) {
            table.set(vm, code(a).r(), code(b).r())?;
        }
        for c in z.into_iter().flat_map(PyStr::chars) {
            table.set(vm, code(c).r(), vm.none())?;
        }
        return Ok(table.into_obj());
    }
    let Some(d) = x.downcast_exact::<PyDict>(vm) else {
        return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    let mut pos = 0;
    while let Some((k, v)) = d.next_entry(&mut pos) {
        if let Some(s) = k.r().downcast::<PyStr>(vm) {
            if s.len() != 1 {
                return Err(vm.value_error("string keys in translate table must be of length 1"));
            }
            table.set(vm, code(s.char_at(0)).r(), v.r())?;
        } else if k.r().as_int(vm).is_some() {
            table.set(vm, k.r(), v.r())?;
        } else {
            return Err(vm.type_error("keys in translate table must be strings or integers"));
        }
    }
    Ok(table.into_obj())
}
