//! Search functions, found codecs and registered error handlers.

use std::cell::RefCell;
use std::collections::HashMap;

use krait_object::prelude::*;

use super::handlers;

/// The registry of one interpreter.
#[derive(Default)]
struct Registry {
    search: RefCell<Vec<Obj>>,
    cache: RefCell<HashMap<String, Obj>>,
    handlers: RefCell<HashMap<String, Obj>>,
    /// `encodings` was imported (or is being imported).
    started: std::cell::Cell<bool>,
}

fn registry(vm: &Vm) -> &'static Registry {
    vm.interp.state::<Registry>()
}

/// Makes sure the search function of `encodings` is there.
fn start(vm: &Vm) -> PyResult<()> {
    let r = registry(vm);
    if !r.started.replace(true)
        && r.search.borrow().is_empty()
        && let Err(e) = (vm.interp.hooks().import)(vm, "encodings")
    {
        r.started.set(false);
        return Err(e);
    }
    Ok(())
}

pub fn register(vm: &Vm, search: Ref<'_>) -> PyResult<()> {
    if !vm.is_callable(search) {
        return Err(vm.type_error("argument must be callable"));
    }
    registry(vm).search.borrow_mut().push(search.to_obj());
    Ok(())
}

pub fn unregister(vm: &Vm, search: Ref<'_>) {
    let r = registry(vm);
    let mut list = r.search.borrow_mut();
    if let Some(i) = list.iter().position(|f| f.r().ptr_eq(search)) {
        let old = list.remove(i);
        drop(list);
        let cache = std::mem::take(&mut *r.cache.borrow_mut());
        drop((old, cache));
    }
}

/// Lower case, runs of anything but letters, digits and dots as one underscore.
fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// The codec's `CodecInfo` (any 4-tuple).
pub fn lookup(vm: &Vm, encoding: &str) -> PyResult<Obj> {
    if encoding.contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    let r = registry(vm);
    let name = normalize(encoding);
    if let Some(found) = r.cache.borrow().get(&name).cloned() {
        return Ok(found);
    }
    start(vm)?;
    let list: Vec<Obj> = r.search.borrow().clone();
    if list.is_empty() {
        return Err(vm.lookup_error("no codec search functions registered: can't find encoding"));
    }
    let arg = vm.str(&name);
    for f in list {
        let found = vm.call1(f.r(), arg.r())?;
        if found.r().is_none() {
            continue;
        }
        if found.r().downcast::<PyTuple>(vm).is_none_or(|t| t.len() != 4) {
            return Err(vm.type_error("codec search functions must return 4-tuples"));
        }
        let old = r.cache.borrow_mut().insert(name, found.clone());
        drop(old);
        return Ok(found);
    }
    Err(vm.lookup_error(format!("unknown encoding: {encoding}")))
}

/// Drops a codec from the cache.
pub fn forget(vm: &Vm, encoding: &str) -> PyResult<()> {
    let old = registry(vm).cache.borrow_mut().remove(&normalize(encoding));
    match old {
        Some(_) => Ok(()),
        None => Err(vm.key_error(vm.str(encoding).r())),
    }
}

/// Item `i` of a codec: 0 encodes, 1 decodes.
pub fn codec_function(vm: &Vm, codec: &Obj, i: usize) -> PyResult<Obj> {
    match codec.r().downcast::<PyTuple>(vm).and_then(|t| t.get(i)) {
        Some(f) => Ok(f.clone()),
        None => Err(vm.type_error("codec search functions must return 4-tuples")),
    }
}

/// Looks a codec up and makes sure it works between str and bytes.
pub fn lookup_text(vm: &Vm, encoding: &str, alternate: &str) -> PyResult<Obj> {
    let codec = lookup(vm, encoding)?;
    if !codec.r().is_exact::<PyTuple>(vm) {
        let name = vm.intern("_is_text_encoding");
        if let Some(flag) = vm.getattr_opt(codec.r(), &name)?
            && !vm.is_true(flag.r())?
        {
            return Err(vm.lookup_error(format!("'{encoding}' is not a text encoding; use {alternate} to handle arbitrary codecs")));
        }
    }
    Ok(codec)
}

pub fn register_error(vm: &Vm, name: &str, handler: Ref<'_>) -> PyResult<()> {
    if !vm.is_callable(handler) {
        return Err(vm.type_error("handler must be callable"));
    }
    let old = registry(vm).handlers.borrow_mut().insert(name.to_owned(), handler.to_obj());
    drop(old);
    Ok(())
}

/// Forgets a handler; false if there was none. The built-in ones stay.
pub fn unregister_error(vm: &Vm, name: &str) -> PyResult<bool> {
    if handlers::builtin(name).is_some() {
        return Err(vm.value_error(format!("cannot un-register built-in error handler '{name}'")));
    }
    let old = registry(vm).handlers.borrow_mut().remove(name);
    Ok(old.is_some())
}

pub fn lookup_error(vm: &Vm, name: &str) -> PyResult<Obj> {
    let name = if name.is_empty() { "strict" } else { name };
    let r = registry(vm);
    if let Some(h) = r.handlers.borrow().get(name).cloned() {
        return Ok(h);
    }
    match handlers::builtin(name) {
        Some(def) => {
            let f = krait_object::function::PyBuiltinFunction::new(vm, def, None, None).into_obj();
            r.handlers.borrow_mut().insert(name.to_owned(), f.clone());
            Ok(f)
        }
        None => Err(vm.lookup_error(format!("unknown error handler name '{name}'"))),
    }
}
