//! `_blake2`.

use std::cell::RefCell;

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::buffer::Buffer;
use krait_object::prelude::*;

use super::blake2_core::{Blake2b, Blake2s};
use super::data;
use crate::util::{hex, make, no_header};

/// What the constructor was given.
struct Params {
    digest_size: isize,
    salt: Option<Buffer>,
    person: Option<Buffer>,
    fanout: isize,
    depth: isize,
    leaf_size: u64,
    node_offset: u64,
    node_depth: isize,
    inner_size: isize,
}

impl Params {
    fn check(&self, vm: &Vm, name: &str, max: isize, offset_bits: u32) -> PyResult<()> {
        let bad = |text: String| Err(vm.value_error(text));
        let small = max / 4;
        if !(1..=max).contains(&self.digest_size) {
            let n = self.digest_size;
            return bad(format!("digest_size for {name} must be between 1 and {max} bytes, here it is {n}"));
        }
        if self.salt.as_ref().is_some_and(|b| b.len() as isize > small) {
            return bad(format!("maximum salt length is {small} bytes"));
        }
        if self.person.as_ref().is_some_and(|b| b.len() as isize > small) {
            return bad(format!("maximum person length is {small} bytes"));
        }
        if !(0..=255).contains(&self.fanout) {
            return bad("fanout must be between 0 and 255".into());
        }
        if !(1..=255).contains(&self.depth) {
            return bad("depth must be between 1 and 255".into());
        }
        if self.leaf_size > u64::from(u32::MAX) {
            return Err(vm.overflow_error("leaf_size is too large"));
        }
        if offset_bits < 64 && self.node_offset >> offset_bits != 0 {
            return Err(vm.overflow_error("node_offset is too large"));
        }
        if !(0..=255).contains(&self.node_depth) {
            return bad("node_depth must be between 0 and 255".into());
        }
        if !(0..=max).contains(&self.inner_size) {
            return bad(format!("inner_size must be between 0 and is {max}"));
        }
        Ok(())
    }
    /// The parameter block of `N` bytes: 64 for BLAKE2b, 32 for BLAKE2s.
    fn block<const N: usize>(&self, key_len: usize) -> [u8; N] {
        let mut p = [0; N];
        p[0] = self.digest_size as u8;
        p[1] = key_len as u8;
        p[2] = self.fanout as u8;
        p[3] = self.depth as u8;
        p[4..8].copy_from_slice(&(self.leaf_size as u32).to_le_bytes());
        let offset = self.node_offset.to_le_bytes();
        let at = if N == 64 {
            p[8..16].copy_from_slice(&offset);
            16
        } else {
            p[8..14].copy_from_slice(&offset[..6]);
            14
        };
        p[at] = self.node_depth as u8;
        p[at + 1] = self.inner_size as u8;
        let mut put = |at: usize, b: &Option<Buffer>| {
            if let Some(b) = b {
                p[at..at + b.len()].copy_from_slice(b.as_slice());
            }
        };
        put(N / 2, &self.salt);
        put(N / 2 + N / 4, &self.person);
        p
    }
}

macro_rules! blake2_class {
    ($mod_:ident, $layout:ident, $name:tt, $sig:tt, $state:ident, $max:expr, $offset_bits:expr) => {
        /// A running hash.
        #[repr(C)]
        #[derive(Trace)]
        pub struct $layout {
            header: Header,
            #[trace(skip)]
            state: RefCell<$state>,
        }
        /// Return a new BLAKE2 hash object.
        #[pyclass(layout = $layout, name = $name, module = "_blake2", own, no_gc)]
        pub mod $mod_ {
            use super::*;

            #[classattr]
            const SALT_SIZE: i32 = $max / 4;
            #[classattr]
            const PERSON_SIZE: i32 = $max / 4;
            #[classattr]
            const MAX_KEY_SIZE: i32 = $max;
            #[classattr]
            const MAX_DIGEST_SIZE: i32 = $max;

            #[pynew($sig)]
            fn new(
                vm: &Vm,
                _cls: &PyType,
                data: OptArg<Ref<'_>>,
                digest_size: isize,
                key: OptArg<BufferArg>,
                salt: OptArg<BufferArg>,
                person: OptArg<BufferArg>,
                fanout: isize,
                depth: isize,
                leaf_size: u64,
                node_offset: u64,
                node_depth: isize,
                inner_size: isize,
                last_node: bool,
                _usedforsecurity: bool,
                string: Option<Ref<'_>>,
            ) -> PyResult<Obj> {
                let buffer = |b: OptArg<BufferArg>| b.given().map(|b| b.0);
                let params = Params {
                    digest_size,
                    salt: buffer(salt),
                    person: buffer(person),
                    fanout,
                    depth,
                    leaf_size,
                    node_offset,
                    node_depth,
                    inner_size,
                };
                let data = data::initial(vm, data, string)?;
                params.check(vm, $name, $max, $offset_bits)?;
                let key = buffer(key);
                let key = key.as_ref().map_or(&[][..], |b| b.as_slice());
                if key.len() > $max {
                    return Err(vm.value_error(format!("maximum key length is {} bytes", $max)));
                }
                let mut state = $state::new(&params.block::<$max>(key.len()), key, last_node);
                if let Some(d) = data {
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
            #[pymethod("digest(self, /)")]
            fn digest(zelf: &$layout) -> Vec<u8> {
                zelf.state.borrow().digest()
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[pymethod("hexdigest(self, /)")]
            fn hexdigest(zelf: &$layout) -> String {
                hex(&zelf.state.borrow().digest())
            }
            /// Update this hash object's state with the provided bytes-like object.
            #[pymethod("update(self, data, /)")]
            fn update(vm: &Vm, zelf: &$layout, data: Ref<'_>) -> PyResult<()> {
                let b = data::buffer(vm, data)?;
                zelf.state.borrow_mut().update(b.as_slice());
                Ok(())
            }
            #[getter("name")]
            fn get_name(_zelf: &$layout) -> &'static str {
                $name
            }
            #[getter("block_size")]
            fn block_size(_zelf: &$layout) -> usize {
                $state::BLOCK
            }
            #[getter("digest_size")]
            fn get_digest_size(zelf: &$layout) -> usize {
                zelf.state.borrow().digest_size()
            }
        }
    };
}
blake2_class!(
    blake2b_class,
    PyBlake2b,
    "blake2b",
    "blake2b(data=b'', *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    Blake2b,
    64,
    64
);
blake2_class!(
    blake2s_class,
    PyBlake2s,
    "blake2s",
    "blake2s(data=b'', *, digest_size=32, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    Blake2s,
    32,
    48
);

/// _blake2b provides BLAKE2b for hashlib
#[pymodule(name = "_blake2")]
pub mod blake2_module {
    /// Data of this size is hashed without the GIL by others; here it is only a constant.
    #[pyattr(name = "_GIL_MINSIZE")]
    const GIL_MINSIZE: i32 = 2048;

    #[allow(unused_imports, reason = "the macro's output uses them")]
    use super::*;
    #[pyclass_ref]
    use super::{blake2b_class, blake2s_class};
}
