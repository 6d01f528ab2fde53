//! Functions: parameters, recursion, closures, generators; each has a loop.

use super::{Func, Gen, Scope, Ty};
use crate::program::{Stmt, block, line};

impl Gen {
    /// A function; it is known to what is generated afterwards.
    pub fn function(&mut self) -> Stmt {
        if self.rng.percent(12) {
            return self.recursive();
        }
        let name = self.name("f");
        let (required, optional) = (self.rng.within(0, 3), self.rng.below(2));
        let generator = self.rng.percent(15);
        let mut scope = Scope { weight: 1, function: true, generator, ..Scope::default() };
        let mut params: Vec<String> = (0..required).map(|i| format!("p{i}")).collect();
        scope.vars.extend(params.iter().map(|p| (p.clone(), Ty::Int)));
        for i in 0..optional {
            let value = self.literal(Ty::Int);
            params.push(format!("o{i}={value}"));
            scope.vars.push((format!("o{i}"), Ty::Int));
        }
        self.room = self.rng.within(8, 34);
        let mut body = Vec::new();
        if self.rng.percent(25)
            && let Some((g, ty)) = self.globals.first().cloned()
        {
            body.push(line(format!("global {g}")));
            if !scope.vars.iter().any(|v| v.0 == g) {
                scope.vars.push((g, ty));
            }
        }
        body.extend(self.declarations(&mut scope));
        let mut cost = 5;
        for _ in 0..self.rng.within(1, 2) {
            self.peak = 1;
            let looping = self.any_loop(&mut scope);
            body.push(looping);
            cost += self.peak;
        }
        if self.rng.percent(30) {
            let inner = self.closure(&mut scope);
            body.extend(inner);
        }
        let result = self.digest_expr(&scope);
        let at = body.iter().take_while(|s| matches!(s, Stmt::Line(l) if l.starts_with("global "))).count();
        self.early_values(&mut body, at);
        body.push(line(if generator { format!("yield {result}") } else { format!("return {result}") }));
        self.funcs.push(Func { name: name.clone(), required, optional, cost, generator });
        block(format!("def {name}({}):", params.join(", ")), body)
    }

    fn recursive(&mut self) -> Stmt {
        let name = self.name("f");
        let scope =
            Scope { vars: vec![("p0".into(), Ty::Int), ("o0".into(), Ty::Int)], weight: 10_000, function: true, ..Scope::default() };
        let (x, y) = (self.expr(&scope, Ty::Int, 2), self.expr(&scope, Ty::Int, 1));
        let twice = self.rng.percent(40);
        let call = if twice { format!("{name}(p0, o0 - 2) + {name}({y}, o0 - 1)") } else { format!("{name}({y}, o0 - 1)") };
        let depth = if twice { 9 } else { 60 };
        let body = vec![
            line(format!("o0 = min(o0, {depth})")),
            block("if not isinstance(p0, int) or o0 <= 0:", vec![line("return 1")]),
            line(format!("return cap({x} + {call})")),
        ];
        self.funcs.push(Func { name: name.clone(), required: 1, optional: 1, cost: if twice { 100 } else { 60 }, generator: false });
        block(format!("def {name}(p0, o0={depth}):"), body)
    }

    /// A closure over a local, called in a loop.
    fn closure(&mut self, s: &mut Scope) -> Vec<Stmt> {
        let (name, captured) = (self.name("h"), self.name("n"));
        let scope =
            Scope { vars: vec![("x".into(), Ty::Int), (captured.clone(), Ty::Int)], weight: 1000, function: true, ..Scope::default() };
        let value = self.expr(&scope, Ty::Int, 2);
        let mut inner = Vec::new();
        if self.rng.percent(60) {
            inner.push(line(format!("nonlocal {captured}")));
            inner.push(line(format!("{captured} = cap({captured} + x)")));
        }
        inner.push(line(format!("return {value}")));
        let times = self.rng.within(4, 40);
        let result = self.name("v");
        s.vars.push((result.clone(), Ty::Int));
        s.vars.push((captured.clone(), Ty::Int));
        vec![
            line(format!("{captured} = {}", self.literal(Ty::Int))),
            block(format!("def {name}(x, y=1):"), inner),
            line(format!("{result} = 0")),
            block(format!("for x in range({times}):"), vec![line(format!("{result} = cap({result} + {name}(x))"))]),
        ]
    }
}
