//! `_SSLSocket`: a connection as Python sees it.

use std::cell::Cell;
use std::sync::Arc;

use krait_macros::pyclass;
use krait_object::gc::{Trace, Visitor};
use krait_object::prelude::*;
use krait_stdlib_core::util::{make, no_header, peek_obj};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, Connection, Error, ProtocolVersion};

use crate::certificate::{PyCertificate, certificate_dict};
use crate::ciphers;
use crate::config::CERT_NONE;
use crate::context::PySslContext;
use crate::errors::{self, Kind};
use crate::session::{Session, Tls};
use crate::transport::Transport;

/// A connection.
#[repr(C)]
pub struct PySslSocket {
    header: Header,
    session: Session,
    server_side: bool,
    context: Cell<Option<Obj>>,
    /// A weak reference to the object shown to callbacks.
    owner: Cell<Option<Obj>>,
}

impl Trace for PySslSocket {
    fn trace(&self, v: &mut Visitor<'_>) {
        for o in [peek_obj(&self.context), peek_obj(&self.owner)].iter().flatten() {
            v.visit(o.value());
        }
        match &self.session.transport {
            Transport::Socket(weak) => weak.trace(v),
            Transport::Memory { incoming, outgoing } => {
                v.visit(incoming.r().value());
                v.visit(outgoing.r().value());
            }
        }
    }
}

/// The host name argument: text without leading dot.
fn host_name(vm: &Vm, o: Ref<'_>) -> PyResult<Option<String>> {
    if o.is_none() {
        return Ok(None);
    }
    let Some(s) = o.downcast::<PyStr>(vm) else {
        return Err(vm.type_error(format!("server_hostname must be str or None, not {}", o.ty(vm).tp_name())));
    };
    let s = s.to_utf8(vm)?;
    if s.is_empty() || s.starts_with('.') {
        return Err(vm.value_error("server_hostname cannot be an empty string or start with a leading dot."));
    }
    if s.contains('\0') {
        return Err(vm.type_error("argument must be encoded string without null bytes, not str"));
    }
    Ok(Some(s.to_owned()))
}

fn client(vm: &Vm, context: &PySslContext, host: Option<&str>, transport: Transport) -> PyResult<Session> {
    let bad = |e: Error| errors::from_tls(vm, &e, 0, host);
    let name = match host {
        Some(h) => ServerName::try_from(h.to_owned()).map_err(|_| vm.value_error(format!("invalid server_hostname: {h}")))?,
        None => ServerName::try_from("localhost").map_err(|_| vm.value_error("invalid server_hostname"))?,
    };
    let settings = context.settings.borrow().clone();
    let (config, verifier) = settings.client(host.is_some()).map_err(bad)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(bad)?;
    connection.set_buffer_limit(None);
    let tls = Tls::Running(Box::new(Connection::Client(connection)));
    Ok(Session::new(tls, transport, Some(verifier), host.map(str::to_owned)))
}

/// A connection of a context over a transport.
pub fn new(vm: &Vm, context: &PySslContext, transport: Transport, server: bool, host: Ref<'_>, owner: Ref<'_>) -> PyResult<Obj> {
    let host = host_name(vm, host)?;
    let session = if server {
        Session::new(Tls::Accepting(Box::default()), transport, None, host)
    } else {
        client(vm, context, host.as_deref(), transport)?
    };
    let s = PySslSocket {
        header: no_header(),
        session,
        server_side: server,
        context: Cell::new(Some(context.to_obj())),
        owner: Cell::default(),
    };
    let made = make(vm, s);
    if !owner.is_none() {
        made.owner.set(Some(weak(vm, owner)?));
    }
    Ok(made.into_obj())
}

fn weak(vm: &Vm, o: Ref<'_>) -> PyResult<Obj> {
    let module = (vm.interp.hooks().import)(vm, "_weakref")?;
    vm.call_method_str(module.r(), "ref", &[o])
}

impl PySslSocket {
    fn context(&self) -> Obj {
        peek_obj(&self.context).unwrap_or_else(Obj::none)
    }
    fn owner(&self, vm: &Vm) -> PyResult<Obj> {
        match peek_obj(&self.owner) {
            Some(weak) => vm.call0(weak.r()),
            None => Ok(Obj::none()),
        }
    }
    /// Handshake, with the server's choice of a configuration in the middle.
    fn handshake(&self, vm: &Vm) -> PyResult<()> {
        while !self.session.handshake(vm)? {
            if let Some(name) = self.session.greeting() {
                self.ask_sni(vm, name)?;
            }
            let context = self.context();
            let settings = match context.r().downcast::<PySslContext>(vm) {
                Some(c) => c.settings.borrow().clone(),
                None => return Err(vm.type_error("the context must be an SSLContext")),
            };
            match settings.server() {
                Ok(config) => self.session.accept(vm, config)?,
                Err(_) => return Err(errors::ssl(vm, "NO_SHARED_CIPHER", "no shared cipher")),
            }
        }
        Ok(())
    }
    /// Lets the callback change the context.
    fn ask_sni(&self, vm: &Vm, name: Option<String>) -> PyResult<()> {
        let context = self.context();
        let Some(callback) = context.r().downcast::<PySslContext>(vm).and_then(PySslContext::sni) else { return Ok(()) };
        let owner = self.owner(vm)?;
        let shown = if owner.r().is_none() { self.r().to_obj() } else { owner };
        let name = name.map_or_else(Obj::none, |n| vm.str(&n));
        let refused = match vm.call(callback.r(), &[shown.r(), name.r(), context.r()]) {
            Ok(o) => !o.r().is_none(),
            Err(e) => {
                vm.unraisable(e, "ssl servername callback", Some(callback.r()));
                true
            }
        };
        if refused {
            self.session.tls.replace(Tls::Failed);
            return Err(errors::ssl(vm, "CALLBACK_FAILED", "callback failed"));
        }
        Ok(())
    }
    fn ready(&self, vm: &Vm) -> PyResult<()> {
        if self.session.is_handshaking() { self.handshake(vm) } else { Ok(()) }
    }
    fn chain(&self) -> Vec<Vec<u8>> {
        let certs = |c: &mut Connection| c.peer_certificates().map(|l| l.iter().map(|c| c.to_vec()).collect());
        self.session.with(certs).flatten().unwrap_or_default()
    }
}

#[pyclass(layout = PySslSocket, name = "_SSLSocket", module = "_ssl", own, weakref, doc = "", flags(DISALLOW_INSTANTIATION))]
pub mod ssl_socket {
    use super::*;

    #[pymethod("do_handshake(self, /)")]
    fn do_handshake(vm: &Vm, zelf: &PySslSocket) -> PyResult<()> {
        zelf.handshake(vm)
    }
    /// read(size, [buffer])
    /// Read up to size bytes from the SSL socket.
    #[pymethod("read(size[, buffer])")]
    fn read(vm: &Vm, zelf: &PySslSocket, size: isize, buffer: Option<WritableBufferArg>) -> PyResult<Obj> {
        let Some(mut buffer) = buffer else {
            if size < 0 {
                return Err(vm.value_error("size should not be negative"));
            }
            zelf.ready(vm)?;
            let data = if size == 0 { vec![] } else { zelf.session.read(vm, size as usize)? };
            return Ok(vm.bytes(&data));
        };
        let room = buffer.0.len();
        let n = if size <= 0 { room } else { room.min(size as usize) };
        zelf.ready(vm)?;
        if n == 0 {
            return Ok(Obj::small(0));
        }
        let data = zelf.session.read(vm, n)?;
        buffer.0.as_mut_slice()[..data.len()].copy_from_slice(&data);
        Ok(vm.int_usize(data.len()))
    }
    /// Writes the bytes-like object b into the SSL object.
    ///
    /// Returns the number of bytes written.
    #[pymethod("write(self, b, /)")]
    fn write(vm: &Vm, zelf: &PySslSocket, b: BufferArg) -> PyResult<usize> {
        zelf.ready(vm)?;
        zelf.session.write(vm, b.as_slice())
    }
    /// Returns the number of already decrypted bytes available for read, pending on the connection.
    #[pymethod("pending(self, /)")]
    fn pending(zelf: &PySslSocket) -> usize {
        zelf.session.pending()
    }
    /// Does the SSL shutdown handshake with the remote end.
    #[pymethod("shutdown(self, /)")]
    fn shutdown(vm: &Vm, zelf: &PySslSocket) -> PyResult<Obj> {
        zelf.session.shutdown(vm)?;
        zelf.session.transport.socket_object(vm)
    }
    /// Returns the certificate for the peer.
    ///
    /// If no certificate was provided, returns None.  If a certificate was
    /// provided, but not validated, returns an empty dictionary.  Otherwise
    /// returns a dict containing information about the peer certificate.
    ///
    /// If the optional argument is True, returns a DER-encoded copy of the
    /// peer certificate, or None if no certificate was provided.  This will
    /// return the certificate even if it wasn't validated.
    #[pymethod("getpeercert(self, binary_mode=False, /)")]
    fn getpeercert(vm: &Vm, zelf: &PySslSocket, binary_mode: bool) -> PyResult<Obj> {
        if zelf.session.is_handshaking() {
            return Err(vm.value_error("handshake not done yet"));
        }
        let chain = zelf.chain();
        let Some(leaf) = chain.first() else { return Ok(Obj::none()) };
        if binary_mode {
            return Ok(vm.bytes(leaf));
        }
        let context = zelf.context();
        let checked = context.r().downcast::<PySslContext>(vm).is_some_and(|c| c.settings.borrow().verify_mode != CERT_NONE);
        if checked { certificate_dict(vm, leaf) } else { Ok(PyDict::new(vm).into_obj()) }
    }
    #[pymethod("get_unverified_chain(self, /)")]
    fn get_unverified_chain(vm: &Vm, zelf: &PySslSocket) -> Option<Vec<Obj>> {
        let chain = zelf.chain();
        (!chain.is_empty()).then(|| chain.iter().map(|c| PyCertificate::new(vm, c).into_obj()).collect())
    }
    #[pymethod("get_verified_chain(self, /)")]
    fn get_verified_chain(vm: &Vm, zelf: &PySslSocket) -> Option<Vec<Obj>> {
        get_unverified_chain(vm, zelf)
    }
    #[pymethod("cipher(self, /)")]
    fn cipher(vm: &Vm, zelf: &PySslSocket) -> Option<Obj> {
        let suite = zelf.session.with(|c| c.negotiated_cipher_suite()).flatten()?;
        ciphers::of(suite.suite()).map(|s| ciphers::triple(vm, s))
    }
    /// The suites the peer offers are not kept, so a server shows its own.
    #[pymethod("shared_ciphers(self, /)")]
    fn shared_ciphers(vm: &Vm, zelf: &PySslSocket) -> Option<Vec<Obj>> {
        if !zelf.server_side || zelf.session.is_handshaking() {
            return None;
        }
        let context = zelf.context();
        let list = context.r().downcast::<PySslContext>(vm)?.settings.borrow().ciphers.clone();
        Some(list.iter().map(|i| ciphers::triple(vm, &ciphers::SUITES[*i])).collect())
    }
    #[pymethod("version(self, /)")]
    fn version(zelf: &PySslSocket) -> Option<&'static str> {
        if zelf.session.is_handshaking() {
            return None;
        }
        match zelf.session.with(|c| c.protocol_version()).flatten() {
            Some(ProtocolVersion::TLSv1_3) => Some("TLSv1.3"),
            Some(ProtocolVersion::TLSv1_2) => Some("TLSv1.2"),
            _ => None,
        }
    }
    #[pymethod("compression(self, /)")]
    fn compression(_zelf: &PySslSocket) -> Option<Obj> {
        None
    }
    #[pymethod("selected_alpn_protocol(self, /)")]
    fn selected_alpn_protocol(zelf: &PySslSocket) -> Option<String> {
        zelf.session.with(|c| c.alpn_protocol().map(|p| String::from_utf8_lossy(p).into_owned())).flatten()
    }
    /// Get channel binding data for current connection.
    ///
    /// Raise ValueError if the requested `cb_type` is not supported.  Return bytes
    /// of the data or None if the data is not available (e.g. before the handshake).
    /// Only 'tls-unique' channel binding data from RFC 5929 is supported.
    #[pymethod("get_channel_binding(self, /, cb_type='tls-unique')")]
    fn get_channel_binding(vm: &Vm, _zelf: &PySslSocket, cb_type: &str) -> PyResult<()> {
        match cb_type {
            "tls-unique" => Ok(()),
            t => Err(vm.value_error(format!("'{t}' channel binding type not implemented"))),
        }
    }
    #[pymethod("verify_client_post_handshake(self, /)")]
    fn verify_client_post_handshake(vm: &Vm, _zelf: &PySslSocket) -> PyResult<()> {
        Err(errors::plain(vm, Kind::Ssl, "post-handshake authentication is not supported"))
    }
    #[getter]
    fn context(zelf: &PySslSocket) -> Obj {
        zelf.context()
    }
    #[setter]
    fn set_context(vm: &Vm, zelf: &PySslSocket, value: Option<Ref<'_>>) -> PyResult<()> {
        match value {
            Some(v) if v.is_instance_of::<PySslContext>(vm) => {
                drop(zelf.context.replace(Some(v.to_obj())));
                Ok(())
            }
            _ => Err(vm.type_error("The value must be a SSLContext")),
        }
    }
    #[getter]
    fn server_side(zelf: &PySslSocket) -> bool {
        zelf.server_side
    }
    #[getter]
    fn server_hostname(zelf: &PySslSocket) -> Option<String> {
        zelf.session.host.clone()
    }
    #[getter]
    fn owner(vm: &Vm, zelf: &PySslSocket) -> PyResult<Obj> {
        zelf.owner(vm)
    }
    #[setter]
    fn set_owner(vm: &Vm, zelf: &PySslSocket, value: Option<Ref<'_>>) -> PyResult<()> {
        let new = match value {
            Some(v) => Some(weak(vm, v)?),
            None => None,
        };
        drop(zelf.owner.replace(new));
        Ok(())
    }
    /// Sessions are resumed by the library alone.
    #[getter]
    fn session(_zelf: &PySslSocket) -> Option<Obj> {
        None
    }
    #[setter]
    fn set_session(vm: &Vm, _zelf: &PySslSocket, _value: Option<Ref<'_>>) -> PyResult<()> {
        Err(vm.type_error("Value is not a SSLSession."))
    }
    #[getter]
    fn session_reused(_zelf: &PySslSocket) -> bool {
        false
    }
}
