//! The module's functions.

use krait_macros::pymodule;
use krait_object::prelude::*;

use super::chars::{lower_ascii, lower_unicode, upper_unicode};
use super::codes;
use super::pattern::PyPattern;
use super::template::PyTemplate;

/// Regular expression engine.
#[pymodule(name = "_sre")]
pub mod sre_module {
    #[pyclass_ref]
    use super::super::{matching::matching, pattern::pattern, scanner::finditer, scanner::scanner, template::template};
    use super::*;

    #[pyattr]
    const MAGIC: i64 = codes::MAGIC;
    #[pyattr]
    const CODESIZE: i32 = 4;
    #[pyattr]
    const MAXREPEAT: i64 = codes::MAXREPEAT as i64;
    #[pyattr]
    const MAXGROUPS: i64 = (i32::MAX / 2) as i64;

    #[pyfunction("getcodesize()")]
    fn getcodesize() -> i32 {
        4
    }
    #[pyfunction("ascii_iscased(character, /)")]
    fn ascii_iscased(character: i32) -> bool {
        u8::try_from(character).is_ok_and(|c| c.is_ascii_alphabetic())
    }
    #[pyfunction("unicode_iscased(character, /)")]
    fn unicode_iscased(character: i32) -> bool {
        let c = character as u32;
        lower_unicode(c) != c || upper_unicode(c) != c
    }
    #[pyfunction("ascii_tolower(character, /)")]
    fn ascii_tolower(character: i32) -> u32 {
        lower_ascii(character as u32)
    }
    #[pyfunction("unicode_tolower(character, /)")]
    fn unicode_tolower(character: i32) -> u32 {
        lower_unicode(character as u32)
    }
    #[pyfunction("compile(pattern, flags, code, groups, groupindex, indexgroup)")]
    fn compile(
        vm: &Vm,
        pattern: Obj,
        flags: i32,
        code: &PyList,
        groups: isize,
        groupindex: &PyDict,
        indexgroup: &PyTuple,
    ) -> PyResult<Py<PyPattern>> {
        let mut words = Vec::with_capacity(code.len());
        for item in code.to_vec() {
            let i = item.r().as_int(vm).and_then(IntRef::to_i64);
            match i {
                Some(i) if (0..=i64::from(u32::MAX)).contains(&i) => words.push(i as u32),
                _ if item.r().as_int(vm).is_none() => return Err(vm.type_error("an integer is required")),
                Some(i) if i < 0 => return Err(vm.overflow_error("can't convert negative value to unsigned int")),
                _ => return Err(vm.overflow_error("regular expression code size limit exceeded")),
            }
        }
        if groups < 0 || groups as i64 > MAXGROUPS || !well_formed(&words, groups as usize) {
            return Err(vm.runtime_error("invalid SRE code"));
        }
        PyPattern::create(vm, pattern, i64::from(flags), words, groups as usize, groupindex.to_py(), indexgroup.to_py())
    }
    ///   template
    ///     A list containing interleaved literal strings (str or bytes) and group
    ///     indices (int), as returned by re._parser.parse_template():
    ///         literal1, group1, ..., literalN, groupN
    #[pyfunction("template(pattern, template, /)", name = "template")]
    fn template_(vm: &Vm, _pattern: Ref<'_>, template: &PyList) -> PyResult<Py<PyTemplate>> {
        PyTemplate::create(vm, template)
    }
}

/// Code that ends where it must. The matcher itself never reads beyond it.
fn well_formed(code: &[u32], groups: usize) -> bool {
    code.last() == Some(&codes::op::SUCCESS) && groups <= code.len()
}
