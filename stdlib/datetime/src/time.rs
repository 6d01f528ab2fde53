//! `time`.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::hash::hash_bytes;
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, make, no_header};

use crate::args::{check_time, check_tz, int_or, parse, pickled};
use crate::date::{bad_iso, format_with, strptime};
use crate::delta::{self, PyDelta};
use crate::strftime::{self, TimeSpec};
use crate::{delta_class, isoparse, tz};

/// A time of day. Values from pickles may be out of range.
#[repr(C)]
pub struct PyTime {
    header: Header,
    hash: Cell<i64>,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub fold: Cell<u8>,
    pub us: u32,
    pub tz: Option<Obj>,
}

/// The fields of a time, not checked.
#[derive(Copy, Clone, Default)]
pub struct Clock {
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub us: i32,
    pub fold: i32,
}

impl PyTime {
    fn of(c: Clock, tz: Option<Obj>) -> PyTime {
        PyTime {
            header: no_header(),
            hash: Cell::new(-1),
            hour: c.hour as u8,
            minute: c.minute as u8,
            second: c.second as u8,
            fold: Cell::new(c.fold as u8),
            us: c.us as u32,
            tz,
        }
    }
    fn clock(&self) -> Clock {
        Clock {
            hour: self.hour.into(),
            minute: self.minute.into(),
            second: self.second.into(),
            us: self.us as i32,
            fold: self.fold.get().into(),
        }
    }
    /// The bytes that pickle stores and the hash is made of.
    fn bytes(&self) -> [u8; 6] {
        let us = self.us.to_be_bytes();
        [self.hour, self.minute, self.second, us[1], us[2], us[3]]
    }
    fn zone(&self) -> Option<Ref<'_>> {
        self.tz.as_ref().map(Obj::r)
    }
    fn offset(&self, vm: &Vm) -> PyResult<Option<Py<PyDelta>>> {
        tz::utcoffset(vm, self.zone(), vm.none())
    }
    fn seconds(&self) -> i64 {
        i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }
}

/// A time of exactly the class `time`; the fields are in range.
pub fn plain(vm: &Vm, c: Clock, tz: Option<Obj>) -> Obj {
    make(vm, PyTime::of(c, tz)).into_obj()
}

/// An instance of a class that derives from `time`, through its constructor.
fn new_of(vm: &Vm, cls: &PyType, c: Clock, tz: Option<Obj>) -> PyResult<Obj> {
    if std::ptr::eq(cls, PyTime::type_of(vm)) {
        check_time(vm, c.hour, c.minute, c.second, c.us, c.fold)?;
        return Ok(plain(vm, c, tz));
    }
    let mut args: Vec<Obj> = [c.hour, c.minute, c.second, c.us].iter().map(|v| Obj::small((*v).into())).collect();
    args.push(tz.unwrap_or_else(Obj::none));
    let made = vm.call(cls.r(), krait_object::obj::refs(&args))?;
    if c.fold != 0
        && let Some(t) = made.r().downcast::<PyTime>(vm)
    {
        t.fold.set(c.fold as u8);
    }
    Ok(made)
}

/// A sensible first byte of a pickled state: the hour, with the fold as its high bit.
fn sane_hour(b: u32) -> bool {
    b & 0x7f < 24
}

fn from_pickle(vm: &Vm, cls: &PyType, b: &[u8], tz: Option<Ref<'_>>) -> PyResult<Obj> {
    let tz = match tz {
        None => None,
        Some(tz) => check_tz(vm, tz).map_err(|e| {
            drop(vm.take_raised(e));
            vm.type_error("bad tzinfo state arg")
        })?,
    };
    let us = i32::from(b[3]) << 16 | i32::from(b[4]) << 8 | i32::from(b[5]);
    let c = Clock { hour: (b[0] & 0x7f).into(), minute: b[1].into(), second: b[2].into(), us, fold: (b[0] >> 7).into() };
    instance(vm, cls, PyTime::of(c, tz))
}

/// An ISO text that may be read as UTF-8.
pub fn iso_text<'a>(vm: &Vm, s: Ref<'a>) -> PyResult<Option<&'a str>> {
    match s.downcast::<PyStr>(vm) {
        Some(s) => Ok(s.as_utf8()),
        None => Err(vm.type_error("fromisoformat: argument must be str")),
    }
}

/// The zone of a parsed offset.
pub fn iso_zone(vm: &Vm, t: &isoparse::Time) -> PyResult<Option<Obj>> {
    match t.offset {
        None => Ok(None),
        Some((0, 0)) => tz::utc(vm).map(Some),
        Some((seconds, us)) => {
            let offset = delta::from_parts(vm, 0, seconds.into(), us.into())?;
            tz::zone(vm, &offset, None).map(Some)
        }
    }
}

pub const MIDNIGHT: &str = "minute, second, and microsecond must be 0 when hour is 24";

/// The zone argument of `replace`: given, or what there is.
pub fn replaced_tz(vm: &Vm, given: OptArg<Ref<'_>>, old: Option<Obj>) -> PyResult<Option<Obj>> {
    match given.given() {
        Some(tz) => check_tz(vm, tz),
        None => Ok(old),
    }
}

/// time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object
///
/// All arguments are optional. tzinfo may be None, or an instance of
/// a tzinfo subclass. The remaining arguments may be ints.
///
#[pyclass(layout = PyTime, name = "time", module = "datetime", own, no_gc, nosig, flags(BASETYPE))]
pub mod time {
    use super::*;

    #[pynew("time(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if let [state, rest @ ..] = args.pos()
            && rest.len() < 2
            && let Some(b) = pickled(vm, *state, 6, 0, sane_hour, "time")?
        {
            return from_pickle(vm, cls, &b, rest.first().copied());
        }
        let [h, m, s, us, tz, fold] = parse(vm, args, ["hour", "minute", "second", "microsecond", "tzinfo", "fold"], 0, 5)?;
        let c = Clock {
            hour: int_or(vm, h, 0)?,
            minute: int_or(vm, m, 0)?,
            second: int_or(vm, s, 0)?,
            us: int_or(vm, us, 0)?,
            fold: int_or(vm, fold, 0)?,
        };
        check_time(vm, c.hour, c.minute, c.second, c.us, c.fold)?;
        let tz = tz.map_or(Ok(None), |tz| check_tz(vm, tz))?;
        instance(vm, cls, PyTime::of(c, tz))
    }
    #[getter]
    fn hour(zelf: &PyTime) -> i32 {
        zelf.hour.into()
    }
    #[getter]
    fn minute(zelf: &PyTime) -> i32 {
        zelf.minute.into()
    }
    #[getter]
    fn second(zelf: &PyTime) -> i32 {
        zelf.second.into()
    }
    #[getter]
    fn microsecond(zelf: &PyTime) -> u32 {
        zelf.us
    }
    #[getter]
    fn tzinfo(zelf: &PyTime) -> Option<Obj> {
        zelf.tz.clone()
    }
    #[getter]
    fn fold(zelf: &PyTime) -> u8 {
        zelf.fold.get()
    }
    /// string -> time from a string in ISO 8601 format
    #[pyclassmethod("fromisoformat(cls, string, /)", nosig)]
    fn fromisoformat(vm: &Vm, cls: &PyType, string: Ref<'_>) -> PyResult<Obj> {
        let text = iso_text(vm, string)?;
        let parsed = text.and_then(|t| isoparse::time(t.strip_prefix('T').unwrap_or(t).as_bytes()));
        let Some(t) = parsed else { return Err(bad_iso(vm, string)) };
        let mut hour = t.hour;
        if hour == 24 {
            if (t.minute, t.second, t.us) != (0, 0, 0) {
                return Err(vm.value_error(MIDNIGHT));
            }
            hour = 0;
        }
        let zone = iso_zone(vm, &t)?;
        new_of(vm, cls, Clock { hour, minute: t.minute, second: t.second, us: t.us, fold: 0 }, zone)
    }
    /// Parse string according to the given time format (like time.strptime()).
    #[pyclassmethod("strptime(cls, string, format, /)", nosig)]
    fn strptime_method(vm: &Vm, cls: &PyType, string: &PyStr, format: &PyStr) -> PyResult<Obj> {
        strptime(vm, "_strptime_datetime_time", cls, string, format)
    }
    /// Return the time formatted according to ISO.
    ///
    /// The full format is 'HH:MM:SS.mmmmmm+zz:zz'. By default, the fractional
    /// part is omitted if self.microsecond == 0.
    ///
    /// The optional argument timespec specifies the number of additional
    /// terms of the time to include. Valid options are 'auto', 'hours',
    /// 'minutes', 'seconds', 'milliseconds' and 'microseconds'.
    #[pymethod("isoformat(self, /, timespec=<unrepresentable>)")]
    fn isoformat(vm: &Vm, zelf: &PyTime, timespec: OptArg<&PyStr>) -> PyResult<String> {
        let mut out = TimeSpec::of(vm, timespec.given(), zelf.us)?.show(zelf.hour, zelf.minute, zelf.second, zelf.us);
        if let Some(d) = zelf.offset(vm)? {
            out += &tz::offset_text(&d, ":");
        }
        Ok(out)
    }
    /// Format using strftime().
    ///
    /// The date part of the timestamp passed to underlying strftime should not be used.
    #[pymethod("strftime(self, /, format)", numbered)]
    fn strftime_method(vm: &Vm, zelf: &PyTime, format: &PyStr) -> PyResult<Obj> {
        let fields = [1900, 1, 1, zelf.hour.into(), zelf.minute.into(), zelf.second.into(), 0, 1, -1];
        let tuple = vm.tuple(fields.iter().map(|f| Obj::small(*f)).collect());
        strftime::format(vm, zelf.r(), format, tuple.r(), vm.none())
    }
    /// Formats self with strftime.
    #[pymethod("__format__(self, format, /)", nosig)]
    fn __format__(vm: &Vm, zelf: Ref<'_>, format: Ref<'_>) -> PyResult<Obj> {
        format_with(vm, zelf, format)
    }
    /// Return self.tzinfo.utcoffset(self).
    #[pymethod(nosig)]
    fn utcoffset(vm: &Vm, zelf: &PyTime) -> PyResult<Option<Py<PyDelta>>> {
        zelf.offset(vm)
    }
    /// Return self.tzinfo.tzname(self).
    #[pymethod(nosig)]
    fn tzname(vm: &Vm, zelf: &PyTime) -> PyResult<Obj> {
        tz::tzname(vm, zelf.zone(), vm.none())
    }
    /// Return self.tzinfo.dst(self).
    #[pymethod(nosig)]
    fn dst(vm: &Vm, zelf: &PyTime) -> PyResult<Option<Py<PyDelta>>> {
        tz::dst(vm, zelf.zone(), vm.none())
    }
    /// Return time with new specified fields.
    #[pymethod(
        "replace(self, /, hour=<unrepresentable>, minute=<unrepresentable>, second=<unrepresentable>, microsecond=<unrepresentable>, tzinfo=<unrepresentable>, *, fold=<unrepresentable>)"
    )]
    fn replace(
        vm: &Vm,
        zelf: &PyTime,
        hour: OptArg<i32>,
        minute: OptArg<i32>,
        second: OptArg<i32>,
        microsecond: OptArg<i32>,
        tzinfo: OptArg<Ref<'_>>,
        fold: OptArg<i32>,
    ) -> PyResult<Obj> {
        let old = zelf.clock();
        let c = Clock {
            hour: hour.unwrap_or(old.hour),
            minute: minute.unwrap_or(old.minute),
            second: second.unwrap_or(old.second),
            us: microsecond.unwrap_or(old.us),
            fold: fold.unwrap_or(old.fold),
        };
        let tz = replaced_tz(vm, tzinfo, zelf.tz.clone())?;
        check_time(vm, 0, 0, 0, 0, c.fold)?;
        new_of(vm, zelf.r().ty(vm), c, tz)
    }
    /// The same as replace().
    #[pymethod(
        "__replace__(self, /, hour=<unrepresentable>, minute=<unrepresentable>, second=<unrepresentable>, microsecond=<unrepresentable>, tzinfo=<unrepresentable>, *, fold=<unrepresentable>)",
        nosig
    )]
    fn __replace__(
        vm: &Vm,
        zelf: &PyTime,
        hour: OptArg<i32>,
        minute: OptArg<i32>,
        second: OptArg<i32>,
        microsecond: OptArg<i32>,
        tzinfo: OptArg<Ref<'_>>,
        fold: OptArg<i32>,
    ) -> PyResult<Obj> {
        replace(vm, zelf, hour, minute, second, microsecond, tzinfo, fold)
    }
    /// __reduce_ex__(proto) -> (cls, state)
    #[pymethod("__reduce_ex__(self, proto, /)", nosig)]
    fn __reduce_ex__(vm: &Vm, zelf: &PyTime, proto: i32) -> Obj {
        let mut b = zelf.bytes();
        if proto > 3 && zelf.fold.get() != 0 {
            b[0] |= 0x80;
        }
        let mut state = vec![vm.bytes(&b)];
        state.extend(zelf.tz.clone());
        let state = vm.tuple(state);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), state])
    }
    /// __reduce__() -> (cls, state)
    #[pymethod(nosig)]
    fn __reduce__(vm: &Vm, zelf: &PyTime) -> Obj {
        __reduce_ex__(vm, zelf, 2)
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTime) -> PyResult<String> {
        let mut out = format!("{}({}, {}", zelf.r().ty(vm).tp_name(), zelf.hour, zelf.minute);
        if zelf.us != 0 {
            out += &format!(", {}, {}", zelf.second, zelf.us);
        } else if zelf.second != 0 {
            out += &format!(", {}", zelf.second);
        }
        if let Some(tz) = zelf.zone() {
            out += &format!(", tzinfo={}", &*vm.repr_text(tz)?);
        }
        out += if zelf.fold.get() != 0 { ", fold=1)" } else { ")" };
        Ok(out)
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyTime) -> PyResult<Obj> {
        vm.call_method_str(zelf.r(), "isoformat", &[])
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyTime) -> PyResult<i64> {
        if zelf.hash.get() == -1 {
            let offset = match &zelf.tz {
                Some(tz) if zelf.fold.get() != 0 => {
                    let first = plain(vm, Clock { fold: 0, ..zelf.clock() }, Some(tz.clone()));
                    match first.r().downcast::<PyTime>(vm) {
                        Some(t) => t.offset(vm)?,
                        None => None,
                    }
                }
                _ => zelf.offset(vm)?,
            };
            zelf.hash.set(match offset {
                None => hash_bytes(vm.interp.hash_secret.get(), &zelf.bytes()),
                Some(d) => {
                    let time = delta::from_parts(vm, 0, zelf.seconds(), zelf.us.into())?;
                    delta_class::hash(&*delta::add(vm, &time, &d, -1)?)
                }
            });
        }
        Ok(zelf.hash.get())
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyTime, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let Some(other) = other.downcast::<PyTime>(vm) else { return Ok(vm.not_implemented()) };
        let plain = || Obj::bool(op.eval(zelf.bytes().cmp(&other.bytes())));
        let same_zone = match (&zelf.tz, &other.tz) {
            (None, None) => true,
            (Some(a), Some(b)) => a.r().ptr_eq(b.r()),
            _ => false,
        };
        if same_zone {
            return Ok(plain());
        }
        match (zelf.offset(vm)?, other.offset(vm)?) {
            (None, None) => Ok(plain()),
            (Some(a), Some(b)) if a.parts() == b.parts() => Ok(plain()),
            (Some(a), Some(b)) => {
                let us = |t: &PyTime, d: &PyDelta| i128::from(t.seconds() * 1_000_000 + i64::from(t.us)) - d.total_us();
                Ok(Obj::bool(op.eval(us(zelf, &a).cmp(&us(other, &b)))))
            }
            _ => match op {
                CmpOp::Eq => Ok(Obj::bool(false)),
                CmpOp::Ne => Ok(Obj::bool(true)),
                _ => Err(vm.type_error("can't compare offset-naive and offset-aware times")),
            },
        }
    }
}
