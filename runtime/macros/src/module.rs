//! `#[pymodule]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Error, Expr, Item, ItemFn, ItemMod, ItemUse, Result, UseTree};

use crate::attrs::{Opts, cfgs, take_attr};
use crate::docs::{doc_expr, doc_text};
use crate::function::{FnOpts, Owner, RustFn, adapter, is_ref_to, method_def, plain_name, quiet};

#[derive(Default)]
struct Parts {
    methods: Vec<TokenStream>,
    classes: Vec<TokenStream>,
    /// Statements of the generated `exec`.
    attrs: Vec<TokenStream>,
    exec: Option<TokenStream>,
    items: Vec<TokenStream>,
}

pub fn expand(args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut module: ItemMod = syn::parse2(item)?;
    let mut opts = Opts::parse(args, module.ident.span())?;
    let given = opts.string("name")?;
    let name = match (&opts.text, given) {
        (Some(t), None) => t.value(),
        (None, Some(n)) => n,
        (None, None) => plain_name(&module.ident),
        (Some(t), Some(_)) => return Err(Error::new(t.span(), "the name is given twice")),
    };
    let doc = opts.string("doc")?.or_else(|| doc_text(&module.attrs));
    let mut parts = Parts::default();
    for class in opts.list("classes")? {
        let Expr::Path(p) = &class else { return Err(Error::new(class.span(), "expected the path of a class module")) };
        parts.classes.push(quote!(&#p::DEF));
    }
    opts.finish()?;
    let Some((_, items)) = &mut module.content else {
        return Err(Error::new(module.span(), "`#[pymodule]` needs an inline module: `mod name { ... }`"));
    };
    let mut kept = Vec::new();
    for mut item in std::mem::take(items) {
        if read_item(&mut item, &mut parts)? {
            kept.push(item);
        }
    }
    *items = kept;
    let generated = generate(&name, doc.as_deref(), parts);
    let (vis, ident, attrs) = (&module.vis, &module.ident, &module.attrs);
    let items = &*items;
    Ok(quote! {
        #(#attrs)*
        #vis mod #ident {
            #(#items)*
            #generated
        }
    })
}

/// Collects what `item` declares; `false` drops the item itself.
fn read_item(item: &mut Item, parts: &mut Parts) -> Result<bool> {
    match item {
        Item::Fn(f) => read_fn(f, parts)?,
        Item::Const(c) => {
            if let Some(a) = take_attr(&mut c.attrs, "pyattr") {
                let id = &c.ident;
                add_attr(parts, Opts::of(&a)?, &plain_name(id), quote!(#id), &c.attrs)?;
            }
        }
        Item::Static(c) => {
            if let Some(a) = take_attr(&mut c.attrs, "pyattr") {
                let id = &c.ident;
                add_attr(parts, Opts::of(&a)?, &plain_name(id), quote!(#id), &c.attrs)?;
            }
        }
        Item::Mod(m) if m.attrs.iter().any(|a| a.path().segments.last().is_some_and(|s| s.ident == "pyclass")) => {
            let (id, cfgs) = (&m.ident, cfgs(&m.attrs));
            if take_attr(&mut m.attrs, "pyhidden").is_none() {
                parts.classes.push(quote!(#(#cfgs)* &#id::DEF));
            }
        }
        Item::Use(u) => {
            if let Some(a) = take_attr(&mut u.attrs, "pyclass_ref") {
                Opts::of(&a)?.finish()?;
                return read_class_use(u, parts);
            }
        }
        _ => {}
    }
    Ok(true)
}

fn read_fn(f: &mut ItemFn, parts: &mut Parts) -> Result<()> {
    if let Some(a) = take_attr(&mut f.attrs, "pyfunction") {
        let opts = FnOpts::read(Opts::of(&a)?, f, Owner::Module, None)?;
        let ad = adapter(f, &opts, Owner::Module, None)?;
        let (def, extra) = method_def(f, &opts, Owner::Module, &ad)?;
        parts.methods.push(def);
        parts.items.push(ad.item);
        parts.items.push(extra);
    } else if let Some(a) = take_attr(&mut f.attrs, "pyattr") {
        let rust = RustFn::of(f)?;
        let args = match rust.params.as_slice() {
            [] => vec![],
            [(_, t)] if is_ref_to(t, "PyModule") => vec![quote!(__module)],
            _ => return Err(Error::new(rust.span(), "an attribute's function takes `vm` and perhaps `module: &PyModule`")),
        };
        let call = rust.call(&args);
        add_attr(parts, Opts::of(&a)?, &plain_name(&f.sig.ident), call, &f.attrs)?;
    } else if let Some(a) = take_attr(&mut f.attrs, "pyexec") {
        Opts::of(&a)?.finish()?;
        if parts.exec.is_some() {
            return Err(Error::new(f.sig.ident.span(), "a second `#[pyexec]`"));
        }
        let rust = RustFn::of(f)?;
        if rust.params.len() != 1 {
            return Err(Error::new(rust.span(), "write `fn exec(vm: &Vm, module: &PyModule) -> PyResult<()>`"));
        }
        parts.exec = Some(rust.call(&[quote!(__module)]));
    }
    Ok(())
}

fn add_attr(parts: &mut Parts, mut opts: Opts, name: &str, value: TokenStream, attrs: &[syn::Attribute]) -> Result<()> {
    let given = opts.string("name")?;
    let name = opts.text.as_ref().map(|t| t.value()).or(given).unwrap_or_else(|| name.to_owned());
    opts.finish()?;
    let cfgs = cfgs(attrs);
    parts.attrs.push(quote! {
        #(#cfgs)*
        {
            let __value = ::krait_object::convert::IntoPyResult::into_py_result(#value, vm)?;
            ::krait_object::unpack::set_module_attr(vm, __module, #name, __value)?;
        }
    });
    Ok(())
}

/// `use a::b;` names a class module; `use a::{b, c};` several; a path ending in `DEF` one itself.
fn read_class_use(u: &ItemUse, parts: &mut Parts) -> Result<bool> {
    fn walk(tree: &UseTree, prefix: TokenStream, out: &mut Vec<TokenStream>) -> Result<()> {
        match tree {
            UseTree::Path(p) => {
                let id = &p.ident;
                walk(&p.tree, quote!(#prefix #id::), out)
            }
            UseTree::Name(n) if n.ident == "DEF" => {
                out.push(quote!(&#prefix DEF));
                Ok(())
            }
            UseTree::Name(n) => {
                let id = &n.ident;
                out.push(quote!(&#prefix #id::DEF));
                Ok(())
            }
            UseTree::Rename(r) => {
                let id = &r.ident;
                out.push(quote!(&#prefix #id::DEF));
                Ok(())
            }
            UseTree::Group(g) => g.items.iter().try_for_each(|t| walk(t, prefix.clone(), out)),
            UseTree::Glob(g) => Err(Error::new(g.span(), "name the classes one by one")),
        }
    }
    let cfgs = cfgs(&u.attrs);
    let mut found = Vec::new();
    walk(&u.tree, quote!(), &mut found)?;
    parts.classes.extend(found.into_iter().map(|f| quote!(#(#cfgs)* #f)));
    Ok(false)
}

fn generate(name: &str, doc: Option<&str>, parts: Parts) -> TokenStream {
    let Parts { methods, classes, attrs, exec, items } = parts;
    let doc = doc_expr(doc);
    let quiet = quiet();
    let exec_name = format_ident!("__py_module_exec");
    let (exec_item, exec_expr) = if attrs.is_empty() && exec.is_none() {
        (quote!(), quote!(::core::option::Option::None))
    } else {
        let tail = exec.unwrap_or_else(|| quote!(::core::result::Result::Ok(())));
        let item = quote! {
            #quiet
            fn #exec_name(vm: &::krait_object::vm::Vm, __module: &::krait_object::module::PyModule)
                -> ::krait_object::error::PyResult<()> { #(#attrs)* #tail }
        };
        (item, quote!(::core::option::Option::Some(#exec_name)))
    };
    quote! {
        #(#items)*
        #exec_item
        /// The module's declaration.
        pub static DEF: ::krait_object::native::ModuleDef = ::krait_object::native::ModuleDef {
            name: #name,
            doc: #doc,
            functions: &[#(#methods),*],
            classes: &[#(#classes),*],
            exec: #exec_expr,
        };
    }
}
