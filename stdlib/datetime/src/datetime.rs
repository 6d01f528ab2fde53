//! `datetime`: layout, construction and arithmetic.

use std::cell::Cell;

use krait_object::prelude::*;
use krait_stdlib_core::util::{make, peek_obj};

use crate::args::{check_date, check_time};
use crate::calendar;
use crate::clock;
use crate::date::PyDate;
use crate::delta::{self, PyDelta};
use crate::tz;

/// A date and time. Values from pickles may be out of range.
#[repr(C)]
pub struct PyDateTime {
    pub date: PyDate,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub fold: Cell<u8>,
    pub us: u32,
    /// Changed only while the object is being made.
    tz: Cell<Option<Obj>>,
}

/// The fields of a datetime, not checked.
#[derive(Copy, Clone, Default)]
pub struct Fields {
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub us: i32,
    pub fold: i32,
}

impl Fields {
    pub fn check(&self, vm: &Vm) -> PyResult<()> {
        check_date(vm, self.year, self.month, self.day)?;
        check_time(vm, self.hour, self.minute, self.second, self.us, self.fold)
    }
}

impl PyDateTime {
    /// The payload of a new object.
    pub fn of(f: Fields, tz: Option<Obj>) -> PyDateTime {
        Self::with_date(PyDate::fields(f.year, f.month, f.day), f, tz)
    }
    /// The same, of a date that may be out of range.
    pub fn with_date(date: PyDate, f: Fields, tz: Option<Obj>) -> PyDateTime {
        PyDateTime {
            date,
            hour: f.hour as u8,
            minute: f.minute as u8,
            second: f.second as u8,
            fold: Cell::new(f.fold as u8),
            us: f.us as u32,
            tz: Cell::new(tz),
        }
    }
    pub fn tz(&self) -> Option<Obj> {
        peek_obj(&self.tz)
    }
    pub fn fields(&self) -> Fields {
        let (year, month, day) = self.date.ymd();
        Fields {
            year,
            month,
            day,
            hour: self.hour.into(),
            minute: self.minute.into(),
            second: self.second.into(),
            us: self.us as i32,
            fold: self.fold.get().into(),
        }
    }
    /// The bytes that pickle stores and the hash is made of.
    pub fn bytes(&self) -> [u8; 10] {
        let (d, us) = (self.date.bytes(), self.us.to_be_bytes());
        [d[0], d[1], d[2], d[3], self.hour, self.minute, self.second, us[1], us[2], us[3]]
    }
    pub fn day_seconds(&self) -> i64 {
        i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }
    /// The offset from UTC.
    pub fn offset(&self, vm: &Vm) -> PyResult<Option<Py<PyDelta>>> {
        let tz = self.tz();
        tz::utcoffset(vm, tz.as_ref().map(Obj::r), self.r())
    }
    /// The same moment with the other fold, or with fold 0.
    pub fn with_fold(&self, vm: &Vm, fold: i32) -> Py<PyDateTime> {
        make(vm, PyDateTime::of(Fields { fold, ..self.fields() }, self.tz()))
    }
    /// The moment of a naive datetime in the machine's zone.
    pub fn local_moment(&self, vm: &Vm) -> PyResult<i64> {
        self.moment_with_fold(vm, self.fold.get() != 0)
    }
    fn moment_with_fold(&self, vm: &Vm, fold: bool) -> PyResult<i64> {
        let f = self.fields();
        let t = clock::to_seconds(vm, f.year, f.month, f.day, f.hour, f.minute, f.second)?;
        Ok(clock::from_local(vm, t, fold)? - clock::EPOCH)
    }
    /// The machine's zone at a naive datetime.
    fn local_zone(&self, vm: &Vm) -> PyResult<Obj> {
        let fold = self.fold.get() != 0;
        let (own, other) = (self.moment_with_fold(vm, fold)?, self.moment_with_fold(vm, !fold)?);
        // In a gap the order of the two is reversed, and the offset is that of the other side.
        let in_gap = own != other && (other > own) == fold;
        machine_zone(vm, if in_gap { other } else { own })
    }
    fn same_zone(&self, other: &PyDateTime) -> bool {
        match (self.tz(), other.tz()) {
            (None, None) => true,
            (Some(a), Some(b)) => a.r().ptr_eq(b.r()),
            _ => false,
        }
    }
}

/// An instance of a class that derives from `datetime`, through its constructor.
pub fn new_of(vm: &Vm, cls: &PyType, f: Fields, tz: Option<Obj>) -> PyResult<Obj> {
    if std::ptr::eq(cls, PyDateTime::type_of(vm)) {
        f.check(vm)?;
        return Ok(make(vm, PyDateTime::of(f, tz)).into_obj());
    }
    let parts = [f.year, f.month, f.day, f.hour, f.minute, f.second, f.us];
    let mut args: Vec<Obj> = parts.iter().map(|v| Obj::small((*v).into())).collect();
    args.push(tz.unwrap_or_else(Obj::none));
    let made = vm.call(cls.r(), krait_object::obj::refs(&args))?;
    if f.fold != 0
        && let Some(d) = made.r().downcast::<PyDateTime>(vm)
    {
        d.fold.set(f.fold as u8);
    }
    Ok(made)
}

/// The moment `sign * delta` later, of the same class and zone.
pub fn add_delta(vm: &Vm, d: &PyDateTime, delta: &PyDelta, sign: i64) -> PyResult<Obj> {
    let us = i64::from(d.us) + sign * i64::from(delta.us);
    let seconds = d.day_seconds() + sign * i64::from(delta.seconds) + us.div_euclid(1_000_000);
    let days = i64::from(d.date.ordinal()) + sign * i64::from(delta.days) + seconds.div_euclid(86_400);
    if !(1..=calendar::MAX_ORDINAL).contains(&days) {
        return Err(vm.overflow_error("date value out of range"));
    }
    let (year, month, day) = calendar::from_ordinal(days as i32);
    let (s, us) = (seconds.rem_euclid(86_400) as i32, us.rem_euclid(1_000_000) as i32);
    let f = Fields { year, month, day, hour: s / 3600, minute: s / 60 % 60, second: s % 60, us, fold: 0 };
    new_of(vm, d.r().ty(vm), f, d.tz())
}

/// The difference as if both were in the same zone without changes of offset.
fn plain_difference(vm: &Vm, a: &PyDateTime, b: &PyDateTime) -> PyResult<Py<PyDelta>> {
    let days = i64::from(a.date.ordinal()) - i64::from(b.date.ordinal());
    delta::from_parts(vm, days, a.day_seconds() - b.day_seconds(), i64::from(a.us) - i64::from(b.us))
}

/// `a - b`.
pub fn difference(vm: &Vm, a: &PyDateTime, b: &PyDateTime) -> PyResult<Py<PyDelta>> {
    if a.same_zone(b) {
        return plain_difference(vm, a, b);
    }
    match (a.offset(vm)?, b.offset(vm)?) {
        (None, None) => plain_difference(vm, a, b),
        (Some(x), Some(y)) => {
            let plain = plain_difference(vm, a, b)?;
            delta::add(vm, &plain, &*delta::add(vm, &x, &y, -1)?, -1)
        }
        _ => Err(vm.type_error("can't subtract offset-naive and offset-aware datetimes")),
    }
}

/// Does the offset depend on the fold? Such a time equals none of another zone (PEP 495).
fn is_ambiguous(vm: &Vm, d: &PyDateTime, offset: Option<&PyDelta>) -> PyResult<bool> {
    let flipped = d.with_fold(vm, i32::from(d.fold.get() == 0)).offset(vm)?;
    Ok(flipped.as_ref().map(|d| d.parts()) != offset.map(PyDelta::parts))
}

/// Comparison of two datetimes.
pub fn compare(vm: &Vm, a: &PyDateTime, b: &PyDateTime, op: CmpOp) -> PyResult<Obj> {
    if a.same_zone(b) {
        return Ok(Obj::bool(op.eval(a.bytes().cmp(&b.bytes()))));
    }
    let (x, y) = (a.offset(vm)?, b.offset(vm)?);
    let order = match (&x, &y) {
        (None, None) => a.bytes().cmp(&b.bytes()),
        (Some(x), Some(y)) if x.parts() == y.parts() => a.bytes().cmp(&b.bytes()),
        (Some(_), Some(_)) => difference(vm, a, b)?.total_us().cmp(&0),
        _ => {
            return match op {
                CmpOp::Eq => Ok(Obj::bool(false)),
                CmpOp::Ne => Ok(Obj::bool(true)),
                _ => Err(vm.type_error("can't compare offset-naive and offset-aware datetimes")),
            };
        }
    };
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && order.is_eq() {
        let differ = is_ambiguous(vm, a, x.as_deref())? || is_ambiguous(vm, b, y.as_deref())?;
        return Ok(Obj::bool(differ == (op == CmpOp::Ne)));
    }
    Ok(Obj::bool(op.eval(order)))
}

/// A broken-down moment as an instance of `cls`.
pub fn from_moment(vm: &Vm, cls: &PyType, t: i64, us: i32, utc: bool, tz: Option<Obj>) -> PyResult<Obj> {
    let (tm, fold) = clock::broken_down(vm, t, utc, tz.is_none())?;
    let f = Fields {
        year: tm.tm_year.saturating_add(1900),
        month: tm.tm_mon + 1,
        day: tm.tm_mday,
        hour: tm.tm_hour,
        minute: tm.tm_min,
        // The C library may show leap seconds.
        second: tm.tm_sec.min(59),
        us,
        fold: fold.into(),
    };
    new_of(vm, cls, f, tz)
}

/// The zone of the machine at a moment.
fn machine_zone(vm: &Vm, t: i64) -> PyResult<Obj> {
    let (offset, name) = clock::local_zone(vm, t)?;
    tz::zone(vm, &*delta::from_parts(vm, 0, offset, 0)?, Some(vm.str(&name)))
}

/// `astimezone`; without a zone, into the machine's.
pub fn to_zone(vm: &Vm, d: &PyDateTime, tz: Option<Obj>) -> PyResult<Obj> {
    let own = match d.tz() {
        Some(own) => own,
        None => d.local_zone(vm)?,
    };
    if tz.as_ref().is_some_and(|tz| tz.r().ptr_eq(own.r())) {
        return Ok(d.to_obj());
    }
    let offset = match tz::utcoffset(vm, Some(own.r()), d.r())? {
        Some(offset) => offset,
        None => {
            let own = d.local_zone(vm)?;
            if tz.as_ref().is_some_and(|tz| tz.r().ptr_eq(own.r())) {
                return Ok(d.to_obj());
            }
            match tz::utcoffset(vm, Some(own.r()), d.r())? {
                Some(offset) => offset,
                None => delta::from_parts(vm, 0, 0, 0)?,
            }
        }
    };
    let moved = add_delta(vm, d, &offset, -1)?;
    let Some(result) = moved.r().downcast::<PyDateTime>(vm) else {
        return Err(vm.type_error("the constructor of a datetime subclass must return a datetime"));
    };
    let zone = match tz {
        Some(tz) => tz,
        None => {
            let f = result.fields();
            machine_zone(vm, clock::to_seconds(vm, f.year, f.month, f.day, f.hour, f.minute, f.second)? - clock::EPOCH)?
        }
    };
    drop(result.tz.replace(Some(zone.clone())));
    vm.call_method_str(zone.r(), "fromutc", &[moved.r()])
}
