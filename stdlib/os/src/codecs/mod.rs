//! `_codecs`: the codec registry, error handlers, and the codecs every program needs.

pub mod charmap;
pub mod errors;
pub mod escape;
pub mod handlers;
pub mod module;
pub mod registry;
pub mod single;
pub mod text;
pub mod unicode_escape;
pub mod utf16;
pub mod utf32;
pub mod utf7;
pub mod utf8;

pub use errors::{Decoder, Encoder, Policy, Replacement};
pub use text::{decode_hook, encode_hook};
