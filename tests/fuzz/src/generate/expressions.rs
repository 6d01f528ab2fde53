//! Expressions of a wanted type.

use super::{Gen, Scope, Ty};

const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "5",
    "7",
    "-1",
    "-3",
    "10",
    "100",
    "255",
    "-17",
    "1 << 31",
    "2 ** 53",
    "2 ** 62 - 1",
    "-2 ** 62",
    "2 ** 62",
    "2 ** 63 - 1",
    "-2 ** 63",
    "2 ** 63",
    "2 ** 70",
    "10 ** 18",
];
const SMALL: &[&str] = &["0", "1", "2", "3", "5", "7", "-1", "-2", "4", "10"];
const FLOATS: &[&str] =
    &["0.0", "-0.0", "1.0", "0.5", "2.5", "-1.5", "1e16", "1e308", "-1e-310", "3.0", "1e-5", "float('inf')", "float('nan')"];
const STRS: &[&str] = &["''", "'a'", "'bc'", "'abc'", "'x y'", "'é'", "'日本'", "'0'", "'12'", "'A'"];
const COMPARE: &[&str] = &["<", "<=", "==", "!=", ">", ">="];

impl Gen {
    /// A constant.
    pub fn literal(&mut self, ty: Ty) -> String {
        match ty {
            Ty::Int if self.rng.percent(70) => self.rng.pick(SMALL).into(),
            Ty::Int => format!("({})", self.rng.pick(INTS)),
            Ty::Float => self.rng.pick(FLOATS).into(),
            Ty::Str => self.rng.pick(STRS).into(),
            Ty::Bool => self.rng.pick(&["True", "False"]).into(),
            Ty::List => {
                let items: Vec<String> = (0..self.rng.below(6)).map(|_| self.literal(Ty::Int)).collect();
                format!("[{}]", items.join(", "))
            }
            Ty::Dict => {
                let items: Vec<String> = (0..self.rng.below(5))
                    .map(|i| {
                        let k = if self.rng.percent(50) { i.to_string() } else { self.literal(Ty::Str) };
                        format!("{k}: {}", self.literal(Ty::Int))
                    })
                    .collect();
                format!("{{{}}}", items.join(", "))
            }
            Ty::Set => format!("set([{}, {}])", self.literal(Ty::Int), self.literal(Ty::Int)),
            Ty::Tuple => format!("({}, {}, {})", self.literal(Ty::Int), self.literal(Ty::Int), self.literal(Ty::Int)),
            Ty::Obj(c) => match self.classes.get(c) {
                Some(c) => format!("{}({})", c.name.clone(), self.literal(Ty::Int)),
                None => "None".into(),
            },
        }
    }

    /// A variable of the type, if there is one.
    pub fn var(&mut self, s: &Scope, ty: Ty) -> Option<String> {
        let mut found: Vec<&String> = s.vars.iter().filter(|v| v.1 == ty).map(|v| &v.0).collect();
        if found.is_empty() || self.rng.percent(8) {
            found.extend(self.globals.iter().filter(|v| v.1 == ty).map(|v| &v.0));
        }
        if found.is_empty() {
            return None;
        }
        Some(found[self.rng.below(found.len())].clone())
    }

    fn object(&mut self, s: &Scope) -> Option<(String, usize)> {
        let found: Vec<(String, usize)> =
            s.vars.iter().filter_map(|(n, t)| if let Ty::Obj(c) = t { Some((n.clone(), *c)) } else { None }).collect();
        if found.is_empty() { None } else { Some(found[self.rng.below(found.len())].clone()) }
    }

    /// An expression of (usually) the type.
    pub fn expr(&mut self, s: &Scope, ty: Ty, depth: usize) -> String {
        if self.rng.percent(1) {
            let other = self.ty();
            return self.expr(s, other, depth.saturating_sub(1));
        }
        if depth == 0 || self.rng.percent(25) {
            if self.rng.percent(75)
                && let Some(v) = self.var(s, ty)
            {
                return v;
            }
            return self.literal(ty);
        }
        let d = depth - 1;
        match ty {
            Ty::Int => self.int(s, d),
            Ty::Float => self.float(s, d),
            Ty::Str => self.str(s, d),
            Ty::Bool => self.condition(s, d),
            Ty::List => self.list(s, d),
            Ty::Dict => self.dict(s, d),
            Ty::Set => self.set(s, d),
            Ty::Tuple => format!("({}, {}, {})", self.expr(s, Ty::Int, d), self.expr(s, Ty::Int, d), self.expr(s, Ty::Int, d)),
            Ty::Obj(c) => match self.classes.get(c).map(|c| c.name.clone()) {
                Some(name) => format!("{name}({})", self.expr(s, Ty::Int, d)),
                None => "None".into(),
            },
        }
    }

    fn int(&mut self, s: &Scope, d: usize) -> String {
        let a = self.expr(s, Ty::Int, d);
        match self.rng.below(44) {
            0..5 => format!("({a} + {})", self.expr(s, Ty::Int, d)),
            5..8 => format!("({a} - {})", self.expr(s, Ty::Int, d)),
            8..10 => format!("({a} * {} % 1009)", self.expr(s, Ty::Int, d)),
            10 => format!("cap({a} * {})", self.expr(s, Ty::Int, d)),
            11 => format!("({a} // ({} % 7 + 1))", self.expr(s, Ty::Int, d)),
            12 => format!("({a} % ({} % 11 - 12))", self.expr(s, Ty::Int, d)),
            13 => format!("({a} // {})", self.expr(s, Ty::Int, 0)),
            14 => format!("({a} & {})", self.expr(s, Ty::Int, d)),
            15 => format!("({a} | {})", self.expr(s, Ty::Int, d)),
            16 => format!("({a} ^ {})", self.expr(s, Ty::Int, d)),
            17 => format!("cap({a} << ({} & 15))", self.expr(s, Ty::Int, d)),
            18 => format!("({a} >> ({} & 31))", self.expr(s, Ty::Int, d)),
            19 => format!("{}({a})", self.rng.pick(&["-", "~", "+", "abs", "int", "hash"])),
            20 => format!("len({})", {
                let t = self.rng.below(4);
                self.expr(s, [Ty::List, Ty::Str, Ty::Dict, Ty::Tuple][t], d)
            }),
            21..23 => match self.var(s, Ty::List) {
                Some(l) => format!("{l}[{a} % (len({l}) or 1)]"),
                None => a,
            },
            23 => match self.var(s, Ty::Dict) {
                Some(x) => format!("{x}.get({}, {a})", self.key(s)),
                None => a,
            },
            24 => format!("{}({a}, {})", self.rng.pick(&["min", "max"]), self.expr(s, Ty::Int, d)),
            25..28 => match self.object(s) {
                Some((o, c)) => self.member(s, &o, c, &a),
                None => a,
            },
            28..32 => self.call(s, d),
            32 => format!("({a} if {} else {})", self.condition(s, d), self.expr(s, Ty::Int, d)),
            33 => format!("(lambda x, y={}: x + y)({a})", self.expr(s, Ty::Int, 0)),
            34 => match self.var(s, Ty::Tuple) {
                Some(t) => format!("{t}[{a} % 3]"),
                None => a,
            },
            35 => format!("sum({})", self.list(s, d)),
            36 => format!("sum(x * 2 for x in {})", self.list(s, d)),
            37 => format!("cap(int({}))", self.expr(s, Ty::Float, 0)),
            38 => format!("ord({}[:1] or 'q')", self.expr(s, Ty::Str, 0)),
            39 => format!("({a}, {})[{} & 1]", self.expr(s, Ty::Int, 0), self.expr(s, Ty::Int, 0)),
            40 => format!("({a} + {})", self.expr(s, Ty::Bool, d)),
            41 => format!("varied({a}, {}, k={})", self.expr(s, Ty::Int, 0), self.expr(s, Ty::Int, 0)),
            42 => format!("divmod({a}, {} % 5 + 1)[{}]", self.expr(s, Ty::Int, 0), self.rng.below(2)),
            _ => format!("deep({a} & 7)"),
        }
    }

    /// A member of instance `o` of class `c`, as an integer.
    fn member(&mut self, s: &Scope, o: &str, c: usize, a: &str) -> String {
        let Some(class) = self.classes.get(c).cloned() else { return a.into() };
        match self.rng.below(6) {
            0..3 if !class.attrs.is_empty() => format!("{o}.{}", class.attrs[self.rng.below(class.attrs.len())]),
            3 if !class.properties.is_empty() => format!("{o}.{}", class.properties[self.rng.below(class.properties.len())]),
            4 if class.operators => {
                let b = self.expr(s, Ty::Int, 0);
                match self.rng.below(4) {
                    0 => format!("({o} + {b})"),
                    1 => format!("{o}[{b}]"),
                    2 => format!("len({o})"),
                    _ => format!("({o} < {b})"),
                }
            }
            _ if !class.methods.is_empty() => format!("{o}.{}({a})", class.methods[self.rng.below(class.methods.len())]),
            _ => a.into(),
        }
    }

    /// A call of a function of the program that the loops around can pay for.
    fn call(&mut self, s: &Scope, d: usize) -> String {
        let affordable: Vec<_> = self.funcs.iter().filter(|f| f.cost * s.weight.max(1) <= 6000).cloned().collect();
        if affordable.is_empty() {
            return self.expr(s, Ty::Int, d);
        }
        let f = &affordable[self.rng.below(affordable.len())];
        let mut args: Vec<String> = (0..f.required + self.rng.below(f.optional + 1)).map(|_| self.expr(s, Ty::Int, d.min(1))).collect();
        if f.optional > 0 && args.len() == f.required && self.rng.percent(30) {
            args.push(format!("o0={}", self.expr(s, Ty::Int, 0)));
        }
        let call = format!("{}({})", f.name, args.join(", "));
        if f.generator { format!("sum({call})") } else { call }
    }

    fn float(&mut self, s: &Scope, d: usize) -> String {
        let a = self.expr(s, Ty::Float, d);
        match self.rng.below(14) {
            0..3 => format!("({a} + {})", self.expr(s, Ty::Float, d)),
            3 => format!("({a} - {})", self.expr(s, Ty::Int, d)),
            4..6 => format!("({a} * {})", self.expr(s, Ty::Float, d)),
            6 => format!("({a} / ({} + 1.25))", self.expr(s, Ty::Float, d)),
            7 => format!("({} / ({} % 7 + 1))", self.expr(s, Ty::Int, d), self.expr(s, Ty::Int, d)),
            8 => format!("(-{a})"),
            9 => format!("abs({a})"),
            10 => format!("{}({a}, {})", self.rng.pick(&["min", "max"]), self.expr(s, Ty::Float, d)),
            11 => format!("math.sqrt(abs({a}))"),
            12 => format!("({a} if {} else {})", self.condition(s, d), self.expr(s, Ty::Float, d)),
            _ => format!("({a} {} {})", self.rng.pick(&["//", "%", "**"]), self.rng.pick(&["2.0", "3", "0.5", "-1.5"])),
        }
    }

    fn str(&mut self, s: &Scope, d: usize) -> String {
        let a = self.expr(s, Ty::Str, d);
        match self.rng.below(14) {
            0..3 => format!("({a} + {})[-12:]", self.expr(s, Ty::Str, d)),
            3 => format!("str({})", {
                let t = self.scalar();
                self.expr(s, t, d)
            }),
            4..6 => format!("f\"{{{}}}:{{{a}!r:>5}}\"[-12:]", self.expr(s, Ty::Int, 0)),
            6 => format!("{a}[{}:{}]", self.rng.pick(SMALL), self.rng.pick(SMALL)),
            7 => match self.var(s, Ty::Str) {
                Some(v) => format!("({v} or 'z')[{} % (len({v}) or 1)]", self.expr(s, Ty::Int, 0)),
                None => a,
            },
            8 => format!("{a}.{}()", self.rng.pick(&["upper", "title", "strip", "swapcase"])),
            9 => format!("'-'.join(map(str, {}))[:9]", self.expr(s, Ty::List, d)),
            10 => format!("chr(97 + {} % 26)", self.expr(s, Ty::Int, d)),
            11 => format!("('%s_%s' % ({}, {a}))[:12]", self.expr(s, Ty::Int, d)),
            12 => format!("({a} * ({} & 3))[:9]", self.expr(s, Ty::Int, 0)),
            _ => format!("{a}.replace('a', {})[:12]", self.literal(Ty::Str)),
        }
    }

    /// A condition.
    pub fn condition(&mut self, s: &Scope, d: usize) -> String {
        let t = self.rng.below(8);
        let ty = [Ty::Int, Ty::Int, Ty::Int, Ty::Int, Ty::Float, Ty::Float, Ty::Str, Ty::Bool][t];
        let a = self.expr(s, ty, d);
        match self.rng.below(16) {
            0..6 => format!("({a} {} {})", self.rng.pick(COMPARE), self.expr(s, ty, d)),
            6..8 => format!("({} % {} == {})", self.expr(s, Ty::Int, d), self.rng.within(2, 9), self.rng.below(3)),
            8 => format!("(not {a})"),
            9 => format!("({a} and {})", self.expr(s, Ty::Bool, d)),
            10 => format!("({a} or {})", self.expr(s, Ty::Bool, d)),
            11 => format!("({} in {})", self.expr(s, Ty::Int, 0), {
                let t = self.rng.below(4);
                self.expr(s, [Ty::List, Ty::Dict, Ty::Set, Ty::Tuple][t], d)
            }),
            12 => format!("isinstance({a}, {})", self.rng.pick(&["int", "float", "(str, bool)", "object"])),
            13 => format!("({a} is {}None)", self.rng.pick(&["", "not "])),
            14 => format!("({} < {} <= {})", self.expr(s, Ty::Int, 0), self.expr(s, Ty::Int, d), self.expr(s, Ty::Int, 0)),
            _ => format!("({} {} {})", self.expr(s, Ty::Int, 0), self.rng.pick(COMPARE), self.expr(s, Ty::Float, 0)),
        }
    }

    fn list(&mut self, s: &Scope, d: usize) -> String {
        let a = self.expr(s, Ty::List, d);
        match self.rng.below(12) {
            0 => format!("{a}[{}:{}]", self.rng.pick(SMALL), self.rng.pick(SMALL)),
            1..3 => format!("[x + {} for x in {a}]", self.expr(s, Ty::Int, 0)),
            3 => format!("[x for x in {a} if x {} {}]", self.rng.pick(COMPARE), self.expr(s, Ty::Int, 0)),
            4 => format!("sorted({a})"),
            5 => format!("list(range({} & 7))", self.expr(s, Ty::Int, d)),
            6 => format!("({a} + [{}])[-9:]", self.expr(s, Ty::Int, d)),
            7 => format!("[*{a}, {}][-9:]", self.expr(s, Ty::Int, d)),
            8 => format!("list(reversed({a}))"),
            9 => format!("[x * y for x in {a}[:3] for y in range(3)]"),
            10 => format!("list(map(lambda x: x ^ {}, {a}))", self.expr(s, Ty::Int, 0)),
            _ => format!("[x for x, y in zip({a}, pairs(4))]"),
        }
    }

    fn dict(&mut self, s: &Scope, d: usize) -> String {
        match self.rng.below(4) {
            0 => format!("{{x: x * 2 for x in {}}}", self.expr(s, Ty::List, d)),
            1 => format!("dict({})", self.expr(s, Ty::Dict, d)),
            2 => format!("{{**{}, {}: {}}}", self.expr(s, Ty::Dict, 0), self.key(s), self.expr(s, Ty::Int, d)),
            _ => format!("dict(zip('abc', {}))", self.expr(s, Ty::List, d)),
        }
    }

    fn set(&mut self, s: &Scope, d: usize) -> String {
        match self.rng.below(3) {
            0 => format!("set({})", self.expr(s, Ty::List, d)),
            1 => format!("({} {} {})", self.expr(s, Ty::Set, 0), self.rng.pick(&["|", "&", "-", "^"]), self.expr(s, Ty::Set, 0)),
            _ => format!("{{x % 5 for x in {}}}", self.expr(s, Ty::List, d)),
        }
    }

    /// A dict key.
    pub fn key(&mut self, s: &Scope) -> String {
        if self.rng.percent(50) { format!("{} % 6", self.expr(s, Ty::Int, 1)) } else { self.rng.pick(STRS).into() }
    }
}
