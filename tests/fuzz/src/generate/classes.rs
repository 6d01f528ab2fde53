//! Classes: attributes, methods, slots, properties, operators, inheritance, finalizers.

use super::{Class, Gen, Scope, Ty};
use crate::program::{Stmt, block, clause, line};

impl Gen {
    /// A class; it is known to what is generated afterwards.
    pub fn class(&mut self) -> Stmt {
        let name = self.name("C");
        let base = if !self.classes.is_empty() && self.rng.percent(40) { Some(self.rng.below(self.classes.len())) } else { None };
        let parent = base.map(|b| self.classes[b].clone());
        let mut c = Class {
            name: name.clone(),
            attrs: Vec::new(),
            methods: Vec::new(),
            properties: Vec::new(),
            slots: parent.as_ref().map_or(self.rng.percent(25), |p| p.slots),
            operators: self.rng.percent(40),
            finalized: self.rng.percent(15),
        };
        let own: Vec<String> = (0..self.rng.within(1, 3)).map(|_| self.name("a")).collect();
        let mut body = Vec::new();
        if c.slots {
            let names: Vec<String> = own.iter().map(|n| format!("'{n}'")).collect();
            body.push(line(format!("__slots__ = ({},)", names.join(", "))));
        } else if self.rng.percent(40) {
            let shared = self.name("a");
            body.push(line(format!("{shared} = {}", self.literal(Ty::Int))));
            c.attrs.push(shared);
        }
        body.push(self.init(parent.as_ref(), &own));
        c.attrs.extend(own);
        if let Some(p) = &parent {
            c.attrs.extend(p.attrs.iter().cloned());
            c.methods.extend(p.methods.iter().cloned());
            c.properties.extend(p.properties.iter().cloned());
        }
        for _ in 0..self.rng.within(1, 3) {
            let m = self.method(&mut c, parent.as_ref());
            body.push(m);
        }
        if self.rng.percent(40) {
            self.property(&mut c, &mut body);
        }
        if c.operators {
            self.operators(&c, &mut body);
        }
        if c.finalized {
            body.push(block("def __del__(self):", vec![line(format!("DEATHS.append('{name}')"))]));
        }
        if self.rng.percent(20) && !c.slots {
            body.push(block(
                "def __getattr__(self, name):",
                vec![block("if name.startswith('__'):", vec![line("raise AttributeError(name)")]), line("return len(name)")],
            ));
        }
        let head = match &parent {
            Some(p) => format!("class {name}({}):", p.name),
            None => format!("class {name}:"),
        };
        self.classes.push(c);
        block(head, body)
    }

    fn init(&mut self, parent: Option<&Class>, own: &[String]) -> Stmt {
        let mut body = Vec::new();
        if parent.is_some() {
            body.push(line("super().__init__(x)"));
        }
        let scope = Scope { vars: vec![("x".into(), Ty::Int)], weight: 100, function: true, ..Scope::default() };
        for a in own {
            let v = self.expr(&scope, Ty::Int, 1);
            body.push(line(format!("self.{a} = {v}")));
        }
        block("def __init__(self, x=1):", body)
    }

    fn method(&mut self, c: &mut Class, parent: Option<&Class>) -> Stmt {
        let overridden = parent.filter(|p| !p.methods.is_empty() && self.rng.percent(50)).cloned();
        let name = match &overridden {
            Some(p) => p.methods[self.rng.below(p.methods.len())].clone(),
            None => self.name("m"),
        };
        let scope = Scope { vars: vec![("x".into(), Ty::Int)], weight: 100, function: true, ..Scope::default() };
        let a = c.attrs[self.rng.below(c.attrs.len())].clone();
        let mut body = Vec::new();
        match self.rng.below(5) {
            0 => body.push(line(format!("self.{a} = cap({})", self.expr(&scope, Ty::Int, 2)))),
            1 => body.push(line(format!("self.{a} = cap(self.{a} + x)"))),
            2 => {
                let cond = self.condition(&scope, 1);
                body.push(block(format!("if {cond}:"), vec![line(format!("return self.{a}"))]));
            }
            _ => {}
        }
        let value = self.expr(&scope, Ty::Int, 2);
        if overridden.is_some() && self.rng.percent(60) {
            body.push(line(format!("return super().{name}(x) + {value}")));
        } else {
            body.push(line(format!("return self.{a} + {value}")));
        }
        if !c.methods.contains(&name) {
            c.methods.push(name.clone());
        }
        match self.rng.below(12) {
            0 if overridden.is_none() => {
                block(format!("@staticmethod\ndef {name}(x=2):"), vec![line(format!("return {}", self.expr(&scope, Ty::Int, 2)))])
            }
            1 if overridden.is_none() => block(format!("@classmethod\ndef {name}(cls, x=2):"), vec![line("return len(cls.__name__) + x")]),
            _ => block(format!("def {name}(self, x=3):"), body),
        }
    }

    fn property(&mut self, c: &mut Class, body: &mut Vec<Stmt>) {
        let name = self.name("p");
        let a = c.attrs[self.rng.below(c.attrs.len())].clone();
        body.push(block(format!("@property\ndef {name}(self):"), vec![line(format!("return self.{a} * 2"))]));
        if self.rng.percent(50) {
            body.push(block(format!("@{name}.setter\ndef {name}(self, value):"), vec![line(format!("self.{a} = value"))]));
        }
        c.properties.push(name);
    }

    fn operators(&mut self, c: &Class, body: &mut Vec<Stmt>) {
        let a = c.attrs[0].clone();
        let n = self.rng.within(2, 7);
        for (head, result) in [
            ("def __add__(self, other):", format!("self.{a} + (other if isinstance(other, int) else 1)")),
            ("def __getitem__(self, i):", format!("self.{a} + i")),
            ("def __len__(self):", format!("abs(hash(self.{a})) % {n}")),
            ("def __lt__(self, other):", format!("self.{a} < other")),
        ] {
            body.push(block(head, vec![line(format!("return {result}"))]));
        }
        if self.rng.percent(40) {
            body.push(block(
                "def __eq__(self, other):",
                vec![line(format!("return isinstance(other, {}) and self.{a} == other.{a}", c.name))],
            ));
            body.push(block("def __hash__(self):", vec![line(format!("return hash(self.{a}) & 7"))]));
        }
        if self.rng.percent(30) {
            body.push(block("def __bool__(self):", vec![line(format!("return self.{a} != 0"))]));
        }
        if self.rng.percent(30) {
            let body_of = vec![Stmt::Compound(vec![
                clause("try:", vec![line(format!("yield self.{a}")), line("yield 2")]),
                clause("finally:", vec![line("DEATHS.append('it')")]),
            ])];
            body.push(block("def __iter__(self):", body_of));
        }
    }
}
