//! `_string`: the parsers behind `string.Formatter`.

use std::cell::RefCell;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::iterators::pair;
use krait_object::prelude::*;
use krait_types::format::{FieldName, FieldStep, MarkupIter};

use crate::util::{make, no_header};

/// Pieces of a template: literal text, field name, format spec, conversion.
#[repr(C)]
#[derive(Trace)]
pub struct PyFormatterIter {
    header: Header,
    text: Py<PyStr>,
    #[trace(skip)]
    pieces: RefCell<MarkupIter>,
}

#[pyclass(layout = PyFormatterIter, name = "formatteriterator", own, flags(DISALLOW_INSTANTIATION))]
pub mod formatter_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyFormatterIter) -> PyResult<Option<Obj>> {
        let piece = zelf.pieces.borrow_mut().next(vm, &zelf.text)?;
        let Some(m) = piece else { return Ok(None) };
        let part = |(a, b): (usize, usize)| zelf.text.substring(vm, a, b).into_obj();
        let literal = part(m.literal);
        let (name, spec, conversion) = match m.field {
            None => (Obj::none(), Obj::none(), Obj::none()),
            Some(f) => {
                let conversion = f.conversion.map_or_else(Obj::none, |c| PyStr::from_char(vm, c).into_obj());
                (part(f.name), part(f.spec), conversion)
            }
        };
        Ok(Some(vm.tuple(vec![literal, name, spec, conversion])))
    }
}

/// Steps of a field name after the first: whether it is an attribute, and its name.
#[repr(C)]
#[derive(Trace)]
pub struct PyFieldNameIter {
    header: Header,
    text: Py<PyStr>,
    #[trace(skip)]
    steps: RefCell<FieldName>,
}

#[pyclass(layout = PyFieldNameIter, name = "fieldnameiterator", own, flags(DISALLOW_INSTANTIATION))]
pub mod field_name_iterator {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyFieldNameIter) -> PyResult<Option<Obj>> {
        let step = zelf.steps.borrow_mut().next(vm, &zelf.text)?;
        let (is_attr, value) = match step {
            None => return Ok(None),
            Some(FieldStep::Attr((a, b))) => (true, zelf.text.substring(vm, a, b).into_obj()),
            Some(FieldStep::Key((a, b))) => (false, zelf.text.substring(vm, a, b).into_obj()),
            Some(FieldStep::Index(i)) => (false, vm.int_usize(i)),
        };
        Ok(Some(pair(vm, Obj::bool(is_attr), value).into_obj()))
    }
}

fn expect<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<&'a PyStr> {
    o.downcast::<PyStr>(vm).ok_or_else(|| vm.type_error(format!("expected str, got {}", o.ty(vm).tp_name())))
}

/// string helper module
#[pymodule(name = "_string")]
pub mod string {
    use super::*;

    /// split the argument as a field name
    #[pyfunction("formatter_field_name_split(string, /)")]
    fn formatter_field_name_split(vm: &Vm, string: Ref<'_>) -> PyResult<Obj> {
        let text = expect(vm, string)?;
        let name = FieldName::split(vm, text, (0, text.len()))?;
        let first = match name.index {
            Some(i) => vm.int_usize(i),
            None => text.substring(vm, name.first.0, name.first.1).into_obj(),
        };
        let payload = PyFieldNameIter { header: no_header(), text: text.to_py(), steps: RefCell::new(name) };
        Ok(pair(vm, first, make(vm, payload).into_obj()).into_obj())
    }
    /// parse the argument as a format string
    #[pyfunction("formatter_parser(string, /)")]
    fn formatter_parser(vm: &Vm, string: Ref<'_>) -> PyResult<Obj> {
        let text = expect(vm, string)?;
        let pieces = RefCell::new(MarkupIter::new(0, text.len()));
        Ok(make(vm, PyFormatterIter { header: no_header(), text: text.to_py(), pieces }).into_obj())
    }
}
