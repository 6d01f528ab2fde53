//! Where certificates that the system trusts are found.

/// The variables and OpenSSL's usual places.
pub const FILE_VARIABLE: &str = "SSL_CERT_FILE";
pub const DIR_VARIABLE: &str = "SSL_CERT_DIR";

const FILES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
];
pub const DIR: &str = "/etc/ssl/certs";

/// The bundle of this system, or the commonest name.
pub fn system_file() -> &'static str {
    FILES.iter().find(|f| std::path::Path::new(f).exists()).unwrap_or(&FILES[4])
}

/// File and directory, the variables considered.
pub fn defaults() -> (String, String) {
    let or = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    (or(FILE_VARIABLE, system_file()), or(DIR_VARIABLE, DIR))
}
