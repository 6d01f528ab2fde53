//! `min` and `max`.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// Which end is looked for.
#[derive(Copy, Clone, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

impl End {
    fn name(self) -> &'static str {
        if self == End::Min { "min" } else { "max" }
    }
    /// Is `new` further to this end than `best`?
    #[inline(always)]
    fn better(self, vm: &Vm, new: Ref<'_>, best: Ref<'_>) -> PyResult<bool> {
        let op = if self == End::Min { CmpOp::Lt } else { CmpOp::Gt };
        if let (Some(a), Some(b)) = (new.value().as_int(), best.value().as_int()) {
            return Ok(op.eval(a.cmp(&b)));
        }
        if let (Some(a), Some(b)) = (new.value().as_flonum(), best.value().as_flonum()) {
            return Ok(if op == CmpOp::Lt { a < b } else { a > b });
        }
        vm.compare_bool(new, best, op)
    }
}

/// The best item so far and its key, if that is another object.
struct Best {
    item: Obj,
    key: Option<Obj>,
}

fn consider(vm: &Vm, end: End, key: Option<Ref<'_>>, best: &mut Option<Best>, item: Obj) -> PyResult<()> {
    let item_key = match key {
        Some(f) => Some(vm.call1(f, item.r())?),
        None => None,
    };
    let replace = match best {
        None => true,
        Some(b) => {
            let new = item_key.as_ref().unwrap_or(&item);
            end.better(vm, new.r(), b.key.as_ref().unwrap_or(&b.item).r())?
        }
    };
    if replace {
        *best = Some(Best { item, key: item_key });
    }
    Ok(())
}

fn extremum(vm: &Vm, end: End, args: Args<'_>) -> PyResult<Obj> {
    let pos = args.pos();
    let name = end.name();
    if pos.is_empty() {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    let (mut key, mut default) = (None, None);
    for (k, v) in args.kwargs() {
        if k.eq_str("key") {
            key = Some(v).filter(|v| !v.is_none());
        } else if k.eq_str("default") {
            default = Some(v);
        } else {
            return Err(krait_object::unpack::unexpected_keyword(vm, name, k, &["key", "default"]));
        }
    }
    let mut best = None;
    if let [iterable] = pos {
        if let (Some(l), None) = (iterable.downcast_exact::<PyList>(vm), key) {
            return of_list(vm, end, l, default);
        }
        let it = vm.iter(*iterable)?;
        while let Some(item) = vm.iter_next(it.r())? {
            consider(vm, end, key, &mut best, item)?;
        }
        return finish(vm, end, best.map(|b| b.item), default);
    }
    if default.is_some() {
        return Err(vm.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments")));
    }
    if key.is_none() {
        let mut best = pos[0];
        for item in &pos[1..] {
            if end.better(vm, *item, best)? {
                best = *item;
            }
        }
        return Ok(best.to_obj());
    }
    for item in pos {
        consider(vm, end, key, &mut best, item.to_obj())?;
    }
    finish(vm, end, best.map(|b| b.item), None)
}

/// Of a list without a key.
fn of_list(vm: &Vm, end: End, l: &PyList, default: Option<Ref<'_>>) -> PyResult<Obj> {
    let mut best = l.get(0);
    let mut i = 1;
    while let (Some(b), Some(item)) = (&best, l.get(i)) {
        if end.better(vm, item.r(), b.r())? {
            best = Some(item);
        }
        i += 1;
    }
    finish(vm, end, best, default)
}

fn finish(vm: &Vm, end: End, best: Option<Obj>, default: Option<Ref<'_>>) -> PyResult<Obj> {
    match (best, default) {
        (Some(b), _) => Ok(b),
        (None, Some(d)) => Ok(d.to_obj()),
        (None, None) => Err(vm.value_error(format!("{}() iterable argument is empty", end.name()))),
    }
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// max(iterable, *[, default=obj, key=func]) -> value
    /// max(arg1, arg2, *args, *[, key=func]) -> value
    ///
    /// With a single iterable argument, return its biggest item. The
    /// default keyword-only argument specifies an object to return if
    /// the provided iterable is empty.
    /// With two or more positional arguments, return the largest argument.
    #[pyfunction(raw, quiet)]
    fn max(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        extremum(vm, End::Max, args)
    }
    /// min(iterable, *[, default=obj, key=func]) -> value
    /// min(arg1, arg2, *args, *[, key=func]) -> value
    ///
    /// With a single iterable argument, return its smallest item. The
    /// default keyword-only argument specifies an object to return if
    /// the provided iterable is empty.
    /// With two or more positional arguments, return the smallest argument.
    #[pyfunction(raw, quiet)]
    fn min(vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        extremum(vm, End::Min, args)
    }
}
