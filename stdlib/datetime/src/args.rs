//! Checks of arguments, and constructors that are written for unpickling as well as for callers.

use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use crate::calendar;
use crate::tz::PyTzInfo;

pub fn check_date(vm: &Vm, year: i32, month: i32, day: i32) -> PyResult<()> {
    if !(calendar::MIN_YEAR..=calendar::MAX_YEAR).contains(&year) {
        return Err(vm.value_error(format!("year must be in {}..{}, not {year}", calendar::MIN_YEAR, calendar::MAX_YEAR)));
    }
    if !(1..=12).contains(&month) {
        return Err(vm.value_error(format!("month must be in 1..12, not {month}")));
    }
    let days = calendar::days_in_month(year, month);
    if !(1..=days).contains(&day) {
        return Err(vm.value_error(format!("day {day} must be in range 1..{days} for month {month} in year {year}")));
    }
    Ok(())
}

pub fn check_time(vm: &Vm, hour: i32, minute: i32, second: i32, us: i32, fold: i32) -> PyResult<()> {
    for (name, value, max) in [("hour", hour, 23), ("minute", minute, 59), ("second", second, 59), ("microsecond", us, 999_999)] {
        if !(0..=max).contains(&value) {
            return Err(vm.value_error(format!("{name} must be in 0..{max}, not {value}")));
        }
    }
    if fold != 0 && fold != 1 {
        return Err(vm.value_error(format!("fold must be either 0 or 1, not {fold}")));
    }
    Ok(())
}

/// A time zone argument: None or an instance of `tzinfo`.
pub fn check_tz(vm: &Vm, o: Ref<'_>) -> PyResult<Option<Obj>> {
    if o.is_none() {
        return Ok(None);
    }
    if o.is_instance_of::<PyTzInfo>(vm) {
        return Ok(Some(o.to_obj()));
    }
    Err(vm.type_error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{}'", o.ty(vm).tp_name())))
}

/// The arguments of a constructor by name, in the wording of a parser that knows no function name.
/// The first `required` must be there; those from `positional` on are keyword-only.
pub fn parse<'a, const N: usize>(
    vm: &Vm,
    args: Args<'a>,
    names: [&str; N],
    required: usize,
    positional: usize,
) -> PyResult<[Option<Ref<'a>>; N]> {
    let (n, total) = (args.npos(), args.npos() + args.kw_values().len());
    let s = |n: usize| if n == 1 { "" } else { "s" };
    if total > N {
        let kind = if n == 0 { "keyword " } else { "" };
        return Err(vm.type_error(format!("function takes at most {N} {kind}argument{} ({total} given)", s(N))));
    }
    if n > positional {
        return Err(vm.type_error(format!("function takes at most {positional} positional argument{} ({n} given)", s(positional))));
    }
    let mut out = [None; N];
    for (slot, arg) in out.iter_mut().zip(args.pos()) {
        *slot = Some(*arg);
    }
    for (i, name) in names.iter().enumerate() {
        match (args.kw(vm, name), out[i]) {
            (Some(_), Some(_)) => {
                return Err(vm.type_error(format!("argument for function given by name ('{name}') and position ({})", i + 1)));
            }
            (Some(v), None) => out[i] = Some(v),
            (None, None) if i < required => {
                // What is there is converted first, and may fail before.
                for given in out.iter().take(i).flatten() {
                    c_int(vm, *given)?;
                }
                return Err(vm.type_error(format!("function missing required argument '{name}' (pos {})", i + 1)));
            }
            _ => {}
        }
    }
    for (name, _) in args.kwargs() {
        if !names.iter().any(|n| name.as_utf8() == Some(n)) {
            let name = name.to_string_lossy();
            return Err(vm.type_error(format!("this function got an unexpected keyword argument '{name}'")));
        }
    }
    Ok(out)
}

/// A C int argument with a default.
pub fn int_or(vm: &Vm, o: Option<Ref<'_>>, default: i32) -> PyResult<i32> {
    o.map_or(Ok(default), |o| c_int(vm, o))
}

/// The state a constructor gets from pickle: bytes, or a str that came from bytes of Python 2. It
/// counts as state only if its length is right and `sane` accepts the unit at `at`.
pub fn pickled(vm: &Vm, o: Ref<'_>, len: usize, at: usize, sane: fn(u32) -> bool, what: &str) -> PyResult<Option<Vec<u8>>> {
    if let Some(b) = o.downcast::<PyBytes>(vm) {
        let b = b.as_slice();
        return Ok((b.len() == len && sane(b[at].into())).then(|| b.to_vec()));
    }
    let Some(s) = o.downcast::<PyStr>(vm) else { return Ok(None) };
    if s.len() != len || !sane(s.char_at(at)) {
        return Ok(None);
    }
    match s.chars().map(u8::try_from).collect() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) => Err(vm.value_error(format!(
            "Failed to encode latin1 string when unpickling a {what} object. pickle.load(data, encoding='latin1') is assumed."
        ))),
    }
}
