//! First pass over the tree: records what every block defines and uses.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::{CompKind, Name, Part, Place, Scope, ScopeId, ScopeKind, Symbol, SymbolTable, address};
use super::{mangle, sym};
use crate::errors::{ErrorKind, SyntaxError};
use crate::options::CompileOptions;
use crate::parse::source::{Source, Span, span};

pub(super) type R<T = ()> = Result<T, Box<SyntaxError>>;

/// Nesting of the syntax tree beyond which compilation gives up.
const MAX_DEPTH: u32 = 20_000;
/// Native stack left before a new segment is started, and the size of one.
const RED_ZONE: usize = 256 * 1024;
const SEGMENT: usize = 4 * 1024 * 1024;

/// What the first pass found.
#[derive(Debug)]
pub struct Analysis {
    /// The symbol table.
    pub table: SymbolTable,
    /// Deepest nesting of the tree.
    pub depth: u32,
}

/// Walks a tree, resolving its names.
pub fn build(tree: &ast::Mod, source: &Source, options: &CompileOptions, future_annotations: bool) -> R<Analysis> {
    let mut b = Builder {
        table: SymbolTable::default(),
        source,
        cur: 0,
        class: None,
        future_annotations,
        top_level_await: options.allow_top_level_await,
        depth: 0,
        deepest: 0,
        directives: Vec::new(),
        in_conditional: false,
        in_unevaluated: false,
        comp_iter_expr: 0,
        in_comp_target: false,
    };
    b.new_scope(ScopeKind::Module, "top".into(), None);
    match tree {
        ast::Mod::Module(m) => b.stmts(&m.body)?,
        ast::Mod::Expression(e) => b.expr(&e.body)?,
    }
    b.analyze()?;
    Ok(Analysis { table: b.table, depth: b.deepest })
}

/// State of the first pass.
pub(super) struct Builder<'a> {
    pub(super) table: SymbolTable,
    pub(super) source: &'a Source,
    pub(super) cur: ScopeId,
    /// Class whose private names are being mangled.
    pub(super) class: Option<Name>,
    pub(super) future_annotations: bool,
    pub(super) top_level_await: bool,
    depth: u32,
    deepest: u32,
    /// Where `global` and `nonlocal` named what, for errors found later.
    directives: Vec<(ScopeId, Name, Span)>,
    /// In an `if`, loop, `try`, `with` or `match` of the current block.
    pub(super) in_conditional: bool,
    /// In an annotation that is never evaluated: its names do not count.
    pub(super) in_unevaluated: bool,
    /// Depth of comprehension iterables around the current expression, in this comprehension.
    pub(super) comp_iter_expr: u32,
    /// In the target of a comprehension's `for`.
    pub(super) in_comp_target: bool,
}

impl Builder<'_> {
    pub(super) fn error<T>(&self, s: Span, msg: impl Into<String>) -> R<T> {
        Err(self.source.error(ErrorKind::SyntaxError, s, msg))
    }

    pub(super) fn guard(&self, s: Span) -> R {
        if self.depth > MAX_DEPTH {
            return Err(self.source.error(ErrorKind::RecursionError, s, "maximum recursion depth exceeded during compilation"));
        }
        Ok(())
    }

    /// Runs `f` one level deeper, on a fresh native stack segment if need be.
    pub(super) fn deeper<T>(&mut self, s: Span, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.guard(s)?;
        let r = stacker::maybe_grow(RED_ZONE, SEGMENT, || f(self));
        self.depth -= 1;
        r
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        &mut self.table.scopes[self.cur]
    }

    pub(super) fn new_scope(&mut self, kind: ScopeKind, name: Name, parent: Option<ScopeId>) -> ScopeId {
        let id = self.table.scopes.len();
        let nested = parent.is_some_and(|p| {
            let p = &self.table.scopes[p];
            p.nested || p.kind.is_function_like()
        });
        // Blocks within the type parameters' scope see its private names as it does.
        let mangled_names = match parent {
            Some(p) if kind != ScopeKind::Class => self.table.scopes[p].mangled_names.clone(),
            _ => None,
        };
        self.table.scopes.push(Scope {
            kind,
            name,
            offset: 0,
            parent,
            children: Vec::new(),
            order: Vec::new(),
            symbols: FxHashMap::default(),
            params: Vec::new(),
            nested,
            generator: false,
            coroutine: false,
            comp: None,
            inlined: false,
            can_see_class_scope: false,
            needs_class_closure: false,
            needs_classdict: false,
            has_conditional_annotations: false,
            annotations_used: false,
            method: false,
            annotation_block: None,
            mangled_names,
            info: "",
        });
        id
    }

    /// Runs `f` in a new scope that belongs to `part` of `node`.
    pub(super) fn in_scope<N: Ranged, T>(
        &mut self,
        node: &N,
        part: Part,
        kind: ScopeKind,
        name: Name,
        f: impl FnOnce(&mut Self) -> R<T>,
    ) -> R<T> {
        let parent = self.cur;
        let id = self.new_scope(kind, name, Some(parent));
        self.table.scopes[parent].children.push(id);
        self.table.scopes[id].offset = node.start().to_u32();
        self.table.by_node.insert((address(node), part), id);
        self.enter(id, f)
    }

    /// Runs `f` in an existing scope.
    pub(super) fn enter<T>(&mut self, id: ScopeId, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        let parent = std::mem::replace(&mut self.cur, id);
        let conditional = std::mem::replace(&mut self.in_conditional, false);
        // An assignment expression inside a scope of an iterable is still in the iterable.
        let iter_expr = self.comp_iter_expr;
        let target = std::mem::replace(&mut self.in_comp_target, false);
        let r = f(self);
        self.cur = parent;
        self.in_conditional = conditional;
        self.comp_iter_expr = iter_expr;
        self.in_comp_target = target;
        r
    }

    /// `async for` and `async with` make a module a coroutine, as `await` does.
    fn top_level_async(&mut self, is_async: bool) {
        if is_async && self.scope().kind == ScopeKind::Module {
            self.scope().coroutine = true;
        }
    }

    pub(super) fn mangle(&self, name: &str) -> Name {
        // In a class's type parameter scope only the type parameters themselves are private.
        if let Some(names) = &self.table.scopes[self.cur].mangled_names
            && !names.iter().any(|n| &**n == name)
        {
            return name.into();
        }
        mangle(self.class.as_deref(), name)
    }

    /// Records `flags` for a name in the current scope.
    pub(super) fn add(&mut self, name: &str, flags: u16, s: Span) -> R {
        let name = self.mangle(name);
        self.add_in(self.cur, name, flags, s)
    }

    pub(super) fn add_in(&mut self, id: ScopeId, name: Name, flags: u16, s: Span) -> R {
        if self.in_unevaluated {
            return Ok(());
        }
        let comp_target = self.in_comp_target && id == self.cur;
        let mut flags = flags;
        let old = self.table.scopes[id].symbols.get(&name).map(|s| s.flags);
        if let Some(old) = old {
            if flags & sym::PARAM != 0 && old & sym::PARAM != 0 {
                return self.error(s, format!("duplicate argument '{name}' in function definition"));
            }
            if flags & sym::TYPE_PARAM != 0 && old & sym::TYPE_PARAM != 0 {
                return self.error(s, format!("duplicate type parameter '{name}'"));
            }
        }
        if comp_target && flags & sym::LOCAL != 0 {
            if old.unwrap_or(0) & (sym::GLOBAL | sym::NONLOCAL) != 0 {
                return self.error(s, format!("comprehension inner loop cannot rebind assignment expression target '{name}'"));
            }
            flags |= sym::COMP_ITER;
        }
        let scope = &mut self.table.scopes[id];
        if flags & sym::PARAM != 0 {
            scope.params.push(name.clone());
        }
        match scope.symbols.get_mut(&name) {
            Some(sym) => sym.flags |= flags,
            None => {
                scope.order.push(name.clone());
                scope.symbols.insert(name.clone(), Symbol { flags, place: Place::GlobalImplicit });
            }
        }
        // A `global` in a nested block makes it global at module level too.
        if flags & sym::GLOBAL != 0 && id != 0 {
            let module = &mut self.table.scopes[0];
            match module.symbols.get_mut(&name) {
                Some(sym) => sym.flags |= sym::GLOBAL,
                None => {
                    module.order.push(name.clone());
                    module.symbols.insert(name, Symbol { flags: sym::GLOBAL, place: Place::GlobalImplicit });
                }
            }
        }
        Ok(())
    }

    pub(super) fn directive_error(&self, id: ScopeId, name: &str, msg: String) -> Box<SyntaxError> {
        let s = self.directives.iter().find(|(i, n, _)| *i == id && &**n == name).map_or(Span::NONE, |d| d.2);
        self.source.error(ErrorKind::SyntaxError, s, msg)
    }

    pub(super) fn stmts(&mut self, body: &[Stmt]) -> R {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn conditional(&mut self, body: &[Stmt]) -> R {
        let saved = std::mem::replace(&mut self.in_conditional, true);
        let r = self.stmts(body);
        self.in_conditional = saved;
        r
    }

    pub(super) fn opt(&mut self, e: Option<&Expr>) -> R {
        e.map_or(Ok(()), |e| self.expr(e))
    }

    fn stmt(&mut self, s: &Stmt) -> R {
        self.deeper(span(s), |b| b.stmt_inner(s))
    }

    fn stmt_inner(&mut self, s: &Stmt) -> R {
        match s {
            Stmt::FunctionDef(f) => self.function_def(f),
            Stmt::ClassDef(c) => self.class_def(c),
            Stmt::TypeAlias(t) => self.type_alias(t),
            Stmt::Return(r) => self.opt(r.value.as_deref()),
            Stmt::Delete(d) => d.targets.iter().try_for_each(|e| self.expr(e)),
            Stmt::Assign(a) => {
                a.targets.iter().try_for_each(|e| self.expr(e))?;
                self.expr(&a.value)
            }
            Stmt::AugAssign(a) => {
                self.expr(&a.target)?;
                self.expr(&a.value)
            }
            Stmt::AnnAssign(a) => self.ann_assign(a),
            Stmt::For(f) => {
                self.top_level_async(f.is_async);
                self.expr(&f.target)?;
                self.expr(&f.iter)?;
                self.conditional(&f.body)?;
                self.conditional(&f.orelse)
            }
            Stmt::While(w) => {
                self.expr(&w.test)?;
                self.conditional(&w.body)?;
                self.conditional(&w.orelse)
            }
            Stmt::If(i) => {
                self.expr(&i.test)?;
                self.conditional(&i.body)?;
                for c in &i.elif_else_clauses {
                    self.opt(c.test.as_ref())?;
                    self.conditional(&c.body)?;
                }
                Ok(())
            }
            Stmt::With(w) => {
                self.top_level_async(w.is_async);
                for item in &w.items {
                    self.expr(&item.context_expr)?;
                    self.opt(item.optional_vars.as_deref())?;
                }
                self.conditional(&w.body)
            }
            Stmt::Match(m) => {
                self.expr(&m.subject)?;
                for case in &m.cases {
                    self.pattern(&case.pattern)?;
                    self.opt(case.guard.as_deref())?;
                    self.conditional(&case.body)?;
                }
                Ok(())
            }
            Stmt::Raise(r) => {
                self.opt(r.exc.as_deref())?;
                self.opt(r.cause.as_deref())
            }
            Stmt::Try(t) => {
                self.conditional(&t.body)?;
                for ast::ExceptHandler::ExceptHandler(h) in &t.handlers {
                    self.opt(h.type_.as_deref())?;
                    if let Some(name) = &h.name {
                        self.check_name(name.as_str(), span(h), true)?;
                        self.add(name.as_str(), sym::LOCAL, span(h))?;
                    }
                    self.conditional(&h.body)?;
                }
                self.conditional(&t.orelse)?;
                self.conditional(&t.finalbody)
            }
            Stmt::Assert(a) => {
                self.expr(&a.test)?;
                self.opt(a.msg.as_deref())
            }
            Stmt::Import(i) => i.names.iter().try_for_each(|a| self.alias(a)),
            Stmt::ImportFrom(i) => i.names.iter().try_for_each(|a| self.alias(a)),
            Stmt::Global(g) => self.directive(&g.names, sym::GLOBAL, span(g)),
            Stmt::Nonlocal(n) => self.directive(&n.names, sym::NONLOCAL, span(n)),
            Stmt::Expr(e) => self.expr(&e.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => Ok(()),
        }
    }

    fn alias(&mut self, a: &ast::Alias) -> R {
        let full = a.asname.as_ref().unwrap_or(&a.name).as_str();
        if full == "*" {
            if self.table.scopes[self.cur].kind != ScopeKind::Module {
                return self.error(span(a), "import * only allowed at module level");
            }
            return Ok(());
        }
        let name = full.split('.').next().unwrap_or(full);
        self.check_name(name, span(a), true)?;
        self.add(name, sym::IMPORT, span(a))
    }

    fn directive(&mut self, names: &[ast::Identifier], flag: u16, s: Span) -> R {
        let word = if flag == sym::GLOBAL { "global" } else { "nonlocal" };
        for name in names {
            let mangled = self.mangle(name.as_str());
            let old = self.scope().get(&mangled).map_or(0, |s| s.flags);
            if old & (sym::PARAM | sym::LOCAL | sym::USE | sym::ANNOT | sym::TYPE_PARAM | sym::IMPORT) != 0 {
                let msg = if old & sym::PARAM != 0 {
                    format!("name '{mangled}' is parameter and {word}")
                } else if old & sym::USE != 0 {
                    format!("name '{mangled}' is used prior to {word} declaration")
                } else if old & sym::ANNOT != 0 {
                    format!("annotated name '{mangled}' can't be {word}")
                } else {
                    format!("name '{mangled}' is assigned to before {word} declaration")
                };
                return self.error(s, msg);
            }
            self.add(name.as_str(), flag, s)?;
            self.directives.push((self.cur, mangled, s));
        }
        Ok(())
    }

    fn function_def(&mut self, f: &ast::StmtFunctionDef) -> R {
        self.check_name(f.name.as_str(), span(f), true)?;
        self.add(f.name.as_str(), sym::LOCAL, span(f))?;
        self.defaults(&f.parameters)?;
        f.decorator_list.iter().try_for_each(|d| self.expr(&d.expression))?;
        match &f.type_params {
            None => self.function_rest(f),
            Some(tp) => {
                let (positional, keyword) = default_kinds(&f.parameters);
                let name = generic_name(f.name.as_str());
                self.type_param_scope(tp, name, false, None, |b| {
                    if positional {
                        b.add(".defaults", sym::PARAM, span(f))?;
                    }
                    if keyword {
                        b.add(".kwdefaults", sym::PARAM, span(f))?;
                    }
                    b.type_params(tp)?;
                    b.function_rest(f)
                })
            }
        }
    }

    fn function_rest(&mut self, f: &ast::StmtFunctionDef) -> R {
        self.function_annotations(f)?;
        let method =
            self.scope().kind == ScopeKind::Class || (self.scope().kind == ScopeKind::TypeParams && self.scope().can_see_class_scope);
        let name = Name::from(f.name.as_str());
        self.in_scope(f, Part::Body, ScopeKind::Function, name, |b| {
            b.scope().coroutine = f.is_async;
            b.scope().method = method;
            b.params(&f.parameters)?;
            b.stmts(&f.body)
        })
    }

    fn class_def(&mut self, c: &ast::StmtClassDef) -> R {
        self.check_name(c.name.as_str(), span(c), true)?;
        self.add(c.name.as_str(), sym::LOCAL, span(c))?;
        c.decorator_list.iter().try_for_each(|d| self.expr(&d.expression))?;
        match &c.type_params {
            None => self.class_rest(c, None),
            Some(tp) => {
                let name = generic_name(c.name.as_str());
                let outer_class = self.class.replace(c.name.as_str().into());
                let r = self.type_param_scope(tp, name, true, Some(tp), |b| {
                    b.add(".type_params", sym::LOCAL, span(c))?;
                    b.add(".type_params", sym::USE, span(c))?;
                    b.type_params(tp)?;
                    b.add(".generic_base", sym::LOCAL, span(c))?;
                    b.add(".generic_base", sym::USE, span(c))?;
                    b.class_rest(c, Some(()))
                });
                self.class = outer_class;
                r
            }
        }
    }

    fn class_rest(&mut self, c: &ast::StmtClassDef, generic: Option<()>) -> R {
        if let Some(args) = &c.arguments {
            args.args.iter().try_for_each(|e| self.expr(e))?;
            self.keywords(&args.keywords)?;
        }
        let outer_class = self.class.replace(c.name.as_str().into());
        let name = Name::from(c.name.as_str());
        let r = self.in_scope(c, Part::Body, ScopeKind::Class, name, |b| {
            if generic.is_some() {
                b.add("__type_params__", sym::LOCAL, span(c))?;
                b.add_in(b.cur, ".type_params".into(), sym::USE, span(c))?;
            }
            b.stmts(&c.body)
        });
        self.class = outer_class;
        r
    }

    pub(super) fn defaults(&mut self, p: &ast::Parameters) -> R {
        for param in p.iter_non_variadic_params() {
            self.opt(param.default.as_deref())?;
        }
        Ok(())
    }

    pub(super) fn params(&mut self, p: &ast::Parameters) -> R {
        for param in p
            .posonlyargs
            .iter()
            .chain(&p.args)
            .chain(&p.kwonlyargs)
            .map(|p| &p.parameter)
            .chain(p.vararg.as_deref())
            .chain(p.kwarg.as_deref())
        {
            self.check_name(param.name.as_str(), span(param), true)?;
            self.add(param.name.as_str(), sym::PARAM, span(param))?;
        }
        Ok(())
    }

    pub(super) fn comp_kind_of(e: &Expr) -> Option<CompKind> {
        Some(match e {
            Expr::ListComp(_) => CompKind::List,
            Expr::SetComp(_) => CompKind::Set,
            Expr::DictComp(_) => CompKind::Dict,
            Expr::Generator(_) => CompKind::Generator,
            _ => return None,
        })
    }
}

/// Whether there are positional and keyword-only defaults.
pub fn default_kinds(p: &ast::Parameters) -> (bool, bool) {
    (p.posonlyargs.iter().chain(&p.args).any(|p| p.default.is_some()), p.kwonlyargs.iter().any(|p| p.default.is_some()))
}

/// Name of the scope of something's type parameters.
pub fn generic_name(name: &str) -> Name {
    format!("<generic parameters of {name}>").into()
}
