//! Native modules about text: regular expressions, Unicode data, JSON, CSV.

pub mod csv;
pub mod json;
pub mod sre;
pub mod unicodedata;
pub mod util;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&csv::csv_module::DEF, &json::json_module::DEF, &sre::sre_module::DEF, &unicodedata::unicodedata_module::DEF]
}
