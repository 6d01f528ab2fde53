//! The compiler's tree as `ast` objects.

mod expr;
mod pattern;
mod stmt;
mod strings;

use krait_frontend::parse::source::Source;
use krait_frontend::{Ast, CompileOptions, Mode, PyString};
use krait_object::instance::attrs_of;
use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use crate::classes::{Classes, classes};
use crate::node::PyAst;

/// A conversion under way.
pub(crate) struct Conv<'a> {
    pub vm: &'a Vm,
    pub classes: &'static Classes,
    pub source: &'a Source,
}

/// Converts a tree.
pub fn to_python(vm: &Vm, tree: &Ast, _options: &CompileOptions) -> PyResult<Obj> {
    let c = Conv { vm, classes: classes(vm)?, source: &tree.source };
    match (&tree.tree, tree.mode) {
        (ast::Mod::Module(m), Mode::Single) => {
            let body = c.body(&m.body)?;
            c.bare("Interactive", vec![("body", body)])
        }
        (ast::Mod::Module(m), _) => {
            let body = c.body(&m.body)?;
            c.bare("Module", vec![("body", body), ("type_ignores", vm.list(Vec::new()))])
        }
        (ast::Mod::Expression(e), Mode::FuncType) => c.function_type(&e.body),
        (ast::Mod::Expression(e), _) => {
            let body = c.expr(&e.body)?;
            c.bare("Expression", vec![("body", body)])
        }
    }
}

impl Conv<'_> {
    /// A node without a position.
    pub fn bare(&self, class: &'static str, fields: Vec<(&'static str, Obj)>) -> PyResult<Obj> {
        let node = PyAst::bare(self.vm, self.classes.get(self.vm, class)?)?;
        if let Some(attrs) = attrs_of(node.r()) {
            for (name, value) in fields {
                attrs.set(self.vm, &self.vm.intern(name), value)?;
            }
        }
        Ok(node)
    }
    /// A node at a place of the source.
    pub fn node(&self, class: &'static str, range: TextRange, mut fields: Vec<(&'static str, Obj)>) -> PyResult<Obj> {
        let (line, col) = self.source.line_col(range.start().to_u32());
        let (end_line, end_col) = self.source.line_col(range.end().to_u32());
        fields.extend([
            ("lineno", Obj::small(line.into())),
            ("col_offset", Obj::small(col.into())),
            ("end_lineno", Obj::small(end_line.into())),
            ("end_col_offset", Obj::small(end_col.into())),
        ]);
        self.bare(class, fields)
    }
    /// The shared instance of an operator or context.
    pub fn one(&self, name: &'static str) -> PyResult<Obj> {
        self.classes.singleton(self.vm, name)
    }
    pub fn list<T>(&self, items: &[T], f: impl Fn(&T) -> PyResult<Obj>) -> PyResult<Obj> {
        let mut out = Vec::with_capacity(items.len());
        for i in items {
            out.push(f(i)?);
        }
        Ok(self.vm.list(out))
    }
    pub fn opt<T: ?Sized>(&self, item: Option<&T>, f: impl Fn(&T) -> PyResult<Obj>) -> PyResult<Obj> {
        item.map_or_else(|| Ok(Obj::none()), f)
    }
    pub fn exprs(&self, items: &[ast::Expr]) -> PyResult<Obj> {
        self.list(items, |e| self.expr(e))
    }
    pub fn opt_expr(&self, e: Option<&ast::Expr>) -> PyResult<Obj> {
        self.opt(e, |e| self.expr(e))
    }
    pub fn body(&self, items: &[ast::Stmt]) -> PyResult<Obj> {
        self.vm.check_stack(" during ast construction")?;
        self.list(items, |s| self.stmt(s))
    }
    /// A name, interned.
    pub fn name(&self, s: &str) -> Obj {
        self.vm.intern(s).into_obj()
    }
    pub fn ident(&self, i: &ast::Identifier) -> Obj {
        self.name(i.id.as_str())
    }
    pub fn opt_ident(&self, i: Option<&ast::Identifier>) -> Obj {
        i.map_or_else(Obj::none, |i| self.ident(i))
    }
    /// A string value of the compiler's.
    pub fn text(&self, s: &PyString) -> Obj {
        match PyStr::from_wtf8(self.vm, s.as_bytes()) {
            Some(t) => t.into_obj(),
            None => self.vm.str(""),
        }
    }
    pub fn slice(&self, r: TextRange) -> &str {
        let text = self.source.text();
        text.get(r.start().to_usize()..r.end().to_usize()).unwrap_or("")
    }
    /// The place of the keyword that starts a decorated definition.
    pub fn after_decorators(&self, whole: TextRange, decorators: &[ast::Decorator]) -> TextRange {
        let Some(last) = decorators.last() else { return whole };
        let text = self.source.text().as_bytes();
        let mut i = last.range().end().to_usize();
        while let Some(c) = text.get(i) {
            match c {
                b' ' | b'\t' | b'\x0c' | b'\r' | b'\n' => i += 1,
                b'#' => {
                    while text.get(i).is_some_and(|c| *c != b'\n') {
                        i += 1;
                    }
                }
                b'\\' => i += 1,
                _ => break,
            }
        }
        TextRange::new((i as u32).into(), whole.end())
    }
    /// The tree of `(argtypes) -> returns`.
    fn function_type(&self, e: &ast::Expr) -> PyResult<Obj> {
        let (args, returns) = match e {
            ast::Expr::Tuple(t) if t.elts.len() == 2 => match &t.elts[0] {
                ast::Expr::Tuple(a) => (self.exprs(&a.elts)?, self.expr(&t.elts[1])?),
                one => (self.exprs(std::slice::from_ref(one))?, self.expr(&t.elts[1])?),
            },
            other => (self.vm.list(Vec::new()), self.expr(other)?),
        };
        self.bare("FunctionType", vec![("argtypes", args), ("returns", returns)])
    }
}
