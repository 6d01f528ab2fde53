//! Native modules about text: regular expressions, Unicode data, JSON, CSV.

pub mod sre;
pub mod util;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&sre::sre_module::DEF]
}
