//! Loops, with their `break`, `continue` and `else`.

use super::{Gen, Scope, Ty};
use crate::program::{Clause, Stmt, block, clause, line};

/// No loop body runs more often than this in one call of its function.
const MOST: usize = 1500;

impl Gen {
    /// A loop of some kind.
    pub fn any_loop(&mut self, s: &mut Scope) -> Stmt {
        let most = (MOST / s.weight.max(1)).max(2);
        let times = if s.loops == 0 { self.rng.within(3, 120).min(most) } else { self.rng.within(1, 14).min(most) };
        let mut inner = s.clone();
        inner.loops += 1;
        inner.weight = s.weight * times;
        inner.counter = None;
        self.peak = self.peak.max(inner.weight);
        let mut clauses = if self.rng.percent(22) { self.while_loop(s, &mut inner, times) } else { self.for_loop(s, &mut inner, times) };
        if self.rng.percent(15) {
            let mut after = s.clone();
            let body = self.few_statements(&mut after, 1);
            clauses.push(clause("else:", body));
        }
        // Variables first assigned in the loop may be unbound after it.
        match clauses.first().map(|c| c.head.clone()) {
            Some(head) if head.starts_with("while ") => {
                let counter = inner.counter.clone().unwrap_or_default();
                block("if True:", vec![line(format!("{counter} = 0")), Stmt::Compound(clauses)])
            }
            _ => Stmt::Compound(clauses),
        }
    }

    fn while_loop(&mut self, s: &Scope, inner: &mut Scope, times: usize) -> Vec<Clause> {
        let n = self.name("w");
        inner.vars.push((n.clone(), Ty::Int));
        inner.fixed.push(n.clone());
        inner.counter = Some(n.clone());
        let mut body = vec![line(format!("{n} += 1"))];
        let head = match self.rng.below(3) {
            0 => {
                body.push(block(format!("if {n} >= {times}:"), vec![line("break")]));
                "while True:".to_owned()
            }
            1 => format!("while {n} < {times} and {}:", self.condition(s, 1)),
            _ => format!("while {n} < {times}:"),
        };
        body.extend(self.body(inner));
        vec![clause(head, body)]
    }

    fn for_loop(&mut self, s: &Scope, inner: &mut Scope, times: usize) -> Vec<Clause> {
        let i = self.name("i");
        let second = self.name("i");
        let counts = |inner: &mut Scope, i: &str| {
            inner.vars.push((i.to_owned(), Ty::Int));
            inner.counter = Some(i.to_owned());
        };
        let head = match self.rng.below(22) {
            0..8 => {
                counts(inner, &i);
                let range = match self.rng.below(6) {
                    0 => format!("range(1, {}, 2)", times * 2),
                    1 => format!("range({times}, 0, -1)"),
                    2 => format!("range({}, {})", self.rng.within(0, 3), times),
                    _ => format!("range({times})"),
                };
                format!("for {i} in {range}:")
            }
            8..10 => {
                counts(inner, &i);
                format!("for {i} in list(range({times})):")
            }
            10 => {
                counts(inner, &i);
                inner.vars.push((second.clone(), Ty::Int));
                format!("for {i}, {second} in enumerate({}):", self.times_list(s, times))
            }
            11 => {
                counts(inner, &i);
                inner.vars.push((second.clone(), Ty::Int));
                format!("for {i}, {second} in zip(range({times}), {} * {times}):", self.expr(s, Ty::List, 1))
            }
            12 => {
                inner.vars.push((i.clone(), Ty::Str));
                format!("for {i} in ({} * {times})[:{times}]:", self.expr(s, Ty::Str, 1))
            }
            13 => {
                counts(inner, &i);
                inner.vars.push((second.clone(), Ty::Int));
                format!("for {i}, {second} in {{k: k * k for k in range({times})}}.items():")
            }
            14 => {
                counts(inner, &i);
                inner.vars.push((second.clone(), Ty::Int));
                format!("for {i}, {second} in pairs({times}):")
            }
            15 => {
                inner.vars.push((i.clone(), Ty::Int));
                format!("for {i} in tuple({}):", self.times_list(s, times))
            }
            16 => {
                counts(inner, &i);
                format!("for {i} in {}(range({times})):", self.rng.pick(&["reversed", "sorted", "set", "iter"]))
            }
            17 => {
                inner.vars.push((i.clone(), Ty::Int));
                format!("for {i} in map(lambda x: x * 2 + {}, range({times})):", self.literal(Ty::Int))
            }
            18 => {
                counts(inner, &i);
                format!("for {i} in {}({times}):", self.rng.pick(&["Sequence", "Countdown", "echo"]))
            }
            19 => {
                inner.vars.push((i.clone(), Ty::Int));
                format!("for {i} in (x ^ {} for x in range({times})):", self.literal(Ty::Int))
            }
            20 => {
                // Mixed types: the loop's variable changes its type midway.
                inner.vars.push((i.clone(), Ty::Int));
                let odd = self.scalar();
                let v = self.literal(odd);
                let half = times / 2;
                format!("for {i} in [*range({half}), {v}, *range({half})]:")
            }
            _ => {
                inner.vars.push((i.clone(), Ty::Int));
                format!("for {i} in {}:", self.times_list(s, times))
            }
        };
        let body = self.body(inner);
        vec![clause(head, body)]
    }

    /// A list expression of so many items.
    fn times_list(&mut self, s: &Scope, times: usize) -> String {
        format!("({} * {times})[:{times}]", self.expr(s, Ty::List, 1))
    }

    fn body(&mut self, inner: &mut Scope) -> Vec<Stmt> {
        let n = self.rng.within(1, if inner.loops > 2 { 2 } else { 6 });
        let mut body = self.few_statements(inner, n);
        if self.rng.percent(25) {
            let cond = self.rare(inner);
            let how = match self.rng.below(5) {
                0 | 1 => "break".to_owned(),
                2 | 3 => "continue".to_owned(),
                _ if inner.function && !inner.generator => format!("return {}", self.expr(inner, Ty::Int, 1)),
                _ => "continue".to_owned(),
            };
            let at = self.rng.below(body.len() + 1);
            body.insert(at, block(format!("if {cond}:"), vec![line(how)]));
        }
        body
    }

    /// A condition that holds now and then, or once.
    pub fn rare(&mut self, s: &Scope) -> String {
        match &s.counter {
            Some(c) => {
                let c = c.clone();
                match self.rng.below(4) {
                    0 => format!("{c} == {}", self.rng.within(1, 40)),
                    1 => format!("{c} > {}", self.rng.within(3, 60)),
                    _ => format!("{c} % {} == {}", self.rng.within(2, 13), self.rng.below(3)),
                }
            }
            None => self.condition(s, 2),
        }
    }
}
