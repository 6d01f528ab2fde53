//! Displays: tuples, lists, sets, dicts.

use ruff_python_ast as ast;
use ruff_python_ast::Expr;

use super::ir::{Reg, is_temp};
use super::{Compiler, R};
use crate::bytecode::Op;
use crate::code::Const;
use crate::marshal::const_key;
use crate::parse::source::{Span, span};

/// Longest display built from a window; longer ones are built item by item.
const MAX_WINDOW: usize = 30;
/// Shortest display of constants that is built from a constant.
const MIN_CONST: usize = 3;

fn is_starred(e: &Expr) -> bool {
    matches!(e, Expr::Starred(_))
}

impl<'a> Compiler<'a> {
    /// The constants of a list, if all items are.
    fn constants(&mut self, elts: &[Expr]) -> Option<Vec<Const>> {
        elts.iter().map(|e| self.constant(e)).collect()
    }

    /// A display after `in` or `for`: a list becomes a tuple, a set a frozenset.
    pub(super) fn constant_display(&mut self, e: &Expr) -> Option<Const> {
        match e {
            Expr::List(l) => Some(Const::Tuple(self.constants(&l.elts)?.into())),
            Expr::Set(s) => Some(frozenset(self.constants(&s.elts)?)),
            _ => None,
        }
    }

    /// Items in consecutive fresh registers.
    fn window(&mut self, elts: &'a [Expr]) -> R<Reg> {
        let base = self.u.top;
        for e in elts {
            let t = self.u.temp();
            self.expr_into(e, t)?;
        }
        Ok(base)
    }

    pub(super) fn tuple(&mut self, elts: &'a [Expr], s: Span, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        if elts.len() > MAX_WINDOW || elts.iter().any(is_starred) {
            let t = self.u.temp();
            self.star_list(t, 0, elts, s, false)?;
            let d = self.dst(want, mark);
            self.u.span = s;
            self.u.emit(Op::LIST_TO_TUPLE, d, t, 0);
            return Ok(d);
        }
        let base = self.window(elts)?;
        let d = self.dst(want, mark);
        self.u.span = s;
        self.u.emit(Op::BUILD_TUPLE, d, base, elts.len() as u32);
        Ok(d)
    }

    pub(super) fn list(&mut self, elts: &'a [Expr], s: Span, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        if elts.len() >= MIN_CONST
            && let Some(items) = self.constants(elts)
        {
            return Ok(self.build_from_constant((Op::BUILD_LIST, Op::LIST_EXTEND), Const::Tuple(items.into()), s, want));
        }
        if elts.len() > MAX_WINDOW || elts.iter().any(is_starred) {
            let t = match want {
                Some(d) if is_temp(d) => d,
                _ => self.u.temp(),
            };
            self.star_list(t, 0, elts, s, false)?;
            return Ok(self.settle(t, want, mark));
        }
        let base = self.window(elts)?;
        let d = self.dst(want, mark);
        self.u.span = s;
        self.u.emit(Op::BUILD_LIST, d, base, elts.len() as u32);
        Ok(d)
    }

    /// A result built in `t`, moved to where it is wanted.
    pub(super) fn settle(&mut self, t: Reg, want: Option<Reg>, mark: Reg) -> Reg {
        match want {
            Some(d) => {
                self.u.mov(d, t);
                self.u.top = mark;
                d
            }
            None => {
                self.u.top = t + 1;
                t
            }
        }
    }

    fn build_from_constant(&mut self, (build, extend): (Op, Op), c: Const, s: Span, want: Option<Reg>) -> Reg {
        let mark = self.u.top;
        self.u.span = s;
        let t = match want {
            Some(d) if is_temp(d) => d,
            _ => self.u.temp(),
        };
        self.u.emit(build, t, t, 0);
        let items = self.u.temp();
        self.u.load_const(items, c);
        self.u.emit(extend, t, items, 0);
        self.settle(t, want, mark)
    }

    /// Builds a list in `t`, of `n` leading registers at `t` and the items, starred ones unpacked.
    pub(super) fn star_list(&mut self, t: Reg, n: u32, elts: &'a [Expr], s: Span, call: bool) -> R {
        // Leading plain items come from a window.
        let lead = elts.iter().take_while(|e| !is_starred(e)).count().min(MAX_WINDOW);
        if n > 0 {
            for e in &elts[..lead] {
                let r = self.u.temp();
                self.expr_into(e, r)?;
            }
            self.u.span = s;
            self.u.emit(Op::BUILD_LIST, t, t, n + lead as u32);
        } else if lead == 0 {
            self.u.span = s;
            self.u.emit(Op::BUILD_LIST, t, t, 0);
        } else {
            let mark = self.u.top;
            let base = self.window(&elts[..lead])?;
            self.u.span = s;
            self.u.emit(Op::BUILD_LIST, t, base, lead as u32);
            self.u.top = mark;
        }
        if n > 0 {
            self.u.top = t + 1;
        }
        for e in &elts[lead..] {
            let mark = self.u.top;
            match e {
                Expr::Starred(star) => {
                    let v = self.expr(&star.value)?;
                    self.u.span = if call { s } else { span(e) };
                    self.u.emit(Op::LIST_EXTEND, t, v, u32::from(call));
                }
                e => {
                    let v = self.expr(e)?;
                    self.u.span = s;
                    self.u.emit(Op::LIST_APPEND, t, v, 0);
                }
            }
            self.u.top = mark;
        }
        Ok(())
    }

    pub(super) fn set(&mut self, set: &'a ast::ExprSet, want: Option<Reg>) -> R<Reg> {
        let (elts, s, mark) = (&set.elts, span(set), self.u.top);
        if elts.len() >= MIN_CONST
            && let Some(items) = self.constants(elts)
        {
            return Ok(self.build_from_constant((Op::BUILD_SET, Op::SET_UPDATE), frozenset(items), s, want));
        }
        if elts.len() <= MAX_WINDOW && !elts.iter().any(is_starred) {
            let base = self.window(elts)?;
            let d = self.dst(want, mark);
            self.u.span = s;
            self.u.emit(Op::BUILD_SET, d, base, elts.len() as u32);
            return Ok(d);
        }
        let t = match want {
            Some(d) if is_temp(d) => d,
            _ => self.u.temp(),
        };
        self.u.span = s;
        self.u.emit(Op::BUILD_SET, t, t, 0);
        for e in elts {
            let mark = self.u.top;
            let (op, e) = match e {
                Expr::Starred(star) => (Op::SET_UPDATE, &*star.value),
                e => (Op::SET_ADD, e),
            };
            let v = self.expr(e)?;
            self.u.span = s;
            self.u.emit(op, t, v, 0);
            self.u.top = mark;
        }
        Ok(self.settle(t, want, mark))
    }

    pub(super) fn dict(&mut self, d: &'a ast::ExprDict, s: Span, want: Option<Reg>) -> R<Reg> {
        let mark = self.u.top;
        let lead = d.items.iter().take_while(|i| i.key.is_some()).count().min(MAX_WINDOW / 2);
        let whole = lead == d.items.len();
        let t = match want {
            Some(d) if is_temp(d) || whole => d,
            _ => self.u.temp(),
        };
        let base = self.u.top;
        for item in &d.items[..lead] {
            if let Some(key) = &item.key {
                let k = self.u.temp();
                self.expr_into(key, k)?;
            }
            let v = self.u.temp();
            self.expr_into(&item.value, v)?;
        }
        self.u.top = base;
        self.u.span = s;
        self.u.emit(Op::BUILD_MAP, t, base, lead as u32);
        for item in &d.items[lead..] {
            let mark = self.u.top;
            match &item.key {
                Some(key) => {
                    let k = self.expr(key)?;
                    let k = self.protect(k, [&item.value]);
                    let v = self.expr(&item.value)?;
                    self.u.span = s;
                    self.u.emit(Op::MAP_ADD, t, k, v);
                }
                None => {
                    let v = self.expr(&item.value)?;
                    self.u.span = s;
                    self.u.emit(Op::DICT_UPDATE, t, v, 0);
                }
            }
            self.u.top = mark;
        }
        if want == Some(t) {
            self.u.top = mark;
            return Ok(t);
        }
        Ok(self.settle(t, want, mark))
    }
}

/// A frozenset constant: equal constants of one type appear once.
fn frozenset(items: Vec<Const>) -> Const {
    let mut seen = rustc_hash::FxHashSet::default();
    let items: Vec<Const> = items.into_iter().filter(|c| const_key(c).is_none_or(|k| seen.insert(k))).collect();
    Const::FrozenSet(items.into())
}
