//! A reader of DER, as much of it as certificates need.

/// Elements one after the other.
#[derive(Copy, Clone)]
pub struct Reader<'a>(&'a [u8]);

/// A tagged element.
#[derive(Copy, Clone)]
pub struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    /// Tag, length and content.
    pub whole: &'a [u8],
}

/// Tags by name.
pub mod tag {
    pub const BOOLEAN: u8 = 1;
    pub const INTEGER: u8 = 2;
    pub const OCTET_STRING: u8 = 4;
    pub const OID: u8 = 6;
    pub const BMP_STRING: u8 = 0x1e;
    pub const UTC_TIME: u8 = 0x17;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
}

impl<'a> Reader<'a> {
    pub fn new(data: &'a [u8]) -> Reader<'a> {
        Reader(data)
    }
    /// The next element, if one is there and complete.
    pub fn element(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut len = usize::from(first);
        if first & 0x80 != 0 {
            let n = usize::from(first & 0x7f);
            if n == 0 || n > 4 || rest.len() < n {
                return None;
            }
            len = rest[..n].iter().fold(0, |v, b| v << 8 | usize::from(*b));
            rest = &rest[n..];
        }
        if rest.len() < len {
            return None;
        }
        let header = self.0.len() - rest.len();
        let element = Element { tag, content: &rest[..len], whole: &self.0[..header + len] };
        self.0 = &rest[len..];
        Some(element)
    }
    /// The next element if it has the tag; else nothing is read.
    pub fn tagged(&mut self, tag: u8) -> Option<Element<'a>> {
        if *self.0.first()? == tag { self.element() } else { None }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Element<'a>;
    fn next(&mut self) -> Option<Element<'a>> {
        self.element()
    }
}

impl<'a> Element<'a> {
    pub fn inside(&self) -> Reader<'a> {
        Reader(self.content)
    }
}

/// An object identifier in dotted form.
pub fn dotted(content: &[u8]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut value: u64 = 0;
    for b in content {
        value = value << 7 | u64::from(b & 0x7f);
        if b & 0x80 != 0 {
            continue;
        }
        if parts.is_empty() {
            let first = (value / 40).min(2);
            parts.push(first.to_string());
            value -= first * 40;
        }
        parts.push(value.to_string());
        value = 0;
    }
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        let mut r = Reader::new(&[0x30, 3, 2, 1, 5, 4, 0]);
        let seq = r.next().map(|e| (e.tag, e.content.to_vec()));
        assert_eq!(seq, Some((tag::SEQUENCE, vec![2, 1, 5])));
        assert!(r.tagged(tag::INTEGER).is_none());
        assert_eq!(r.next().map(|e| e.content.len()), Some(0));
        assert!(r.next().is_none());
        assert!(Reader::new(&[4, 5, 1]).next().is_none());
    }

    #[test]
    fn identifiers() {
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]), "1.2.840.113549.1.9.1");
        assert_eq!(dotted(&[0x55, 4, 3]), "2.5.4.3");
    }
}
