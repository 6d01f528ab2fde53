//! `sqlite3.Blob`: a blob that is read and written in place.

use std::cell::Cell;
use std::ffi::CString;

use krait_macros::pyclass;
use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;
use krait_stdlib_core::util::{make, no_header};
use libsqlite3_sys as ffi;

use crate::connection::PyConnection;
use crate::errors::{self, Kind};

/// An open blob.
#[repr(C)]
pub struct PyBlob {
    header: Header,
    connection: Py<PyConnection>,
    handle: Cell<*mut ffi::sqlite3_blob>,
    offset: Cell<i32>,
}

impl Trace for PyBlob {
    fn trace(&self, v: &mut Visitor<'_>) {
        v.visit(self.connection.r().value());
    }
}

impl Drop for PyBlob {
    fn drop(&mut self) {
        self.shut();
    }
}

/// Opens a blob.
pub fn open(vm: &Vm, c: &PyConnection, db_name: &str, table: &str, column: &str, row: Ref<'_>, readonly: bool) -> PyResult<Py<PyBlob>> {
    let db = c.check(vm)?;
    let Some(row) = row.as_int(vm) else {
        return Err(vm.type_error(format!("'{}' object cannot be interpreted as an integer", row.ty(vm).tp_name())));
    };
    let Some(row) = row.to_i64() else { return Err(vm.overflow_error("Python int too large to convert to SQLite INTEGER")) };
    let text = |s: &str| CString::new(s).map_err(|_| vm.value_error("embedded null character"));
    let (db_name, table, column) = (text(db_name)?, text(table)?, text(column)?);
    let mut handle = std::ptr::null_mut();
    // SAFETY: the database is open; names and result live through the call.
    let rc =
        unsafe { ffi::sqlite3_blob_open(db, db_name.as_ptr(), table.as_ptr(), column.as_ptr(), row, i32::from(!readonly), &mut handle) };
    if rc != ffi::SQLITE_OK {
        return Err(errors::from_db(vm, db));
    }
    Ok(make(vm, PyBlob { header: no_header(), connection: c.to_py(), handle: Cell::new(handle), offset: Cell::new(0) }))
}

impl PyBlob {
    fn shut(&self) {
        let handle = self.handle.replace(std::ptr::null_mut());
        if !handle.is_null() && !self.connection.db.get().is_null() {
            // SAFETY: the handle is ours and closed once, while its database is open.
            unsafe { ffi::sqlite3_blob_close(handle) };
        }
    }
    fn check(&self, vm: &Vm) -> PyResult<*mut ffi::sqlite3_blob> {
        self.connection.check(vm)?;
        match self.handle.get() {
            h if h.is_null() => Err(errors::raise(vm, Kind::Programming, "Cannot operate on a closed blob.")),
            h => Ok(h),
        }
    }
    fn len(&self, vm: &Vm) -> PyResult<i32> {
        let h = self.check(vm)?;
        // SAFETY: the handle is open.
        Ok(unsafe { ffi::sqlite3_blob_bytes(h) })
    }
    fn failed(&self, vm: &Vm, rc: i32) -> Raised {
        if rc == ffi::SQLITE_ABORT {
            return errors::raise(vm, Kind::Operational, "Cannot operate on an expired blob handle");
        }
        errors::from_db(vm, self.connection.db.get())
    }
    fn read_at(&self, vm: &Vm, n: i32, at: i32) -> PyResult<Vec<u8>> {
        let h = self.check(vm)?;
        let mut out = krait_object::memory::zeroed(n.max(0) as usize);
        // SAFETY: the buffer has room for `n` bytes.
        match unsafe { ffi::sqlite3_blob_read(h, out.as_mut_ptr().cast(), n, at) } {
            ffi::SQLITE_OK => Ok(out),
            rc => Err(self.failed(vm, rc)),
        }
    }
    fn write_at(&self, vm: &Vm, data: &[u8], at: i32) -> PyResult<()> {
        let h = self.check(vm)?;
        let left = self.len(vm)? - at;
        if data.len() > left.max(0) as usize {
            return Err(vm.value_error("data longer than blob length"));
        }
        // SAFETY: the data has the length given.
        match unsafe { ffi::sqlite3_blob_write(h, data.as_ptr().cast(), data.len() as i32, at) } {
            ffi::SQLITE_OK => Ok(()),
            rc => Err(self.failed(vm, rc)),
        }
    }
    fn index(&self, vm: &Vm, key: Ref<'_>) -> PyResult<i32> {
        let i = vm.index_isize(key, vm.types.index_error)?;
        let len = self.len(vm)? as isize;
        let i = if i < 0 { i + len } else { i };
        if (0..len).contains(&i) { Ok(i as i32) } else { Err(vm.index_error("Blob index out of range")) }
    }
}

#[pyclass(layout = PyBlob, name = "Blob", module = "sqlite3", own, weakref, doc = "", flags(DISALLOW_INSTANTIATION))]
pub mod blob_class {
    use super::*;

    /// Read data at the current offset position.
    ///
    ///   length
    ///     Read length in bytes.
    ///
    /// If the end of the blob is reached, the data up to end of file will be returned.
    /// When length is not specified, or is negative, Blob.read() will read until the
    /// end of the blob.
    #[pymethod("read(self, length=-1, /)")]
    fn read(vm: &Vm, zelf: &PyBlob, length: i32) -> PyResult<Vec<u8>> {
        let left = zelf.len(vm)? - zelf.offset.get();
        let n = if length < 0 || length > left { left } else { length };
        if n <= 0 {
            return Ok(vec![]);
        }
        let data = zelf.read_at(vm, n, zelf.offset.get())?;
        zelf.offset.set(zelf.offset.get() + n);
        Ok(data)
    }
    /// Write data at the current offset.
    ///
    /// This function cannot change the blob length.  Writing beyond the end of the
    /// blob will result in an exception being raised.
    #[pymethod("write(self, data, /)")]
    fn write(vm: &Vm, zelf: &PyBlob, data: BufferArg) -> PyResult<()> {
        zelf.write_at(vm, data.as_slice(), zelf.offset.get())?;
        zelf.offset.set(zelf.offset.get() + data.as_slice().len() as i32);
        Ok(())
    }
    /// Set the current access position to offset.
    ///
    /// The origin argument defaults to os.SEEK_SET or 0 (absolute blob positioning).
    /// Other values for origin are os.SEEK_CUR or 1 (seek relative to the current position)
    /// and os.SEEK_END or 2 (seek relative to the blob's end).
    #[pymethod("seek(self, offset, origin=0, /)")]
    fn seek(vm: &Vm, zelf: &PyBlob, offset: i32, origin: i32) -> PyResult<()> {
        let len = zelf.len(vm)?;
        let base = match origin {
            0 => 0,
            1 => zelf.offset.get(),
            2 => len,
            _ => return Err(vm.value_error("'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END")),
        };
        let Some(at) = base.checked_add(offset) else { return Err(vm.overflow_error("seek offset results in offset overflow")) };
        if !(0..=len).contains(&at) {
            return Err(vm.value_error("offset out of blob range"));
        }
        zelf.offset.set(at);
        Ok(())
    }
    /// Return the current access position for the blob.
    #[pymethod("tell(self, /)")]
    fn tell(vm: &Vm, zelf: &PyBlob) -> PyResult<i32> {
        zelf.check(vm)?;
        Ok(zelf.offset.get())
    }
    /// Close the blob.
    #[pymethod("close(self, /)")]
    fn close(vm: &Vm, zelf: &PyBlob) -> PyResult<()> {
        zelf.connection.check(vm)?;
        zelf.shut();
        Ok(())
    }
    /// Blob context manager enter.
    #[pymethod("__enter__(self, /)")]
    fn __enter__(vm: &Vm, zelf: &PyBlob) -> PyResult<Obj> {
        zelf.check(vm)?;
        Ok(zelf.to_obj())
    }
    /// Blob context manager exit.
    #[pymethod("__exit__(self, type, val, tb, /)")]
    fn __exit__(vm: &Vm, zelf: &PyBlob, _type: Ref<'_>, _val: Ref<'_>, _tb: Ref<'_>) -> PyResult<bool> {
        zelf.check(vm)?;
        zelf.shut();
        Ok(false)
    }
    #[slot(mp_length)]
    fn length(vm: &Vm, zelf: &PyBlob) -> PyResult<usize> {
        Ok(zelf.len(vm)? as usize)
    }
    #[slot(mp_subscript)]
    fn getitem(vm: &Vm, zelf: &PyBlob, key: Ref<'_>) -> PyResult<Obj> {
        let len = zelf.len(vm)?;
        if vm.has_index(key) {
            let i = zelf.index(vm, key)?;
            return Ok(Obj::small(zelf.read_at(vm, 1, i)?[0].into()));
        }
        if !key.is_instance_of::<krait_object::slice::PySlice>(vm) {
            return Err(vm.type_error("Blob indices must be integers"));
        }
        let whole = vm.bytes(&zelf.read_at(vm, len, 0)?);
        vm.getitem(whole.r(), key)
    }
    #[slot(mp_ass_subscript)]
    fn setitem(vm: &Vm, zelf: &PyBlob, key: Ref<'_>, value: Option<Ref<'_>>) -> PyResult<()> {
        let len = zelf.len(vm)?;
        let Some(value) = value else {
            let what = if vm.has_index(key) { "item" } else { "slice" };
            return Err(vm.type_error(format!("Blob doesn't support {what} deletion")));
        };
        if vm.has_index(key) {
            let Some(v) = value.as_int(vm) else {
                return Err(vm.type_error(format!("'{}' object cannot be interpreted as an integer", value.ty(vm).tp_name())));
            };
            let i = zelf.index(vm, key)?;
            let Some(b) = v.to_i64().and_then(|v| u8::try_from(v).ok()) else {
                return Err(vm.value_error("byte must be in range(0, 256)"));
            };
            return zelf.write_at(vm, &[b], i);
        }
        if !key.is_instance_of::<krait_object::slice::PySlice>(vm) {
            return Err(vm.type_error("Blob indices must be integers"));
        }
        // A bytearray knows what the slice means; the length must stay.
        let whole = vm.call1(vm.types.bytearray.r(), vm.bytes(&zelf.read_at(vm, len, 0)?).r())?;
        let old = vm.getitem(whole.r(), key)?;
        let new = krait_object::buffer::Buffer::simple(vm, value)?;
        if vm.len(old.r())? != new.len() {
            return Err(vm.index_error("Blob slice assignment is wrong size"));
        }
        vm.setitem(whole.r(), key, value)?;
        let data = krait_object::buffer::Buffer::simple(vm, whole.r())?.as_slice().to_vec();
        zelf.write_at(vm, &data, 0)
    }
}
