//! `_sha2`.

use krait_macros::{pyclass, pymodule};
use krait_object::prelude::*;
use sha2::Digest;

use super::data::hash_class;
use crate::util::{hex, make, no_header};

hash_class!(sha224_class, PySha224, "SHA224Type", "_sha2", "sha224", sha2::Sha224, 64);
hash_class!(sha256_class, PySha256, "SHA256Type", "_sha2", "sha256", sha2::Sha256, 64);
hash_class!(sha384_class, PySha384, "SHA384Type", "_sha2", "sha384", sha2::Sha384, 128);
hash_class!(sha512_class, PySha512, "SHA512Type", "_sha2", "sha512", sha2::Sha512, 128);

#[pymodule(name = "_sha2")]
pub mod sha2_module {
    /// Data of this size is hashed without the GIL by others; here it is only a constant.
    #[pyattr(name = "_GIL_MINSIZE")]
    const GIL_MINSIZE: i32 = 2048;

    use super::*;
    #[pyclass_ref]
    use super::{sha224_class, sha256_class, sha384_class, sha512_class};

    /// Return a new SHA-224 hash object; optionally initialized with a string.
    #[pyfunction("sha224(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha224(vm: &Vm, data: OptArg<Ref<'_>>, _usedforsecurity: bool, string: Option<Ref<'_>>) -> PyResult<Py<PySha224>> {
        PySha224::start(vm, data, string)
    }
    /// Return a new SHA-256 hash object; optionally initialized with a string.
    #[pyfunction("sha256(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha256(vm: &Vm, data: OptArg<Ref<'_>>, _usedforsecurity: bool, string: Option<Ref<'_>>) -> PyResult<Py<PySha256>> {
        PySha256::start(vm, data, string)
    }
    /// Return a new SHA-384 hash object; optionally initialized with a string.
    #[pyfunction("sha384(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha384(vm: &Vm, data: OptArg<Ref<'_>>, _usedforsecurity: bool, string: Option<Ref<'_>>) -> PyResult<Py<PySha384>> {
        PySha384::start(vm, data, string)
    }
    /// Return a new SHA-512 hash object; optionally initialized with a string.
    #[pyfunction("sha512(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha512(vm: &Vm, data: OptArg<Ref<'_>>, _usedforsecurity: bool, string: Option<Ref<'_>>) -> PyResult<Py<PySha512>> {
        PySha512::start(vm, data, string)
    }
}
