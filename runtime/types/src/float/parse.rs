//! Reading floats from text, as `float()` does.

/// The number a text without surrounding space stands for.
pub fn parse_float(s: &[u8]) -> Option<f64> {
    let mut cleaned = Vec::new();
    let s = if s.contains(&b'_') {
        let mut prev = 0u8;
        for &c in s {
            let ok = match (prev, c) {
                (p, b'_') => p.is_ascii_digit(),
                (b'_', c) => c.is_ascii_digit(),
                _ => true,
            };
            if !ok {
                return None;
            }
            if c != b'_' {
                cleaned.push(c);
            }
            prev = c;
        }
        if prev == b'_' {
            return None;
        }
        &cleaned
    } else {
        s
    };
    // Rust's grammar of numbers is Python's.
    std::str::from_utf8(s).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (s, f) in [
            ("1", 1.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("-1e3", -1000.0),
            ("+1E-2", 0.01),
            ("1_0.0_1", 10.01),
            ("1e400", f64::INFINITY),
            ("inf", f64::INFINITY),
            ("-InFiNiTy", f64::NEG_INFINITY),
            ("1e-400", 0.0),
            ("1e1_0", 1e10),
            ("0005", 5.0),
            ("2.2250738585072011e-308", 2.225073858507201e-308),
            ("9007199254740993", 9007199254740992.0),
        ] {
            assert_eq!(parse_float(s.as_bytes()), Some(f), "{s}");
        }
        assert!(parse_float(b"NaN").is_some_and(f64::is_nan));
        for bad in ["", ".", "e5", "1e", "1__0", "_1", "1_", "1_.5", "1._5", "1e_5", "0x1", "1 ", "in", "infi", "nan1", "--1", "1j"] {
            assert_eq!(parse_float(bad.as_bytes()), None, "{bad}");
        }
    }
}
