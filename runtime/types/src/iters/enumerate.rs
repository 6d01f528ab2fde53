//! `enumerate`.

use std::cell::Cell;

use dashu_int::IBig;
use krait_macros::{Trace, pyclass};
use krait_object::function::no_header;
use krait_object::iterators::reuse_pair;
use krait_object::prelude::*;
use krait_object::table_layout;

use crate::common::{add, new_instance, peek_obj};

/// An `enumerate` object.
#[repr(C)]
#[derive(Trace)]
pub struct PyEnumerate {
    header: Header,
    iter: Obj,
    /// The next number, while `large` is unset.
    #[trace(skip)]
    index: Cell<i64>,
    /// The next number beyond machine integers.
    large: Cell<Option<Obj>>,
    pair: Cell<Option<Py<PyTuple>>>,
}
table_layout!(PyEnumerate => enumerate);

impl PyEnumerate {
    /// Counts; the number before.
    #[inline(always)]
    fn count(&self, vm: &Vm) -> PyResult<Obj> {
        let i = self.index.get();
        if i < i64::MAX {
            self.index.set(i + 1);
            return Ok(vm.int_i64(i));
        }
        self.count_large(vm)
    }
    #[cold]
    fn count_large(&self, vm: &Vm) -> PyResult<Obj> {
        let now = peek_obj(&self.large).unwrap_or_else(|| vm.int_big(IBig::from(i64::MAX)));
        self.large.set(Some(add(vm, now.r(), Obj::small(1).r())?));
        Ok(now)
    }
}

/// `iterable` and `start`, with complaints in CPython's words.
fn arguments<'a>(vm: &Vm, args: Args<'a>) -> PyResult<(Ref<'a>, Option<Ref<'a>>)> {
    let n = args.all().len();
    if n == 0 {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    }
    if n > 2 {
        return Err(vm.type_error(format!("enumerate() takes at most 2 arguments ({n} given)")));
    }
    let mut slots = [args.pos().first().copied(), args.pos().get(1).copied()];
    for (k, v) in args.kwargs() {
        let i = usize::from(!k.eq_str("iterable"));
        if (i == 1 && !k.eq_str("start")) || slots[i].is_some() {
            return Err(vm.type_error(format!("'{k}' is an invalid keyword argument for enumerate()")));
        }
        slots[i] = Some(v);
    }
    match slots {
        [Some(iterable), start] => Ok((iterable, start)),
        _ => Err(vm.type_error("'start' is an invalid keyword argument for enumerate()")),
    }
}

/// Return an enumerate object.
///
///   iterable
///     an object supporting iteration
///
/// The enumerate object yields pairs containing a count (from start, which
/// defaults to zero) and a value yielded by the iterable argument.
///
/// enumerate is useful for obtaining an indexed list:
///     (0, seq[0]), (1, seq[1]), (2, seq[2]), ...
#[pyclass("enumerate", layout = PyEnumerate, table = enumerate, flags(BASETYPE))]
pub mod enumerate {
    use super::*;

    #[pynew("enumerate(iterable, start=0)", raw)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        let (iterable, start) = arguments(vm, args)?;
        let (mut index, mut large) = (0, None);
        if let Some(start) = start {
            let start = vm.index(start)?;
            match start.r().as_int(vm).and_then(IntRef::to_i64) {
                Some(i) => index = i,
                None => {
                    index = i64::MAX;
                    large = Some(start);
                }
            }
        }
        let iter = vm.iter(iterable)?;
        let payload = PyEnumerate { header: no_header(), iter, index: Cell::new(index), large: Cell::new(large), pair: Cell::new(None) };
        // SAFETY: `enumerate` has this layout.
        unsafe { new_instance(vm, cls, payload) }
    }
    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyEnumerate) -> PyResult<Option<Obj>> {
        vm.check_stack("")?;
        let Some(item) = vm.iter_next(zelf.iter.r())? else { return Ok(None) };
        let i = zelf.count(vm)?;
        Ok(Some(reuse_pair(vm, &zelf.pair, i, item).into_obj()))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyEnumerate) -> Obj {
        let index = peek_obj(&zelf.large).unwrap_or_else(|| vm.int_i64(zelf.index.get()));
        let args = vm.tuple(vec![zelf.iter.clone(), index]);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), args])
    }
    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, object: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, object)
    }
}
