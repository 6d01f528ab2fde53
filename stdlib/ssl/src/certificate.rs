//! `_ssl.Certificate`, and certificates as dicts.

use krait_macros::{Trace, pyclass};
use krait_object::hash::hash_bytes;
use krait_object::prelude::*;
use krait_stdlib_core::util::{make, no_header};

use crate::cert::Cert;
use crate::errors::{self, Kind};

/// A certificate.
#[repr(C)]
#[derive(Trace)]
pub struct PyCertificate {
    header: Header,
    #[trace(skip)]
    der: Vec<u8>,
}

impl PyCertificate {
    pub fn new(vm: &Vm, der: &[u8]) -> Py<PyCertificate> {
        make(vm, PyCertificate { header: no_header(), der: der.to_vec() })
    }
}

/// The dict of `getpeercert()`.
pub fn certificate_dict(vm: &Vm, der: &[u8]) -> PyResult<Obj> {
    match Cert::parse(der) {
        Some(c) => c.to_dict(vm),
        None => Err(errors::plain(vm, Kind::Ssl, "malformed certificate")),
    }
}

fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in der.chunks(3) {
        let n = chunk.iter().fold(0u32, |v, b| v << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    let mut out = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().map(|b| char::from(*b)));
        out.push('\n');
    }
    out + "-----END CERTIFICATE-----\n"
}

#[pyclass(layout = PyCertificate, name = "Certificate", module = "_ssl", own, no_gc, doc = "", flags(DISALLOW_INSTANTIATION))]
pub mod certificate_class {
    use super::*;

    #[pymethod("public_bytes(self, format=1, /)")]
    fn public_bytes(vm: &Vm, zelf: &PyCertificate, format: i32) -> PyResult<Obj> {
        match format {
            1 => Ok(vm.str(&pem(&zelf.der))),
            2 => Ok(vm.bytes(&zelf.der)),
            _ => Err(vm.value_error("Unsupported format")),
        }
    }
    #[pymethod("get_info(self, /)")]
    fn get_info(vm: &Vm, zelf: &PyCertificate) -> PyResult<Obj> {
        certificate_dict(vm, &zelf.der)
    }
    #[slot(hash)]
    fn hash(vm: &Vm, zelf: &PyCertificate) -> i64 {
        hash_bytes(vm.interp.hash_secret.get(), &zelf.der)
    }
    #[slot(richcompare)]
    fn richcompare(vm: &Vm, zelf: &PyCertificate, other: Ref<'_>, op: CmpOp) -> Obj {
        match (other.downcast::<PyCertificate>(vm), op) {
            (Some(o), CmpOp::Eq) => Obj::bool(zelf.der == o.der),
            (Some(o), CmpOp::Ne) => Obj::bool(zelf.der != o.der),
            _ => vm.not_implemented(),
        }
    }
}
