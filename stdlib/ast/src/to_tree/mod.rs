//! `ast` objects as a tree the compiler takes.
//!
//! The compiler's nodes refer to the source text by offset. There is no text here, so one is made
//! up of blanks: its lines are as long as the positions of the nodes need, and an offset in it
//! gives back the line and column that the node was given.

mod expr;
mod lines;
mod pattern;
mod stmt;
mod strings;

use krait_frontend::{Ast, CompileOptions, Mode};
use krait_object::error::Raised;
use krait_object::prelude::*;
use ruff_python_ast as ast;
use ruff_python_ast::AtomicNodeIndex;
use ruff_text_size::TextRange;

use crate::classes::{Classes, classes};
use crate::node::PyAst;
use lines::Lines;

/// A conversion under way.
pub(crate) struct Build<'a> {
    pub vm: &'a Vm,
    pub classes: &'static Classes,
    pub lines: Lines,
}

/// No index.
#[expect(clippy::declare_interior_mutable_const, reason = "every use makes an index of its own")]
pub(crate) const NO_INDEX: AtomicNodeIndex = AtomicNodeIndex::NONE;

/// Converts a node of the kind that the mode wants. `None` if the object is no `ast.AST`.
pub fn to_tree(vm: &Vm, root: Ref<'_>, mode: Mode, _options: &CompileOptions) -> PyResult<Option<Ast>> {
    if root.downcast::<PyAst>(vm).is_none() {
        return Ok(None);
    }
    let classes = classes(vm)?;
    let want = match mode {
        Mode::Exec => "Module",
        Mode::Eval => "Expression",
        Mode::Single => "Interactive",
        Mode::FuncType => "FunctionType",
    };
    if !vm.isinstance(root, classes.get(vm, want)?.r())? {
        return Err(vm.type_error(format!("expected {want} node, got {}", root.ty(vm).name_lossy())));
    }
    let b = Build { vm, classes, lines: Lines::of(vm, root)? };
    let tree = match mode {
        Mode::Exec | Mode::Single => {
            let body = b.body(root, "body", want)?;
            ast::Mod::Module(ast::ModModule { node_index: NO_INDEX, range: b.lines.whole(), body })
        }
        Mode::Eval | Mode::FuncType => {
            let body = Box::new(b.expr_field(root, "body", want)?);
            ast::Mod::Expression(ast::ModExpression { node_index: NO_INDEX, range: b.lines.whole(), body })
        }
    };
    Ok(Some(Ast::from_tree(tree, b.lines.text(), mode)))
}

impl Build<'_> {
    /// A field that must be there.
    pub fn field(&self, node: Ref<'_>, name: &str, class: &str) -> PyResult<Obj> {
        match self.vm.getattr_opt(node, &self.vm.intern(name))? {
            Some(v) => Ok(v),
            None => Err(self.vm.type_error(format!("required field \"{name}\" missing from {class}"))),
        }
    }
    /// A field that may be missing or None.
    pub fn opt_field(&self, node: Ref<'_>, name: &str) -> PyResult<Option<Obj>> {
        Ok(self.vm.getattr_opt(node, &self.vm.intern(name))?.filter(|v| !v.r().is_none()))
    }
    /// The items of a list field; missing ones are empty.
    pub fn items(&self, node: Ref<'_>, name: &str, class: &str) -> PyResult<Vec<Obj>> {
        let Some(v) = self.vm.getattr_opt(node, &self.vm.intern(name))? else { return Ok(Vec::new()) };
        match v.r().downcast::<PyList>(self.vm) {
            Some(l) => Ok(l.to_vec()),
            None => {
                let got = v.r().ty(self.vm).name_lossy();
                Err(self.vm.type_error(format!("{class} field \"{name}\" must be a list, not a {got}")))
            }
        }
    }
    pub fn list<T>(&self, node: Ref<'_>, name: &str, class: &str, f: impl Fn(Ref<'_>) -> PyResult<T>) -> PyResult<Vec<T>> {
        self.items(node, name, class)?.iter().map(|o| f(o.r())).collect()
    }
    /// The class of a node, as the grammar names it: that of the nearest class made from it.
    pub fn class_of(&self, node: Ref<'_>, sum: &'static str) -> PyResult<&'static str> {
        let ty = node.ty(self.vm);
        if ty.is_subtype(self.classes.get(self.vm, sum)?) {
            let mro: Vec<*const PyType> = match ty.mro_ref() {
                Some(m) => m.as_slice().iter().map(|t| t.value().header_ptr() as *const PyType).collect(),
                None => Vec::new(),
            };
            let all = self.classes.all();
            for t in mro {
                if let Some((name, _)) = all.iter().find(|(n, c)| std::ptr::eq(*c, t) && *n != sum) {
                    return Ok(name);
                }
            }
        }
        Err(self.unexpected(node, sum))
    }
    #[cold]
    pub fn unexpected(&self, node: Ref<'_>, sum: &str) -> Raised {
        match self.vm.repr_text(node) {
            Ok(r) => self.vm.type_error(format!("expected some sort of {sum}, but got {r}")),
            Err(e) => e,
        }
    }
    pub fn value_error<T>(&self, text: &str) -> PyResult<T> {
        Err(self.vm.value_error(text))
    }
    /// The place of a node.
    pub fn range(&self, node: Ref<'_>, sum: &str) -> PyResult<TextRange> {
        for name in ["lineno", "col_offset"] {
            self.field(node, name, sum)?;
        }
        self.lines.range(self.vm, node)
    }
    /// An identifier; `None`, `True` and `False` are refused.
    pub fn ident(&self, v: Ref<'_>, at: TextRange) -> PyResult<ast::Identifier> {
        let Some(s) = v.downcast::<PyStr>(self.vm) else {
            return Err(self.vm.type_error("AST identifier must be of type str"));
        };
        let text = s.to_utf8(self.vm)?;
        if matches!(text, "None" | "True" | "False") {
            return self.value_error(&format!("identifier field can't represent '{text}' constant"));
        }
        Ok(ast::Identifier { id: ast::name::Name::new(text), range: at, node_index: NO_INDEX })
    }
    pub fn ident_field(&self, node: Ref<'_>, name: &str, class: &str, at: TextRange) -> PyResult<ast::Identifier> {
        self.ident(self.field(node, name, class)?.r(), at)
    }
    pub fn opt_ident(&self, node: Ref<'_>, name: &str, at: TextRange) -> PyResult<Option<ast::Identifier>> {
        self.opt_field(node, name)?.map(|v| self.ident(v.r(), at)).transpose()
    }
    pub fn int_field(&self, node: Ref<'_>, name: &str, class: &str) -> PyResult<i64> {
        self.int(self.field(node, name, class)?.r())
    }
    pub fn int(&self, v: Ref<'_>) -> PyResult<i64> {
        match v.as_int(self.vm).and_then(IntRef::to_i64) {
            Some(i) => Ok(i),
            None => Err(self.vm.value_error(format!("invalid integer value: {}", self.vm.repr_text(v)?))),
        }
    }
}
