//! Backslash escapes of bytes (`escape_encode`, `escape_decode`).

use krait_object::prelude::*;

/// As in the repr of bytes, without quotes around.
pub fn encode(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 8);
    for &b in data {
        match b {
            b'\'' | b'\\' => out.extend([b'\\', b]),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b' '..=b'~' => out.push(b),
            _ => out.extend_from_slice(format!("\\x{b:02x}").as_bytes()),
        }
    }
    out
}

/// The warning about an escape that Python does not know.
pub fn warn_invalid(vm: &Vm, invalid: Invalid) -> PyResult<()> {
    let msg = match invalid {
        Invalid::Octal(n) => {
            format!("\"\\{n:o}\" is an invalid octal escape sequence. Such sequences will not work in the future. ")
        }
        Invalid::Char(c) => {
            let c = char::from(c);
            format!("\"\\{c}\" is an invalid escape sequence. Such sequences will not work in the future. ")
        }
    };
    vm.warn(vm.types.deprecation_warning, &msg, 1)
}

/// The first invalid escape met.
#[derive(Copy, Clone)]
pub enum Invalid {
    Octal(u32),
    Char(u8),
}

/// What a simple escape stands for.
pub fn simple(c: u8) -> Option<u8> {
    Some(match c {
        b'\\' | b'\'' | b'"' => c,
        b'b' => 8,
        b'f' => 12,
        b't' => b'\t',
        b'n' => b'\n',
        b'r' => b'\r',
        b'v' => 11,
        b'a' => 7,
        _ => return None,
    })
}

/// Up to three octal digits from `at`: value and count.
pub fn octal(data: &[u8], at: usize) -> (u32, usize) {
    let digits = data[at..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b));
    let n = digits.clone().count();
    (digits.fold(0, |v, b| v * 8 + u32::from(b - b'0')), n)
}

/// Decodes; the warning about invalid escapes is left to the caller's `vm`.
pub fn decode(vm: &Vm, data: &[u8], errors: &str) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len());
    let mut invalid = None;
    let mut i = 0;
    while i < data.len() {
        let b = data[i];
        i += 1;
        if b != b'\\' {
            out.push(b);
            continue;
        }
        let Some(&c) = data.get(i) else { return Err(vm.value_error("Trailing \\ in string")) };
        i += 1;
        match c {
            b'\n' => {}
            b'0'..=b'7' => {
                let (v, n) = octal(data, i - 1);
                i += n - 1;
                if v > 0o377 {
                    invalid = invalid.or(Some(Invalid::Octal(v)));
                }
                out.push(v as u8);
            }
            b'x' => {
                let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
                match (hex(data.get(i)), hex(data.get(i + 1))) {
                    (Some(h), Some(l)) => {
                        out.push((h * 16 + l) as u8);
                        i += 2;
                    }
                    (first, _) => {
                        match errors {
                            "strict" => {
                                return Err(vm.value_error(format!("invalid \\x escape at position {}", i - 2)));
                            }
                            "replace" => out.push(b'?'),
                            "ignore" => {}
                            _ => {
                                return Err(vm.value_error(format!("decoding error; unknown error handling code: {errors}")));
                            }
                        }
                        i += usize::from(first.is_some());
                    }
                }
            }
            _ => match simple(c) {
                Some(v) => out.push(v),
                None => {
                    invalid = invalid.or(Some(Invalid::Char(c)));
                    out.extend([b'\\', c]);
                }
            },
        }
    }
    if let Some(inv) = invalid {
        warn_invalid(vm, inv)?;
    }
    Ok(out)
}
