//! The exceptions, and what becomes of the TLS library's errors.

use std::cell::Cell;

use crate::verify::issuer;
use krait_macros::pyclass;
use krait_object::exception_layouts::PyOSError;
use krait_object::prelude::*;
use krait_stdlib_core::util::peek_obj;
use rustls::{AlertDescription, CertificateError, Error};

/// Exception classes, by what they mean.
#[derive(Copy, Clone, PartialEq, Eq)]
pub enum Kind {
    Ssl,
    ZeroReturn,
    WantRead,
    WantWrite,
    Syscall,
    Eof,
    Cert,
}

const KINDS: [(Kind, &str, i64, &str); 7] = [
    (Kind::Ssl, "SSLError", 1, "An error occurred in the SSL implementation."),
    (Kind::ZeroReturn, "SSLZeroReturnError", 6, "SSL/TLS session closed cleanly."),
    (
        Kind::WantRead,
        "SSLWantReadError",
        2,
        "Non-blocking SSL socket needs to read more data\nbefore the requested operation can be completed.",
    ),
    (
        Kind::WantWrite,
        "SSLWantWriteError",
        3,
        "Non-blocking SSL socket needs to write more data\nbefore the requested operation can be completed.",
    ),
    (Kind::Syscall, "SSLSyscallError", 5, "System error when attempting SSL operation."),
    (Kind::Eof, "SSLEOFError", 8, "SSL/TLS connection terminated abruptly."),
    (Kind::Cert, "SSLCertVerificationError", 1, "A certificate could not be verified."),
];

/// The classes, once the module is made.
#[derive(Default)]
struct Classes([Cell<Option<Obj>>; 7]);

/// An error occurred in the SSL implementation.
#[pyclass(layout = PyOSError, name = "SSLError", module = "ssl", base = os_error, attrs, mutable, flags(BASETYPE))]
pub mod ssl_error {
    use super::*;

    #[slot(str)]
    fn str(vm: &Vm, zelf: Ref<'_>) -> PyResult<Obj> {
        let text = vm.getattr_str(zelf, "strerror")?;
        if text.r().is_instance_of::<PyStr>(vm) {
            return Ok(text);
        }
        let args = vm.getattr_str(zelf, "args")?;
        vm.str_of(args.r()).map(Py::into_obj)
    }
}

/// Makes the classes and puts them into the module.
pub fn add(vm: &Vm, module: &PyModule) -> PyResult<()> {
    let classes = vm.interp.state::<Classes>();
    let base = vm.native_type(&ssl_error::DEF).to_obj();
    for (i, (kind, name, _, doc)) in KINDS.into_iter().enumerate() {
        let class = if kind == Kind::Ssl {
            base.clone()
        } else {
            let dict = PyDict::new(vm);
            dict.set_item_str(vm, "__module__", vm.str("ssl"))?;
            dict.set_item_str(vm, "__doc__", vm.str(doc))?;
            let mut bases = vec![base.clone()];
            if kind == Kind::Cert {
                bases.push(vm.types.value_error.to_obj());
            }
            vm.call(vm.types.r#type.r(), &[vm.str(name).r(), vm.tuple(bases).r(), dict.r()])?
        };
        module.add(vm, name, class.clone())?;
        classes.0[i].set(Some(class));
    }
    Ok(())
}

/// An exception with the attributes that programs read.
pub struct Report<'a> {
    pub kind: Kind,
    pub library: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub text: String,
}

impl Report<'_> {
    /// Raises it, with more attributes.
    pub fn raise(self, vm: &Vm, more: &[(&str, Obj)]) -> Raised {
        self.make(vm, more).unwrap_or_else(|e| e)
    }
    fn make(&self, vm: &Vm, more: &[(&str, Obj)]) -> PyResult<Raised> {
        let i = KINDS.iter().position(|k| k.0 == self.kind).unwrap_or(0);
        let class = peek_obj(&vm.interp.state::<Classes>().0[i]).unwrap_or_else(|| vm.types.os_error.to_obj());
        let mut text = String::new();
        match (self.library, self.reason) {
            (Some(l), Some(r)) => text += &format!("[{l}: {r}] "),
            (Some(l), None) => text += &format!("[{l}] "),
            _ => {}
        }
        text += &format!("{} (_ssl.c:1032)", self.text);
        let exc = vm.call(class.r(), &[Obj::small(KINDS[i].2).r(), vm.str(&text).r()])?;
        let or_none = |s: Option<&str>| s.map_or_else(Obj::none, |s| vm.str(s));
        for (name, value) in [("library", or_none(self.library)), ("reason", or_none(self.reason))].into_iter().chain(more.iter().cloned())
        {
            vm.setattr(exc.r(), &vm.intern(name), value.r())?;
        }
        match exc.downcast(vm) {
            Ok(exc) => Ok(vm.raise(exc)),
            Err(_) => Err(vm.type_error("exceptions must derive from BaseException")),
        }
    }
}

/// An error of the library, with a reason in capitals.
pub fn ssl(vm: &Vm, reason: &str, text: &str) -> Raised {
    Report { kind: Kind::Ssl, library: Some("SSL"), reason: Some(reason), text: text.to_owned() }.raise(vm, &[])
}

/// An error without a reason of the library's.
pub fn plain(vm: &Vm, kind: Kind, text: &str) -> Raised {
    Report { kind, library: None, reason: None, text: text.to_owned() }.raise(vm, &[])
}

/// An error that has a message alone.
pub fn message(vm: &Vm, text: &str) -> Raised {
    let class = peek_obj(&vm.interp.state::<Classes>().0[0]).unwrap_or_else(|| vm.types.os_error.to_obj());
    match vm.call1(class.r(), vm.str(text).r()).map(|e| e.downcast(vm)) {
        Ok(Ok(exc)) => vm.raise(exc),
        Ok(Err(_)) => vm.type_error("exceptions must derive from BaseException"),
        Err(e) => e,
    }
}

pub fn want_read(vm: &Vm) -> Raised {
    plain(vm, Kind::WantRead, "The operation did not complete (read)")
}

pub fn want_write(vm: &Vm) -> Raised {
    plain(vm, Kind::WantWrite, "The operation did not complete (write)")
}

pub fn closed(vm: &Vm) -> Raised {
    plain(vm, Kind::ZeroReturn, "TLS/SSL connection has been closed (EOF)")
}

pub fn eof(vm: &Vm) -> Raised {
    let text = "EOF occurred in violation of protocol".to_owned();
    Report { kind: Kind::Eof, library: Some("SSL"), reason: Some("UNEXPECTED_EOF_WHILE_READING"), text }.raise(vm, &[])
}

/// OpenSSL's number and words for a certificate that was refused.
fn verify_result(e: &CertificateError, unknown: i64, host: Option<&str>) -> (i64, String) {
    let (code, text) = match e {
        CertificateError::UnknownIssuer if unknown == issuer::SELF_SIGNED_LEAF => (18, "self-signed certificate"),
        CertificateError::UnknownIssuer if unknown == issuer::SELF_SIGNED_IN_CHAIN => (19, "self-signed certificate in certificate chain"),
        CertificateError::UnknownIssuer => (20, "unable to get local issuer certificate"),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (10, "certificate has expired"),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (9, "certificate is not yet valid"),
        CertificateError::Revoked => (23, "certificate revoked"),
        CertificateError::BadSignature => (7, "certificate signature failure"),
        CertificateError::InvalidPurpose => (26, "unsuitable certificate purpose"),
        CertificateError::UnhandledCriticalExtension => (34, "unhandled critical extension"),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let host = host.unwrap_or_default();
            let ip = host.parse::<std::net::IpAddr>().is_ok();
            let (code, what) = if ip { (64, "IP address") } else { (62, "Hostname") };
            return (code, format!("{what} mismatch, certificate is not valid for '{host}'."));
        }
        _ => (1, "unspecified certificate verification error"),
    };
    (code, text.to_owned())
}

fn certificate(vm: &Vm, e: &CertificateError, unknown: i64, host: Option<&str>) -> Raised {
    let (code, text) = verify_result(e, unknown, host);
    let more = [("verify_code", vm.int_i64(code)), ("verify_message", vm.str(&text))];
    let text = format!("certificate verify failed: {text}");
    Report { kind: Kind::Cert, library: Some("SSL"), reason: Some("CERTIFICATE_VERIFY_FAILED"), text }.raise(vm, &more)
}

fn alert(vm: &Vm, a: AlertDescription) -> Raised {
    let (family, words) = match a {
        AlertDescription::UnexpectedMessage => ("SSLV3", "unexpected message"),
        AlertDescription::BadRecordMac => ("SSLV3", "bad record mac"),
        AlertDescription::HandshakeFailure => ("SSLV3", "handshake failure"),
        AlertDescription::BadCertificate => ("SSLV3", "bad certificate"),
        AlertDescription::UnsupportedCertificate => ("SSLV3", "unsupported certificate"),
        AlertDescription::CertificateRevoked => ("SSLV3", "certificate revoked"),
        AlertDescription::CertificateExpired => ("SSLV3", "certificate expired"),
        AlertDescription::CertificateUnknown => ("SSLV3", "certificate unknown"),
        AlertDescription::IllegalParameter => ("SSLV3", "illegal parameter"),
        AlertDescription::UnknownCA => ("TLSV1", "unknown ca"),
        AlertDescription::AccessDenied => ("TLSV1", "access denied"),
        AlertDescription::DecodeError => ("TLSV1", "decode error"),
        AlertDescription::DecryptError => ("TLSV1", "decrypt error"),
        AlertDescription::ProtocolVersion => ("TLSV1", "protocol version"),
        AlertDescription::InsufficientSecurity => ("TLSV1", "insufficient security"),
        AlertDescription::InternalError => ("TLSV1", "internal error"),
        AlertDescription::UserCanceled => ("TLSV1", "user cancelled"),
        AlertDescription::UnrecognisedName => ("TLSV1", "unrecognized name"),
        AlertDescription::NoApplicationProtocol => ("TLSV1", "no application protocol"),
        AlertDescription::CertificateRequired => ("TLSV13", "certificate required"),
        _ => ("TLSV1", "internal error"),
    };
    let reason = format!("{family}_ALERT_{}", words.to_ascii_uppercase().replace(' ', "_"));
    ssl(vm, &reason, &format!("{} alert {words}", family.to_ascii_lowercase()))
}

/// Raises what an error of the TLS library means.
pub fn from_tls(vm: &Vm, e: &Error, unknown: i64, host: Option<&str>) -> Raised {
    match e {
        Error::InvalidCertificate(c) => certificate(vm, c, unknown, host),
        Error::AlertReceived(a) => alert(vm, *a),
        Error::NoCertificatesPresented => ssl(vm, "PEER_DID_NOT_RETURN_A_CERTIFICATE", "peer did not return a certificate"),
        Error::InvalidMessage(_) => ssl(vm, "WRONG_VERSION_NUMBER", "wrong version number"),
        Error::PeerIncompatible(p) => match format!("{p:?}").as_str() {
            p if p.contains("Version") || p.contains("Tls1") => ssl(vm, "UNSUPPORTED_PROTOCOL", "unsupported protocol"),
            p if p.contains("CipherSuite") => ssl(vm, "NO_SHARED_CIPHER", "no shared cipher"),
            _ => ssl(vm, "SSLV3_ALERT_HANDSHAKE_FAILURE", "ssl/tls alert handshake failure"),
        },
        Error::DecryptError => ssl(vm, "DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "decryption failed or bad record mac"),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            ssl(vm, "UNEXPECTED_MESSAGE", "unexpected message")
        }
        Error::NoApplicationProtocol => ssl(vm, "NO_APPLICATION_PROTOCOL", "no application protocol"),
        e => ssl(vm, "INTERNAL_ERROR", &e.to_string()),
    }
}
