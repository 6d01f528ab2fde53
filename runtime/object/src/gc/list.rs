//! Doubly linked lists of collector links, with a sentinel.

use std::cell::Cell;

use crate::header::{GcHead, Header};

/// A new empty list. Sentinels live as long as the interpreter, which is never freed.
pub(super) fn new_list() -> &'static GcHead {
    let head: &'static GcHead = Box::leak(Box::new(GcHead { prev: Cell::new(std::ptr::null()), next: Cell::new(std::ptr::null()) }));
    reset(head);
    head
}

/// A list for the duration of one function. [`reset`] must be called once it is in place.
pub(super) const fn local_list() -> GcHead {
    GcHead { prev: Cell::new(std::ptr::null()), next: Cell::new(std::ptr::null()) }
}

/// Makes the list empty.
pub(super) fn reset(head: &GcHead) {
    head.prev.set(head);
    head.next.set(head);
}

#[inline(always)]
pub(super) fn is_empty(head: &GcHead) -> bool {
    std::ptr::eq(head.next.get(), head)
}

/// # Safety
/// `node` points to links in no list; the list is well formed.
#[inline(always)]
pub(super) unsafe fn append(head: &GcHead, node: *const GcHead) {
    let last = head.prev.get();
    // SAFETY: by contract.
    unsafe {
        (*last).next.set(node);
        (*node).prev.set(last);
        (*node).next.set(head);
    }
    head.prev.set(node);
}

/// # Safety
/// `node` is in a well-formed list.
#[inline(always)]
pub(super) unsafe fn unlink(node: *const GcHead) {
    // SAFETY: by contract.
    unsafe {
        let (prev, next) = ((*node).prev.get(), (*node).next.get());
        (*prev).next.set(next);
        (*next).prev.set(prev);
        (*node).next.set(std::ptr::null());
    }
}

/// Moves all of `from` to the end of `to`.
///
/// # Safety
/// Both lists are well formed and different.
pub(super) unsafe fn merge(from: &GcHead, to: &GcHead) {
    if is_empty(from) {
        return;
    }
    let (first, last, tail) = (from.next.get(), from.prev.get(), to.prev.get());
    // SAFETY: by contract.
    unsafe {
        (*tail).next.set(first);
        (*first).prev.set(tail);
        (*last).next.set(to);
    }
    to.prev.set(last);
    reset(from);
}

/// The object whose links these are.
///
/// # Safety
/// `node` is not a sentinel.
#[inline(always)]
pub(super) unsafe fn object<'a>(node: *const GcHead) -> &'a Header {
    // SAFETY: links stand right before the header.
    unsafe { &*(node.add(1) as *const Header) }
}

/// Calls `f` for each member. `f` must not change the list.
///
/// # Safety
/// `next` pointers are well formed.
#[inline(always)]
pub(super) unsafe fn for_each(head: &GcHead, mut f: impl FnMut(*const GcHead)) {
    let mut node = head.next.get();
    while !std::ptr::eq(node, head) {
        // SAFETY: by contract.
        let next = unsafe { (*node).next.get() };
        f(node);
        node = next;
    }
}

/// Number of members.
///
/// # Safety
/// `next` pointers are well formed.
pub(super) unsafe fn len(head: &GcHead) -> usize {
    let mut n = 0;
    // SAFETY: by contract.
    unsafe { for_each(head, |_| n += 1) };
    n
}
