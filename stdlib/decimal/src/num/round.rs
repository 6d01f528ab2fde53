//! Rounding a result to its context: exponent limits, precision, conditions.

use super::coeff::Coeff;
use super::context::{CLAMPED, Ctx, INEXACT, MALLOC_ERROR, OVERFLOW, ROUNDED, Round, SUBNORMAL, Status, UNDERFLOW};
use super::decimal::Dec;
use super::limbs::{NoMemory, Tail};

/// Does a number with this tail cut off go away from zero?
#[inline]
pub fn goes_up(round: Round, neg: bool, coeff: &Coeff, tail: Tail) -> bool {
    if tail == Tail::Zero {
        return false;
    }
    match round {
        Round::Down => false,
        Round::Up => true,
        Round::Ceiling => !neg,
        Round::Floor => neg,
        Round::HalfUp => tail >= Tail::Half,
        Round::HalfDown => tail > Tail::Half,
        Round::HalfEven => tail > Tail::Half || tail == Tail::Half && coeff.is_odd(),
        Round::ZeroFiveUp => matches!(coeff.last_digit(), 0 | 5),
    }
}

/// Moves away from zero if the tail asks for it; the coefficient may grow a digit.
pub fn apply(round: Round, neg: bool, coeff: Coeff, tail: Tail) -> Coeff {
    if goes_up(round, neg, &coeff, tail) { coeff.increment() } else { coeff }
}

/// The result when memory is exhausted.
pub fn no_memory(st: &mut Status) -> Dec {
    Ctx::invalid(st, MALLOC_ERROR)
}

/// Unwraps, or ends the function with the result for exhausted memory.
#[macro_export]
macro_rules! try_mem {
    ($st:expr, $e:expr) => {
        match $e {
            Ok(v) => v,
            Err($crate::num::limbs::NoMemory) => return $crate::num::round::no_memory($st),
        }
    };
}

impl Dec {
    /// Rounds the exact result of an operation to the context.
    #[inline]
    #[must_use]
    pub fn finalize(self, ctx: &Ctx, st: &mut Status) -> Dec {
        if self.is_finite() {
            let digits = self.digits();
            let adjusted = self.exp + digits - 1;
            if digits <= ctx.prec && adjusted <= ctx.emax && adjusted >= ctx.emin && !ctx.clamp {
                return self;
            }
            return self.finalize_slow(ctx, st);
        }
        let mut r = self;
        if r.is_nan() {
            r.fit_payload(ctx);
        }
        r
    }
    fn finalize_slow(self, ctx: &Ctx, st: &mut Status) -> Dec {
        let r = self.check_exponent(ctx, st);
        r.round_to_precision(ctx, st)
    }

    fn check_exponent(mut self, ctx: &Ctx, st: &mut Status) -> Dec {
        let adjusted = self.adjusted();
        if adjusted > ctx.emax {
            return self.overflow(ctx, st);
        }
        if ctx.clamp && self.exp > ctx.etop() {
            let shift = self.exp - ctx.etop();
            match self.coeff.shift_left(shift) {
                Ok(c) => self.coeff = c,
                Err(NoMemory) => return no_memory(st),
            }
            self.exp -= shift;
            *st |= CLAMPED;
            if !self.coeff.is_zero() && adjusted < ctx.emin {
                *st |= SUBNORMAL;
            }
            return self;
        }
        if adjusted < ctx.emin { self.underflow(ctx, st) } else { self }
    }

    fn overflow(mut self, ctx: &Ctx, st: &mut Status) -> Dec {
        if self.coeff.is_zero() {
            self.exp = if ctx.clamp { ctx.etop() } else { ctx.emax };
            *st |= CLAMPED;
            return self;
        }
        *st |= OVERFLOW | INEXACT | ROUNDED;
        let largest = match ctx.round {
            Round::Up | Round::HalfUp | Round::HalfDown | Round::HalfEven => false,
            Round::Down | Round::ZeroFiveUp => true,
            Round::Ceiling => self.neg,
            Round::Floor => !self.neg,
        };
        if largest { Dec::largest(self.neg, ctx, st) } else { Dec::inf(self.neg) }
    }

    /// The largest finite number of the context.
    pub fn largest(neg: bool, ctx: &Ctx, st: &mut Status) -> Dec {
        match Coeff::nines(ctx.prec) {
            Ok(c) => Dec::finite(neg, c, ctx.etop()),
            Err(NoMemory) => no_memory(st),
        }
    }

    fn underflow(mut self, ctx: &Ctx, st: &mut Status) -> Dec {
        let etiny = ctx.etiny();
        if self.coeff.is_zero() {
            if self.exp < etiny {
                self.exp = etiny;
                *st |= CLAMPED;
            }
            return self;
        }
        *st |= SUBNORMAL;
        if self.exp >= etiny {
            return self;
        }
        let (c, tail) = self.coeff.shift_right(etiny - self.exp);
        self.coeff = apply(ctx.round, self.neg, c, tail);
        self.exp = etiny;
        *st |= ROUNDED;
        if tail != Tail::Zero {
            *st |= INEXACT | UNDERFLOW;
            if self.coeff.is_zero() {
                *st |= CLAMPED;
            }
        }
        self
    }

    fn round_to_precision(mut self, ctx: &Ctx, st: &mut Status) -> Dec {
        let digits = self.digits();
        if !self.is_finite() || digits <= ctx.prec {
            return self;
        }
        let shift = digits - ctx.prec;
        let (c, tail) = self.coeff.shift_right(shift);
        self.exp += shift;
        *st |= ROUNDED;
        if tail != Tail::Zero {
            *st |= INEXACT;
        }
        let up = goes_up(ctx.round, self.neg, &c, tail);
        self.coeff = if up { c.increment() } else { c };
        if up && self.coeff.digits() > ctx.prec {
            // All nines: one digit more, the last of them a zero.
            self.coeff = self.coeff.shift_right(1).0;
            self.exp += 1;
            return self.check_exponent(ctx, st);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ctx(prec: i64, round: Round) -> Ctx {
        Ctx { prec, emax: 99, emin: -99, round, clamp: false }
    }
    fn run(c: u64, exp: i64, neg: bool, ctx: &Ctx) -> (u64, i64, Status) {
        let mut st = 0;
        let r = Dec::finite(neg, Coeff::from_u64(c), exp).finalize(ctx, &mut st);
        (r.coeff.as_u64().unwrap_or(u64::MAX), r.exp, st)
    }

    #[test]
    fn modes() {
        use Round::*;
        let cases = [
            (Up, 124, 124),
            (Down, 123, 123),
            (Ceiling, 124, 123),
            (Floor, 123, 124),
            (HalfUp, 124, 124),
            (HalfDown, 123, 123),
            (HalfEven, 124, 124),
            (ZeroFiveUp, 123, 123),
        ];
        for (round, pos, neg) in cases {
            assert_eq!(run(1235, 0, false, &ctx(3, round)), (pos, 1, ROUNDED | INEXACT), "{round:?}");
            assert_eq!(run(1235, 0, true, &ctx(3, round)).0, neg, "{round:?}");
        }
        assert_eq!(run(12051, 0, false, &ctx(4, ZeroFiveUp)).0, 1206);
        assert_eq!(run(1245, 0, false, &ctx(3, HalfEven)).0, 124);
    }

    #[test]
    fn carries_and_limits() {
        let c = ctx(3, Round::HalfEven);
        assert_eq!(run(9999, 0, false, &c), (100, 2, ROUNDED | INEXACT));
        assert_eq!(run(1, 0, false, &c), (1, 0, 0));
        assert_eq!(run(1, -101, false, &c), (1, -101, SUBNORMAL));
        assert_eq!(run(16, -102, false, &c), (2, -101, SUBNORMAL | ROUNDED | INEXACT | UNDERFLOW));
        let mut st = 0;
        let r = Dec::finite(true, Coeff::from_u64(9999), 96).finalize(&c, &mut st);
        assert!(r.is_inf() && r.neg);
        assert_eq!(st, OVERFLOW | ROUNDED | INEXACT);
    }
}
