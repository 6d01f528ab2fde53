//! The encoder that turns objects into a document.

use krait_macros::{Trace, pyclass};
use krait_object::function::PyBuiltinFunction;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::encode;
use crate::util::{make, no_header};

/// How strings are encoded.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Strings {
    Ascii,
    Plain,
    /// By calling the encoder.
    Call,
}

/// An encoder with the settings of a `JSONEncoder`.
#[repr(C)]
#[derive(Trace)]
pub struct PyEncoder {
    header: Header,
    markers: Obj,
    default: Obj,
    encoder: Obj,
    indent: Obj,
    key_separator: Py<PyStr>,
    item_separator: Py<PyStr>,
    #[trace(skip)]
    sort_keys: bool,
    #[trace(skip)]
    skipkeys: bool,
    #[trace(skip)]
    allow_nan: bool,
    #[trace(skip)]
    strings: Strings,
}

/// Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)
#[pyclass(layout = PyEncoder, name = "make_encoder", module = "_json", own)]
pub mod encoder {
    use super::*;

    #[pynew("make_encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)")]
    fn new(
        vm: &Vm,
        _cls: &PyType,
        markers: Ref<'_>,
        default: Obj,
        encoder: Obj,
        indent: Obj,
        key_separator: Py<PyStr>,
        item_separator: Py<PyStr>,
        sort_keys: bool,
        skipkeys: bool,
        allow_nan: bool,
    ) -> PyResult<Obj> {
        if !markers.is_none() && !markers.is_instance_of::<PyDict>(vm) {
            return Err(vm.type_error(format!("make_encoder() argument 1 must be dict or None, not {}", markers.ty(vm).tp_name())));
        }
        if !indent.r().is_none() && !indent.r().is_instance_of::<PyStr>(vm) {
            return Err(vm.type_error(format!("make_encoder() argument 4 must be str or None, not {}", indent.r().ty(vm).tp_name())));
        }
        let strings = strings_of(vm, encoder.r())?;
        let markers = markers.to_obj();
        let encoder = PyEncoder {
            header: no_header(),
            markers,
            default,
            encoder,
            indent,
            key_separator,
            item_separator,
            sort_keys,
            skipkeys,
            allow_nan,
            strings,
        };
        Ok(make(vm, encoder).into_obj())
    }
    #[pycall("make_encoder(obj, _current_indent_level)")]
    fn call(vm: &Vm, zelf: &PyEncoder, obj: Ref<'_>, level: isize) -> PyResult<Obj> {
        let indent = zelf.indent.r().downcast::<PyStr>(vm).map(Layout::to_py);
        let mut run = Run { vm, zelf, out: StrBuilder::new(), indent, level: level.max(0) as usize, open: Vec::new() };
        run.value(obj)?;
        Ok(vm.tuple(vec![run.out.finish(vm).into_obj()]))
    }
    #[member("markers")]
    fn get_markers(zelf: &PyEncoder) -> Obj {
        zelf.markers.clone()
    }
    #[member("default")]
    fn get_default(zelf: &PyEncoder) -> Obj {
        zelf.default.clone()
    }
    #[member("encoder")]
    fn get_encoder(zelf: &PyEncoder) -> Obj {
        zelf.encoder.clone()
    }
    #[member("indent")]
    fn get_indent(zelf: &PyEncoder) -> Obj {
        zelf.indent.clone()
    }
    #[member("key_separator")]
    fn get_key_separator(zelf: &PyEncoder) -> Obj {
        zelf.key_separator.r().to_obj()
    }
    #[member("item_separator")]
    fn get_item_separator(zelf: &PyEncoder) -> Obj {
        zelf.item_separator.r().to_obj()
    }
    #[member("sort_keys")]
    fn get_sort_keys(zelf: &PyEncoder) -> bool {
        zelf.sort_keys
    }
    #[member("skipkeys")]
    fn get_skipkeys(zelf: &PyEncoder) -> bool {
        zelf.skipkeys
    }
}

/// Our own functions need not be called.
fn strings_of(vm: &Vm, encoder: Ref<'_>) -> PyResult<Strings> {
    if !encoder.is_exact::<PyBuiltinFunction>(vm) {
        return Ok(Strings::Call);
    }
    let module = vm.getattr_str(encoder, "__module__")?;
    let name = vm.getattr_str(encoder, "__name__")?;
    let text = |o: &Obj| o.r().downcast::<PyStr>(vm).map(PyStr::to_string_lossy);
    Ok(match (text(&module).as_deref(), text(&name).as_deref()) {
        (Some("_json"), Some("encode_basestring_ascii")) => Strings::Ascii,
        (Some("_json"), Some("encode_basestring")) => Strings::Plain,
        _ => Strings::Call,
    })
}

/// One document being written.
struct Run<'a> {
    vm: &'a Vm,
    zelf: &'a PyEncoder,
    out: StrBuilder,
    indent: Option<Py<PyStr>>,
    level: usize,
    /// Containers being written.
    open: Vec<u64>,
}

impl Run<'_> {
    fn value(&mut self, o: Ref<'_>) -> PyResult<()> {
        let vm = self.vm;
        if o.is_none() {
            self.out.push_str("null");
        } else if let Some(s) = o.downcast::<PyStr>(vm) {
            self.string(s)?;
        } else if std::ptr::eq(o.ty(vm), vm.types.bool) {
            self.out.push_str(if vm.is_true(o)? { "true" } else { "false" });
        } else if let Some(i) = o.as_int(vm) {
            self.int(i)?;
        } else if let Some(f) = o.as_float(vm) {
            self.float(f, o)?;
        } else if o.is_instance_of::<PyList>(vm) || o.is_instance_of::<PyTuple>(vm) {
            self.nested(o, |run, o| run.sequence(o))?;
        } else if let Some(d) = o.downcast::<PyDict>(vm) {
            self.nested(o, |run, o| run.mapping(o, d))?;
        } else {
            self.nested(o, |run, o| {
                let new = vm.call1(run.zelf.default.r(), o)?;
                let done = run.value(new.r());
                done.map_err(|e| note(vm, e, || Ok(format!("when serializing {} object", type_name(vm, o)))))
            })?;
        }
        Ok(())
    }
    /// Writes something that may contain itself.
    fn nested<'o>(&mut self, o: Ref<'o>, f: impl FnOnce(&mut Self, Ref<'o>) -> PyResult<()>) -> PyResult<()> {
        self.vm.check_stack(" while encoding a JSON object")?;
        let marked = !self.zelf.markers.r().is_none();
        if marked {
            if self.open.contains(&o.value().0) {
                return Err(self.vm.value_error("Circular reference detected"));
            }
            self.open.push(o.value().0);
        }
        let r = f(self, o);
        if marked {
            self.open.pop();
        }
        r
    }
    fn string(&mut self, s: &PyStr) -> PyResult<()> {
        let vm = self.vm;
        self.out.try_reserve(vm, s.len() + 2)?;
        match self.zelf.strings {
            Strings::Ascii => encode::ascii(&mut self.out, s),
            Strings::Plain => encode::plain(&mut self.out, s),
            Strings::Call => {
                let r = vm.call1(self.zelf.encoder.r(), s.r())?;
                let Some(text) = r.r().downcast::<PyStr>(vm) else {
                    return Err(vm.type_error(format!("encoder() must return a string, not {}", r.r().ty(vm).tp_name())));
                };
                self.out.push_pystr(text);
            }
        }
        Ok(())
    }
    fn int(&mut self, i: IntRef<'_>) -> PyResult<()> {
        match i {
            IntRef::Small(i) => self.out.push_str(krait_types::int::decimal_digits(i, &mut [0; 20])),
            big => self.out.push_str(&krait_types::int::decimal(self.vm, big)?),
        }
        Ok(())
    }
    fn float_text(&self, f: f64, o: Ref<'_>) -> PyResult<Py<PyStr>> {
        let vm = self.vm;
        if f.is_finite() {
            return vm.repr(vm.float(f).r());
        }
        if !self.zelf.allow_nan {
            let text = vm.repr_text(o)?;
            return Err(vm.value_error(format!("Out of range float values are not JSON compliant: {text}")));
        }
        Ok(PyStr::from_ascii(
            vm,
            if f.is_nan() {
                "NaN"
            } else if f > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            },
        ))
    }
    fn float(&mut self, f: f64, o: Ref<'_>) -> PyResult<()> {
        let text = self.float_text(f, o)?;
        self.out.push_pystr(&text);
        Ok(())
    }
    fn newline(&mut self) {
        if let Some(indent) = self.indent.clone() {
            self.out.push(10);
            for _ in 0..self.level {
                self.out.push_pystr(&indent);
            }
        }
    }
    fn separator(&mut self) {
        self.out.push_pystr(&self.zelf.item_separator);
        self.newline();
    }
    fn sequence(&mut self, o: Ref<'_>) -> PyResult<()> {
        let vm = self.vm;
        // Callbacks may change a list, so items are fetched one at a time.
        let get = |i: usize| match o.downcast::<PyList>(vm) {
            Some(l) => l.get(i),
            None => o.downcast::<PyTuple>(vm).and_then(|t| t.get(i).cloned()),
        };
        let mut next = get(0);
        if next.is_none() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push(0x5b);
        self.level += 1;
        self.newline();
        let mut i = 0;
        while let Some(item) = next {
            if i > 0 {
                self.separator();
            }
            self.value(item.r()).map_err(|e| note(vm, e, || Ok(format!("when serializing {} item {i}", type_name(vm, o)))))?;
            i += 1;
            next = get(i);
        }
        self.level -= 1;
        self.newline();
        self.out.push(0x5d);
        Ok(())
    }
    fn mapping(&mut self, o: Ref<'_>, d: &PyDict) -> PyResult<()> {
        let vm = self.vm;
        if d.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        self.out.push(0x7b);
        self.level += 1;
        let mut first = true;
        if self.zelf.sort_keys || !o.is_exact::<PyDict>(vm) {
            let items = vm.mapping_list(o, "items")?;
            let items = PyList::new(vm, items);
            if self.zelf.sort_keys {
                vm.call_method_str(items.r(), "sort", &[])?;
            }
            for item in items.to_vec() {
                let Some(pair) = item.r().downcast::<PyTuple>(vm).filter(|t| t.len() == 2) else {
                    return Err(vm.value_error("items must return 2-tuples"));
                };
                let pair = pair.as_slice();
                self.entry(o, pair[0].r(), pair[1].r(), &mut first)?;
            }
        } else {
            let mut pos = 0;
            while let Some((k, v)) = d.next_entry(&mut pos) {
                self.entry(o, k.r(), v.r(), &mut first)?;
            }
        }
        self.level -= 1;
        // All keys may have been skipped.
        if !first {
            self.newline();
        }
        self.out.push(0x7d);
        Ok(())
    }
    fn entry(&mut self, dict: Ref<'_>, k: Ref<'_>, v: Ref<'_>, first: &mut bool) -> PyResult<()> {
        let vm = self.vm;
        let converted: Py<PyStr>;
        let key: &PyStr = if let Some(s) = k.downcast::<PyStr>(vm) {
            s
        } else {
            converted = if let Some(f) = k.as_float(vm) {
                self.float_text(f, k)?
            } else if k.is_none() {
                PyStr::from_ascii(vm, "null")
            } else if std::ptr::eq(k.ty(vm), vm.types.bool) {
                PyStr::from_ascii(vm, if vm.is_true(k)? { "true" } else { "false" })
            } else if let Some(i) = k.as_int(vm) {
                krait_types::int::int_repr(vm, i)?
            } else if self.zelf.skipkeys {
                return Ok(());
            } else {
                let got = k.ty(vm).tp_name();
                return Err(vm.type_error(format!("keys must be str, int, float, bool or None, not {got}")));
            };
            &converted
        };
        if std::mem::replace(first, false) {
            self.newline();
        } else {
            self.separator();
        }
        self.string(key)?;
        self.out.push_pystr(&self.zelf.key_separator);
        self.value(v).map_err(|e| note(vm, e, || Ok(format!("when serializing {} item {}", type_name(vm, dict), vm.repr_text(k)?))))
    }
}

fn type_name(vm: &Vm, o: Ref<'_>) -> String {
    krait_object::dict::qualified_type_name(vm, o.ty(vm))
}

/// Adds a note to the exception in flight.
#[cold]
fn note(vm: &Vm, e: Raised, text: impl FnOnce() -> PyResult<String>) -> Raised {
    let exc = vm.take_raised(e);
    let add = || -> PyResult<()> {
        let text = vm.str(&text()?);
        vm.call_method_str(exc.r(), "add_note", &[text.r()])?;
        Ok(())
    };
    match add() {
        Ok(()) => vm.raise_as_is(exc),
        Err(e) => e,
    }
}
