//! The lock of a buffered stream: held while its buffer is in use, across calls of the raw stream
//! that may run Python code or release the GIL.

use std::cell::Cell;
use std::time::Duration;

use krait_object::prelude::*;

/// Free, or held by a thread.
#[derive(Default)]
pub struct BufferLock {
    owner: Cell<usize>,
}

/// Held until dropped.
pub struct Guard<'a>(&'a BufferLock);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.owner.set(0);
    }
}

impl BufferLock {
    /// Takes the lock; RuntimeError if this thread already holds it.
    #[inline]
    pub fn enter<'a>(&'a self, vm: &Vm, zelf: Ref<'_>) -> PyResult<Guard<'a>> {
        if self.owner.get() != 0 {
            self.wait(vm, zelf)?;
        }
        self.owner.set(vm as *const Vm as usize);
        Ok(Guard(self))
    }
    /// Is the lock held by anyone?
    pub fn is_held(&self) -> bool {
        self.owner.get() != 0
    }
    #[cold]
    fn wait(&self, vm: &Vm, zelf: Ref<'_>) -> PyResult<()> {
        if self.owner.get() == vm as *const Vm as usize {
            return Err(vm.runtime_error(format!("reentrant call inside {}", vm.repr_text(zelf)?)));
        }
        let mut pause = 20;
        let mut waited = 0;
        while self.owner.get() != 0 {
            // A thread that was stopped for good while it held the lock never gives it back.
            if vm.interp.finalizing.get() && waited > 1_000_000 {
                let shown = vm.repr_text(zelf)?;
                krait_object::stderr_line!(
                    "Fatal Python error: _enter_buffered_busy: could not acquire lock for {shown} at interpreter \
                     shutdown, possibly due to daemon threads"
                );
                std::process::abort();
            }
            vm.allow_threads(|| std::thread::sleep(Duration::from_micros(pause)));
            waited += pause;
            pause = (pause * 2).min(2000);
            vm.poll()?;
        }
        Ok(())
    }
}

impl Trace for BufferLock {
    fn trace(&self, _: &mut Visitor<'_>) {}
}
