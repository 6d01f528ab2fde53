//! `_io`: files, buffers and text streams.

pub mod args;
pub mod base;
pub mod buffer_lock;
pub mod buffered;
pub mod buffered_classes;
pub mod bytesio;
pub mod cookie;
pub mod fileio;
pub mod module;
pub mod newline;
pub mod open;
pub mod rwpair;
pub mod stringio;
pub mod text;
pub mod text_class;
pub mod text_codec;
pub mod text_seek;

/// `io.DEFAULT_BUFFER_SIZE`.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;
