//! Statements of functions and loop bodies.

use super::{Gen, Scope, Ty};
use crate::program::{Stmt, block, clause, line};

impl Gen {
    /// Variables of all kinds.
    pub fn declarations(&mut self, s: &mut Scope) -> Vec<Stmt> {
        let mut body = Vec::new();
        for _ in 0..self.rng.within(2, 6) {
            let (name, ty) = (self.name("v"), self.ty());
            let value = if self.rng.percent(60) { self.literal(ty) } else { self.expr(s, ty, 1) };
            body.push(line(format!("{name} = {value}")));
            s.vars.push((name, ty));
        }
        body
    }

    /// So many statements, as far as the function has room.
    pub fn few_statements(&mut self, s: &mut Scope, n: usize) -> Vec<Stmt> {
        let mut body = Vec::new();
        for _ in 0..n {
            if self.room == 0 {
                break;
            }
            self.room -= 1;
            s.depth += 1;
            let st = self.statement(s);
            body.push(st);
            s.depth -= 1;
        }
        if body.is_empty() {
            let st = self.assign(s);
            body.push(st);
        }
        body
    }

    fn statement(&mut self, s: &mut Scope) -> Stmt {
        if s.depth > 5 {
            return self.assign(s);
        }
        match self.rng.below(100) {
            0..24 => self.assign(s),
            24..32 => self.augmented(s),
            32..43 => self.branch(s),
            43..51 if s.loops < 3 => self.any_loop(s),
            51..57 => self.container(s),
            57..62 => self.attribute(s),
            62..69 => self.guarded(s),
            69..73 => self.managed(s),
            73..80 => self.change_type(s),
            80..86 => self.break_assumption(s),
            86..90 => self.mortal(s),
            90..94 => self.unpack(s),
            94..96 => self.matched(s),
            96..98 => self.show(s),
            98 if s.generator => line(format!("yield {}", self.expr(s, Ty::Int, 1))),
            _ => self.odd(s),
        }
    }

    /// A variable that may be assigned.
    fn target(&mut self, s: &mut Scope, ty: Ty) -> String {
        let found: Vec<&String> = s.vars.iter().filter(|v| v.1 == ty && !s.fixed.contains(&v.0)).map(|v| &v.0).collect();
        if !found.is_empty() && self.rng.percent(85) {
            return found[self.rng.below(found.len())].clone();
        }
        let name = self.name("v");
        s.vars.push((name.clone(), ty));
        self.late.push((name.clone(), ty));
        name
    }

    pub fn assign(&mut self, s: &mut Scope) -> Stmt {
        let ty = self.ty();
        let value = self.expr(s, ty, 3);
        let name = self.target(s, ty);
        let value = match ty {
            Ty::Int if value.contains(&name) => format!("cap({value})"),
            Ty::List if value.contains(&name) => format!("{value}[-9:]"),
            _ => value,
        };
        line(format!("{name} = {value}"))
    }

    fn augmented(&mut self, s: &mut Scope) -> Stmt {
        match self.rng.below(6) {
            0..3 => {
                let value = self.expr(s, Ty::Int, 2);
                let name = self.target(s, Ty::Int);
                let op = self.rng.pick(&["+=", "-=", "^=", "|=", "&="]);
                if self.rng.percent(50) {
                    return line(format!("{name} {op} {value}\n{name} = cap({name})"));
                }
                line(format!("{name} {op} {value} & 1023"))
            }
            3 => {
                let value = self.expr(s, Ty::Float, 2);
                let name = self.target(s, Ty::Float);
                line(format!("{name} {} {value}", self.rng.pick(&["+=", "-=", "*="])))
            }
            4 => {
                let value = self.expr(s, Ty::Str, 1);
                let name = self.target(s, Ty::Str);
                line(format!("{name} += {value}\n{name} = {name}[-10:]"))
            }
            _ => {
                let value = self.expr(s, Ty::List, 1);
                let name = self.target(s, Ty::List);
                line(format!("{name} += {value}\ndel {name}[8:]"))
            }
        }
    }

    fn branch(&mut self, s: &mut Scope) -> Stmt {
        let cond = if self.rng.percent(50) { self.rare(s) } else { self.condition(s, 2) };
        let mut inner = s.clone();
        let n = self.rng.within(1, 3);
        let mut clauses = vec![clause(format!("if {cond}:"), self.few_statements(&mut inner, n))];
        if self.rng.percent(25) {
            let cond = self.condition(s, 2);
            let mut inner = s.clone();
            clauses.push(clause(format!("elif {cond}:"), self.few_statements(&mut inner, 1)));
        }
        if self.rng.percent(50) {
            let mut inner = s.clone();
            clauses.push(clause("else:", self.few_statements(&mut inner, 1)));
        }
        Stmt::Compound(clauses)
    }

    fn container(&mut self, s: &mut Scope) -> Stmt {
        let (i, v) = (self.expr(s, Ty::Int, 1), self.expr(s, Ty::Int, 2));
        match self.rng.below(5) {
            0..3 => {
                let Some(l) = self.var(s, Ty::List) else { return self.assign(s) };
                line(match self.rng.below(9) {
                    0..2 => format!("{l}.append({v})\ndel {l}[:-8]"),
                    2..4 => format!("{l}[{i} % (len({l}) or 1)] = {v}"),
                    4 => format!("{l}.insert({i} % 3, {v})\ndel {l}[:-8]"),
                    5 => format!("if {l}: {l}.pop()"),
                    6 => format!("{l}[{}:{}] = {}", self.rng.below(3), self.rng.within(2, 5), self.expr(s, Ty::List, 1)),
                    7 => format!("{l}.{}()", self.rng.pick(&["reverse", "sort", "clear", "copy"])),
                    _ => format!("{l}.extend({})\ndel {l}[:-8]", self.expr(s, Ty::List, 1)),
                })
            }
            3 => {
                let Some(d) = self.var(s, Ty::Dict) else { return self.assign(s) };
                let k = self.key(s);
                line(match self.rng.below(6) {
                    0..2 => format!("{d}[{k}] = {v}"),
                    2 => format!("{d}[{k}] = {d}.get({k}, 0) + 1"),
                    3 => format!("{d}.pop({k}, None)"),
                    4 => format!("{d}.setdefault({k}, {v})"),
                    _ => format!("if {k} in {d}: del {d}[{k}]"),
                })
            }
            _ => {
                let Some(x) = self.var(s, Ty::Set) else { return self.assign(s) };
                line(format!("{x}.{}({v} % 9)", self.rng.pick(&["add", "discard", "add"])))
            }
        }
    }

    fn attribute(&mut self, s: &mut Scope) -> Stmt {
        let objects: Vec<(String, usize)> =
            s.vars.iter().filter_map(|(n, t)| if let Ty::Obj(c) = t { Some((n.clone(), *c)) } else { None }).collect();
        if objects.is_empty() {
            return self.assign(s);
        }
        let (o, c) = objects[self.rng.below(objects.len())].clone();
        let Some(class) = self.classes.get(c).cloned() else { return self.assign(s) };
        if class.attrs.is_empty() {
            return self.assign(s);
        }
        let a = &class.attrs[self.rng.below(class.attrs.len())];
        let v = self.expr(s, Ty::Int, 2);
        line(match self.rng.below(8) {
            0..3 => format!("{o}.{a} = cap({v})"),
            3..5 => format!("{o}.{a} += {v} & 255"),
            5 => format!("{o}.{a} = {}", {
                let t = self.ty();
                self.expr(s, t, 1)
            }),
            6 => format!("if hasattr({o}, '{a}'): del {o}.{a}"),
            _ => format!("{o}.{a}, {o}.{} = {v}, {o}.{a}", class.attrs[0]),
        })
    }

    /// Exceptions that are caught here, or go on.
    fn guarded(&mut self, s: &mut Scope) -> Stmt {
        let mut inner = s.clone();
        let n = self.rng.within(1, 2);
        let mut body = self.few_statements(&mut inner, n);
        if self.rng.percent(60) {
            let cond = self.rare(s);
            let raised = match self.rng.below(5) {
                0 => "raise Failure('planned')".to_owned(),
                1 => "[][1]".to_owned(),
                2 => "{}['missing']".to_owned(),
                3 => format!("1 // ({} * 0)", self.expr(s, Ty::Int, 0)),
                _ => "raise ValueError(3) from KeyError('k')".to_owned(),
            };
            let at = self.rng.below(body.len() + 1);
            body.insert(at, block(format!("if {cond}:"), vec![line(raised)]));
        }
        let mut clauses = vec![clause("try:", body)];
        if self.rng.percent(80) {
            let kind = self.rng.pick(&["Exception", "Exception", "(Failure, LookupError)", "ArithmeticError", "Failure"]);
            let mut inner = s.clone();
            let mut body = self.few_statements(&mut inner, 1);
            if s.weight < 200 && self.rng.percent(30) {
                body.push(line("report(error)"));
            }
            if self.rng.percent(12) {
                body.push(line("raise"));
            }
            clauses.push(clause(format!("except {kind} as error:"), body));
            if self.rng.percent(15) {
                let mut inner = s.clone();
                clauses.push(clause("else:", self.few_statements(&mut inner, 1)));
            }
        }
        if clauses.len() == 1 || self.rng.percent(30) {
            let mut inner = s.clone();
            clauses.push(clause("finally:", self.few_statements(&mut inner, 1)));
        }
        Stmt::Compound(clauses)
    }

    fn managed(&mut self, s: &mut Scope) -> Stmt {
        let mut inner = s.clone();
        let name = self.name("v");
        inner.vars.push((name.clone(), Ty::Str));
        let swallow = self.rng.percent(70);
        let n = self.rng.within(1, 2);
        let mut body = self.few_statements(&mut inner, n);
        if self.rng.percent(40) {
            let cond = self.rare(s);
            body.push(block(format!("if {cond}:"), vec![line("raise Failure('in with')")]));
        }
        block(format!("with Manager('{name}', {}) as {name}:", if swallow { "True" } else { "False" }), body)
    }

    /// A variable gets a value of another type, at some iteration.
    fn change_type(&mut self, s: &mut Scope) -> Stmt {
        let ty = self.scalar();
        let name = self.target(s, ty);
        let other = self.ty();
        let value = match self.rng.below(6) {
            0 => "None".to_owned(),
            1 => "2 ** 70 + 1".to_owned(),
            2 => format!("float({})", self.expr(s, Ty::Int, 0)),
            _ => self.expr(s, other, 1),
        };
        let cond = match &s.counter {
            Some(c) => format!("{c} == {}", self.rng.within(2, 60)),
            None => self.condition(s, 1),
        };
        let mut clauses = vec![clause(format!("if {cond}:"), vec![line(format!("{name} = {value}"))])];
        if self.rng.percent(60) {
            clauses.push(clause("else:", vec![line(format!("{name} = {}", self.expr(s, ty, 2)))]));
        }
        Stmt::Compound(clauses)
    }

    /// Objects that say when they die.
    fn mortal(&mut self, s: &mut Scope) -> Stmt {
        let tag = self.names;
        let c = s.counter.clone().unwrap_or_else(|| "'-'".into());
        let name = self.name("x");
        line(match self.rng.below(8) {
            0 => format!("Mortal(('m{tag}', {c}))"),
            1 => format!("{name} = Mortal(('m{tag}', {c}))"),
            2 => format!("{name} = [Mortal(('m{tag}', {c})), {c}]\n{name}.pop(0)"),
            3 => format!("{name} = watch(Mortal(('m{tag}', {c})), 'w{tag}')\n{name} = None"),
            4 => format!("{name} = {{'k': Mortal({c})}}\n{name}['k'] = 1"),
            5 => format!("{name}, {name}b = Mortal(1), Mortal({c})\n{name} = {name}b\ndel {name}"),
            6 => format!("for {name} in [Mortal('a{tag}'), Mortal({c})]: pass"),
            _ => format!("(lambda x: x.name)(Mortal({c}))"),
        })
    }

    fn unpack(&mut self, s: &mut Scope) -> Stmt {
        let (a, b) = (self.target(s, Ty::Int), self.target(s, Ty::Int));
        let v = self.expr(s, Ty::Int, 2);
        line(match self.rng.below(7) {
            0..2 => format!("{a}, {b} = {b_or}, {a_or}", a_or = self.expr(s, Ty::Int, 1), b_or = self.expr(s, Ty::Int, 1)),
            2 => format!("{a}, *_ = [{v}, *{}]", self.expr(s, Ty::List, 1)),
            3 => format!("({a}, {b}), _ = divmod({v}, 7), 1"),
            4 => format!("{a} = {b} = {v}"),
            5 => format!("if ({a} := {v}) > 3: {b} = {a}"),
            _ => format!("{a}, {b} = sorted(({v}, {}))", self.expr(s, Ty::Int, 0)),
        })
    }

    fn matched(&mut self, s: &mut Scope) -> Stmt {
        let subject = match self.rng.below(3) {
            0 => self.expr(s, Ty::Int, 1),
            1 => self.expr(s, Ty::List, 1),
            _ => self.expr(s, Ty::Tuple, 1),
        };
        let name = self.target(s, Ty::Int);
        let mut cases = Vec::new();
        for pattern in ["0 | 1", "int() as got if got > 3", "[x]", "[x, y, *_]", "{'a': x}", "_"] {
            if pattern == "_" || self.rng.percent(60) {
                cases.push(block(format!("case {pattern}:"), vec![line(format!("{name} = {}", self.expr(s, Ty::Int, 1)))]));
            }
        }
        block(format!("match {subject}:"), cases)
    }

    /// Shows a variable, where that is not too often.
    fn show(&mut self, s: &mut Scope) -> Stmt {
        let Some((name, _)) = (!s.vars.is_empty()).then(|| s.vars[self.rng.below(s.vars.len())].clone()) else { return self.assign(s) };
        if matches!(s.vars.iter().find(|v| v.0 == name), Some((_, Ty::Obj(_)))) {
            return line(format!("DEATHS.append(type({name}).__name__)"));
        }
        if s.weight <= 40 {
            return line(format!("show('{name}', {})", shown(&name)));
        }
        let cond = self.rare(s);
        block(format!("if len(DEATHS) < 300 and {cond}:"), vec![line(format!("DEATHS.append(repr({})[:40])", shown(&name)))])
    }

    /// The rest.
    fn odd(&mut self, s: &mut Scope) -> Stmt {
        let (a, v) = (self.target(s, Ty::Int), self.expr(s, Ty::Int, 1));
        line(match self.rng.below(9) {
            0 => format!("g = echo(4)\n{a} = next(g) + g.send({v} & 1)\ng.close()"),
            1 => format!("{a} = sys._getframe().f_lineno"),
            2 => format!("{a} = len(locals())"),
            3 => format!("add = adder({v})\n{a} = add(2) + add(3, scale=4)"),
            4 => format!("assert {} or True", self.condition(s, 1)),
            5 => format!("{a} = (lambda *p, **k: len(p) + len(k))({v}, *(1, 2), z=3)"),
            6 => format!("{a} = cap(int(str({v})[:5].strip('-') or 0) if isinstance({v}, int) else 4)"),
            7 => format!("{a} = sum(map(abs, ({v}, 2, 3)))"),
            _ => format!("{a} = next((x for x in range(9) if x > {v} & 7), 4)"),
        })
    }

    /// The state of the scope, to be shown.
    pub fn digest_expr(&mut self, s: &Scope) -> String {
        let parts: Vec<String> =
            s.vars.iter().filter(|(n, t)| !matches!(t, Ty::Obj(_)) && !n.starts_with('i')).take(7).map(|(n, _)| n.clone()).collect();
        if parts.is_empty() {
            return "0".into();
        }
        match (self.rng.below(3), self.var(s, Ty::Int)) {
            (0, _) => format!("hash(repr(({},))) % 1000003", parts.join(", ")),
            (1, Some(v)) => v,
            _ => format!("len(repr(({},)))", parts.join(", ")),
        }
    }

    pub fn digest(&mut self, s: &Scope) -> Stmt {
        line(format!("show({})", self.digest_expr(s)))
    }
}

/// A variable's value in a form that is the same in every run.
fn shown(name: &str) -> String {
    format!("{name} if isinstance({name}, (int, float, str, list, dict, tuple, type(None))) else type({name}).__name__")
}
