//! `dict_keys`, `dict_values`, `dict_items`.

use krait_macros::{Trace, pyclass};
use krait_object::function::{alloc_exact, no_header};
use krait_object::iterators::PyDictIter;
use krait_object::prelude::*;
use krait_object::protocol::repr_guard::repr_enter;
use krait_object::table_layout;

use super::view_ops;
use crate::common::fast_eq;

/// A view of a dict; the object's type says of what.
#[repr(C)]
#[derive(Trace)]
pub struct PyDictView {
    header: Header,
    pub dict: Py<PyDict>,
}
table_layout!(PyDictView => dict_keys);

impl PyDictView {
    /// The payload of a view, for types derived from the three.
    pub fn payload(dict: &PyDict) -> PyDictView {
        PyDictView { header: no_header(), dict: dict.to_py() }
    }
    /// A view of one of the three types.
    pub fn create(vm: &Vm, ty: &PyType, dict: &PyDict) -> Obj {
        // SAFETY: the three types have this layout and cannot be subclassed.
        unsafe { alloc_exact(vm, ty, PyDictView { header: no_header(), dict: dict.to_py() }) }.into_obj()
    }
}

/// Is the object a keys or items view?
pub fn is_set_like_view(vm: &Vm, o: Ref<'_>) -> bool {
    let ty = o.ty(vm);
    let is = |t: &PyType| std::ptr::eq(ty, t) || ty.derives_from_base(t);
    is(vm.types.dict_keys) || is(vm.types.dict_items)
}

/// A keys or items view's storage.
pub fn as_set_like_view<'a>(vm: &Vm, o: Ref<'a>) -> Option<&'a PyDictView> {
    // SAFETY: both types have the layout.
    if is_set_like_view(vm, o) { Some(unsafe { o.downcast_unchecked() }) } else { None }
}

/// `key in keys`.
fn keys_contain(vm: &Vm, d: &PyDict, key: Ref<'_>) -> PyResult<bool> {
    d.contains(vm, key)
}

/// `key, value in items`.
pub fn items_contain(vm: &Vm, d: &PyDict, item: Ref<'_>) -> PyResult<bool> {
    let Some([k, v]) = item.downcast::<PyTuple>(vm).map(PyTuple::as_slice) else { return Ok(false) };
    match d.get(vm, k.r())? {
        Some(found) => fast_eq(vm, found.r(), v.r()),
        None => Ok(false),
    }
}

fn repr(vm: &Vm, view: &PyDictView) -> PyResult<Obj> {
    let Some(_guard) = repr_enter(vm, view.r()) else { return Ok(vm.str("...")) };
    let items = vm.to_list(view.r())?;
    let mut out = krait_object::str::StrBuilder::new();
    out.push_str(&view.r().ty(vm).name_lossy());
    out.push_str("(");
    out.push_pystr(&*vm.repr(items.r())?);
    out.push_str(")");
    Ok(out.finish(vm).into_obj())
}

fn mapping(vm: &Vm, view: &PyDictView) -> PyResult<Obj> {
    vm.call1(vm.types.mapping_proxy.r(), view.dict.r())
}

/// Declares the view type `$module`, with the types of its iterators and the given further items.
macro_rules! view_class {
    ($module:ident, $text:literal, $iter:ident, $reverse:ident, $doc:literal, [$($options:tt)*], { $($more:tt)* }) => {
        #[pyclass($text, layout = PyDictView, table = $module, flags(DISALLOW_INSTANTIATION) $($options)*)]
        pub mod $module {
            use super::*;
            $($more)*

            /// dictionary that this view refers to
            #[getter]
            fn mapping(vm: &Vm, zelf: &PyDictView) -> PyResult<Obj> {
                super::mapping(vm, zelf)
            }
            #[slot(repr)]
            fn repr(vm: &Vm, zelf: &PyDictView) -> PyResult<Obj> {
                super::repr(vm, zelf)
            }
            #[slot(iter)]
            fn iter(vm: &Vm, zelf: &PyDictView) -> Obj {
                PyDictIter::new(vm, vm.types.$iter, zelf.dict.clone(), false).into_obj()
            }
            #[slot(sq_length)]
            fn len(zelf: &PyDictView) -> usize {
                zelf.dict.len()
            }
            #[doc = $doc]
            #[pymethod]
            fn __reversed__(vm: &Vm, zelf: &PyDictView) -> Obj {
                PyDictIter::new(vm, vm.types.$reverse, zelf.dict.clone(), true).into_obj()
            }
        }
    };
}

/// A view that is also a set; `$contains` answers `in`.
macro_rules! set_like_view {
    ($module:ident, $text:literal, $iter:ident, $reverse:ident, $doc:literal, $contains:path) => {
        view_class!($module, $text, $iter, $reverse, $doc, [, unhashable], {
            /// Return True if the view and the given iterable have a null intersection.
            #[pymethod]
            fn isdisjoint(vm: &Vm, zelf: Ref<'_>, object: Ref<'_>) -> PyResult<bool> {
                view_ops::is_disjoint(vm, zelf, object)
            }
            #[slot(richcompare)]
            fn richcompare(vm: &Vm, zelf: Ref<'_>, other: Ref<'_>, op: CmpOp) -> PyResult<Obj> {
                view_ops::compare(vm, zelf, other, op)
            }
            #[slot(nb_subtract)]
            fn sub(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                view_ops::difference(vm, a, b)
            }
            #[slot(nb_and)]
            fn and(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                view_ops::intersection(vm, a, b)
            }
            #[slot(nb_xor)]
            fn xor(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                view_ops::symmetric_difference(vm, a, b)
            }
            #[slot(nb_or)]
            fn or(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
                view_ops::union(vm, a, b)
            }
            #[slot(sq_contains)]
            fn contains(vm: &Vm, zelf: &PyDictView, item: Ref<'_>) -> PyResult<bool> {
                $contains(vm, &zelf.dict, item)
            }
        });
    };
}

set_like_view!(
    dict_keys,
    "dict_keys",
    dict_keyiterator,
    dict_reversekeyiterator,
    "Return a reverse iterator over the dict keys.",
    keys_contain
);
view_class!(
    dict_values,
    "dict_values",
    dict_valueiterator,
    dict_reversevalueiterator,
    "Return a reverse iterator over the dict values.",
    [],
    {}
);
set_like_view!(
    dict_items,
    "dict_items",
    dict_itemiterator,
    dict_reverseitemiterator,
    "Return a reverse iterator over the dict items.",
    items_contain
);
