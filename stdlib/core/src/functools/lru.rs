//! `functools._lru_cache_wrapper`.
//!
//! A dict maps keys to results (unbounded) or to numbers of nodes (bounded). Nodes form a ring in
//! order of use; number 0 is its root. Node numbers in the dict are small ints, so a hit
//! allocates nothing but the key.
//!
//! Invariant: a number found in the dict is that of a node in the ring. Comparing keys may run
//! anything, including calls of the same cache; therefore a node being filled is in neither the
//! ring nor the free list, and is linked right after its dict entry was made.

use std::cell::{Cell, RefCell};

use krait_macros::pyclass;
use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;

use crate::util::{instance, no_header};

/// What a cache may hold.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Bound {
    /// Nothing is kept.
    None,
    Unlimited,
    /// At most this many results.
    Limit(usize),
}

#[derive(Default)]
struct Node {
    prev: u32,
    next: u32,
    hash: i64,
    key: Option<Obj>,
    value: Option<Obj>,
}

/// The ring of nodes.
struct Ring {
    nodes: Vec<Node>,
    free: Vec<u32>,
}

impl Ring {
    fn new() -> Ring {
        Ring { nodes: vec![Node::default()], free: Vec::new() }
    }
    /// A number for a node that is nowhere yet.
    fn reserve(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.nodes.push(Node::default());
            self.nodes.len() as u32 - 1
        })
    }
    fn unlink(&mut self, i: u32) {
        let (p, n) = (self.nodes[i as usize].prev, self.nodes[i as usize].next);
        self.nodes[p as usize].next = n;
        self.nodes[n as usize].prev = p;
    }
    /// Links as the most recently used one.
    fn link_last(&mut self, i: u32) {
        let last = self.nodes[0].prev;
        self.link_between(last, i, 0);
    }
    /// Links as the least recently used one.
    fn link_first(&mut self, i: u32) {
        let first = self.nodes[0].next;
        self.link_between(0, i, first);
    }
    fn link_between(&mut self, prev: u32, i: u32, next: u32) {
        self.nodes[prev as usize].next = i;
        self.nodes[next as usize].prev = i;
        let n = &mut self.nodes[i as usize];
        (n.prev, n.next) = (prev, next);
    }
    /// Frees a node; what it held is to be dropped by the caller.
    fn release(&mut self, i: u32) -> (Option<Obj>, Option<Obj>) {
        self.free.push(i);
        let n = &mut self.nodes[i as usize];
        (n.key.take(), n.value.take())
    }
}

/// A cached function.
#[repr(C)]
pub struct PyLruCache {
    header: Header,
    func: Obj,
    cache: Py<PyDict>,
    ring: RefCell<Ring>,
    bound: Bound,
    typed: bool,
    hits: Cell<i64>,
    misses: Cell<i64>,
    info_type: Obj,
    /// Separates positional from keyword arguments in keys.
    mark: Obj,
}

impl Trace for PyLruCache {
    fn trace(&self, v: &mut Visitor<'_>) {
        self.func.trace(v);
        self.cache.trace(v);
        self.info_type.trace(v);
        self.mark.trace(v);
        if let Ok(r) = self.ring.try_borrow() {
            for n in &r.nodes {
                n.key.trace(v);
                n.value.trace(v);
            }
        }
    }
    fn unlink(&self) {
        drop(self.empty_ring());
    }
}

impl PyLruCache {
    /// Takes all nodes out of the ring; the contents are to be dropped.
    fn empty_ring(&self) -> Vec<(Option<Obj>, Option<Obj>)> {
        let mut out = Vec::new();
        if let Ok(mut ring) = self.ring.try_borrow_mut() {
            loop {
                let i = ring.nodes[0].next;
                if i == 0 {
                    break;
                }
                ring.unlink(i);
                out.push(ring.release(i));
            }
        }
        out
    }

    #[inline]
    fn key(&self, vm: &Vm, args: &Args<'_>) -> Obj {
        if !self.typed && !args.has_kw() {
            if let [a] = args.pos()
                && (a.value().is_int() || a.is_exact::<PyStr>(vm) || a.is_exact_int(vm))
            {
                return a.to_obj();
            }
            return PyTuple::from_refs(vm, args.pos()).into_obj();
        }
        let mut parts: Vec<Obj> = args.pos().iter().map(|a| a.to_obj()).collect();
        if args.has_kw() {
            parts.push(self.mark.clone());
            for (k, v) in args.kwargs() {
                parts.push(k.to_obj());
                parts.push(v.to_obj());
            }
        }
        if self.typed {
            parts.extend(args.all().iter().map(|a| a.ty(vm).to_obj()));
        }
        PyTuple::new(vm, parts).into_obj()
    }

    fn call_function(&self, vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        self.misses.set(self.misses.get() + 1);
        vm.call_args(self.func.r(), args)
    }

    fn unlimited(&self, vm: &Vm, args: Args<'_>) -> PyResult<Obj> {
        let key = self.key(vm, &args);
        let hash = vm.hash(key.r())?;
        if let Some(v) = self.cache.get_hashed(vm, key.r(), hash)? {
            self.hits.set(self.hits.get() + 1);
            return Ok(v);
        }
        let result = self.call_function(vm, args)?;
        self.cache.set_hashed(vm, key.r(), hash, result.clone())?;
        Ok(result)
    }

    fn limited(&self, vm: &Vm, args: Args<'_>, limit: usize) -> PyResult<Obj> {
        let key = self.key(vm, &args);
        let hash = vm.hash(key.r())?;
        if let Some(i) = self.cache.get_hashed(vm, key.r(), hash)? {
            let i = i.value().int_unchecked() as u32;
            let mut ring = self.ring.borrow_mut();
            if ring.nodes[0].prev != i {
                ring.unlink(i);
                ring.link_last(i);
            }
            self.hits.set(self.hits.get() + 1);
            if let Some(v) = &ring.nodes[i as usize].value {
                return Ok(v.clone());
            }
        }
        let result = self.call_function(vm, args)?;
        if self.cache.contains_hashed(vm, key.r(), hash)? {
            // The call itself has filled the entry in.
            return Ok(result);
        }
        if self.cache.len() >= limit && !self.evict(vm)? {
            return Ok(result);
        }
        let i = {
            let mut ring = self.ring.borrow_mut();
            let i = ring.reserve();
            let n = &mut ring.nodes[i as usize];
            (n.hash, n.key, n.value) = (hash, Some(key.clone()), Some(result.clone()));
            i
        };
        if let Err(e) = self.cache.set_hashed(vm, key.r(), hash, Obj::small(i64::from(i))) {
            let held = self.ring.borrow_mut().release(i);
            drop(held);
            return Err(e);
        }
        self.ring.borrow_mut().link_last(i);
        Ok(result)
    }

    /// Drops the least recently used entry. False if it turned out to be gone from the dict.
    fn evict(&self, vm: &Vm) -> PyResult<bool> {
        let (i, key, hash) = {
            let mut ring = self.ring.borrow_mut();
            let i = ring.nodes[0].next;
            if i == 0 {
                return Ok(true);
            }
            ring.unlink(i);
            let n = &ring.nodes[i as usize];
            (i, n.key.clone(), n.hash)
        };
        let Some(key) = key else { return Ok(true) };
        match self.cache.remove_hashed(vm, key.r(), hash) {
            Ok(found) => {
                let held = self.ring.borrow_mut().release(i);
                drop(held);
                Ok(found.is_some())
            }
            Err(e) => {
                self.ring.borrow_mut().link_first(i);
                Err(e)
            }
        }
    }
}

/// The separator of keys: one object for the whole interpreter.
#[derive(Default)]
struct MarkCell(std::cell::OnceCell<Obj>);

/// Create a cached callable that wraps another function.
///
/// user_function:      the function being cached
///
/// maxsize:  0         for no caching
///           None      for unlimited cache size
///           n         for a bounded cache
///
/// typed:    False     cache f(3) and f(3.0) as identical calls
///           True      cache f(3) and f(3.0) as distinct calls
///
/// cache_info_type:    namedtuple class with the fields:
///                         hits misses currsize maxsize
#[pyclass(layout = PyLruCache, name = "_lru_cache_wrapper", module = "functools", own, attrs, weakref, nosig, flags(BASETYPE, METHOD_DESCRIPTOR))]
pub mod lru_cache_wrapper {
    use super::*;

    #[pynew("_lru_cache_wrapper(user_function, maxsize, typed, cache_info_type)")]
    fn new(vm: &Vm, cls: &PyType, user_function: Ref<'_>, maxsize: Ref<'_>, typed: Ref<'_>, cache_info_type: Ref<'_>) -> PyResult<Obj> {
        if !vm.is_callable(user_function) {
            return Err(vm.type_error("the first argument must be callable"));
        }
        let bound = if maxsize.is_none() {
            Bound::Unlimited
        } else if vm.has_index(maxsize) {
            match vm.index_isize(maxsize, vm.types.overflow_error)? {
                n if n <= 0 => Bound::None,
                n => Bound::Limit(n as usize),
            }
        } else {
            return Err(vm.type_error("maxsize should be integer or None"));
        };
        let typed = vm.is_true(typed)?;
        let mark = match vm.interp.state::<MarkCell>().0.get() {
            Some(m) => m.clone(),
            None => {
                let m = vm.call0(vm.types.object.r())?;
                let _ = vm.interp.state::<MarkCell>().0.set(m.clone());
                m
            }
        };
        let payload = PyLruCache {
            header: no_header(),
            func: user_function.to_obj(),
            cache: PyDict::new(vm),
            ring: RefCell::new(Ring::new()),
            bound,
            typed,
            hits: Cell::new(0),
            misses: Cell::new(0),
            info_type: cache_info_type.to_obj(),
            mark,
        };
        instance(vm, cls, payload)
    }

    #[pycall("_lru_cache_wrapper(*args, **kwargs)", raw)]
    fn call(vm: &Vm, zelf: &PyLruCache, args: Args<'_>) -> PyResult<Obj> {
        match zelf.bound {
            Bound::Unlimited => zelf.unlimited(vm, args),
            Bound::Limit(n) => zelf.limited(vm, args, n),
            Bound::None => zelf.call_function(vm, args),
        }
    }

    #[slot(descr_get)]
    fn descr_get(vm: &Vm, zelf: &PyLruCache, obj: Option<Ref<'_>>, _owner: Option<Ref<'_>>) -> Obj {
        match obj {
            Some(o) if !o.is_none() => vm.bound_method(zelf.r(), o),
            _ => zelf.to_obj(),
        }
    }

    /// Report cache statistics
    #[pymethod("cache_info()")]
    fn cache_info(vm: &Vm, zelf: &PyLruCache) -> PyResult<Obj> {
        let maxsize = match zelf.bound {
            Bound::None => Obj::small(0),
            Bound::Unlimited => Obj::none(),
            Bound::Limit(n) => vm.int_usize(n),
        };
        let (hits, misses, size) = (vm.int_i64(zelf.hits.get()), vm.int_i64(zelf.misses.get()), vm.int_usize(zelf.cache.len()));
        vm.call(zelf.info_type.r(), &[hits.r(), misses.r(), maxsize.r(), size.r()])
    }

    /// Clear the cache and cache statistics
    #[pymethod("cache_clear()")]
    fn cache_clear(vm: &Vm, zelf: &PyLruCache) {
        zelf.hits.set(0);
        zelf.misses.set(0);
        let held = zelf.empty_ring();
        PyDict::clear(&zelf.cache, vm);
        drop(held);
    }

    #[pymethod]
    fn __reduce__(vm: &Vm, zelf: &PyLruCache) -> PyResult<Obj> {
        vm.getattr(zelf.r(), vm.names().__qualname__)
    }
    #[pymethod]
    fn __copy__(zelf: &PyLruCache) -> Obj {
        zelf.to_obj()
    }
    #[pymethod("__deepcopy__(self, memo, /)")]
    fn __deepcopy__(zelf: &PyLruCache, _memo: Ref<'_>) -> Obj {
        zelf.to_obj()
    }
}
