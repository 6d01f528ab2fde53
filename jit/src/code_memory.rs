//! Memory for machine code: one reservation, mapped twice, so that no page is ever writable and
//! executable at the same address.

/// Bytes reserved; the cap on all code of a process.
const SIZE: usize = 64 << 20;
/// Functions start at multiples of this.
const ALIGN: usize = 64;

/// See the module.
pub struct CodeMemory {
    write: *mut u8,
    exec: *const u8,
    used: usize,
    failed: bool,
}

impl Default for CodeMemory {
    fn default() -> Self {
        CodeMemory { write: std::ptr::null_mut(), exec: std::ptr::null(), used: 0, failed: false }
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

    /// Copies code in; its address to execute. `None` when the cap is reached or the system
    /// refuses executable memory.
    pub fn add(&mut self, code: &[u8]) -> Option<*const u8> {
        if !self.reserve() {
            return None;
        }
        let at = self.used.next_multiple_of(ALIGN);
        if at + code.len() > SIZE {
            return None;
        }
        // SAFETY: inside the mapping, above all code in use.
        unsafe {
            std::ptr::copy_nonoverlapping(code.as_ptr(), self.write.add(at), code.len());
            self.used = at + code.len();
            let p = self.exec.add(at);
            flush(p, code.len());
            Some(p)
        }
    }

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
