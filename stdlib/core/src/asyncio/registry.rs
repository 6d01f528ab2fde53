//! The list of live, unfinished tasks: a ring of links that sit in the tasks themselves.
//!
//! Invariant: a link is in the ring of its interpreter or points nowhere; a linked task is alive,
//! since dropping the link takes it out. All of it happens with the GIL held.

use std::cell::Cell;
use std::ptr;

use super::task::PyTask;

/// A place in the ring.
pub struct Link {
    prev: Cell<*const Link>,
    next: Cell<*const Link>,
}

impl Link {
    pub const fn new() -> Link {
        Link { prev: Cell::new(ptr::null()), next: Cell::new(ptr::null()) }
    }
    /// Takes the link out of the ring, if it is in.
    pub fn remove(&self) {
        let (prev, next) = (self.prev.take_null(), self.next.take_null());
        if !next.is_null() {
            // SAFETY: neighbours in the ring are alive.
            unsafe {
                (*prev).next.set(next);
                (*next).prev.set(prev);
            }
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.remove();
    }
}

trait TakeNull {
    fn take_null(&self) -> *const Link;
}

impl TakeNull for Cell<*const Link> {
    fn take_null(&self) -> *const Link {
        self.replace(ptr::null())
    }
}

/// The ring of an interpreter.
pub struct Ring(Box<Link>);

impl Default for Ring {
    fn default() -> Ring {
        let head = Box::new(Link::new());
        head.prev.set(&raw const *head);
        head.next.set(&raw const *head);
        Ring(head)
    }
}

impl Ring {
    /// Adds a task, unless it is in already.
    pub fn add(&self, task: &PyTask) {
        let link = &task.link;
        if !link.next.get().is_null() {
            return;
        }
        let (head, last) = (&raw const *self.0, self.0.prev.get());
        link.prev.set(last);
        link.next.set(head);
        // SAFETY: neighbours in the ring are alive.
        unsafe { (*last).next.set(link) };
        self.0.prev.set(link);
    }
    /// Calls `f` with each task. `f` runs no Python code and changes no link.
    pub fn for_each(&self, mut f: impl FnMut(&PyTask)) {
        let head = &raw const *self.0;
        let mut at = self.0.next.get();
        while !ptr::eq(at, head) {
            // SAFETY: a link in the ring other than its head is the field of a live task.
            unsafe {
                f(&*at.byte_sub(std::mem::offset_of!(PyTask, link)).cast::<PyTask>());
                at = (*at).next.get();
            }
        }
    }
}
