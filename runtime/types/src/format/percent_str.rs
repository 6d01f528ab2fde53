//! `str % args`.

use krait_object::dict::qualified_type_name;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::percent::{Directive, Target, run};

struct StrTarget<'a> {
    template: &'a PyStr,
    out: StrBuilder,
}

impl StrTarget<'_> {
    fn push_padded(&mut self, vm: &Vm, d: &Directive, s: &PyStr, shown: usize) -> PyResult<()> {
        let padding = d.width.saturating_sub(shown);
        if !d.left {
            self.push_fill(vm, b' ', padding)?;
        }
        self.out.push_range(s, 0, shown);
        if d.left { self.push_fill(vm, b' ', padding) } else { Ok(()) }
    }
}

impl Target for StrTarget<'_> {
    const NAME: &'static str = "string";

    fn len(&self) -> usize {
        self.template.len()
    }
    fn char_at(&self, i: usize) -> u32 {
        self.template.char_at(i)
    }
    fn find_percent(&self, from: usize) -> Option<usize> {
        self.template.find_char('%' as u32, from, self.template.len())
    }
    fn push_literal(&mut self, start: usize, end: usize) {
        self.out.push_range(self.template, start, end);
    }
    fn push_ascii(&mut self, s: &str) {
        self.out.push_str(s);
    }
    fn push_fill(&mut self, vm: &Vm, c: u8, n: usize) -> PyResult<()> {
        if n > 0 {
            self.out.try_reserve(vm, n)?;
            self.out.push_n(c.into(), n);
        }
        Ok(())
    }
    fn key(&self, vm: &Vm, start: usize, end: usize) -> Obj {
        self.template.substring(vm, start, end).into_obj()
    }
    fn is_mapping(&self, vm: &Vm, args: Ref<'_>) -> bool {
        args.ty(vm).slots.mp_subscript.get().is_some() && !args.is_instance_of::<PyStr>(vm)
    }
    fn convert(&mut self, vm: &Vm, d: &Directive, next: &mut dyn FnMut() -> PyResult<Obj>) -> PyResult<bool> {
        let text = match u8::try_from(d.conv) {
            Ok(b's') => vm.str_of(next()?.r())?,
            Ok(b'r') => vm.repr(next()?.r())?,
            Ok(b'a') => vm.ascii(next()?.r())?,
            Ok(b'c') => {
                let c = character(vm, next()?.r())?;
                PyStr::from_char(vm, c)
            }
            _ => return Ok(false),
        };
        let limit = if d.conv == 'c' as u32 { usize::MAX } else { d.precision.unwrap_or(usize::MAX) };
        self.push_padded(vm, d, &text, text.len().min(limit))?;
        Ok(true)
    }
}

/// The code point of a `%c` argument.
fn character(vm: &Vm, v: Ref<'_>) -> PyResult<u32> {
    if let Some(s) = v.downcast::<PyStr>(vm) {
        if s.len() == 1 {
            return Ok(s.char_at(0));
        }
        let text = format!("%c requires an int or a unicode character, not a string of length {}", s.len());
        return Err(vm.type_error(text));
    }
    if !vm.has_index(v) {
        return {
            let name = qualified_type_name(vm, v.ty(vm));
            Err(vm.type_error(format!("%c requires an int or a unicode character, not {name}")))
        };
    }
    let i = vm.index(v)?;
    let code = i.r().as_int(vm).and_then(IntRef::to_i64);
    match code.and_then(|c| u32::try_from(c).ok()).filter(|c| *c < 0x11_0000) {
        Some(c) => Ok(c),
        None => Err(vm.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// `template % args`.
pub fn format_str_percent(vm: &Vm, template: &PyStr, args: Ref<'_>) -> PyResult<Obj> {
    let mut target = StrTarget { template, out: StrBuilder::with_capacity(template.len() + 16) };
    run(vm, &mut target, args)?;
    Ok(target.out.finish(vm).into_obj())
}
