//! What arithmetic needs to know of a context, and the conditions it signals.

use super::coeff::Coeff;
use super::decimal::Dec;

/// Limits of precision and exponents.
pub const MAX_PREC: i64 = 999_999_999_999_999_999;
pub const MAX_EMAX: i64 = 999_999_999_999_999_999;
pub const MIN_EMIN: i64 = -MAX_EMAX;
pub const MIN_ETINY: i64 = MIN_EMIN - (MAX_PREC - 1);

/// Conditions, as bits of a set. Several refine `InvalidOperation`.
pub type Status = u32;

pub const CLAMPED: Status = 0x1;
pub const CONVERSION_SYNTAX: Status = 0x2;
pub const DIVISION_BY_ZERO: Status = 0x4;
pub const DIVISION_IMPOSSIBLE: Status = 0x8;
pub const DIVISION_UNDEFINED: Status = 0x10;
pub const INEXACT: Status = 0x40;
pub const INVALID_CONTEXT: Status = 0x80;
pub const INVALID_OPERATION: Status = 0x100;
pub const MALLOC_ERROR: Status = 0x200;
pub const OVERFLOW: Status = 0x800;
pub const ROUNDED: Status = 0x1000;
pub const SUBNORMAL: Status = 0x2000;
pub const UNDERFLOW: Status = 0x4000;
pub const FLOAT_OPERATION: Status = 0x400;

/// The conditions the `InvalidOperation` signal stands for.
pub const ANY_INVALID: Status =
    CONVERSION_SYNTAX | DIVISION_IMPOSSIBLE | DIVISION_UNDEFINED | 0x20 | INVALID_CONTEXT | INVALID_OPERATION | MALLOC_ERROR;
/// Conditions that are errors rather than notes about rounding.
pub const ERRORS: Status = ANY_INVALID | DIVISION_BY_ZERO;

/// Rounding modes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Round {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    /// Away from zero if the last digit is 0 or 5.
    ZeroFiveUp,
}

/// Every mode with its name.
pub const ROUNDINGS: [(Round, &str); 8] = [
    (Round::Up, "ROUND_UP"),
    (Round::Down, "ROUND_DOWN"),
    (Round::Ceiling, "ROUND_CEILING"),
    (Round::Floor, "ROUND_FLOOR"),
    (Round::HalfUp, "ROUND_HALF_UP"),
    (Round::HalfDown, "ROUND_HALF_DOWN"),
    (Round::HalfEven, "ROUND_HALF_EVEN"),
    (Round::ZeroFiveUp, "ROUND_05UP"),
];

/// The arithmetic part of a context.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Ctx {
    pub prec: i64,
    pub emax: i64,
    pub emin: i64,
    pub round: Round,
    pub clamp: bool,
}

impl Ctx {
    /// The widest context: what does not fit it cannot be represented.
    pub const MAX: Ctx = Ctx { prec: MAX_PREC, emax: MAX_EMAX, emin: MIN_EMIN, round: Round::HalfEven, clamp: false };

    /// Smallest exponent of a subnormal number.
    #[inline(always)]
    pub fn etiny(&self) -> i64 {
        self.emin - (self.prec - 1)
    }
    /// Largest exponent of a number of full precision.
    #[inline(always)]
    pub fn etop(&self) -> i64 {
        self.emax - (self.prec - 1)
    }
    /// The widest context with another precision.
    pub fn wide(prec: i64) -> Ctx {
        Ctx { prec: prec.clamp(1, MAX_PREC), ..Ctx::MAX }
    }
    /// Sets a condition that makes the result NaN.
    pub fn invalid(st: &mut Status, why: Status) -> Dec {
        *st |= why;
        Dec::nan(false, Coeff::ZERO)
    }
}
