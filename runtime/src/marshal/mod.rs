//! The `marshal` module: CPython's formats 0 to 5 for values; code objects in Krait's own
//! encoding (`krait_frontend::marshal`).

mod read;
mod write;

use krait_frontend::marshal as units;
use krait_macros::pymodule;
use krait_object::module::PyModule;
use krait_object::prelude::*;

pub use read::loads;

/// The newest format version.
pub const VERSION: i32 = 5;

/// Bytecode files are named `module.krait-314.pyc`.
pub const CACHE_TAG: &str = "krait-314";

/// The first four bytes of bytecode files, as a little-endian number. It follows the opcode table.
pub fn pyc_magic() -> u32 {
    let tag = units::format_tag();
    let number = (tag ^ (tag >> 16)) & 0xffff;
    number | u32::from_le_bytes([0, 0, b'\r', b'\n'])
}

/// Deepest nesting written or read.
const MAX_DEPTH: usize = 2000;

mod tag {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const LONG: u8 = b'l';
    pub const BYTES: u8 = b's';
    pub const INTERNED: u8 = b't';
    pub const REF: u8 = b'r';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const CODE: u8 = b'c';
    pub const UNICODE: u8 = b'u';
    pub const UNKNOWN: u8 = b'?';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    /// Added to a type byte: the object can be referred back to.
    pub const FLAG_REF: u8 = 0x80;
}

/// A serialised code unit as a marshalled object.
pub fn wrap_unit(unit: &[u8]) -> Vec<u8> {
    let mut out = vec![tag::CODE];
    out.extend_from_slice(&0u32.to_le_bytes());
    out.extend_from_slice(&(unit.len() as u32).to_le_bytes());
    out.extend_from_slice(unit);
    out
}

/// This module contains functions that can read and write Python values in
/// a binary format. The format is specific to Python, but independent of
/// machine architecture issues.
///
/// Not all Python object types are supported; in general, only objects
/// whose value is independent from a particular invocation of Python can be
/// written and read. The following types are supported: None, integers,
/// floating-point numbers, strings, bytes, bytearrays, tuples, lists, sets,
/// dictionaries, and code objects, where it should be understood that
/// tuples, lists and dictionaries are only supported as long as the values
/// contained therein are themselves supported; and recursive lists and
/// dictionaries should not be written (they will cause infinite loops).
///
/// Variables:
///
/// version -- indicates the format that the module uses. Version 0 is the
///     historical format, version 1 shares interned strings and version 2
///     uses a binary format for floating-point numbers.
///     Version 3 shares common object references (New in version 3.4).
///
/// Functions:
///
/// dump() -- write value to a file
/// load() -- read value from a file
/// dumps() -- marshal value as a bytes object
/// loads() -- read value from a bytes-like object
#[pymodule(name = "marshal")]
pub mod module {
    use super::*;

    /// Write the value on the open file.
    ///
    ///   value
    ///     Must be a supported type.
    ///   file
    ///     Must be a writeable binary file.
    ///   version
    ///     Indicates the data format that dump should use.
    ///   allow_code
    ///     Allow to write code objects.
    ///
    /// If the value has (or contains an object that has) an unsupported type, a
    /// ValueError exception is raised - but garbage data will also be written
    /// to the file. The object will not be properly read back by load().
    #[pyfunction("dump(value, file, version=5, /, *, allow_code=True)")]
    fn dump(vm: &Vm, value: Ref<'_>, file: Ref<'_>, version: i32, allow_code: bool) -> PyResult<Obj> {
        let data = write::dumps(vm, value, version, allow_code)?;
        vm.call_method(file, vm.names().write, &[vm.bytes(&data).r()])
    }
    /// Read one value from the open file and return it.
    ///
    ///   file
    ///     Must be readable binary file.
    ///   allow_code
    ///     Allow to load code objects.
    ///
    /// If no valid value is read (e.g. because the data has a different Python
    /// version's incompatible marshal format), raise EOFError, ValueError or
    /// TypeError.
    ///
    /// Note: If an object containing an unsupported type was marshalled with
    /// dump(), load() will substitute None for the unmarshallable type.
    #[pyfunction("load(file, /, *, allow_code=True)")]
    fn load(vm: &Vm, file: Ref<'_>, allow_code: bool) -> PyResult<Obj> {
        read::load(vm, file, allow_code)
    }
    /// Return the bytes object that would be written to a file by dump(value, file).
    ///
    ///   value
    ///     Must be a supported type.
    ///   version
    ///     Indicates the data format that dumps should use.
    ///   allow_code
    ///     Allow to write code objects.
    ///
    /// Raise a ValueError exception if value has (or contains an object that has) an
    /// unsupported type.
    #[pyfunction("dumps(value, version=5, /, *, allow_code=True)")]
    fn dumps(vm: &Vm, value: Ref<'_>, version: i32, allow_code: bool) -> PyResult<Vec<u8>> {
        write::dumps(vm, value, version, allow_code)
    }
    /// Convert the bytes-like object to a value.
    ///
    ///   allow_code
    ///     Allow to load code objects.
    ///
    /// If no valid value is found, raise EOFError, ValueError or TypeError.  Extra
    /// bytes in the input are ignored.
    #[pyfunction("loads(bytes, /, *, allow_code=True)")]
    fn py_loads(vm: &Vm, bytes: BufferArg, allow_code: bool) -> PyResult<Obj> {
        loads(vm, bytes.as_slice(), allow_code)
    }
    #[pyexec]
    fn exec(vm: &Vm, m: &PyModule) -> PyResult<()> {
        m.add(vm, "version", vm.int_i64(i64::from(VERSION)))
    }
}
