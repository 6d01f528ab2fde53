//! Functions on numbers, and hashes.

use krait_macros::pymodule;
use krait_object::prelude::*;
use krait_object::protocol::number::BinOp;

/// The digits of an integer under a prefix: `-0xff`.
fn to_base(vm: &Vm, number: Ref<'_>, prefix: &str, radix: u32) -> PyResult<String> {
    let i = vm.index(number)?;
    let Some(i) = i.r().as_int(vm) else { return Err(vm.system_error("__index__ gave no int")) };
    let digits = match i {
        IntRef::Small(i) => {
            let m = i.unsigned_abs();
            match radix {
                2 => format!("{m:b}"),
                8 => format!("{m:o}"),
                _ => format!("{m:x}"),
            }
        }
        IntRef::Big(b) => b.in_radix(radix).to_string().trim_start_matches('-').to_owned(),
    };
    let sign = if i.is_negative() { "-" } else { "" };
    Ok(format!("{sign}{prefix}{digits}"))
}

#[pymodule(name = "builtins")]
pub mod part {
    use super::*;

    /// Return the absolute value of the argument.
    #[pyfunction("abs(number, /)")]
    fn abs(vm: &Vm, number: Ref<'_>) -> PyResult<Obj> {
        vm.absolute(number)
    }
    /// Return the binary representation of an integer.
    ///
    ///    >>> bin(2796202)
    ///    '0b1010101010101010101010'
    #[pyfunction("bin(integer, /)", quiet)]
    fn bin(vm: &Vm, integer: Ref<'_>) -> PyResult<String> {
        to_base(vm, integer, "0b", 2)
    }
    /// Return the octal representation of an integer.
    ///
    ///    >>> oct(342391)
    ///    '0o1234567'
    #[pyfunction("oct(integer, /)", quiet)]
    fn oct(vm: &Vm, integer: Ref<'_>) -> PyResult<String> {
        to_base(vm, integer, "0o", 8)
    }
    /// Return the hexadecimal representation of an integer.
    ///
    ///    >>> hex(12648430)
    ///    '0xc0ffee'
    #[pyfunction("hex(integer, /)", quiet)]
    fn hex(vm: &Vm, integer: Ref<'_>) -> PyResult<String> {
        to_base(vm, integer, "0x", 16)
    }
    /// Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.
    #[pyfunction("divmod(x, y, /)", quiet)]
    fn divmod(vm: &Vm, x: Ref<'_>, y: Ref<'_>) -> PyResult<Obj> {
        vm.binary(BinOp::DivMod, x, y)
    }
    /// Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.
    ///
    /// Some types, such as ints, are able to use a more efficient algorithm when
    /// invoked using the three argument form.
    #[pyfunction("pow(base, exp, mod=None)", quiet)]
    fn pow(vm: &Vm, base: Ref<'_>, exp: Ref<'_>, r#mod: Ref<'_>) -> PyResult<Obj> {
        vm.power(base, exp, r#mod)
    }
    /// Round a number to a given precision in decimal digits.
    ///
    /// The return value is an integer if ndigits is omitted or None.  Otherwise
    /// the return value has the same type as the number.  ndigits may be negative.
    #[pyfunction("round(number, ndigits=None)", quiet)]
    fn round(vm: &Vm, number: Ref<'_>, ndigits: Option<Ref<'_>>) -> PyResult<Obj> {
        let Some(m) = vm.lookup_special(number, vm.names().__round__)? else {
            let text = format!("type {} doesn't define __round__ method", number.ty(vm).tp_name());
            return Err(vm.type_error(text));
        };
        match ndigits {
            Some(n) => vm.call1(m.r(), n),
            None => vm.call0(m.r()),
        }
    }
    /// Return the hash value for the given object.
    ///
    /// Two objects that compare equal must also have the same hash value, but the
    /// reverse is not necessarily true.
    #[pyfunction("hash(obj, /)", quiet)]
    fn hash(vm: &Vm, obj: Ref<'_>) -> PyResult<i64> {
        vm.hash(obj)
    }
}
