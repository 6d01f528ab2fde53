//! Docstrings from doc comments, in CPython's `name($self, x, /)\n--\n\ntext` convention.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comments among `attrs`, without the common indentation.
pub fn doc_text(attrs: &[Attribute]) -> Option<String> {
    let mut lines = Vec::new();
    for attr in attrs {
        if let Meta::NameValue(nv) = &attr.meta
            && nv.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(s), .. }) = &nv.value
        {
            lines.extend(s.value().split('\n').map(str::to_owned));
        }
    }
    let indent = lines.iter().filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start_matches(' ').len()).min();
    let indent = indent.unwrap_or(0);
    let cut: Vec<&str> = lines.iter().map(|l| l.get(indent..).unwrap_or("").trim_end()).collect();
    let text = cut.join("\n");
    let text = text.trim_matches('\n');
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

/// Puts the signature line before the text.
pub fn with_signature(signature: Option<&str>, text: Option<&str>) -> Option<String> {
    match (signature, text) {
        (None, None) => None,
        (None, Some(t)) => Some(t.to_owned()),
        (Some(s), t) => Some(format!("{s}\n--\n\n{}", t.unwrap_or(""))),
    }
}

/// An `Option<&'static str>` expression.
pub fn doc_expr(doc: Option<&str>) -> TokenStream {
    match doc {
        Some(d) => quote!(::core::option::Option::Some(#d)),
        None => quote!(::core::option::Option::None),
    }
}
