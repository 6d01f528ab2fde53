//! Which dead objects go without anybody noticing.

use super::Visitor;
use crate::header::{FLAG_WEAKREFS, Header};
use crate::instance::dealloc_instance;
use crate::ty::{DeallocFn, PyType, TypeFlags};
use crate::vm::Vm;

/// Objects looked at before giving up.
const LIMIT: usize = 24;

/// Is it a type whose objects own no others, so that their deaths run no code?
pub fn is_leaf_type(vm: &Vm, ty: &PyType) -> bool {
    let t = &vm.types;
    [t.str, t.int, t.float, t.bytes, t.range, t.range_iterator, t.complex].iter().any(|l| std::ptr::eq(*l, ty))
}

/// A type whose objects do no more when they die than drop what they own.
fn is_plain(vm: &Vm, ty: &PyType) -> bool {
    if ty.has_flag(TypeFlags::FINALIZE) {
        return false;
    }
    if ty.has_flag(TypeFlags::HEAP) {
        return std::ptr::fn_addr_eq(ty.dealloc.get(), dealloc_instance as DeallocFn);
    }
    let t = &vm.types;
    [
        t.function,
        t.tuple,
        t.list,
        t.dict,
        t.set,
        t.frozenset,
        t.method,
        t.cell,
        t.slice,
        t.list_iterator,
        t.tuple_iterator,
        t.dict_keys,
        t.dict_values,
        t.dict_items,
        t.dict_keyiterator,
        t.dict_valueiterator,
        t.dict_itemiterator,
        t.set_iterator,
        t.enumerate,
        t.zip,
        t.reversed,
        t.bytearray,
    ]
    .iter()
    .any(|p| std::ptr::eq(*p, ty))
}

/// What dies with an object.
struct Walk<'a> {
    vm: &'a Vm,
    /// Objects met that may die, with the references met.
    met: [(*const Header, u32); LIMIT],
    len: usize,
    too_much: bool,
}

impl Walk<'_> {
    /// A dying object refers to `p`.
    ///
    /// # Safety
    /// `p` is a live object.
    unsafe fn meet(&mut self, p: *const Header) {
        // SAFETY: by contract.
        let h = unsafe { &*p };
        if h.is_immortal() || is_leaf_type(self.vm, h.ty()) && h.flags() & FLAG_WEAKREFS == 0 {
            return;
        }
        if let Some(m) = self.met[..self.len].iter_mut().find(|m| m.0 == p) {
            m.1 += 1;
        } else if self.len < LIMIT {
            self.met[self.len] = (p, 1);
            self.len += 1;
        } else {
            self.too_much = true;
        }
    }
}

unsafe fn meet(walk: *mut (), p: *const Header) {
    // SAFETY: the visitor below passes its walk and live objects.
    unsafe { (*(walk as *mut Walk<'_>)).meet(p) }
}

/// Would dropping the last reference to `h` run no Python code and call no weak reference back,
/// neither for `h` nor for what goes with it? False if in doubt.
pub fn dies_quietly(vm: &Vm, h: &Header) -> bool {
    let mut walk = Walk { vm, met: [(std::ptr::null(), 0); LIMIT], len: 0, too_much: false };
    // SAFETY: `h` is live, and with it all that is reached from it.
    unsafe {
        walk.meet(h);
        let mut visited = [false; LIMIT];
        loop {
            let next = (0..walk.len).find(|&i| !visited[i] && (*walk.met[i].0).refcount() <= walk.met[i].1);
            let Some(i) = next else { return !walk.too_much };
            visited[i] = true;
            let h = &*walk.met[i].0;
            let ty = h.ty();
            if h.flags() & FLAG_WEAKREFS != 0 || !is_plain(vm, ty) {
                return false;
            }
            if let Some(traverse) = ty.traverse.get() {
                traverse(h, &mut Visitor::new(0, meet, &mut walk));
            }
            if walk.too_much {
                return false;
            }
        }
    }
}
