//! Programs from seeds.
//!
//! A program is a fixed prelude, some classes, some functions with loops, and a main part that
//! calls them. Variables have a type most of the time, so that most of what is generated runs
//! without an exception; now and then one is given a value of another type on purpose. Loop counts
//! and costs of calls are tracked, so that every program ends soon.

mod assumptions;
mod classes;
mod expressions;
mod functions;
mod loops;
mod statements;

use crate::program::{Stmt, block, clause, line};
use crate::rng::Rng;

/// What every program begins with.
const PRELUDE: &str = include_str!("prelude.py");

/// A variable's usual type.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ty {
    Int,
    Float,
    Str,
    Bool,
    List,
    Dict,
    Set,
    Tuple,
    /// An instance of the class of that number.
    Obj(usize),
}

/// A function of the program: all take and give integers, mostly.
#[derive(Clone, Debug)]
pub(crate) struct Func {
    pub name: String,
    pub required: usize,
    pub optional: usize,
    /// Loop iterations of a call, roughly.
    pub cost: usize,
    pub generator: bool,
}

/// A class of the program.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub name: String,
    /// Integer attributes.
    pub attrs: Vec<String>,
    /// Methods of one integer argument.
    pub methods: Vec<String>,
    pub properties: Vec<String>,
    pub slots: bool,
    pub operators: bool,
    /// Says when it dies.
    pub finalized: bool,
}

/// What is visible where statements are generated.
#[derive(Clone, Default, Debug)]
pub(crate) struct Scope {
    pub vars: Vec<(String, Ty)>,
    /// Iterations of the loops around, multiplied.
    pub weight: usize,
    pub loops: usize,
    /// Names that must not be assigned: loop variables that end a loop.
    pub fixed: Vec<String>,
    /// The innermost loop's variable, if it counts.
    pub counter: Option<String>,
    pub depth: usize,
    pub function: bool,
    pub generator: bool,
}

/// See the module.
pub(crate) struct Gen {
    pub rng: Rng,
    pub names: usize,
    pub globals: Vec<(String, Ty)>,
    pub funcs: Vec<Func>,
    pub classes: Vec<Class>,
    /// Statements that may still be generated in the current function.
    pub room: usize,
    /// Most iterations of a loop generated since it was last reset.
    pub peak: usize,
    /// Variables first assigned in the middle, which are to have a value from the start.
    pub late: Vec<(String, Ty)>,
}

/// The program of a seed.
pub fn program(seed: u64) -> Vec<Stmt> {
    let mut g = Gen {
        rng: Rng::new(seed),
        names: 0,
        globals: Vec::new(),
        funcs: Vec::new(),
        classes: Vec::new(),
        room: 0,
        peak: 0,
        late: Vec::new(),
    };
    g.program()
}

impl Gen {
    fn program(&mut self) -> Vec<Stmt> {
        let mut p = vec![line(PRELUDE)];
        for _ in 0..self.rng.within(1, 3) {
            let (name, ty) = (self.name("G"), self.scalar());
            let value = self.literal(ty);
            p.push(line(format!("{name} = {value}")));
            self.globals.push((name, ty));
        }
        for _ in 0..self.rng.within(0, 3) {
            let c = self.class();
            p.push(c);
        }
        let mut calls = Vec::new();
        for _ in 0..self.rng.within(2, 4) {
            let f = self.function();
            p.push(f);
            let f = self.funcs.last().cloned();
            if let Some(f) = f {
                calls.push(f);
            }
        }
        if self.rng.percent(50) {
            self.room = 14;
            let mut scope = Scope { weight: 1, ..Scope::default() };
            let body = self.module_part(&mut scope);
            p.push(Stmt::Compound(vec![clause("try:", body), clause("except Exception as error:", vec![line("report(error)")])]));
        }
        for f in calls {
            p.push(self.main_call(&f));
        }
        p.push(line("show('end', DEATHS[-60:])"));
        p
    }

    /// A loop in the module itself, where names are global.
    fn module_part(&mut self, scope: &mut Scope) -> Vec<Stmt> {
        let mut body = self.declarations(scope);
        body.push(self.any_loop(scope));
        body.push(self.digest(scope));
        self.early_values(&mut body, 0);
        body
    }

    /// Gives the variables first assigned in the middle a value before statement `at`; a few stay
    /// unbound.
    pub fn early_values(&mut self, body: &mut Vec<Stmt>, at: usize) {
        for (name, ty) in std::mem::take(&mut self.late) {
            if !self.rng.percent(4) {
                let value = self.literal(ty);
                body.insert(at, line(format!("{name} = {value}")));
            }
        }
    }

    /// Calls a function from the main part, a few times with different types.
    fn main_call(&mut self, f: &Func) -> Stmt {
        let mut body = Vec::new();
        let calls = if f.cost > 2000 { 1 } else { self.rng.within(1, 3) };
        for _ in 0..calls {
            let args: Vec<String> = (0..f.required + self.rng.below(f.optional + 1))
                .map(|_| {
                    let ty = if self.rng.percent(75) { Ty::Int } else { self.scalar() };
                    self.literal(ty)
                })
                .collect();
            let call = format!("{}({})", f.name, args.join(", "));
            let shown = if f.generator { format!("show('{}', list({call})[-6:])", f.name) } else { format!("show('{}', {call})", f.name) };
            body.push(Stmt::Compound(vec![
                clause("try:", vec![line(shown)]),
                clause("except Exception as error:", vec![line("report(error)")]),
            ]));
        }
        if self.rng.percent(10) && f.cost < 500 {
            return block("for again in range(4):", body);
        }
        block("if True:", body)
    }

    /// A new name.
    pub fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// A type without parts.
    pub fn scalar(&mut self) -> Ty {
        match self.rng.below(10) {
            0..5 => Ty::Int,
            5..7 => Ty::Float,
            7..9 => Ty::Str,
            _ => Ty::Bool,
        }
    }

    /// Any type a variable may have.
    pub fn ty(&mut self) -> Ty {
        match self.rng.below(16) {
            0..6 => Ty::Int,
            6..8 => Ty::Float,
            8..10 => Ty::Str,
            10 => Ty::Dict,
            11 => Ty::Set,
            12 => Ty::Tuple,
            13 if !self.classes.is_empty() => Ty::Obj(self.rng.below(self.classes.len())),
            _ => Ty::List,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::program::text;

    #[test]
    fn a_seed_is_a_program() {
        for seed in 0..200 {
            assert_eq!(text(&super::program(seed)), text(&super::program(seed)));
        }
    }
}
