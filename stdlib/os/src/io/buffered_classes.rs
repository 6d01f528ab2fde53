//! `BufferedReader`, `BufferedWriter` and `BufferedRandom`.

use krait_macros::pyclass;
use krait_object::prelude::*;

use super::buffered::Buffered;

macro_rules! wrapper {
    ($($name:ident)*) => {
        $(
            /// The layout of one class: the shared state.
            #[repr(C)]
            pub struct $name {
                pub b: Buffered,
            }
            impl Trace for $name {
                fn trace(&self, v: &mut Visitor<'_>) {
                    self.b.trace(v);
                }
            }
        )*
    };
}
wrapper!(PyBufferedReader PyBufferedWriter PyBufferedRandom);

/// Defines a class with the methods all three have, and its own.
macro_rules! buffered_class {
    ($(#[$doc:meta])* $name:literal $module:ident $layout:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[pyclass($name, module = "_io", layout = $layout, own, base = crate::io::base::buffered_io_base, flags(BASETYPE))]
        pub mod $module {
            #[allow(unused_imports, reason = "not every class reads or writes")]
            use super::super::args::{Size, cannot_pickle, stream_repr};
            use super::super::buffered::Buffered;
            use super::$layout;
            #[allow(unused_imports, reason = "not every class reads or writes")]
            use krait_object::convert::{BufferArg, WritableBufferArg};
            use krait_object::exception::peek;
            use krait_object::prelude::*;

            #[pynew(raw)]
            fn new(vm: &Vm, cls: &PyType, _args: Args<'_>) -> PyResult<Py<$layout>> {
                crate::util::alloc_sub(vm, cls, $layout { b: Buffered::fresh() })
            }
            #[slot(clear)]
            fn clear(_vm: &Vm, zelf: &$layout) {
                zelf.b.ok.set(false);
                drop(zelf.b.raw.take());
            }
            #[slot(repr)]
            fn repr(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                stream_repr(vm, zelf.r())
            }
            #[pymethod]
            fn detach(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                zelf.b.detach(vm)
            }
            #[pymethod]
            fn close(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                zelf.b.close(vm)
            }
            #[pymethod]
            fn seekable(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                vm.call_method_str(zelf.b.raw(vm)?.r(), "seekable", &[])
            }
            #[pymethod]
            fn fileno(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                vm.call_method_str(zelf.b.raw(vm)?.r(), "fileno", &[])
            }
            #[pymethod]
            fn isatty(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                vm.call_method_str(zelf.b.raw(vm)?.r(), "isatty", &[])
            }
            #[pymethod("_dealloc_warn(source, /)", nosig)]
            fn _dealloc_warn(vm: &Vm, zelf: &$layout, source: Ref<'_>) {
                zelf.b.dealloc_warn(vm, source);
            }
            #[pymethod("seek(target, whence=0, /)")]
            fn seek(vm: &Vm, zelf: &$layout, target: Ref<'_>, whence: i32) -> PyResult<i64> {
                zelf.b.seek(vm, target, whence)
            }
            #[pymethod]
            fn tell(vm: &Vm, zelf: &$layout) -> PyResult<i64> {
                zelf.b.tell(vm)
            }
            #[pymethod("truncate(pos=None, /)")]
            fn truncate(vm: &Vm, zelf: &$layout, pos: Ref<'_>) -> PyResult<Obj> {
                zelf.b.truncate(vm, pos)
            }
            #[pymethod("__sizeof__()")]
            fn sizeof(_vm: &Vm, zelf: &$layout) -> usize {
                size_of::<$layout>() + zelf.b.size.get()
            }
            #[pymethod("__getstate__()", nosig)]
            fn getstate(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                Err(cannot_pickle(vm, zelf.r()))
            }
            #[member]
            fn raw(_vm: &Vm, zelf: &$layout) -> Option<Obj> {
                peek(&zelf.b.raw)
            }
            #[getter]
            fn closed(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                vm.getattr(zelf.b.raw(vm)?.r(), vm.names().closed)
            }
            #[getter]
            fn name(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                vm.getattr(zelf.b.raw(vm)?.r(), vm.names().name)
            }
            #[getter]
            fn mode(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                vm.getattr(zelf.b.raw(vm)?.r(), vm.names().mode)
            }
            #[member("_finalizing")]
            fn finalizing(_vm: &Vm, zelf: &$layout) -> bool {
                zelf.b.finalizing.get()
            }
            #[member_setter("_finalizing")]
            fn set_finalizing(vm: &Vm, zelf: &$layout, value: Option<Ref<'_>>) -> PyResult<()> {
                zelf.b.finalizing.set(match value {
                    Some(v) => vm.is_true(v)?,
                    None => return Err(vm.type_error("can't delete numeric/char attribute")),
                });
                Ok(())
            }
            $($own)*
        }
    };
}

/// Defines a class that reads.
macro_rules! reading_class {
    ($(#[$doc:meta])* $name:literal $module:ident $layout:ident { $($own:tt)* }) => {
        buffered_class! {
            $(#[$doc])* $name $module $layout {
                #[pymethod("read(size=-1, /)")]
                fn read(vm: &Vm, zelf: &$layout, size: Size) -> PyResult<Obj> {
                    zelf.b.read(vm, size.0)
                }
                #[pymethod("peek(size=0, /)")]
                fn peek_bytes(vm: &Vm, zelf: &$layout, _size: isize) -> PyResult<Obj> {
                    zelf.b.peek(vm)
                }
                #[pymethod("read1(size=-1, /)")]
                fn read1(vm: &Vm, zelf: &$layout, size: isize) -> PyResult<Obj> {
                    zelf.b.read1(vm, size)
                }
                #[pymethod("readinto(buffer, /)")]
                fn readinto(vm: &Vm, zelf: &$layout, mut buffer: WritableBufferArg) -> PyResult<Option<usize>> {
                    zelf.b.readinto(vm, &mut buffer.0, false)
                }
                #[pymethod("readinto1(buffer, /)")]
                fn readinto1(vm: &Vm, zelf: &$layout, mut buffer: WritableBufferArg) -> PyResult<Option<usize>> {
                    zelf.b.readinto(vm, &mut buffer.0, true)
                }
                #[pymethod("readline(size=-1, /)")]
                fn readline(vm: &Vm, zelf: &$layout, size: Size) -> PyResult<Obj> {
                    zelf.b.readline(vm, size.0)
                }
                #[slot(iternext)]
                fn next(vm: &Vm, zelf: &$layout) -> PyResult<Option<Obj>> {
                    let line = if zelf.r().is_exact::<$layout>(vm) {
                        zelf.b.readline(vm, -1)?
                    } else {
                        let line = vm.call_method(zelf.r(), vm.names().readline, &[])?;
                        if !line.r().is_instance_of::<krait_object::bytes::PyBytes>(vm) {
                            return Err(vm.os_error_msg(format!(
                                "readline() should have returned a bytes object, not '{}'",
                                line.r().ty(vm).tp_name()
                            )));
                        }
                        line
                    };
                    Ok(if vm.len(line.r())? == 0 { None } else { Some(line) })
                }
                #[pymethod]
                fn readable(vm: &Vm, zelf: &$layout) -> PyResult<Obj> {
                    vm.call_method_str(zelf.b.raw(vm)?.r(), "readable", &[])
                }
                $($own)*
            }
        }
    };
}

reading_class! {
    /// Create a new buffered reader using the given readable raw IO object.
    "BufferedReader" buffered_reader PyBufferedReader {
        #[pyinit("BufferedReader(raw, buffer_size=131072)")]
        fn init(vm: &Vm, zelf: &PyBufferedReader, raw: Ref<'_>, buffer_size: isize) -> PyResult<()> {
            zelf.b.init(vm, raw, buffer_size, true, false)
        }
        #[pymethod]
        fn flush(vm: &Vm, zelf: &PyBufferedReader) -> PyResult<Obj> {
            vm.call_method(zelf.b.raw(vm)?.r(), vm.names().flush, &[])
        }
    }
}

buffered_class! {
    /// A buffer for a writeable sequential RawIO object.
    ///
    /// The constructor creates a BufferedWriter for the given writeable raw
    /// stream. If the buffer_size is not given, it defaults to
    /// DEFAULT_BUFFER_SIZE.
    "BufferedWriter" buffered_writer PyBufferedWriter {
        #[pyinit("BufferedWriter(raw, buffer_size=131072)")]
        fn init(vm: &Vm, zelf: &PyBufferedWriter, raw: Ref<'_>, buffer_size: isize) -> PyResult<()> {
            zelf.b.init(vm, raw, buffer_size, false, true)
        }
        #[pymethod]
        fn flush(vm: &Vm, zelf: &PyBufferedWriter) -> PyResult<()> {
            zelf.b.flush(vm)
        }
        #[pymethod("write(buffer, /)")]
        fn write(vm: &Vm, zelf: &PyBufferedWriter, buffer: BufferArg) -> PyResult<usize> {
            zelf.b.write(vm, buffer.0.as_slice())
        }
        #[pymethod]
        fn writable(vm: &Vm, zelf: &PyBufferedWriter) -> PyResult<Obj> {
            vm.call_method_str(zelf.b.raw(vm)?.r(), "writable", &[])
        }
    }
}

reading_class! {
    /// A buffered interface to random access streams.
    ///
    /// The constructor creates a reader and writer for a seekable stream,
    /// raw, given in the first argument. If the buffer_size is omitted it
    /// defaults to DEFAULT_BUFFER_SIZE.
    "BufferedRandom" buffered_random PyBufferedRandom {
        #[pyinit("BufferedRandom(raw, buffer_size=131072)")]
        fn init(vm: &Vm, zelf: &PyBufferedRandom, raw: Ref<'_>, buffer_size: isize) -> PyResult<()> {
            zelf.b.init(vm, raw, buffer_size, true, true)
        }
        #[pymethod]
        fn flush(vm: &Vm, zelf: &PyBufferedRandom) -> PyResult<()> {
            zelf.b.flush(vm)
        }
        #[pymethod("write(buffer, /)")]
        fn write(vm: &Vm, zelf: &PyBufferedRandom, buffer: BufferArg) -> PyResult<usize> {
            zelf.b.write(vm, buffer.0.as_slice())
        }
        #[pymethod]
        fn writable(vm: &Vm, zelf: &PyBufferedRandom) -> PyResult<Obj> {
            vm.call_method_str(zelf.b.raw(vm)?.r(), "writable", &[])
        }
    }
}
