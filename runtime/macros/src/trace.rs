//! `#[derive(Trace)]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Result, Variant, parse_quote};

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let mut input: DeriveInput = syn::parse2(item)?;
    let trace = body(&input, &|f, place| {
        let ty = &f.ty;
        quote_spanned!(crate::attrs::at(ty.span())=> ::krait_object::gc::Trace::trace(#place, visitor);)
    })?;
    let breaks = body(&input, &|f, place| {
        let ty = &f.ty;
        quote_spanned!(crate::attrs::at(ty.span())=> ::krait_object::gc::Trace::unlink(#place);)
    })?;
    for p in input.generics.type_params_mut() {
        p.bounds.push(parse_quote!(::krait_object::gc::Trace));
    }
    let (impl_g, ty_g, where_g) = input.generics.split_for_impl();
    let name = &input.ident;
    Ok(quote! {
        #[automatically_derived]
        impl #impl_g ::krait_object::gc::Trace for #name #ty_g #where_g {
            #[allow(unused_variables, reason = "a type may have nothing to trace")]
            fn trace(&self, visitor: &mut ::krait_object::gc::Visitor<'_>) { #trace }
            fn unlink(&self) { #breaks }
        }
    })
}

/// What is done to one field, given a reference to it.
type Visit<'a> = &'a dyn Fn(&Field, TokenStream) -> TokenStream;

fn body(input: &DeriveInput, visit: Visit<'_>) -> Result<TokenStream> {
    match &input.data {
        Data::Struct(s) => struct_body(&s.fields, visit),
        Data::Enum(e) => {
            let arms = e.variants.iter().map(|v| arm(v, visit)).collect::<Result<Vec<_>>>()?;
            Ok(quote!(match self { #(#arms)* }))
        }
        Data::Union(u) => Err(Error::new(u.union_token.span(), "a union cannot be traced field by field")),
    }
}

fn arm(v: &Variant, visit: Visit<'_>) -> Result<TokenStream> {
    let name = &v.ident;
    let (mut pats, mut calls) = (Vec::new(), TokenStream::new());
    for (i, f) in v.fields.iter().enumerate() {
        let skip = skipped(&f.attrs)?;
        let var = if skip { quote!(_) } else { format_ident!("f{i}").into_token_stream() };
        pats.push(match &f.ident {
            Some(id) => quote!(#id: #var),
            None => var.clone(),
        });
        if !skip {
            calls.extend(visit(f, var));
        }
    }
    Ok(match &v.fields {
        Fields::Unit => quote!(Self::#name => {}),
        Fields::Named(_) => quote!(Self::#name { #(#pats),* } => { #calls }),
        Fields::Unnamed(_) => quote!(Self::#name(#(#pats),*) => { #calls }),
    })
}

fn struct_body(fields: &Fields, visit: Visit<'_>) -> Result<TokenStream> {
    let mut out = TokenStream::new();
    for (i, f) in fields.iter().enumerate() {
        if skipped(&f.attrs)? || is_header(f) {
            continue;
        }
        out.extend(match &f.ident {
            Some(id) => visit(f, quote!(&self.#id)),
            None => {
                let i = syn::Index::from(i);
                visit(f, quote!(&self.#i))
            }
        });
    }
    Ok(out)
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
