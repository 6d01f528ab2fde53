//! The module: its classes, and the attributes of classes that are instances of them.

use krait_macros::pymodule;
use krait_object::lookup::type_modified;
use krait_object::prelude::*;
use krait_types::capsule::PyCapsule;

use crate::datetime::{self, Fields, PyDateTime};
use crate::delta::{self, PyDelta};
use crate::time::{self, Clock, PyTime};
use crate::{calendar, date, tz};

fn set(vm: &Vm, class: &PyType, name: &str, value: impl Into<Obj>) -> PyResult<()> {
    type_modified(vm, class);
    match class.dict_ref() {
        Some(d) => d.set_str(vm, &vm.intern(name), value.into()),
        None => Ok(()),
    }
}

/// `min`, `max` and `resolution` of the classes.
fn set_limits(vm: &Vm) -> PyResult<()> {
    let us = delta::from_parts(vm, 0, 0, 1)?;
    let class = PyDelta::type_of(vm);
    set(vm, class, "min", delta::from_parts(vm, -delta::MAX_DAYS, 0, 0)?)?;
    set(vm, class, "max", delta::from_parts(vm, delta::MAX_DAYS, 86_399, 999_999)?)?;
    set(vm, class, "resolution", us.clone())?;
    let class = date::PyDate::type_of(vm);
    set(vm, class, "min", date::plain(vm, (calendar::MIN_YEAR, 1, 1)))?;
    set(vm, class, "max", date::plain(vm, (calendar::MAX_YEAR, 12, 31)))?;
    set(vm, class, "resolution", delta::from_parts(vm, 1, 0, 0)?)?;
    let last = Clock { hour: 23, minute: 59, second: 59, us: 999_999, fold: 0 };
    let class = PyTime::type_of(vm);
    set(vm, class, "min", time::plain(vm, Clock::default(), None))?;
    set(vm, class, "max", time::plain(vm, last, None))?;
    set(vm, class, "resolution", us.clone())?;
    let class = PyDateTime::type_of(vm);
    let first = Fields { year: calendar::MIN_YEAR, month: 1, day: 1, ..Fields::default() };
    let last = Fields { year: calendar::MAX_YEAR, month: 12, day: 31, hour: 23, minute: 59, second: 59, us: 999_999, fold: 0 };
    set(vm, class, "min", datetime::new_of(vm, class, first, None)?)?;
    set(vm, class, "max", datetime::new_of(vm, class, last, None)?)?;
    set(vm, class, "resolution", us)?;
    let class = tz::PyTimeZone::type_of(vm);
    let minutes = |n: i64| delta::from_parts(vm, 0, n * 60, 0);
    set(vm, class, "utc", tz::utc(vm)?)?;
    set(vm, class, "min", tz::zone(vm, &*minutes(-23 * 60 - 59)?, None)?)?;
    set(vm, class, "max", tz::zone(vm, &*minutes(23 * 60 + 59)?, None)?)
}

/// Fast implementation of the datetime module.
#[pymodule(name = "_datetime")]
pub mod datetime_module {
    #[pyclass_ref]
    use super::super::{
        date::date,
        datetime_class::datetime_class,
        delta_class::timedelta,
        time::time,
        tz::{timezone, tzinfo},
    };
    use super::*;

    #[pyattr]
    const MINYEAR: i32 = calendar::MIN_YEAR;
    #[pyattr]
    const MAXYEAR: i32 = calendar::MAX_YEAR;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        set_limits(vm)?;
        module.add(vm, "UTC", tz::utc(vm)?)?;
        module.add(vm, "datetime_CAPI", PyCapsule::new(vm, Some("datetime.datetime_CAPI"), std::ptr::null_mut(), None))
    }
}
