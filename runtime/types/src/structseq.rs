//! Struct sequences: tuple subtypes with named fields, such as `os.stat_result`.
//!
//! A struct sequence has `n_sequence_fields` items that behave as a tuple, and possibly hidden
//! fields reachable by name only. Hidden items follow the visible ones in the same block; their
//! number is kept in the object's own header bits, so that the tuple's length stays truthful.

use std::cell::RefCell;
use std::collections::HashMap;

use krait_object::args::Args;
use krait_object::gc::Visitor;
use krait_object::header::{FLAG_TYPE_SHIFT, free_raw};
use krait_object::native::NativeFacts;
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;
use krait_object::ty::TypeIndex;

/// The name of a field that can only be reached by index.
pub const UNNAMED: &str = "unnamed field";

/// A field: its name ([`UNNAMED`] for none) and its docstring.
pub type Field = (&'static str, &'static str);

/// The declaration of a struct sequence type.
pub struct StructSeqDef {
    /// `__module__`.
    pub module: &'static str,
    pub name: &'static str,
    pub doc: Option<&'static str>,
    pub fields: &'static [Field],
    /// How many of the fields are items of the tuple.
    pub n_in_sequence: usize,
    /// Completes the values given to the constructor.
    pub complete: Option<fn(&mut [Obj])>,
}

/// Struct sequence types by type object, and by declaration.
#[derive(Default)]
struct Registry {
    by_type: RefCell<HashMap<*const PyType, &'static StructSeqDef>>,
    by_def: RefCell<HashMap<*const StructSeqDef, &'static PyType>>,
    /// Types whose constructor takes the fields themselves.
    plain: RefCell<Vec<*const PyType>>,
}

macro_rules! item_getters {
    ($($i:literal)*) => {
        static GETTERS: &[fn(&Vm, Ref<'_>) -> PyResult<Obj>] = &[$(|_, o| Ok(field(o, $i))),*];
    };
}
item_getters!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39);

/// Visible and hidden items of an instance.
fn total(p: &Header, visible: usize) -> usize {
    visible + (p.flags() >> FLAG_TYPE_SHIFT) as usize
}

/// Item `i` of an instance, hidden ones included.
fn field(o: Ref<'_>, i: usize) -> Obj {
    // SAFETY: the getters stand in struct sequence types only, whose instances are tuples.
    let t = unsafe { o.downcast_unchecked::<PyTuple>() };
    if i >= total(Layout::header(t), t.len()) {
        return Obj::none();
    }
    // SAFETY: `i` is below the number of items the block holds, and items never change.
    unsafe { Ref::from_value_unchecked(*t.items_ptr().add(i)) }.to_obj()
}

unsafe fn dealloc(_vm: &Vm, p: *mut Header) {
    // SAFETY: called with a dead instance; every item is dropped once.
    unsafe {
        let t = &*(p as *const PyTuple);
        let n = total(&*p, t.len());
        for i in 0..n {
            drop(Obj::from_value_opt(*t.items_ptr().add(i)));
        }
        free_raw(p, size_of::<PyTuple>() + n * 8, true);
    }
}

unsafe fn traverse(p: *const Header, v: &mut Visitor<'_>) {
    // SAFETY: called with a live instance.
    unsafe {
        let t = &*(p as *const PyTuple);
        for i in 0..total(&*p, t.len()) {
            v.visit(*t.items_ptr().add(i));
        }
    }
}

fn def_of(vm: &Vm, ty: &PyType) -> Option<&'static StructSeqDef> {
    vm.interp.state::<Registry>().by_type.borrow().get(&(ty as *const PyType)).copied()
}

impl StructSeqDef {
    fn n_unnamed(&self) -> usize {
        self.fields.iter().filter(|f| f.0 == UNNAMED).count()
    }
}

/// The type made from `def`, created on first use.
pub fn struct_type(vm: &Vm, def: &'static StructSeqDef) -> PyResult<&'static PyType> {
    struct_type_with(vm, def, new)
}

/// As [`struct_type`], with a constructor of its own instead of one that takes a sequence and a
/// dict. The first use of a declaration decides.
pub fn struct_type_with(vm: &Vm, def: &'static StructSeqDef, constructor: krait_object::slots::NewFn) -> PyResult<&'static PyType> {
    let registry = vm.interp.state::<Registry>();
    if let Some(t) = registry.by_def.borrow().get(&(def as *const StructSeqDef)).copied() {
        return Ok(t);
    }
    let members: Vec<MemberDef> = def
        .fields
        .iter()
        .enumerate()
        .filter(|(_, f)| f.0 != UNNAMED)
        .map(|(i, f)| MemberDef { name: f.0, get: GETTERS[i], set: None, doc: Some(f.1) })
        .collect();
    let type_def: &'static TypeDef = Box::leak(Box::new(TypeDef {
        name: def.name,
        module: def.module,
        doc: def.doc,
        base: Some(|vm| vm.types.tuple),
        basicsize: size_of::<PyTuple>(),
        itemsize: 8,
        flags: TypeFlags::GC,
        dealloc,
        traverse: Some(traverse),
        clear: None,
        slots: SlotDefs { repr: Some(repr), new: Some(constructor), ..SlotDefs::EMPTY },
        methods: METHODS,
        getset: &[],
        members: Vec::leak(members),
        attrs: None,
        table: None,
        index: TypeIndex::new(),
    }));
    let ty = vm.native_type(type_def);
    registry.by_type.borrow_mut().insert(ty, def);
    if !std::ptr::fn_addr_eq(constructor, new as krait_object::slots::NewFn) {
        registry.plain.borrow_mut().push(ty);
    }
    registry.by_def.borrow_mut().insert(def, ty);
    if let Some(dict) = ty.dict_ref() {
        let names = def.fields[..def.n_in_sequence].iter().filter(|f| f.0 != UNNAMED);
        let match_args = vm.tuple(names.map(|f| vm.intern(f.0).into_obj()).collect());
        dict.set_str(vm, &vm.intern("n_sequence_fields"), vm.int_usize(def.n_in_sequence))?;
        dict.set_str(vm, &vm.intern("n_fields"), vm.int_usize(def.fields.len()))?;
        dict.set_str(vm, &vm.intern("n_unnamed_fields"), vm.int_usize(def.n_unnamed()))?;
        dict.set_str(vm, vm.names().__match_args__, match_args)?;
        krait_object::lookup::type_modified(vm, ty);
    }
    Ok(ty)
}

/// An instance of the type of `def` with the given values, one for each field.
pub fn make(vm: &Vm, def: &'static StructSeqDef, values: Vec<Obj>) -> PyResult<Obj> {
    let ty = struct_type(vm, def)?;
    make_typed(vm, ty, def, values)
}

fn make_typed(vm: &Vm, ty: &PyType, def: &StructSeqDef, mut values: Vec<Obj>) -> PyResult<Obj> {
    values.resize_with(def.fields.len(), Obj::none);
    let hidden = (def.fields.len() - def.n_in_sequence) as u32;
    let obj = PyTuple::new_subtype(vm, ty, values)?;
    if let Some(h) = obj.r().header() {
        // SAFETY: a fresh tuple, not yet seen by anyone; the items beyond the new length stay
        // owned by the object, whose dealloc and traverse count them through the header bits.
        unsafe { obj.r().downcast_unchecked::<PyTuple>().set_visible_len(def.n_in_sequence) };
        h.set_flag(hidden << FLAG_TYPE_SHIFT);
    }
    Ok(obj)
}

/// `tp_new`: from a sequence and a dict of the missing fields.
fn new(vm: &Vm, ty: &PyType, args: Args<'_>) -> PyResult<Obj> {
    let Some(def) = def_of(vm, ty) else { return Err(vm.type_error("not a struct sequence type")) };
    let name = ty.tp_name();
    if args.npos() > 2 {
        return Err(vm.type_error(format!("{}() takes at most 2 arguments ({} given)", def.name, args.all().len())));
    }
    let mut slots = [args.pos().first().copied(), args.pos().get(1).copied()];
    for (k, v) in args.kwargs() {
        let i = if k.eq_str("sequence") { 0 } else { 1 };
        if i == 1 && !k.eq_str("dict") {
            return Err(vm.type_error(format!("{}() got an unexpected keyword argument '{k}'", def.name)));
        }
        if slots[i].is_some() {
            return Err(vm.type_error(format!("argument for {}() given by name ('{k}') and position ({})", def.name, i + 1)));
        }
        slots[i] = Some(v);
    }
    let Some(seq) = slots[0] else {
        return Err(vm.type_error(format!("{}() missing required argument 'sequence' (pos 1)", def.name)));
    };
    let mut values = match vm.collect(seq) {
        Ok(v) => v,
        Err(e) => {
            drop(vm.catch(e, vm.types.type_error)?);
            return Err(vm.type_error("constructor requires a sequence"));
        }
    };
    let dict = match slots[1] {
        None => None,
        Some(d) => match d.downcast::<PyDict>(vm) {
            Some(d) => Some(d.to_py()),
            None => return Err(vm.type_error(format!("{name}() takes a dict as second arg, if any"))),
        },
    };
    let (min, max, len) = (def.n_in_sequence, def.fields.len(), values.len());
    if min != max {
        if len < min {
            return Err(vm.type_error(format!("{name}() takes an at least {min}-sequence ({len}-sequence given)")));
        }
        if len > max {
            return Err(vm.type_error(format!("{name}() takes an at most {max}-sequence ({len}-sequence given)")));
        }
    } else if len != min {
        return Err(vm.type_error(format!("{name}() takes a {min}-sequence ({len}-sequence given)")));
    }
    if let Some(d) = dict.filter(|d| !d.is_empty()) {
        let mut found = 0;
        for f in &def.fields[len..] {
            let v = if f.0 == UNNAMED { None } else { d.get_str(vm, &vm.intern(f.0))? };
            found += usize::from(v.is_some());
            values.push(v.unwrap_or_else(Obj::none));
        }
        if d.len() > found {
            return Err(vm.type_error(format!("{name}() got duplicate or unexpected field name(s)")));
        }
    }
    values.resize_with(max, Obj::none);
    if let Some(f) = def.complete {
        f(&mut values);
    }
    make_typed(vm, ty, def, values)
}

fn repr(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let ty = o.ty(vm);
    let Some(def) = def_of(vm, ty) else { return Err(vm.type_error("not a struct sequence")) };
    vm.check_stack(" while getting the repr of an object")?;
    let mut out = krait_object::str::StrBuilder::new();
    out.push_str(&ty.tp_name());
    out.push_char('(');
    // Unnamed items go by the names of the fields that follow, as in CPython.
    for (i, f) in def.fields.iter().filter(|f| f.0 != UNNAMED).take(def.n_in_sequence).enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(f.0);
        out.push_char('=');
        out.push_pystr(&*vm.repr(field(o, i).r())?);
    }
    out.push_char(')');
    Ok(out.finish(vm).into_obj())
}

/// `(type, (visible items, {hidden name: value}))`.
fn reduce(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let ty = o.ty(vm);
    let Some(def) = def_of(vm, ty) else { return Err(vm.type_error("not a struct sequence")) };
    let visible = (0..def.n_in_sequence).map(|i| field(o, i)).collect();
    if vm.interp.state::<Registry>().plain.borrow().contains(&(ty as *const PyType)) {
        return Ok(vm.tuple(vec![ty.to_obj(), vm.tuple(visible)]));
    }
    let dict = PyDict::new(vm);
    for (i, f) in def.fields.iter().enumerate().skip(def.n_in_sequence) {
        if f.0 != UNNAMED {
            dict.set_str(vm, &vm.intern(f.0), field(o, i))?;
        }
    }
    let args = vm.tuple(vec![vm.tuple(visible), dict.into_obj()]);
    Ok(vm.tuple(vec![ty.to_obj(), args]))
}

/// `__replace__(**changes)`.
fn replace(vm: &Vm, o: Ref<'_>, args: Args<'_>) -> PyResult<Obj> {
    let ty = o.ty(vm);
    let Some(def) = def_of(vm, ty) else { return Err(vm.type_error("not a struct sequence")) };
    if args.npos() > 0 {
        return Err(vm.type_error(format!("__replace__() takes no positional arguments ({} given)", args.npos())));
    }
    if def.n_unnamed() > 0 {
        return Err(vm.type_error(format!("__replace__() is not supported for {} because it has unnamed field(s)", ty.tp_name())));
    }
    let mut values: Vec<Obj> = (0..def.fields.len()).map(|i| field(o, i)).collect();
    let mut unknown = Vec::new();
    for (k, v) in args.kwargs() {
        match def.fields.iter().position(|f| k.eq_str(f.0)) {
            Some(i) => values[i] = v.to_obj(),
            None => unknown.push(k.to_obj()),
        }
    }
    if !unknown.is_empty() {
        let list = vm.list(unknown);
        return Err(vm.type_error(format!("Got unexpected field name(s): {}", vm.repr_text(list.r())?)));
    }
    make_typed(vm, ty, def, values)
}

static METHODS: &[MethodDef] = &[
    MethodDef {
        name: "__reduce__",
        func: NativeFn::NoArgs(reduce),
        binding: Binding::Normal,
        doc: None,
        facts: NativeFacts::WORST,
        coexist: false,
    },
    MethodDef {
        name: "__replace__",
        func: NativeFn::Full(replace),
        binding: Binding::Normal,
        doc: Some("__replace__($self, /, **changes)\n--\n\nReturn a copy of the structure with new values for the specified fields."),
        facts: NativeFacts::WORST,
        coexist: false,
    },
];
