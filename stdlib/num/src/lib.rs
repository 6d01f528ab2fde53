//! Native modules about numbers, checksums and compression.

pub mod binascii;
pub mod cmath;
pub mod hashes;
pub mod kdf;
pub mod math;
pub mod statistics;
pub mod util;
pub mod zlib;
pub mod zlib_decompressor;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![
        &kdf::kdf_module::DEF,
        &math::math::DEF,
        &statistics::statistics_module::DEF,
        &zlib::zlib_module::DEF,
        &cmath::cmath_module::DEF,
        &binascii::binascii_module::DEF,
        &hashes::blake2::blake2_module::DEF,
        &hashes::md5::md5_module::DEF,
        &hashes::sha1::sha1_module::DEF,
        &hashes::sha2::sha2_module::DEF,
        &hashes::sha3::sha3_module::DEF,
    ]
}
