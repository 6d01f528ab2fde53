//! Certificates as `getpeercert()` shows them.

use krait_object::prelude::*;

use crate::der::{Element, Reader, dotted, tag};
use crate::oids;

/// The parts of a certificate, still encoded.
pub struct Cert<'a> {
    version: i64,
    serial: &'a [u8],
    pub issuer: Element<'a>,
    not_before: Element<'a>,
    not_after: Element<'a>,
    pub subject: Element<'a>,
    extensions: Vec<(String, &'a [u8])>,
}

impl<'a> Cert<'a> {
    pub fn parse(der: &'a [u8]) -> Option<Cert<'a>> {
        let outer = Reader::new(der).tagged(tag::SEQUENCE)?;
        let mut r = outer.inside().tagged(tag::SEQUENCE)?.inside();
        let version = match r.tagged(0xa0) {
            Some(v) => v.inside().tagged(tag::INTEGER)?.content.iter().fold(0, |v, b| v << 8 | i64::from(*b)) + 1,
            None => 1,
        };
        let serial = r.tagged(tag::INTEGER)?.content;
        r.tagged(tag::SEQUENCE)?;
        let issuer = r.tagged(tag::SEQUENCE)?;
        let mut validity = r.tagged(tag::SEQUENCE)?.inside();
        let (not_before, not_after) = (validity.next()?, validity.next()?);
        let subject = r.tagged(tag::SEQUENCE)?;
        r.tagged(tag::SEQUENCE)?;
        let mut extensions = Vec::new();
        for e in r {
            if e.tag == 0xa3 {
                for ext in e.inside().tagged(tag::SEQUENCE)?.inside() {
                    let mut parts = ext.inside();
                    let id = dotted(parts.tagged(tag::OID)?.content);
                    parts.tagged(tag::BOOLEAN);
                    extensions.push((id, parts.tagged(tag::OCTET_STRING)?.content));
                }
            }
        }
        Some(Cert { version, serial, issuer, not_before, not_after, subject, extensions })
    }
    /// Issued by itself?
    pub fn is_self_issued(&self) -> bool {
        self.issuer.content == self.subject.content
    }
    fn extension(&self, id: &str) -> Option<&'a [u8]> {
        self.extensions.iter().find(|e| e.0 == id).map(|e| e.1)
    }
    /// May the certificate sign others?
    pub fn is_ca(&self) -> bool {
        let basic = self.extension("2.5.29.19").and_then(|d| Reader::new(d).tagged(tag::SEQUENCE));
        match basic {
            Some(b) => b.inside().tagged(tag::BOOLEAN).is_some_and(|b| b.content != [0]),
            None => self.version == 1 && self.is_self_issued(),
        }
    }
    /// The dict of `getpeercert()`.
    pub fn to_dict(&self, vm: &Vm) -> PyResult<Obj> {
        let d = PyDict::new(vm);
        d.set_item_str(vm, "subject", name(vm, &self.subject))?;
        d.set_item_str(vm, "issuer", name(vm, &self.issuer))?;
        d.set_item_str(vm, "version", vm.int_i64(self.version))?;
        d.set_item_str(vm, "serialNumber", vm.str(&serial(self.serial)))?;
        d.set_item_str(vm, "notBefore", vm.str(&time(&self.not_before)))?;
        d.set_item_str(vm, "notAfter", vm.str(&time(&self.not_after)))?;
        if let Some(names) = self.extension("2.5.29.17").and_then(|e| Reader::new(e).tagged(tag::SEQUENCE)) {
            let items = names.inside().map(|n| general_name(vm, &n)).collect();
            d.set_item_str(vm, "subjectAltName", vm.tuple(items))?;
        }
        for (key, id) in [("OCSP", "1.3.6.1.5.5.7.48.1"), ("caIssuers", "1.3.6.1.5.5.7.48.2")] {
            let urls = self.access(id);
            if !urls.is_empty() {
                d.set_item_str(vm, key, vm.tuple(urls.iter().map(|u| vm.str(u)).collect()))?;
            }
        }
        let points = self.crl_points();
        if !points.is_empty() {
            d.set_item_str(vm, "crlDistributionPoints", vm.tuple(points.iter().map(|u| vm.str(u)).collect()))?;
        }
        Ok(d.into_obj())
    }
    /// Addresses of the authority for a purpose.
    fn access(&self, id: &str) -> Vec<String> {
        let Some(seq) = self.extension("1.3.6.1.5.5.7.1.1").and_then(|e| Reader::new(e).tagged(tag::SEQUENCE)) else { return vec![] };
        let one = |d: Element<'_>| {
            let mut r = d.inside();
            let method = dotted(r.tagged(tag::OID)?.content);
            let location = r.next()?;
            (method == id && location.tag == 0x86).then(|| latin1(location.content))
        };
        seq.inside().filter_map(one).collect()
    }
    fn crl_points(&self) -> Vec<String> {
        let Some(seq) = self.extension("2.5.29.31").and_then(|e| Reader::new(e).tagged(tag::SEQUENCE)) else { return vec![] };
        let mut out = Vec::new();
        for point in seq.inside() {
            let full = point.inside().tagged(0xa0).and_then(|n| n.inside().tagged(0xa0));
            if let Some(full) = full {
                out.extend(full.inside().filter(|n| n.tag == 0x86).map(|n| latin1(n.content)));
            }
        }
        out
    }
}

fn latin1(b: &[u8]) -> String {
    b.iter().map(|b| char::from(*b)).collect()
}

fn text(e: &Element<'_>) -> String {
    if e.tag == tag::BMP_STRING {
        let units = e.content.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]]));
        return char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    }
    String::from_utf8(e.content.to_vec()).unwrap_or_else(|_| latin1(e.content))
}

/// A distinguished name: a tuple of sets of pairs.
fn name(vm: &Vm, e: &Element<'_>) -> Obj {
    let mut sets = Vec::new();
    for set in e.inside() {
        let pairs = set.inside().filter_map(|p| {
            let mut r = p.inside();
            let id = dotted(r.tagged(tag::OID)?.content);
            let key = oids::by_dotted(&id).map_or(id.as_str(), |o| o.2);
            Some(vm.tuple(vec![vm.str(key), vm.str(&text(&r.next()?))]))
        });
        sets.push(vm.tuple(pairs.collect()));
    }
    vm.tuple(sets)
}

fn general_name(vm: &Vm, n: &Element<'_>) -> Obj {
    let pair = |kind: &str, value: Obj| vm.tuple(vec![vm.str(kind), value]);
    match n.tag & 0x1f {
        1 => pair("email", vm.str(&latin1(n.content))),
        2 => pair("DNS", vm.str(&latin1(n.content))),
        4 => match n.inside().next() {
            Some(dn) => pair("DirName", name(vm, &dn)),
            None => pair("DirName", vm.tuple(vec![])),
        },
        6 => pair("URI", vm.str(&latin1(n.content))),
        7 => pair("IP Address", vm.str(&address(n.content))),
        8 => pair("Registered ID", vm.str(&dotted(n.content))),
        0 => pair("othername", vm.str("<unsupported>")),
        _ => pair("<unsupported>", vm.str("<unsupported>")),
    }
}

fn address(b: &[u8]) -> String {
    match b.len() {
        4 => b.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        16 => b.chunks(2).map(|c| format!("{:X}", u16::from_be_bytes([c[0], c[1]]))).collect::<Vec<_>>().join(":"),
        _ => "<invalid>".to_owned(),
    }
}

fn serial(b: &[u8]) -> String {
    let b = if b.len() > 1 && b[0] == 0 { &b[1..] } else { b };
    b.iter().map(|b| format!("{b:02X}")).collect()
}

/// `Aug 29 14:23:15 2018 GMT`.
fn time(e: &Element<'_>) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let t = latin1(e.content);
    let (year, rest) = if e.tag == tag::UTC_TIME {
        let Some((yy, rest)) = t.split_at_checked(2) else { return t };
        let century = if yy < "50" { "20" } else { "19" };
        (format!("{century}{yy}"), rest)
    } else {
        let Some((y, rest)) = t.split_at_checked(4) else { return t };
        (y.to_owned(), rest)
    };
    let part = |i: usize| rest.get(i..i + 2).unwrap_or("00");
    let month = part(0).parse::<usize>().unwrap_or(1).clamp(1, 12);
    let day = part(2).trim_start_matches('0');
    format!("{} {day:>2} {}:{}:{} {year} GMT", MONTHS[month - 1], part(4), part(6), part(8))
}
