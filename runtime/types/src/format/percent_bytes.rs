//! `bytes % args` and `bytearray % args`.

use krait_object::buffer::{Buffer, has_buffer};
use krait_object::bytes::PyBytes;
use krait_object::dict::qualified_type_name;
use krait_object::prelude::*;

use super::percent::{Directive, Target, run};

struct BytesTarget<'a> {
    template: &'a [u8],
    out: Vec<u8>,
}

impl BytesTarget<'_> {
    fn push_padded(&mut self, vm: &Vm, d: &Directive, s: &[u8]) -> PyResult<()> {
        let padding = d.width.saturating_sub(s.len());
        if !d.left {
            self.push_fill(vm, b' ', padding)?;
        }
        self.out.extend_from_slice(s);
        if d.left { self.push_fill(vm, b' ', padding) } else { Ok(()) }
    }
}

impl Target for BytesTarget<'_> {
    const NAME: &'static str = "bytes";

    fn len(&self) -> usize {
        self.template.len()
    }
    fn char_at(&self, i: usize) -> u32 {
        self.template[i].into()
    }
    fn find_percent(&self, from: usize) -> Option<usize> {
        memchr::memchr(b'%', &self.template[from..]).map(|i| i + from)
    }
    fn push_literal(&mut self, start: usize, end: usize) {
        self.out.extend_from_slice(&self.template[start..end]);
    }
    fn push_ascii(&mut self, s: &str) {
        self.out.extend_from_slice(s.as_bytes());
    }
    fn push_fill(&mut self, vm: &Vm, c: u8, n: usize) -> PyResult<()> {
        if self.out.try_reserve(n).is_err() {
            return Err(vm.memory_error());
        }
        self.out.resize(self.out.len() + n, c);
        Ok(())
    }
    fn key(&self, vm: &Vm, start: usize, end: usize) -> Obj {
        vm.bytes(&self.template[start..end])
    }
    fn is_mapping(&self, vm: &Vm, args: Ref<'_>) -> bool {
        let ty = args.ty(vm);
        ty.slots.mp_subscript.get().is_some()
            && !args.is_instance_of::<PyStr>(vm)
            && !args.is_instance_of::<PyBytes>(vm)
            && !ty.is_subtype(vm.types.bytearray)
    }
    fn convert(&mut self, vm: &Vm, d: &Directive, next: &mut dyn FnMut() -> PyResult<Obj>) -> PyResult<bool> {
        let mut text = match u8::try_from(d.conv) {
            Ok(b's' | b'b') => contents(vm, next()?.r())?,
            Ok(b'r' | b'a') => vm.ascii(next()?.r())?.to_wtf8(),
            Ok(b'c') => vec![byte(vm, next()?.r())?],
            _ => return Ok(false),
        };
        if d.conv != 'c' as u32 {
            text.truncate(d.precision.unwrap_or(usize::MAX));
        }
        self.push_padded(vm, d, &text)?;
        Ok(true)
    }
}

/// The bytes of a `%b` argument.
fn contents(vm: &Vm, v: Ref<'_>) -> PyResult<Vec<u8>> {
    if let Some(b) = v.downcast::<PyBytes>(vm) {
        return Ok(b.as_slice().to_vec());
    }
    if let Some(r) = crate::bytes::call_dunder_bytes(vm, v)? {
        return Ok(r.as_slice().to_vec());
    }
    if has_buffer(vm, v) {
        return Ok(Buffer::simple(vm, v)?.as_slice().to_vec());
    }
    Err(vm.type_error(format!("%b requires a bytes-like object, or an object that implements __bytes__, not '{}'", v.ty(vm).tp_name())))
}

/// The byte of a `%c` argument.
fn byte(vm: &Vm, v: Ref<'_>) -> PyResult<u8> {
    let single = |name: &str, data: &[u8]| match data {
        [c] => Ok(*c),
        _ => {
            Err(vm
                .type_error(format!("%c requires an integer in range(256) or a single byte, not a {name} object of length {}", data.len())))
        }
    };
    if let Some(b) = v.downcast::<PyBytes>(vm) {
        return single("bytes", b.as_slice());
    }
    if v.ty(vm).is_subtype(vm.types.bytearray) {
        return single("bytearray", Buffer::simple(vm, v)?.as_slice());
    }
    if !vm.has_index(v) {
        let text = format!("%c requires an integer in range(256) or a single byte, not {}", qualified_type_name(vm, v.ty(vm)));
        return Err(vm.type_error(text));
    }
    let i = vm.index(v)?;
    let code = i.r().as_int(vm).and_then(IntRef::to_i64).and_then(|c| u8::try_from(c).ok());
    code.ok_or_else(|| vm.overflow_error("%c arg not in range(256)"))
}

/// `template % args`.
pub fn format_bytes_percent(vm: &Vm, template: &[u8], args: Ref<'_>) -> PyResult<Vec<u8>> {
    let mut target = BytesTarget { template, out: Vec::with_capacity(template.len() + 16) };
    run(vm, &mut target, args)?;
    Ok(target.out)
}
