# Every operation of a context on operands around the edges of its precision and exponents:
# the result and the flags.
from decimal import *

state = 12345


def rand(n):
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return (state >> 33) % n


def pick(items):
    return items[rand(len(items))]


MODES = [ROUND_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_05UP]
SIGNALS = list(Context().flags)
UNARY = """abs minus plus exp ln log10 logb logical_invert next_minus next_plus normalize sqrt to_integral_value
    to_integral_exact number_class to_sci_string to_eng_string is_normal is_subnormal create_decimal""".split()
BINARY = """add subtract multiply divide divide_int remainder remainder_near divmod quantize compare compare_signal
    compare_total compare_total_mag logical_and logical_or logical_xor max max_mag min min_mag next_toward rotate
    scaleb shift same_quantum power""".split()


def digits(n):
    kind = rand(6)
    if kind == 0:
        return "9" * n
    if kind == 1:
        return "1" + "0" * (n - 1)
    if kind == 2:
        return "".join(pick("01") for _ in range(n))
    text = "".join(pick("0123456789") for _ in range(n))
    return text + pick(["5", "50", "49", "51"]) if kind == 3 else text


def number(c):
    if rand(25) == 0:
        return pick(["inf", "-inf", "nan", "snan", "-nan12", "snan345"])
    text = "0" if rand(20) == 0 else digits(pick([1, 2, 5, 19, 20, c.prec, c.prec + 1, 2 * c.prec]))
    exp = pick([0, 0, 0, -1, 3, -len(text), 1 - len(text), c.Emax - c.prec, c.Emin, c.Emin - c.prec + 1, c.Emax - len(text) + 1])
    return "%s%se%d" % (pick(["", "-"]), text, exp)


def context():
    emax, emin = pick([(999999, -999999), (50, -50), (400, -3), (9, -9)])
    prec = pick([1, 3, 9, 19, 28, 28, 38, 39, 60])
    return Context(prec=prec, Emax=emax, Emin=emin, rounding=pick(MODES), clamp=rand(4) == 0, traps=[])


def operands(name, c):
    if name in UNARY:
        return [number(c)]
    if name == "power" and rand(4):
        return ["%s%d.%s" % (pick(["", "-"]), rand(20), digits(1 + rand(15))), pick(["%d", "-%d", "%d.5", "-%d.25"]) % rand(40)]
    if name in ("scaleb", "rotate", "shift") and rand(5):
        return [number(c), str(rand(2 * c.prec + 2) - c.prec - 1)]
    if name.startswith("logical") and rand(5):
        return ["1" + "".join(pick("01") for _ in range(rand(12))) for _ in range(2)]
    return [number(c), number(c)]


for i in range(2500):
    c = context()
    name = pick(UNARY if rand(3) == 0 else BINARY)
    ops = operands(name, c)
    if name == "power" and max(len(o) for o in ops) > 40:
        continue
    result = getattr(c, name)(*map(Decimal, ops))
    if isinstance(result, tuple):
        result = " ".join(map(str, result))
    flags = "".join("IFDOUSXRC"[k] for k, s in enumerate(SIGNALS) if c.flags[s])
    print(name, c.prec, c.Emax, c.Emin, c.rounding[6:], c.clamp, *ops, "->", result, flags)

c = Context(prec=20)
for args in [(3, 5, 7), (10**15, 10**15, 97), (-3, 3, 7), (0, 0, 3), (2, -1, 3), (2, 5, 1), (9, 9, -9), (2, 10, 10**21)]:
    try:
        print(args, c.power(*args))
    except InvalidOperation as e:
        print(args, e.args)
print(Context(prec=5).fma(Decimal("1.00001"), Decimal("1.00001"), Decimal("-1.00002")))
