//! The native module `_ssl`, on rustls.
//!
//! `config` turns what a context was told into configurations of the library; `session` drives a
//! connection over a `transport`; `verify` checks certificates and `cert` shows them.
//!
//! What the library does not have is missing here too: versions before TLS 1.2, encrypted private
//! keys, revocation lists, pre-shared keys, authentication after the handshake, sessions as
//! objects, and channel bindings.

pub mod bio;
pub mod cert;
pub mod certificate;
pub mod ciphers;
pub mod config;
pub mod consts;
pub mod context;
pub mod der;
pub mod errors;
pub mod module;
pub mod oids;
pub mod paths;
pub mod session;
pub mod socket;
pub mod transport;
pub mod verify;

use krait_object::native::ModuleDef;

/// All modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&module::ssl_module::DEF]
}
