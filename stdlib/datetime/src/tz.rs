//! `tzinfo`, `timezone`, and the questions asked of time zones.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, make, no_header, peek_obj};

use crate::datetime::{self, PyDateTime};
use crate::delta::{self, PyDelta};
use crate::delta_class;

/// The abstract base of time zones.
#[repr(C)]
pub struct PyTzInfo {
    header: Header,
}

/// A fixed offset from UTC.
#[repr(C)]
pub struct PyTimeZone {
    base: PyTzInfo,
    pub offset: Py<PyDelta>,
    pub name: Option<Obj>,
}

/// Objects there is one of.
#[derive(Default)]
struct Shared {
    utc: Cell<Option<Obj>>,
}

/// `timezone.utc`.
pub fn utc(vm: &Vm) -> PyResult<Obj> {
    let shared = vm.interp.state::<Shared>();
    if let Some(utc) = peek_obj(&shared.utc) {
        return Ok(utc);
    }
    let offset = delta::from_parts(vm, 0, 0, 0)?;
    let utc = make_zone(vm, offset, None);
    shared.utc.set(Some(utc.clone()));
    Ok(utc)
}

fn make_zone(vm: &Vm, offset: Py<PyDelta>, name: Option<Obj>) -> Obj {
    make(vm, PyTimeZone { base: PyTzInfo { header: no_header() }, offset, name }).into_obj()
}

/// Is the offset less than a day?
fn in_a_day(d: &PyDelta) -> bool {
    d.total_us().unsigned_abs() < 86_400_000_000
}

const OFFSET_RANGE: &str = "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24)";

/// A fixed offset; the one without name and offset is `timezone.utc`.
pub fn zone(vm: &Vm, offset: &PyDelta, name: Option<Obj>) -> PyResult<Obj> {
    if name.is_none() && offset.is_zero() {
        return utc(vm);
    }
    if !in_a_day(offset) {
        return Err(vm.value_error(format!("{OFFSET_RANGE}, not {}", &*vm.repr_text(offset.r())?)));
    }
    Ok(make_zone(vm, offset.to_py(), name))
}

/// A signed offset as text: `+HH:MM[:SS[.ffffff]]`.
pub fn offset_text(d: &PyDelta, sep: &str) -> String {
    let us = d.total_us();
    let (sign, us) = if us < 0 { ('-', -us) } else { ('+', us) };
    let (seconds, us) = (us / 1_000_000, us % 1_000_000);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut out = format!("{sign}{h:02}{sep}{m:02}");
    if s != 0 || us != 0 {
        out += &format!("{sep}{s:02}");
    }
    if us != 0 {
        out += &format!(".{us:06}");
    }
    out
}

fn zone_text(vm: &Vm, z: &PyTimeZone) -> Obj {
    match &z.name {
        Some(n) => n.clone(),
        None if z.offset.is_zero() => vm.str("UTC"),
        None => vm.str(&format!("UTC{}", offset_text(&z.offset, ":"))),
    }
}

/// Asks a zone for an offset (`utcoffset` or `dst`).
fn ask_offset(vm: &Vm, tz: Option<Ref<'_>>, method: &str, arg: Ref<'_>) -> PyResult<Option<Py<PyDelta>>> {
    let Some(tz) = tz else { return Ok(None) };
    if let Some(z) = tz.downcast::<PyTimeZone>(vm) {
        return Ok((method == "utcoffset").then(|| z.offset.clone()));
    }
    let got = vm.call_method_str(tz, method, &[arg])?;
    if got.r().is_none() {
        return Ok(None);
    }
    let Some(d) = got.r().downcast::<PyDelta>(vm) else {
        let name = got.r().ty(vm).tp_name();
        return Err(vm.type_error(format!("tzinfo.{method}() must return None or timedelta, not '{name}'")));
    };
    if !in_a_day(d) {
        return Err(vm.value_error(format!("{OFFSET_RANGE}, not {}", &*vm.repr_text(got.r())?)));
    }
    Ok(Some(d.to_py()))
}

/// The offset from UTC.
pub fn utcoffset(vm: &Vm, tz: Option<Ref<'_>>, arg: Ref<'_>) -> PyResult<Option<Py<PyDelta>>> {
    ask_offset(vm, tz, "utcoffset", arg)
}

/// The part of the offset that is daylight saving time.
pub fn dst(vm: &Vm, tz: Option<Ref<'_>>, arg: Ref<'_>) -> PyResult<Option<Py<PyDelta>>> {
    ask_offset(vm, tz, "dst", arg)
}

/// The zone's name, or None.
pub fn tzname(vm: &Vm, tz: Option<Ref<'_>>, arg: Ref<'_>) -> PyResult<Obj> {
    let Some(tz) = tz else { return Ok(Obj::none()) };
    if let Some(z) = tz.downcast::<PyTimeZone>(vm) {
        return Ok(zone_text(vm, z));
    }
    let got = vm.call_method_str(tz, "tzname", &[arg])?;
    if got.r().is_none() || got.r().is_instance_of::<PyStr>(vm) {
        return Ok(got);
    }
    Err(vm.type_error(format!("tzinfo.tzname() must return None or a string, not '{}'", got.r().ty(vm).tp_name())))
}

fn not_implemented(vm: &Vm, method: &str) -> PyResult<Obj> {
    Err(vm.raise_msg(vm.types.not_implemented_error, &format!("a tzinfo subclass must implement {method}()")))
}

/// A datetime in UTC whose zone is `zelf`, or the errors about it.
fn utc_argument<'a>(vm: &Vm, zelf: Ref<'_>, dt: Ref<'a>) -> PyResult<&'a PyDateTime> {
    let Some(dt) = dt.downcast::<PyDateTime>(vm) else {
        return Err(vm.type_error("fromutc: argument must be a datetime"));
    };
    match dt.tz() {
        Some(tz) if tz.r().ptr_eq(zelf) => Ok(dt),
        _ => Err(vm.value_error("fromutc: dt.tzinfo is not self")),
    }
}

/// Abstract base class for time zone info objects.
#[pyclass(layout = PyTzInfo, name = "tzinfo", module = "datetime", own, no_gc, flags(BASETYPE))]
pub mod tzinfo {
    use super::*;

    #[pynew("tzinfo(*args, **kwargs)", raw, nosig)]
    fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Obj> {
        instance(vm, cls, PyTzInfo { header: no_header() })
    }
    /// datetime -> string name of time zone.
    #[pymethod("tzname(self, dt, /)", nosig)]
    fn tzname(vm: &Vm, _zelf: &PyTzInfo, _dt: Ref<'_>) -> PyResult<Obj> {
        not_implemented(vm, "tzname")
    }
    /// datetime -> timedelta showing offset from UTC, negative values indicating West of UTC
    #[pymethod("utcoffset(self, dt, /)", nosig)]
    fn utcoffset(vm: &Vm, _zelf: &PyTzInfo, _dt: Ref<'_>) -> PyResult<Obj> {
        not_implemented(vm, "utcoffset")
    }
    /// datetime -> DST offset as timedelta positive east of UTC.
    #[pymethod("dst(self, dt, /)", nosig)]
    fn dst(vm: &Vm, _zelf: &PyTzInfo, _dt: Ref<'_>) -> PyResult<Obj> {
        not_implemented(vm, "dst")
    }
    /// datetime in UTC -> datetime in local time.
    #[pymethod("fromutc(self, dt, /)", nosig)]
    fn fromutc(vm: &Vm, zelf: &PyTzInfo, dt: Ref<'_>) -> PyResult<Obj> {
        let arg = utc_argument(vm, zelf.r(), dt)?;
        let Some(off) = super::utcoffset(vm, Some(zelf.r()), dt)? else {
            return Err(vm.value_error("fromutc: non-None utcoffset() result required"));
        };
        let Some(dst) = super::dst(vm, Some(zelf.r()), dt)? else {
            return Err(vm.value_error("fromutc: non-None dst() result required"));
        };
        let standard = delta::add(vm, &off, &dst, -1)?;
        let result = datetime::add_delta(vm, arg, &standard, 1)?;
        let Some(dst) = super::dst(vm, Some(zelf.r()), result.r())? else {
            return Err(vm.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert"));
        };
        match result.r().downcast::<PyDateTime>(vm) {
            Some(r) if !dst.is_zero() => datetime::add_delta(vm, r, &dst, 1),
            _ => Ok(result),
        }
    }
    /// -> (cls, state)
    #[pymethod(nosig)]
    fn __reduce__(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        let args = match vm.getattr_opt(zelf, &vm.intern("__getinitargs__"))? {
            Some(f) => vm.call0(f.r())?,
            None => vm.tuple(vec![]),
        };
        let state = krait_stdlib_core::util::state_of(vm, zelf)?;
        Ok(vm.tuple(vec![zelf.ty(vm).to_obj(), args, state]))
    }
}

/// The argument of a zone's questions must be a datetime or None.
fn check_moment(vm: &Vm, dt: Ref<'_>, method: &str) -> PyResult<()> {
    if dt.is_none() || dt.is_instance_of::<PyDateTime>(vm) {
        return Ok(());
    }
    Err(vm.type_error(format!("{method}(dt) argument must be a datetime instance or None, not {}", dt.ty(vm).tp_name())))
}

/// Fixed offset from UTC implementation of tzinfo.
#[pyclass(layout = PyTimeZone, name = "timezone", module = "datetime", own, no_gc, nosig, base = super::tzinfo)]
pub mod timezone {
    use super::*;

    #[pynew("timezone(offset, name=None)", numbered)]
    fn new(vm: &Vm, _cls: &PyType, offset: &PyDelta, name: OptArg<&PyStr>) -> PyResult<Obj> {
        zone(vm, offset, name.given().map(|n| n.to_obj()))
    }
    /// If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'.
    #[pymethod("tzname(self, dt, /)", nosig)]
    fn tzname(vm: &Vm, zelf: &PyTimeZone, dt: Ref<'_>) -> PyResult<Obj> {
        check_moment(vm, dt, "tzname")?;
        Ok(zone_text(vm, zelf))
    }
    /// Return fixed offset.
    #[pymethod("utcoffset(self, dt, /)", nosig)]
    fn utcoffset(vm: &Vm, zelf: &PyTimeZone, dt: Ref<'_>) -> PyResult<Obj> {
        check_moment(vm, dt, "utcoffset")?;
        Ok(zelf.offset.to_obj())
    }
    /// Return None.
    #[pymethod("dst(self, dt, /)", nosig)]
    fn dst(vm: &Vm, _zelf: &PyTimeZone, dt: Ref<'_>) -> PyResult<()> {
        check_moment(vm, dt, "dst")
    }
    /// datetime in UTC -> datetime in local time.
    #[pymethod("fromutc(self, dt, /)", nosig)]
    fn fromutc(vm: &Vm, zelf: &PyTimeZone, dt: Ref<'_>) -> PyResult<Obj> {
        datetime::add_delta(vm, utc_argument(vm, zelf.r(), dt)?, &zelf.offset, 1)
    }
    /// pickle support
    #[pymethod(nosig)]
    fn __getinitargs__(vm: &Vm, zelf: &PyTimeZone) -> Obj {
        let mut args = vec![zelf.offset.to_obj()];
        args.extend(zelf.name.clone());
        vm.tuple(args)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTimeZone) -> PyResult<String> {
        let name = zelf.r().ty(vm).tp_name();
        if utc(vm)?.is(zelf.r()) {
            return Ok(format!("{name}.utc"));
        }
        let offset = vm.repr_text(zelf.offset.r())?;
        match &zelf.name {
            Some(n) => Ok(format!("{name}({}, {})", &*offset, &*vm.repr_text(n.r())?)),
            None => Ok(format!("{name}({})", &*offset)),
        }
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyTimeZone) -> Obj {
        zone_text(vm, zelf)
    }
    #[slot(hash)]
    fn hash(zelf: &PyTimeZone) -> i64 {
        delta_class::hash(&zelf.offset)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyTimeZone, other: Ref<'_>, op: CmpOp) -> Obj {
        match (other.downcast::<PyTimeZone>(vm), op) {
            (Some(o), CmpOp::Eq) => Obj::bool(zelf.offset.parts() == o.offset.parts()),
            (Some(o), CmpOp::Ne) => Obj::bool(zelf.offset.parts() != o.offset.parts()),
            _ => vm.not_implemented(),
        }
    }
}
