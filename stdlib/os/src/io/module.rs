//! The `_io` module.

use krait_macros::pymodule;

/// The io module provides the Python interfaces to stream handling. The
/// builtin open function is defined in this module.
///
/// At the top of the I/O hierarchy is the abstract base class IOBase. It
/// defines the basic interface to a stream. Note, however, that there is no
/// separation between reading and writing to streams; implementations are
/// allowed to raise an OSError if they do not support a given operation.
///
/// Extending IOBase is RawIOBase which deals simply with the reading and
/// writing of raw bytes to a stream. FileIO subclasses RawIOBase to provide
/// an interface to OS files.
///
/// BufferedIOBase deals with buffering on a raw byte stream (RawIOBase). Its
/// subclasses, BufferedWriter, BufferedReader, and BufferedRWPair buffer
/// streams that are readable, writable, and both respectively.
/// BufferedRandom provides a buffered interface to random access
/// streams. BytesIO is a simple stream of in-memory bytes.
///
/// Another IOBase subclass, TextIOBase, deals with the encoding and decoding
/// of streams into text. TextIOWrapper, which extends it, is a buffered text
/// interface to a buffered raw stream (`BufferedIOBase`). Finally, StringIO
/// is an in-memory stream for text.
///
/// Argument names are not part of the specification, and only the arguments
/// of open() are intended to be used as keyword arguments.
///
/// data:
///
/// DEFAULT_BUFFER_SIZE
///    An int containing the default buffer size used by the module's buffered
///    I/O classes.
#[pymodule(
    "_io",
    classes(
        crate::io::base::io_base,
        crate::io::base::raw_io_base,
        crate::io::base::buffered_io_base,
        crate::io::base::text_io_base,
        crate::io::fileio::file_io,
        crate::io::bytesio::bytes_io,
        crate::io::bytesio::bytes_io_buffer,
        crate::io::stringio::string_io,
        crate::io::buffered_classes::buffered_reader,
        crate::io::buffered_classes::buffered_writer,
        crate::io::buffered_classes::buffered_random,
        crate::io::rwpair::buffered_rw_pair,
        crate::io::text_class::text_io_wrapper,
        crate::io::newline::incremental_newline_decoder,
    )
)]
pub mod io_module {
    use super::super::open::OpenArgs;
    use krait_object::prelude::*;

    #[pyattr("DEFAULT_BUFFER_SIZE")]
    const DEFAULT_BUFFER_SIZE: usize = super::super::DEFAULT_BUFFER_SIZE;

    #[pyattr("UnsupportedOperation")]
    fn unsupported_operation(vm: &Vm) -> PyResult<Obj> {
        crate::io::args::unsupported_type(vm)
    }
    #[pyattr("BlockingIOError")]
    fn blocking_io_error(vm: &Vm) -> Obj {
        vm.types.blocking_io_error.to_obj()
    }

    /// Open file and return a stream.  Raise OSError upon failure.
    ///
    /// file is either a text or byte string giving the name (and the path
    /// if the file isn't in the current working directory) of the file to
    /// be opened or an integer file descriptor of the file to be
    /// wrapped. (If a file descriptor is given, it is closed when the
    /// returned I/O object is closed, unless closefd is set to False.)
    ///
    /// mode is an optional string that specifies the mode in which the file
    /// is opened. It defaults to 'r' which means open for reading in text
    /// mode.  Other common values are 'w' for writing (truncating the file if
    /// it already exists), 'x' for creating and writing to a new file, and
    /// 'a' for appending (which on some Unix systems, means that all writes
    /// append to the end of the file regardless of the current seek position).
    /// In text mode, if encoding is not specified the encoding used is platform
    /// dependent: locale.getencoding() is called to get the current locale encoding.
    /// (For reading and writing raw bytes use binary mode and leave encoding
    /// unspecified.) The available modes are:
    ///
    /// ========= ===============================================================
    /// Character Meaning
    /// --------- ---------------------------------------------------------------
    /// 'r'       open for reading (default)
    /// 'w'       open for writing, truncating the file first
    /// 'x'       create a new file and open it for writing
    /// 'a'       open for writing, appending to the end of the file if it exists
    /// 'b'       binary mode
    /// 't'       text mode (default)
    /// '+'       open a disk file for updating (reading and writing)
    /// ========= ===============================================================
    #[pyfunction("open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)")]
    fn open(
        vm: &Vm,
        file: Ref<'_>,
        mode: &str,
        buffering: i32,
        encoding: Option<&str>,
        errors: Option<&str>,
        newline: Option<&str>,
        closefd: bool,
        opener: Option<Ref<'_>>,
    ) -> PyResult<Obj> {
        let args = OpenArgs { mode: Some(mode), buffering: Some(buffering), encoding, errors, newline, closefd: Some(closefd), opener };
        crate::io::open::open(vm, file, args)
    }
    /// Opens the provided file with the intent to import the contents.
    ///
    /// This may perform extra validation beyond open(), but is otherwise interchangeable
    /// with calling open(path, 'rb').
    #[pyfunction("open_code(path)")]
    fn open_code(vm: &Vm, path: &PyStr) -> PyResult<Obj> {
        crate::io::open::open(vm, path.r(), OpenArgs { mode: Some("rb"), ..OpenArgs::default() })
    }
    /// A helper function to choose the text encoding.
    ///
    /// When encoding is not None, this function returns it.
    /// Otherwise, this function returns the default text encoding
    /// (i.e. "locale" or "utf-8" depends on UTF-8 mode).
    ///
    /// This function emits an EncodingWarning if encoding is None and
    /// sys.flags.warn_default_encoding is true.
    ///
    /// This can be used in APIs with an encoding=None parameter.
    /// However, please consider using encoding="utf-8" for new APIs.
    #[pyfunction("text_encoding(encoding, stacklevel=2, /)")]
    fn text_encoding(vm: &Vm, encoding: Ref<'_>, stacklevel: i32) -> PyResult<Obj> {
        crate::io::open::text_encoding(vm, encoding, stacklevel.max(0) as usize)
    }
}
