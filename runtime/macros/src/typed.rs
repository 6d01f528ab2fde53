//! Entries on unboxed values (`typed`, `typed = path`, `typed = path as fn(f64) -> f64`).

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{Error, Expr, ItemFn, Result, ReturnType, Type};

use crate::attrs::cfgs;
use crate::function::{RustFn, generic_arg, is_path_to, plain_name, quiet};

/// The unboxed entry: of the function itself, or of the plain Rust function at `path`.
pub fn typed_entry(item: &ItemFn, path: Option<&Expr>) -> Result<(TokenStream, TokenStream)> {
    if let Some(Expr::Cast(cast)) = path
        && let Type::BareFn(f) = &*cast.ty
    {
        let ReturnType::Type(_, ret) = &f.output else { return Err(Error::new(f.span(), "`typed` needs a return type")) };
        let types: Vec<&Type> = f.inputs.iter().map(|i| &i.ty).collect();
        return entry(item, &cast.expr, &types, ret, f.span());
    }
    let rust = RustFn::of(item)?;
    let ret = match &item.sig.output {
        ReturnType::Type(_, t) => &**t,
        ReturnType::Default => return Err(Error::new(rust.span(), "`typed` needs a return type")),
    };
    let inner = generic_arg(ret, "PyResult");
    let target = match path {
        Some(p) => quote!(#p),
        None if rust.vm || inner.is_some() => {
            let msg = "a typed entry raises nothing and has no `vm`: write `typed = path_to_plain_fn`";
            return Err(Error::new(rust.span(), msg));
        }
        None => {
            let id = &item.sig.ident;
            quote!(#id)
        }
    };
    let ret = inner.unwrap_or(ret);
    let types: Vec<&Type> = rust.params.iter().map(|p| p.1).collect();
    entry(item, &target, &types, ret, rust.span())
}

/// The entry that calls `target`.
fn entry(item: &ItemFn, target: &impl ToTokens, types: &[&Type], ret: &Type, span: Span) -> Result<(TokenStream, TokenStream)> {
    let letter = |t: &Type| -> Result<&'static str> {
        for (name, out) in [("f64", "F64"), ("i64", "I64"), ("bool", "Bool")] {
            if is_path_to(t, name) {
                return Ok(out);
            }
        }
        Err(Error::new(t.span(), "typed entries take and return f64, i64 and bool"))
    };
    let mut variant = String::new();
    for t in types {
        variant += letter(t)?;
    }
    variant = format!("{variant}To{}", letter(ret)?);
    let known = ["F64ToF64", "F64F64ToF64", "F64ToBool", "I64ToI64"];
    if !known.contains(&variant.as_str()) {
        return Err(Error::new(span, format!("no `TypedEntry::{variant}`; there are {}", known.join(", "))));
    }
    let variant = format_ident!("{variant}", span = span);
    let name = format_ident!("__typed_{}", plain_name(&item.sig.ident));
    let vars: Vec<Ident> = (0..types.len()).map(|i| format_ident!("a{i}")).collect();
    let cfgs = cfgs(&item.attrs);
    let quiet = quiet();
    let extra = quote! {
        #(#cfgs)* #quiet
        extern "C" fn #name(#(#vars: #types),*) -> #ret { #target(#(#vars),*) }
    };
    Ok((quote!(::core::option::Option::Some(::krait_object::native::TypedEntry::#variant(#name))), extra))
}
