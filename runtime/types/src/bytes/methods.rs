//! The methods that bytes and bytearray share, declared once for both.

use krait_object::buffer::Buffer;
use krait_object::bytearray::PyByteArray;
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;

use crate::common::sequence_fast;

/// What the shared methods need of a type.
pub trait BytesLike: Layout {
    /// The bytes. Not to be held across anything that may run Python code.
    fn data(&self) -> &[u8];
    /// An exact object of the type.
    fn make(vm: &Vm, data: Vec<u8>) -> PyResult<Obj>;
    /// The object itself where it is immutable and exact, else a copy.
    fn itself(&self, vm: &Vm) -> PyResult<Obj>;
    /// Keeps the size as it is while the guard lives: for calls that may run Python code.
    fn hold(&self) -> Option<Held<'_>>;
}

/// A bytearray that cannot be resized now.
pub struct Held<'a>(&'a PyByteArray);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.drop_export();
    }
}

impl BytesLike for PyBytes {
    fn hold(&self) -> Option<Held<'_>> {
        None
    }
    fn data(&self) -> &[u8] {
        self.as_slice()
    }
    fn make(vm: &Vm, data: Vec<u8>) -> PyResult<Obj> {
        Ok(vm.bytes(&data))
    }
    fn itself(&self, vm: &Vm) -> PyResult<Obj> {
        Ok(if self.r().is_exact::<PyBytes>(vm) { self.to_obj() } else { vm.bytes(self.as_slice()) })
    }
}

impl BytesLike for PyByteArray {
    fn hold(&self) -> Option<Held<'_>> {
        self.add_export();
        Some(Held(self))
    }
    fn data(&self) -> &[u8] {
        self.as_slice()
    }
    fn make(vm: &Vm, data: Vec<u8>) -> PyResult<Obj> {
        Ok(PyByteArray::from_vec(vm, data)?.into_obj())
    }
    fn itself(&self, vm: &Vm) -> PyResult<Obj> {
        Self::make(vm, self.as_slice().to_vec())
    }
}

/// A computed result, or MemoryError.
pub fn made<T: BytesLike>(vm: &Vm, data: Option<Vec<u8>>) -> PyResult<Obj> {
    match data {
        Some(d) => T::make(vm, d),
        None => Err(vm.memory_error()),
    }
}

/// A part of `zelf`, or `zelf` itself if that is all of it.
pub fn piece<T: BytesLike>(vm: &Vm, zelf: &T, part: &[u8]) -> PyResult<Obj> {
    if part.len() == zelf.data().len() { zelf.itself(vm) } else { T::make(vm, part.to_vec()) }
}

/// A list of parts.
pub fn list_of<T: BytesLike>(vm: &Vm, parts: &[&[u8]]) -> PyResult<Obj> {
    let parts: Vec<Vec<u8>> = parts.iter().map(|p| p.to_vec()).collect();
    let items = parts.into_iter().map(|p| T::make(vm, p)).collect::<PyResult<Vec<Obj>>>()?;
    Ok(vm.list(items))
}

/// Where a method of bytes finds what it is asked for.
pub fn search<T: BytesLike>(
    vm: &Vm,
    zelf: &T,
    sub: Ref<'_>,
    start: Option<IndexClamped>,
    end: Option<IndexClamped>,
    find: fn(&[u8], &[u8], (usize, usize)) -> Option<usize>,
) -> PyResult<Option<usize>> {
    let _held = zelf.hold();
    let sub = super::args::Needle::of(vm, sub)?;
    Ok(find(zelf.data(), sub.as_slice(), crate::str::bounds(start, end, zelf.data().len())))
}

/// The separator of `split`: a bytes-like object that is not empty, or None for whitespace.
pub fn separator(vm: &Vm, sep: Option<Ref<'_>>) -> PyResult<Option<Buffer>> {
    let Some(sep) = sep else { return Ok(None) };
    let b = Buffer::simple(vm, sep)?;
    if b.is_empty() { Err(vm.value_error("empty separator")) } else { Ok(Some(b)) }
}

/// An optional bytes-like object.
pub fn optional(vm: &Vm, o: Option<Ref<'_>>) -> PyResult<Option<Buffer>> {
    o.map(|o| Buffer::simple(vm, o)).transpose()
}

/// `partition` and `rpartition`.
pub fn partition<T: BytesLike>(vm: &Vm, zelf: &T, sep: Ref<'_>, from_right: bool) -> PyResult<Obj> {
    let needle = Buffer::simple(vm, sep)?;
    if needle.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let all = (0, zelf.data().len());
    let find = if from_right { super::ops::rfind } else { super::ops::find };
    let parts = find(zelf.data(), needle.as_slice(), all).map(|i| (zelf.data()[..i].to_vec(), zelf.data()[i + needle.len()..].to_vec()));
    let mutable = T::type_of(vm).has_flag(TypeFlags::BYTES_SUBCLASS);
    let middle = |vm: &Vm| if mutable { Ok(sep.to_obj()) } else { T::make(vm, needle.as_slice().to_vec()) };
    let empty = || T::make(vm, Vec::new());
    Ok(vm.tuple(match parts {
        Some((head, tail)) => vec![T::make(vm, head)?, middle(vm)?, T::make(vm, tail)?],
        None if from_right => vec![empty()?, empty()?, zelf.itself(vm)?],
        None => vec![zelf.itself(vm)?, empty()?, empty()?],
    }))
}

/// `sep.join(iterable)`.
pub fn join<T: BytesLike>(vm: &Vm, zelf: &T, iterable: Ref<'_>) -> PyResult<Obj> {
    let _held = zelf.hold();
    let items = sequence_fast(vm, iterable, "can only join an iterable")?;
    if let ([only], true) = (items.as_slice(), T::type_of(vm).has_flag(TypeFlags::BYTES_SUBCLASS))
        && only.r().is_exact::<PyBytes>(vm)
    {
        return Ok(only.clone());
    }
    let mut buffers = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        if !krait_object::buffer::has_buffer(vm, item.r()) {
            let text = format!("sequence item {i}: expected a bytes-like object, {} found", item.r().ty(vm).tp_name());
            return Err(vm.type_error(text));
        }
        buffers.push(Buffer::simple(vm, item.r())?);
    }
    let size =
        buffers.iter().map(|b| b.len() as u128).sum::<u128>() + zelf.data().len() as u128 * (buffers.len() as u128).saturating_sub(1);
    let mut out = Vec::new();
    if size > isize::MAX as u128 {
        return Err(vm.overflow_error("join() result is too long"));
    }
    if out.try_reserve_exact(size as usize).is_err() {
        return Err(vm.memory_error());
    }
    for (i, b) in buffers.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(zelf.data());
        }
        out.extend_from_slice(b.as_slice());
    }
    drop(buffers);
    T::make(vm, out)
}

/// `startswith` and `endswith`.
pub fn affix<T: BytesLike>(
    vm: &Vm,
    zelf: &T,
    affixes: Ref<'_>,
    start: Option<IndexClamped>,
    end: Option<IndexClamped>,
    at_end: bool,
) -> PyResult<bool> {
    let one = |p: &Buffer| {
        let range = crate::str::bounds(start, end, zelf.data().len());
        super::ops::has_affix(zelf.data(), p.as_slice(), range, at_end)
    };
    if let Some(all) = affixes.downcast::<PyTuple>(vm) {
        for p in all.as_slice() {
            if one(&Buffer::simple(vm, p.r())?) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if !krait_object::buffer::has_buffer(vm, affixes) {
        let name = if at_end { "endswith" } else { "startswith" };
        let text = format!("{name} first arg must be bytes or a tuple of bytes, not {}", affixes.ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    Ok(one(&Buffer::simple(vm, affixes)?))
}

/// `a + b`.
pub fn concat<T: BytesLike>(vm: &Vm, zelf: &T, other: Ref<'_>) -> PyResult<Obj> {
    if !krait_object::buffer::has_buffer(vm, other) {
        let text = format!("can't concat {} to {}", other.ty(vm).tp_name(), zelf.r().ty(vm).tp_name());
        return Err(vm.type_error(text));
    }
    let b = Buffer::simple(vm, other)?;
    let mut out = Vec::new();
    if out.try_reserve_exact(zelf.data().len() + b.len()).is_err() {
        return Err(vm.memory_error());
    }
    out.extend_from_slice(zelf.data());
    out.extend_from_slice(b.as_slice());
    drop(b);
    T::make(vm, out)
}

/// `d * n`.
pub fn repeated(vm: &Vm, d: &[u8], n: isize) -> PyResult<Vec<u8>> {
    let n = usize::try_from(n).unwrap_or(0);
    let Some(total) = d.len().checked_mul(n).filter(|t| *t <= isize::MAX as usize) else {
        return Err(vm.overflow_error("repeated bytes are too long"));
    };
    let mut out = Vec::new();
    if out.try_reserve_exact(total).is_err() {
        return Err(vm.memory_error());
    }
    match d {
        [c] => out.resize(n, *c),
        _ => (0..n).for_each(|_| out.extend_from_slice(d)),
    }
    Ok(out)
}

/// `maketrans` of bytes.
pub fn maketrans(vm: &Vm, frm: &Buffer, to: &Buffer) -> PyResult<Obj> {
    if frm.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (a, b) in frm.as_slice().iter().zip(to.as_slice()) {
        table[*a as usize] = *b;
    }
    Ok(vm.bytes(&table))
}

/// `translate(table, delete)`.
pub fn translate<T: BytesLike>(vm: &Vm, zelf: &T, table: Option<Ref<'_>>, delete: Option<Ref<'_>>) -> PyResult<Obj> {
    let table = optional(vm, table)?;
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(vm.value_error("translation table must be 256 characters long"));
    }
    let delete = optional(vm, delete)?;
    let gone = delete.as_ref().map_or(&[][..], Buffer::as_slice);
    let out = super::ops::translate(zelf.data(), table.as_ref().map(Buffer::as_slice), gone);
    T::make(vm, out)
}

/// Declares a type with the shared methods and the given further items.
macro_rules! bytes_class {
    ($(#[$doc:meta])* $module:ident, $layout:ident, ($($options:tt)*), { $($more:tt)* }) => {
        $(#[$doc])*
        #[krait_macros::pyclass($($options)*)]
        pub mod $module {
            use super::*;
            $($more)*

            #[slot(sq_length, mp_length)]
            fn len(zelf: &$layout) -> usize {
                zelf.len()
            }
            #[slot(sq_concat)]
            fn concat(vm: &Vm, zelf: &$layout, other: Ref<'_>) -> PyResult<Obj> {
                methods::concat(vm, zelf, other)
            }
            #[slot(sq_contains)]
            fn contains(vm: &Vm, zelf: &$layout, item: Ref<'_>) -> PyResult<bool> {
                let _held = zelf.hold();
                let needle = args::contained(vm, item)?;
                Ok(ops::find(zelf.data(), needle.as_slice(), (0, usize::MAX)).is_some())
            }

            /// B.capitalize() -> copy of B
            ///
            /// Return a copy of B with only its first character capitalized (ASCII)
            /// and the rest lower-cased.
            #[pymethod(quiet)]
            fn capitalize(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                $layout::make(vm, ops::capitalize(zelf.data()))
            }
            /// Return a centered string of length width.
            ///
            /// Padding is done using the specified fill character.
            #[pymethod("center(self, width, fillchar=b' ', /)", quiet)]
            fn center(vm: &Vm, zelf: &$layout, width: isize, fillchar: OptArg<FillByte>) -> PyResult<Obj> {
                methods::made::<$layout>(vm, ops::center(zelf.data(), width, fillchar.given().map_or(b' ', |f| f.0)))
            }
            /// Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].
            ///
            ///   start
            ///     Optional start position. Default: start of the bytes.
            ///   end
            ///     Optional stop position. Default: end of the bytes.
            #[pymethod("count(self, sub[, start[, end]], /)", quiet)]
            fn count(vm: &Vm, zelf: &$layout, sub: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<usize> {
                let _held = zelf.hold();
                let sub = Needle::of(vm, sub)?;
                Ok(ops::count(zelf.data(), sub.as_slice(), bounds(start, end, zelf.len())))
            }
            /// Decode the bytes using the codec registered for encoding.
            ///
            ///   encoding
            ///     The encoding with which to decode the bytes.
            ///   errors
            ///     The error handling scheme to use for the handling of decoding errors.
            ///     The default is 'strict' meaning that decoding errors raise a
            ///     UnicodeDecodeError. Other possible values are 'ignore' and 'replace'
            ///     as well as any other name registered with codecs.register_error that
            ///     can handle UnicodeDecodeErrors.
            #[pymethod("decode(self, encoding='utf-8', errors='strict')")]
            fn decode(vm: &Vm, zelf: &$layout, encoding: &str, errors: &str) -> PyResult<Obj> {
                decode_held(vm, zelf, encoding, errors)
            }
            /// Return True if the bytes ends with the specified suffix, False otherwise.
            ///
            ///   suffix
            ///     A bytes or a tuple of bytes to try.
            ///   start
            ///     Optional start position. Default: start of the bytes.
            ///   end
            ///     Optional stop position. Default: end of the bytes.
            #[pymethod("endswith(self, suffix[, start[, end]], /)", quiet)]
            fn endswith(vm: &Vm, zelf: &$layout, suffix: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<bool> {
                methods::affix(vm, zelf, suffix, start, end, true)
            }
            /// Return a copy where all tab characters are expanded using spaces.
            ///
            /// If tabsize is not given, a tab size of 8 characters is assumed.
            #[pymethod("expandtabs(self, tabsize=8)", quiet)]
            fn expandtabs(vm: &Vm, zelf: &$layout, tabsize: i32) -> PyResult<Obj> {
                methods::made::<$layout>(vm, ops::expandtabs(zelf.data(), tabsize))
            }
            /// Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
            ///
            ///   start
            ///     Optional start position. Default: start of the bytes.
            ///   end
            ///     Optional stop position. Default: end of the bytes.
            ///
            /// Return -1 on failure.
            #[pymethod("find(self, sub[, start[, end]], /)", quiet)]
            fn find(vm: &Vm, zelf: &$layout, sub: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<isize> {
                let found = methods::search(vm, zelf, sub, start, end, ops::find)?;
                Ok(found.map_or(-1, |i| i as isize))
            }
            /// Create a bytes object from a string of hexadecimal numbers.
            ///
            /// Spaces between two numbers are accepted.
            /// Example: bytes.fromhex('B9 01EF') -> b'\\xb9\\x01\\xef'.
            #[pyclassmethod("fromhex(cls, string, /)")]
            fn fromhex(vm: &Vm, cls: &PyType, string: Ref<'_>) -> PyResult<Obj> {
                let value = $layout::make(vm, args::from_hex(vm, string)?)?;
                if std::ptr::eq(cls, $layout::type_of(vm)) { Ok(value) } else { vm.call1(cls.r(), value.r()) }
            }
            /// Create a string of hexadecimal numbers from a bytes object.
            ///
            ///   sep
            ///     An optional single character or byte to separate hex bytes.
            ///   bytes_per_sep
            ///     How many bytes between separators.  Positive values count from the
            ///     right, negative values count from the left.
            ///
            /// Example:
            /// >>> value = b'\xb9\x01\xef'
            /// >>> value.hex()
            /// 'b901ef'
            /// >>> value.hex(':')
            /// 'b9:01:ef'
            /// >>> value.hex(':', 2)
            /// 'b9:01ef'
            /// >>> value.hex(':', -2)
            /// 'b901:ef'
            #[pymethod("hex(self, sep=<unrepresentable>, bytes_per_sep=1)", quiet)]
            fn hex(vm: &Vm, zelf: &$layout, sep: OptArg<Ref<'_>>, bytes_per_sep: i32) -> PyResult<String> {
                let _held = zelf.hold();
                let sep = args::hex_separator(vm, sep.given())?;
                Ok(ops::hex(zelf.data(), sep, bytes_per_sep))
            }
            /// Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
            ///
            ///   start
            ///     Optional start position. Default: start of the bytes.
            ///   end
            ///     Optional stop position. Default: end of the bytes.
            ///
            /// Raise ValueError if the subsection is not found.
            #[pymethod("index(self, sub[, start[, end]], /)", quiet)]
            fn index(vm: &Vm, zelf: &$layout, sub: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<usize> {
                let found = methods::search(vm, zelf, sub, start, end, ops::find)?;
                found.ok_or_else(|| vm.value_error("subsection not found"))
            }
            /// B.isalnum() -> bool
            ///
            /// Return True if all characters in B are alphanumeric
            /// and there is at least one character in B, False otherwise.
            #[pymethod(quiet)]
            fn isalnum(zelf: &$layout) -> bool {
                !zelf.is_empty() && zelf.data().iter().all(u8::is_ascii_alphanumeric)
            }
            /// B.isalpha() -> bool
            ///
            /// Return True if all characters in B are alphabetic
            /// and there is at least one character in B, False otherwise.
            #[pymethod(quiet)]
            fn isalpha(zelf: &$layout) -> bool {
                !zelf.is_empty() && zelf.data().iter().all(u8::is_ascii_alphabetic)
            }
            /// B.isascii() -> bool
            ///
            /// Return True if B is empty or all characters in B are ASCII,
            /// False otherwise.
            #[pymethod(quiet)]
            fn isascii(zelf: &$layout) -> bool {
                zelf.data().is_ascii()
            }
            /// B.isdigit() -> bool
            ///
            /// Return True if all characters in B are digits
            /// and there is at least one character in B, False otherwise.
            #[pymethod(quiet)]
            fn isdigit(zelf: &$layout) -> bool {
                !zelf.is_empty() && zelf.data().iter().all(u8::is_ascii_digit)
            }
            /// B.islower() -> bool
            ///
            /// Return True if all cased characters in B are lowercase and there is
            /// at least one cased character in B, False otherwise.
            #[pymethod(quiet)]
            fn islower(zelf: &$layout) -> bool {
                ops::all_letters(zelf.data(), u8::is_ascii_lowercase)
            }
            /// B.isspace() -> bool
            ///
            /// Return True if all characters in B are whitespace
            /// and there is at least one character in B, False otherwise.
            #[pymethod(quiet)]
            fn isspace(zelf: &$layout) -> bool {
                !zelf.is_empty() && zelf.data().iter().all(|c| ops::is_space(*c))
            }
            /// B.istitle() -> bool
            ///
            /// Return True if B is a titlecased string and there is at least one
            /// character in B, i.e. uppercase characters may only follow uncased
            /// characters and lowercase characters only cased ones. Return False
            /// otherwise.
            #[pymethod(quiet)]
            fn istitle(zelf: &$layout) -> bool {
                ops::is_title(zelf.data())
            }
            /// B.isupper() -> bool
            ///
            /// Return True if all cased characters in B are uppercase and there is
            /// at least one cased character in B, False otherwise.
            #[pymethod(quiet)]
            fn isupper(zelf: &$layout) -> bool {
                ops::all_letters(zelf.data(), u8::is_ascii_uppercase)
            }
            /// Concatenate any number of bytes objects.
            ///
            /// The bytes whose method is called is inserted in between each pair.
            ///
            /// The result is returned as a new bytes object.
            ///
            /// Example: b'.'.join([b'ab', b'pq', b'rs']) -> b'ab.pq.rs'.
            #[pymethod("join(self, iterable_of_bytes, /)", quiet)]
            fn join(vm: &Vm, zelf: &$layout, iterable_of_bytes: Ref<'_>) -> PyResult<Obj> {
                methods::join(vm, zelf, iterable_of_bytes)
            }
            /// Return a left-justified string of length width.
            ///
            /// Padding is done using the specified fill character.
            #[pymethod("ljust(self, width, fillchar=b' ', /)", quiet)]
            fn ljust(vm: &Vm, zelf: &$layout, width: isize, fillchar: OptArg<FillByte>) -> PyResult<Obj> {
                methods::made::<$layout>(vm, ops::ljust(zelf.data(), width, fillchar.given().map_or(b' ', |f| f.0)))
            }
            /// B.lower() -> copy of B
            ///
            /// Return a copy of B with all ASCII characters converted to lowercase.
            #[pymethod(quiet)]
            fn lower(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                $layout::make(vm, zelf.data().to_ascii_lowercase())
            }
            /// Strip leading bytes contained in the argument.
            ///
            /// If the argument is omitted or None, strip leading  ASCII whitespace.
            #[pymethod("lstrip(self, bytes=None, /)", quiet)]
            fn lstrip(vm: &Vm, zelf: &$layout, bytes: Option<Ref<'_>>) -> PyResult<Obj> {
                let set = methods::optional(vm, bytes)?;
                methods::piece(vm, zelf, ops::strip(zelf.data(), set.as_ref().map(Buffer::as_slice), true, false))
            }
            /// Return a translation table usable for the bytes or bytearray translate method.
            ///
            /// The returned table will be one where each byte in frm is mapped to the byte at
            /// the same position in to.
            ///
            /// The bytes objects frm and to must be of the same length.
            #[pystaticmethod("maketrans(frm, to, /)")]
            fn maketrans(vm: &Vm, frm: BufferArg, to: BufferArg) -> PyResult<Obj> {
                methods::maketrans(vm, &frm, &to)
            }
            /// Partition the bytes into three parts using the given separator.
            ///
            /// This will search for the separator sep in the bytes. If the separator is found,
            /// returns a 3-tuple containing the part before the separator, the separator
            /// itself, and the part after it.
            ///
            /// If the separator is not found, returns a 3-tuple containing the original bytes
            /// object and two empty bytes objects.
            #[pymethod("partition(self, sep, /)", quiet)]
            fn partition(vm: &Vm, zelf: &$layout, sep: Ref<'_>) -> PyResult<Obj> {
                methods::partition(vm, zelf, sep, false)
            }
            /// Return a copy with all occurrences of substring old replaced by new.
            ///
            ///   count
            ///     Maximum number of occurrences to replace.
            ///     -1 (the default value) means replace all occurrences.
            ///
            /// If the optional argument count is given, only the first count occurrences are
            /// replaced.
            #[pymethod("replace(self, old, new, count=-1, /)", quiet)]
            fn replace(vm: &Vm, zelf: &$layout, old: BufferArg, new: BufferArg, count: isize) -> PyResult<Obj> {
                match ops::replace(zelf.data(), old.as_slice(), new.as_slice(), count) {
                    Ok(Some(d)) => $layout::make(vm, d),
                    Ok(None) => zelf.itself(vm),
                    Err(()) => Err(vm.memory_error()),
                }
            }
            /// Return a bytes object with the given prefix string removed if present.
            ///
            /// If the bytes starts with the prefix string, return bytes[len(prefix):].
            /// Otherwise, return a copy of the original bytes.
            #[pymethod("removeprefix(self, prefix, /)", quiet)]
            fn removeprefix(vm: &Vm, zelf: &$layout, prefix: BufferArg) -> PyResult<Obj> {
                let d = zelf.data();
                methods::piece(vm, zelf, d.strip_prefix(prefix.as_slice()).unwrap_or(d))
            }
            /// Return a bytes object with the given suffix string removed if present.
            ///
            /// If the bytes ends with the suffix string and that suffix is not empty,
            /// return bytes[:-len(prefix)].  Otherwise, return a copy of the original
            /// bytes.
            #[pymethod("removesuffix(self, suffix, /)", quiet)]
            fn removesuffix(vm: &Vm, zelf: &$layout, suffix: BufferArg) -> PyResult<Obj> {
                let d = zelf.data();
                methods::piece(vm, zelf, d.strip_suffix(suffix.as_slice()).unwrap_or(d))
            }
            /// Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
            ///
            ///   start
            ///     Optional start position. Default: start of the bytes.
            ///   end
            ///     Optional stop position. Default: end of the bytes.
            ///
            /// Return -1 on failure.
            #[pymethod("rfind(self, sub[, start[, end]], /)", quiet)]
            fn rfind(vm: &Vm, zelf: &$layout, sub: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<isize> {
                let found = methods::search(vm, zelf, sub, start, end, ops::rfind)?;
                Ok(found.map_or(-1, |i| i as isize))
            }
            /// Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].
            ///
            ///   start
            ///     Optional start position. Default: start of the bytes.
            ///   end
            ///     Optional stop position. Default: end of the bytes.
            ///
            /// Raise ValueError if the subsection is not found.
            #[pymethod("rindex(self, sub[, start[, end]], /)", quiet)]
            fn rindex(vm: &Vm, zelf: &$layout, sub: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<usize> {
                let found = methods::search(vm, zelf, sub, start, end, ops::rfind)?;
                found.ok_or_else(|| vm.value_error("subsection not found"))
            }
            /// Return a right-justified string of length width.
            ///
            /// Padding is done using the specified fill character.
            #[pymethod("rjust(self, width, fillchar=b' ', /)", quiet)]
            fn rjust(vm: &Vm, zelf: &$layout, width: isize, fillchar: OptArg<FillByte>) -> PyResult<Obj> {
                methods::made::<$layout>(vm, ops::rjust(zelf.data(), width, fillchar.given().map_or(b' ', |f| f.0)))
            }
            /// Partition the bytes into three parts using the given separator.
            ///
            /// This will search for the separator sep in the bytes, starting at the end. If
            /// the separator is found, returns a 3-tuple containing the part before the
            /// separator, the separator itself, and the part after it.
            ///
            /// If the separator is not found, returns a 3-tuple containing two empty bytes
            /// objects and the original bytes object.
            #[pymethod("rpartition(self, sep, /)", quiet)]
            fn rpartition(vm: &Vm, zelf: &$layout, sep: Ref<'_>) -> PyResult<Obj> {
                methods::partition(vm, zelf, sep, true)
            }
            /// Return a list of the sections in the bytes, using sep as the delimiter.
            ///
            ///   sep
            ///     The delimiter according which to split the bytes.
            ///     None (the default value) means split on ASCII whitespace characters
            ///     (space, tab, return, newline, formfeed, vertical tab).
            ///   maxsplit
            ///     Maximum number of splits to do.
            ///     -1 (the default value) means no limit.
            ///
            /// Splitting is done starting at the end of the bytes and working to the front.
            #[pymethod("rsplit(self, sep=None, maxsplit=-1)", quiet)]
            fn rsplit(vm: &Vm, zelf: &$layout, sep: Option<Ref<'_>>, maxsplit: isize) -> PyResult<Obj> {
                let _held = zelf.hold();
                let sep = methods::separator(vm, sep)?;
                methods::list_of::<$layout>(vm, &ops::rsplit(zelf.data(), sep.as_ref().map(Buffer::as_slice), maxsplit))
            }
            /// Strip trailing bytes contained in the argument.
            ///
            /// If the argument is omitted or None, strip trailing ASCII whitespace.
            #[pymethod("rstrip(self, bytes=None, /)", quiet)]
            fn rstrip(vm: &Vm, zelf: &$layout, bytes: Option<Ref<'_>>) -> PyResult<Obj> {
                let set = methods::optional(vm, bytes)?;
                methods::piece(vm, zelf, ops::strip(zelf.data(), set.as_ref().map(Buffer::as_slice), false, true))
            }
            /// Return a list of the sections in the bytes, using sep as the delimiter.
            ///
            ///   sep
            ///     The delimiter according which to split the bytes.
            ///     None (the default value) means split on ASCII whitespace characters
            ///     (space, tab, return, newline, formfeed, vertical tab).
            ///   maxsplit
            ///     Maximum number of splits to do.
            ///     -1 (the default value) means no limit.
            #[pymethod("split(self, sep=None, maxsplit=-1)", quiet)]
            fn split(vm: &Vm, zelf: &$layout, sep: Option<Ref<'_>>, maxsplit: isize) -> PyResult<Obj> {
                let _held = zelf.hold();
                let sep = methods::separator(vm, sep)?;
                methods::list_of::<$layout>(vm, &ops::split(zelf.data(), sep.as_ref().map(Buffer::as_slice), maxsplit))
            }
            /// Return a list of the lines in the bytes, breaking at line boundaries.
            ///
            /// Line breaks are not included in the resulting list unless keepends is given and
            /// true.
            #[pymethod("splitlines(self, keepends=False)", quiet)]
            fn splitlines(vm: &Vm, zelf: &$layout, keepends: bool) -> PyResult<Obj> {
                methods::list_of::<$layout>(vm, &ops::splitlines(zelf.data(), keepends))
            }
            /// Return True if the bytes starts with the specified prefix, False otherwise.
            ///
            ///   prefix
            ///     A bytes or a tuple of bytes to try.
            ///   start
            ///     Optional start position. Default: start of the bytes.
            ///   end
            ///     Optional stop position. Default: end of the bytes.
            #[pymethod("startswith(self, prefix[, start[, end]], /)", quiet)]
            fn startswith(vm: &Vm, zelf: &$layout, prefix: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<bool> {
                methods::affix(vm, zelf, prefix, start, end, false)
            }
            /// Strip leading and trailing bytes contained in the argument.
            ///
            /// If the argument is omitted or None, strip leading and trailing ASCII whitespace.
            #[pymethod("strip(self, bytes=None, /)", quiet)]
            fn strip(vm: &Vm, zelf: &$layout, bytes: Option<Ref<'_>>) -> PyResult<Obj> {
                let set = methods::optional(vm, bytes)?;
                methods::piece(vm, zelf, ops::strip(zelf.data(), set.as_ref().map(Buffer::as_slice), true, true))
            }
            /// B.swapcase() -> copy of B
            ///
            /// Return a copy of B with uppercase ASCII characters converted
            /// to lowercase ASCII and vice versa.
            #[pymethod(quiet)]
            fn swapcase(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                $layout::make(vm, ops::swapcase(zelf.data()))
            }
            /// B.title() -> copy of B
            ///
            /// Return a titlecased version of B, i.e. ASCII words start with uppercase
            /// characters, all remaining cased characters have lowercase.
            #[pymethod(quiet)]
            fn title(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                $layout::make(vm, ops::title(zelf.data()))
            }
            /// Return a copy with each character mapped by the given translation table.
            ///
            ///   table
            ///     Translation table, which must be a bytes object of length 256.
            ///
            /// All characters occurring in the optional argument delete are removed.
            /// The remaining characters are mapped through the given translation table.
            #[pymethod("translate(self, table, /, delete=b'')", quiet)]
            fn translate(vm: &Vm, zelf: &$layout, table: Option<Ref<'_>>, delete: OptArg<Ref<'_>>) -> PyResult<Obj> {
                methods::translate(vm, zelf, table, delete.given())
            }
            /// B.upper() -> copy of B
            ///
            /// Return a copy of B with all ASCII characters converted to uppercase.
            #[pymethod(quiet)]
            fn upper(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                $layout::make(vm, zelf.data().to_ascii_uppercase())
            }
            /// Pad a numeric string with zeros on the left, to fill a field of the given width.
            ///
            /// The original string is never truncated.
            #[pymethod("zfill(self, width, /)", quiet)]
            fn zfill(vm: &Vm, zelf: &$layout, width: isize) -> PyResult<Obj> {
                methods::made::<$layout>(vm, ops::zfill(zelf.data(), width))
            }
        }
    };
}
pub(crate) use bytes_class;

/// Decodes a copy: codecs may run Python code.
pub fn decode_held<T: BytesLike>(vm: &Vm, zelf: &T, encoding: &str, errors: &str) -> PyResult<Obj> {
    if T::type_of(vm).has_flag(TypeFlags::BYTES_SUBCLASS) {
        return crate::codecs_prim::decode_checked(vm, zelf.data(), encoding, errors);
    }
    let data = zelf.data().to_vec();
    crate::codecs_prim::decode_checked(vm, &data, encoding, errors)
}
