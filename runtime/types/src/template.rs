//! `string.templatelib`: template strings (PEP 750).

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::convert::type_word;
use krait_object::dict::qualified_type_name;
use krait_object::function::{alloc_exact, no_header};
use krait_object::prelude::*;
use krait_object::str::StrBuilder;
use krait_object::table_layout;

/// The types declared here.
pub static TYPES: &[&TypeDef] = &[&template::DEF, &template_iter::DEF, &interpolation::DEF];

/// A template string: `strings` has one item more than `interpolations`.
#[repr(C)]
#[derive(Trace)]
pub struct PyTemplate {
    header: Header,
    pub strings: Py<PyTuple>,
    pub interpolations: Py<PyTuple>,
}
table_layout!(PyTemplate => template);

/// A replacement field of a template string.
#[repr(C)]
#[derive(Trace)]
pub struct PyInterpolation {
    header: Header,
    pub value: Obj,
    pub expression: Py<PyStr>,
    /// A str or None.
    pub conversion: Obj,
    pub format_spec: Py<PyStr>,
}
table_layout!(PyInterpolation => interpolation);

/// Iterates over the parts of a template, leaving out empty strings.
#[repr(C)]
#[derive(Trace)]
pub struct PyTemplateIter {
    header: Header,
    template: Py<PyTemplate>,
    /// Twice the number of interpolations passed, plus one if the string before the next has been.
    position: Cell<usize>,
}
table_layout!(PyTemplateIter => template_iter);

/// A template from its strings and interpolations, of which there is one less.
pub fn make_template(vm: &Vm, strings: Py<PyTuple>, interpolations: Py<PyTuple>) -> Obj {
    // SAFETY: the type has this layout and no attributes, and cannot be subclassed.
    unsafe { alloc_exact(vm, vm.types.template, PyTemplate { header: no_header(), strings, interpolations }) }.into_obj()
}

/// The interpolation `{expression!conversion:format_spec}` of `value`. `conversion` is `'s'`,
/// `'r'` or `'a'`.
pub fn make_interpolation(vm: &Vm, value: Obj, expression: Py<PyStr>, conversion: Option<char>, format_spec: Option<Py<PyStr>>) -> Obj {
    let conversion = match conversion {
        Some(c) => vm.intern(c.encode_utf8(&mut [0; 4])).into_obj(),
        None => Obj::none(),
    };
    let format_spec = format_spec.unwrap_or_else(|| vm.names().empty.to_py());
    interpolation_of(vm, value, expression, conversion, format_spec)
}

fn interpolation_of(vm: &Vm, value: Obj, expression: Py<PyStr>, conversion: Obj, format_spec: Py<PyStr>) -> Obj {
    let payload = PyInterpolation { header: no_header(), value, expression, conversion, format_spec };
    // SAFETY: the type has this layout and no attributes, and cannot be subclassed.
    unsafe { alloc_exact(vm, vm.types.interpolation, payload) }.into_obj()
}

/// Collects the parts of a template; adjacent strings are joined.
struct Builder<'v> {
    vm: &'v Vm,
    strings: Vec<Obj>,
    interpolations: Vec<Obj>,
    /// The string since the last interpolation.
    last: Option<Py<PyStr>>,
}

impl Builder<'_> {
    fn new(vm: &Vm) -> Builder<'_> {
        Builder { vm, strings: Vec::new(), interpolations: Vec::new(), last: None }
    }
    fn string(&mut self, s: &PyStr) -> PyResult<()> {
        self.last = Some(match self.last.take() {
            Some(before) => before.concat(self.vm, s)?,
            None => s.to_py(),
        });
        Ok(())
    }
    fn end_string(&mut self) {
        let s = self.last.take().unwrap_or_else(|| self.vm.names().empty.to_py());
        self.strings.push(s.into_obj());
    }
    fn interpolation(&mut self, i: Obj) {
        self.end_string();
        self.interpolations.push(i);
    }
    fn finish(mut self) -> Obj {
        self.end_string();
        let vm = self.vm;
        make_template(vm, PyTuple::new(vm, self.strings), PyTuple::new(vm, self.interpolations))
    }
}

/// `a + b`.
fn concat(vm: &Vm, a: &PyTemplate, b: &PyTemplate) -> PyResult<Obj> {
    let mut out = Builder::new(vm);
    for t in [a, b] {
        for (i, s) in t.strings.as_slice().iter().enumerate() {
            if let Some(s) = s.r().downcast::<PyStr>(vm) {
                out.string(s)?;
            }
            if let Some(x) = t.interpolations.get(i) {
                out.interpolation(x.clone());
            }
        }
    }
    Ok(out.finish())
}

/// Template object
#[pyclass("Template", layout = PyTemplate, table = template, module = "string.templatelib", nosig)]
pub mod template {
    use super::*;

    #[slot(new)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        if args.has_kw() {
            return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
        }
        let mut out = Builder::new(vm);
        for item in args.pos() {
            if let Some(s) = item.downcast::<PyStr>(vm) {
                out.string(s)?;
            } else if item.is_exact::<PyInterpolation>(vm) {
                out.interpolation(item.to_obj());
            } else {
                let got = qualified_type_name(vm, item.ty(vm));
                let text = format!("Template.__new__ *args need to be of type 'str' or 'Interpolation', got {got}");
                return Err(vm.type_error(text));
            }
        }
        Ok(out.finish())
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyTemplate) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        out.push_str("Template(strings=");
        out.push_pystr(&*vm.repr(zelf.strings.r())?);
        out.push_str(", interpolations=");
        out.push_pystr(&*vm.repr(zelf.interpolations.r())?);
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyTemplate) -> Obj {
        let payload = PyTemplateIter { header: no_header(), template: zelf.to_py(), position: Cell::new(0) };
        // SAFETY: the type has this layout and no attributes.
        unsafe { alloc_exact(vm, vm.types.template_iter, payload) }.into_obj()
    }
    #[slot(sq_concat)]
    fn add(vm: &Vm, zelf: &PyTemplate, other: Ref<'_>) -> PyResult<Obj> {
        match other.downcast_exact::<PyTemplate>(vm) {
            Some(b) => super::concat(vm, zelf, b),
            None => {
                let got = qualified_type_name(vm, other.ty(vm));
                let text = format!("can only concatenate string.templatelib.Template (not \"{got}\") to string.templatelib.Template");
                Err(vm.type_error(text))
            }
        }
    }
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyTemplate) -> PyResult<Obj> {
        let module = (vm.interp.hooks().import)(vm, "string.templatelib")?;
        let f = vm.getattr_str(module.r(), "_template_unpickle")?;
        Ok(vm.tuple(vec![f, vm.tuple(vec![zelf.strings.to_obj(), zelf.interpolations.to_obj()])]))
    }
    /// Strings
    #[member]
    fn strings(zelf: &PyTemplate) -> Obj {
        zelf.strings.to_obj()
    }
    /// Interpolations
    #[member]
    fn interpolations(zelf: &PyTemplate) -> Obj {
        zelf.interpolations.to_obj()
    }
    /// Values of interpolations
    #[getter]
    fn values(vm: &Vm, zelf: &PyTemplate) -> Obj {
        let value = |i: &Obj| i.r().downcast::<PyInterpolation>(vm).map_or_else(Obj::none, |i| i.value.clone());
        vm.tuple(zelf.interpolations.as_slice().iter().map(value).collect())
    }
}

#[pyclass("TemplateIter", layout = PyTemplateIter, table = template_iter, module = "string.templatelib", flags(DISALLOW_INSTANTIATION))]
pub mod template_iter {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyTemplateIter) -> Option<Obj> {
        loop {
            let at = zelf.position.get();
            let (list, is_string) =
                if at.is_multiple_of(2) { (&zelf.template.strings, true) } else { (&zelf.template.interpolations, false) };
            let part = list.get(at / 2)?.clone();
            zelf.position.set(at + 1);
            if !is_string || part.r().downcast::<PyStr>(vm).is_some_and(|s| !s.is_empty()) {
                return Some(part);
            }
        }
    }
}

/// A conversion: None, or one of the three letters.
fn check_conversion(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    if o.is_none() {
        return Ok(o.to_obj());
    }
    let Some(s) = o.downcast::<PyStr>(vm) else {
        let got = type_word(vm, o);
        return Err(vm.type_error(format!("Interpolation() argument 'conversion' must be str, not {got}")));
    };
    if !["s", "r", "a"].iter().any(|c| s.eq_str(c)) {
        return Err(vm.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"));
    }
    Ok(o.to_obj())
}

/// Interpolation object
#[pyclass("Interpolation", layout = PyInterpolation, table = interpolation, module = "string.templatelib")]
pub mod interpolation {
    use super::*;

    #[pynew("Interpolation(value, expression='', conversion=None, format_spec='')", raw)]
    fn new(vm: &Vm, _cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        use krait_object::unpack::ParamSpec;
        static SPEC: ParamSpec = ParamSpec {
            func: "Interpolation",
            names: &["value", "expression", "conversion", "format_spec"],
            posonly: 0,
            npos: 4,
            minpos: 1,
            required: 1,
            varargs: false,
            varkw: false,
        };
        let mut out = [None; 4];
        SPEC.unpack(vm, &args, &mut out)?;
        let [value, expression, conversion, format_spec] = out;
        let text = |arg: Option<Ref<'_>>, name: &str| match arg {
            None => Ok(vm.names().empty.to_py()),
            Some(o) => match o.downcast::<PyStr>(vm) {
                Some(s) => Ok(s.to_py()),
                None => {
                    let got = type_word(vm, o);
                    Err(vm.type_error(format!("Interpolation() argument '{name}' must be str, not {got}")))
                }
            },
        };
        let expression = text(expression, "expression")?;
        let conversion = check_conversion(vm, conversion.unwrap_or(vm.none()))?;
        let format_spec = text(format_spec, "format_spec")?;
        let value = krait_object::unpack::required(value).to_obj();
        Ok(interpolation_of(vm, value, expression, conversion, format_spec))
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PyInterpolation) -> PyResult<Obj> {
        let mut out = StrBuilder::new();
        out.push_str("Interpolation(");
        for (i, o) in [zelf.value.r(), zelf.expression.r(), zelf.conversion.r(), zelf.format_spec.r()].into_iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_pystr(&*vm.repr(o)?);
        }
        out.push_str(")");
        Ok(out.finish(vm).into_obj())
    }
    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyInterpolation) -> Obj {
        let args = vm.tuple(vec![zelf.value.clone(), zelf.expression.to_obj(), zelf.conversion.clone(), zelf.format_spec.to_obj()]);
        vm.tuple(vec![zelf.r().ty(vm).to_obj(), args])
    }
    /// See PEP 585
    #[pyclassmethod(raw)]
    fn __class_getitem__(vm: &Vm, cls: Ref<'_>, item: Ref<'_>) -> PyResult<Obj> {
        krait_object::protocol::generic_alias(vm, cls, item)
    }
    #[classattr]
    fn __match_args__(vm: &Vm) -> Obj {
        let names = ["value", "expression", "conversion", "format_spec"];
        vm.tuple(names.iter().map(|n| vm.intern(n).into_obj()).collect())
    }
    /// Value
    #[member]
    fn value(zelf: &PyInterpolation) -> Obj {
        zelf.value.clone()
    }
    /// Expression
    #[member]
    fn expression(zelf: &PyInterpolation) -> Obj {
        zelf.expression.to_obj()
    }
    /// Conversion
    #[member]
    fn conversion(zelf: &PyInterpolation) -> Obj {
        zelf.conversion.clone()
    }
    /// Format specification
    #[member]
    fn format_spec(zelf: &PyInterpolation) -> Obj {
        zelf.format_spec.to_obj()
    }
}
