//! The native modules of the standard library, gathered from the layered crates below this one.

use krait_object::native::ModuleDef;

/// Every native module.
pub fn modules() -> Vec<&'static ModuleDef> {
    let mut all = Vec::new();
    all.extend(krait_stdlib_ast::modules());
    all.extend(krait_stdlib_core::modules());
    all.extend(krait_stdlib_datetime::modules());
    all.extend(krait_stdlib_os::modules());
    all.extend(krait_stdlib_sqlite::modules());
    all.extend(krait_stdlib_ssl::modules());
    all.extend(krait_stdlib_text::modules());
    all.extend(krait_stdlib_num::modules());
    all.extend(krait_stdlib_decimal::modules());
    all
}
