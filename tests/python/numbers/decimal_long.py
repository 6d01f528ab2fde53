# Numbers of thousands of digits: products and quotients agree with ints, functions with themselves.
from decimal import *

c = Context(prec=30000, Emax=MAX_EMAX, Emin=MIN_EMIN)
setcontext(c)
a, b = 3**20000 + 1, 7**9000 - 2
x, y = Decimal(a), Decimal(b)
print(int(x * y) == a * b, int(x // y) == a // b, int(x % y) == a % b, int(x + y) == a + b, int(y - x) == b - a)
print(int(str(x)[:50]), len(str(x)), hash(x) == hash(a), x == a, y < a)
q = x / y
print(str(q)[:40], len(str(q)), (q * y - x).copy_abs() < 1)
c.prec = 3000
r = Decimal(2).sqrt()
print((r * r - 2).adjusted(), str(r)[-30:])
c.prec = 700
l = Decimal(2).ln()
e = l.exp()
print(str(l)[-30:], (e - 2).adjusted(), str(Decimal(1).exp())[-30:], str(Decimal(3).log10())[-30:])
print(str(Decimal("1.5") ** Decimal("2.5"))[-30:])

# Exact results need no memory for the precision.
setcontext(Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN))
print(Decimal(4) / 2, Decimal(4).sqrt(), Decimal(400) ** -1, divmod(Decimal(10), 3), Decimal("1e19").log10(), Decimal(0).exp())
for f in (lambda: Decimal(1) / 3, lambda: Decimal("inf").next_minus(), lambda: Decimal(3) ** -1):
    try:
        f()
    except MemoryError:
        print("MemoryError")
