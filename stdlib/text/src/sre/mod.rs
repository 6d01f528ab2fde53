//! `_sre`: the regular expression engine behind `re`.

mod chars;
mod codes;
mod engine;
mod first;
mod matching;
mod module;
mod pattern;
mod scanner;
mod search;
mod subject;
mod subst;
mod template;

pub use module::sre_module;
