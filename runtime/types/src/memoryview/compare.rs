//! Equality and hashing of memoryviews.

use krait_object::buffer::{Buffer, flags, has_buffer};
use krait_object::hash::hash_bytes;
use krait_object::prelude::*;

use super::item::{equal, native_code, unpack};
use super::object::{Facts, PyMemoryView};
use super::strided::View;

/// Have the arrays the same shape? After a dimension without items nothing matters.
fn same_shape(a: &View, b: &View) -> bool {
    if a.ndim() != b.ndim() {
        return false;
    }
    for (x, y) in a.shape.iter().zip(&b.shape) {
        if x != y {
            return false;
        }
        if *x == 0 {
            break;
        }
    }
    true
}

/// Reads items of any format: native ones here, others through `struct`.
struct Reader {
    native: Option<u8>,
    unpacker: Option<Obj>,
}

impl Reader {
    /// `None` if the format is not understood: then nothing is equal.
    fn new(vm: &Vm, format: &str, itemsize: usize) -> PyResult<Option<Reader>> {
        if let Some(c) = native_code(format) {
            return Ok(Some(Reader { native: Some(c), unpacker: None }));
        }
        let module = (vm.interp.hooks().import)(vm, "struct")?;
        let made = vm.call_method_str(module.r(), "Struct", &[vm.str(format).r()]);
        let s = match made {
            Ok(s) => s,
            Err(e) => {
                drop(vm.take_raised(e));
                return Ok(None);
            }
        };
        let size = vm.getattr_str(s.r(), "size")?;
        if size.r().as_int(vm).and_then(IntRef::to_i64) != Some(itemsize as i64) {
            return Ok(None);
        }
        Ok(Some(Reader { native: None, unpacker: Some(s) }))
    }
    fn read(&self, vm: &Vm, data: &[u8]) -> PyResult<Obj> {
        match (self.native, &self.unpacker) {
            (Some(c), _) => Ok(unpack(vm, c, data)),
            (None, Some(s)) => vm.call_method_str(s.r(), "unpack", &[vm.bytes(data).r()]),
            (None, None) => Ok(Obj::none()),
        }
    }
}

/// Are the items equal, in order?
fn same_items(vm: &Vm, a: &Facts, b: &Facts) -> PyResult<bool> {
    let (x, y) = (a.view.to_bytes(), b.view.to_bytes());
    let (n, m) = (a.view.itemsize.max(1), b.view.itemsize.max(1));
    if let (Some(c), Some(d)) = (native_code(&a.format), native_code(&b.format))
        && c == d
    {
        return Ok(x.chunks_exact(n).zip(y.chunks_exact(m)).all(|(p, q)| equal(c, p, q)));
    }
    let Some(r) = Reader::new(vm, &a.format, a.view.itemsize)? else { return Ok(false) };
    let Some(s) = Reader::new(vm, &b.format, b.view.itemsize)? else { return Ok(false) };
    for (p, q) in x.chunks_exact(n).zip(y.chunks_exact(m)) {
        let (p, q) = (r.read(vm, p)?, s.read(vm, q)?);
        if !vm.eq(p.r(), q.r())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `m == other`; `None` if the other object has no buffer.
pub fn equals(vm: &Vm, m: &PyMemoryView, other: Ref<'_>) -> PyResult<Option<bool>> {
    if m.is_released() {
        return Ok(Some(m.r().ptr_eq(other)));
    }
    let a = m.facts(vm)?.clone();
    if let Some(w) = other.downcast::<PyMemoryView>(vm) {
        if w.is_released() {
            return Ok(Some(m.r().ptr_eq(other)));
        }
        // Keeps the memory in place while Python code compares items.
        let (_held, _held_too) = (m.derive(vm, a.clone())?, w.derive(vm, w.facts(vm)?.clone())?);
        let b = w.facts(vm)?.clone();
        return Ok(Some(same_shape(&a.view, &b.view) && same_items(vm, &a, &b)?));
    }
    if !has_buffer(vm, other) {
        return Ok(None);
    }
    let held = m.derive(vm, a.clone())?;
    let buffer = match Buffer::get(vm, other, flags::FULL_RO) {
        Ok(b) => b,
        Err(e) => {
            drop(vm.take_raised(e));
            return Ok(None);
        }
    };
    let info = buffer.info();
    let b = Facts { view: View::of(info), format: std::rc::Rc::from(&*info.format), readonly: info.readonly };
    let same = same_shape(&a.view, &b.view) && same_items(vm, &a, &b)?;
    drop(held);
    Ok(Some(same))
}

/// `hash(m)`: that of the bytes, for read-only views of bytes.
pub fn hash(vm: &Vm, m: &PyMemoryView) -> PyResult<i64> {
    if m.hash.get() != -1 {
        return Ok(m.hash.get());
    }
    let f = m.facts(vm)?;
    if !f.readonly {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    if !matches!(native_code(&f.format), Some(b'B' | b'b' | b'c')) {
        return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    if let Some(owner) = m.owner() {
        let _held = m.hold();
        vm.hash(owner.r())?;
    }
    let h = hash_bytes(vm.interp.hash_secret.get(), &m.facts(vm)?.view.to_bytes());
    m.hash.set(h);
    Ok(h)
}
