//! Generated code that takes the arguments of a call apart by a signature.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Result, Type};

use crate::function::{Entry, FnOpts, RustFn, is_path_to, is_ref_slice, pat_name};
use crate::signature::{Default, Kind, Param, Signature};

/// Parsing statements and the arguments they make.
pub struct Parsed {
    pub code: TokenStream,
    pub args: Vec<TokenStream>,
}

/// Parses the arguments of `opts.signature` into the parameters left in `rust`. With `from_args`
/// the source is always an `Args` called `__args` (constructors and calls).
pub fn parse_args(rust: &RustFn<'_>, opts: &FnOpts, entry: Entry, from_args: bool) -> Result<Parsed> {
    let sig = &opts.signature;
    check_params(rust, opts)?;
    let fname = &sig.name;
    let (min, max) = (sig.minpos(), sig.npos());
    let varargs = sig.has(Kind::VarArgs);
    let mut code = TokenStream::new();
    match entry {
        Entry::NoArgs if from_args => {
            code.extend(quote!(::krait_object::unpack::check_positional(vm, #fname, __args.npos(), 0, 0)?;));
        }
        Entry::NoArgs => {}
        Entry::One if from_args => {
            code.extend(quote! {
                ::krait_object::unpack::check_positional(vm, #fname, __args.npos(), 1, 1)?;
                let __arg = __args.pos()[0];
            });
        }
        Entry::One => {}
        Entry::Fast => {
            if from_args {
                code.extend(quote!(let __args = __args.pos();));
            }
            let max_expr = if varargs { quote!(usize::MAX) } else { quote!(#max) };
            if min > 0 || !varargs {
                if sig.has_groups() {
                    let steps = group_steps(sig);
                    code.extend(quote!(::krait_object::unpack::check_groups(vm, #fname, __args.len(), &[#(#steps),*])?;));
                } else {
                    code.extend(quote!(::krait_object::unpack::check_positional(vm, #fname, __args.len(), #min, #max_expr)?;));
                }
            }
        }
        Entry::Full => {
            let n = sig.params.iter().filter(|p| !matches!(p.kind, Kind::VarArgs | Kind::VarKw)).count();
            let spec = spec_expr(sig);
            code.extend(quote! {
                static __SPEC: ::krait_object::unpack::ParamSpec = #spec;
                let mut __buf: [::core::option::Option<::krait_object::obj::Ref<'_>>; #n] = [::core::option::Option::None; #n];
                __SPEC.unpack(vm, &__args, &mut __buf)?;
            });
        }
    }
    let mut args = Vec::new();
    let mut slot = 0usize;
    for (i, (p, (_, ty))) in sig.params.iter().zip(&rust.params).enumerate() {
        let var = format_ident!("__v{i}");
        match p.kind {
            Kind::VarArgs => {
                let rest = match entry {
                    Entry::Fast => quote!(&__args[#max..]),
                    _ => quote!(__SPEC.varargs(&__args)),
                };
                args.push(rest);
                continue;
            }
            Kind::VarKw => {
                args.push(quote!(__SPEC.kwargs(__args)));
                continue;
            }
            _ => {}
        }
        let source = match entry {
            Entry::One => Source::Present(quote!(__arg)),
            Entry::Fast if p.required() => Source::Present(quote!(__args[#slot])),
            Entry::Fast => Source::Maybe(quote!(__args.get(#slot).copied())),
            Entry::Full => Source::of_buf(p, quote!(__buf[#slot])),
            Entry::NoArgs => return Err(Error::new(rust.span(), "parameters of a function without any")),
        };
        slot += 1;
        let cx = arg_cx(sig, i);
        code.extend(convert(ty, p, source, &var, &cx));
        args.push(quote!(#var));
    }
    Ok(Parsed { code, args })
}

enum Source {
    Present(TokenStream),
    Maybe(TokenStream),
}

impl Source {
    fn of_buf(p: &Param, place: TokenStream) -> Source {
        if p.required() { Source::Present(quote!(::krait_object::unpack::required(#place))) } else { Source::Maybe(place) }
    }
}

/// The statement that converts one argument.
fn convert(ty: &Type, p: &Param, source: Source, var: &Ident, cx: &TokenStream) -> TokenStream {
    let span = ty.span();
    let from = |r: TokenStream| {
        quote_spanned! {crate::attrs::at(span)=>
            <#ty as ::krait_object::convert::FromArg<'_>>::from_arg(
                vm, #r, const { &#cx })?
        }
    };
    let value = match source {
        Source::Present(r) => from(r),
        Source::Maybe(o) => {
            let some = from(quote!(__r));
            let (lit_ty, lit) = default_expr(p.default.as_ref());
            quote_spanned! {crate::attrs::at(span)=>
                match #o {
                    ::core::option::Option::Some(__r) => #some,
                    ::core::option::Option::None =>
                        <#ty as ::krait_object::convert::FromDefault<#lit_ty>>::from_default(vm, #lit),
                }
            }
        }
    };
    quote!(let #var = #value;)
}

/// The type and the value of a default.
fn default_expr(d: Option<&Default>) -> (TokenStream, TokenStream) {
    match d {
        Some(Default::None) => {
            let t = quote!(::krait_object::convert::NoneDefault);
            (t.clone(), t)
        }
        Some(Default::Bool(b)) => (quote!(bool), quote!(#b)),
        Some(Default::Int(i)) => {
            let lit = Literal::i128_suffixed(*i);
            (quote!(i128), quote!(#lit))
        }
        Some(Default::Float(f)) => {
            let lit = Literal::f64_suffixed(*f);
            (quote!(f64), quote!(#lit))
        }
        Some(Default::Str(s)) => (quote!(&'static str), quote!(#s)),
        Some(Default::Opaque) | None => {
            let t = quote!(::krait_object::convert::AbsentDefault);
            (t.clone(), t)
        }
    }
}

/// Which argument an error is about.
fn arg_cx(sig: &Signature, i: usize) -> TokenStream {
    let fname = &sig.name;
    let p = &sig.params[i];
    let pname = &p.name;
    let which = if p.kind != Kind::PosOnly && !sig.numbered {
        quote!(::krait_object::convert::ArgName::Named)
    } else if sig.params.len() == 1 && p.required() && !sig.numbered {
        quote!(::krait_object::convert::ArgName::Only)
    } else {
        let n = (i + 1) as u32;
        quote!(::krait_object::convert::ArgName::Pos(#n))
    };
    quote!(::krait_object::convert::ArgCx { func: #fname, param: #pname, which: #which })
}

/// The argument counts that a signature with groups allows.
fn group_steps(sig: &Signature) -> Vec<usize> {
    let mut out = vec![sig.minpos()];
    for (i, p) in sig.params.iter().enumerate() {
        let next = sig.params.get(i + 1);
        let group_ends = next.is_none_or(|q| q.group != p.group || p.group.is_none());
        if (p.group.is_some() && group_ends) || (p.group.is_none() && p.default.is_some()) {
            out.push(i + 1);
        }
    }
    out.dedup();
    out
}

fn spec_expr(sig: &Signature) -> TokenStream {
    let named = || sig.params.iter().filter(|p| !matches!(p.kind, Kind::VarArgs | Kind::VarKw));
    let names = named().map(|p| &p.name);
    let required: u64 = named().enumerate().filter(|(_, p)| p.required()).fold(0, |m, (i, _)| m | 1 << i);
    let (fname, posonly, npos, minpos) = (&sig.name, sig.nposonly(), sig.npos(), sig.minpos());
    let (varargs, varkw) = (sig.has(Kind::VarArgs), sig.has(Kind::VarKw));
    quote! {
        ::krait_object::unpack::ParamSpec {
            func: #fname, names: &[#(#names),*], posonly: #posonly, npos: #npos, minpos: #minpos,
            required: #required, varargs: #varargs, varkw: #varkw,
        }
    }
}

/// Rust and Python parameters correspond one to one, in order.
fn check_params(rust: &RustFn<'_>, opts: &FnOpts) -> Result<()> {
    let sig = &opts.signature;
    if sig.params.len() > 63 {
        return Err(Error::new(opts.span, "more than 63 parameters"));
    }
    if sig.params.len() != rust.params.len() {
        let py: Vec<&str> = sig.params.iter().map(|p| p.name.as_str()).collect();
        let msg = format!(
            "`{}` has {} Python parameter(s) ({}) but the Rust function takes {} after `vm` and the bound object",
            sig.name,
            py.len(),
            py.join(", "),
            rust.params.len()
        );
        return Err(Error::new(rust.item.sig.inputs.span(), msg));
    }
    for (i, (p, (pat, ty))) in sig.params.iter().zip(&rust.params).enumerate() {
        if let Some(n) = pat_name(pat)
            && n != p.name
            && sig.params.iter().enumerate().any(|(j, q)| j != i && q.name == n)
        {
            return Err(Error::new(pat.span(), format!("this parameter corresponds to Python's `{}`: keep the order", p.name)));
        }
        match p.kind {
            Kind::VarArgs if !is_ref_slice(ty) => {
                return Err(Error::new(ty.span(), format!("`*{}` arrives as `&[Ref<'_>]`", p.name)));
            }
            Kind::VarKw if !is_path_to(ty, "KwArgs") => {
                return Err(Error::new(ty.span(), format!("`**{}` arrives as `KwArgs<'_>`", p.name)));
            }
            _ => {}
        }
    }
    Ok(())
}
