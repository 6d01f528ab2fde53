//! `_SSLContext`.

use std::cell::{Cell, RefCell};
use std::fs::OpenOptions;
use std::sync::Arc;

use krait_macros::{Trace, pyclass};
use krait_object::prelude::*;
use krait_stdlib_core::util::{instance, no_header, peek_obj};
use rustls::Error;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::bio::PyMemoryBio;
use crate::cert::Cert;
use crate::certificate::certificate_dict;
use crate::ciphers::{self, SUITES};
use crate::config::{CERT_NONE, CERT_REQUIRED, KeyFile, PROTOCOL_CLIENT, PROTOCOL_SERVER, PROTOCOL_TLS, PROTOCOL_TLSV1_2, Settings};
use crate::consts;
use crate::errors::{self, Kind, Report};
use crate::socket;
use crate::transport::Transport;

/// A context.
#[repr(C)]
#[derive(Trace)]
pub struct PySslContext {
    header: Header,
    #[trace(skip)]
    pub settings: RefCell<Settings>,
    sni: Cell<Option<Obj>>,
    key_log_name: Cell<Option<Obj>>,
    message_callback: Cell<Option<Obj>>,
}

impl PySslContext {
    /// What is called with the name a client asks for.
    pub fn sni(&self) -> Option<Obj> {
        peek_obj(&self.sni)
    }
}

fn deprecated(vm: &Vm, what: &str) -> PyResult<()> {
    vm.warn(vm.types.deprecation_warning, &format!("{what} is deprecated"), 2)
}

/// The error of a file that holds no certificate or key.
fn pem_error(vm: &Vm) -> Raised {
    Report { kind: Kind::Ssl, library: Some("SSL"), reason: None, text: "PEM lib".to_owned() }.raise(vm, &[])
}

fn read_file(vm: &Vm, path: &FsPathArg) -> PyResult<Vec<u8>> {
    std::fs::read(path.as_path()).map_err(|e| vm.os_error(e.raw_os_error().unwrap_or(libc::EIO)))
}

/// A path argument that may be None.
fn path_arg(vm: &Vm, o: Option<Ref<'_>>, func: &str, what: &str) -> PyResult<Option<FsPathArg>> {
    let Some(o) = o.filter(|o| !o.is_none()) else { return Ok(None) };
    match FsPathArg::get(vm, o, func, what) {
        Ok(p) => Ok(p),
        Err(e) if vm.raised_is(vm.types.type_error) => {
            drop(vm.take_raised(e));
            Err(vm.type_error(format!("{what} should be a valid filesystem path")))
        }
        Err(e) => Err(e),
    }
}

/// The certificates of a PEM text.
fn pem_certs(text: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(text).map_while(Result::ok).collect()
}

/// Certificates given as data: PEM text, or DER one after the other.
fn data_certs(vm: &Vm, data: Ref<'_>) -> PyResult<Vec<CertificateDer<'static>>> {
    let missing = |words: &str| errors::plain(vm, Kind::Ssl, &format!("{words}: cadata does not contain a certificate"));
    if let Some(s) = data.downcast::<PyStr>(vm) {
        let Some(text) = s.as_utf8().filter(|t| t.is_ascii()) else {
            return Err(vm.type_error("cadata should be an ASCII string or a bytes-like object"));
        };
        if text.is_empty() {
            return Err(vm.value_error("Empty certificate data"));
        }
        let certs = pem_certs(text.as_bytes());
        return if certs.is_empty() { Err(missing("no start line")) } else { Ok(certs) };
    }
    if !krait_object::buffer::has_buffer(vm, data) {
        return Err(vm.type_error("cadata should be an ASCII string or a bytes-like object"));
    }
    let buffer = krait_object::buffer::Buffer::simple(vm, data)?;
    if buffer.is_empty() {
        return Err(vm.value_error("Empty certificate data"));
    }
    let certs: Vec<_> = crate::der::Reader::new(buffer.as_slice())
        .filter(|e| Cert::parse(e.whole).is_some())
        .map(|e| CertificateDer::from(e.whole.to_vec()))
        .collect();
    if certs.is_empty() { Err(missing("not enough data")) } else { Ok(certs) }
}

fn add_directory(s: &mut Settings, path: &std::path::Path) {
    let Ok(files) = std::fs::read_dir(path) else { return };
    for f in files.flatten() {
        if let Ok(text) = std::fs::read(f.path()) {
            pem_certs(&text).into_iter().for_each(|c| s.trust.add(c));
        }
    }
}

fn version_error(vm: &Vm, v: i64) -> Raised {
    vm.value_error(format!("Unsupported TLS/SSL version 0x{v:x}"))
}

/// Checks a version for the minimum or maximum.
fn check_version(vm: &Vm, s: &Settings, v: i64) -> PyResult<()> {
    if !matches!(s.protocol, PROTOCOL_TLS | PROTOCOL_CLIENT | PROTOCOL_SERVER) {
        return Err(vm.value_error("The context's protocol doesn't support modification of highest and lowest version."));
    }
    match v {
        consts::MINIMUM | consts::MAXIMUM | consts::TLS12 | consts::TLS13 => Ok(()),
        0x300 => deprecated(vm, "ssl.TLSVersion.SSLv3"),
        0x301 => deprecated(vm, "ssl.TLSVersion.TLSv1"),
        0x302 => deprecated(vm, "ssl.TLSVersion.TLSv1_1"),
        _ => Err(version_error(vm, v)),
    }
}

/// Does the protocol serve this side?
fn check_side(vm: &Vm, s: &Settings, server: bool) -> PyResult<()> {
    let wrong = match (s.protocol, server) {
        (PROTOCOL_CLIENT, true) => "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context",
        (PROTOCOL_SERVER, false) => "Cannot create a client socket with a PROTOCOL_TLS_SERVER context",
        _ => return Ok(()),
    };
    Err(errors::plain(vm, Kind::Ssl, wrong))
}

fn check_deleted(vm: &Vm, value: Option<Ref<'_>>) -> PyResult<i64> {
    match value {
        Some(v) => c_long(vm, v),
        None => Err(vm.attribute_error_msg("cannot delete attribute")),
    }
}

#[pyclass(layout = PySslContext, name = "_SSLContext", module = "_ssl", own, doc = "", flags(BASETYPE))]
pub mod ssl_context {
    use super::*;

    #[pynew("_SSLContext(protocol, /)")]
    fn new(vm: &Vm, cls: &PyType, protocol: i64) -> PyResult<Obj> {
        match protocol {
            PROTOCOL_CLIENT | PROTOCOL_SERVER => {}
            PROTOCOL_TLS => deprecated(vm, "ssl.PROTOCOL_TLS")?,
            PROTOCOL_TLSV1_2 => deprecated(vm, "ssl.PROTOCOL_TLSv1_2")?,
            _ => return Err(vm.value_error(format!("invalid or unsupported protocol version {protocol}"))),
        }
        let c = PySslContext {
            header: no_header(),
            settings: RefCell::new(Settings::new(protocol)),
            sni: Cell::default(),
            key_log_name: Cell::default(),
            message_callback: Cell::default(),
        };
        instance(vm, cls, c)
    }
    #[pymethod("_wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None)")]
    fn _wrap_socket(
        vm: &Vm,
        zelf: &PySslContext,
        sock: Ref<'_>,
        server_side: bool,
        server_hostname: Ref<'_>,
        owner: Ref<'_>,
        _session: Ref<'_>,
    ) -> PyResult<Obj> {
        check_side(vm, &zelf.settings.borrow(), server_side)?;
        let transport = Transport::socket(vm, sock)?;
        socket::new(vm, zelf, transport, server_side, server_hostname, owner)
    }
    #[pymethod("_wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None)")]
    fn _wrap_bio(
        vm: &Vm,
        zelf: &PySslContext,
        incoming: &PyMemoryBio,
        outgoing: &PyMemoryBio,
        server_side: bool,
        server_hostname: Ref<'_>,
        owner: Ref<'_>,
        _session: Ref<'_>,
    ) -> PyResult<Obj> {
        check_side(vm, &zelf.settings.borrow(), server_side)?;
        let transport = Transport::Memory { incoming: incoming.to_py(), outgoing: outgoing.to_py() };
        socket::new(vm, zelf, transport, server_side, server_hostname, owner)
    }
    #[pymethod("set_ciphers(self, cipherlist, /)")]
    fn set_ciphers(vm: &Vm, zelf: &PySslContext, cipherlist: &str) -> PyResult<()> {
        match ciphers::select(cipherlist) {
            Some(list) => {
                zelf.settings.borrow_mut().ciphers = list;
                Ok(())
            }
            None => Err(errors::message(vm, "No cipher can be selected.")),
        }
    }
    #[pymethod("get_ciphers(self, /)")]
    fn get_ciphers(vm: &Vm, zelf: &PySslContext) -> PyResult<Vec<Obj>> {
        let list = zelf.settings.borrow().ciphers.clone();
        list.iter().map(|i| ciphers::describe(vm, &SUITES[*i])).collect()
    }
    #[pymethod("_set_alpn_protocols(self, protos, /)")]
    fn _set_alpn_protocols(zelf: &PySslContext, protos: BufferArg) {
        let mut rest = protos.as_slice();
        let mut out = Vec::new();
        while let Some((n, tail)) = rest.split_first() {
            let n = usize::from(*n).min(tail.len());
            out.push(tail[..n].to_vec());
            rest = &tail[n..];
        }
        zelf.settings.borrow_mut().alpn = out;
    }
    #[pymethod("load_cert_chain(self, certfile, keyfile=None, password=None)")]
    fn load_cert_chain(vm: &Vm, zelf: &PySslContext, certfile: Ref<'_>, keyfile: Ref<'_>, password: Ref<'_>) -> PyResult<()> {
        let Some(certs) = path_arg(vm, Some(certfile), "load_cert_chain", "certfile")? else {
            return Err(vm.type_error("certfile should be a valid filesystem path"));
        };
        let keys = path_arg(vm, Some(keyfile), "load_cert_chain", "keyfile")?;
        let text = read_file(vm, &certs)?;
        let key_text = match &keys {
            Some(k) => read_file(vm, k)?,
            None => text.clone(),
        };
        let chain = pem_certs(&text);
        let Ok(key) = PrivateKeyDer::from_pem_slice(&key_text) else {
            if key_text.windows(9).any(|w| w == b"ENCRYPTED") {
                ask_password(vm, password)?;
                let text = "encrypted private keys are not supported";
                return Err(errors::plain(vm, Kind::Ssl, text));
            }
            return Err(pem_error(vm));
        };
        if chain.is_empty() {
            return Err(pem_error(vm));
        }
        let mut next = zelf.settings.borrow().clone();
        next.chain = chain;
        next.key = Some(Arc::new(key));
        match next.check_pair() {
            Ok(()) => {
                *zelf.settings.borrow_mut() = next;
                Ok(())
            }
            Err(Error::InconsistentKeys(_)) => {
                let text = "key values mismatch".to_owned();
                Err(Report { kind: Kind::Ssl, library: Some("X509"), reason: Some("KEY_VALUES_MISMATCH"), text }.raise(vm, &[]))
            }
            Err(_) => Err(pem_error(vm)),
        }
    }
    #[pymethod("load_verify_locations(self, cafile=None, capath=None, cadata=None)")]
    fn load_verify_locations(vm: &Vm, zelf: &PySslContext, cafile: Ref<'_>, capath: Ref<'_>, cadata: Ref<'_>) -> PyResult<()> {
        if cafile.is_none() && capath.is_none() && cadata.is_none() {
            return Err(vm.type_error("cafile, capath and cadata cannot be all omitted"));
        }
        let file = path_arg(vm, Some(cafile), "load_verify_locations", "cafile")?;
        let dir = path_arg(vm, Some(capath), "load_verify_locations", "capath")?;
        let mut certs = if cadata.is_none() { vec![] } else { data_certs(vm, cadata)? };
        if let Some(file) = file {
            let found = pem_certs(&read_file(vm, &file)?);
            if found.is_empty() {
                let text = "no certificate or crl found".to_owned();
                let reason = Some("NO_CERTIFICATE_OR_CRL_FOUND");
                return Err(Report { kind: Kind::Ssl, library: Some("X509"), reason, text }.raise(vm, &[]));
            }
            certs.extend(found);
        }
        let mut s = zelf.settings.borrow_mut();
        certs.into_iter().for_each(|c| s.trust.add(c));
        if let Some(dir) = dir {
            add_directory(&mut s, dir.as_path());
        }
        Ok(())
    }
    #[pymethod("set_default_verify_paths(self, /)")]
    fn set_default_verify_paths(zelf: &PySslContext) {
        let mut s = zelf.settings.borrow_mut();
        let (file, dir) = crate::paths::defaults();
        if let Ok(text) = std::fs::read(&file) {
            pem_certs(&text).into_iter().for_each(|c| s.trust.add(c));
        }
        // The directory often holds the same certificates once more.
        if s.trust.certs.is_empty() {
            add_directory(&mut s, std::path::Path::new(&dir));
        }
    }
    /// Returns quantities of loaded X.509 certificates.
    ///
    /// X.509 certificates with a CA extension and certificate revocation lists
    /// inside the context's cert store.
    #[pymethod("cert_store_stats(self, /)")]
    fn cert_store_stats(vm: &Vm, zelf: &PySslContext) -> PyResult<Obj> {
        let certs = zelf.settings.borrow().trust.certs.clone();
        let cas = certs.iter().filter(|c| Cert::parse(c).is_some_and(|c| c.is_ca())).count();
        let d = PyDict::new(vm);
        d.set_item_str(vm, "x509", vm.int_usize(certs.len()))?;
        d.set_item_str(vm, "crl", Obj::small(0))?;
        d.set_item_str(vm, "x509_ca", vm.int_usize(cas))?;
        Ok(d.into_obj())
    }
    /// Returns a list of dicts with information of loaded CA certs.
    ///
    /// If the optional argument is True, returns a DER-encoded copy of the CA certificate.
    #[pymethod("get_ca_certs(self, /, binary_form=False)")]
    fn get_ca_certs(vm: &Vm, zelf: &PySslContext, binary_form: bool) -> PyResult<Vec<Obj>> {
        let certs = zelf.settings.borrow().trust.certs.clone();
        let cas = certs.iter().filter(|c| Cert::parse(c).is_some_and(|c| c.is_ca()));
        cas.map(|c| if binary_form { Ok(vm.bytes(c)) } else { certificate_dict(vm, c) }).collect()
    }
    #[pymethod("session_stats(self, /)")]
    fn session_stats(vm: &Vm, _zelf: &PySslContext) -> PyResult<Obj> {
        const NAMES: [&str; 11] = [
            "number",
            "connect",
            "connect_good",
            "connect_renegotiate",
            "accept",
            "accept_good",
            "accept_renegotiate",
            "hits",
            "misses",
            "timeouts",
            "cache_full",
        ];
        let d = PyDict::new(vm);
        for name in NAMES {
            d.set_item_str(vm, name, Obj::small(0))?;
        }
        Ok(d.into_obj())
    }
    #[pymethod("set_ecdh_curve(self, name, /)")]
    fn set_ecdh_curve(vm: &Vm, _zelf: &PySslContext, name: Ref<'_>) -> PyResult<()> {
        let path = FsPathArg::get(vm, name, "set_ecdh_curve", "name")?;
        let text = path.map(|p| String::from_utf8_lossy(p.as_path().as_os_str().as_encoded_bytes()).into_owned()).unwrap_or_default();
        match text.as_str() {
            "prime256v1" | "P-256" | "secp384r1" | "P-384" | "X25519" | "x25519" => Ok(()),
            _ => Err(vm.value_error(format!("unknown elliptic curve name {}", &*vm.repr_text(name)?))),
        }
    }
    #[pymethod("load_dh_params(self, filepath, /)")]
    fn load_dh_params(vm: &Vm, _zelf: &PySslContext, filepath: Ref<'_>) -> PyResult<()> {
        let Some(path) = path_arg(vm, Some(filepath), "load_dh_params", "filepath")? else {
            return Err(vm.type_error("filepath should be a valid filesystem path"));
        };
        let text = read_file(vm, &path)?;
        // The suites at hand need no such parameters; the file is only checked.
        if text.windows(24).any(|w| w == b"-----BEGIN DH PARAMETERS") { Ok(()) } else { Err(pem_error(vm)) }
    }
    #[getter]
    fn protocol(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().protocol
    }
    #[getter]
    fn options(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().options
    }
    #[setter]
    fn set_options(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        const NO_VERSIONS: i64 = 0x200_0000 | 0x400_0000 | 0x1000_0000 | consts::OP_NO_TLS12 | consts::OP_NO_TLS13;
        let value = check_deleted(vm, value)?;
        if value < 0 {
            return Err(vm.overflow_error("can't convert negative value to unsigned int"));
        }
        let new = value & !zelf.settings.borrow().options;
        if new & NO_VERSIONS != 0 {
            vm.warn(vm.types.deprecation_warning, "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated", 2)?;
        }
        zelf.settings.borrow_mut().options = value;
        Ok(())
    }
    #[getter]
    fn verify_mode(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().verify_mode
    }
    #[setter]
    fn set_verify_mode(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let value = check_deleted(vm, value)?;
        let mut s = zelf.settings.borrow_mut();
        if value == CERT_NONE && s.check_hostname {
            return Err(vm.value_error("Cannot set verify_mode to CERT_NONE when check_hostname is enabled."));
        }
        if !(CERT_NONE..=CERT_REQUIRED).contains(&value) {
            return Err(vm.value_error("invalid value for verify_mode"));
        }
        s.verify_mode = value;
        Ok(())
    }
    #[getter]
    fn check_hostname(zelf: &PySslContext) -> bool {
        zelf.settings.borrow().check_hostname
    }
    #[setter]
    fn set_check_hostname(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.attribute_error_msg("cannot delete attribute")) };
        let value = vm.is_true(value)?;
        let mut s = zelf.settings.borrow_mut();
        if value && s.verify_mode == CERT_NONE {
            s.verify_mode = CERT_REQUIRED;
        }
        s.check_hostname = value;
        Ok(())
    }
    #[getter]
    fn verify_flags(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().verify_flags
    }
    #[setter]
    fn set_verify_flags(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.settings.borrow_mut().verify_flags = check_deleted(vm, value)?;
        Ok(())
    }
    #[getter("_host_flags")]
    fn host_flags(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().host_flags
    }
    #[setter("_host_flags")]
    fn set_host_flags(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        zelf.settings.borrow_mut().host_flags = check_deleted(vm, value)?;
        Ok(())
    }
    #[getter]
    fn minimum_version(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().minimum
    }
    #[setter]
    fn set_minimum_version(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let v = check_deleted(vm, value)?;
        let s = zelf.settings.borrow().clone();
        check_version(vm, &s, v)?;
        zelf.settings.borrow_mut().minimum = if v == consts::MAXIMUM { consts::TLS13 } else { v };
        Ok(())
    }
    #[getter]
    fn maximum_version(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().maximum
    }
    #[setter]
    fn set_maximum_version(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let v = check_deleted(vm, value)?;
        let s = zelf.settings.borrow().clone();
        check_version(vm, &s, v)?;
        zelf.settings.borrow_mut().maximum = if v == consts::MINIMUM { consts::TLS12 } else { v };
        Ok(())
    }
    #[getter]
    fn num_tickets(zelf: &PySslContext) -> i64 {
        zelf.settings.borrow().num_tickets
    }
    #[setter]
    fn set_num_tickets(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let v = check_deleted(vm, value)?;
        if v < 0 {
            return Err(vm.value_error("value must be non-negative"));
        }
        if zelf.settings.borrow().protocol != PROTOCOL_SERVER {
            return Err(vm.value_error("SSLContext is not a server context."));
        }
        zelf.settings.borrow_mut().num_tickets = v;
        Ok(())
    }
    #[getter]
    fn post_handshake_auth(zelf: &PySslContext) -> bool {
        zelf.settings.borrow().post_handshake_auth
    }
    #[setter]
    fn set_post_handshake_auth(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.attribute_error_msg("cannot delete attribute")) };
        let value = vm.is_true(value)?;
        zelf.settings.borrow_mut().post_handshake_auth = value;
        Ok(())
    }
    #[getter]
    fn security_level(_zelf: &PySslContext) -> i32 {
        2
    }
    #[getter]
    fn keylog_filename(zelf: &PySslContext) -> Option<Obj> {
        peek_obj(&zelf.key_log_name)
    }
    #[setter]
    fn set_keylog_filename(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let path = path_arg(vm, value, "keylog_filename", "keylog_filename")?;
        let log = match &path {
            Some(p) => {
                let open = OpenOptions::new().append(true).create(true).open(p.as_path());
                let file = open.map_err(|e| vm.os_error(e.raw_os_error().unwrap_or(libc::EIO)))?;
                Some(Arc::new(KeyFile::new(file)))
            }
            None => None,
        };
        zelf.settings.borrow_mut().key_log = log;
        drop(zelf.key_log_name.replace(value.filter(|v| !v.is_none()).map(Ref::to_obj)));
        Ok(())
    }
    /// Set a callback that will be called when a server name is provided by the SSL/TLS client in the SNI extension.
    ///
    /// If the argument is None then the callback is disabled. The method is called
    /// with the SSLSocket, the server name as a string, and the SSLContext object.
    #[getter]
    fn sni_callback(zelf: &PySslContext) -> Option<Obj> {
        zelf.sni()
    }
    #[setter]
    fn set_sni_callback(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        if zelf.settings.borrow().protocol == PROTOCOL_CLIENT {
            return Err(vm.value_error("sni_callback cannot be set on TLS_CLIENT context"));
        }
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !vm.is_callable(v)) {
            return Err(vm.type_error("not a callable object"));
        }
        drop(zelf.sni.replace(value.map(Ref::to_obj)));
        Ok(())
    }
    #[getter("_msg_callback")]
    fn msg_callback(zelf: &PySslContext) -> Option<Obj> {
        peek_obj(&zelf.message_callback)
    }
    /// The TLS library shows no messages, so the callback is kept but not called.
    #[setter("_msg_callback")]
    fn set_msg_callback(vm: &Vm, zelf: &PySslContext, value: Option<Ref<'_>>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if let Some(v) = value
            && !vm.is_callable(v)
        {
            return Err(vm.type_error(format!("{} is not callable.", &*vm.repr_text(v)?)));
        }
        drop(zelf.message_callback.replace(value.map(Ref::to_obj)));
        Ok(())
    }
}

/// The password argument is asked for even though it cannot be used, so that its errors show.
fn ask_password(vm: &Vm, password: Ref<'_>) -> PyResult<()> {
    let value = if !password.is_none() && vm.is_callable(password) { vm.call0(password)? } else { password.to_obj() };
    let r = value.r();
    if r.is_none() || r.is_instance_of::<PyStr>(vm) || krait_object::buffer::has_buffer(vm, r) {
        return Ok(());
    }
    let text = if vm.is_callable(password) { "password callback must return a string" } else { "password should be a string or callable" };
    Err(vm.type_error(text))
}
