# Construction, conversion, comparison with other numbers, contexts and their signal dicts.
import copy
import fractions
import pickle
from decimal import *

D = Decimal


def show(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(type(e).__mro__[0:2], e.args)


values = ["1_000", "  -1.5e3\n", "", "x", "1 2", "\u0661\u0662.\u0663", "Infinity", "sNaN007", "1e9999999999999999999", "0e-9999999999999999999", 5, True, 10**50, -(2**64),
          0.1, -0.0, float("nan"), float("-inf"), 5e-324, (0, (1, 2, 3), -2), [1, [4], 5], (1, (), "F"), (0, (1, 2), "n"), (0, (0, 7), "N"), (0, (), 0),
          (2, (1,), 0), (0, (10,), 0), (0, 1, 2), (0, (1,), "x"), (0, (1,), 1.5), (0, (1,)), (0, (1,), 10**30), None, b"1", {}, 1j]
for v in values:
    print(repr(v), end=" ")
    show(lambda: D(v))
    show(lambda: Context(prec=3).create_decimal(v))
for v in ["1.5", "-2.5", "1e30", "-0", "inf", "nan12", "snan", "123456789012345678901234567890.75", "1e-400"]:
    d = D(v)
    for f in (int, float, complex, bool, round, lambda d: round(d, 1), lambda d: round(d, -1), lambda d: d.__floor__(), lambda d: d.__ceil__(), lambda d: d.as_tuple(),
              lambda d: d.as_integer_ratio() if d.adjusted() > -99 else None, lambda d: hash(d) if not d.is_qnan() else None, lambda d: d.adjusted(), lambda d: (d.real, d.imag)):
        show(lambda: f(d))
for a in [D("0.5"), D("1e20"), D("nan"), D("-inf"), D(3)]:
    for b in [0.5, 10**20, fractions.Fraction(1, 2), 3 + 0j, 3 + 1j, "3", None, float("nan"), float("-inf"), D("snan")]:
        for op in ("__eq__", "__ne__", "__lt__", "__ge__"):
            show(lambda: getattr(a, op)(b))
print(hash(D("0.5")) == hash(0.5) == hash(fractions.Fraction(1, 2)), hash(D("1e22")) == hash(10**22), hash(D("-3.0")) == hash(-3), {D(1): 1}[True])
for f in (lambda: D(1) + 1.5, lambda: "a" * D(2), lambda: D(2) ** "x", lambda: divmod(1, D(0)), lambda: D(7).__divmod__(0), lambda: 10 - D("2.5"), lambda: 7 // D(2),
          lambda: -7 % D(3), lambda: pow(2, D(10), 7), lambda: sum([D("0.1")] * 10), lambda: +D("1" * 40), lambda: -D("0"), lambda: abs(D("-0")),
          lambda: D(1).quantize("x"), lambda: D(1).quantize(1, "x"), lambda: D(1).quantize(1, None, 3), lambda: D("1.25").quantize(D("0.1"), rounding=ROUND_UP)):
    show(f)


class Sub(D):
    def __new__(cls, *args):
        return super().__new__(cls, *args)


s = Sub("1.5")
s.note = "kept"
print(type(s + 1), type(Sub(s)), type(D(s)) is D, D(D(3)) == 3, Sub.from_float(0.25), type(Sub.from_float(0.25)).__name__, type(abs(s)).__name__)
for o in (D("1.50"), D("-nan5"), s):
    p = pickle.loads(pickle.dumps(o)) if type(o) is D else copy.deepcopy(o)
    print(repr(p), type(p).__name__, copy.copy(o) is o)

c = Context(prec=5, rounding=ROUND_UP, Emin=-9, Emax=9, capitals=0, clamp=1, flags=[Inexact], traps=[Overflow])
print(c, c.__reduce__()[1][:6], pickle.loads(pickle.dumps(c)), c.copy(), c.Etiny(), c.Etop())
print(c.flags, len(c.traps), list(c.flags) == list(c.traps), c.flags is c.flags, c.flags == c.flags.copy(), c.flags == c.traps)
for f in (lambda: c.flags[3], lambda: c.flags.__delitem__(Inexact), lambda: hash(c.flags), lambda: type(c.flags)().copy(), lambda: Context(prec=0), lambda: Context(Emin=1),
          lambda: Context(Emax=-1), lambda: Context(rounding="x"), lambda: Context(clamp=2), lambda: Context(traps=3), lambda: Context(flags=[int]), lambda: Context(prec=1.5),
          lambda: Context(prec=10**30), lambda: setcontext(3), lambda: localcontext(3), lambda: localcontext(foo=1), lambda: c.nothing, lambda: delattr(c, "prec"),
          lambda: setattr(c, "traps", {}), lambda: setattr(D, "x", 1), lambda: c.canonical(3)):
    show(f)
getcontext().clear_flags()
with localcontext(prec=4) as inner:
    print(D(1) / 7, inner is getcontext(), inner.flags[Inexact])
print(D(1) / 7, getcontext().flags[Inexact], getcontext().flags[Rounded])
setcontext(ExtendedContext)
print(D(1) / 0, D(0) / 0, getcontext() is ExtendedContext, getcontext())
for cls in (InvalidOperation, FloatOperation, DivisionByZero, Overflow, Underflow, DivisionUndefined, ConversionSyntax):
    print([k.__name__ for k in cls.__mro__])
