//! `#[derive(Trace)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Result, parse_quote};

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let mut input: DeriveInput = syn::parse2(item)?;
    let body = match &input.data {
        Data::Struct(s) => struct_body(&s.fields)?,
        Data::Enum(e) => {
            let mut trace_arms = Vec::new();
            for v in &e.variants {
                let name = &v.ident;
                let mut pats = Vec::new();
                let mut calls = Vec::new();
                for (i, f) in v.fields.iter().enumerate() {
                    let var = format_ident!("f{i}");
                    let skip = skipped(&f.attrs)?;
                    match (&f.ident, skip) {
                        (Some(id), true) => pats.push(quote!(#id: _)),
                        (Some(id), false) => pats.push(quote!(#id: #var)),
                        (None, true) => pats.push(quote!(_)),
                        (None, false) => pats.push(quote!(#var)),
                    }
                    if !skip {
                        calls.push(call(f, quote!(#var)));
                    }
                }
                trace_arms.push(match &v.fields {
                    Fields::Unit => quote!(Self::#name => {}),
                    Fields::Named(_) => quote!(Self::#name { #(#pats),* } => { #(#calls)* }),
                    Fields::Unnamed(_) => quote!(Self::#name(#(#pats),*) => { #(#calls)* }),
                });
            }
            quote!(match self { #(#trace_arms)* })
        }
        Data::Union(u) => return Err(Error::new(u.union_token.span(), "a union cannot be traced field by field")),
    };
    for p in input.generics.type_params_mut() {
        p.bounds.push(parse_quote!(::krait_object::gc::Trace));
    }
    let (impl_g, ty_g, where_g) = input.generics.split_for_impl();
    let name = &input.ident;
    Ok(quote! {
        #[automatically_derived]
        impl #impl_g ::krait_object::gc::Trace for #name #ty_g #where_g {
            #[allow(unused_variables, reason = "a type may have nothing to trace")]
            fn trace(&self, visitor: &mut ::krait_object::gc::Visitor<'_>) { #body }
        }
    })
}

fn struct_body(fields: &Fields) -> Result<TokenStream> {
    let mut out = TokenStream::new();
    for (i, f) in fields.iter().enumerate() {
        if skipped(&f.attrs)? || is_header(f) {
            continue;
        }
        out.extend(match &f.ident {
            Some(id) => call(f, quote!(&self.#id)),
            None => {
                let i = syn::Index::from(i);
                call(f, quote!(&self.#i))
            }
        });
    }
    Ok(out)
}

fn call(f: &Field, place: TokenStream) -> TokenStream {
    let ty = &f.ty;
    quote_spanned!(ty.span()=> ::krait_object::gc::Trace::trace(#place, visitor);)
}

/// The collector handles headers itself.
fn is_header(f: &Field) -> bool {
    crate::function::is_path_to(&f.ty, "Header")
}

fn skipped(attrs: &[Attribute]) -> Result<bool> {
    let mut skip = false;
    for a in attrs.iter().filter(|a| a.path().is_ident("trace")) {
        a.parse_nested_meta(|m| {
            if m.path.is_ident("skip") {
                skip = true;
                Ok(())
            } else {
                Err(m.error("the only option is `skip`"))
            }
        })?;
    }
    Ok(skip)
}
