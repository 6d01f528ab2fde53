//! The module `krait`: what the compiler did, for programs to read.

use krait_macros::pymodule;
use krait_object::list::PyList;
use krait_object::prelude::*;

use crate::counters::{LoopReport, Place, Refusal, report};
use crate::options::Mode;
use crate::state::State;

/// Counts of a process, copied out of the state: making objects may run code.
struct Copied {
    enabled: bool,
    counts: Vec<(&'static str, u64)>,
    compile_ms: f64,
    aborts: Vec<(String, u64)>,
    failures: Vec<String>,
    loops: Vec<LoopReport>,
    refused: Vec<(Refusal, u64)>,
}

fn copied() -> Copied {
    State::with(|s| {
        let mut aborts: Vec<_> = s.stats.aborts.iter().map(|(why, &n)| (format!("{why:?}"), n)).collect();
        aborts.sort();
        let mut refused: Vec<_> = s.stats.refused.iter().map(|(r, &n)| (r.clone(), n)).collect();
        refused.sort_by_key(|(r, _)| (r.place.file.clone(), r.place.line, r.at.as_ref().map(|a| a.1)));
        Copied {
            enabled: s.options.mode != Mode::Off,
            counts: vec![
                ("traces", s.stats.traces),
                ("bridges", s.stats.bridges),
                ("invalidated", s.stats.invalidated),
                ("code_bytes", s.code.used() as u64),
            ],
            compile_ms: s.stats.compile_ns as f64 / 1e6,
            aborts,
            failures: s.stats.failures.clone(),
            loops: s.trees.iter().flatten().map(|t| report(t)).collect(),
            refused,
        }
    })
}

fn set_place(vm: &Vm, d: &PyDict, p: &Place) -> PyResult<()> {
    d.set_item_str(vm, "file", vm.str(&p.file))?;
    d.set_item_str(vm, "function", vm.str(&p.function))?;
    d.set_item_str(vm, "line", vm.int_i64(i64::from(p.line)))
}

fn loop_dict(vm: &Vm, l: &LoopReport) -> PyResult<Obj> {
    let d = PyDict::new(vm);
    set_place(vm, &d, &l.place)?;
    d.set_item_str(vm, "traces", vm.int_usize(l.traces))?;
    d.set_item_str(vm, "instructions", vm.int_usize(l.instructions))?;
    d.set_item_str(vm, "entered", vm.int_i64(l.entered as i64))?;
    d.set_item_str(vm, "code_bytes", vm.int_usize(l.code_bytes))?;
    d.set_item_str(vm, "invalid", Obj::bool(l.invalid))?;
    for (name, n) in l.work.list() {
        d.set_item_str(vm, name, vm.int_i64(n as i64))?;
    }
    let mut exits = Vec::new();
    for &(kind, op, line, n) in &l.exits {
        let e = PyDict::new(vm);
        e.set_item_str(vm, "kind", vm.str(kind))?;
        e.set_item_str(vm, "operation", vm.str(op))?;
        e.set_item_str(vm, "line", vm.int_i64(i64::from(line)))?;
        e.set_item_str(vm, "times", vm.int_i64(i64::from(n)))?;
        exits.push(e.into_obj());
    }
    d.set_item_str(vm, "exits", PyList::new(vm, exits))?;
    Ok(d.into_obj())
}

fn refusal_dict(vm: &Vm, r: &Refusal, times: u64) -> PyResult<Obj> {
    let d = PyDict::new(vm);
    set_place(vm, &d, &r.place)?;
    d.set_item_str(vm, "reason", vm.str(&format!("{:?}", r.why)))?;
    let (op, line) = match &r.at {
        Some((op, line)) => (vm.str(op), vm.int_i64(i64::from(*line))),
        None => (Obj::none(), Obj::none()),
    };
    d.set_item_str(vm, "instruction", op)?;
    d.set_item_str(vm, "at_line", line)?;
    d.set_item_str(vm, "times", vm.int_i64(times as i64))?;
    Ok(d.into_obj())
}

/// What this interpreter's compiler does.
#[pymodule(name = "krait")]
pub mod krait {
    use super::*;

    /// Statistics of the compiler: a dict of counts, with a list of the loops that are compiled now
    /// ('loops': place, size, what one iteration of the first trace does, exits taken) and the
    /// reasons for which recordings were given up ('aborts').
    #[pyfunction("jit_stats()")]
    fn jit_stats(vm: &Vm) -> PyResult<Obj> {
        let c = copied();
        let d = PyDict::new(vm);
        d.set_item_str(vm, "enabled", Obj::bool(c.enabled))?;
        for (name, n) in c.counts {
            d.set_item_str(vm, name, vm.int_i64(n as i64))?;
        }
        d.set_item_str(vm, "compile_ms", vm.float(c.compile_ms))?;
        let aborts = PyDict::new(vm);
        for (why, n) in c.aborts {
            aborts.set_item_str(vm, &why, vm.int_i64(n as i64))?;
        }
        d.set_item_str(vm, "aborts", aborts.into_obj())?;
        let failures = c.failures.iter().map(|f| vm.str(f)).collect();
        d.set_item_str(vm, "failures", PyList::new(vm, failures))?;
        let loops = c.loops.iter().map(|l| loop_dict(vm, l)).collect::<PyResult<Vec<Obj>>>()?;
        d.set_item_str(vm, "loops", PyList::new(vm, loops))?;
        Ok(d.into_obj())
    }

    /// Why loops are not compiled: a list of dicts, one for each place where a recording was given
    /// up. With a function, only those of its code.
    #[pyfunction("jit_refusals(function=None)")]
    fn jit_refusals(vm: &Vm, function: Option<Ref<'_>>) -> PyResult<Obj> {
        let wanted = match function {
            Some(f) => Some(vm.str_of(vm.getattr_str(f, "__qualname__")?.r())?.to_string_lossy()),
            None => None,
        };
        let refused = copied().refused;
        let list = refused
            .iter()
            .filter(|(r, _)| wanted.as_ref().is_none_or(|w| *w == r.place.function))
            .map(|(r, n)| refusal_dict(vm, r, *n))
            .collect::<PyResult<Vec<Obj>>>()?;
        Ok(PyList::new(vm, list).into_obj())
    }
}
