//! The `str` type.

use krait_macros::pyclass;
use krait_object::convert::ArgCx;
use krait_object::prelude::*;
use krait_object::protocol::SliceIndices;
use krait_object::slice::PySlice;
use krait_object::str::{dealloc_str, traverse_str};
use krait_object::text_iters::PyStrIter;
use krait_object::unpack::KwArgs;

use super::search::{affix, bounds};
use super::split::Ends;
use super::{build, case, construct, repr, split};
use crate::unicode::flag;

/// `s[key]`.
#[inline]
pub fn str_subscript(vm: &Vm, s: &PyStr, key: Ref<'_>) -> PyResult<Obj> {
    let i = if let Some(i) = key.value().as_int() {
        i as isize
    } else if let Some(slice) = key.downcast_exact::<PySlice>(vm) {
        let (start, stop, step) = slice.unpack(vm)?;
        return Ok(str_slice(vm, s, SliceIndices::adjust(start, stop, step, s.len())));
    } else if vm.has_index(key) {
        vm.index_isize(key, vm.types.index_error)?
    } else {
        return Err(vm.type_error(format!("string indices must be integers, not '{}'", key.ty(vm).tp_name())));
    };
    str_item(vm, s, if i < 0 { i.wrapping_add(s.len() as isize) } else { i })
}

/// The character at a position that does not count from the end.
#[inline]
pub fn str_item(vm: &Vm, s: &PyStr, i: isize) -> PyResult<Obj> {
    match usize::try_from(i) {
        Ok(i) if i < s.len() => Ok(PyStr::from_char(vm, s.char_at(i)).into_obj()),
        _ => Err(vm.index_error("string index out of range")),
    }
}

/// The selected characters.
pub fn str_slice(vm: &Vm, s: &PyStr, at: SliceIndices) -> Obj {
    if at.count == 0 {
        return PyStr::empty(vm).to_obj();
    }
    if at.step == 1 {
        return s.substring(vm, at.start as usize, at.start as usize + at.count).into_obj();
    }
    s.step_slice(vm, at.start as usize, at.step, at.count).into_obj()
}

/// `a + b` for a str `a`.
pub fn str_concat(vm: &Vm, a: &PyStr, b: Ref<'_>) -> PyResult<Obj> {
    match b.downcast::<PyStr>(vm) {
        Some(b) => Ok(a.concat(vm, b)?.into_obj()),
        None => Err(vm.type_error(format!("can only concatenate str (not \"{}\") to str", b.ty(vm).tp_name()))),
    }
}

/// `s * n`.
pub fn str_repeat(vm: &Vm, s: &PyStr, n: isize) -> PyResult<Obj> {
    if n > 1 && s.len().checked_mul(n as usize).is_none_or(|t| t > isize::MAX as usize) {
        return Err(vm.overflow_error("repeated string is too long"));
    }
    Ok(s.repeat(vm, n)?.into_obj())
}

/// The fill character argument.
struct Fill(u32);

impl<'a> FromArg<'a> for Fill {
    fn from_arg(vm: &Vm, arg: Ref<'a>, _: &ArgCx) -> PyResult<Self> {
        let Some(s) = arg.downcast::<PyStr>(vm) else {
            let text = format!("The fill character must be a unicode character, not {}", arg.ty(vm).tp_name());
            return Err(vm.type_error(text));
        };
        if s.len() == 1 {
            return Ok(Fill(s.char_at(0)));
        }
        Err(vm.type_error("The fill character must be exactly one character long"))
    }
}

/// The fill character, a space if absent.
fn fill(f: OptArg<Fill>) -> u32 {
    f.given().map_or(' ' as u32, |f| f.0)
}

/// The position `find` gives.
fn position(found: Option<usize>) -> isize {
    found.map_or(-1, |i| i as isize)
}

/// str(object='') -> str
/// str(bytes_or_buffer[, encoding[, errors]]) -> str
///
/// Create a new string object from the given object. If encoding or
/// errors is specified, then the object must expose a data buffer
/// that will be decoded using the given encoding and error handler.
/// Otherwise, returns the result of object.__str__() (if defined)
/// or repr(object).
/// encoding defaults to 'utf-8'.
/// errors defaults to 'strict'.
#[pyclass(
    "str", layout = PyStr, table = str, no_gc, nosig, itemsize = 1, dealloc = dealloc_str,
    flags(BASETYPE, STR_SUBCLASS, MATCH_SELF)
)]
pub mod string {
    use super::*;

    #[pynew("str(object='', encoding='utf-8', errors='strict')", raw, nosig)]
    fn new(vm: &Vm, cls: &PyType, args: Args<'_>) -> PyResult<Obj> {
        construct::construct(vm, cls, args)
    }
    #[slot(traverse)]
    unsafe fn traverse(p: *const krait_object::header::Header, v: &mut Visitor<'_>) {
        // SAFETY: the collector passes str objects.
        unsafe { traverse_str(p, v) }
    }

    #[slot(repr)]
    fn repr_(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        repr::str_repr(vm, zelf)
    }
    #[slot(str)]
    fn str(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        zelf.to_exact(vm)
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyStr) -> i64 {
        zelf.hash(vm)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyStr, other: Ref<'_>, op: CmpOp) -> Obj {
        let Some(other) = other.downcast::<PyStr>(vm) else { return vm.not_implemented() };
        Obj::bool(match op {
            CmpOp::Eq => zelf.eq(other),
            CmpOp::Ne => !zelf.eq(other),
            _ => op.eval(zelf.cmp(other)),
        })
    }
    #[slot(iter)]
    fn iter(vm: &Vm, zelf: &PyStr) -> Obj {
        PyStrIter::new(vm, zelf)
    }
    #[slot(nb_remainder)]
    fn remainder(vm: &Vm, a: Ref<'_>, b: Ref<'_>) -> PyResult<Obj> {
        match a.downcast::<PyStr>(vm) {
            Some(s) => crate::format::format_str_percent(vm, s, b),
            None => Ok(vm.not_implemented()),
        }
    }
    #[slot(sq_length, mp_length)]
    fn len(zelf: &PyStr) -> usize {
        zelf.len()
    }
    #[slot(sq_concat)]
    fn concat(vm: &Vm, zelf: &PyStr, other: Ref<'_>) -> PyResult<Obj> {
        str_concat(vm, zelf, other)
    }
    #[slot(sq_repeat)]
    fn repeat(vm: &Vm, zelf: &PyStr, n: isize) -> PyResult<Obj> {
        str_repeat(vm, zelf, n)
    }
    #[slot(sq_item)]
    fn item(vm: &Vm, zelf: &PyStr, i: isize) -> PyResult<Obj> {
        str_item(vm, zelf, i)
    }
    #[slot(mp_subscript)]
    fn subscript(vm: &Vm, zelf: &PyStr, key: Ref<'_>) -> PyResult<Obj> {
        str_subscript(vm, zelf, key)
    }
    #[slot(sq_contains)]
    fn contains(vm: &Vm, zelf: &PyStr, item: Ref<'_>) -> PyResult<bool> {
        match item.downcast::<PyStr>(vm) {
            Some(s) => Ok(zelf.contains(s)),
            None => Err(vm.type_error(format!("'in <string>' requires string as left operand, not {}", item.ty(vm).tp_name()))),
        }
    }

    /// Encode the string using the codec registered for encoding.
    ///
    ///   encoding
    ///     The encoding in which to encode the string.
    ///   errors
    ///     The error handling scheme to use for encoding errors.
    ///     The default is 'strict' meaning that encoding errors raise a
    ///     UnicodeEncodeError.  Other possible values are 'ignore', 'replace' and
    ///     'xmlcharrefreplace' as well as any other name registered with
    ///     codecs.register_error that can handle UnicodeEncodeErrors.
    #[pymethod("encode(self, encoding='utf-8', errors='strict')")]
    fn encode(vm: &Vm, zelf: &PyStr, encoding: &str, errors: &str) -> PyResult<Vec<u8>> {
        crate::codecs_prim::encode_checked(vm, zelf, encoding, errors)
    }
    /// Return a copy with all occurrences of substring old replaced by new.
    ///
    ///   count
    ///     Maximum number of occurrences to replace.
    ///     -1 (the default value) means replace all occurrences.
    ///
    /// If the optional argument count is given, only the first count occurrences are
    /// replaced.
    #[pymethod("replace(self, old, new, /, count=-1)", quiet)]
    fn replace(vm: &Vm, zelf: &PyStr, old: &PyStr, new: &PyStr, count: isize) -> PyResult<Obj> {
        build::replace(vm, zelf, old, new, count)
    }
    /// Return a list of the substrings in the string, using sep as the separator string.
    ///
    ///   sep
    ///     The separator used to split the string.
    ///
    ///     When set to None (the default value), will split on any whitespace
    ///     character (including \n \r \t \f and spaces) and will discard
    ///     empty strings from the result.
    ///   maxsplit
    ///     Maximum number of splits.
    ///     -1 (the default value) means no limit.
    ///
    /// Splitting starts at the front of the string and works to the end.
    ///
    /// Note, str.split() is mainly useful for data that has been intentionally
    /// delimited.  With natural text that includes punctuation, consider using
    /// the regular expression module.
    #[pymethod("split(self, sep=None, maxsplit=-1)", quiet)]
    fn split_(vm: &Vm, zelf: &PyStr, sep: Option<Ref<'_>>, maxsplit: isize) -> PyResult<Obj> {
        split::split(vm, zelf, sep, maxsplit)
    }
    /// Return a list of the substrings in the string, using sep as the separator string.
    ///
    ///   sep
    ///     The separator used to split the string.
    ///
    ///     When set to None (the default value), will split on any whitespace
    ///     character (including \n \r \t \f and spaces) and will discard
    ///     empty strings from the result.
    ///   maxsplit
    ///     Maximum number of splits.
    ///     -1 (the default value) means no limit.
    ///
    /// Splitting starts at the end of the string and works to the front.
    #[pymethod("rsplit(self, sep=None, maxsplit=-1)", quiet)]
    fn rsplit(vm: &Vm, zelf: &PyStr, sep: Option<Ref<'_>>, maxsplit: isize) -> PyResult<Obj> {
        split::rsplit(vm, zelf, sep, maxsplit)
    }
    /// Concatenate any number of strings.
    ///
    /// The string whose method is called is inserted in between each given string.
    /// The result is returned as a new string.
    ///
    /// Example: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'
    #[pymethod("join(self, iterable, /)", quiet)]
    fn join(vm: &Vm, zelf: &PyStr, iterable: Ref<'_>) -> PyResult<Obj> {
        build::join(vm, zelf, iterable)
    }
    /// Return a capitalized version of the string.
    ///
    /// More specifically, make the first character have upper case and the rest lower
    /// case.
    #[pymethod(quiet)]
    fn capitalize(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        if zelf.is_empty() { zelf.to_exact(vm) } else { case::capitalize(vm, zelf) }
    }
    /// Return a version of the string suitable for caseless comparisons.
    #[pymethod(quiet)]
    fn casefold(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        case::casefold(vm, zelf)
    }
    /// Return a version of the string where each word is titlecased.
    ///
    /// More specifically, words start with uppercased characters and all remaining
    /// cased characters have lower case.
    #[pymethod(quiet)]
    fn title(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        case::title(vm, zelf)
    }
    /// Return a centered string of length width.
    ///
    /// Padding is done using the specified fill character (default is a space).
    #[pymethod("center(self, width, fillchar=' ', /)", quiet)]
    fn center(vm: &Vm, zelf: &PyStr, width: isize, fillchar: OptArg<Fill>) -> PyResult<Obj> {
        build::center(vm, zelf, width, fill(fillchar))
    }
    /// Return the number of non-overlapping occurrences of substring sub in string S[start:end].
    ///
    /// Optional arguments start and end are interpreted as in slice notation.
    #[pymethod("count(self, sub[, start[, end]], /)", quiet)]
    fn count(zelf: &PyStr, sub: &PyStr, start: Option<IndexClamped>, end: Option<IndexClamped>) -> usize {
        let (start, end) = bounds(start, end, zelf.len());
        zelf.count(sub, start, end)
    }
    /// Return a copy where all tab characters are expanded using spaces.
    ///
    /// If tabsize is not given, a tab size of 8 characters is assumed.
    #[pymethod("expandtabs(self, tabsize=8)", quiet)]
    fn expandtabs(vm: &Vm, zelf: &PyStr, tabsize: i32) -> PyResult<Obj> {
        build::expandtabs(vm, zelf, tabsize)
    }
    /// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Optional arguments start and end are interpreted as in slice notation.
    /// Return -1 on failure.
    #[pymethod("find(self, sub[, start[, end]], /)", quiet)]
    fn find(zelf: &PyStr, sub: &PyStr, start: Option<IndexClamped>, end: Option<IndexClamped>) -> isize {
        let (start, end) = bounds(start, end, zelf.len());
        position(zelf.find(sub, start, end))
    }
    /// Partition the string into three parts using the given separator.
    ///
    /// This will search for the separator in the string.  If the separator is found,
    /// returns a 3-tuple containing the part before the separator, the separator
    /// itself, and the part after it.
    ///
    /// If the separator is not found, returns a 3-tuple containing the original string
    /// and two empty strings.
    #[pymethod("partition(self, sep, /)", quiet)]
    fn partition(vm: &Vm, zelf: &PyStr, sep: Ref<'_>) -> PyResult<Obj> {
        split::partition(vm, zelf, sep, false)
    }
    /// Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Optional arguments start and end are interpreted as in slice notation.
    /// Raises ValueError when the substring is not found.
    #[pymethod("index(self, sub[, start[, end]], /)", quiet)]
    fn index(vm: &Vm, zelf: &PyStr, sub: &PyStr, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<usize> {
        let (start, end) = bounds(start, end, zelf.len());
        zelf.find(sub, start, end).ok_or_else(|| vm.value_error("substring not found"))
    }
    /// Return a left-justified string of length width.
    ///
    /// Padding is done using the specified fill character (default is a space).
    #[pymethod("ljust(self, width, fillchar=' ', /)", quiet)]
    fn ljust(vm: &Vm, zelf: &PyStr, width: isize, fillchar: OptArg<Fill>) -> PyResult<Obj> {
        build::ljust(vm, zelf, width, fill(fillchar))
    }
    /// Return a copy of the string converted to lowercase.
    #[pymethod(quiet)]
    fn lower(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        case::lower(vm, zelf)
    }
    /// Return a copy of the string with leading whitespace removed.
    ///
    /// If chars is given and not None, remove characters in chars instead.
    #[pymethod("lstrip(self, chars=None, /)", quiet)]
    fn lstrip(vm: &Vm, zelf: &PyStr, chars: Option<Ref<'_>>) -> PyResult<Obj> {
        split::strip(vm, zelf, chars, Ends::Left)
    }
    /// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Optional arguments start and end are interpreted as in slice notation.
    /// Return -1 on failure.
    #[pymethod("rfind(self, sub[, start[, end]], /)", quiet)]
    fn rfind(zelf: &PyStr, sub: &PyStr, start: Option<IndexClamped>, end: Option<IndexClamped>) -> isize {
        let (start, end) = bounds(start, end, zelf.len());
        position(zelf.rfind(sub, start, end))
    }
    /// Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].
    ///
    /// Optional arguments start and end are interpreted as in slice notation.
    /// Raises ValueError when the substring is not found.
    #[pymethod("rindex(self, sub[, start[, end]], /)", quiet)]
    fn rindex(vm: &Vm, zelf: &PyStr, sub: &PyStr, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<usize> {
        let (start, end) = bounds(start, end, zelf.len());
        zelf.rfind(sub, start, end).ok_or_else(|| vm.value_error("substring not found"))
    }
    /// Return a right-justified string of length width.
    ///
    /// Padding is done using the specified fill character (default is a space).
    #[pymethod("rjust(self, width, fillchar=' ', /)", quiet)]
    fn rjust(vm: &Vm, zelf: &PyStr, width: isize, fillchar: OptArg<Fill>) -> PyResult<Obj> {
        build::rjust(vm, zelf, width, fill(fillchar))
    }
    /// Return a copy of the string with trailing whitespace removed.
    ///
    /// If chars is given and not None, remove characters in chars instead.
    #[pymethod("rstrip(self, chars=None, /)", quiet)]
    fn rstrip(vm: &Vm, zelf: &PyStr, chars: Option<Ref<'_>>) -> PyResult<Obj> {
        split::strip(vm, zelf, chars, Ends::Right)
    }
    /// Partition the string into three parts using the given separator.
    ///
    /// This will search for the separator in the string, starting at the end. If
    /// the separator is found, returns a 3-tuple containing the part before the
    /// separator, the separator itself, and the part after it.
    ///
    /// If the separator is not found, returns a 3-tuple containing two empty strings
    /// and the original string.
    #[pymethod("rpartition(self, sep, /)", quiet)]
    fn rpartition(vm: &Vm, zelf: &PyStr, sep: Ref<'_>) -> PyResult<Obj> {
        split::partition(vm, zelf, sep, true)
    }
    /// Return a list of the lines in the string, breaking at line boundaries.
    ///
    /// Line breaks are not included in the resulting list unless keepends is given and
    /// true.
    #[pymethod("splitlines(self, keepends=False)", quiet)]
    fn splitlines(vm: &Vm, zelf: &PyStr, keepends: bool) -> Obj {
        split::splitlines(vm, zelf, keepends)
    }
    /// Return a copy of the string with leading and trailing whitespace removed.
    ///
    /// If chars is given and not None, remove characters in chars instead.
    #[pymethod("strip(self, chars=None, /)", quiet)]
    fn strip(vm: &Vm, zelf: &PyStr, chars: Option<Ref<'_>>) -> PyResult<Obj> {
        split::strip(vm, zelf, chars, Ends::Both)
    }
    /// Convert uppercase characters to lowercase and lowercase characters to uppercase.
    #[pymethod(quiet)]
    fn swapcase(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        case::swapcase(vm, zelf)
    }
    /// Replace each character in the string using the given translation table.
    ///
    ///   table
    ///     Translation table, which must be a mapping of Unicode ordinals to
    ///     Unicode ordinals, strings, or None.
    ///
    /// The table must implement lookup/indexing via __getitem__, for instance a
    /// dictionary or list.  If this operation raises LookupError, the character is
    /// left untouched.  Characters mapped to None are deleted.
    #[pymethod("translate(self, table, /)", quiet)]
    fn translate(vm: &Vm, zelf: &PyStr, table: Ref<'_>) -> PyResult<Obj> {
        build::translate(vm, zelf, table)
    }
    /// Return a copy of the string converted to uppercase.
    #[pymethod(quiet)]
    fn upper(vm: &Vm, zelf: &PyStr) -> Py<PyStr> {
        case::upper(vm, zelf)
    }
    /// Return True if the string starts with the specified prefix, False otherwise.
    ///
    ///   prefix
    ///     A string or a tuple of strings to try.
    ///   start
    ///     Optional start position. Default: start of the string.
    ///   end
    ///     Optional stop position. Default: end of the string.
    #[pymethod("startswith(self, prefix[, start[, end]], /)", quiet)]
    fn startswith(vm: &Vm, zelf: &PyStr, prefix: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<bool> {
        affix(vm, zelf, prefix, bounds(start, end, zelf.len()), false)
    }
    /// Return True if the string ends with the specified suffix, False otherwise.
    ///
    ///   suffix
    ///     A string or a tuple of strings to try.
    ///   start
    ///     Optional start position. Default: start of the string.
    ///   end
    ///     Optional stop position. Default: end of the string.
    #[pymethod("endswith(self, suffix[, start[, end]], /)", quiet)]
    fn endswith(vm: &Vm, zelf: &PyStr, suffix: Ref<'_>, start: Option<IndexClamped>, end: Option<IndexClamped>) -> PyResult<bool> {
        affix(vm, zelf, suffix, bounds(start, end, zelf.len()), true)
    }
    /// Return a str with the given prefix string removed if present.
    ///
    /// If the string starts with the prefix string, return string[len(prefix):].
    /// Otherwise, return a copy of the original string.
    #[pymethod("removeprefix(self, prefix, /)", quiet)]
    fn removeprefix(vm: &Vm, zelf: &PyStr, prefix: &PyStr) -> Py<PyStr> {
        if zelf.starts_with(prefix) { zelf.substring(vm, prefix.len(), zelf.len()) } else { zelf.to_exact(vm) }
    }
    /// Return a str with the given suffix string removed if present.
    ///
    /// If the string ends with the suffix string and that suffix is not empty,
    /// return string[:-len(suffix)]. Otherwise, return a copy of the original
    /// string.
    #[pymethod("removesuffix(self, suffix, /)", quiet)]
    fn removesuffix(vm: &Vm, zelf: &PyStr, suffix: &PyStr) -> Py<PyStr> {
        if zelf.ends_with(suffix) { zelf.substring(vm, 0, zelf.len() - suffix.len()) } else { zelf.to_exact(vm) }
    }
    /// Return True if all characters in the string are ASCII, False otherwise.
    ///
    /// ASCII characters have code points in the range U+0000-U+007F.
    /// Empty string is ASCII too.
    #[pymethod(quiet)]
    fn isascii(zelf: &PyStr) -> bool {
        zelf.is_ascii()
    }
    /// Return True if the string is a lowercase string, False otherwise.
    ///
    /// A string is lowercase if all cased characters in the string are lowercase and
    /// there is at least one cased character in the string.
    #[pymethod(quiet)]
    fn islower(zelf: &PyStr) -> bool {
        case::is_lower(zelf)
    }
    /// Return True if the string is an uppercase string, False otherwise.
    ///
    /// A string is uppercase if all cased characters in the string are uppercase and
    /// there is at least one cased character in the string.
    #[pymethod(quiet)]
    fn isupper(zelf: &PyStr) -> bool {
        case::is_upper(zelf)
    }
    /// Return True if the string is a title-cased string, False otherwise.
    ///
    /// In a title-cased string, upper- and title-case characters may only
    /// follow uncased characters and lowercase characters only cased ones.
    #[pymethod(quiet)]
    fn istitle(zelf: &PyStr) -> bool {
        case::is_title(zelf)
    }
    /// Return True if the string is a whitespace string, False otherwise.
    ///
    /// A string is whitespace if all characters in the string are whitespace and there
    /// is at least one character in the string.
    #[pymethod(quiet)]
    fn isspace(zelf: &PyStr) -> bool {
        case::is_space(zelf)
    }
    /// Return True if the string is a decimal string, False otherwise.
    ///
    /// A string is a decimal string if all characters in the string are decimal and
    /// there is at least one character in the string.
    #[pymethod(quiet)]
    fn isdecimal(zelf: &PyStr) -> bool {
        case::all(zelf, flag::DECIMAL)
    }
    /// Return True if the string is a digit string, False otherwise.
    ///
    /// A string is a digit string if all characters in the string are digits and there
    /// is at least one character in the string.
    #[pymethod(quiet)]
    fn isdigit(zelf: &PyStr) -> bool {
        case::all(zelf, flag::DIGIT)
    }
    /// Return True if the string is a numeric string, False otherwise.
    ///
    /// A string is numeric if all characters in the string are numeric and there is at
    /// least one character in the string.
    #[pymethod(quiet)]
    fn isnumeric(zelf: &PyStr) -> bool {
        case::all(zelf, flag::NUMERIC)
    }
    /// Return True if the string is an alphabetic string, False otherwise.
    ///
    /// A string is alphabetic if all characters in the string are alphabetic and there
    /// is at least one character in the string.
    #[pymethod(quiet)]
    fn isalpha(zelf: &PyStr) -> bool {
        case::all(zelf, flag::ALPHA)
    }
    /// Return True if the string is an alpha-numeric string, False otherwise.
    ///
    /// A string is alpha-numeric if all characters in the string are alpha-numeric and
    /// there is at least one character in the string.
    #[pymethod(quiet)]
    fn isalnum(zelf: &PyStr) -> bool {
        case::all(zelf, flag::ALNUM)
    }
    /// Return True if the string is a valid Python identifier, False otherwise.
    ///
    /// Call keyword.iskeyword(s) to test whether string s is a reserved identifier,
    /// such as "def" or "class".
    #[pymethod(quiet)]
    fn isidentifier(zelf: &PyStr) -> bool {
        case::is_identifier(zelf)
    }
    /// Return True if the string is printable, False otherwise.
    ///
    /// A string is printable if all of its characters are considered printable in
    /// repr() or if it is empty.
    #[pymethod(quiet)]
    fn isprintable(zelf: &PyStr) -> bool {
        case::is_printable(zelf)
    }
    /// Pad a numeric string with zeros on the left, to fill a field of the given width.
    ///
    /// The string is never truncated.
    #[pymethod("zfill(self, width, /)", quiet)]
    fn zfill(vm: &Vm, zelf: &PyStr, width: isize) -> PyResult<Obj> {
        build::zfill(vm, zelf, width)
    }
    /// Return a formatted version of the string, using substitutions from args and kwargs.
    /// The substitutions are identified by braces ('{' and '}').
    #[pymethod("format(self, /, *args, **kwargs)", quiet)]
    fn format(vm: &Vm, zelf: &PyStr, args: &[Ref<'_>], kwargs: KwArgs<'_>) -> PyResult<Obj> {
        crate::format::format_template(vm, zelf, args, &kwargs)
    }
    /// Return a formatted version of the string, using substitutions from mapping.
    /// The substitutions are identified by braces ('{' and '}').
    #[pymethod("format_map(self, mapping, /)", quiet)]
    fn format_map(vm: &Vm, zelf: &PyStr, mapping: Ref<'_>) -> PyResult<Obj> {
        crate::format::format_map(vm, zelf, mapping)
    }
    /// Return a formatted version of the string as described by format_spec.
    #[pymethod]
    fn __format__(vm: &Vm, zelf: &PyStr, format_spec: &PyStr) -> PyResult<Obj> {
        if format_spec.is_empty() && !zelf.r().is_exact::<PyStr>(vm) {
            return Ok(vm.str_of(zelf.r())?.into_obj());
        }
        crate::format::format_str(vm, zelf.r(), zelf, format_spec)
    }
    /// Return a translation table usable for str.translate().
    ///
    /// If there is only one argument, it must be a dictionary mapping Unicode
    /// ordinals (integers) or characters to Unicode ordinals, strings or None.
    /// Character keys will be then converted to ordinals.
    /// If there are two arguments, they must be strings of equal length, and
    /// in the resulting dictionary, each character in x will be mapped to the
    /// character at the same position in y. If there is a third argument, it
    /// must be a string, whose characters will be mapped to None in the result.
    #[pystaticmethod("maketrans(x[, y[, z]])")]
    fn maketrans(vm: &Vm, x: Ref<'_>, y: OptArg<&PyStr>, z: OptArg<&PyStr>) -> PyResult<Obj> {
        build::maketrans(vm, x, y.given(), z.given())
    }
    #[pymethod]
    fn __getnewargs__(vm: &Vm, zelf: &PyStr) -> Obj {
        vm.tuple(vec![zelf.substring_copy(vm, 0, zelf.len()).into_obj()])
    }
    /// Return the size of the string in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &PyStr) -> usize {
        zelf.size_in_bytes()
    }
}
