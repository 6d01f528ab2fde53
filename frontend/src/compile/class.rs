//! Classes.

use ruff_python_ast as ast;

use super::call::unpacks;
use super::function::FuncParts;
use super::ir::Reg;
use super::{Compiler, R};
use crate::bytecode::{Intrinsic1, Op};
use crate::code::{CodeUnit, Const};
use crate::parse::source::{Span, span};
use crate::symtable::{Name, Part, generic_name};

impl<'a> Compiler<'a> {
    pub(super) fn class_def(&mut self, c: &'a ast::StmtClassDef) -> R {
        let mark = self.u.top;
        let s = self.def_span(span(c), &c.decorator_list);
        let first_line = match c.decorator_list.first() {
            Some(d) => self.source.line(span(&d.expression).start),
            None => self.source.line(s.start),
        };
        let windows = self.decorators(&c.decorator_list)?;
        let want = match windows.last() {
            Some(w) => {
                self.u.top = w + 2;
                self.u.temp();
                w + 2
            }
            None => self.u.temp(),
        };
        let mut r = want;
        self.u.span = s;
        match &c.type_params {
            None => self.class_object(c, s, first_line, None, want)?,
            Some(tp) => self.generic_class(c, tp, s, first_line, want)?,
        }
        if !windows.is_empty() {
            r = self.apply_decorators(&c.decorator_list, &windows);
        }
        self.u.span = s;
        self.store_name(c.name.as_str(), r)?;
        self.u.top = mark;
        Ok(())
    }

    /// Calls `__build_class__` into `dst`. `generic` is the register of the `Generic[...]` base.
    fn class_object(&mut self, c: &'a ast::StmtClassDef, s: Span, first_line: u32, generic: Option<&Name>, dst: Reg) -> R {
        let mark = self.u.top;
        let id = self.scope_id(c, Part::Body, s)?;
        let base = self.u.temps(2);
        self.u.emit_flags(Op::LOAD_BUILD_CLASS, 0, base, 0, 0);
        let code = self.class_body(c, id, first_line, generic.is_some())?;
        self.u.span = s;
        let f = self.u.temp();
        self.make_function(code, id, FuncParts::default(), f + 1, Some(f));
        self.u.top = f + 1;
        let name = self.u.temp();
        self.u.load_const(name, Const::Str(c.name.as_str().into()));
        let Some(args) = c.arguments.as_deref() else {
            let mut n = 2;
            if let Some(g) = generic {
                let t = self.u.temp();
                self.load_mangled(g, Some(t))?;
                n += 1;
            }
            self.u.emit_ext(Op::CALL, 0, base, n, dst, 0);
            self.u.top = mark;
            return Ok(());
        };
        if unpacks(args) {
            self.call_ex(base, &[f, name], args, s, generic)?;
            let mapping = u32::from(!args.keywords.is_empty());
            self.u.span = s;
            self.u.emit(Op::CALL_EX, base, mapping, dst);
            self.u.top = mark;
            return Ok(());
        }
        let mut n = 2;
        for b in &*args.args {
            let t = self.u.temp();
            self.expr_into(b, t)?;
            n += 1;
        }
        if let Some(g) = generic {
            let t = self.u.temp();
            self.load_mangled(g, Some(t))?;
            n += 1;
        }
        for k in &args.keywords {
            let t = self.u.temp();
            self.expr_into(&k.value, t)?;
        }
        self.u.span = s;
        self.emit_call(base, n, &args.keywords, 0, dst);
        self.u.top = mark;
        Ok(())
    }

    fn generic_class(&mut self, c: &'a ast::StmtClassDef, tp: &'a ast::TypeParams, s: Span, first_line: u32, dst: Reg) -> R {
        let id = self.scope_id(tp, Part::TypeParams, s)?;
        let outer_class = self.u.class.clone();
        self.u.class = Some(c.name.as_str().into());
        self.enter_unit(id, generic_name(c.name.as_str()), first_line);
        self.begin_unit(s);
        let params = self.type_param_tuple(tp)?;
        self.store_mangled(&".type_params".into(), params);
        let t = self.load_mangled(&".type_params".into(), None)?;
        let base = self.u.temp();
        self.u.emit(Op::INTRINSIC_1, base, t, Intrinsic1::SubscriptGeneric as u32);
        let generic: Name = ".generic_base".into();
        self.store_mangled(&generic, base);
        let r = self.u.temp();
        self.class_object(c, s, first_line, Some(&generic), r)?;
        self.u.emit(Op::RETURN, r, 0, 0);
        let code = self.leave_unit()?;
        self.u.class = outer_class;
        let mark = self.u.top;
        let window = self.u.temps(2);
        self.u.span = s;
        self.make_function(code, id, FuncParts::default(), window + 2, Some(window));
        self.call_window(window, 0, dst);
        self.u.top = mark;
        Ok(())
    }

    fn class_body(&mut self, c: &'a ast::StmtClassDef, id: usize, first_line: u32, generic: bool) -> R<CodeUnit> {
        self.enter_unit(id, c.name.as_str().into(), first_line);
        self.u.class = Some(c.name.as_str().into());
        self.u.class_body = Some(&c.body);
        let start = self.line_span(first_line);
        self.begin_unit(start);
        let mark = self.u.top;
        let t = self.load_name("__name__", None)?;
        self.store_name("__module__", t)?;
        let qualname = self.u.qualname.clone();
        self.store_const("__qualname__", Const::Str(qualname.into()))?;
        self.store_const("__firstlineno__", Const::Int(i64::from(first_line)))?;
        if generic {
            let t = self.load_mangled(&".type_params".into(), None)?;
            self.store_name("__type_params__", t)?;
            self.u.top = mark;
        }
        let scope = self.scope();
        if scope.needs_classdict {
            let t = self.u.temp();
            self.u.emit_flags(Op::LOAD_LOCALS, 0, t, 0, 0);
            let cell = self.u.local(&"__classdict__".into());
            self.u.emit(Op::STORE_CELL, cell, t, 0);
            self.u.top = mark;
        }
        if scope.has_conditional_annotations {
            self.empty_conditional_annotations()?;
        }
        self.class_statements(c)?;
        self.u.span = start;
        self.class_annotate(c)?;
        let mut attrs = self.u.static_attributes.clone();
        attrs.sort();
        let attrs: Vec<Const> = attrs.iter().map(|a| Const::Str((&**a).into())).collect();
        self.store_const("__static_attributes__", Const::Tuple(attrs.into()))?;
        self.class_cells()?;
        self.leave_unit()
    }

    fn class_statements(&mut self, c: &'a ast::StmtClassDef) -> R {
        if self.future_annotations() && self.scope().annotations_used {
            self.u.emit_flags(Op::SETUP_ANNOTATIONS, 0, 0, 0, 0);
        }
        let mut body = &c.body[..];
        if let Some((doc, rest, s)) = self.docstring(body) {
            body = rest;
            if let Some(doc) = doc {
                self.u.span = s;
                self.store_const("__doc__", Const::Str(doc))?;
            }
        }
        self.stmts(body)
    }

    pub(super) fn store_const(&mut self, name: &str, c: Const) -> R {
        let mark = self.u.top;
        let t = self.u.temp();
        self.u.load_const(t, c);
        self.store_name(name, t)?;
        self.u.top = mark;
        Ok(())
    }

    /// The end of a class body: hands out the cells that the class object will fill.
    fn class_cells(&mut self) -> R {
        let scope = self.scope();
        let t = self.u.temps(2);
        if scope.needs_classdict {
            let cell = self.u.local(&"__classdict__".into());
            self.u.emit_flags(Op::MOVE, 0, t, cell, 0);
            self.store_name("__classdictcell__", t)?;
        }
        if scope.needs_class_closure {
            let cell = self.u.local(&"__class__".into());
            self.u.emit_flags(Op::MOVE, 0, t, cell, 0);
            self.u.emit_flags(Op::MOVE, 0, t + 1, t, 0);
            self.store_name("__classcell__", t + 1)?;
            self.u.emit(Op::RETURN, t, 0, 0);
        } else {
            let k = self.u.constant(Const::None);
            self.u.emit_flags(Op::RETURN_CONST, 0, 0, k, 0);
        }
        Ok(())
    }
}
