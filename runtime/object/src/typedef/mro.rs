//! Method resolution order: C3 linearisation.

use crate::error::{PyResult, Raised};
use crate::obj::{Layout, Obj, Ref};
use crate::tuple::PyTuple;
use crate::ty::PyType;
use crate::vm::Vm;

/// The MRO of `ty` given its bases: the type, then the merge of the bases' MROs and the bases.
pub fn c3(vm: &Vm, ty: &PyType, bases: &PyTuple) -> PyResult<Vec<Obj>> {
    if let [base] = bases.as_slice() {
        let rest = mro_of(vm, base.r())?;
        return Ok(std::iter::once(ty.to_obj()).chain(rest).collect());
    }
    check_duplicates(vm, bases)?;
    let mut lists: Vec<Vec<Obj>> = Vec::with_capacity(bases.len() + 1);
    for base in bases.as_slice() {
        lists.push(mro_of(vm, base.r())?);
    }
    lists.push(bases.as_slice().to_vec());
    let mut out = vec![ty.to_obj()];
    let mut at = vec![0usize; lists.len()];
    loop {
        let mut left = false;
        let mut next = None;
        for (list, &i) in lists.iter().zip(&at) {
            let Some(candidate) = list.get(i) else { continue };
            left = true;
            let in_tail = |(l, j): (&Vec<Obj>, &usize)| l.iter().skip(j + 1).any(|o| o.r().ptr_eq(candidate.r()));
            if !lists.iter().zip(&at).any(in_tail) {
                next = Some(candidate.clone());
                break;
            }
        }
        match next {
            Some(c) => {
                for (list, i) in lists.iter().zip(at.iter_mut()) {
                    if list.get(*i).is_some_and(|o| o.r().ptr_eq(c.r())) {
                        *i += 1;
                    }
                }
                out.push(c);
            }
            None if left => return Err(inconsistent(vm, &lists, &at)),
            None => return Ok(out),
        }
    }
}

fn mro_of(vm: &Vm, base: Ref<'_>) -> PyResult<Vec<Obj>> {
    let ty = base.downcast::<PyType>(vm);
    match ty.and_then(|t| t.mro_ref()) {
        Some(m) => Ok(m.as_slice().to_vec()),
        None => {
            let name = ty.map_or_else(String::new, |t| t.tp_name());
            Err(vm.type_error(format!("Cannot extend an incomplete type '{name}'")))
        }
    }
}

fn check_duplicates(vm: &Vm, bases: &PyTuple) -> PyResult<()> {
    let all = bases.as_slice();
    for (i, b) in all.iter().enumerate() {
        if all[i + 1..].iter().any(|c| c.r().ptr_eq(b.r())) {
            let name = class_name(vm, b.r())?;
            return Err(vm.type_error(format!("duplicate base class {name}")));
        }
    }
    Ok(())
}

fn class_name(vm: &Vm, cls: Ref<'_>) -> PyResult<String> {
    match vm.getattr_opt(cls, vm.names().__name__)? {
        Some(n) => vm.str_text(n.r()),
        None => vm.repr_text(cls),
    }
}

fn inconsistent(vm: &Vm, lists: &[Vec<Obj>], at: &[usize]) -> Raised {
    // The heads that are stuck, each once.
    let mut stuck: Vec<Obj> = Vec::new();
    for (list, &i) in lists.iter().zip(at) {
        if let Some(o) = list.get(i)
            && !stuck.iter().any(|s| s.r().ptr_eq(o.r()))
        {
            stuck.push(o.clone());
        }
    }
    let mut names = Vec::with_capacity(stuck.len());
    for o in &stuck {
        match class_name(vm, o.r()) {
            Ok(n) => names.push(n),
            Err(e) => return e,
        }
    }
    vm.type_error(format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", ")))
}
