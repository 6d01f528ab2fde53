//! `_ast`: node classes, and the way from the compiler's syntax tree to Python objects and back.
//! `_symtable`: the compiler's symbol table.

mod asdl;
mod classes;
mod node;
mod symtable;
mod to_python;
mod to_tree;

use krait_macros::pymodule;
use krait_object::native::ModuleDef;
use krait_object::prelude::*;
use krait_runtime::compile_api::AstHooks;

/// The modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    vec![&ast::DEF, &symtable::symtable_module::DEF]
}

#[pymodule(name = "_ast", classes = [node::ast_class])]
pub mod ast {
    use super::*;

    #[pyattr(name = "PyCF_ONLY_AST")]
    const ONLY_AST: i32 = 0x400;
    #[pyattr(name = "PyCF_OPTIMIZED_AST")]
    const OPTIMIZED_AST: i32 = 0x8400;
    #[pyattr(name = "PyCF_TYPE_COMMENTS")]
    const TYPE_COMMENTS: i32 = 0x1000;
    #[pyattr(name = "PyCF_ALLOW_TOP_LEVEL_AWAIT")]
    const ALLOW_TOP_LEVEL_AWAIT: i32 = 0x2000;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        install(vm);
        for (name, ty) in classes::classes(vm)?.all() {
            module.add(vm, name, ty.to_obj())?;
        }
        Ok(())
    }
}

/// Plugs the conversions into `compile`.
pub fn install(vm: &Vm) {
    let hooks = vm.interp.state::<AstHooks>();
    hooks.to_python.set(Some(to_python::to_python));
    hooks.to_tree.set(Some(to_tree::to_tree));
}
