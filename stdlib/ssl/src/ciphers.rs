//! Cipher suites: OpenSSL's names for them, and lists of suites in OpenSSL's notation.

use krait_object::prelude::*;
use rustls::crypto::ring::cipher_suite as suite;
use rustls::{CipherSuite, SupportedCipherSuite};

/// The cipher list of new contexts.
pub const DEFAULT: &str = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";

/// A suite under OpenSSL's name.
pub struct Suite {
    pub name: &'static str,
    pub suite: SupportedCipherSuite,
    pub bits: i64,
    /// Words of the notation that select it.
    tags: &'static [&'static str],
    /// Belongs to TLS 1.3, whose suites cipher lists leave alone.
    pub tls13: bool,
}

const AES: &[&str] = &["ALL", "DEFAULT", "HIGH", "ECDH", "ECDHE", "KECDHE", "EECDH", "AES", "AESGCM", "AEAD", "TLSV1.2"];
const CHACHA: &[&str] = &["ALL", "DEFAULT", "HIGH", "ECDH", "ECDHE", "KECDHE", "EECDH", "CHACHA20", "AEAD", "TLSV1.2"];

const fn modern(name: &'static str, suite: SupportedCipherSuite, bits: i64) -> Suite {
    Suite { name, suite, bits, tags: &[], tls13: true }
}

/// All suites, best first.
pub static SUITES: [Suite; 9] = [
    modern("TLS_AES_256_GCM_SHA384", suite::TLS13_AES_256_GCM_SHA384, 256),
    modern("TLS_CHACHA20_POLY1305_SHA256", suite::TLS13_CHACHA20_POLY1305_SHA256, 256),
    modern("TLS_AES_128_GCM_SHA256", suite::TLS13_AES_128_GCM_SHA256, 128),
    Suite {
        name: "ECDHE-ECDSA-AES256-GCM-SHA384",
        suite: suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        bits: 256,
        tags: AES,
        tls13: false,
    },
    Suite { name: "ECDHE-RSA-AES256-GCM-SHA384", suite: suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, bits: 256, tags: AES, tls13: false },
    Suite {
        name: "ECDHE-ECDSA-AES128-GCM-SHA256",
        suite: suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        bits: 128,
        tags: AES,
        tls13: false,
    },
    Suite { name: "ECDHE-RSA-AES128-GCM-SHA256", suite: suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, bits: 128, tags: AES, tls13: false },
    Suite {
        name: "ECDHE-ECDSA-CHACHA20-POLY1305",
        suite: suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        bits: 256,
        tags: CHACHA,
        tls13: false,
    },
    Suite {
        name: "ECDHE-RSA-CHACHA20-POLY1305",
        suite: suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        bits: 256,
        tags: CHACHA,
        tls13: false,
    },
];

impl Suite {
    fn matches(&self, words: &str) -> bool {
        let name = self.name.to_ascii_uppercase();
        words.split('+').all(|w| {
            let w = w.to_ascii_uppercase();
            let auth = matches!(w.as_str(), "ARSA" | "AECDSA") && name.split('-').any(|p| p == &w[1..]);
            name == w || self.tags.contains(&w.as_str()) || name.split('-').any(|p| p == w) || auth
        })
    }
}

/// The indices a cipher list selects, TLS 1.3 suites first; none if no older suite is left.
pub fn select(list: &str) -> Option<Vec<usize>> {
    let old: Vec<usize> = (0..SUITES.len()).filter(|i| !SUITES[*i].tls13).collect();
    let mut chosen: Vec<usize> = Vec::new();
    let mut banned: Vec<usize> = Vec::new();
    for word in list.split([':', ',', ' ', ';']).filter(|w| !w.is_empty() && !w.starts_with('@')) {
        let (sign, word) = match word.as_bytes()[0] {
            c @ (b'!' | b'-' | b'+') => (c, &word[1..]),
            _ => (b' ', word),
        };
        let hits: Vec<usize> = old.iter().copied().filter(|i| SUITES[*i].matches(word)).collect();
        match sign {
            b'!' => {
                chosen.retain(|i| !hits.contains(i));
                banned.extend(hits);
            }
            b'-' => chosen.retain(|i| !hits.contains(i)),
            b'+' => {
                let (moved, kept): (Vec<_>, Vec<_>) = chosen.iter().partition(|i| hits.contains(i));
                chosen = kept.into_iter().chain(moved).collect();
            }
            _ => {
                for i in hits {
                    if !chosen.contains(&i) && !banned.contains(&i) {
                        chosen.push(i);
                    }
                }
            }
        }
    }
    if chosen.is_empty() {
        return None;
    }
    let modern = (0..SUITES.len()).filter(|i| SUITES[*i].tls13);
    Some(modern.chain(chosen).collect())
}

/// A negotiated suite.
pub fn of(suite: CipherSuite) -> Option<&'static Suite> {
    SUITES.iter().find(|s| s.suite.suite() == suite)
}

/// Name, protocol and key size, as `cipher()` gives them.
pub fn triple(vm: &Vm, s: &Suite) -> Obj {
    let protocol = if s.tls13 { "TLSv1.3" } else { "TLSv1.2" };
    vm.tuple(vec![vm.str(s.name), vm.str(protocol), Obj::small(s.bits)])
}

/// A suite as `get_ciphers()` describes it.
pub fn describe(vm: &Vm, s: &Suite) -> PyResult<Obj> {
    let d = PyDict::new(vm);
    let chacha = s.name.contains("CHACHA20");
    let (symmetric, short) = match (chacha, s.bits) {
        (true, _) => ("chacha20-poly1305", "CHACHA20/POLY1305(256)".to_owned()),
        (false, 128) => ("aes-128-gcm", "AESGCM(128)".to_owned()),
        (false, _) => ("aes-256-gcm", "AESGCM(256)".to_owned()),
    };
    let (protocol, kx, auth) = match (s.tls13, s.name.contains("ECDSA")) {
        (true, _) => ("TLSv1.3", "any", "any"),
        (false, true) => ("TLSv1.2", "ECDH", "ECDSA"),
        (false, false) => ("TLSv1.2", "ECDH", "RSA"),
    };
    let text = format!("{:<30} {protocol} Kx={kx:<8} Au={auth:<5} Enc={short:<22} Mac=AEAD", s.name);
    d.set_item_str(vm, "id", vm.int_i64(0x0300_0000 | i64::from(u16::from(s.suite.suite()))))?;
    d.set_item_str(vm, "name", vm.str(s.name))?;
    d.set_item_str(vm, "protocol", vm.str(protocol))?;
    d.set_item_str(vm, "description", vm.str(&text))?;
    d.set_item_str(vm, "strength_bits", Obj::small(s.bits))?;
    d.set_item_str(vm, "alg_bits", Obj::small(s.bits))?;
    d.set_item_str(vm, "aead", Obj::bool(true))?;
    d.set_item_str(vm, "symmetric", vm.str(symmetric))?;
    d.set_item_str(vm, "digest", Obj::none())?;
    d.set_item_str(vm, "kea", vm.str(if s.tls13 { "kx-any" } else { "kx-ecdhe" }))?;
    d.set_item_str(vm, "auth", vm.str(&format!("auth-{}", auth.to_ascii_lowercase())))?;
    Ok(d.into_obj())
}
