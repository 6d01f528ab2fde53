//! `#[pyclass]`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Item, ItemFn, ItemMod, Result, Type};

use crate::attrs::{Opts, cfgs, take_attr};
use crate::docs::{doc_expr, doc_text, with_signature};
use crate::function::{
    Entry, FnOpts, Owner, RustFn, adapter, first_operand, is_path_to, is_ref_to, method_def, plain_name, quiet, result_of,
};
use crate::params::parse_args;
use crate::slot::{Slot, slot};

/// Options of the `#[pyclass]` attribute.
struct ClassOpts {
    layout: Type,
    /// The layout that typed first operands are cast to; `None` where instances may be immediates.
    operand: Option<Type>,
    name: String,
    module: String,
    doc: Option<String>,
    nosig: bool,
    base: TokenStream,
    flags: Vec<TokenStream>,
    no_gc: bool,
    own: bool,
    table: Option<Expr>,
    dealloc: Option<Expr>,
    itemsize: TokenStream,
    /// `itemsize` was given.
    variable: bool,
    unhashable: bool,
    span: proc_macro2::Span,
}

#[derive(Default)]
struct Parts {
    methods: Vec<TokenStream>,
    accessors: Vec<Accessor>,
    slots: Vec<Slot>,
    attrs: Vec<TokenStream>,
    items: Vec<TokenStream>,
    /// Signature line of the class, and whether it came from `__init__`.
    signature: Option<(String, bool)>,
}

/// A getset or member descriptor being put together.
struct Accessor {
    name: String,
    member: bool,
    cfgs: Vec<Attribute>,
    get: Option<Ident>,
    set: Option<Ident>,
    doc: Option<String>,
    span: proc_macro2::Span,
}

pub fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut module: ItemMod = syn::parse2(item)?;
    let class = read_opts(args, &module)?;
    let Some((_, items)) = &mut module.content else {
        return Err(Error::new(module.span(), "`#[pyclass]` needs an inline module: `mod name { ... }`"));
    };
    let mut parts = Parts::default();
    for item in items.iter_mut() {
        match item {
            Item::Fn(f) => read_fn(f, &class, &mut parts)?,
            Item::Const(c) => {
                if let Some(a) = take_attr(&mut c.attrs, "classattr") {
                    let id = &c.ident;
                    let name = attr_name(Opts::of(&a)?, plain_name(id))?;
                    class_attr(&mut parts, &name, quote!(#id), &c.attrs);
                }
            }
            _ => {}
        }
    }
    let generated = generate(&class, parts)?;
    let (vis, ident, attrs, items) = (&module.vis, &module.ident, &module.attrs, &*items);
    Ok(quote! {
        #(#attrs)*
        #vis mod #ident {
            #(#items)*
            #generated
        }
    })
}

fn read_opts(args: TokenStream, module: &ItemMod) -> Result<ClassOpts> {
    let mut opts = Opts::parse(args, module.ident.span())?;
    let Some(layout) = opts.value("layout")? else {
        return Err(Error::new(module.ident.span(), "`layout = RustStruct` is missing"));
    };
    let layout: Type = syn::parse2(quote!(#layout))?;
    let given = opts.string("name")?;
    let name = opts.text.as_ref().map(|t| t.value()).or(given).unwrap_or_else(|| plain_name(&module.ident));
    let mut flags = Vec::new();
    for f in opts.list("flags")? {
        flags.push(quote!(::krait_object::ty::TypeFlags::#f));
    }
    for (key, flag) in [("weakref", quote!(WEAKREF)), ("attrs", quote!(ATTRS))] {
        if opts.flag(key)? {
            flags.push(quote!(::krait_object::ty::TypeFlags::#flag));
        }
    }
    if !opts.flag("mutable")? {
        flags.push(quote!(::krait_object::ty::TypeFlags::IMMUTABLE));
    }
    let no_gc = opts.flag("no_gc")?;
    if !no_gc {
        flags.push(quote!(::krait_object::ty::TypeFlags::GC));
    }
    let base = match opts.value("base")? {
        None => quote!(::core::option::Option::None),
        Some(e) => base_expr(&e)?,
    };
    let table = opts.value("table")?;
    let own = opts.flag("own")?;
    if let (true, Some(t)) = (own, &table) {
        return Err(Error::new(t.span(), "`own` and `table` exclude each other"));
    }
    let immediate = table.as_ref().is_some_and(|t| matches!(quote!(#t).to_string().as_str(), "int" | "float" | "object"));
    let itemsize = opts.value("itemsize")?;
    let out = ClassOpts {
        operand: if immediate { None } else { Some(layout.clone()) },
        layout,
        name,
        module: opts.string("module")?.unwrap_or_else(|| "builtins".to_owned()),
        doc: opts.string("doc")?.or_else(|| doc_text(&module.attrs)),
        nosig: opts.flag("nosig")?,
        base,
        flags,
        no_gc,
        own,
        table,
        dealloc: opts.value("dealloc")?,
        variable: itemsize.is_some(),
        itemsize: itemsize.map_or(quote!(0), |e| quote!(#e)),
        span: module.ident.span(),
        unhashable: opts.flag("unhashable")?,
    };
    opts.finish()?;
    Ok(out)
}

/// `exception` (a type table field), `path::DEF` or `path::class_module`, or a closure.
fn base_expr(e: &Expr) -> Result<TokenStream> {
    let Expr::Path(p) = e else { return Ok(quote!(::core::option::Option::Some(#e))) };
    let last = p.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
    let body = if p.path.segments.len() == 1 && last != "DEF" {
        quote!(vm.types.#p)
    } else if last == "DEF" {
        quote!(vm.native_type(&#p))
    } else {
        quote!(vm.native_type(&#p::DEF))
    };
    Ok(quote! {
        ::core::option::Option::Some({
            fn __base(vm: &::krait_object::vm::Vm) -> &'static ::krait_object::ty::PyType { #body }
            __base
        })
    })
}

fn attr_name(mut opts: Opts, default: String) -> Result<String> {
    let given = opts.string("name")?;
    let name = opts.text.as_ref().map(|t| t.value()).or(given).unwrap_or(default);
    opts.finish()?;
    Ok(name)
}

fn read_fn(f: &mut ItemFn, class: &ClassOpts, parts: &mut Parts) -> Result<()> {
    const METHODS: [(&str, Owner); 3] = [("pymethod", Owner::Instance), ("pyclassmethod", Owner::Class), ("pystaticmethod", Owner::Static)];
    for (attr, owner) in METHODS {
        if let Some(a) = take_attr(&mut f.attrs, attr) {
            let opts = FnOpts::read(Opts::of(&a)?, f, owner, None)?;
            let ad = adapter(f, &opts, owner, class.operand.as_ref())?;
            let (def, extra) = method_def(f, &opts, owner, &ad)?;
            parts.methods.push(def);
            parts.items.push(ad.item);
            parts.items.push(extra);
        }
    }
    for which in [Ctor::New, Ctor::Init, Ctor::Call] {
        if let Some(a) = take_attr(&mut f.attrs, which.attr()) {
            ctor(f, Opts::of(&a)?, which, class, parts)?;
        }
    }
    for (attr, member, setter) in
        [("getter", false, false), ("setter", false, true), ("member", true, false), ("member_setter", true, true)]
    {
        if let Some(a) = take_attr(&mut f.attrs, attr) {
            accessor(f, Opts::of(&a)?, member, setter, class, parts)?;
        }
    }
    while let Some(a) = take_attr(&mut f.attrs, "slot") {
        let mut opts = Opts::of(&a)?;
        if opts.opts.is_empty() {
            return Err(Error::new(opts.span, "write `#[slot(name)]`"));
        }
        for o in std::mem::take(&mut opts.opts) {
            let s = slot(f, &o.key, class.operand.as_ref())?;
            add_slot(parts, s)?;
        }
        opts.finish()?;
    }
    if let Some(a) = take_attr(&mut f.attrs, "classattr") {
        let name = attr_name(Opts::of(&a)?, plain_name(&f.sig.ident))?;
        let rust = RustFn::of(f)?;
        if !rust.params.is_empty() {
            return Err(Error::new(rust.span(), "a class attribute's function takes only `vm`"));
        }
        let call = rust.call(&[]);
        class_attr(parts, &name, call, &f.attrs);
    }
    if let Some(a) = take_attr(&mut f.attrs, "classexec") {
        Opts::of(&a)?.finish()?;
        let rust = RustFn::of(f)?;
        let call = rust.call(&[quote!(__dict)]);
        let cfgs = cfgs(&f.attrs);
        parts.attrs.push(quote!(#(#cfgs)* { #call?; }));
    }
    Ok(())
}

fn add_slot(parts: &mut Parts, s: Slot) -> Result<()> {
    if parts.slots.iter().any(|t| t.field == s.field) {
        return Err(Error::new(s.field.span(), format!("a second `{}` slot", s.field)));
    }
    parts.slots.push(s);
    Ok(())
}

fn class_attr(parts: &mut Parts, name: &str, value: TokenStream, attrs: &[Attribute]) {
    let cfgs = cfgs(attrs);
    parts.attrs.push(quote! {
        #(#cfgs)*
        {
            let __value = ::krait_object::convert::IntoPyResult::into_py_result(#value, vm)?;
            ::krait_object::unpack::set_class_attr(vm, __dict, #name, __value)?;
        }
    });
}

/// The slots that take any arguments.
#[derive(Copy, Clone, PartialEq)]
enum Ctor {
    New,
    Init,
    Call,
}

impl Ctor {
    fn attr(self) -> &'static str {
        match self {
            Ctor::New => "pynew",
            Ctor::Init => "pyinit",
            Ctor::Call => "pycall",
        }
    }
}

/// `#[pynew]`, `#[pyinit]`, `#[pycall]`.
fn ctor(f: &ItemFn, opts: Opts, which: Ctor, class: &ClassOpts, parts: &mut Parts) -> Result<()> {
    let span = f.sig.ident.span();
    let owner = if which == Ctor::New { Owner::Class } else { Owner::Instance };
    let opts = FnOpts::read(opts, f, owner, Some(&class.name))?;
    let mut rust = RustFn::of(f)?;
    let (first_type, operand) = if which == Ctor::New {
        if rust.params.first().is_none_or(|p| !is_ref_to(p.1, "PyType")) {
            return Err(Error::new(span, "`#[pynew]` takes `cls: &PyType` after `vm`"));
        }
        rust.params.remove(0);
        (quote!(&::krait_object::ty::PyType), quote!(zelf))
    } else {
        let first = first_operand(&mut rust, Owner::Instance, class.operand.as_ref())?;
        (quote!(::krait_object::obj::Ref<'_>), first.arg.unwrap_or_default())
    };
    let mut args = vec![operand];
    let mut code = TokenStream::new();
    if opts.raw {
        match rust.params.as_slice() {
            [(_, t)] if is_path_to(t, "Args") => args.push(quote!(__args)),
            _ => return Err(Error::new(span, "a raw constructor takes `Args<'_>`")),
        }
    } else {
        let fname = &opts.signature.name;
        let entry = entry_for(&opts);
        if entry != Entry::Full {
            code.extend(match which {
                Ctor::New => quote!(::krait_object::unpack::no_keywords_new(vm, zelf, &DEF, #fname, &__args)?;),
                Ctor::Init => quote!(::krait_object::unpack::no_keywords_init(vm, zelf, &DEF, #fname, &__args)?;),
                Ctor::Call => quote!(::krait_object::unpack::no_keywords(vm, #fname, &__args)?;),
            });
        }
        let parsed = parse_args(&rust, &opts, entry, true)?;
        code.extend(parsed.code);
        args.extend(parsed.args);
    }
    let call = rust.call(&args);
    let (ret, body, field) = match which {
        Ctor::Init => (quote!(()), quote!(::krait_object::convert::IntoSlot::<()>::into_slot(#call)), Ident::new("init", span)),
        Ctor::New => (quote!(::krait_object::obj::Obj), result_of(&rust, call), Ident::new("new", span)),
        Ctor::Call => (quote!(::krait_object::obj::Obj), result_of(&rust, call), Ident::new("call", span)),
    };
    let name = format_ident!("__slot_{}", field);
    let (cfgs, quiet) = (cfgs(&f.attrs), quiet());
    let item = quote! {
        #(#cfgs)* #quiet
        fn #name(vm: &::krait_object::vm::Vm, zelf: #first_type, __args: ::krait_object::args::Args<'_>)
            -> ::krait_object::error::PyResult<#ret> { #code #body }
    };
    if which != Ctor::Call && opts.show && !class.nosig {
        let is_init = which == Ctor::Init;
        let better = parts.signature.as_ref().is_none_or(|(_, old_is_init)| is_init || !old_is_init);
        if let (true, Some(line)) = (better, opts.signature.text(None)) {
            parts.signature = Some((line, is_init));
        }
    }
    add_slot(parts, Slot { field, value: quote!(#name), item })
}

/// Constructors always get `Args`; the kind only says how they are taken apart.
fn entry_for(opts: &FnOpts) -> Entry {
    let sig = &opts.signature;
    if sig.params.is_empty() {
        Entry::NoArgs
    } else if sig.positional_only() {
        Entry::Fast
    } else {
        Entry::Full
    }
}

/// `#[getter]`, `#[setter]`, `#[member]`, `#[member_setter]`.
fn accessor(f: &ItemFn, opts: Opts, member: bool, setter: bool, class: &ClassOpts, parts: &mut Parts) -> Result<()> {
    let span = f.sig.ident.span();
    let rust_name = plain_name(&f.sig.ident);
    let default = match (setter, rust_name.strip_prefix("set_")) {
        (true, Some(rest)) => rest.to_owned(),
        _ => rust_name.clone(),
    };
    let mut opts = opts;
    let doc = opts.string("doc")?.or_else(|| doc_text(&f.attrs));
    let name = attr_name(opts, default)?;
    let mut rust = RustFn::of(f)?;
    let first = first_operand(&mut rust, Owner::Instance, class.operand.as_ref())?;
    let mut args: Vec<TokenStream> = first.arg.into_iter().collect();
    let adapter = format_ident!("__{}_{}", if setter { "set" } else { "get" }, rust_name);
    let (cfgs, quiet) = (cfgs(&f.attrs), quiet());
    let item = if setter {
        let [(_, ty)] = rust.params.as_slice() else {
            return Err(Error::new(span, "a setter takes one value: `Option<Ref<'_>>`, `None` deletes"));
        };
        if !is_path_to(ty, "Option") {
            return Err(Error::new(ty.span(), "a setter's value is `Option<Ref<'_>>`; `None` deletes"));
        }
        args.push(quote!(__value));
        let call = rust.call(&args);
        quote! {
            #(#cfgs)* #quiet
            fn #adapter(vm: &::krait_object::vm::Vm, zelf: ::krait_object::obj::Ref<'_>,
                __value: ::core::option::Option<::krait_object::obj::Ref<'_>>) -> ::krait_object::error::PyResult<()> {
                ::krait_object::convert::IntoSlot::<()>::into_slot(#call)
            }
        }
    } else {
        if !rust.params.is_empty() {
            return Err(Error::new(span, "a getter takes only the instance"));
        }
        let call = rust.call(&args);
        let result = result_of(&rust, call);
        quote! {
            #(#cfgs)* #quiet
            fn #adapter(vm: &::krait_object::vm::Vm, zelf: ::krait_object::obj::Ref<'_>)
                -> ::krait_object::error::PyResult<::krait_object::obj::Obj> { #result }
        }
    };
    parts.items.push(item);
    let i = match parts.accessors.iter().position(|a| a.name == name && a.member == member && same(&a.cfgs, &cfgs)) {
        Some(i) => i,
        None => {
            parts.accessors.push(Accessor { name, member, cfgs, get: None, set: None, doc: None, span });
            parts.accessors.len() - 1
        }
    };
    let acc = &mut parts.accessors[i];
    let place = if setter { &mut acc.set } else { &mut acc.get };
    if place.is_some() {
        return Err(Error::new(span, format!("`{}` is declared twice", acc.name)));
    }
    *place = Some(adapter);
    if !setter || acc.doc.is_none() {
        acc.doc = doc.or(acc.doc.take());
    }
    Ok(())
}

fn same(a: &[Attribute], b: &[Attribute]) -> bool {
    quote!(#(#a)*).to_string() == quote!(#(#b)*).to_string()
}

fn option(id: Option<&Ident>) -> TokenStream {
    match id {
        Some(i) => quote!(::core::option::Option::Some(#i)),
        None => quote!(::core::option::Option::None),
    }
}

fn accessor_defs(parts: &Parts) -> Result<(Vec<TokenStream>, Vec<TokenStream>)> {
    let (mut getset, mut members) = (Vec::new(), Vec::new());
    for a in &parts.accessors {
        let (name, cfgs, set, doc) = (&a.name, &a.cfgs, option(a.set.as_ref()), doc_expr(a.doc.as_deref()));
        if a.member {
            let Some(get) = &a.get else { return Err(Error::new(a.span, "a member needs a getter")) };
            members.push(quote! {
                #(#cfgs)* ::krait_object::native::MemberDef { name: #name, get: #get, set: #set, doc: #doc }
            });
        } else {
            let get = option(a.get.as_ref());
            getset.push(quote! {
                #(#cfgs)* ::krait_object::native::GetSetDef { name: #name, get: #get, set: #set, doc: #doc }
            });
        }
    }
    Ok((getset, members))
}

fn generate(class: &ClassOpts, mut parts: Parts) -> Result<TokenStream> {
    let layout = &class.layout;
    let quiet = quiet();
    let (getset, members) = accessor_defs(&parts)?;
    let mut items = std::mem::take(&mut parts.items);
    let mut slot_fields = Vec::new();
    let (mut traverse, mut clear, mut dealloc) = (None, None, class.dealloc.as_ref().map(|d| quote!(#d)));
    for s in std::mem::take(&mut parts.slots) {
        let (field, value) = (&s.field, &s.value);
        items.push(s.item.clone());
        match field.to_string().as_str() {
            "traverse" => traverse = Some(value.clone()),
            "clear" => clear = Some(value.clone()),
            "dealloc" => dealloc = Some(value.clone()),
            _ => slot_fields.push(quote_spanned!(field.span()=> #field: ::core::option::Option::Some(#value))),
        }
    }
    if class.unhashable {
        slot_fields.push(quote!(hash: ::core::option::Option::Some(::krait_object::unpack::hash_not_implemented)));
        class_attr(&mut parts, "__hash__", quote!(()), &[]);
    }
    if class.variable {
        for (part, given) in [("dealloc", dealloc.is_some()), ("traverse", class.no_gc || traverse.is_some())] {
            if !given {
                let msg = format!("a class with `itemsize` needs its own `#[slot({part})]` on raw pointers");
                return Err(Error::new(class.span, msg));
            }
        }
    } else if class.no_gc {
        // Instances of subclasses have attributes to show.
        traverse.get_or_insert(quote!(::krait_object::instance::traverse_instance));
        clear.get_or_insert(quote!(::krait_object::instance::clear_instance));
    } else {
        // SAFETY (of the generated code): the collector passes live instances of the class, whose
        // layout has a fixed size.
        if traverse.is_none() {
            items.push(quote! {
                #quiet
                unsafe fn __mem_traverse(p: *const ::krait_object::header::Header, v: &mut ::krait_object::gc::Visitor<'_>) {
                    unsafe {
                        ::krait_object::gc::Trace::trace(&*(p as *const #layout), v);
                        ::krait_object::instance::traverse_attrs(p, 0, v);
                    }
                }
            });
            traverse = Some(quote!(__mem_traverse));
            if clear.is_none() {
                items.push(quote! {
                    #quiet
                    unsafe fn __mem_clear(_: &::krait_object::vm::Vm, p: *const ::krait_object::header::Header) {
                        // SAFETY: the slot's contract: an object of the layout, which has a fixed size.
                        unsafe {
                            ::krait_object::gc::Trace::unlink(&*(p as *const #layout));
                            ::krait_object::instance::clear_attrs(p, 0);
                        }
                    }
                });
                clear = Some(quote!(__mem_clear));
            }
        }
    }
    if class.own {
        // SAFETY (of the generated code): the author of `own` promises a repr(C) struct that
        // begins with a header; objects of the type are only made with this layout.
        items.push(quote! {
            unsafe impl ::krait_object::obj::Layout for #layout {
                #[inline(always)]
                fn type_of(vm: &::krait_object::vm::Vm) -> &::krait_object::ty::PyType { vm.native_type(&DEF) }
            }
        });
    }
    let attrs = if parts.attrs.is_empty() {
        quote!(::core::option::Option::None)
    } else {
        let statements = &parts.attrs;
        items.push(quote! {
            #quiet
            fn __py_class_attrs(vm: &::krait_object::vm::Vm, __dict: &::krait_object::dict::PyDict)
                -> ::krait_object::error::PyResult<()> { #(#statements)* ::core::result::Result::Ok(()) }
        });
        quote!(::core::option::Option::Some(__py_class_attrs))
    };
    let opt = |t: Option<TokenStream>| match t {
        Some(t) => quote!(::core::option::Option::Some(#t)),
        None => quote!(::core::option::Option::None),
    };
    let (traverse, clear) = (opt(traverse), opt(clear));
    let dealloc = dealloc.unwrap_or_else(|| quote!(::krait_object::ty::dealloc_fixed::<#layout>));
    let table = opt(class.table.as_ref().map(|t| quote!(|t| t.#t)));
    let doc = with_signature(parts.signature.as_ref().map(|s| s.0.as_str()), class.doc.as_deref());
    let doc = doc_expr(doc.as_deref());
    let (name, module, base, itemsize) = (&class.name, &class.module, &class.base, &class.itemsize);
    let flags = class.flags.iter().fold(quote!(::krait_object::ty::TypeFlags::NONE), |acc, f| quote!(#acc.or(#f)));
    let methods = &parts.methods;
    Ok(quote! {
        #(#items)*
        /// The class's declaration.
        #[allow(clippy::needless_update, reason = "generated")]
        pub static DEF: ::krait_object::ty::TypeDef = ::krait_object::ty::TypeDef {
            name: #name,
            module: #module,
            doc: #doc,
            base: #base,
            basicsize: ::core::mem::size_of::<#layout>(),
            itemsize: #itemsize,
            flags: #flags,
            dealloc: #dealloc,
            traverse: #traverse,
            clear: #clear,
            slots: ::krait_object::slots::SlotDefs { #(#slot_fields,)* ..::krait_object::slots::SlotDefs::EMPTY },
            methods: &[#(#methods),*],
            getset: &[#(#getset),*],
            members: &[#(#members),*],
            attrs: #attrs,
            table: #table,
            index: ::krait_object::ty::TypeIndex::new(),
        };
    })
}
