//! `date`, and the result of its `isocalendar`.

use std::cell::Cell;

use krait_macros::pyclass;
use krait_object::gc::Visitor;
use krait_object::hash::hash_bytes;
use krait_object::prelude::*;
use krait_object::tuple::{dealloc_tuple, traverse_tuple};
use krait_stdlib_core::util::{instance, make, no_header};

use crate::args::{check_date, parse, pickled};
use crate::calendar::{self, IsoRange};
use crate::clock;
use crate::datetime::{self, Fields, PyDateTime};
use crate::delta::{self, PyDelta};
use crate::{isoparse, strftime};

/// A date. Values from pickles may be out of range, so nothing may rely on ranges for safety.
#[repr(C)]
pub struct PyDate {
    header: Header,
    pub hash: Cell<i64>,
    year: u16,
    month: u8,
    day: u8,
}

impl PyDate {
    /// The part of a date or datetime that both have. The values are in range.
    pub fn fields(year: i32, month: i32, day: i32) -> PyDate {
        PyDate { header: no_header(), hash: Cell::new(-1), year: year as u16, month: month as u8, day: day as u8 }
    }
    /// The same from the bytes of a pickle.
    pub fn unpickled(b: [u8; 4]) -> PyDate {
        PyDate { header: no_header(), hash: Cell::new(-1), year: u16::from_be_bytes([b[0], b[1]]), month: b[2], day: b[3] }
    }
    pub fn ymd(&self) -> (i32, i32, i32) {
        (self.year.into(), self.month.into(), self.day.into())
    }
    pub fn ordinal(&self) -> i32 {
        let (y, m, d) = self.ymd();
        calendar::ordinal(y, m, d)
    }
    /// The bytes that pickle stores and the hash is made of.
    pub fn bytes(&self) -> [u8; 4] {
        let y = self.year.to_be_bytes();
        [y[0], y[1], self.month, self.day]
    }
    pub fn iso(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A date of exactly the class `date`; the values are in range.
pub fn plain(vm: &Vm, (year, month, day): (i32, i32, i32)) -> Obj {
    make(vm, PyDate::fields(year, month, day)).into_obj()
}

/// An instance of a class that derives from `date`, through its constructor.
pub fn new_of(vm: &Vm, cls: &PyType, (year, month, day): (i32, i32, i32)) -> PyResult<Obj> {
    if std::ptr::eq(cls, PyDate::type_of(vm)) {
        check_date(vm, year, month, day)?;
        return Ok(plain(vm, (year, month, day)));
    }
    if std::ptr::eq(cls, PyDateTime::type_of(vm)) {
        return datetime::new_of(vm, cls, Fields { year, month, day, ..Fields::default() }, None);
    }
    let args = [year, month, day].map(|v| Obj::small(v.into()));
    vm.call(cls.r(), krait_object::obj::refs(&args))
}

/// The day `sign * days` later.
fn add_days(vm: &Vm, d: &PyDate, delta: &PyDelta, sign: i64) -> PyResult<Obj> {
    let n = i64::from(d.ordinal()) + sign * i64::from(delta.days);
    if !(1..=calendar::MAX_ORDINAL).contains(&n) {
        return Err(vm.overflow_error("date value out of range"));
    }
    new_of(vm, d.r().ty(vm), calendar::from_ordinal(n as i32))
}

/// The date part of a moment in local time.
fn from_timestamp(vm: &Vm, cls: &PyType, t: i64) -> PyResult<Obj> {
    let (tm, _) = clock::broken_down(vm, t, false, false)?;
    new_of(vm, cls, (tm.tm_year.saturating_add(1900), tm.tm_mon + 1, tm.tm_mday))
}

fn sane_month(b: u32) -> bool {
    (1..=12).contains(&b)
}

/// The texts of `date`, as arguments of native calls.
pub fn strptime(vm: &Vm, function: &str, cls: &PyType, string: &PyStr, format: &PyStr) -> PyResult<Obj> {
    let module = (vm.interp.hooks().import)(vm, "_strptime")?;
    vm.call_method_str(module.r(), function, &[cls.r(), string.r(), format.r()])
}

/// The error of an ISO text that cannot be read.
pub fn bad_iso(vm: &Vm, s: Ref<'_>) -> Raised {
    match vm.repr_text(s) {
        Ok(text) => vm.value_error(format!("Invalid isoformat string: {}", &*text)),
        Err(e) => e,
    }
}

/// A component of `fromisocalendar`.
fn iso_int(vm: &Vm, o: Ref<'_>) -> PyResult<i32> {
    c_int(vm, o).map_err(|e| {
        if vm.raised_is(vm.types.overflow_error) {
            drop(vm.take_raised(e));
            vm.value_error("ISO calendar component out of range")
        } else {
            e
        }
    })
}

/// date(year, month, day) --> date object
#[pyclass(layout = PyDate, name = "date", module = "datetime", own, no_gc, nosig, flags(BASETYPE))]
pub mod date {
    use super::*;

    #[pynew("date(year, month, day)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if let ([state], false) = (args.pos(), args.has_kw())
            && let Some(b) = pickled(vm, *state, 4, 2, sane_month, "date")?
        {
            return instance(vm, cls, PyDate::unpickled([b[0], b[1], b[2], b[3]]));
        }
        let [y, m, d] = parse(vm, args, ["year", "month", "day"], 3, 3)?.map(|o| o.map_or(Ok(0), |o| c_int(vm, o)));
        let (y, m, d) = (y?, m?, d?);
        check_date(vm, y, m, d)?;
        instance(vm, cls, PyDate::fields(y, m, d))
    }
    #[getter]
    fn year(zelf: &PyDate) -> i32 {
        zelf.year.into()
    }
    #[getter]
    fn month(zelf: &PyDate) -> i32 {
        zelf.month.into()
    }
    #[getter]
    fn day(zelf: &PyDate) -> i32 {
        zelf.day.into()
    }
    /// Create a date from a POSIX timestamp.
    ///
    /// The timestamp is a number, e.g. created via time.time(), that is interpreted
    /// as local time.
    #[pyclassmethod("fromtimestamp(cls, timestamp, /)")]
    fn fromtimestamp(vm: &Vm, cls: &PyType, timestamp: Ref<'_>) -> PyResult<Obj> {
        let t = krait_stdlib_os::timeval::time_t_from(vm, timestamp, krait_stdlib_os::timeval::Round::Floor)?;
        from_timestamp(vm, cls, t)
    }
    /// int -> date corresponding to a proleptic Gregorian ordinal.
    #[pyclassmethod("fromordinal(cls, ordinal, /)", nosig)]
    fn fromordinal(vm: &Vm, cls: &PyType, ordinal: i32) -> PyResult<Obj> {
        if ordinal < 1 {
            return Err(vm.value_error("ordinal must be >= 1"));
        }
        new_of(vm, cls, calendar::from_ordinal(ordinal))
    }
    /// str -> Construct a date from a string in ISO 8601 format.
    #[pyclassmethod("fromisoformat(cls, date_string, /)", nosig)]
    fn fromisoformat(vm: &Vm, cls: &PyType, date_string: Ref<'_>) -> PyResult<Obj> {
        let Some(s) = date_string.downcast::<PyStr>(vm) else {
            return Err(vm.type_error("fromisoformat: argument must be str"));
        };
        let parsed = s.as_utf8().filter(|t| matches!(t.len(), 7 | 8 | 10)).and_then(|t| isoparse::date(t.as_bytes()));
        match parsed {
            Some(ymd) => new_of(vm, cls, ymd),
            None => Err(bad_iso(vm, date_string)),
        }
    }
    /// int, int, int -> Construct a date from the ISO year, week number and weekday.
    ///
    /// This is the inverse of the function date.isocalendar()
    #[pyclassmethod("fromisocalendar(cls, year, week, day)", nosig)]
    fn fromisocalendar(vm: &Vm, cls: &PyType, year: Ref<'_>, week: Ref<'_>, day: Ref<'_>) -> PyResult<Obj> {
        let (year, week, day) = (iso_int(vm, year)?, iso_int(vm, week)?, iso_int(vm, day)?);
        match calendar::from_iso(year, week, day) {
            Ok(ymd) => new_of(vm, cls, ymd),
            Err(IsoRange::Year) => {
                Err(vm.value_error(format!("year must be in {}..{}, not {year}", calendar::MIN_YEAR, calendar::MAX_YEAR)))
            }
            Err(IsoRange::Week) => Err(vm.value_error(format!("Invalid week: {week}"))),
            Err(IsoRange::Day) => Err(vm.value_error(format!("Invalid weekday: {day} (range is [1, 7])"))),
        }
    }
    /// Parse string according to the given date and time format (like time.strptime()).
    #[pyclassmethod("strptime(cls, string, format, /)", nosig)]
    fn strptime_method(vm: &Vm, cls: &PyType, string: &PyStr, format: &PyStr) -> PyResult<Obj> {
        strptime(vm, "_strptime_datetime_date", cls, string, format)
    }
    /// Current date or datetime:  same as self.__class__.fromtimestamp(time.time()).
    #[pyclassmethod(nosig)]
    fn today(vm: &Vm, cls: &PyType) -> PyResult<Obj> {
        if std::ptr::eq(cls, PyDate::type_of(vm)) {
            return from_timestamp(vm, cls, clock::now(vm)?.0);
        }
        let time = (vm.interp.hooks().import)(vm, "time")?;
        let now = vm.call_method_str(time.r(), "time", &[])?;
        vm.call_method_str(cls.r(), "fromtimestamp", &[now.r()])
    }
    /// Return ctime() style string.
    #[pymethod(nosig)]
    fn ctime(zelf: &PyDate) -> String {
        strftime::ctime(zelf, 0, 0, 0)
    }
    /// Format using strftime().
    ///
    /// Example: "%d/%m/%Y, %H:%M:%S"
    #[pymethod("strftime(self, /, format)", numbered)]
    fn strftime_method(vm: &Vm, zelf: Ref<'_>, format: &PyStr) -> PyResult<Obj> {
        let tuple = vm.call_method_str(zelf, "timetuple", &[])?;
        strftime::format(vm, zelf, format, tuple.r(), zelf)
    }
    /// Formats self with strftime.
    #[pymethod("__format__(self, format, /)", nosig)]
    fn __format__(vm: &Vm, zelf: Ref<'_>, format: Ref<'_>) -> PyResult<Obj> {
        format_with(vm, zelf, format)
    }
    /// Return string in ISO 8601 format, YYYY-MM-DD.
    #[pymethod(nosig)]
    fn isoformat(zelf: &PyDate) -> String {
        zelf.iso()
    }
    /// Return the day of the week represented by the date.
    /// Monday == 1 ... Sunday == 7
    #[pymethod(nosig)]
    fn isoweekday(zelf: &PyDate) -> i32 {
        weekday(zelf) + 1
    }
    /// Return a named tuple containing ISO year, week number, and weekday.
    #[pymethod(nosig)]
    fn isocalendar(vm: &Vm, zelf: &PyDate) -> PyResult<Obj> {
        let (y, m, d) = zelf.ymd();
        let (year, week, weekday) = calendar::iso_calendar(y, m, d);
        new_iso(vm, [year, week, weekday])
    }
    /// Return time tuple, compatible with time.localtime().
    #[pymethod(nosig)]
    fn timetuple(vm: &Vm, zelf: &PyDate) -> PyResult<Obj> {
        strftime::struct_time(vm, zelf.ymd(), 0, 0, 0, -1)
    }
    /// Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1.
    #[pymethod(nosig)]
    fn toordinal(zelf: &PyDate) -> i32 {
        zelf.ordinal()
    }
    /// Return the day of the week represented by the date.
    /// Monday == 0 ... Sunday == 6
    #[pymethod(nosig)]
    fn weekday(zelf: &PyDate) -> i32 {
        let (y, m, d) = zelf.ymd();
        calendar::weekday(y, m, d)
    }
    /// Return date with new specified fields.
    #[pymethod("replace(self, /, year=<unrepresentable>, month=<unrepresentable>, day=<unrepresentable>)")]
    fn replace(vm: &Vm, zelf: &PyDate, year: OptArg<i32>, month: OptArg<i32>, day: OptArg<i32>) -> PyResult<Obj> {
        let (y, m, d) = zelf.ymd();
        new_of(vm, zelf.r().ty(vm), (year.unwrap_or(y), month.unwrap_or(m), day.unwrap_or(d)))
    }
    /// The same as replace().
    #[pymethod("__replace__(self, /, year=<unrepresentable>, month=<unrepresentable>, day=<unrepresentable>)", nosig)]
    fn __replace__(vm: &Vm, zelf: &PyDate, year: OptArg<i32>, month: OptArg<i32>, day: OptArg<i32>) -> PyResult<Obj> {
        replace(vm, zelf, year, month, day)
    }
    /// __reduce__() -> (cls, state)
    #[pymethod(nosig)]
    fn __reduce__(vm: &Vm, zelf: &PyDate) -> Obj {
        let state = vm.tuple(vec![vm.bytes(&zelf.bytes())]);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), state])
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyDate) -> String {
        let (y, m, d) = zelf.ymd();
        format!("{}({y}, {m}, {d})", zelf.r().ty(vm).tp_name())
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyDate) -> PyResult<Obj> {
        vm.call_method_str(zelf.r(), "isoformat", &[])
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyDate) -> i64 {
        if zelf.hash.get() == -1 {
            zelf.hash.set(hash_bytes(vm.interp.hash_secret.get(), &zelf.bytes()));
        }
        zelf.hash.get()
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyDate, other: Ref<'_>, op: CmpOp) -> Obj {
        match other.downcast::<PyDate>(vm) {
            // A datetime is a date, but comparing the dates alone is not what is meant.
            Some(other) if !other.r().is_instance_of::<PyDateTime>(vm) => Obj::bool(op.eval(zelf.bytes().cmp(&other.bytes()))),
            _ => vm.not_implemented(),
        }
    }
    #[slot(nb_add)]
    fn add(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if a.is_instance_of::<PyDateTime>(vm) || b.is_instance_of::<PyDateTime>(vm) {
            return Ok(vm.not_implemented());
        }
        match (a.downcast::<PyDate>(vm), b.downcast::<PyDate>(vm)) {
            (Some(d), None) => b.downcast::<PyDelta>(vm).map_or_else(|| Ok(vm.not_implemented()), |t| add_days(vm, d, t, 1)),
            (None, Some(d)) => a.downcast::<PyDelta>(vm).map_or_else(|| Ok(vm.not_implemented()), |t| add_days(vm, d, t, 1)),
            _ => Ok(vm.not_implemented()),
        }
    }
    #[slot(nb_subtract)]
    fn subtract(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        if a.is_instance_of::<PyDateTime>(vm) || b.is_instance_of::<PyDateTime>(vm) {
            return Ok(vm.not_implemented());
        }
        let Some(a) = a.downcast::<PyDate>(vm) else { return Ok(vm.not_implemented()) };
        if let Some(b) = b.downcast::<PyDate>(vm) {
            return delta::from_parts(vm, i64::from(a.ordinal()) - i64::from(b.ordinal()), 0, 0).map(Py::into_obj);
        }
        match b.downcast::<PyDelta>(vm) {
            Some(t) => add_days(vm, a, t, -1),
            None => Ok(vm.not_implemented()),
        }
    }
}

/// `__format__` of dates and times.
pub fn format_with(vm: &Vm, zelf: Ref<'_>, format: Ref<'_>) -> PyResult<Obj> {
    let Some(text) = format.downcast::<PyStr>(vm) else {
        return Err(vm.type_error(format!("__format__() argument 1 must be str, not {}", type_word(vm, format))));
    };
    if text.is_empty() {
        return vm.str_of(zelf).map(Py::into_obj);
    }
    vm.call_method_str(zelf, "strftime", &[format])
}

fn new_iso(vm: &Vm, parts: [i32; 3]) -> PyResult<Obj> {
    let items = parts.map(|p| Obj::small(p.into())).to_vec();
    PyTuple::new_subtype(vm, vm.native_type(&iso_date::DEF), items)
}

/// The result of date.isocalendar() or datetime.isocalendar()
///
/// This object may be accessed either as a tuple of
///   ((year, week, weekday)
/// or via the object attributes as named in the above tuple.
#[pyclass(
    layout = PyTuple, name = "IsoCalendarDate", module = "datetime", base = tuple, itemsize = 8, dealloc = dealloc_tuple,
    nosig
)]
pub mod iso_date {
    use super::*;

    fn item(zelf: &PyTuple, i: usize) -> Obj {
        zelf.get(i).cloned().unwrap_or_else(Obj::none)
    }

    #[pynew("IsoCalendarDate(year, week, weekday)")]
    fn new(vm: &Vm, _cls: &PyType, year: i32, week: i32, weekday: i32) -> PyResult<Obj> {
        new_iso(vm, [year, week, weekday])
    }
    #[getter]
    fn year(zelf: &PyTuple) -> Obj {
        item(zelf, 0)
    }
    #[getter]
    fn week(zelf: &PyTuple) -> Obj {
        item(zelf, 1)
    }
    #[getter]
    fn weekday(zelf: &PyTuple) -> Obj {
        item(zelf, 2)
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes live instances, which are tuples.
        unsafe { traverse_tuple(p, v) }
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTuple) -> PyResult<String> {
        let part = |i| Ok(vm.repr_text(item(zelf, i).r())?.to_string());
        Ok(format!("{}(year={}, week={}, weekday={})", zelf.r().ty(vm).tp_name(), part(0)?, part(1)?, part(2)?))
    }
    #[pymethod(nosig)]
    fn __reduce__(vm: &Vm, zelf: &PyTuple) -> Obj {
        let plain = PyTuple::from_refs(vm, zelf.as_refs()).into_obj();
        let args = vm.tuple(vec![plain]);
        vm.tuple(vec![vm.types.tuple.to_obj(), args])
    }
}
