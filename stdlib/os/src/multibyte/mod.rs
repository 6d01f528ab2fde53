//! East Asian codecs: `_multibytecodec` and the `_codecs_*` modules, over `encoding_rs`.

mod classes;
mod codec;
mod modules;
mod streams;

pub use modules::modules;
