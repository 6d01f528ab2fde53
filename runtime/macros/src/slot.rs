//! `#[slot(...)]`: adapters from slot signatures to functions with a typed first operand.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, ItemFn, Pat, Result, Type};

use crate::attrs::cfgs;
use crate::function::{RustFn, is_path_to, plain_name, quiet, result_of, self_operand};

/// A field of `SlotDefs` (or of `TypeDef` itself) and the item behind it.
pub struct Slot {
    pub field: Ident,
    pub value: TokenStream,
    pub item: TokenStream,
}

/// What slots return other than an object: `None` says object.
fn plain_return(slot: &str) -> Option<TokenStream> {
    Some(match slot {
        "hash" => quote!(::core::primitive::i64),
        "nb_bool" | "sq_contains" => quote!(::core::primitive::bool),
        "sq_length" | "mp_length" => quote!(::core::primitive::usize),
        "setattro" | "descr_set" | "init" | "finalize" | "sq_ass_item" | "mp_ass_subscript" => quote!(()),
        "iternext" => quote!(::core::option::Option<::krait_object::obj::Obj>),
        "am_send" => quote!(::krait_object::slots::SendResult),
        "getbuffer" => quote!(::krait_object::buffer::BufferInfo),
        _ => return None,
    })
}

/// Slots that may be entered with the instance as a later operand.
fn either_operand(slot: &str) -> bool {
    const UNARY: [&str; 8] = ["nb_negative", "nb_positive", "nb_absolute", "nb_bool", "nb_invert", "nb_int", "nb_float", "nb_index"];
    slot.starts_with("nb_") && !slot.starts_with("nb_inplace_") && !UNARY.contains(&slot)
}

/// The adapter of `f` for `slot`.
pub fn slot(f: &ItemFn, slot: &Ident, layout: Option<&Type>) -> Result<Slot> {
    let name = plain_name(slot);
    let field = if name == "str" { slot.clone() } else { Ident::new(&name, slot.span()) };
    match name.as_str() {
        "traverse" | "clear" | "dealloc" => return memory_slot(f, field, layout),
        _ => {}
    }
    let mut rust = RustFn::of(f)?;
    let Some((pat, first)) = rust.params.first().copied() else {
        return Err(Error::new(rust.span(), "a slot function takes the instance"));
    };
    rust.params.remove(0);
    let operand = if name == "new" {
        quote!(zelf)
    } else if either_operand(&name) && !is_path_to(first, "Ref") {
        let msg = format!("either operand of `{name}` may be the instance: write `Ref<'_>` and downcast");
        return Err(Error::new(first.span(), msg));
    } else {
        self_operand(first, layout)?
    };
    let first_type = if name == "new" { quote!(&::krait_object::ty::PyType) } else { quote!(::krait_object::obj::Ref<'_>) };
    let _ = pat;
    let vars: Vec<Ident> = rust.params.iter().enumerate().map(|(i, (p, _))| param_name(p, i)).collect();
    let types: Vec<&Type> = rust.params.iter().map(|p| p.1).collect();
    let mut args = vec![operand];
    args.extend(vars.iter().map(|v| quote!(#v)));
    let call = rust.call(&args);
    let (ret, body) = match plain_return(&name) {
        _ if name == "releasebuffer" => (quote!(()), call),
        None => (quote!(::krait_object::error::PyResult<::krait_object::obj::Obj>), result_of(&rust, call)),
        Some(t) => {
            let span = f.sig.output.span();
            let body = quote_spanned!(crate::attrs::at(span)=> ::krait_object::convert::IntoSlot::<#t>::into_slot({ #call }));
            (quote!(::krait_object::error::PyResult<#t>), body)
        }
    };
    let fname = format_ident!("__slot_{}", name, span = slot.span());
    let (cfgs, quiet) = (cfgs(&f.attrs), quiet());
    let item = quote! {
        #(#cfgs)* #quiet
        fn #fname(vm: &::krait_object::vm::Vm, zelf: #first_type #(, #vars: #types)*) -> #ret { #body }
    };
    Ok(Slot { field, value: quote!(#fname), item })
}

fn param_name(p: &Pat, i: usize) -> Ident {
    match p {
        Pat::Ident(id) => id.ident.clone(),
        _ => format_ident!("__p{i}"),
    }
}

/// `traverse`, `clear`, `dealloc`: fields of the `TypeDef` that work on raw headers.
fn memory_slot(f: &ItemFn, field: Ident, layout: Option<&Type>) -> Result<Slot> {
    let rust = RustFn::of(f)?;
    let user = &f.sig.ident;
    let first = rust.params.first().map(|p| p.1);
    if matches!(first, Some(Type::Ptr(_))) {
        return Ok(Slot { field, value: quote!(#user), item: quote!() });
    }
    let (Some(layout), Some(first)) = (layout, first) else {
        return Err(Error::new(rust.span(), "expected `zelf: &Layout`"));
    };
    if field == "dealloc" {
        return Err(Error::new(first.span(), "write `unsafe fn dealloc(vm: &Vm, p: *mut Header)`"));
    }
    let fname = format_ident!("__mem_{}", field);
    let (cfgs, quiet) = (cfgs(&f.attrs), quiet());
    // SAFETY (of the generated code): the collector passes live instances of the class, which
    // begin with the layout; the layout has a fixed size, so attributes follow at item count 0.
    let zelf = quote!(unsafe { &*(p as *const #layout) });
    let item = if field == "traverse" {
        let call = quote!(#user(#zelf, __visitor));
        quote! {
            #(#cfgs)* #quiet
            unsafe fn #fname(p: *const ::krait_object::header::Header, __visitor: &mut ::krait_object::gc::Visitor<'_>) {
                #call;
                // SAFETY: the slot's contract: an object of the layout, which has a fixed size.
                unsafe { ::krait_object::instance::traverse_attrs(p, 0, __visitor) }
            }
        }
    } else {
        let call = rust.call(&[zelf]);
        quote! {
            #(#cfgs)* #quiet
            unsafe fn #fname(vm: &::krait_object::vm::Vm, p: *const ::krait_object::header::Header) {
                #call;
                // SAFETY: as for traversal.
                unsafe { ::krait_object::instance::clear_attrs(p, 0) }
            }
        }
    };
    Ok(Slot { field, value: quote!(#fname), item })
}
