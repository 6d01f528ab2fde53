//! `int.to_bytes` and `int.from_bytes`.

use dashu_int::IBig;
use krait_object::error::PyResult;
use krait_object::int::IntRef;
use krait_object::vm::Vm;

use super::arith::bit_length;

/// The byte order argument: is it "little"?
pub fn is_little(vm: &Vm, order: &str) -> PyResult<bool> {
    match order {
        "little" => Ok(true),
        "big" => Ok(false),
        _ => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// The value of bytes in two's complement (`signed`) or plain binary.
pub fn from_bytes(data: &[u8], little: bool, signed: bool) -> IBig {
    let mut data = data.to_vec();
    if !little {
        data.reverse();
    }
    // A sign byte makes plain binary non-negative two's complement.
    if !signed || data.is_empty() {
        data.push(0);
    }
    if data.len() <= 8 {
        let fill = if data.last().is_some_and(|b| b & 0x80 != 0) { 0xff } else { 0 };
        data.resize(8, fill);
        return IBig::from(i64::from_le_bytes(data.first_chunk::<8>().copied().unwrap_or_default()));
    }
    IBig::from_le_bytes(&data)
}

/// Writes an int into `n` bytes.
pub fn to_bytes(vm: &Vm, i: IntRef<'_>, n: usize, little: bool, signed: bool) -> PyResult<Vec<u8>> {
    let negative = i.is_negative();
    if negative && !signed {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    }
    if !fits(i, n, signed) {
        return Err(vm.overflow_error("int too big to convert"));
    }
    let mut out = Vec::new();
    if out.try_reserve_exact(n).is_err() {
        return Err(vm.memory_error());
    }
    match i {
        IntRef::Small(i) => out.extend_from_slice(&i.to_le_bytes()),
        IntRef::Big(b) => out.extend_from_slice(&b.to_le_bytes()),
    }
    out.resize(n, if negative { 0xff } else { 0 });
    if !little {
        out.reverse();
    }
    Ok(out)
}

fn fits(i: IntRef<'_>, n: usize, signed: bool) -> bool {
    let room = n as u128 * 8;
    let bits = bit_length(i) as u128;
    if !signed {
        return bits <= room;
    }
    let least = i.is_negative() && super::arith::bit_count(i) == 1;
    // The most negative number has one bit more than its positive neighbour.
    bits < room || (least && bits == room) || bits == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading() {
        let f = |d: &[u8], little, signed| from_bytes(d, little, signed).to_string();
        assert_eq!(f(&[], false, false), "0");
        assert_eq!(f(&[], false, true), "0");
        assert_eq!(f(&[1, 0], false, false), "256");
        assert_eq!(f(&[1, 0], true, false), "1");
        assert_eq!(f(&[0xff], false, true), "-1");
        assert_eq!(f(&[0xff, 0x7f], true, true), "32767");
        assert_eq!(f(&[0xff; 9], true, true), "-1");
        assert_eq!(f(&[0xff; 8], true, false), "18446744073709551615");
        assert_eq!(f(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0], false, true), "-2361183241434822606848");
    }

    #[test]
    fn fitting() {
        assert!(fits(IntRef::Small(-128), 1, true) && !fits(IntRef::Small(-129), 1, true));
        assert!(!fits(IntRef::Small(128), 1, true) && fits(IntRef::Small(255), 1, false));
        assert!(fits(IntRef::Small(0), 0, true) && fits(IntRef::Small(0), 0, false) && !fits(IntRef::Small(-1), 0, true));
        assert!(!fits(IntRef::Small(1), 0, true));
    }
}
