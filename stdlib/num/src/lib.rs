//! Native modules about numbers, checksums and compression.

pub mod math;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&math::math::DEF]
}
