//! `_sha1`.

use krait_macros::{pyclass, pymodule};
use krait_object::prelude::*;
use sha1::Digest;

use super::data::hash_class;
use crate::util::{hex, make, no_header};

hash_class!(sha1_class, PySha1, "sha1", "_sha1", "sha1", sha1::Sha1, 64);

#[pymodule(name = "_sha1")]
pub mod sha1_module {
    /// Data of this size is hashed without the GIL by others; here it is only a constant.
    #[pyattr(name = "_GIL_MINSIZE")]
    const GIL_MINSIZE: i32 = 2048;

    use super::*;

    #[pyattr(name = "SHA1Type")]
    fn hash_type(vm: &Vm) -> Obj {
        vm.type_obj::<PySha1>()
    }

    /// Return a new SHA1 hash object; optionally initialized with a string.
    #[pyfunction("sha1(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha1(vm: &Vm, data: OptArg<Ref<'_>>, _usedforsecurity: bool, string: Option<Ref<'_>>) -> PyResult<Py<PySha1>> {
        PySha1::start(vm, data, string)
    }
}
