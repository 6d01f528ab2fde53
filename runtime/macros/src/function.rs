//! Adapters between the native calling conventions and functions with typed parameters.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, FnArg, GenericArgument, ItemFn, LitStr, Pat, PathArguments, Result, ReturnType, Type};

use crate::attrs::{Opts, cfgs};
use crate::docs::{doc_expr, doc_text, with_signature};
use crate::signature::{Default, Kind, Param, Signature};

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
    pub typed: Option<Option<Expr>>,
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
        if self.item.sig.unsafety.is_some() {
            quote!(unsafe { #name(#vm #(#args),*) })
        } else {
            quote!(#name(#vm #(#args),*))
        }
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

fn is_ref_slice(ty: &Type) -> bool {
    matches!(ty, Type::Reference(r) if matches!(&*r.elem, Type::Slice(s) if is_path_to(&s.elem, "Ref")))
}

/// The only generic argument of `name<T>`.
fn generic_arg<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
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
            typed: opts.flag_or_value("typed")?,
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
    Ok(Signature { name: String::new(), params })
}

fn pat_name(pat: &Pat) -> Option<String> {
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

/// How the adapter's first argument is called and passed on.
pub struct First {
    /// The parameter of the adapter (`zelf: Ref<'_>` or `cls: &PyType`), empty if none.
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
            Ok(First {
                setup: quote!(let __module = ::krait_object::unpack::expect_module(vm, zelf)?;),
                arg: Some(quote!(__module)),
            })
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
            Ok(First {
                setup: quote!(let __cls = ::krait_object::unpack::expect_type(vm, zelf)?;),
                arg: Some(quote!(__cls)),
            })
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
        return Ok(quote_spanned!(span=> unsafe { ::krait_object::obj::Ref::downcast_unchecked::<#layout>(zelf) }));
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
        #[allow(clippy::all, clippy::undocumented_unsafe_blocks, unused_variables, non_snake_case,
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
    quote_spanned!(span=> ::krait_object::convert::IntoPyResult::into_py_result(#call, vm))
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
        if p.required() {
            Source::Present(quote!(::krait_object::unpack::required(#place)))
        } else {
            Source::Maybe(place)
        }
    }
}

/// The statement that converts one argument.
fn convert(ty: &Type, p: &Param, source: Source, var: &Ident, cx: &TokenStream) -> TokenStream {
    let span = ty.span();
    let from = |r: TokenStream| {
        quote_spanned! {span=>
            <#ty as ::krait_object::convert::FromArg<'_>>::from_arg(
                vm, #r, const { &#cx })?
        }
    };
    let value = match source {
        Source::Present(r) => from(r),
        Source::Maybe(o) => {
            let some = from(quote!(__r));
            let lit = lit_expr(p.default.as_ref());
            quote_spanned! {span=>
                match #o {
                    ::core::option::Option::Some(__r) => #some,
                    ::core::option::Option::None =>
                        <#ty as ::krait_object::convert::FromDefault<_>>::from_default(vm, #lit),
                }
            }
        }
    };
    quote!(let #var = #value;)
}

fn lit_expr(d: Option<&Default>) -> TokenStream {
    match d {
        Some(Default::None) => quote!(::krait_object::convert::NoneDefault),
        Some(Default::Bool(b)) => quote!(#b),
        Some(Default::Int(i)) => {
            let lit = Literal::i128_suffixed(*i);
            quote!(#lit)
        }
        Some(Default::Float(f)) => {
            let lit = Literal::f64_suffixed(*f);
            quote!(#lit)
        }
        Some(Default::Str(s)) => quote!(#s),
        Some(Default::Opaque) | None => quote!(::krait_object::convert::AbsentDefault),
    }
}

/// Which argument an error is about.
fn arg_cx(sig: &Signature, i: usize) -> TokenStream {
    let fname = &sig.name;
    let p = &sig.params[i];
    let pname = &p.name;
    let which = if p.kind != Kind::PosOnly {
        quote!(::krait_object::convert::ArgName::Named)
    } else if sig.params.len() == 1 && p.required() {
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
            sig.name, py.len(), py.join(", "), rust.params.len()
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
    let pure_ = opts.pure_;
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
                pure_: #pure_, typed: #typed, ..::krait_object::native::NativeFacts::WORST
            },
            coexist: #coexist,
        }
    };
    Ok((def, extra))
}

/// The unboxed entry: of the function itself, or of the plain Rust function at `path`.
fn typed_entry(item: &ItemFn, path: Option<&Expr>) -> Result<(TokenStream, TokenStream)> {
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
    let letter = |t: &Type| -> Result<&'static str> {
        for (name, out) in [("f64", "F64"), ("i64", "I64"), ("bool", "Bool")] {
            if is_path_to(t, name) {
                return Ok(out);
            }
        }
        Err(Error::new(t.span(), "typed entries take and return f64, i64 and bool"))
    };
    let mut variant = String::new();
    for (_, t) in &rust.params {
        variant += letter(t)?;
    }
    variant = format!("{variant}To{}", letter(ret)?);
    let known = ["F64ToF64", "F64F64ToF64", "F64ToBool", "I64ToI64"];
    if !known.contains(&variant.as_str()) {
        return Err(Error::new(rust.span(), format!("no `TypedEntry::{variant}`; there are {}", known.join(", "))));
    }
    let variant = format_ident!("{variant}", span = rust.span());
    let name = format_ident!("__typed_{}", plain_name(&item.sig.ident));
    let vars: Vec<Ident> = (0..rust.params.len()).map(|i| format_ident!("a{i}")).collect();
    let types: Vec<&Type> = rust.params.iter().map(|p| p.1).collect();
    let cfgs = cfgs(&item.attrs);
    let quiet = quiet();
    let extra = quote! {
        #(#cfgs)* #quiet
        extern "C" fn #name(#(#vars: #types),*) -> #ret { #target(#(#vars),*) }
    };
    Ok((quote!(::core::option::Option::Some(::krait_object::native::TypedEntry::#variant(#name))), extra))
}
