//! The process's allocator: mimalloc, which refuses what the machine cannot hold.
//!
//! mimalloc reserves address space without backing. A request beyond all memory would succeed,
//! and the process be killed when it touches the block; refused, it becomes a MemoryError.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering};

use mimalloc::MiMalloc;

/// Smaller requests are not looked at.
const LARGE: usize = 1 << 31;

/// Size of the machine's memory; 0 until asked for.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

#[cold]
fn refused(size: usize) -> bool {
    let mut limit = LIMIT.load(Ordering::Relaxed);
    if limit == 0 {
        // SAFETY: `sysconf` has no preconditions.
        let (pages, page) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
        let known = usize::try_from(pages).ok().zip(usize::try_from(page).ok());
        limit = known.map_or(usize::MAX, |(n, size)| n.saturating_mul(size));
        LIMIT.store(limit, Ordering::Relaxed);
    }
    size > limit
}

unsafe extern "C" {
    fn mi_malloc(size: usize) -> *mut libc::c_void;
    fn mi_zalloc(size: usize) -> *mut libc::c_void;
    fn mi_realloc(p: *mut libc::c_void, size: usize) -> *mut libc::c_void;
    fn mi_free(p: *mut libc::c_void);
    fn mi_option_set(option: libc::c_int, value: libc::c_long);
}

/// Does mimalloc give this alignment without being asked? The plain entry points are the fast ones.
#[inline(always)]
fn aligned_anyway(layout: Layout) -> bool {
    layout.align() <= 8
}

/// mimalloc with an upper bound.
pub struct Bounded;

/// A block. Not inlined: the callers are everywhere.
#[inline(never)]
fn allocate(size: usize) -> *mut u8 {
    if size >= LARGE && refused(size) {
        return std::ptr::null_mut();
    }
    // SAFETY: any size may be asked for.
    unsafe { mi_malloc(size).cast() }
}

// SAFETY: everything is passed on to mimalloc or was; null for a refused request is allowed.
unsafe impl GlobalAlloc for Bounded {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if aligned_anyway(layout) {
            return allocate(layout.size());
        }
        if layout.size() >= LARGE && refused(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract is mimalloc's.
        unsafe { MiMalloc.alloc(layout) }
    }
    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= LARGE && refused(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's contract is mimalloc's.
        unsafe { if aligned_anyway(layout) { mi_zalloc(layout.size()).cast() } else { MiMalloc.alloc_zeroed(layout) } }
    }
    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is mimalloc's.
        unsafe { if aligned_anyway(layout) { mi_free(ptr.cast()) } else { MiMalloc.dealloc(ptr, layout) } }
    }
    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size >= LARGE && refused(size) {
            return std::ptr::null_mut();
        }
        // SAFETY: the block came from mimalloc.
        unsafe { if aligned_anyway(layout) { mi_realloc(ptr.cast(), size).cast() } else { MiMalloc.realloc(ptr, layout, size) } }
    }
}

/// Runs before the first allocation: until [`configure`], all memory comes in small pages.
#[used]
// SAFETY: the loader calls what this section lists with arguments that may be ignored.
#[unsafe(link_section = ".init_array.00100")]
static EARLY: extern "C" fn() = {
    extern "C" fn early() {
        // SAFETY: a setting of the process.
        unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, 1, 0, 0, 0) };
    }
    early
};

/// Sets the allocator up. The first part of the heap stays on small pages: the allocator asks for
/// huge ones, which pay off for large heaps, but a short script would use little of the several it
/// touches. Freed pages go back to the system after some milliseconds instead of a second.
pub fn configure() {
    const HUGE: usize = 2 << 20;
    const SMALL_PART: usize = 16 << 20;
    /// `mi_option_purge_delay`.
    const PURGE_DELAY: libc::c_int = 15;
    let probe = Box::new(0u64);
    let heap = (&raw const *probe as usize) & !(HUGE - 1);
    // SAFETY: an option of mimalloc's. Advice about how to back memory changes no content; the
    // allocator fills its region from the start, so the range is the part of it used first. Where
    // it is not mapped, the call fails, which is fine.
    unsafe {
        mi_option_set(PURGE_DELAY, 10);
        libc::madvise(heap as *mut libc::c_void, SMALL_PART, libc::MADV_NOHUGEPAGE);
        libc::prctl(libc::PR_SET_THP_DISABLE, 0, 0, 0, 0);
    }
}
