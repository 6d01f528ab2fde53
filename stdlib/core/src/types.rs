//! `_types`: names of built-in types for `types`.

use krait_macros::pymodule;
use krait_object::prelude::*;

/// Define names for built-in types.
#[pymodule(name = "_types")]
pub mod types {
    use super::*;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        let t = vm.types;
        let all = [
            ("AsyncGeneratorType", t.async_generator),
            ("BuiltinFunctionType", t.builtin_function),
            ("BuiltinMethodType", t.builtin_function),
            ("CapsuleType", t.capsule),
            ("CellType", t.cell),
            ("ClassMethodDescriptorType", t.classmethod_descriptor),
            ("CodeType", t.code),
            ("CoroutineType", t.coroutine),
            ("EllipsisType", t.ellipsis_type),
            ("FrameType", t.frame),
            ("FrameLocalsProxyType", t.frame_locals_proxy),
            ("FunctionType", t.function),
            ("GeneratorType", t.generator),
            ("GenericAlias", t.generic_alias),
            ("GetSetDescriptorType", t.getset_descriptor),
            ("LambdaType", t.function),
            ("MappingProxyType", t.mapping_proxy),
            ("MemberDescriptorType", t.member_descriptor),
            ("MethodDescriptorType", t.method_descriptor),
            ("MethodType", t.method),
            ("MethodWrapperType", t.method_wrapper),
            ("ModuleType", t.module),
            ("NoneType", t.none_type),
            ("NotImplementedType", t.not_implemented_type),
            ("SimpleNamespace", t.simple_namespace),
            ("TracebackType", t.traceback),
            ("UnionType", t.union),
            ("WrapperDescriptorType", t.wrapper_descriptor),
        ];
        all.into_iter().try_for_each(|(name, ty)| module.add(vm, name, ty.to_obj()))
    }
}
