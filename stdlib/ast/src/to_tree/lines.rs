//! The text of blanks behind a tree made from objects.

use krait_object::prelude::*;
use ruff_text_size::TextRange;

use crate::node::PyAst;

/// Lines beyond this one are taken for it.
const MAX_LINE: usize = 1 << 22;
/// Columns beyond this one are taken for it.
const MAX_COL: usize = 1 << 16;

/// Starts of the lines; the last entry is the end of the text.
pub struct Lines {
    starts: Vec<u32>,
}

/// A position attribute.
fn number(vm: &Vm, node: Ref<'_>, name: &str) -> PyResult<Option<i64>> {
    let Some(v) = vm.getattr_opt(node, &vm.intern(name))?.filter(|v| !v.r().is_none()) else { return Ok(None) };
    match v.r().as_int(vm) {
        Some(i) => match i.to_i64().filter(|i| i32::try_from(*i).is_ok()) {
            Some(i) => Ok(Some(i)),
            None => Err(vm.overflow_error("Python int too large to convert to C int")),
        },
        None => Err(vm.value_error(format!("invalid integer value: {}", vm.repr_text(v.r())?))),
    }
}

fn clamp(line: i64, col: i64) -> (usize, usize) {
    (line.clamp(1, MAX_LINE as i64) as usize, col.clamp(0, MAX_COL as i64) as usize)
}

/// Start and end of a node. A missing end is the start.
fn position(vm: &Vm, node: Ref<'_>) -> PyResult<Option<((usize, usize), (usize, usize))>> {
    let (Some(line), Some(col)) = (number(vm, node, "lineno")?, number(vm, node, "col_offset")?) else { return Ok(None) };
    let end_line = number(vm, node, "end_lineno")?.unwrap_or(line);
    let end_col = number(vm, node, "end_col_offset")?.unwrap_or(col);
    if end_line < line {
        let text = format!("AST node line range ({line}, {end_line}) is not valid");
        return Err(vm.value_error(text));
    }
    if line < 0 && end_line != line || col < 0 && end_col != col {
        let text = format!("AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid");
        return Err(vm.value_error(text));
    }
    if line == end_line && end_col < col {
        let text = format!("line {line}, column {col}-{end_col} is not a valid range");
        return Err(vm.value_error(text));
    }
    Ok(Some((clamp(line, col), clamp(end_line, end_col))))
}

impl Lines {
    /// Lines that hold every position in the tree.
    pub fn of(vm: &Vm, root: Ref<'_>) -> PyResult<Lines> {
        let mut widths: Vec<usize> = Vec::new();
        let mut need = |(line, col): (usize, usize)| {
            if widths.len() < line {
                widths.resize(line, 0);
            }
            widths[line - 1] = widths[line - 1].max(col);
        };
        // Trees may share nodes or even be cyclic; each object is looked at once.
        let mut seen = std::collections::HashSet::new();
        let mut todo = vec![root.to_obj()];
        while let Some(o) = todo.pop() {
            if let Some(l) = o.r().downcast::<PyList>(vm) {
                todo.extend(l.to_vec());
                continue;
            }
            if o.r().downcast::<PyAst>(vm).is_none() || !seen.insert(o.value().0) {
                continue;
            }
            if let Some((start, end)) = position(vm, o.r())? {
                need(start);
                need(end);
            }
            let fields = vm.getattr_str(o.r(), "_fields")?;
            for f in vm.collect(fields.r())? {
                if let Some(name) = f.r().downcast::<PyStr>(vm) {
                    todo.extend(vm.getattr_opt(o.r(), name)?);
                }
            }
        }
        let mut starts = vec![0u32];
        for w in &widths {
            let last = starts.last().copied().unwrap_or(0);
            starts.push(last.saturating_add(*w as u32 + 1));
        }
        Ok(Lines { starts })
    }
    fn offset(&self, (line, col): (usize, usize)) -> u32 {
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let end = self.starts.get(line).map_or(start, |e| e.saturating_sub(1));
        (start + col as u32).min(end)
    }
    pub fn range(&self, vm: &Vm, node: Ref<'_>) -> PyResult<TextRange> {
        let Some((start, end)) = position(vm, node)? else { return Ok(TextRange::default()) };
        let (a, b) = (self.offset(start), self.offset(end));
        Ok(TextRange::new(a.into(), b.max(a).into()))
    }
    pub fn whole(&self) -> TextRange {
        TextRange::new(0.into(), self.starts.last().copied().unwrap_or(0).into())
    }
    /// The text itself.
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(self.starts.last().copied().unwrap_or(0) as usize);
        for w in self.starts.windows(2) {
            out.extend(std::iter::repeat_n(' ', (w[1] - w[0]) as usize - 1));
            out.push('\n');
        }
        out
    }
}
