//! Taking the arguments of native functions apart, with CPython's error messages.
//!
//! The macros emit a static [`ParamSpec`] per function that takes keywords; positional-only
//! functions only check their number of arguments.

use crate::args::Args;
use crate::dict::PyDict;
use crate::error::{PyResult, Raised};
use crate::module::PyModule;
use crate::obj::{Obj, Py, Ref};
use crate::str::PyStr;
use crate::ty::{PyType, TypeDef};
use crate::vm::Vm;

/// The named parameters of a function.
pub struct ParamSpec {
    pub func: &'static str,
    /// Positional parameters in order, then keyword-only ones.
    pub names: &'static [&'static str],
    /// How many of `names` are positional-only.
    pub posonly: usize,
    /// How many of `names` can be given by position.
    pub npos: usize,
    /// How many of the positional ones are required.
    pub minpos: usize,
    /// Bit `i`: `names[i]` is required.
    pub required: u64,
    pub varargs: bool,
    pub varkw: bool,
}

/// The arguments for `**kwargs`: those whose names are no parameters.
#[derive(Copy, Clone)]
pub struct KwArgs<'a> {
    args: Args<'a>,
    taken: &'static [&'static str],
}

fn s(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

impl ParamSpec {
    /// Puts the argument of `names[i]` into `out[i]`; absent optional ones stay `None`.
    #[inline]
    pub fn unpack<'a>(&self, vm: &Vm, args: &Args<'a>, out: &mut [Option<Ref<'a>>]) -> PyResult<()> {
        let pos = args.pos();
        let n = pos.len();
        if !args.has_kw() && n >= self.minpos && (n <= self.npos || self.varargs) && self.required >> self.npos == 0 {
            for (slot, a) in out.iter_mut().zip(&pos[..n.min(self.npos)]) {
                *slot = Some(*a);
            }
            return Ok(());
        }
        self.unpack_slow(vm, args, out)
    }

    fn unpack_slow<'a>(&self, vm: &Vm, args: &Args<'a>, out: &mut [Option<Ref<'a>>]) -> PyResult<()> {
        let n = args.npos();
        self.check_counts(vm, n, args.kw_values().len())?;
        let given = n.min(self.npos);
        for (slot, a) in out.iter_mut().zip(&args.pos()[..given]) {
            *slot = Some(*a);
        }
        let mut left = args.kw_values().len();
        for (i, slot) in out.iter_mut().enumerate().take(self.names.len()).skip(given) {
            let found = if i < self.posonly || left == 0 { None } else { args.kw(vm, self.names[i]) };
            if found.is_some() {
                left -= 1;
                *slot = found;
            } else if self.required >> i & 1 != 0 {
                let text = format!("{}() missing required argument '{}' (pos {})", self.func, self.names[i], i + 1);
                return Err(vm.type_error(text));
            }
        }
        if left > 0 {
            self.check_leftover(vm, args, given)?;
        }
        Ok(())
    }

    fn check_counts(&self, vm: &Vm, n: usize, nkw: usize) -> PyResult<()> {
        let (f, max) = (self.func, self.names.len());
        if !self.varargs && !self.varkw && n + nkw > max {
            let keyword = if n == 0 { "keyword " } else { "" };
            let text = format!("{f}() takes at most {max} {keyword}argument{} ({} given)", s(max), n + nkw);
            return Err(vm.type_error(text));
        }
        if !self.varargs && n > self.npos {
            if self.npos == 0 {
                return Err(vm.type_error(format!("{f}() takes no positional arguments")));
            }
            let how = if self.minpos < self.npos { "at most" } else { "exactly" };
            let text = format!("{f}() takes {how} {} positional argument{} ({n} given)", self.npos, s(self.npos));
            return Err(vm.type_error(text));
        }
        let min = self.posonly.min(self.minpos);
        if n < min {
            let how = if min < self.npos || self.varargs { "at least" } else { "exactly" };
            return Err(vm.type_error(format!("{f}() takes {how} {min} positional argument{} ({n} given)", s(min))));
        }
        Ok(())
    }

    /// Some keyword arguments found no parameter.
    #[cold]
    fn check_leftover(&self, vm: &Vm, args: &Args<'_>, given: usize) -> PyResult<()> {
        for (i, name) in self.names.iter().enumerate().take(given).skip(self.posonly) {
            if args.kw(vm, name).is_some() {
                let text = format!("argument for {}() given by name ('{name}') and position ({})", self.func, i + 1);
                return Err(vm.type_error(text));
            }
        }
        if self.varkw {
            return Ok(());
        }
        let known = &self.names[self.posonly..];
        match args.kwargs().find(|(k, _)| !known.iter().any(|n| k.eq_str(n))) {
            Some((k, _)) => Err(unexpected_keyword(vm, self.func, k, known)),
            None => Ok(()),
        }
    }

    /// The positional arguments beyond the named parameters.
    pub fn varargs<'a>(&self, args: &Args<'a>) -> &'a [Ref<'a>] {
        args.pos().get(self.npos..).unwrap_or(&[])
    }
    /// The keyword arguments that are no parameters.
    pub fn kwargs<'a>(&'static self, args: Args<'a>) -> KwArgs<'a> {
        KwArgs { args, taken: &self.names[self.posonly..] }
    }
}

impl<'a> KwArgs<'a> {
    pub fn iter(&self) -> impl Iterator<Item = (&'a PyStr, Ref<'a>)> + use<'a> {
        let taken = self.taken;
        self.args.kwargs().filter(move |(k, _)| !taken.iter().any(|n| k.eq_str(n)))
    }
    pub fn len(&self) -> usize {
        self.iter().count()
    }
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
    /// As a new dict.
    pub fn to_dict(&self, vm: &Vm) -> PyResult<Py<PyDict>> {
        let d = PyDict::new(vm);
        for (k, v) in self.iter() {
            d.set_str(vm, k, v.to_obj())?;
        }
        Ok(d)
    }
}

/// `f() got an unexpected keyword argument 'x'`, with a suggestion among `known`.
#[cold]
pub fn unexpected_keyword(vm: &Vm, func: &str, name: &PyStr, known: &[&str]) -> Raised {
    let name = name.to_string_lossy();
    let hint = match crate::suggest::suggest(&name, known.iter().copied()) {
        Some(k) => format!(". Did you mean '{k}'?"),
        None => String::new(),
    };
    vm.type_error(format!("{func}() got an unexpected keyword argument '{name}'{hint}"))
}

/// Checks the number of arguments of a positional-only function.
#[inline(always)]
pub fn check_positional(vm: &Vm, func: &str, n: usize, min: usize, max: usize) -> PyResult<()> {
    if n >= min && n <= max { Ok(()) } else { Err(wrong_positional(vm, func, n, min, max)) }
}

/// `f expected at most 2 arguments, got 3`.
#[cold]
#[inline(never)]
pub fn wrong_positional(vm: &Vm, func: &str, n: usize, min: usize, max: usize) -> Raised {
    let (how, want) = match (n < min, min == max) {
        (_, true) => ("", min),
        (true, _) => ("at least ", min),
        (false, _) => ("at most ", max),
    };
    vm.type_error(format!("{func} expected {how}{want} argument{}, got {n}", s(want)))
}

/// Checks the number of arguments of a function with optional groups; `steps` are the numbers it
/// takes.
#[inline]
pub fn check_groups(vm: &Vm, func: &str, n: usize, steps: &[usize]) -> PyResult<()> {
    if steps.contains(&n) {
        return Ok(());
    }
    let (min, max) = (steps[0], steps[steps.len() - 1]);
    Err(if n < min || n > max {
        wrong_positional(vm, func, n, min, max)
    } else {
        vm.type_error(format!("{func} requires {min} to {max} arguments"))
    })
}

/// Fails if there are keyword arguments.
#[inline]
pub fn no_keywords(vm: &Vm, func: &str, args: &Args<'_>) -> PyResult<()> {
    if args.has_kw() { Err(vm.type_error(format!("{func}() takes no keyword arguments"))) } else { Ok(()) }
}

/// As [`no_keywords`], for `__new__`: a subclass that has its own `__init__` may take keywords.
#[inline]
pub fn no_keywords_new(vm: &Vm, cls: &PyType, def: &'static TypeDef, func: &str, args: &Args<'_>) -> PyResult<()> {
    if !args.has_kw() {
        return Ok(());
    }
    let base = vm.native_type(def);
    let same = match (cls.slots.init.get(), base.slots.init.get()) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    if std::ptr::eq(cls, base) || same { no_keywords(vm, func, args) } else { Ok(()) }
}

/// As [`no_keywords`], for `__init__`: a subclass that has its own `__new__` may take keywords.
#[inline]
pub fn no_keywords_init(vm: &Vm, zelf: Ref<'_>, def: &'static TypeDef, func: &str, args: &Args<'_>) -> PyResult<()> {
    if !args.has_kw() {
        return Ok(());
    }
    let (cls, base) = (zelf.ty(vm), vm.native_type(def));
    let same = match (cls.slots.new.get(), base.slots.new.get()) {
        (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    if std::ptr::eq(cls, base) || same { no_keywords(vm, func, args) } else { Ok(()) }
}

/// A required argument that [`ParamSpec::unpack`] has found.
#[inline(always)]
pub fn required<T>(slot: Option<T>) -> T {
    match slot {
        Some(v) => v,
        None => unreachable!("unpack checks required arguments"),
    }
}

/// The class a class method is bound to.
#[inline]
pub fn expect_type<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<&'a PyType> {
    o.downcast::<PyType>(vm).ok_or_else(|| vm.type_error("class method called on something that is no type"))
}

/// The module a function is bound to.
#[inline]
pub fn expect_module<'a>(vm: &Vm, o: Ref<'a>) -> PyResult<&'a PyModule> {
    o.downcast::<PyModule>(vm).ok_or_else(|| vm.system_error("module function called without its module"))
}

/// Adds an attribute to a module being filled.
pub fn set_module_attr(vm: &Vm, module: &PyModule, name: &str, value: Obj) -> PyResult<()> {
    module.add(vm, name, value)
}

/// Adds an attribute to the dict of a class being made.
pub fn set_class_attr(vm: &Vm, dict: &PyDict, name: &str, value: Obj) -> PyResult<()> {
    dict.set_str(vm, &vm.intern(name), value)
}

/// The `hash` slot of unhashable types, recognised by its address.
#[inline(never)]
pub fn hash_not_implemented(vm: &Vm, o: Ref<'_>) -> PyResult<i64> {
    Err(vm.type_error(format!("unhashable type: '{}'", o.ty(vm).tp_name())))
}
