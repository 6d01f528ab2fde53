//! Constants of `_ssl`. Their values are OpenSSL's, which programs know and store.

use krait_object::prelude::*;

/// Names and values that the module has as they are.
const INTS: &[(&str, i64)] = &[
    ("CERT_NONE", 0),
    ("CERT_OPTIONAL", 1),
    ("CERT_REQUIRED", 2),
    ("ENCODING_DER", 2),
    ("ENCODING_PEM", 1),
    ("HOSTFLAG_ALWAYS_CHECK_SUBJECT", 1),
    ("HOSTFLAG_MULTI_LABEL_WILDCARDS", 8),
    ("HOSTFLAG_NEVER_CHECK_SUBJECT", 32),
    ("HOSTFLAG_NO_PARTIAL_WILDCARDS", 4),
    ("HOSTFLAG_NO_WILDCARDS", 2),
    ("HOSTFLAG_SINGLE_LABEL_SUBDOMAINS", 16),
    ("OPENSSL_VERSION_NUMBER", VERSION_NUMBER),
    ("OP_ALL", 0x8000_0050),
    ("OP_CIPHER_SERVER_PREFERENCE", 0x40_0000),
    ("OP_ENABLE_KTLS", 8),
    ("OP_ENABLE_MIDDLEBOX_COMPAT", 0x10_0000),
    ("OP_IGNORE_UNEXPECTED_EOF", 0x80),
    ("OP_LEGACY_SERVER_CONNECT", 4),
    ("OP_NO_COMPRESSION", 0x2_0000),
    ("OP_NO_RENEGOTIATION", 0x4000_0000),
    ("OP_NO_SSLv2", 0),
    ("OP_NO_SSLv3", 0x200_0000),
    ("OP_NO_TICKET", 0x4000),
    ("OP_NO_TLSv1", 0x400_0000),
    ("OP_NO_TLSv1_1", 0x1000_0000),
    ("OP_NO_TLSv1_2", OP_NO_TLS12),
    ("OP_NO_TLSv1_3", OP_NO_TLS13),
    ("OP_SINGLE_DH_USE", 0),
    ("OP_SINGLE_ECDH_USE", 0),
    ("PROTOCOL_SSLv23", 2),
    ("PROTOCOL_TLS", 2),
    ("PROTOCOL_TLS_CLIENT", 16),
    ("PROTOCOL_TLS_SERVER", 17),
    ("PROTOCOL_TLSv1_2", 5),
    ("PROTO_MAXIMUM_SUPPORTED", MAXIMUM),
    ("PROTO_MINIMUM_SUPPORTED", MINIMUM),
    ("PROTO_SSLv3", 0x300),
    ("PROTO_TLSv1", 0x301),
    ("PROTO_TLSv1_1", 0x302),
    ("PROTO_TLSv1_2", TLS12),
    ("PROTO_TLSv1_3", TLS13),
    ("SSL_ERROR_EOF", 8),
    ("SSL_ERROR_INVALID_ERROR_CODE", 10),
    ("SSL_ERROR_SSL", 1),
    ("SSL_ERROR_SYSCALL", 5),
    ("SSL_ERROR_WANT_CONNECT", 7),
    ("SSL_ERROR_WANT_READ", 2),
    ("SSL_ERROR_WANT_WRITE", 3),
    ("SSL_ERROR_WANT_X509_LOOKUP", 4),
    ("SSL_ERROR_ZERO_RETURN", 6),
    ("VERIFY_ALLOW_PROXY_CERTS", 64),
    ("VERIFY_CRL_CHECK_CHAIN", 12),
    ("VERIFY_CRL_CHECK_LEAF", 4),
    ("VERIFY_DEFAULT", 0),
    ("VERIFY_X509_PARTIAL_CHAIN", 0x8_0000),
    ("VERIFY_X509_STRICT", 32),
    ("VERIFY_X509_TRUSTED_FIRST", 0x8000),
];

/// What this implementation can do.
const FLAGS: &[(&str, bool)] = &[
    ("HAS_ALPN", true),
    ("HAS_ECDH", true),
    ("HAS_NPN", false),
    ("HAS_PHA", false),
    ("HAS_PSK", false),
    ("HAS_SNI", true),
    ("HAS_SSLv2", false),
    ("HAS_SSLv3", false),
    ("HAS_TLS_UNIQUE", false),
    ("HAS_TLSv1", false),
    ("HAS_TLSv1_1", false),
    ("HAS_TLSv1_2", true),
    ("HAS_TLSv1_3", true),
];

const ALERTS: &[(&str, i64)] = &[
    ("ACCESS_DENIED", 49),
    ("BAD_CERTIFICATE", 42),
    ("BAD_CERTIFICATE_HASH_VALUE", 114),
    ("BAD_CERTIFICATE_STATUS_RESPONSE", 113),
    ("BAD_RECORD_MAC", 20),
    ("CERTIFICATE_EXPIRED", 45),
    ("CERTIFICATE_REVOKED", 44),
    ("CERTIFICATE_UNKNOWN", 46),
    ("CERTIFICATE_UNOBTAINABLE", 111),
    ("CLOSE_NOTIFY", 0),
    ("DECODE_ERROR", 50),
    ("DECOMPRESSION_FAILURE", 30),
    ("DECRYPT_ERROR", 51),
    ("HANDSHAKE_FAILURE", 40),
    ("ILLEGAL_PARAMETER", 47),
    ("INSUFFICIENT_SECURITY", 71),
    ("INTERNAL_ERROR", 80),
    ("NO_RENEGOTIATION", 100),
    ("PROTOCOL_VERSION", 70),
    ("RECORD_OVERFLOW", 22),
    ("UNEXPECTED_MESSAGE", 10),
    ("UNKNOWN_CA", 48),
    ("UNKNOWN_PSK_IDENTITY", 115),
    ("UNRECOGNIZED_NAME", 112),
    ("UNSUPPORTED_CERTIFICATE", 43),
    ("UNSUPPORTED_EXTENSION", 110),
    ("USER_CANCELLED", 90),
];

/// The version of OpenSSL's interface that the module follows; programs test for it.
const VERSION_NUMBER: i64 = 0x3000_0000;
const VERSION_INFO: [i64; 5] = [3, 0, 0, 0, 0];

pub const TLS12: i64 = 0x303;
pub const TLS13: i64 = 0x304;
pub const MINIMUM: i64 = -2;
pub const MAXIMUM: i64 = -1;
pub const OP_NO_TLS12: i64 = 0x800_0000;
pub const OP_NO_TLS13: i64 = 0x2000_0000;
/// The options of a new context.
pub const DEFAULT_OPTIONS: i64 = 0x8252_0050;
/// Host flags of a new context: no partial wildcards.
pub const DEFAULT_HOST_FLAGS: i64 = 4;

/// Puts all constants into the module.
pub fn add(vm: &Vm, module: &PyModule) -> PyResult<()> {
    for (name, value) in INTS {
        module.add(vm, name, vm.int_i64(*value))?;
    }
    for (name, value) in FLAGS {
        module.add(vm, name, Obj::bool(*value))?;
    }
    for (name, value) in ALERTS {
        module.add(vm, &format!("ALERT_DESCRIPTION_{name}"), vm.int_i64(*value))?;
    }
    let version = || vm.tuple(VERSION_INFO.iter().map(|v| Obj::small(*v)).collect());
    module.add(vm, "OPENSSL_VERSION_INFO", version())?;
    module.add(vm, "_OPENSSL_API_VERSION", version())?;
    module.add(vm, "OPENSSL_VERSION", vm.str("OpenSSL 3.0.0 (rustls)"))?;
    module.add(vm, "_DEFAULT_CIPHERS", vm.str(crate::ciphers::DEFAULT))
}
