//! Readers.

use std::cell::Cell;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_object::str::StrBuilder;

use super::dialect::{PyDialect, QUOTE_NONE, QUOTE_NONNUMERIC, QUOTE_NOTNULL, QUOTE_STRINGS};
use super::module::{State as ModuleState, csv_error};
use crate::util::{make, no_header};

/// What the parser is in the middle of.
#[derive(Copy, Clone, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuoted,
    EscapeInQuoted,
    QuoteInQuoted,
    EatNewline,
    AfterEscapedNewline,
}

/// The record being read.
struct Parse {
    state: State,
    fields: Vec<Obj>,
    field: StrBuilder,
    unquoted: bool,
}

/// A reader.
#[repr(C)]
#[derive(Trace)]
pub struct PyReader {
    header: Header,
    input: Obj,
    dialect: Py<PyDialect>,
    #[trace(skip)]
    line: Cell<u64>,
    #[trace(skip)]
    busy: Cell<bool>,
}

impl PyReader {
    pub fn create(vm: &Vm, input: Obj, dialect: Py<PyDialect>) -> PyResult<Py<PyReader>> {
        let r = PyReader { header: no_header(), input, dialect, line: Cell::new(0), busy: Cell::new(false) };
        Ok(make(vm, r))
    }
    fn record(&self, vm: &Vm) -> PyResult<Option<Obj>> {
        let mut p = Parse { state: State::StartRecord, fields: Vec::new(), field: StrBuilder::new(), unquoted: true };
        let limit = vm.interp.state::<ModuleState>().limit.get();
        loop {
            let Some(line) = vm.iter_next(self.input.r())? else {
                if !p.field.is_empty() || p.state == State::InQuoted {
                    if self.dialect.strict {
                        return Err(csv_error(vm, "unexpected end of data"));
                    }
                    self.save(vm, &mut p)?;
                    break;
                }
                if p.fields.is_empty() && p.state == State::StartRecord {
                    return Ok(None);
                }
                if p.state != State::StartRecord {
                    self.save(vm, &mut p)?;
                }
                break;
            };
            let Some(s) = line.r().downcast::<PyStr>(vm) else {
                let got = line.r().ty(vm).tp_name();
                let text = format!("iterator should return strings, not {got} (the file should be opened in text mode)");
                return Err(csv_error(vm, &text));
            };
            self.line.set(self.line.get() + 1);
            for c in s.chars() {
                self.step(vm, &mut p, Some(c), limit)?;
            }
            self.step(vm, &mut p, None, limit)?;
            if p.state == State::StartRecord {
                break;
            }
        }
        Ok(Some(vm.list(p.fields)))
    }
    fn add(&self, vm: &Vm, p: &mut Parse, c: u32, limit: i64) -> PyResult<()> {
        if p.field.len() as i64 >= limit {
            return Err(csv_error(vm, &format!("field larger than field limit ({limit})")));
        }
        p.field.push(c);
        Ok(())
    }
    fn save(&self, vm: &Vm, p: &mut Parse) -> PyResult<()> {
        let quoting = self.dialect.quoting;
        let field = std::mem::take(&mut p.field).finish(vm);
        let unquoted = std::mem::replace(&mut p.unquoted, true);
        let none = unquoted && field.is_empty() && (quoting == QUOTE_NOTNULL || quoting == QUOTE_STRINGS);
        let number = unquoted && !field.is_empty() && (quoting == QUOTE_NONNUMERIC || quoting == QUOTE_STRINGS);
        p.fields.push(if none {
            Obj::none()
        } else if number {
            vm.call1(vm.types.float.r(), field.r())?
        } else {
            field.into_obj()
        });
        Ok(())
    }
    /// Takes one character, or the end of a line.
    fn step(&self, vm: &Vm, p: &mut Parse, c: Option<u32>, limit: i64) -> PyResult<()> {
        let d = &*self.dialect;
        let newline = matches!(c, Some(10 | 13));
        match p.state {
            State::StartRecord => {
                if c.is_none() {
                    return Ok(());
                }
                if newline {
                    p.state = State::EatNewline;
                    return Ok(());
                }
                p.state = State::StartField;
                self.start_field(vm, p, c, limit)
            }
            State::StartField => self.start_field(vm, p, c, limit),
            State::Escaped => {
                if newline {
                    p.state = State::AfterEscapedNewline;
                    return self.add(vm, p, c.unwrap_or(10), limit);
                }
                p.state = State::InField;
                self.add(vm, p, c.unwrap_or(10), limit)
            }
            State::AfterEscapedNewline if c.is_none() => Ok(()),
            State::AfterEscapedNewline | State::InField => {
                if c.is_none() || newline {
                    self.save(vm, p)?;
                    p.state = if c.is_none() { State::StartRecord } else { State::EatNewline };
                } else if c == d.escapechar {
                    p.state = State::Escaped;
                } else if c == Some(d.delimiter) {
                    self.save(vm, p)?;
                    p.state = State::StartField;
                } else {
                    p.state = State::InField;
                    self.add(vm, p, c.unwrap_or(10), limit)?;
                }
                Ok(())
            }
            State::InQuoted => {
                if c.is_none() {
                } else if c == d.escapechar {
                    p.state = State::EscapeInQuoted;
                } else if c == d.quotechar && d.quoting != QUOTE_NONE {
                    p.state = if d.doublequote { State::QuoteInQuoted } else { State::InField };
                } else {
                    self.add(vm, p, c.unwrap_or(10), limit)?;
                }
                Ok(())
            }
            State::EscapeInQuoted => {
                p.state = State::InQuoted;
                self.add(vm, p, c.unwrap_or(10), limit)
            }
            State::QuoteInQuoted => {
                if d.quoting != QUOTE_NONE && c.is_some() && c == d.quotechar {
                    p.state = State::InQuoted;
                    self.add(vm, p, c.unwrap_or(10), limit)
                } else if c == Some(d.delimiter) {
                    self.save(vm, p)?;
                    p.state = State::StartField;
                    Ok(())
                } else if c.is_none() || newline {
                    self.save(vm, p)?;
                    p.state = if c.is_none() { State::StartRecord } else { State::EatNewline };
                    Ok(())
                } else if !d.strict {
                    p.state = State::InField;
                    self.add(vm, p, c.unwrap_or(10), limit)
                } else {
                    let name = |c: Option<u32>| c.and_then(char::from_u32).unwrap_or('\u{fffd}');
                    let (x, y) = (name(Some(d.delimiter)), name(d.quotechar));
                    Err(csv_error(vm, &format!("'{x}' expected after '{y}'")))
                }
            }
            State::EatNewline => {
                if newline {
                    Ok(())
                } else if c.is_none() {
                    p.state = State::StartRecord;
                    Ok(())
                } else {
                    Err(csv_error(vm, "new-line character seen in unquoted field - do you need to open the file with newline=''?"))
                }
            }
        }
    }
    fn start_field(&self, vm: &Vm, p: &mut Parse, c: Option<u32>, limit: i64) -> PyResult<()> {
        let d = &*self.dialect;
        match c {
            None | Some(10 | 13) => {
                self.save(vm, p)?;
                p.state = if c.is_none() { State::StartRecord } else { State::EatNewline };
            }
            _ if c == d.quotechar && d.quoting != QUOTE_NONE => {
                p.unquoted = false;
                p.state = State::InQuoted;
            }
            _ if c == d.escapechar => p.state = State::Escaped,
            Some(0x20) if d.skipinitialspace => {}
            _ if c == Some(d.delimiter) => self.save(vm, p)?,
            Some(c) => {
                p.state = State::InField;
                self.add(vm, p, c, limit)?;
            }
        }
        Ok(())
    }
}

/// CSV reader
///
/// Reader objects are responsible for reading and parsing tabular data
/// in CSV format.
#[pyclass(layout = PyReader, name = "Reader", module = "_csv", flags(DISALLOW_INSTANTIATION), own)]
pub mod reader {
    use super::*;

    #[slot(iter)]
    fn iter(zelf: &PyReader) -> Obj {
        zelf.to_obj()
    }
    #[slot(iternext)]
    fn next(vm: &Vm, zelf: &PyReader) -> PyResult<Option<Obj>> {
        if zelf.busy.replace(true) {
            return Err(csv_error(vm, "iterator has already advanced the reader"));
        }
        let r = zelf.record(vm);
        zelf.busy.set(false);
        r
    }
    #[member("dialect")]
    fn get_dialect(zelf: &PyReader) -> Obj {
        zelf.dialect.r().to_obj()
    }
    #[member("line_num")]
    fn get_line_num(zelf: &PyReader) -> u64 {
        zelf.line.get()
    }
}
