//! `_sha3`: the SHA-3 hashes and the SHAKE functions.

use std::cell::RefCell;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::prelude::*;
use sha3::Digest;
use sha3::digest::{ExtendableOutput, Update, XofReader};

use super::data::{self, hash_class};
use crate::util::{hex, make, no_header};

macro_rules! sha3_class {
    ($mod_:ident, $layout:ident, $name:tt, $sig:tt, $state:ty, $rate:expr) => {
        hash_class!($mod_, $layout, $name, "_sha3", $name, $state, $rate / 8, [] {
            #[pynew($sig)]
            fn new(
                vm: &Vm,
                _cls: &PyType,
                data: OptArg<Ref<'_>>,
                _usedforsecurity: bool,
                string: Option<Ref<'_>>,
            ) -> PyResult<Obj> {
                Ok($layout::start(vm, data, string)?.into_obj())
            }
            #[getter("_capacity_bits")]
            fn capacity(_zelf: &$layout) -> usize {
                1600 - $rate
            }
            #[getter("_rate_bits")]
            fn rate(_zelf: &$layout) -> usize {
                $rate
            }
            #[getter("_suffix")]
            fn suffix(_zelf: &$layout) -> Vec<u8> {
                vec![6]
            }
        });
    };
}
sha3_class!(c224, PySha3224, "sha3_224", "sha3_224(data=b'', *, usedforsecurity=True, string=None)", sha3::Sha3_224, 1152);
sha3_class!(c256, PySha3256, "sha3_256", "sha3_256(data=b'', *, usedforsecurity=True, string=None)", sha3::Sha3_256, 1088);
sha3_class!(c384, PySha3384, "sha3_384", "sha3_384(data=b'', *, usedforsecurity=True, string=None)", sha3::Sha3_384, 832);
sha3_class!(c512, PySha3512, "sha3_512", "sha3_512(data=b'', *, usedforsecurity=True, string=None)", sha3::Sha3_512, 576);

/// The largest digest asked for at once.
const MAX_SHAKE: i64 = 1 << 29;

fn shake<S: ExtendableOutput>(vm: &Vm, state: S, length: BigIntArg) -> PyResult<Vec<u8>> {
    let n = match length.get(vm).to_i64() {
        Some(n) if n < 0 => return Err(vm.value_error("value must be positive")),
        Some(n) if n < MAX_SHAKE => n as usize,
        None if length.get(vm).is_negative() => return Err(vm.value_error("value must be positive")),
        _ => return Err(vm.value_error("length is too large")),
    };
    let mut out = krait_object::memory::zeroed(n);
    state.finalize_xof().read(&mut out);
    Ok(out)
}

macro_rules! shake_class {
    ($mod_:ident, $layout:ident, $name:tt, $sig:tt, $state:ty, $rate:expr) => {
        /// A running hash.
        #[repr(C)]
        #[derive(Trace)]
        pub struct $layout {
            header: Header,
            #[trace(skip)]
            state: RefCell<$state>,
        }
        #[pyclass(layout = $layout, name = $name, module = "_sha3", own, no_gc)]
        pub mod $mod_ {
            use super::*;
            #[pynew($sig)]
            fn new(vm: &Vm, _cls: &PyType, data: OptArg<Ref<'_>>, _usedforsecurity: bool, string: Option<Ref<'_>>) -> PyResult<Obj> {
                let mut state = <$state>::default();
                if let Some(d) = data::initial(vm, data, string)? {
                    state.update(data::buffer(vm, d)?.as_slice());
                }
                Ok(make(vm, $layout { header: no_header(), state: RefCell::new(state) }).into_obj())
            }
            /// Return a copy of the hash object.
            #[pymethod("copy(self, /)")]
            fn copy(vm: &Vm, zelf: &$layout) -> Py<$layout> {
                let state = RefCell::new(zelf.state.borrow().clone());
                make(vm, $layout { header: no_header(), state })
            }
            /// Return the digest value as a bytes object.
            #[pymethod("digest(self, length)")]
            fn digest(vm: &Vm, zelf: &$layout, length: BigIntArg) -> PyResult<Vec<u8>> {
                shake(vm, zelf.state.borrow().clone(), length)
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[pymethod("hexdigest(self, length)")]
            fn hexdigest(vm: &Vm, zelf: &$layout, length: BigIntArg) -> PyResult<String> {
                Ok(hex(&shake(vm, zelf.state.borrow().clone(), length)?))
            }
            /// Update this hash object's state with the provided bytes-like object.
            #[pymethod("update(self, data, /)")]
            fn update(vm: &Vm, zelf: &$layout, data: Ref<'_>) -> PyResult<()> {
                let b = data::buffer(vm, data)?;
                zelf.state.borrow_mut().update(b.as_slice());
                Ok(())
            }
            #[getter("block_size")]
            fn block_size(_zelf: &$layout) -> usize {
                $rate / 8
            }
            #[getter("digest_size")]
            fn digest_size(_zelf: &$layout) -> usize {
                0
            }
            #[getter("name")]
            fn get_name(_zelf: &$layout) -> &'static str {
                $name
            }
            #[getter("_capacity_bits")]
            fn capacity(_zelf: &$layout) -> usize {
                1600 - $rate
            }
            #[getter("_rate_bits")]
            fn rate(_zelf: &$layout) -> usize {
                $rate
            }
            #[getter("_suffix")]
            fn suffix(_zelf: &$layout) -> Vec<u8> {
                vec![0x1f]
            }
        }
    };
}
shake_class!(k128, PyShake128, "shake_128", "shake_128(data=b'', *, usedforsecurity=True, string=None)", sha3::Shake128, 1344);
shake_class!(k256, PyShake256, "shake_256", "shake_256(data=b'', *, usedforsecurity=True, string=None)", sha3::Shake256, 1088);

#[pymodule(name = "_sha3")]
pub mod sha3_module {
    /// Data of this size is hashed without the GIL by others; here it is only a constant.
    #[pyattr(name = "_GIL_MINSIZE")]
    const GIL_MINSIZE: i32 = 2048;

    #[pyattr(name = "implementation")]
    const IMPLEMENTATION: &str = "generic";

    #[allow(unused_imports, reason = "the macro's output uses them")]
    use super::*;
    #[pyclass_ref]
    use super::{c224, c256, c384, c512, k128, k256};
}
