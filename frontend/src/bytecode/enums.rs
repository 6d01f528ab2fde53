//! Numbered operands: common constants, function attributes, intrinsics.

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $n:literal $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum $name {
            $($(#[$vmeta])* $variant = $n,)*
        }

        impl $name {
            /// The variant with this number.
            pub const fn from_u16(n: u16) -> Option<$name> {
                match n {
                    $($n => Some($name::$variant),)*
                    _ => None,
                }
            }

            /// The name the disassembler prints.
            pub const fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }
        }
    };
}

numbered! {
    /// Operand of `LOAD_COMMON`.
    CommonConst {
        /// `AssertionError`
        AssertionError = 0 "AssertionError",
        /// `NotImplementedError`
        NotImplementedError = 1 "NotImplementedError",
        /// The type `tuple`
        Tuple = 2 "tuple",
        /// The builtin `all`
        All = 3 "all",
        /// The builtin `any`
        Any = 4 "any",
        /// The type `list`
        List = 5 "list",
        /// The type `set`
        Set = 6 "set",
    }
}

numbered! {
    /// Operand `c` of `SET_FUNC_ATTR`.
    FuncAttr {
        /// Tuple of positional defaults
        Defaults = 1 "defaults",
        /// Dict of keyword-only defaults
        KwDefaults = 2 "kwdefaults",
        /// The annotations themselves: a tuple of alternating names and values (future annotations)
        Annotations = 4 "annotations",
        /// Tuple of closure cells, in the order of the code unit's `freevars`
        Closure = 8 "closure",
        /// The `__annotate__` function
        Annotate = 16 "annotate",
        /// The `__type_params__` tuple
        TypeParams = 32 "type_params",
    }
}

numbered! {
    /// Operand `c` of `INTRINSIC_1`; `b` is the argument.
    Intrinsic1 {
        /// Exception leaving a generator body: StopIteration (and StopAsyncIteration in async
        /// generators) becomes a RuntimeError caused by it, anything else is returned unchanged.
        StopIterationError = 1 "STOPITERATION_ERROR",
        /// TypeVar from its name
        TypeVar = 2 "TYPEVAR",
        /// ParamSpec from its name
        ParamSpec = 3 "PARAMSPEC",
        /// TypeVarTuple from its name
        TypeVarTuple = 4 "TYPEVARTUPLE",
        /// `Generic[*params]` from a tuple of type parameters
        SubscriptGeneric = 5 "SUBSCRIPT_GENERIC",
        /// TypeAliasType from a tuple (name, type params or None, evaluator function)
        TypeAlias = 6 "TYPEALIAS",
    }
}

numbered! {
    /// Operand `c` of `INTRINSIC_2`; `b` is a window of two arguments.
    Intrinsic2 {
        /// TypeVar from (name, function evaluating the bound)
        TypeVarWithBound = 1 "TYPEVAR_WITH_BOUND",
        /// TypeVar from (name, function evaluating the constraints)
        TypeVarWithConstraints = 2 "TYPEVAR_WITH_CONSTRAINTS",
        /// (function, type params): sets `__type_params__`, returns the function
        SetFunctionTypeParams = 3 "SET_FUNCTION_TYPE_PARAMS",
        /// (type parameter, function evaluating its default): sets it, returns the type parameter
        SetTypeparamDefault = 4 "SET_TYPEPARAM_DEFAULT",
    }
}
