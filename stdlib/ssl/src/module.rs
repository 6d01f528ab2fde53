//! The module's functions.

use krait_macros::{Trace, pyclass, pymodule};
use krait_object::prelude::*;
use ring::rand::{SecureRandom, SystemRandom};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::certificate::certificate_dict;
use crate::errors::{self, Kind};
use crate::{consts, oids, paths};

/// The class of sessions. The library keeps its sessions to itself, so there are no instances.
#[repr(C)]
#[derive(Trace)]
pub struct PySslSession {
    header: Header,
}

#[pyclass(layout = PySslSession, name = "SSLSession", module = "_ssl", own, no_gc, doc = "", flags(DISALLOW_INSTANTIATION))]
pub mod ssl_session {
    use super::*;

    #[getter]
    fn has_ticket(_zelf: &PySslSession) -> bool {
        false
    }
}

fn oid_tuple(vm: &Vm, o: &oids::Oid) -> Obj {
    vm.tuple(vec![vm.int_i64(o.0), vm.str(o.1), vm.str(o.2), vm.str(o.3)])
}

/// Implementation module for SSL socket operations.  See the socket module
/// for documentation.
#[pymodule(name = "_ssl")]
pub mod ssl_module {
    #[pyclass_ref]
    use super::super::{bio::memory_bio, certificate::certificate_class, context::ssl_context, socket::ssl_socket};
    #[pyclass_ref]
    use super::ssl_session;
    use super::*;

    #[pyexec]
    fn exec(vm: &Vm, module: &PyModule) -> PyResult<()> {
        errors::add(vm, module)?;
        consts::add(vm, module)
    }
    /// Return search paths and environment vars that are used by SSLContext's set_default_verify_paths() to load default CAs.
    ///
    /// The values are 'cert_file_env', 'cert_file', 'cert_dir_env', 'cert_dir'.
    #[pyfunction("get_default_verify_paths()")]
    fn get_default_verify_paths(vm: &Vm) -> Obj {
        let parts = [paths::FILE_VARIABLE, paths::system_file(), paths::DIR_VARIABLE, paths::DIR];
        vm.tuple(parts.iter().map(|p| vm.str(p)).collect())
    }
    /// Lookup NID, short name, long name and OID of an ASN1_OBJECT.
    ///
    /// By default objects are looked up by OID. With name=True short and
    /// long name are also matched.
    #[pyfunction("txt2obj(txt, name=False)")]
    fn txt2obj(vm: &Vm, txt: &str, name: bool) -> PyResult<Obj> {
        let found = oids::by_dotted(txt).or_else(|| if name { oids::by_name(txt) } else { None });
        match found {
            Some(o) => Ok(oid_tuple(vm, o)),
            None => Err(vm.value_error(format!("unknown object '{txt}'"))),
        }
    }
    /// Lookup NID, short name, long name and OID of an ASN1_OBJECT by NID.
    #[pyfunction("nid2obj(nid, /)")]
    fn nid2obj(vm: &Vm, nid: i32) -> PyResult<Obj> {
        match oids::by_number(nid.into()) {
            Some(o) => Ok(oid_tuple(vm, o)),
            None if nid < 0 => Err(vm.value_error("NID must be positive.")),
            None => Err(vm.value_error(format!("unknown NID {nid}"))),
        }
    }
    /// Generate n cryptographically strong pseudo-random bytes.
    #[pyfunction("RAND_bytes(n, /)")]
    #[expect(non_snake_case, reason = "Python's name")]
    fn RAND_bytes(vm: &Vm, n: i32) -> PyResult<Vec<u8>> {
        let Ok(n) = usize::try_from(n) else { return Err(vm.value_error("num must be positive")) };
        let mut out = krait_object::memory::zeroed(n);
        match SystemRandom::new().fill(&mut out) {
            Ok(()) => Ok(out),
            Err(_) => Err(errors::plain(vm, Kind::Ssl, "no random bytes to be had")),
        }
    }
    /// Returns True if the OpenSSL PRNG has been seeded with enough data and False if not.
    #[pyfunction("RAND_status()")]
    #[expect(non_snake_case, reason = "Python's name")]
    fn RAND_status() -> bool {
        true
    }
    /// Mix string into the OpenSSL PRNG state.
    ///
    /// entropy (a float) is a lower bound on the entropy contained in string.
    #[pyfunction("RAND_add(string, entropy, /)")]
    #[expect(non_snake_case, reason = "Python's name")]
    fn RAND_add(vm: &Vm, string: Ref<'_>, _entropy: f64) -> PyResult<()> {
        // The system's generator needs no help; the argument is only checked.
        if string.is_instance_of::<PyStr>(vm) {
            return Ok(());
        }
        krait_object::buffer::Buffer::simple(vm, string).map(drop)
    }
    #[pyfunction("_test_decode_cert(path, /)")]
    fn _test_decode_cert(vm: &Vm, path: FsPathArg) -> PyResult<Obj> {
        let text = std::fs::read(path.as_path()).map_err(|e| vm.os_error(e.raw_os_error().unwrap_or(libc::EIO)))?;
        match CertificateDer::from_pem_slice(&text) {
            Ok(c) => certificate_dict(vm, &c),
            Err(_) => Err(errors::plain(vm, Kind::Ssl, "Error decoding PEM-encoded file")),
        }
    }
}
