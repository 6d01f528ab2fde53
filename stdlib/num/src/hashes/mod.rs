//! The hash modules behind `hashlib`: `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`.

pub mod blake2;
mod blake2_core;
mod data;
pub mod md5;
pub mod sha1;
pub mod sha2;
pub mod sha3;
