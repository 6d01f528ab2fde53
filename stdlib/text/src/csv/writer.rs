//! Writers.

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::dialect::{PyDialect, QUOTE_ALL, QUOTE_MINIMAL, QUOTE_NONE, QUOTE_NONNUMERIC, QUOTE_NOTNULL, QUOTE_STRINGS};
use super::module::csv_error;
use crate::util::{make, no_header};

/// A writer.
#[repr(C)]
#[derive(Trace)]
pub struct PyWriter {
    header: Header,
    write: Obj,
    dialect: Py<PyDialect>,
}

impl PyWriter {
    pub fn create(vm: &Vm, write: Obj, dialect: Py<PyDialect>) -> PyResult<Py<PyWriter>> {
        Ok(make(vm, PyWriter { header: no_header(), write, dialect }))
    }
    /// Adds a field; `text` is empty for None.
    fn field(&self, vm: &Vm, out: &mut StrBuilder, first: bool, text: &PyStr, mut quoted: bool) -> PyResult<()> {
        let d = &*self.dialect;
        let mut body = StrBuilder::with_capacity(text.len());
        for c in text.chars() {
            let special = c == d.delimiter
                || Some(c) == d.escapechar
                || Some(c) == d.quotechar
                || c == 10
                || c == 13
                || d.lineterminator.chars().any(|t| t == c);
            if special {
                let mut escape = false;
                if d.quoting == QUOTE_NONE {
                    escape = true;
                } else {
                    if Some(c) == d.quotechar {
                        if d.doublequote {
                            body.push(c);
                        } else {
                            escape = true;
                        }
                    } else if Some(c) == d.escapechar {
                        escape = true;
                    }
                    if !escape {
                        quoted = true;
                    }
                }
                if escape {
                    let Some(e) = d.escapechar else {
                        return Err(csv_error(vm, "need to escape, but no escapechar set"));
                    };
                    body.push(e);
                }
            }
            body.push(c);
        }
        if !first {
            out.push(d.delimiter);
        }
        let body = body.finish(vm);
        match d.quotechar.filter(|_| quoted) {
            Some(q) => {
                out.push(q);
                out.push_pystr(&body);
                out.push(q);
            }
            None => out.push_pystr(&body),
        }
        Ok(())
    }
    fn row(&self, vm: &Vm, row: Ref<'_>) -> PyResult<Obj> {
        let d = &*self.dialect;
        let it = match vm.iter(row) {
            Ok(it) => it,
            Err(e) => {
                drop(vm.catch(e, vm.types.type_error)?);
                return Err(csv_error(vm, &format!("iterable expected, not {}", row.ty(vm).tp_name())));
            }
        };
        let mut out = StrBuilder::new();
        let mut n = 0;
        let mut lone_empty = false;
        while let Some(item) = vm.iter_next(it.r())? {
            let item = item.r();
            let is_number = item.as_int(vm).is_some() || item.as_float(vm).is_some() || vm.has_index(item);
            let is_str = item.is_instance_of::<PyStr>(vm);
            let quoted = match d.quoting {
                QUOTE_NONNUMERIC => !is_number && item.ty(vm).slots.nb_float.get().is_none(),
                QUOTE_ALL => true,
                QUOTE_STRINGS => is_str,
                QUOTE_NOTNULL => !item.is_none(),
                _ => false,
            };
            let empty;
            let converted;
            let text: &PyStr = if let Some(s) = item.downcast::<PyStr>(vm) {
                s
            } else if item.is_none() {
                empty = PyStr::empty(vm);
                empty
            } else {
                converted = vm.str_of(item)?;
                &converted
            };
            // With a space as delimiter that readers skip, an empty field needs quotes.
            let mut quoted = quoted;
            if text.is_empty() && d.delimiter == 0x20 && d.skipinitialspace {
                let bare = d.quoting == QUOTE_NONE || (item.is_none() && (d.quoting == QUOTE_STRINGS || d.quoting == QUOTE_NOTNULL));
                if bare {
                    return Err(csv_error(vm, "empty field must be quoted if delimiter is a space and skipinitialspace is true"));
                }
                quoted = true;
            }
            lone_empty = n == 0 && text.is_empty() && !quoted;
            let null = item.is_none();
            self.field(vm, &mut out, n == 0, text, quoted)?;
            n += 1;
            if n == 1 && lone_empty && null && d.quoting != QUOTE_MINIMAL && d.quoting != QUOTE_NONE {
                // Cannot be told from an empty row; reported below unless more fields come.
                lone_empty = true;
            }
        }
        if n == 1 && lone_empty {
            if d.quoting == QUOTE_NONE || d.quoting == QUOTE_STRINGS || d.quoting == QUOTE_NOTNULL {
                return Err(csv_error(vm, "single empty field record must be quoted"));
            }
            out.truncate(0);
            self.field(vm, &mut out, true, PyStr::empty(vm), true)?;
        }
        out.push_pystr(&d.lineterminator);
        let line = out.finish(vm);
        vm.call1(self.write.r(), line.r())
    }
}

/// CSV writer
///
/// Writer objects are responsible for generating tabular data
/// in CSV format from sequence input.
#[pyclass(layout = PyWriter, name = "Writer", module = "_csv", flags(DISALLOW_INSTANTIATION), own)]
pub mod writer {
    use super::*;

    /// Construct and write a CSV record from an iterable of fields.
    #[pymethod("writerow(self, row, /)")]
    fn writerow(vm: &Vm, zelf: &PyWriter, row: Ref<'_>) -> PyResult<Obj> {
        zelf.row(vm, row)
    }
    /// Construct and write a series of iterables to a csv file.
    #[pymethod("writerows(self, rows, /)")]
    fn writerows(vm: &Vm, zelf: &PyWriter, rows: Ref<'_>) -> PyResult<()> {
        let it = vm.iter(rows)?;
        while let Some(row) = vm.iter_next(it.r())? {
            zelf.row(vm, row.r())?;
        }
        Ok(())
    }
    #[member("dialect")]
    fn get_dialect(zelf: &PyWriter) -> Obj {
        zelf.dialect.r().to_obj()
    }
}
