//! Parsing of attribute arguments: one optional leading string, then flags, `key = value` pairs
//! and `key(list)` groups.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Lit, LitStr, Meta, Result, Token, parenthesized};

/// One argument after the leading string.
pub struct Opt {
    pub key: Ident,
    pub value: OptValue,
}

pub enum OptValue {
    Flag,
    Value(Expr),
    List(Punctuated<Expr, Token![,]>),
}

impl Parse for Opt {
    fn parse(input: ParseStream<'_>) -> Result<Opt> {
        let key = Ident::parse_any(input)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            OptValue::Value(parse_value(input)?)
        } else if input.peek(syn::token::Paren) {
            let inner;
            parenthesized!(inner in input);
            OptValue::List(Punctuated::parse_terminated(&inner)?)
        } else {
            OptValue::Flag
        };
        Ok(Opt { key, value })
    }
}

/// An expression; a lone keyword (`table = type`) counts as a raw identifier.
fn parse_value(input: ParseStream<'_>) -> Result<Expr> {
    let fork = input.fork();
    if Ident::parse_any(&fork).is_ok() && (fork.is_empty() || fork.peek(Token![,])) {
        let id = Ident::parse_any(input)?;
        let id = match id.to_string().as_str() {
            "type" | "yield" | "match" | "struct" => Ident::new_raw(&id.to_string(), id.span()),
            _ => id,
        };
        return Ok(syn::parse_quote_spanned!(id.span()=> #id));
    }
    input.parse()
}

/// The arguments of an attribute.
pub struct Opts {
    pub text: Option<LitStr>,
    pub opts: Vec<Opt>,
    pub span: Span,
}

impl Opts {
    pub fn parse(tokens: TokenStream, span: Span) -> Result<Opts> {
        let parser = |input: ParseStream<'_>| {
            let mut text = None;
            if input.peek(LitStr) {
                text = Some(input.parse::<LitStr>()?);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            let opts = Punctuated::<Opt, Token![,]>::parse_terminated(input)?;
            Ok(Opts { text, opts: opts.into_iter().collect(), span })
        };
        parser.parse2(tokens)
    }
    pub fn of(attr: &Attribute) -> Result<Opts> {
        match &attr.meta {
            Meta::Path(p) => Ok(Opts { text: None, opts: Vec::new(), span: p.span() }),
            Meta::List(l) => Opts::parse(l.tokens.clone(), l.span()),
            Meta::NameValue(nv) => Err(Error::new(nv.span(), "write the arguments in parentheses")),
        }
    }
    fn take(&mut self, key: &str) -> Option<Opt> {
        let i = self.opts.iter().position(|o| o.key == key)?;
        Some(self.opts.remove(i))
    }
    pub fn flag(&mut self, key: &str) -> Result<bool> {
        match self.take(key) {
            None => Ok(false),
            Some(Opt { value: OptValue::Flag, .. }) => Ok(true),
            Some(o) => Err(Error::new(o.key.span(), format!("`{key}` takes no value"))),
        }
    }
    pub fn value(&mut self, key: &str) -> Result<Option<Expr>> {
        match self.take(key) {
            None => Ok(None),
            Some(Opt { value: OptValue::Value(e), .. }) => Ok(Some(e)),
            Some(o) => Err(Error::new(o.key.span(), format!("write `{key} = ...`"))),
        }
    }
    /// A key that may stand alone or have a value.
    pub fn flag_or_value(&mut self, key: &str) -> Result<Option<Option<Expr>>> {
        match self.take(key) {
            None => Ok(None),
            Some(Opt { value: OptValue::Flag, .. }) => Ok(Some(None)),
            Some(Opt { value: OptValue::Value(e), .. }) => Ok(Some(Some(e))),
            Some(o) => Err(Error::new(o.key.span(), format!("write `{key}` or `{key} = ...`"))),
        }
    }
    /// `key(a, b)` or `key = [a, b]`.
    pub fn list(&mut self, key: &str) -> Result<Vec<Expr>> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Opt { value: OptValue::List(l), .. }) => Ok(l.into_iter().collect()),
            Some(Opt { value: OptValue::Value(Expr::Array(a)), .. }) => Ok(a.elems.into_iter().collect()),
            Some(o) => Err(Error::new(o.key.span(), format!("write `{key}(a, b)` or `{key} = [a, b]`"))),
        }
    }
    pub fn string(&mut self, key: &str) -> Result<Option<String>> {
        match self.value(key)? {
            None => Ok(None),
            Some(Expr::Lit(l)) if matches!(l.lit, Lit::Str(_)) => match l.lit {
                Lit::Str(s) => Ok(Some(s.value())),
                _ => unreachable!("matched above"),
            },
            Some(e) => Err(Error::new(e.span(), format!("`{key}` is a string literal"))),
        }
    }
    /// Complains about whatever was not asked for.
    pub fn finish(self) -> Result<()> {
        match self.opts.first() {
            None => Ok(()),
            Some(o) => Err(Error::new(o.key.span(), format!("unknown option `{}`", o.key))),
        }
    }
}

/// Removes and returns the attribute called `name`.
pub fn take_attr(attrs: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let i = attrs.iter().position(|a| a.path().is_ident(name))?;
    Some(attrs.remove(i))
}

/// The `#[cfg]` attributes, to be repeated on what is generated.
pub fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|a| a.path().is_ident("cfg")).cloned().collect()
}

/// The place of `span`, with names resolved where the attribute stands: generated names meet each
/// other also when the code comes out of a `macro_rules!` macro.
pub fn at(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}
