//! Blocks just freed, kept for the next request of their size.
//!
//! A Python program frees and makes small objects all the time. The allocator hands the blocks of
//! a page out in turn, so each request would touch memory that left the cache long ago; the block
//! freed last is still there. A thread keeps a few blocks of each small size in a stack, linked
//! through the blocks themselves.

use std::cell::Cell;
use std::ptr;

use super::allocator::give_back;

/// Sizes come in steps of this many bytes.
const STEP: usize = 8;
/// Larger blocks are not kept.
const LARGEST: usize = 256;
/// Blocks kept of each size.
const DEPTH: u32 = 64;

struct Stack {
    top: Cell<*mut u8>,
    room: Cell<u32>,
}

thread_local! {
    static STACKS: [Stack; LARGEST / STEP + 1] =
        const { [const { Stack { top: Cell::new(ptr::null_mut()), room: Cell::new(DEPTH) } }; LARGEST / STEP + 1] };
    static OWNER: Owner = const { Owner };
}

/// Empties the stacks of a thread that ends, for good.
struct Owner;

impl Drop for Owner {
    fn drop(&mut self) {
        STACKS.with(|all| {
            for stack in all {
                let mut p = stack.top.replace(ptr::null_mut());
                stack.room.set(0);
                while !p.is_null() {
                    // SAFETY: a kept block begins with the link to the next, and is the
                    // allocator's.
                    unsafe {
                        let next = (p as *mut *mut u8).read();
                        give_back(p);
                        p = next;
                    }
                }
            }
        });
    }
}

/// The stack for blocks of a size, if they are kept.
#[inline(always)]
fn index(size: usize) -> Option<usize> {
    (size <= LARGEST).then(|| size.div_ceil(STEP))
}

/// The size to ask the allocator for, so that the block serves every size of its stack.
#[inline(always)]
pub fn rounded(size: usize) -> usize {
    if size <= LARGEST { size.next_multiple_of(STEP) } else { size }
}

/// A kept block for `size` bytes; null if there is none.
#[inline(always)]
pub fn take(size: usize) -> *mut u8 {
    let Some(i) = index(size) else { return ptr::null_mut() };
    STACKS.with(|all| {
        let stack = &all[i];
        let p = stack.top.get();
        if !p.is_null() {
            // SAFETY: a kept block begins with the link to the next.
            stack.top.set(unsafe { (p as *mut *mut u8).read() });
            stack.room.set(stack.room.get() + 1);
        }
        p
    })
}

/// Keeps a freed block. False if there is no room for it.
///
/// # Safety
/// `p` is a block of the allocator's for `size` bytes (not zero), which nobody uses any more.
#[inline(always)]
pub unsafe fn keep(p: *mut u8, size: usize) -> bool {
    let Some(i) = index(size) else { return false };
    STACKS.with(|all| {
        let stack = &all[i];
        let room = stack.room.get();
        if room == 0 {
            return false;
        }
        if room == DEPTH && OWNER.try_with(|_| ()).is_err() {
            return false;
        }
        // SAFETY: by contract; blocks have room for a link and are aligned for it.
        unsafe { (p as *mut *mut u8).write(stack.top.get()) };
        stack.top.set(p);
        stack.room.set(room - 1);
        true
    })
}
