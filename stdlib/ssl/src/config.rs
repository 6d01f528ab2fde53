//! What a context has been told, and the TLS library's configurations made of it.

use std::fs::File;
use std::io::Write;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, Error, KeyLog, ServerConfig, SupportedProtocolVersion};

use crate::ciphers::SUITES;
use crate::consts;
use crate::verify::{Trust, Verifier, issuer};

pub const PROTOCOL_TLS: i64 = 2;
pub const PROTOCOL_TLSV1_2: i64 = 5;
pub const PROTOCOL_CLIENT: i64 = 16;
pub const PROTOCOL_SERVER: i64 = 17;
pub const CERT_NONE: i64 = 0;
pub const CERT_OPTIONAL: i64 = 1;
pub const CERT_REQUIRED: i64 = 2;

/// A file that gets session keys, for debugging tools.
pub struct KeyFile {
    file: Mutex<File>,
}

impl KeyFile {
    pub fn new(file: File) -> KeyFile {
        KeyFile { file: Mutex::new(file) }
    }
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyFile")
    }
}

fn hex(b: &[u8]) -> String {
    b.iter().map(|b| format!("{b:02x}")).collect()
}

impl KeyLog for KeyFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        if let Ok(mut f) = self.file.lock() {
            // A log that cannot be written must not end the connection.
            let _ = writeln!(f, "{label} {} {}", hex(client_random), hex(secret));
        }
    }
}

/// The settings of a context.
#[derive(Clone)]
pub struct Settings {
    pub protocol: i64,
    pub options: i64,
    pub verify_mode: i64,
    pub check_hostname: bool,
    pub verify_flags: i64,
    pub host_flags: i64,
    pub minimum: i64,
    pub maximum: i64,
    pub num_tickets: i64,
    pub post_handshake_auth: bool,
    pub ciphers: Vec<usize>,
    pub alpn: Vec<Vec<u8>>,
    pub trust: Trust,
    pub chain: Vec<CertificateDer<'static>>,
    pub key: Option<Arc<PrivateKeyDer<'static>>>,
    pub key_log: Option<Arc<KeyFile>>,
}

impl Settings {
    pub fn new(protocol: i64) -> Settings {
        let client = protocol == PROTOCOL_CLIENT;
        Settings {
            protocol,
            options: consts::DEFAULT_OPTIONS,
            verify_mode: if client { CERT_REQUIRED } else { CERT_NONE },
            check_hostname: client,
            verify_flags: 0x8000,
            host_flags: consts::DEFAULT_HOST_FLAGS,
            minimum: consts::TLS12,
            maximum: if protocol == PROTOCOL_TLSV1_2 { consts::TLS12 } else { consts::MAXIMUM },
            num_tickets: 2,
            post_handshake_auth: false,
            ciphers: (0..SUITES.len()).collect(),
            alpn: vec![],
            trust: Trust::default(),
            chain: vec![],
            key: None,
            key_log: None,
        }
    }
    fn provider(&self) -> CryptoProvider {
        let suites = self.ciphers.iter().map(|i| SUITES[*i].suite).collect();
        CryptoProvider { cipher_suites: suites, ..ring::default_provider() }
    }
    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let low = if self.minimum == consts::MINIMUM { 0 } else { self.minimum };
        let high = if self.maximum == consts::MAXIMUM { i64::MAX } else { self.maximum };
        let allowed = |v: i64, off: i64| (low..=high).contains(&v) && self.options & off == 0;
        let mut out = Vec::new();
        if allowed(consts::TLS13, consts::OP_NO_TLS13) {
            out.push(&TLS13);
        }
        if allowed(consts::TLS12, consts::OP_NO_TLS12) {
            out.push(&TLS12);
        }
        out
    }
    fn key_log_into(&self, log: &mut Arc<dyn KeyLog>) {
        if let Some(k) = &self.key_log {
            *log = k.clone();
        }
    }
    /// The configuration of a client, and its verifier to ask why it refused.
    pub fn client(&self, with_name: bool) -> Result<(ClientConfig, Arc<Verifier>), Error> {
        let provider = Arc::new(self.provider());
        let verifier = Arc::new(Verifier {
            trust: self.trust.clone(),
            algorithms: provider.signature_verification_algorithms,
            chain: self.verify_mode != CERT_NONE,
            name: self.check_hostname,
            issuer: AtomicI64::new(issuer::UNKNOWN),
        });
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions())?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone());
        let mut config = match &self.key {
            Some(key) => builder.with_client_auth_cert(self.chain.clone(), key.clone_key())?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = self.alpn.clone();
        config.enable_sni = with_name;
        self.key_log_into(&mut config.key_log);
        Ok((config, verifier))
    }
    fn client_verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        if self.verify_mode == CERT_NONE {
            return Ok(WebPkiClientVerifier::no_client_auth());
        }
        let mut builder = WebPkiClientVerifier::builder_with_provider(self.trust.store.clone(), provider.clone());
        if self.verify_mode == CERT_OPTIONAL {
            builder = builder.allow_unauthenticated();
        }
        builder.build().map_err(|e| Error::General(e.to_string()))
    }
    /// The configuration of a server.
    pub fn server(&self) -> Result<ServerConfig, Error> {
        let provider = Arc::new(self.provider());
        let verifier = self.client_verifier(&provider)?;
        let builder =
            ServerConfig::builder_with_provider(provider).with_protocol_versions(&self.versions())?.with_client_cert_verifier(verifier);
        let Some(key) = &self.key else { return Err(Error::General("no certificate".to_owned())) };
        let mut config = builder.with_single_cert(self.chain.clone(), key.clone_key())?;
        config.alpn_protocols = self.alpn.clone();
        config.send_tls13_tickets = if self.options & 0x4000 != 0 { 0 } else { self.num_tickets.clamp(0, 255) as usize };
        self.key_log_into(&mut config.key_log);
        Ok(config)
    }
    /// Do key and certificate belong together? Reports what the library says.
    pub fn check_pair(&self) -> Result<(), Error> {
        let Some(key) = &self.key else { return Ok(()) };
        let signer = self.provider().key_provider.load_private_key(key.clone_key())?;
        match rustls::sign::CertifiedKey::new(self.chain.clone(), signer).keys_match() {
            Err(Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
                Err(Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch))
            }
            _ => Ok(()),
        }
    }
}
