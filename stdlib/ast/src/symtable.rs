//! `_symtable`: the compiler's symbol table for `symtable`.

use krait_frontend::symtable::{self, Place, ScopeId, ScopeKind, SymbolTable, sym};
use krait_frontend::{CompileOptions, Mode};
use krait_macros::{Trace, pyclass, pymodule};
use krait_object::bytes::PyBytes;
use krait_object::prelude::*;
use krait_runtime::compile_api::raise_syntax_error;
use krait_runtime::source::{self, Origin};
use krait_stdlib_core::util::{make, no_header};

/// Where the place of a name stands in its flags.
const SCOPE_SHIFT: u32 = 12;

fn block_type(kind: ScopeKind) -> i64 {
    match kind {
        ScopeKind::Function => 0,
        ScopeKind::Class => 1,
        ScopeKind::Module => 2,
        ScopeKind::Annotation => 3,
        ScopeKind::TypeVariable => 4,
        ScopeKind::TypeAlias => 5,
        ScopeKind::TypeParams => 6,
    }
}

fn place_code(p: Place) -> i64 {
    match p {
        Place::Local => 1,
        Place::GlobalExplicit => 2,
        Place::GlobalImplicit => 3,
        Place::Free => 4,
        Place::Cell => 5,
    }
}

/// One block of the table.
#[repr(C)]
#[derive(Trace)]
pub struct PySymtableEntry {
    header: Header,
    #[trace(skip)]
    id: usize,
    name: Obj,
    symbols: Obj,
    varnames: Obj,
    children: Obj,
    #[trace(skip)]
    nested: bool,
    #[trace(skip)]
    kind: i64,
    #[trace(skip)]
    line: u32,
}

#[pyclass(layout = PySymtableEntry, name = "symtable entry", own, weakref, flags(DISALLOW_INSTANTIATION))]
pub mod symtable_entry {
    use super::*;

    #[member]
    fn id(zelf: &PySymtableEntry) -> usize {
        zelf.id
    }
    #[member]
    fn name(zelf: &PySymtableEntry) -> Obj {
        zelf.name.clone()
    }
    #[member]
    fn symbols(zelf: &PySymtableEntry) -> Obj {
        zelf.symbols.clone()
    }
    #[member]
    fn varnames(zelf: &PySymtableEntry) -> Obj {
        zelf.varnames.clone()
    }
    #[member]
    fn children(zelf: &PySymtableEntry) -> Obj {
        zelf.children.clone()
    }
    #[member]
    fn nested(zelf: &PySymtableEntry) -> i32 {
        i32::from(zelf.nested)
    }
    #[member("type")]
    fn type_(zelf: &PySymtableEntry) -> i64 {
        zelf.kind
    }
    #[member]
    fn lineno(zelf: &PySymtableEntry) -> u32 {
        zelf.line
    }
    #[slot(repr)]
    fn repr(vm: &Vm, zelf: &PySymtableEntry) -> PyResult<String> {
        Ok(format!("<symtable entry {}({}), line {}>", vm.str_text(zelf.name.r())?, zelf.id, zelf.line))
    }
}

/// An entry for a scope and all below it.
fn entry(vm: &Vm, table: &SymbolTable, id: ScopeId, line: &dyn Fn(u32) -> u32) -> PyResult<Obj> {
    vm.check_stack(" while making a symbol table")?;
    let scope = &table.scopes[id];
    let symbols = PyDict::new(vm);
    for name in &scope.order {
        let Some(s) = scope.get(name) else { continue };
        let flags = i64::from(s.flags & !sym::WALRUS) | place_code(s.place) << SCOPE_SHIFT;
        symbols.set_item_str(vm, name, Obj::small(flags))?;
    }
    let mut children = Vec::with_capacity(scope.children.len());
    for c in &scope.children {
        children.push(entry(vm, table, *c, line)?);
    }
    let payload = PySymtableEntry {
        header: no_header(),
        id: std::ptr::from_ref(scope).addr(),
        name: vm.str(&scope.name),
        symbols: symbols.into_obj(),
        varnames: vm.list(scope.params.iter().map(|p| vm.str(p)).collect()),
        children: vm.list(children),
        nested: scope.nested,
        kind: block_type(scope.kind),
        line: if id == 0 { 0 } else { line(scope.offset) },
    };
    Ok(make(vm, payload).into_obj())
}

#[pymodule(name = "_symtable")]
pub mod symtable_module {
    use super::*;

    #[pyattr]
    const USE: u16 = sym::USE;
    #[pyattr]
    const DEF_GLOBAL: u16 = sym::GLOBAL;
    #[pyattr]
    const DEF_NONLOCAL: u16 = sym::NONLOCAL;
    #[pyattr]
    const DEF_LOCAL: u16 = sym::LOCAL;
    #[pyattr]
    const DEF_PARAM: u16 = sym::PARAM;
    #[pyattr]
    const DEF_TYPE_PARAM: u16 = sym::TYPE_PARAM;
    #[pyattr]
    const DEF_FREE_CLASS: u16 = sym::FREE_CLASS;
    #[pyattr]
    const DEF_IMPORT: u16 = sym::IMPORT;
    #[pyattr]
    const DEF_BOUND: u16 = sym::BOUND;
    #[pyattr]
    const DEF_ANNOT: u16 = sym::ANNOT;
    #[pyattr]
    const DEF_COMP_ITER: u16 = sym::COMP_ITER;
    #[pyattr]
    const DEF_COMP_CELL: u16 = 2048;
    #[pyattr]
    const TYPE_FUNCTION: i32 = 0;
    #[pyattr]
    const TYPE_CLASS: i32 = 1;
    #[pyattr]
    const TYPE_MODULE: i32 = 2;
    #[pyattr]
    const TYPE_ANNOTATION: i32 = 3;
    #[pyattr]
    const TYPE_TYPE_VARIABLE: i32 = 4;
    #[pyattr]
    const TYPE_TYPE_ALIAS: i32 = 5;
    #[pyattr]
    const TYPE_TYPE_PARAMETERS: i32 = 6;
    #[pyattr]
    const LOCAL: i32 = 1;
    #[pyattr]
    const GLOBAL_EXPLICIT: i32 = 2;
    #[pyattr]
    const GLOBAL_IMPLICIT: i32 = 3;
    #[pyattr]
    const FREE: i32 = 4;
    #[pyattr]
    const CELL: i32 = 5;
    #[pyattr]
    const SCOPE_OFF: u32 = SCOPE_SHIFT;
    #[pyattr]
    const SCOPE_MASK: i32 = 15;

    /// Return symbol and scope dictionaries used internally by compiler.
    #[pyfunction("symtable(source, filename, startstr, /)")]
    fn symtable(vm: &Vm, source: Ref<'_>, filename: Ref<'_>, startstr: &PyStr) -> PyResult<Obj> {
        let name = vm.str_of(filename)?;
        let mode = match startstr.to_utf8(vm)? {
            "exec" => Mode::Exec,
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            _ => return Err(vm.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
        };
        let text = match (source.downcast::<PyStr>(vm), source.downcast::<PyBytes>(vm)) {
            (Some(s), _) => s.to_utf8(vm)?.to_owned(),
            (_, Some(b)) => source::decode(vm, b.as_slice(), &name, Origin::Bytes)?,
            _ => return Err(vm.type_error("symtable() arg 1 must be a string or bytes")),
        };
        let options = CompileOptions::default();
        let tree = krait_runtime::compile_api::parse(vm, &text, &name, mode, &options)?;
        match symtable::build(&tree.tree, &tree.source, &options, false) {
            Ok(a) => entry(vm, &a.table, 0, &|offset| tree.source.line(offset)),
            Err(e) => Err(raise_syntax_error(vm, &e, &name)),
        }
    }
}
