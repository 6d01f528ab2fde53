//! The types, exceptions and constants of `builtins`.

use krait_object::prelude::*;
use krait_object::singletons;

/// Adds them all.
pub fn add(vm: &Vm, m: &PyModule) -> PyResult<()> {
    let t = vm.types;
    m.add(vm, "None", Obj::none())?;
    m.add(vm, "Ellipsis", singletons::ellipsis().to_obj())?;
    m.add(vm, "NotImplemented", singletons::not_implemented().to_obj())?;
    m.add(vm, "False", Obj::bool(false))?;
    m.add(vm, "True", Obj::bool(true))?;
    let types: &[&'static PyType] = &[
        t.bool,
        t.memoryview,
        t.bytearray,
        t.bytes,
        t.classmethod,
        t.complex,
        t.dict,
        t.enumerate,
        t.filter,
        t.float,
        t.frozenset,
        t.property,
        t.int,
        t.list,
        t.map,
        t.object,
        t.range,
        t.reversed,
        t.set,
        t.slice,
        t.staticmethod,
        t.str,
        t.super_,
        t.tuple,
        t.r#type,
        t.zip,
    ];
    let exceptions: &[&'static PyType] = &[
        t.base_exception,
        t.base_exception_group,
        t.exception,
        t.exception_group,
        t.generator_exit,
        t.keyboard_interrupt,
        t.system_exit,
        t.arithmetic_error,
        t.assertion_error,
        t.attribute_error,
        t.buffer_error,
        t.eof_error,
        t.import_error,
        t.lookup_error,
        t.memory_error,
        t.name_error,
        t.os_error,
        t.reference_error,
        t.runtime_error,
        t.stop_async_iteration,
        t.stop_iteration,
        t.syntax_error,
        t.system_error,
        t.type_error,
        t.value_error,
        t.warning,
        t.floating_point_error,
        t.overflow_error,
        t.zero_division_error,
        t.bytes_warning,
        t.deprecation_warning,
        t.encoding_warning,
        t.future_warning,
        t.import_warning,
        t.pending_deprecation_warning,
        t.resource_warning,
        t.runtime_warning,
        t.syntax_warning,
        t.unicode_warning,
        t.user_warning,
        t.blocking_io_error,
        t.child_process_error,
        t.connection_error,
        t.file_exists_error,
        t.file_not_found_error,
        t.interrupted_error,
        t.is_a_directory_error,
        t.not_a_directory_error,
        t.permission_error,
        t.process_lookup_error,
        t.timeout_error,
        t.indentation_error,
        t.incomplete_input_error,
        t.index_error,
        t.key_error,
        t.module_not_found_error,
        t.not_implemented_error,
        t.python_finalization_error,
        t.recursion_error,
        t.unbound_local_error,
        t.unicode_error,
        t.broken_pipe_error,
        t.connection_aborted_error,
        t.connection_refused_error,
        t.connection_reset_error,
        t.tab_error,
        t.unicode_decode_error,
        t.unicode_encode_error,
        t.unicode_translate_error,
    ];
    for ty in types.iter().chain(exceptions) {
        m.add(vm, &ty.name_lossy(), ty.to_obj())?;
    }
    for alias in ["EnvironmentError", "IOError"] {
        m.add(vm, alias, t.os_error.to_obj())?;
    }
    Ok(())
}
