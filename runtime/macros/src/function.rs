//! Adapters between the native calling conventions and functions with typed parameters.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, FnArg, GenericArgument, ItemFn, LitStr, Pat, PathArguments, Result, ReturnType, Type};

use crate::attrs::{Opts, cfgs};
use crate::docs::{doc_expr, doc_text, with_signature};
use crate::params::parse_args;
use crate::signature::{Kind, Param, Signature};
use crate::typed::typed_entry;

/// What the function is bound to.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Owner {
    Module,
    Instance,
    Class,
    Static,
}

/// How arguments arrive.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Entry {
    NoArgs,
    One,
    Fast,
    Full,
}

/// The attribute's arguments.
pub struct FnOpts {
    pub signature: Signature,
    /// Show the signature in the docstring.
    pub show: bool,
    pub raw: bool,
    pub pure_: bool,
    pub quiet: bool,
    pub typed: Option<Option<Expr>>,
    pub finite: bool,
    pub coexist: bool,
    pub doc: Option<String>,
    pub span: Span,
}

/// The Rust parameters, sorted by role.
pub struct RustFn<'a> {
    pub item: &'a ItemFn,
    /// Does it take the `Vm`?
    pub vm: bool,
    pub params: Vec<(&'a Pat, &'a Type)>,
}

impl<'a> RustFn<'a> {
    pub fn of(item: &'a ItemFn) -> Result<RustFn<'a>> {
        if let Some(a) = &item.sig.asyncness {
            return Err(Error::new(a.span(), "native functions are not async"));
        }
        let mut params = Vec::new();
        let mut vm = false;
        for (i, input) in item.sig.inputs.iter().enumerate() {
            let FnArg::Typed(p) = input else {
                return Err(Error::new(input.span(), "native functions are free functions: write `zelf: &Layout`"));
            };
            if i == 0 && is_ref_to(&p.ty, "Vm") {
                vm = true;
            } else {
                params.push((&*p.pat, &*p.ty));
            }
        }
        Ok(RustFn { item, vm, params })
    }
    /// The call, given the arguments after `vm`.
    pub fn call(&self, args: &[TokenStream]) -> TokenStream {
        let name = &self.item.sig.ident;
        let vm = if self.vm { quote!(vm,) } else { quote!() };
        let call = quote_spanned!(name.span()=> #name(#vm #(#args),*));
        if self.item.sig.unsafety.is_some() { quote!(unsafe { #call }) } else { call }
    }
    pub fn span(&self) -> Span {
        self.item.sig.ident.span()
    }
}

/// Is `ty` a shared reference to a type whose last path segment is `name`?
pub fn is_ref_to(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Reference(r) if is_path_to(&r.elem, name))
}

pub fn is_path_to(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Path(p) => p.path.segments.last().is_some_and(|s| s.ident == name),
        Type::Group(g) => is_path_to(&g.elem, name),
        Type::Paren(g) => is_path_to(&g.elem, name),
        _ => false,
    }
}

pub fn is_ref_slice(ty: &Type) -> bool {
    matches!(ty, Type::Reference(r) if matches!(&*r.elem, Type::Slice(s) if is_path_to(&s.elem, "Ref")))
}

/// The only generic argument of `name<T>`.
pub fn generic_arg<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(p) = ty else { return None };
    let seg = p.path.segments.last().filter(|s| s.ident == name)?;
    let PathArguments::AngleBracketed(a) = &seg.arguments else { return None };
    a.args.iter().find_map(|a| if let GenericArgument::Type(t) = a { Some(t) } else { None })
}

impl FnOpts {
    /// Reads the attribute of `item`; `default_name` stands in when no name is given.
    pub fn read(mut opts: Opts, item: &ItemFn, owner: Owner, default_name: Option<&str>) -> Result<FnOpts> {
        let rust = RustFn::of(item)?;
        let span = opts.text.as_ref().map_or(opts.span, |t| t.span());
        let raw = opts.flag("raw")?;
        let name = opts.string("name")?;
        let mut signature = match &opts.text {
            Some(text) => parse_signature(text)?,
            None => implied_signature(&rust, owner, raw)?,
        };
        signature.numbered = opts.flag("numbered")?;
        let mut show = !opts.flag("nosig")?;
        if opts.text.is_none() {
            signature.name = default_name.map_or_else(|| plain_name(&item.sig.ident), str::to_owned);
            // An implied signature of a raw function says nothing.
            show &= !raw;
        }
        if let Some(n) = name {
            signature.name = n;
        }
        match owner {
            Owner::Instance => signature.strip_first(&["self", "$self"]),
            Owner::Class => signature.strip_first(&["cls", "$type"]),
            Owner::Module => signature.strip_first(&["$module"]),
            Owner::Static => {}
        }
        let out = FnOpts {
            signature,
            show,
            raw,
            pure_: opts.flag("pure")?,
            quiet: opts.flag("quiet")?,
            typed: opts.flag_or_value("typed")?,
            finite: opts.flag("finite")?,
            coexist: opts.flag("coexist")?,
            doc: opts.string("doc")?,
            span,
        };
        opts.finish()?;
        Ok(out)
    }

    /// The docstring with its signature line.
    pub fn doc(&self, attrs: &[Attribute], first: Option<&str>) -> Option<String> {
        let text = self.doc.clone().or_else(|| doc_text(attrs));
        let line = if self.show { self.signature.text(first) } else { None };
        with_signature(line.as_deref(), text.as_deref())
    }
}

pub fn parse_signature(text: &LitStr) -> Result<Signature> {
    let s = text.value();
    Signature::parse(&s).map_err(|m| Error::new(text.span(), format!("in signature {s:?}: {m}")))
}

/// The Python name of a Rust item: without `r#`.
pub fn plain_name(id: &Ident) -> String {
    let s = id.to_string();
    s.strip_prefix("r#").map(str::to_owned).unwrap_or(s)
}

/// Without a signature text all parameters are positional-only and required.
fn implied_signature(rust: &RustFn<'_>, owner: Owner, raw: bool) -> Result<Signature> {
    let mut params = Vec::new();
    let skip = match owner {
        Owner::Instance | Owner::Class => 1,
        Owner::Module => usize::from(rust.params.first().is_some_and(|p| is_ref_to(p.1, "PyModule"))),
        Owner::Static => 0,
    };
    for (pat, ty) in rust.params.iter().skip(skip) {
        if raw {
            break;
        }
        let kind = if is_ref_slice(ty) { Kind::VarArgs } else { Kind::PosOnly };
        let Some(id) = pat_name(pat) else { return Err(Error::new(pat.span(), "expected a plain parameter name")) };
        let name = id.trim_start_matches('_').to_owned();
        params.push(Param { name, kind, default: None, default_text: None, group: None });
    }
    Ok(Signature { name: String::new(), params, numbered: false })
}

pub fn pat_name(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Ident(i) => Some(plain_name(&i.ident)),
        _ => None,
    }
}

/// An adapter function and what describes it.
pub struct Adapter {
    pub name: Ident,
    pub item: TokenStream,
    pub entry: Entry,
}

/// How the adapter's bound object is passed on.
pub struct First {
    /// Statements that convert it.
    pub setup: TokenStream,
    /// The argument to the user's function, if it takes one.
    pub arg: Option<TokenStream>,
}

/// Converts the bound object as the function's first parameter wants it. Takes that parameter
/// off `rust`.
pub fn first_operand(rust: &mut RustFn<'_>, owner: Owner, layout: Option<&Type>) -> Result<First> {
    let none = First { setup: quote!(), arg: None };
    match owner {
        Owner::Static => Ok(none),
        Owner::Module => {
            if rust.params.first().is_none_or(|p| !is_ref_to(p.1, "PyModule")) {
                return Ok(none);
            }
            rust.params.remove(0);
            Ok(First { setup: quote!(let __module = ::krait_object::unpack::expect_module(vm, zelf)?;), arg: Some(quote!(__module)) })
        }
        Owner::Class => {
            let Some((_, ty)) = rust.params.first().copied() else {
                return Err(Error::new(rust.span(), "a class method takes `cls: &PyType`"));
            };
            rust.params.remove(0);
            if is_path_to(ty, "Ref") {
                return Ok(First { setup: quote!(), arg: Some(quote!(zelf)) });
            }
            if !is_ref_to(ty, "PyType") {
                return Err(Error::new(ty.span(), "a class method takes `cls: &PyType` (or `Ref<'_>`)"));
            }
            Ok(First { setup: quote!(let __cls = ::krait_object::unpack::expect_type(vm, zelf)?;), arg: Some(quote!(__cls)) })
        }
        Owner::Instance => {
            let Some((_, ty)) = rust.params.first().copied() else {
                return Err(Error::new(rust.span(), "expected `zelf: &Layout` or `zelf: Ref<'_>`"));
            };
            rust.params.remove(0);
            Ok(First { setup: quote!(), arg: Some(self_operand(ty, layout)?) })
        }
    }
}

/// `zelf` as the given parameter type.
pub fn self_operand(ty: &Type, layout: Option<&Type>) -> Result<TokenStream> {
    if is_path_to(ty, "Ref") {
        return Ok(quote!(zelf));
    }
    if let (Type::Reference(r), Some(layout)) = (ty, layout)
        && r.mutability.is_none()
        && last_segment(&r.elem).is_some_and(|a| last_segment(layout) == Some(a))
    {
        let span = ty.span();
        // SAFETY (of the generated code): whoever calls a method, getter or slot has checked that
        // the first operand is an instance of the class, whose objects begin with its layout.
        return Ok(quote_spanned!(crate::attrs::at(span)=> unsafe { ::krait_object::obj::Ref::downcast_unchecked::<#layout>(zelf) }));
    }
    let want = match layout {
        Some(l) => format!("the first operand is `Ref<'_>` or `&{}`", quote!(#l)),
        None => "the first operand is `Ref<'_>`: the class's objects may be immediates".to_owned(),
    };
    Err(Error::new(ty.span(), want))
}

fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(p) => p.path.segments.last().map(|s| &s.ident),
        Type::Group(g) => last_segment(&g.elem),
        _ => None,
    }
}

/// How the arguments of `sig` arrive.
fn entry_of(sig: &Signature) -> Entry {
    match sig.params.as_slice() {
        [] => Entry::NoArgs,
        [p] if p.kind == Kind::PosOnly && p.required() => Entry::One,
        _ if sig.positional_only() => Entry::Fast,
        _ => Entry::Full,
    }
}

/// The attribute that quiets lints about generated code.
pub fn quiet() -> TokenStream {
    quote! {
        #[doc(hidden)]
        #[allow(clippy::all, clippy::undocumented_unsafe_blocks, unused_variables, unused_braces,
            non_snake_case,
            reason = "generated; the macro crate holds the SAFETY notes")]
    }
}

/// Builds the adapter of a function or method.
pub fn adapter(item: &ItemFn, opts: &FnOpts, owner: Owner, layout: Option<&Type>) -> Result<Adapter> {
    let mut rust = RustFn::of(item)?;
    let first = first_operand(&mut rust, owner, layout)?;
    let name = format_ident!("__py_{}", plain_name(&item.sig.ident));
    let (entry, body) = body(&rust, opts, first)?;
    let params = match entry {
        Entry::NoArgs => quote!(),
        Entry::One => quote!(, __arg: ::krait_object::obj::Ref<'_>),
        Entry::Fast => quote!(, __args: &[::krait_object::obj::Ref<'_>]),
        Entry::Full => quote!(, __args: ::krait_object::args::Args<'_>),
    };
    let cfgs = cfgs(&item.attrs);
    let quiet = quiet();
    let item = quote! {
        #(#cfgs)* #quiet
        fn #name(vm: &::krait_object::vm::Vm, zelf: ::krait_object::obj::Ref<'_> #params)
            -> ::krait_object::error::PyResult<::krait_object::obj::Obj> { #body }
    };
    Ok(Adapter { name, item, entry })
}

/// The statements that parse the arguments, call, and convert the result.
fn body(rust: &RustFn<'_>, opts: &FnOpts, first: First) -> Result<(Entry, TokenStream)> {
    let setup = &first.setup;
    let mut args: Vec<TokenStream> = first.arg.into_iter().collect();
    let (entry, parse) = if opts.raw {
        let (entry, raw) = raw_args(rust)?;
        args.extend(raw);
        (entry, quote!())
    } else {
        let entry = entry_of(&opts.signature);
        let parsed = parse_args(rust, opts, entry, false)?;
        args.extend(parsed.args);
        (entry, parsed.code)
    };
    let call = rust.call(&args);
    let result = result_of(rust, call);
    Ok((entry, quote!(#setup #parse #result)))
}

/// The call's result as `PyResult<Obj>`, with errors about the conversion at the return type.
pub fn result_of(rust: &RustFn<'_>, call: TokenStream) -> TokenStream {
    let span = match &rust.item.sig.output {
        ReturnType::Default => rust.span(),
        ReturnType::Type(_, t) => t.span(),
    };
    quote_spanned!(crate::attrs::at(span)=> ::krait_object::convert::IntoPyResult::into_py_result({ #call }, vm))
}

fn raw_args(rust: &RustFn<'_>) -> Result<(Entry, Vec<TokenStream>)> {
    match rust.params.as_slice() {
        [] => Ok((Entry::NoArgs, vec![])),
        [(_, t)] if is_path_to(t, "Args") => Ok((Entry::Full, vec![quote!(__args)])),
        [(_, t)] if is_ref_slice(t) => Ok((Entry::Fast, vec![quote!(__args)])),
        [(_, t)] if is_path_to(t, "Ref") => Ok((Entry::One, vec![quote!(__arg)])),
        _ => Err(Error::new(rust.span(), "a raw function takes `Args<'_>`, `&[Ref<'_>]`, one `Ref<'_>`, or nothing more")),
    }
}

/// The `MethodDef` expression, and further items it needs.
pub fn method_def(item: &ItemFn, opts: &FnOpts, owner: Owner, adapter: &Adapter) -> Result<(TokenStream, TokenStream)> {
    let cfgs = cfgs(&item.attrs);
    let name = &opts.signature.name;
    let func = &adapter.name;
    let kind = match adapter.entry {
        Entry::NoArgs => quote!(NoArgs),
        Entry::One => quote!(One),
        Entry::Fast => quote!(Fast),
        Entry::Full => quote!(Full),
    };
    let (binding, first) = match owner {
        Owner::Module => (quote!(Normal), Some("$module")),
        Owner::Instance => (quote!(Normal), Some("$self")),
        Owner::Class => (quote!(Class), Some("$type")),
        Owner::Static => (quote!(Static), None),
    };
    let doc = doc_expr(opts.doc(&item.attrs, first).as_deref());
    let (pure_, quiet, finite) = (opts.pure_, opts.quiet, opts.finite);
    let coexist = opts.coexist;
    let (typed, extra) = match &opts.typed {
        None => (quote!(::core::option::Option::None), quote!()),
        Some(path) => typed_entry(item, path.as_ref())?,
    };
    let def = quote! {
        #(#cfgs)*
        ::krait_object::native::MethodDef {
            name: #name,
            func: ::krait_object::native::NativeFn::#kind(#func),
            binding: ::krait_object::native::Binding::#binding,
            doc: #doc,
            facts: ::krait_object::native::NativeFacts {
                pure_: #pure_, quiet: #quiet, typed: #typed, finite: #finite
            },
            coexist: #coexist,
        }
    };
    Ok((def, extra))
}
