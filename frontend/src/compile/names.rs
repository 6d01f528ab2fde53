//! Reading, writing and deleting names.

use ruff_python_ast::Expr;

use super::ir::{Reg, is_temp};
use super::{Compiler, R};
use crate::bytecode::Op;
use crate::code::Const;
use crate::symtable::{Name, Place, ScopeKind, mangle, sym};

/// How a name is reached from the code being emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ref {
    /// In a register.
    Local(Reg),
    /// In the cell in a register.
    Cell(Reg),
    /// In a closure cell.
    Free(u32),
    /// Class body: in the namespace, else in a closure cell.
    DictOrFree(u32),
    /// Annotation scope in a class: in the class namespace (a closure cell), else a closure cell.
    ClassDictOrFree(u32, u32),
    /// In the globals or builtins.
    Global,
    /// Annotation scope in a class: in the class namespace (a closure cell), else global.
    ClassDictOrGlobal(u32),
    /// In the frame's namespace, else global.
    Name,
}

impl<'a> Compiler<'a> {
    /// Mangles a name for the current class.
    pub(super) fn mangle(&self, name: &str) -> Name {
        if !name.starts_with("__") || self.u.class.is_none() {
            return name.into();
        }
        if let Some(names) = &self.scope().mangled_names
            && !names.iter().any(|n| &**n == name)
        {
            return name.into();
        }
        mangle(self.u.class.as_deref(), name)
    }

    /// Finds a (mangled) name.
    pub(super) fn resolve(&mut self, name: &Name) -> Ref {
        let mut from_comp = false;
        for frame in self.u.comps.iter().rev() {
            let scope = &self.table.scopes[frame.scope];
            match scope.place(name) {
                Place::Local => {
                    if let Some(r) = frame.vars.get(name) {
                        return Ref::Local(*r);
                    }
                }
                Place::Cell => {
                    if let Some(r) = frame.vars.get(name) {
                        return Ref::Cell(*r);
                    }
                }
                Place::Free => from_comp = true,
                Place::GlobalExplicit => return Ref::Global,
                // `exec` and `eval` may run module-level code with locals of its own.
                Place::GlobalImplicit if self.scope().kind == ScopeKind::Module => return Ref::Name,
                Place::GlobalImplicit => return Ref::Global,
            }
        }
        let scope = self.scope();
        let symbol = scope.get(name);
        let place = symbol.map_or(Place::GlobalImplicit, |s| s.place);
        let kind = scope.kind;
        let classdict = if scope.can_see_class_scope { self.free_index("__classdict__") } else { None };
        if from_comp && kind == ScopeKind::Class {
            return match self.free_index(name) {
                Some(i) => Ref::Free(i),
                None => Ref::Cell(self.u.local(name)),
            };
        }
        match place {
            Place::Local if kind.is_function_like() => Ref::Local(self.u.local(name)),
            Place::Local => Ref::Name,
            Place::Cell => Ref::Cell(self.u.local(name)),
            Place::Free => {
                let i = self.free_index(name).unwrap_or(0);
                if kind == ScopeKind::Class {
                    Ref::DictOrFree(i)
                } else {
                    match classdict {
                        Some(d) if &**name != "__classdict__" => Ref::ClassDictOrFree(d, i),
                        _ => Ref::Free(i),
                    }
                }
            }
            Place::GlobalExplicit => Ref::Global,
            Place::GlobalImplicit if kind.is_function_like() => match classdict {
                Some(d) => Ref::ClassDictOrGlobal(d),
                None => Ref::Global,
            },
            Place::GlobalImplicit => Ref::Name,
        }
    }

    fn free_index(&self, name: &str) -> Option<u32> {
        self.u.freevars.binary_search_by(|n| (**n).cmp(name)).ok().map(|i| i as u32)
    }

    /// Loads a name; a local is its own register.
    pub(super) fn load_name(&mut self, name: &str, want: Option<Reg>) -> R<Reg> {
        let name = self.mangle(name);
        self.load_mangled(&name, want)
    }

    pub(super) fn load_mangled(&mut self, name: &Name, want: Option<Reg>) -> R<Reg> {
        let at = self.resolve(name);
        if let Ref::Local(r) = at {
            self.check_bound(r);
            return Ok(match want {
                Some(d) => {
                    self.u.emit_flags(Op::MOVE, 0, d, r, 0);
                    d
                }
                None => r,
            });
        }
        let mark = self.u.top;
        let d = self.dst(want, mark);
        match at {
            Ref::Local(_) => {}
            Ref::Cell(c) => self.u.emit_flags(Op::LOAD_CELL, 0, d, c, 0),
            Ref::Free(i) => self.u.emit_flags(Op::LOAD_FREE, 0, d, i, 0),
            Ref::DictOrFree(i) => {
                let t = self.u.temp();
                self.u.emit_flags(Op::LOAD_LOCALS, 0, t, 0, 0);
                self.u.emit(Op::LOAD_DICT_OR_FREE, d, t, i);
            }
            Ref::ClassDictOrFree(dict, i) => {
                let t = self.u.temp();
                self.u.emit_flags(Op::LOAD_FREE, 0, t, dict, 0);
                self.u.emit(Op::LOAD_DICT_OR_FREE, d, t, i);
            }
            Ref::Global => self.u.emit_name(Op::LOAD_GLOBAL, d, 0, name),
            Ref::ClassDictOrGlobal(dict) => {
                let t = self.u.temp();
                self.u.emit_flags(Op::LOAD_FREE, 0, t, dict, 0);
                self.u.emit_name(Op::LOAD_DICT_OR_GLOBAL, d, t, name);
            }
            Ref::Name => self.u.emit_name(Op::LOAD_NAME, d, 0, name),
        }
        self.u.top = mark.max(if want.is_none() { d + 1 } else { mark });
        Ok(d)
    }

    /// Emits a check that a local is bound; the ones that always pass are removed later.
    pub(super) fn check_bound(&mut self, r: Reg) {
        self.u.emit_flags(Op::CHECK_BOUND, 0, r, 0, 0);
    }

    /// Stores a register (consumed if a temporary) in a name.
    pub(super) fn store_name(&mut self, name: &str, src: Reg) -> R {
        let name = self.mangle(name);
        self.store_mangled(&name, src);
        Ok(())
    }

    pub(super) fn store_mangled(&mut self, name: &Name, src: Reg) {
        match self.resolve(name) {
            Ref::Local(r) => self.u.mov(r, src),
            Ref::Cell(c) => self.u.emit(Op::STORE_CELL, c, src, 0),
            Ref::Free(i) | Ref::DictOrFree(i) | Ref::ClassDictOrFree(_, i) => {
                self.u.emit(Op::STORE_FREE, i, src, 0);
            }
            Ref::Global | Ref::ClassDictOrGlobal(_) => {
                self.u.emit_name(Op::STORE_GLOBAL, src, 0, name);
            }
            Ref::Name => self.u.emit_name(Op::STORE_NAME, src, 0, name),
        }
    }

    /// Deletes a name.
    pub(super) fn delete_name(&mut self, name: &str) -> R {
        let name = self.mangle(name);
        match self.resolve(&name) {
            Ref::Local(r) => self.u.emit_flags(Op::DELETE_LOCAL, 0, r, 0, 0),
            Ref::Cell(c) => {
                self.u.emit_flags(Op::DELETE_CELL, 0, c, 0, 0);
            }
            Ref::Free(i) | Ref::DictOrFree(i) | Ref::ClassDictOrFree(_, i) => {
                self.u.emit_flags(Op::DELETE_FREE, 0, i, 0, 0);
            }
            Ref::Global | Ref::ClassDictOrGlobal(_) => {
                self.u.emit_name(Op::DELETE_GLOBAL, 0, 0, &name);
            }
            Ref::Name => self.u.emit_name(Op::DELETE_NAME, 0, 0, &name),
        }
        Ok(())
    }

    /// The register of a name that is a plain local, without loading it.
    pub(super) fn plain_local(&mut self, name: &str) -> Option<Reg> {
        let name = self.mangle(name);
        match self.resolve(&name) {
            Ref::Local(r) => Some(r),
            _ => None,
        }
    }

    /// End of `except ... as name`: the name is set to None and deleted, whatever became of it.
    pub(super) fn unbind_exception(&mut self, name: &str) -> R {
        if let Some(r) = self.plain_local(name) {
            self.u.clear(r);
            return Ok(());
        }
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.load_const(t, Const::None);
        self.store_name(name, t)?;
        self.u.top = mark;
        self.delete_name(name)
    }

    /// A local operand is read when its instruction runs. If an assignment expression evaluated
    /// before that may rebind it, the value has to be saved.
    pub(super) fn protect<'e>(&mut self, r: Reg, later: impl IntoIterator<Item = &'e Expr>) -> Reg {
        if is_temp(r) || !self.has_walrus() || !later.into_iter().any(contains_named) {
            return r;
        }
        let t = self.u.temp();
        self.u.emit_flags(Op::MOVE, 0, t, r, 0);
        t
    }

    fn has_walrus(&self) -> bool {
        self.scope().symbols.values().any(|s| s.flags & sym::WALRUS != 0)
    }
}

/// Whether an assignment expression occurs in an expression (lambdas aside).
pub fn contains_named(e: &Expr) -> bool {
    use ruff_python_ast::visitor::{Visitor, walk_expr};
    struct Find(bool);
    impl<'a> Visitor<'a> for Find {
        fn visit_expr(&mut self, e: &'a Expr) {
            match e {
                Expr::Named(_) => self.0 = true,
                Expr::Lambda(_) => {}
                _ if self.0 => {}
                _ => stacker::maybe_grow(super::RED_ZONE, super::SEGMENT, || walk_expr(self, e)),
            }
        }
    }
    let mut f = Find(false);
    f.visit_expr(e);
    f.0
}
