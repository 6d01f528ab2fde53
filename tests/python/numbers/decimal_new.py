# What 3.14 added: from_number, IEEEContext, formatting left to the pure-Python library.
import decimal
from decimal import *

D = Decimal


class Sub(D):
    pass


def show(f):
    try:
        r = f()
        print(type(r).__name__, r)
    except Exception as e:
        print(type(e).__name__, e)


for v in [314, True, 0.5, D("3.14"), Sub(2), float("nan"), "1", None, (0, (1,), 2)]:
    show(lambda: D.from_number(v))
    show(lambda: Sub.from_number(v))
with localcontext(traps=[FloatOperation]):
    show(lambda: D.from_number(1))
    show(lambda: D.from_number(0.5))
    show(lambda: D.from_float(0.5))
for bits in [32, 64, 128, 512, 0, -32, 33, 544, "x", 10**30]:
    show(lambda: IEEEContext(bits))
print(decimal.IEEE_CONTEXT_MAX_BITS)
print(format(D("1234567.125"), "_"), format(D("-0.001"), "z.1f"), format(D("6.09e+23"), "#"))
with localcontext(capitals=0, rounding=ROUND_DOWN):
    print(format(D("6.09e+23"), "#"), format(D("6.09"), "#.1f"))
show(lambda: format(D(1), "x"))
manager = type(localcontext())
for f in (manager, lambda: manager.__new__(manager), lambda: object.__new__(manager)):
    show(f)
