//! The native module `_datetime`.
//!
//! `calendar` and `isoparse` are plain arithmetic and parsing; `clock` asks the machine. Each class
//! has its layout and operations in one file; `delta_class` and `datetime_class` hold the
//! Python-visible sides of the two large ones.

pub mod args;
pub mod calendar;
pub mod clock;
pub mod date;
pub mod datetime;
pub mod datetime_class;
pub mod delta;
pub mod delta_class;
pub mod isoparse;
pub mod module;
pub mod strftime;
pub mod time;
pub mod tz;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&module::datetime_module::DEF]
}
