//! Recursion guard of container reprs (`Py_ReprEnter`).

use crate::obj::Ref;
use crate::vm::Vm;

/// Marks an object's repr as running until dropped.
pub struct ReprGuard<'v> {
    vm: &'v Vm,
    key: u64,
}

/// `None` if the repr of `o` is already running on this thread: print `...` instead.
pub fn repr_enter<'v>(vm: &'v Vm, o: Ref<'_>) -> Option<ReprGuard<'v>> {
    let key = o.value().0;
    let mut running = vm.repr_running.borrow_mut();
    if running.contains(&key) {
        return None;
    }
    running.push(key);
    Some(ReprGuard { vm, key })
}

impl Drop for ReprGuard<'_> {
    fn drop(&mut self) {
        let mut running = self.vm.repr_running.borrow_mut();
        if let Some(i) = running.iter().rposition(|k| *k == self.key) {
            running.remove(i);
        }
    }
}
