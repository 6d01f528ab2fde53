//! `_md5`.

use krait_macros::{pyclass, pymodule};
use krait_object::prelude::*;
use md5::Digest;

use super::data::hash_class;
use crate::util::{hex, make, no_header};

hash_class!(md5_class, PyMd5, "md5", "_md5", "md5", md5::Md5, 64);

#[pymodule(name = "_md5")]
pub mod md5_module {
    /// Data of this size is hashed without the GIL by others; here it is only a constant.
    #[pyattr(name = "_GIL_MINSIZE")]
    const GIL_MINSIZE: i32 = 2048;

    use super::*;

    #[pyattr(name = "MD5Type")]
    fn hash_type(vm: &Vm) -> Obj {
        vm.type_obj::<PyMd5>()
    }

    /// Return a new MD5 hash object; optionally initialized with a string.
    #[pyfunction("md5(data=b'', *, usedforsecurity=True, string=None)")]
    fn md5(vm: &Vm, data: OptArg<Ref<'_>>, _usedforsecurity: bool, string: Option<Ref<'_>>) -> PyResult<Py<PyMd5>> {
        PyMd5::start(vm, data, string)
    }
}
