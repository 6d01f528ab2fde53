//! Attribute macros by which native Python modules, classes and functions are declared.
//!
//! `#[pymodule]` and `#[pyclass]` stand on inline modules. They read the attributes of the items
//! inside (`#[pyfunction]`, `#[pymethod]`, `#[slot]`, ...), leave the items themselves as written,
//! and add adapters plus a `pub static DEF`. How they are used is told in `docs/native-modules.md`.
//!
//! Invariant: generated code names everything by absolute path (`::krait_object::...`), so it
//! does not depend on what the surrounding module imports.

mod attrs;
mod class;
mod docs;
mod function;
mod module;
mod params;
mod signature;
mod slot;
mod trace;
mod typed;

use proc_macro::TokenStream;

/// Declares a native module; generates `pub static DEF: ModuleDef`.
#[proc_macro_attribute]
pub fn pymodule(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(module::expand(args.into(), item.into()))
}

/// Declares a native class; generates `pub static DEF: TypeDef`.
#[proc_macro_attribute]
pub fn pyclass(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(class::expand(args.into(), item.into()))
}

/// Implements `krait_object::gc::Trace` field by field; `#[trace(skip)]` leaves a field out.
#[proc_macro_derive(Trace, attributes(trace))]
pub fn derive_trace(item: TokenStream) -> TokenStream {
    finish(trace::expand(item.into()))
}

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|e| e.to_compile_error()).into()
}
