//! Memory for machine code: one reservation, mapped twice, so that no page is ever writable and
//! executable at the same address.
//!
//! A [`Block`] gives its memory back when it is dropped, which may be at any time: it leaves word in
//! a list of its own, which the next allocation takes in. Free blocks are kept by address, next to
//! none that is free too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Bytes reserved; the cap on all code of a process.
const SIZE: usize = 64 << 20;
/// Functions start at multiples of this.
const ALIGN: usize = 64;

/// Blocks that have been given back: offset and size.
type Returned = Arc<Mutex<Vec<(usize, usize)>>>;

/// Machine code; dropping it frees its memory.
pub struct Block {
    offset: usize,
    size: usize,
    returned: Returned,
}

impl Drop for Block {
    fn drop(&mut self) {
        if let Ok(mut r) = self.returned.lock() {
            r.push((self.offset, self.size));
        }
    }
}

/// See the module.
pub struct CodeMemory {
    write: *mut u8,
    exec: *const u8,
    /// End of all blocks so far.
    end: usize,
    /// Free blocks below it: size by offset.
    free: BTreeMap<usize, usize>,
    returned: Returned,
    used: usize,
    failed: bool,
}

impl Default for CodeMemory {
    fn default() -> Self {
        CodeMemory {
            write: std::ptr::null_mut(),
            exec: std::ptr::null(),
            end: 0,
            free: BTreeMap::new(),
            returned: Returned::default(),
            used: 0,
            failed: false,
        }
    }
}

impl CodeMemory {
    fn reserve(&mut self) -> bool {
        if !self.write.is_null() {
            return true;
        }
        if self.failed {
            return false;
        }
        self.failed = true;
        // SAFETY: plain system calls; results are checked; the descriptor is closed once mapped.
        unsafe {
            let fd = libc::memfd_create(c"krait-code".as_ptr(), libc::MFD_CLOEXEC);
            if fd < 0 {
                return false;
            }
            if libc::ftruncate(fd, SIZE as libc::off_t) == 0 {
                let map = |prot| libc::mmap(std::ptr::null_mut(), SIZE, prot, libc::MAP_SHARED | libc::MAP_NORESERVE, fd, 0);
                let (w, x) = (map(libc::PROT_READ | libc::PROT_WRITE), map(libc::PROT_READ | libc::PROT_EXEC));
                if w != libc::MAP_FAILED && x != libc::MAP_FAILED {
                    self.write = w as *mut u8;
                    self.exec = x as *const u8;
                    self.failed = false;
                }
            }
            libc::close(fd);
        }
        !self.failed
    }

    /// Copies code in; its address to execute, and the hold of its memory. `None` when the cap is
    /// reached or the system refuses executable memory.
    pub fn add(&mut self, code: &[u8]) -> Option<(*const u8, Block)> {
        if !self.reserve() {
            return None;
        }
        self.take_back();
        let size = code.len().next_multiple_of(ALIGN);
        let offset = self.find(size)?;
        self.used += size;
        // SAFETY: inside the mapping, in memory no other block has.
        unsafe {
            std::ptr::copy_nonoverlapping(code.as_ptr(), self.write.add(offset), code.len());
            let p = self.exec.add(offset);
            flush(p, code.len());
            Some((p, Block { offset, size, returned: self.returned.clone() }))
        }
    }

    /// Memory for a block: the first that is large enough.
    fn find(&mut self, size: usize) -> Option<usize> {
        if let Some((&offset, &room)) = self.free.iter().find(|&(_, &room)| room >= size) {
            self.free.remove(&offset);
            if room > size {
                self.free.insert(offset + size, room - size);
            }
            return Some(offset);
        }
        let offset = self.end;
        if offset + size > SIZE {
            return None;
        }
        self.end += size;
        Some(offset)
    }

    /// Takes in what has been given back.
    fn take_back(&mut self) {
        let returned = self.returned.lock().map(|mut r| std::mem::take(&mut *r)).unwrap_or_default();
        for (mut offset, mut size) in returned {
            self.used -= size;
            if let Some((&before, &room)) = self.free.range(..offset).next_back()
                && before + room == offset
            {
                self.free.remove(&before);
                (offset, size) = (before, room + size);
            }
            if let Some(room) = self.free.remove(&(offset + size)) {
                size += room;
            }
            self.free.insert(offset, size);
        }
    }

    /// Bytes of code that is alive, as far as is known.
    pub fn used(&self) -> usize {
        self.used
    }
}

/// Makes new code visible to instruction fetch.
#[cfg(target_arch = "aarch64")]
unsafe fn flush(p: *const u8, len: usize) {
    const LINE: usize = 4;
    // SAFETY: cleaning and invalidating lines of mapped memory; then barriers.
    unsafe {
        let (start, end) = (p as usize & !63, p as usize + len);
        for at in (start..end).step_by(16 * LINE) {
            std::arch::asm!("dc cvau, {0}", "ic ivau, {0}", in(reg) at);
        }
        std::arch::asm!("dsb ish", "isb");
    }
}

/// Instruction fetch is coherent here.
#[cfg(not(target_arch = "aarch64"))]
unsafe fn flush(_: *const u8, _: usize) {}
