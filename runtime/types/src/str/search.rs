//! Searching strings: `find`, `index`, `count`, `startswith`.

use krait_object::convert::IndexClamped;
use krait_object::prelude::*;

/// Optional bounds of a search as positions. The start may lie behind the end, or the string's
/// end: then not even the empty string is found.
pub fn bounds(start: Option<IndexClamped>, end: Option<IndexClamped>, len: usize) -> (usize, usize) {
    let len = len as isize;
    let at = |i: isize| if i < 0 { (i.saturating_add(len)).max(0) } else { i };
    let start = start.map_or(0, |i| at(i.0));
    let end = end.map_or(len, |i| at(i.0).min(len));
    (start as usize, end as usize)
}

/// Does the part of `s` begin (or end) with one of the given prefixes (suffixes)?
pub fn affix(vm: &Vm, s: &PyStr, affixes: Ref<'_>, (start, end): (usize, usize), at_end: bool) -> PyResult<bool> {
    let one = |p: &PyStr| {
        if start > end || end - start < p.len() {
            return false;
        }
        s.matches_at(if at_end { end - p.len() } else { start }, p)
    };
    if let Some(p) = affixes.downcast::<PyStr>(vm) {
        return Ok(one(p));
    }
    let name = if at_end { "endswith" } else { "startswith" };
    let Some(all) = affixes.downcast::<PyTuple>(vm) else {
        let text = format!("{name} first arg must be str or a tuple of str, not {}", affixes.ty(vm).tp_name());
        return Err(vm.type_error(text));
    };
    for p in all.as_slice() {
        let Some(p) = p.r().downcast::<PyStr>(vm) else {
            let text = format!("tuple for {name} must only contain str, not {}", p.r().ty(vm).tp_name());
            return Err(vm.type_error(text));
        };
        if one(p) {
            return Ok(true);
        }
    }
    Ok(false)
}
