//! Checking the peer's certificate as a context asks for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::cert::Cert;

/// OpenSSL's numbers for an issuer that is not known.
pub mod issuer {
    pub const SELF_SIGNED_LEAF: i64 = 18;
    pub const SELF_SIGNED_IN_CHAIN: i64 = 19;
    pub const UNKNOWN: i64 = 20;
}

/// The certificates that a context trusts.
#[derive(Clone)]
pub struct Trust {
    pub store: Arc<RootCertStore>,
    pub certs: Vec<CertificateDer<'static>>,
}

impl Default for Trust {
    fn default() -> Trust {
        Trust { store: Arc::new(RootCertStore::empty()), certs: vec![] }
    }
}

impl Trust {
    /// Adds a certificate, if it is not there yet.
    pub fn add(&mut self, cert: CertificateDer<'static>) {
        if !self.certs.contains(&cert) {
            // A certificate the library cannot use as an anchor may still be the peer's own.
            let _ = Arc::make_mut(&mut self.store).add(cert.clone());
            self.certs.push(cert);
        }
    }
}

/// What a client checks.
pub struct Verifier {
    pub trust: Trust,
    pub algorithms: WebPkiSupportedAlgorithms,
    /// Must the chain lead to a trusted certificate?
    pub chain: bool,
    /// Must the certificate be for the host?
    pub name: bool,
    /// Why an issuer was not known.
    pub issuer: AtomicI64,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("chain", &self.chain).field("name", &self.name).finish_non_exhaustive()
    }
}

fn is_self_signed(der: &[u8]) -> bool {
    Cert::parse(der).is_some_and(|c| c.is_self_issued())
}

impl Verifier {
    fn note_issuer(&self, leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) {
        let code = if is_self_signed(leaf) {
            issuer::SELF_SIGNED_LEAF
        } else if rest.last().is_some_and(|c| is_self_signed(c)) {
            issuer::SELF_SIGNED_IN_CHAIN
        } else {
            issuer::UNKNOWN
        };
        self.issuer.store(code, Ordering::Relaxed);
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.chain {
            return Ok(ServerCertVerified::assertion());
        }
        // A trusted certificate may be the server's own, as self-signed ones are.
        let own = self.trust.certs.iter().any(|c| c.as_ref() == end_entity.as_ref());
        let parsed = match ParsedCertificate::try_from(end_entity) {
            Ok(p) => p,
            Err(_) if own && !self.name => return Ok(ServerCertVerified::assertion()),
            Err(e) => return Err(e),
        };
        if !own {
            verify_server_cert_signed_by_trust_anchor(&parsed, &self.trust.store, intermediates, now, self.algorithms.all).map_err(
                |e| match e {
                    Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                        self.note_issuer(end_entity, intermediates);
                        e
                    }
                    // The library says first that a self-signed certificate is no leaf.
                    Error::InvalidCertificate(_) if is_self_signed(end_entity) => {
                        self.issuer.store(issuer::SELF_SIGNED_LEAF, Ordering::Relaxed);
                        Error::InvalidCertificate(CertificateError::UnknownIssuer)
                    }
                    e => e,
                },
            )?;
        }
        if self.name {
            verify_server_name(&parsed, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
