//! Import statements.

use ruff_python_ast as ast;

use super::ir::{Reg, TEMP};
use super::{Compiler, R};
use crate::bytecode::Op;
use crate::code::Const;
use crate::parse::future;
use crate::parse::source::span;
use crate::symtable::ScopeKind;

impl<'a> Compiler<'a> {
    /// Imports a module into `dst`.
    fn import_name(&mut self, dst: Reg, level: i64, names: Const, module: &str) {
        let mark = self.u.top;
        let window = self.u.temps(2);
        self.u.load_const(window, Const::Int(level));
        self.u.load_const(window + 1, names);
        self.u.emit_name(Op::IMPORT_NAME, dst, window, module);
        self.u.top = mark;
    }

    pub(super) fn import(&mut self, i: &'a ast::StmtImport) -> R {
        let mark = self.u.top;
        for a in &i.names {
            self.u.span = span(i);
            let module = a.name.as_str();
            let t = self.u.temp();
            self.import_name(t, 0, Const::None, module);
            match &a.asname {
                Some(name) => {
                    // `import a.b.c as d` fetches the submodules one by one.
                    for part in module.split('.').skip(1) {
                        self.u.emit_name(Op::IMPORT_FROM, t, t, part);
                    }
                    self.store_name(name.as_str(), t)?;
                }
                None => {
                    let first = module.split('.').next().unwrap_or(module);
                    self.store_name(first, t)?;
                }
            }
            self.u.top = mark;
        }
        Ok(())
    }

    pub(super) fn import_from(&mut self, i: &'a ast::StmtImportFrom) -> R {
        let mark = self.u.top;
        if future::is_future(i) && span(i).start >= self.future_limit {
            return self.err(span(i), "from __future__ imports must occur at the beginning of the file");
        }
        let module = i.module.as_ref().map_or("", |m| m.as_str());
        let names: Vec<Const> = i.names.iter().map(|a| Const::Str(a.name.as_str().into())).collect();
        let t = self.u.temp();
        self.import_name(t, i64::from(i.level), Const::Tuple(names.into()), module);
        for (n, a) in i.names.iter().enumerate() {
            if a.name.as_str() == "*" {
                if self.scope().kind != ScopeKind::Module {
                    return self.err(span(i), "import * only allowed at module level");
                }
                self.u.emit(Op::IMPORT_STAR, t, 0, 0);
                self.u.top = mark;
                return Ok(());
            }
            let inner = self.u.top;
            let v = self.u.temp();
            let last = n + 1 == i.names.len();
            if last {
                self.u.emit_name(Op::IMPORT_FROM, v, t, a.name.as_str());
            } else {
                let k = self.u.name_index(a.name.as_str());
                self.u.push_borrowing(Op::IMPORT_FROM, v, t, 0, Some(k));
            }
            let name = a.asname.as_ref().unwrap_or(&a.name);
            self.store_name(name.as_str(), v)?;
            self.u.top = inner;
        }
        debug_assert!(mark >= TEMP);
        self.u.top = mark;
        Ok(())
    }
}
