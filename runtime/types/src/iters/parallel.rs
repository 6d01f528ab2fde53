//! Stepping several iterators together, for `zip` and `map`.

use krait_object::obj::refs;
use krait_object::prelude::*;

/// Items gathered without allocating for up to eight iterators.
pub struct Batch {
    few: [Option<Obj>; 8],
    many: Vec<Obj>,
    n: usize,
}

impl Batch {
    fn new() -> Batch {
        Batch { few: [const { None }; 8], many: Vec::new(), n: 0 }
    }
    fn push(&mut self, o: Obj) {
        if self.n < 8 {
            self.few[self.n] = Some(o);
        } else {
            if self.n == 8 {
                self.many.extend(self.few.iter_mut().filter_map(Option::take));
            }
            self.many.push(o);
        }
        self.n += 1;
    }
    /// The items, borrowed.
    pub fn as_refs(&self) -> &[Ref<'_>] {
        if self.n > 8 {
            return refs(&self.many);
        }
        // SAFETY: the first `n` are `Some`, and `Option<Obj>` is then the same word as `Obj`.
        unsafe { std::slice::from_raw_parts(self.few.as_ptr() as *const Ref<'_>, self.n) }
    }
    /// The items, owned.
    pub fn into_items(mut self) -> impl Iterator<Item = Obj> {
        let many = std::mem::take(&mut self.many);
        self.few.into_iter().flatten().chain(many)
    }
}

/// One item of each iterator; `None` as soon as one is exhausted. With `strict` all must be
/// exhausted together.
pub fn step(vm: &Vm, name: &str, iters: &[Obj], strict: bool) -> PyResult<Option<Batch>> {
    let mut batch = Batch::new();
    for (i, it) in iters.iter().enumerate() {
        match vm.iter_next(it.r())? {
            Some(v) => batch.push(v),
            None if strict => {
                // The items gathered so far live until the others have been checked, as in CPython.
                check_strict(vm, name, iters, i)?;
                return Ok(None);
            }
            None => return Ok(None),
        }
    }
    Ok(Some(batch))
}

/// Iterator `i` ended: fails unless it is the first and all others end too.
#[cold]
pub fn check_strict(vm: &Vm, name: &str, iters: &[Obj], i: usize) -> PyResult<()> {
    let plural = |i: usize| if i == 1 { " " } else { "s 1-" };
    if i > 0 {
        return Err(vm.value_error(format!("{name}() argument {} is shorter than argument{}{i}", i + 1, plural(i))));
    }
    for (i, it) in iters.iter().enumerate().skip(1) {
        if vm.iter_next(it.r())?.is_some() {
            return Err(vm.value_error(format!("{name}() argument {} is longer than argument{}{i}", i + 1, plural(i))));
        }
    }
    Ok(())
}
