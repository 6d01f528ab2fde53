//! Changes of what compiled code takes for granted: names, builtins, classes, instances.

use super::{Gen, Scope, Ty};
use crate::program::{Stmt, block, line};

impl Gen {
    /// Breaks an assumption at some iteration, in place or in a function called.
    pub fn break_assumption(&mut self, s: &mut Scope) -> Stmt {
        let change = self.change(s);
        let cond = match &s.counter {
            Some(c) if self.rng.percent(70) => format!("{c} == {}", self.rng.within(2, 70)),
            _ => self.rare(s),
        };
        let change = if self.rng.percent(25) { self.hidden(&change) } else { change };
        block(format!("if {cond}:"), vec![line(change)])
    }

    /// The same change made where the recorder does not see it.
    fn hidden(&mut self, change: &str) -> String {
        let quoted = change.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        match self.rng.below(2) {
            0 => format!("exec(\"{quoted}\")"),
            _ => format!("list(map(exec, [\"{quoted}\"]))"),
        }
    }

    fn change(&mut self, s: &Scope) -> String {
        let object = s.vars.iter().find_map(|(n, t)| if let Ty::Obj(c) = t { Some((n.clone(), *c)) } else { None });
        let class = (!self.classes.is_empty()).then(|| self.classes[self.rng.below(self.classes.len())].clone());
        match self.rng.below(14) {
            0 | 1 if !self.globals.is_empty() => {
                let (g, ty) = self.globals[self.rng.below(self.globals.len())].clone();
                let ty = if self.rng.percent(70) { ty } else { self.scalar() };
                format!("globals()['{g}'] = {}", self.literal(ty))
            }
            2 => "globals()['cap'] = lambda n: n if isinstance(n, (int, float)) and abs(n) < 1 << 60 else 23".into(),
            3 => "builtins.len = (lambda real: lambda x: real(x) + 1)(len)".into(),
            4 => "globals()['abs'] = lambda n: 5".into(),
            5 => "globals()['deep'] = lambda n: n * 2".into(),
            6 | 7 => match class {
                Some(c) if !c.methods.is_empty() => {
                    let m = &c.methods[self.rng.below(c.methods.len())];
                    format!("{}.{m} = lambda self, x=1: {}", c.name, self.literal(Ty::Int))
                }
                _ => "globals().pop('abs', None)".into(),
            },
            8 => match class {
                Some(c) if !c.attrs.is_empty() && !c.slots => {
                    let a = &c.attrs[self.rng.below(c.attrs.len())];
                    match self.rng.below(3) {
                        0 => format!("{}.{a} = {}", c.name, self.literal(Ty::Int)),
                        1 => format!("{}.{a} = property(lambda self: 11, lambda self, v: None)", c.name),
                        _ => format!("{}.__getattribute__ = lambda self, n: object.__getattribute__(self, n)", c.name),
                    }
                }
                _ => "globals()['varied'] = lambda a, *r, **k: a".into(),
            },
            9 | 10 => match object {
                Some((o, c)) => {
                    let all: Vec<String> = self.classes.iter().map(|c| c.name.clone()).collect();
                    let attr = self.classes.get(c).and_then(|c| c.attrs.first().cloned()).unwrap_or_else(|| "z".into());
                    match self.rng.below(5) {
                        0 => format!("{o}.__class__ = {}", all[self.rng.below(all.len())]),
                        1 => format!("{o}.added = 4"),
                        2 => format!("{o}.__dict__['{attr}'] = {}", self.literal(Ty::Int)),
                        3 => format!("{o}.__dict__ = {{'{attr}': 3}}"),
                        _ => format!("{o}.{attr} = {}", self.literal(Ty::Str)),
                    }
                }
                None => "globals()['pairs'] = lambda n: [(1, 2)]".into(),
            },
            11 => match class {
                Some(c) => format!("{}.__add__ = lambda self, other: 9", c.name),
                None => "math.sqrt = lambda x: x".into(),
            },
            12 => match class {
                Some(c) => format!("{}.__len__ = lambda self: 3", c.name),
                None => "Mortal.__del__ = lambda self: None".into(),
            },
            _ => match self.funcs.first() {
                Some(f) => format!("{}.__{}__ = {}", f.name, "defaults", "(1, 2, 3, 4, 5, 6)"),
                None => "adder.__defaults__ = (1,)".into(),
            },
        }
    }
}
