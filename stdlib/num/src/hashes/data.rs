//! What goes into a hash, and the classes of hash objects.

use krait_object::buffer::Buffer;
use krait_object::prelude::*;

/// The buffer of an object to hash.
pub fn buffer(vm: &Vm, o: Ref<'_>) -> PyResult<Buffer> {
    if o.is_instance_of::<PyStr>(vm) {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    if !krait_object::buffer::has_buffer(vm, o) {
        return Err(vm.type_error("object supporting the buffer API required"));
    }
    let b = Buffer::simple(vm, o)?;
    if b.info().shape.len() > 1 {
        return Err(vm.buffer_error("Buffer must be single dimension"));
    }
    Ok(b)
}

/// The initial data of a constructor, which may be named in two ways.
pub fn initial<'a>(vm: &Vm, data: OptArg<Ref<'a>>, string: Option<Ref<'a>>) -> PyResult<Option<Ref<'a>>> {
    match (data.given(), string) {
        (Some(_), Some(_)) => Err(vm.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.",
        )),
        (Some(d), None) => Ok(Some(d)),
        (None, s) => Ok(s),
    }
}

/// A class of hash objects over a RustCrypto hash, with its constructor function.
macro_rules! hash_class {
    ($mod_:ident, $layout:ident, $class:tt, $module:tt, $name:tt, $state:ty, $block:expr) => {
        hash_class!($mod_, $layout, $class, $module, $name, $state, $block, [flags(DISALLOW_INSTANTIATION)] {});
    };
    ($mod_:ident, $layout:ident, $class:tt, $module:tt, $name:tt, $state:ty, $block:expr, [$($flags:tt)*] {$($more:tt)*}) => {
        /// A running hash.
        #[repr(C)]
        #[derive(krait_macros::Trace)]
        pub struct $layout {
            header: Header,
            #[trace(skip)]
            state: std::cell::RefCell<$state>,
        }
        impl $layout {
            /// A hash of the initial data.
            pub fn start(vm: &Vm, data: OptArg<Ref<'_>>, string: Option<Ref<'_>>) -> PyResult<Py<$layout>> {
                let mut state = <$state>::default();
                if let Some(data) = $crate::hashes::data::initial(vm, data, string)? {
                    Digest::update(&mut state, $crate::hashes::data::buffer(vm, data)?.as_slice());
                }
                Ok(make(vm, $layout { header: no_header(), state: std::cell::RefCell::new(state) }))
            }
        }
        #[pyclass(layout = $layout, name = $class, module = $module, own, no_gc, $($flags)*)]
        pub mod $mod_ {
            use super::*;
            /// Return a copy of the hash object.
            #[pymethod("copy(self, /)")]
            fn copy(vm: &Vm, zelf: &$layout) -> Py<$layout> {
                let state = std::cell::RefCell::new(zelf.state.borrow().clone());
                make(vm, $layout { header: no_header(), state })
            }
            /// Return the digest value as a bytes object.
            #[pymethod("digest(self, /)")]
            fn digest(zelf: &$layout) -> Vec<u8> {
                zelf.state.borrow().clone().finalize().to_vec()
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[pymethod("hexdigest(self, /)")]
            fn hexdigest(zelf: &$layout) -> String {
                hex(&zelf.state.borrow().clone().finalize())
            }
            /// Update this hash object's state with the provided string.
            #[pymethod("update(self, obj, /)")]
            fn update(vm: &Vm, zelf: &$layout, obj: Ref<'_>) -> PyResult<()> {
                let b = $crate::hashes::data::buffer(vm, obj)?;
                Digest::update(&mut *zelf.state.borrow_mut(), b.as_slice());
                Ok(())
            }
            #[getter("block_size")]
            fn block_size(_zelf: &$layout) -> usize {
                $block
            }
            #[getter("digest_size")]
            fn digest_size(_zelf: &$layout) -> usize {
                <$state as Digest>::output_size()
            }
            #[getter("name")]
            fn get_name(_zelf: &$layout) -> &'static str {
                $name
            }
            $($more)*
        }
    };
}
pub(super) use hash_class;
