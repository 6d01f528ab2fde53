//! Parsed replacement templates.

use krait_macros::{Trace, pyclass};
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::matching::PyMatch;
use crate::util::{make, no_header};

/// Literals and the groups between them.
#[repr(C)]
#[derive(Trace)]
pub struct PyTemplate {
    header: Header,
    /// Before the first group.
    pub literal: Obj,
    /// Each group, and what follows it.
    pub chunks: Vec<Chunk>,
}

/// A group and the literal after it.
#[derive(Trace)]
pub struct Chunk {
    #[trace(skip)]
    group: usize,
    literal: Obj,
}

#[pyclass(layout = PyTemplate, name = "SRE_Template", module = "_sre", flags(DISALLOW_INSTANTIATION), own)]
pub mod template {
    #[allow(unused_imports, reason = "the macro's output uses them")]
    use super::*;
}

impl PyTemplate {
    /// From `[literal, group, literal, group, literal, ...]`.
    pub fn create(vm: &Vm, parts: &PyList) -> PyResult<Py<PyTemplate>> {
        let parts = parts.to_vec();
        let bad = || vm.type_error("invalid template");
        let mut it = parts.into_iter();
        let Some(literal) = it.next() else { return Err(bad()) };
        let mut chunks = Vec::new();
        while let Some(group) = it.next() {
            let Some(literal) = it.next() else { return Err(bad()) };
            let i = vm.index_clamped(group.r())?;
            if i < 0 {
                return Err(bad());
            }
            chunks.push(Chunk { group: i as usize, literal });
        }
        Ok(make(vm, PyTemplate { header: no_header(), literal, chunks }))
    }
    /// The text for a match.
    pub fn expand(&self, vm: &Vm, m: &PyMatch) -> PyResult<Obj> {
        if self.chunks.is_empty() {
            return Ok(self.literal.clone());
        }
        let mut text = StrBuilder::new();
        let mut bytes = Vec::new();
        let is_str = self.literal.r().is_instance_of::<PyStr>(vm);
        let mut add = |o: Ref<'_>| -> PyResult<()> {
            if is_str {
                match o.downcast::<PyStr>(vm) {
                    Some(s) => text.push_pystr(s),
                    None => return Err(vm.type_error(format!("sequence item 0: expected str instance, {} found", o.ty(vm).tp_name()))),
                }
            } else if let Some(b) = o.downcast::<PyBytes>(vm) {
                bytes.extend_from_slice(b.as_slice());
            } else {
                let data = krait_object::buffer::with_bytes(vm, o, <[u8]>::to_vec)?;
                bytes.extend_from_slice(&data);
            }
            Ok(())
        };
        add(self.literal.r())?;
        for chunk in &self.chunks {
            if chunk.group >= m.groups() {
                return Err(vm.index_error("no such group"));
            }
            let part = m.text(vm, chunk.group, vm.none())?;
            if !part.r().is_none() {
                add(part.r())?;
            }
            add(chunk.literal.r())?;
        }
        Ok(if is_str { text.finish(vm).into_obj() } else { vm.bytes(&bytes) })
    }
}
