//! `unicodedata`. The functions are the methods of `UCD`: the module is one view of the database, the
//! object `ucd_3_2_0` another.

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::function::PyBuiltinFunction;
use krait_object::prelude::*;
use krait_types::unicode;
use krait_ucd as ucd;
use krait_ucd::normalize::Form;

use crate::util::{make, no_header};

/// A view of the database as of Unicode 3.2.
#[repr(C)]
#[derive(Trace)]
pub struct PyUcd {
    header: Header,
}

/// Does the bound object stand for version 3.2? (The module is the other possibility.)
fn is_old(vm: &Vm, zelf: Ref<'_>) -> bool {
    zelf.is_instance_of::<PyUcd>(vm)
}

/// How a version sees a character.
enum View {
    Current,
    /// Version 3.2 knew it, perhaps with other properties.
    Old,
    /// Version 3.2 had not assigned it.
    Unassigned,
}

fn view(vm: &Vm, zelf: Ref<'_>, c: u32) -> View {
    match is_old(vm, zelf) {
        false => View::Current,
        true if ucd::old::assigned(c) => View::Old,
        true => View::Unassigned,
    }
}

/// The value found, or the default, or an error.
fn or_default(vm: &Vm, value: Option<Obj>, default: Option<Ref<'_>>, msg: &str) -> PyResult<Obj> {
    match (value, default) {
        (Some(v), _) => Ok(v),
        (None, Some(d)) => Ok(d.to_obj()),
        (None, None) => Err(vm.value_error(msg)),
    }
}

fn decomposition_text(c: u32) -> String {
    let syllable = ucd::normalize::hangul_parts(c);
    let (tag, to) = match (&syllable, ucd::decomposition(c)) {
        (Some((parts, n)), _) => ("", &parts[..*n]),
        (None, Some(d)) => (d.tag, d.to),
        (None, None) => return String::new(),
    };
    let mut out = tag.to_owned();
    for c in to {
        if !out.is_empty() {
            out.push(' ');
        }
        out += &format!("{c:04X}");
    }
    out
}

/// Is every character below the point under which a form changes nothing?
fn plain(form: Form, s: &PyStr) -> bool {
    s.is_ascii() || s.chars().all(|c| c < form.safe_below())
}

fn form_of(vm: &Vm, form: &str) -> PyResult<Form> {
    Form::of(form).ok_or_else(|| vm.value_error("invalid normalization form"))
}

/// The text of a name to look up: a string, or bytes of UTF-8.
fn name_text(vm: &Vm, name: Ref<'_>) -> PyResult<String> {
    match name.downcast::<PyStr>(vm) {
        Some(s) => Ok(s.to_utf8(vm)?.to_owned()),
        None => Ok(String::from_utf8_lossy(BufferArg(krait_object::buffer::Buffer::simple(vm, name)?).as_slice()).into_owned()),
    }
}

/// The longest name, sequences and aliases included.
const LONGEST_NAME: usize = 256;

/// A database of Unicode characters.
#[pyclass(layout = PyUcd, name = "UCD", module = "unicodedata", doc = "", flags(DISALLOW_INSTANTIATION), own, no_gc)]
pub mod ucd_class {
    use super::*;

    /// Converts a Unicode character into its equivalent decimal value.
    ///
    /// Returns the decimal value assigned to the character chr as integer.
    /// If no such value is defined, default is returned, or, if not given,
    /// ValueError is raised.
    #[pymethod("decimal(self, chr, default=<unrepresentable>, /)")]
    fn decimal(vm: &Vm, zelf: Ref<'_>, chr: CharArg, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let current = || unicode::decimal_value(chr.0);
        let value = match view(vm, zelf, chr.0) {
            View::Current => current(),
            View::Old => ucd::old::decimal(chr.0).unwrap_or_else(current),
            View::Unassigned => None,
        };
        or_default(vm, value.map(|v| Obj::small(v.into())), default.given(), "not a decimal")
    }
    /// Converts a Unicode character into its equivalent digit value.
    ///
    /// Returns the digit value assigned to the character chr as integer.
    /// If no such value is defined, default is returned, or, if not given,
    /// ValueError is raised.
    #[pymethod("digit(self, chr, default=<unrepresentable>, /)")]
    fn digit(vm: &Vm, _zelf: Ref<'_>, chr: CharArg, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        or_default(vm, unicode::digit_value(chr.0).map(|v| Obj::small(v.into())), default.given(), "not a digit")
    }
    /// Converts a Unicode character into its equivalent numeric value.
    ///
    /// Returns the numeric value assigned to the character chr as float.
    /// If no such value is defined, default is returned, or, if not given,
    /// ValueError is raised.
    #[pymethod("numeric(self, chr, default=<unrepresentable>, /)")]
    fn numeric(vm: &Vm, zelf: Ref<'_>, chr: CharArg, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let value = match view(vm, zelf, chr.0) {
            View::Current => ucd::numeric(chr.0),
            View::Old => ucd::old::numeric(chr.0).unwrap_or_else(|| ucd::numeric(chr.0)),
            View::Unassigned => None,
        };
        or_default(vm, value.map(|v| vm.float(v)), default.given(), "not a numeric character")
    }
    /// Returns the general category assigned to the character chr as string.
    #[pymethod("category(self, chr, /)")]
    fn category(vm: &Vm, zelf: Ref<'_>, chr: CharArg) -> &'static str {
        match view(vm, zelf, chr.0) {
            View::Current => unicode::category(chr.0),
            View::Old => ucd::old::category(chr.0).map_or_else(|| unicode::category(chr.0), unicode::category_name),
            View::Unassigned => "Cn",
        }
    }
    /// Returns the bidirectional class assigned to the character chr as string.
    ///
    /// If no such value is defined, an empty string is returned.
    #[pymethod("bidirectional(self, chr, /)")]
    fn bidirectional(vm: &Vm, zelf: Ref<'_>, chr: CharArg) -> &'static str {
        match view(vm, zelf, chr.0) {
            View::Current => ucd::bidirectional(chr.0),
            View::Old => ucd::old::bidirectional(chr.0).unwrap_or_else(|| ucd::bidirectional(chr.0)),
            View::Unassigned => "",
        }
    }
    /// Returns the canonical combining class assigned to the character chr as integer.
    ///
    /// Returns 0 if no combining class is defined.
    #[pymethod("combining(self, chr, /)")]
    fn combining(vm: &Vm, zelf: Ref<'_>, chr: CharArg) -> u8 {
        match view(vm, zelf, chr.0) {
            View::Current | View::Old => ucd::record(chr.0).combining,
            View::Unassigned => 0,
        }
    }
    /// Returns the mirrored property assigned to the character chr as integer.
    ///
    /// Returns 1 if the character has been identified as a "mirrored"
    /// character in bidirectional text, 0 otherwise.
    #[pymethod("mirrored(self, chr, /)")]
    fn mirrored(vm: &Vm, zelf: Ref<'_>, chr: CharArg) -> i32 {
        let current = || ucd::record(chr.0).mirrored;
        match view(vm, zelf, chr.0) {
            View::Current => current().into(),
            View::Old => ucd::old::mirrored(chr.0).unwrap_or_else(current).into(),
            View::Unassigned => 0,
        }
    }
    /// Returns the east asian width assigned to the character chr as string.
    #[pymethod("east_asian_width(self, chr, /)")]
    fn east_asian_width(vm: &Vm, zelf: Ref<'_>, chr: CharArg) -> &'static str {
        match view(vm, zelf, chr.0) {
            View::Current => ucd::east_asian_width(chr.0),
            View::Old => ucd::old::east_asian_width(chr.0).unwrap_or_else(|| ucd::east_asian_width(chr.0)),
            View::Unassigned => ucd::old::reserved_width(chr.0),
        }
    }
    /// Returns the character decomposition mapping assigned to the character chr as string.
    ///
    /// An empty string is returned in case no such mapping is defined.
    #[pymethod("decomposition(self, chr, /)")]
    fn decomposition(vm: &Vm, zelf: Ref<'_>, chr: CharArg) -> String {
        match view(vm, zelf, chr.0) {
            View::Current | View::Old => decomposition_text(chr.0),
            View::Unassigned => String::new(),
        }
    }
    /// Return whether the Unicode string unistr is in the normal form 'form'.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    #[pymethod("is_normalized(self, form, unistr, /)")]
    fn is_normalized(vm: &Vm, zelf: Ref<'_>, form: &PyStr, unistr: &PyStr) -> PyResult<bool> {
        if unistr.is_empty() {
            return Ok(true);
        }
        let form = form_of(vm, &form.to_string_lossy())?;
        if plain(form, unistr) {
            return Ok(true);
        }
        let normal = ucd::normalize::normalize(form, unistr.chars(), is_old(vm, zelf));
        Ok(normal.into_iter().eq(unistr.chars()))
    }
    /// Return the normal form 'form' for the Unicode string unistr.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    #[pymethod("normalize(self, form, unistr, /)")]
    fn normalize(vm: &Vm, zelf: Ref<'_>, form: &PyStr, unistr: &PyStr) -> PyResult<Py<PyStr>> {
        if unistr.is_empty() {
            return Ok(PyStr::empty(vm).to_py());
        }
        let form = form_of(vm, &form.to_string_lossy())?;
        if plain(form, unistr) {
            return Ok(unistr.substring(vm, 0, unistr.len()));
        }
        Ok(PyStr::from_code_points(vm, &ucd::normalize::normalize(form, unistr.chars(), is_old(vm, zelf))))
    }
    /// Returns the name assigned to the character chr as a string.
    ///
    /// If no name is defined, default is returned, or, if not given,
    /// ValueError is raised.
    #[pymethod("name(self, chr, default=<unrepresentable>, /)")]
    fn name(vm: &Vm, zelf: Ref<'_>, chr: CharArg, default: OptArg<Ref<'_>>) -> PyResult<Obj> {
        let name = match view(vm, zelf, chr.0) {
            View::Current | View::Old => ucd::names::name(chr.0),
            View::Unassigned => None,
        };
        or_default(vm, name.map(|n| vm.str(&n)), default.given(), "no such name")
    }
    /// Look up character by name.
    ///
    /// If a character with the given name is found, return the
    /// corresponding character.  If not found, KeyError is raised.
    #[pymethod("lookup(self, name, /)")]
    fn lookup(vm: &Vm, zelf: Ref<'_>, name: Ref<'_>) -> PyResult<Obj> {
        let name = name_text(vm, name)?;
        if name.len() > LONGEST_NAME {
            return Err(vm.key_error(vm.str("name too long").r()));
        }
        if let Some(c) = ucd::names::character(&name)
            && (!is_old(vm, zelf) || (ucd::old::assigned(c) && ucd::names::is_name_of(c, &name)))
        {
            return Ok(PyStr::from_char(vm, c).into_obj());
        }
        match ucd::names::sequence(&name) {
            Some(s) if !is_old(vm, zelf) => Ok(vm.str(s)),
            _ => {
                let shown = name.split('\0').next().unwrap_or_default();
                Err(vm.key_error(vm.str(&format!("undefined character name '{shown}'")).r()))
            }
        }
    }
    #[member]
    fn unidata_version(_zelf: &PyUcd) -> &'static str {
        "3.2.0"
    }
}

/// This module provides access to the Unicode Character Database which
/// defines character properties for all Unicode characters. The data in
/// this database is based on the UnicodeData.txt file version
/// 16.0.0 which is publicly available from ftp://ftp.unicode.org/.
///
/// The module uses the same names and symbols as defined by the
/// UnicodeData File Format 16.0.0.
#[pymodule(name = "unicodedata", classes = [ucd_class])]
pub mod unicodedata_module {
    use super::*;

    #[pyattr(name = "unidata_version")]
    const UNIDATA_VERSION: &str = unicode::VERSION;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let name = vm.str("unicodedata");
        for def in ucd_class::DEF.methods {
            let f = PyBuiltinFunction::new(vm, def, Some(module.to_obj()), Some(name.clone()));
            module.add(vm, def.name, f)?;
        }
        module.add(vm, "ucd_3_2_0", make(vm, PyUcd { header: no_header() }))
    }
}
