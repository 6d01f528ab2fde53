//! `_kdf`: the key derivations of `hashlib`, which others take from OpenSSL.

use krait_macros::pymodule;
use krait_object::prelude::*;
use pbkdf2::pbkdf2_hmac as derive;

/// Derives a key with the hash of a name; `None` if there is no such hash.
fn pbkdf2(name: &str, password: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) -> Option<()> {
    match name {
        "md5" => derive::<md5::Md5>(password, salt, rounds, out),
        "sha1" => derive::<sha1::Sha1>(password, salt, rounds, out),
        "sha224" => derive::<sha2::Sha224>(password, salt, rounds, out),
        "sha256" => derive::<sha2::Sha256>(password, salt, rounds, out),
        "sha384" => derive::<sha2::Sha384>(password, salt, rounds, out),
        "sha512" => derive::<sha2::Sha512>(password, salt, rounds, out),
        "sha3_224" => derive::<sha3::Sha3_224>(password, salt, rounds, out),
        "sha3_256" => derive::<sha3::Sha3_256>(password, salt, rounds, out),
        "sha3_384" => derive::<sha3::Sha3_384>(password, salt, rounds, out),
        "sha3_512" => derive::<sha3::Sha3_512>(password, salt, rounds, out),
        _ => return None,
    }
    Some(())
}

/// Bytes of a digest, which are the default length of a key.
fn digest_size(name: &str) -> Option<usize> {
    Some(match name {
        "md5" => 16,
        "sha1" => 20,
        "sha224" | "sha3_224" => 28,
        "sha256" | "sha3_256" => 32,
        "sha384" | "sha3_384" => 48,
        "sha512" | "sha3_512" => 64,
        _ => return None,
    })
}

/// Memory that scrypt may take when no limit is given.
const SCRYPT_MEMORY: u64 = 32 << 20;

/// Key derivation functions of hashlib.
#[pymodule(name = "_kdf")]
pub mod kdf_module {
    use super::*;

    /// Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function.
    #[pyfunction("pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None)")]
    fn pbkdf2_hmac(
        vm: &Vm,
        hash_name: &str,
        password: BufferArg,
        salt: BufferArg,
        iterations: i64,
        dklen: Option<i64>,
    ) -> PyResult<Vec<u8>> {
        let name = hash_name.to_ascii_lowercase().replace('-', "_");
        let Some(size) = digest_size(&name) else { return Err(vm.value_error(format!("unsupported hash type {hash_name}"))) };
        if iterations < 1 {
            return Err(vm.value_error("iteration value must be greater than 0."));
        }
        let Ok(rounds) = u32::try_from(iterations) else { return Err(vm.overflow_error("iteration value is too great.")) };
        let len = match dklen {
            None => size,
            Some(n) if n < 1 => return Err(vm.value_error("key length must be greater than 0.")),
            Some(n) if n > i64::from(i32::MAX) => return Err(vm.overflow_error("key length is too great.")),
            Some(n) => n as usize,
        };
        let (password, salt) = (password.as_slice().to_vec(), salt.as_slice().to_vec());
        let mut out = krait_object::memory::zeroed(len);
        vm.allow_threads(|| pbkdf2(&name, &password, &salt, rounds, &mut out));
        Ok(out)
    }
    /// scrypt password-based key derivation function.
    #[pyfunction("scrypt(password, *, salt, n, r, p, maxmem=0, dklen=64)")]
    fn scrypt(vm: &Vm, password: BufferArg, salt: BufferArg, n: u64, r: u64, p: u64, maxmem: i64, dklen: i64) -> PyResult<Vec<u8>> {
        if n < 2 || !n.is_power_of_two() {
            return Err(vm.value_error("n must be a power of 2."));
        }
        if !(0..=i64::from(i32::MAX)).contains(&maxmem) {
            return Err(vm.value_error(format!("maxmem must be positive and smaller than {}", i32::MAX)));
        }
        if !(1..=i64::from(i32::MAX)).contains(&dklen) {
            return Err(vm.value_error(format!("dklen must be greater than 0 and smaller than {}", i32::MAX)));
        }
        let bad = || vm.value_error("Invalid parameter combination for n, r, p, maxmem.");
        let limit = if maxmem == 0 { SCRYPT_MEMORY } else { maxmem as u64 };
        let need = n.checked_add(p).and_then(|k| k.checked_add(2)).and_then(|k| r.checked_mul(128)?.checked_mul(k));
        if need.is_none_or(|need| need > limit) {
            return Err(bad());
        }
        let (Ok(r), Ok(p)) = (u32::try_from(r), u32::try_from(p)) else { return Err(bad()) };
        let log = n.trailing_zeros() as u8;
        let Ok(params) = ::scrypt::Params::new(log, r, p, ::scrypt::Params::RECOMMENDED_LEN) else { return Err(bad()) };
        let (password, salt) = (password.as_slice().to_vec(), salt.as_slice().to_vec());
        let mut out = krait_object::memory::zeroed(dklen as usize);
        match vm.allow_threads(|| ::scrypt::scrypt(&password, &salt, &params, &mut out)) {
            Ok(()) => Ok(out),
            Err(_) => Err(bad()),
        }
    }
}
