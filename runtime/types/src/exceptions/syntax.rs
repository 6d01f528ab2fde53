//! `SyntaxError`.

use krait_object::exception::peek;
use krait_object::exception_layouts::PySyntaxError;
use krait_object::prelude::*;
use krait_object::slots::SlotDefs;
use krait_object::str::StrBuilder;

use super::support::{base_init, check_count, def, object_members, set_field, this};

/// `SyntaxError`.
pub static DEF: TypeDef = TypeDef {
    slots: SlotDefs { init: Some(init), str: Some(str), ..SlotDefs::EMPTY },
    members: object_members![PySyntaxError;
        msg as "msg": "exception msg", filename as "filename": "exception filename",
        lineno as "lineno": "exception lineno", offset as "offset": "exception offset",
        text as "text": "exception text", end_lineno as "end_lineno": "exception end lineno",
        end_offset as "end_offset": "exception end offset",
        print_file_and_line as "print_file_and_line": "exception print_file_and_line",
        metadata as "_metadata": "exception private metadata",
    ],
    ..def::<PySyntaxError>("SyntaxError", "Invalid syntax.", |t| t.syntax_error, |vm| vm.types.exception)
};

fn init(vm: &Vm, zelf: Ref<'_>, args: Args<'_>) -> PyResult<()> {
    base_init(vm, zelf, args)?;
    let exc = this::<PySyntaxError>(zelf);
    let pos = args.pos();
    if let Some(msg) = pos.first() {
        set_field(&exc.msg, Some(*msg))?;
    }
    if pos.len() != 2 {
        return Ok(());
    }
    let info = vm.to_tuple(pos[1])?;
    let items = info.as_refs();
    check_count(vm, "function", items.len(), 4, 7)?;
    let fields = [&exc.filename, &exc.lineno, &exc.offset, &exc.text, &exc.end_lineno, &exc.end_offset, &exc.metadata];
    for (i, cell) in fields.into_iter().enumerate() {
        set_field(cell, items.get(i).copied())?;
    }
    if items.len() == 5 {
        return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

/// The last component of a path.
fn basename(vm: &Vm, path: &PyStr) -> Py<PyStr> {
    match path.chars().rev().position(|c| c == u32::from(b'/')) {
        Some(n) => path.substring(vm, path.len() - n, path.len()),
        None => path.to_py(),
    }
}

fn str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
    let exc = this::<PySyntaxError>(zelf);
    let filename = peek(&exc.filename).and_then(|f| f.downcast::<PyStr>(vm).ok()).map(|f| basename(vm, &f));
    let lineno = peek(&exc.lineno).filter(|l| l.r().is_exact_int(vm));
    let msg = peek(&exc.msg).unwrap_or_else(Obj::none);
    let msg = vm.str_of(msg.r())?;
    if filename.is_none() && lineno.is_none() {
        return Ok(msg.into_obj());
    }
    let mut out = StrBuilder::new();
    out.push_pystr(&msg);
    out.push_str(" (");
    if let Some(f) = &filename {
        out.push_pystr(f);
        if lineno.is_some() {
            out.push_str(", ");
        }
    }
    if let Some(l) = lineno {
        // A line number beyond 64 bits prints as -1, as the C conversion leaves it.
        let n = l.r().as_int(vm).and_then(|i| i.to_i64()).unwrap_or(-1);
        out.push_str(&format!("line {n}"));
    }
    out.push_str(")");
    Ok(out.finish(vm).into_obj())
}
