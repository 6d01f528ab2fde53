//! The `code` type.

use krait_frontend::bytecode::{Instr, Op};
use krait_frontend::code::LocalKind;
use krait_macros::pyclass;
use krait_object::code::PyCode;
use krait_object::prelude::*;

/// Names as a tuple, made once.
fn cached(vm: &Vm, cell: &std::cell::OnceCell<Obj>, names: impl Iterator<Item = Obj>) -> Obj {
    cell.get_or_init(|| vm.tuple(names.collect())).clone()
}

/// `co_varnames`: parameters and other locals that are not merely cells.
pub fn varnames(vm: &Vm, c: &PyCode) -> Obj {
    let nparams = c.total_args();
    let names = c.local_names.iter().zip(&c.unit.locals).enumerate();
    cached(vm, &c.varnames_tuple, names.filter(|(i, (_, l))| *i < nparams || l.kind == LocalKind::Local).map(|(_, (n, _))| n.to_obj()))
}

/// `co_cellvars`.
pub fn cellvars(vm: &Vm, c: &PyCode) -> Obj {
    let names = c.local_names.iter().zip(&c.unit.locals);
    cached(vm, &c.cellvars_tuple, names.filter(|(_, l)| l.kind == LocalKind::Cell).map(|(n, _)| n.to_obj()))
}

/// `co_freevars`.
pub fn freevars(vm: &Vm, c: &PyCode) -> Obj {
    cached(vm, &c.freevars_tuple, c.freevars.iter().map(|n| n.to_obj()))
}

fn bytes_of_words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// Create a code object.  Not for mere mortals.
#[pyclass(layout = PyCode, name = "code", table = code, weakref, nosig, flags(DISALLOW_INSTANTIATION))]
pub mod code_class {
    use super::*;

    #[slot(repr)]
    fn repr(zelf: &PyCode) -> String {
        let file = zelf.filename().to_string_lossy();
        format!(
            "<code object {} at {:#x}, file \"{file}\", line {}>",
            zelf.name.to_string_lossy(),
            zelf.r().value().0,
            zelf.unit.first_line
        )
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, a: Ref<'_>, b: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
        let (Some(x), Some(y)) = (a.downcast::<PyCode>(vm), b.downcast::<PyCode>(vm)) else { return Ok(vm.not_implemented()) };
        if !matches!(op, CmpOp::Eq | CmpOp::Ne) {
            return Ok(vm.not_implemented());
        }
        let same = std::ptr::eq(x, y) || equal(vm, x, y)?;
        Ok(Obj::bool(same == (op == CmpOp::Eq)))
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyCode) -> PyResult<i64> {
        let parts = vm.tuple(vec![
            zelf.name.to_obj(),
            vm.tuple(zelf.consts.to_vec()),
            vm.int_i64(i64::from(zelf.unit.first_line)),
            vm.int_i64(i64::from(zelf.flags)),
        ]);
        vm.hash(parts.r())
    }
    #[member]
    fn co_argcount(zelf: &PyCode) -> u32 {
        zelf.argcount
    }
    #[member]
    fn co_posonlyargcount(zelf: &PyCode) -> u32 {
        zelf.posonlyargcount
    }
    #[member]
    fn co_kwonlyargcount(zelf: &PyCode) -> u32 {
        zelf.kwonlyargcount
    }
    #[member]
    fn co_stacksize(zelf: &PyCode) -> u32 {
        zelf.nregs - zelf.nlocals
    }
    #[member]
    fn co_flags(zelf: &PyCode) -> u32 {
        zelf.flags
    }
    #[getter]
    fn co_nlocals(vm: &Vm, zelf: &PyCode) -> PyResult<usize> {
        vm.len(varnames(vm, zelf).r())
    }
    #[member]
    fn co_names(vm: &Vm, zelf: &PyCode) -> Obj {
        cached(vm, &zelf.names_tuple, zelf.names.iter().map(|n| n.to_obj()))
    }
    #[member]
    fn co_consts(vm: &Vm, zelf: &PyCode) -> Obj {
        cached(vm, &zelf.consts_tuple, zelf.consts.iter().cloned())
    }
    #[getter]
    fn co_varnames(vm: &Vm, zelf: &PyCode) -> Obj {
        varnames(vm, zelf)
    }
    #[getter]
    fn co_cellvars(vm: &Vm, zelf: &PyCode) -> Obj {
        cellvars(vm, zelf)
    }
    #[getter]
    fn co_freevars(vm: &Vm, zelf: &PyCode) -> Obj {
        freevars(vm, zelf)
    }
    #[member]
    fn co_filename(zelf: &PyCode) -> Obj {
        zelf.filename().into_obj()
    }
    #[member]
    fn co_name(zelf: &PyCode) -> Obj {
        zelf.name.to_obj()
    }
    #[member]
    fn co_qualname(zelf: &PyCode) -> Obj {
        zelf.qualname.to_obj()
    }
    #[member]
    fn co_firstlineno(zelf: &PyCode) -> u32 {
        zelf.unit.first_line
    }
    #[getter]
    fn co_code(zelf: &PyCode) -> Vec<u8> {
        bytes_of_words(&zelf.unit.instrs)
    }
    #[getter("_co_code_adaptive")]
    fn co_code_adaptive(zelf: &PyCode) -> Vec<u8> {
        bytes_of_words(&zelf.unit.instrs)
    }
    #[member]
    fn co_exceptiontable(zelf: &PyCode) -> Vec<u8> {
        let words = zelf.unit.exceptions.iter().flat_map(|e| [e.start, e.end, e.handler, u32::from(e.depth) << 1 | u32::from(e.lasti)]);
        words.flat_map(u32::to_le_bytes).collect()
    }
    #[member]
    fn co_linetable(zelf: &PyCode) -> Vec<u8> {
        zelf.unit.positions.as_bytes().to_vec()
    }
    #[getter]
    fn co_lnotab(vm: &Vm, _zelf: &PyCode) -> PyResult<Vec<u8>> {
        vm.warn(vm.types.deprecation_warning, "co_lnotab is deprecated, use co_lines instead.", 1)?;
        Ok(Vec::new())
    }
    /// Return an iterator of (start, end, line) for each range of instructions.
    #[pymethod("co_lines(self)", nosig)]
    fn co_lines(vm: &Vm, zelf: &PyCode) -> PyResult {
        let items = zelf.unit.co_lines().map(|(s, e, l)| {
            let line = l.map_or_else(Obj::none, |l| vm.int_i64(i64::from(l)));
            vm.tuple(vec![vm.int_i64(i64::from(s) * 2), vm.int_i64(i64::from(e) * 2), line])
        });
        vm.iter(vm.list(items.collect()).r())
    }
    /// Return an iterator of (line, end line, column, end column) for each instruction word.
    #[pymethod("co_positions(self)", nosig)]
    fn co_positions(vm: &Vm, zelf: &PyCode) -> PyResult {
        let opt = |n: Option<u32>| n.map_or_else(Obj::none, |n| vm.int_i64(i64::from(n)));
        let items = zelf.unit.co_positions().map(|p| match p {
            Some(p) => vm.tuple(vec![opt(Some(p.line)), opt(Some(p.end_line)), opt(p.col), opt(p.end_col)]),
            None => vm.tuple(vec![Obj::none(), Obj::none(), Obj::none(), Obj::none()]),
        });
        vm.iter(vm.list(items.collect()).r())
    }
    #[pymethod("co_branches(self)", nosig)]
    fn co_branches(vm: &Vm, zelf: &PyCode) -> PyResult {
        let instrs = &zelf.unit.instrs;
        let mut items = Vec::new();
        let mut at = 0;
        while let Some(w) = instrs.get(at).map(|w| Instr(*w)) {
            let next = at + w.op().words();
            if let Some(target) = w.jump_target(next as u32)
                && !matches!(w.op(), Op::JUMP | Op::JUMP_BACK)
            {
                items.push(vm.tuple([at, next, target as usize].map(|n| vm.int_usize(n * 2)).to_vec()));
            }
            at = next;
        }
        vm.iter(vm.list(items).r())
    }
    #[pymethod("__sizeof__(self)", nosig)]
    fn sizeof(zelf: &PyCode) -> usize {
        size_of::<PyCode>() + zelf.unit.instrs.len() * 8 + zelf.consts.len() * 8 + zelf.sites.len() * size_of::<krait_object::code::Site>()
    }
    /// Return a copy of the code object with new values for the specified fields.
    #[pymethod("replace(self, /, **changes)")]
    fn replace(vm: &Vm, zelf: &PyCode, changes: KwArgs<'_>) -> PyResult {
        super::replaced(vm, zelf, changes)
    }
    #[pymethod("__replace__(self, /, **changes)")]
    fn replace_dunder(vm: &Vm, zelf: &PyCode, changes: KwArgs<'_>) -> PyResult {
        super::replaced(vm, zelf, changes)
    }
    /// Return the variable name for a given variable index.
    #[pymethod("_varname_from_oparg(self, oparg)")]
    fn varname_from_oparg(vm: &Vm, zelf: &PyCode, oparg: usize) -> PyResult {
        let all = zelf.local_names.iter().chain(zelf.freevars.iter()).nth(oparg);
        all.map(|n| n.to_obj()).ok_or_else(|| vm.index_error("tuple index out of range"))
    }
}

fn equal(vm: &Vm, a: &PyCode, b: &PyCode) -> PyResult<bool> {
    let (x, y) = (&a.unit, &b.unit);
    let plain = a.name.eq(&b.name)
        && (x.argcount, x.posonlyargcount, x.kwonlyargcount, x.flags, x.first_line)
            == (y.argcount, y.posonlyargcount, y.kwonlyargcount, y.flags, y.first_line)
        && x.instrs == y.instrs
        && x.locals == y.locals
        && x.freevars == y.freevars
        && x.names == y.names
        && x.exceptions == y.exceptions
        && x.positions.as_bytes() == y.positions.as_bytes()
        && a.consts.len() == b.consts.len();
    if !plain {
        return Ok(false);
    }
    for (p, q) in a.consts.iter().zip(&b.consts) {
        if !std::ptr::eq(p.r().ty(vm), q.r().ty(vm)) || !vm.eq(p.r(), q.r())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// May `new` stand where `old` does? Instructions rely on which constants are code objects and on
/// tuples of names.
fn same_kinds(vm: &Vm, old: &[Obj], new: &[Obj]) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|(a, b)| {
            let fixed = a.r().is_exact::<PyTuple>(vm) || a.r().is_exact::<PyCode>(vm);
            let (x, y) = (a.r().downcast_exact::<PyTuple>(vm), b.r().downcast_exact::<PyTuple>(vm));
            match (x, y) {
                (Some(x), Some(y)) => x.len() == y.len() && same_kinds(vm, x.as_slice(), y.as_slice()),
                _ if fixed => std::ptr::eq(a.r().ty(vm), b.r().ty(vm)),
                _ => !a.r().is_exact::<PyStr>(vm) || b.r().is_exact::<PyStr>(vm),
            }
        })
}

/// `code.replace`: names, flags, file and line may change; the instructions only along with
/// everything they refer to, so those fields are checked to be unchanged.
fn replaced(vm: &Vm, c: &PyCode, changes: KwArgs<'_>) -> PyResult {
    let mut unit = (*c.unit).clone();
    let mut filename = None;
    let mut consts = None;
    for (k, v) in changes.iter() {
        let key = k.to_string_lossy();
        let text = || -> PyResult<String> { Ok(vm.expect_str(v, &format!("replace() argument '{key}'"))?.to_string_lossy()) };
        match key.as_str() {
            "co_name" => unit.name = text()?.into(),
            "co_qualname" => unit.qualname = text()?.into(),
            "co_filename" => filename = Some(text()?),
            "co_firstlineno" => unit.first_line = vm.index_isize(v, vm.types.overflow_error)?.max(0) as u32,
            "co_flags" => unit.flags = vm.index_isize(v, vm.types.overflow_error)? as u32,
            "co_consts" => match v.downcast::<PyTuple>(vm) {
                Some(t) if same_kinds(vm, &c.consts, t.as_slice()) => consts = Some(t.to_py()),
                _ => return Err(vm.value_error("code: co_consts must be a tuple of as many constants of the same types")),
            },
            "co_argcount" | "co_posonlyargcount" | "co_kwonlyargcount" | "co_nlocals" | "co_stacksize" | "co_code" | "co_names"
            | "co_varnames" | "co_freevars" | "co_cellvars" | "co_linetable" | "co_exceptiontable" => {
                let same = vm.getattr(c.r(), k)?;
                if !vm.eq(same.r(), v)? {
                    return Err(vm.value_error(format!("code: replacing {key} is not possible")));
                }
            }
            _ => return Err(vm.type_error(format!("replace() got an unexpected keyword argument '{key}'"))),
        }
    }
    let new = crate::interp::functions::code_from_unit(vm, std::sync::Arc::new(unit))?;
    new.set_filename(match filename {
        Some(f) => vm.intern(&f),
        None => c.filename(),
    });
    let consts = consts.map_or_else(|| c.consts.clone(), |t| t.as_slice().to_vec().into_boxed_slice());
    // SAFETY: the code object is new and unshared.
    unsafe { new.set_consts(consts) };
    Ok(new.into_obj())
}
