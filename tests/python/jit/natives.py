# Native functions in hot loops, with types that change midway and results that raise.
import math


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__


def trig(xs):
    s = 0.0
    for x in xs:
        s += math.sin(x) + math.cos(x) + math.atan2(x, 2) + math.exp(-x) + math.tan(0.5)
    return round(s, 9)


print(trig([i / 7 for i in range(3000)]))
print(trig([1] * 3000))
print(attempt(trig, [0.5] * 2000 + [float("inf")]))
print(attempt(trig, [0.5] * 2000 + ["x"]))


def logs(xs):
    s = 0.0
    for x in xs:
        s += math.log(x) + math.log2(x) + math.log10(x) + math.sqrt(x)
    return round(s, 9)


print(logs([i + 0.5 for i in range(3000)]))
print(logs([i + 1 for i in range(3000)]))
for bad in (0.0, -1.0, 0, -3, 2**2000):
    print(attempt(logs, [1.5] * 2000 + [bad]))


def powers(xs, y):
    s = 0.0
    for x in xs:
        s += math.pow(x, y) + math.fmod(x, 3.0)
    return round(s, 6)


print(powers([i / 9 for i in range(1, 3000)], 1.5))
print(attempt(powers, [2.0] * 2000 + [-2.0], 0.5))
print(attempt(powers, [2.0] * 2000 + [1e300], 2.0))
print(attempt(powers, [2.0] * 2000 + [0.0], -1.0))


def whole(xs):
    s = 0
    for x in xs:
        s += math.floor(x) + 2 * math.ceil(x) + 3 * math.trunc(x) + 5 * round(x) + 7 * int(x)
    return s


print(whole([i / 4 - 300 for i in range(3000)]))
print(whole(list(range(3000))))
print(whole([0.5, 1.5, -0.5, -1.5, 2.5] * 700))
print(whole([0.5] * 2000 + [1e25, -1e18, 4e18, 5e18]))
for bad in (float("nan"), float("inf"), "7"):
    print(attempt(whole, [0.5] * 2000 + [bad]))


def extremes(xs, ys):
    lo = hi = xs[0]
    s = 0
    for x, y in zip(xs, ys):
        lo = min(lo, x)
        hi = max(hi, x)
        s += max(x, y, 3) - min(y, x)
    return lo, hi, s


print(extremes([(i * 7919) % 1009 for i in range(3000)], [(i * 104729) % 997 for i in range(3000)]))
print(extremes([i * 0.5 for i in range(3000)], [i * 0.25 for i in range(3000)]))
print(extremes([1] * 2000 + [2.5, True, 10**30, -0.0], [2] * 2004))
print(attempt(extremes, [1] * 2000 + ["a"], [2] * 2001))


def zeros(n):
    out = []
    for i in range(n):
        out.append(str(max(0.0, -0.0)) + str(max(-0.0, 0.0)) + str(min(0.0, -0.0)) + str(abs(-0.0)))
    return out[-1], len(set(out))


print(zeros(2500))


def conversions(xs):
    s = 0.0
    for x in xs:
        s += float(x) + abs(x) + bool(x)
    return s


print(conversions(range(-1000, 2000)))
print(conversions([i / 2 for i in range(-1000, 2000)]))
print(conversions([1] * 2000 + [2.5, True, False, 2**70, -(2**62)]))
print(attempt(conversions, [1] * 2000 + [None]))


def texts(words):
    n = 0
    for w in words:
        u = w.upper()
        if u.startswith("A") or u.endswith(("Z", "Q")):
            n += u.find("E") + u.count("A")
        n += ord(w[0]) + len(w.replace("a", "bb")) + len(chr(n % 1000 + 32))
        n += w.isdigit() + w.strip().isalpha() + len(w.split("e")) + len("-".join([w, u]))
        n += len(hex(n)) + len(repr(w)) + hash(3)
    return n


words = ["apple", "banana", "cherry", "date", "Zebra ", "123", "quiz", "é☃x"] * 400
print(texts(words))
print(attempt(texts, words + [""]))
print(attempt(texts, words + [b"bytes"]))
print(attempt(texts, words + [None]))


class Word(str):
    def upper(self):
        return "AE" + str(self)


print(texts(words + [Word("odd"), Word("strange")]))


class Number:
    def __index__(self):
        return 65

    def __float__(self):
        return 2.0

    def __lt__(self, other):
        return True

    def __gt__(self, other):
        return False


def mixed(xs):
    s = ""
    for x in xs:
        s = chr(x)
    for x in xs:
        s += str(math.sqrt(4 if not isinstance(x, Number) else x))[:1]
        if len(s) > 5:
            s = ""
    return s


print(mixed([66] * 2000 + [Number(), 67, Number()]))


def sums(lists):
    s = 0
    for l in lists:
        s += sum(l) + max(l) + min(l) + len(sorted(l)) + any(l) + all(l)
        q, r = divmod(s, 7)
        s += q - r
        s %= 100003
    return s


print(sums([[i, i + 1, 5] for i in range(2000)]))
print(sums([[1, 2]] * 2000 + [[1.5, 2]]))
print(attempt(sums, [[1, 2]] * 2000 + [["a"]]))
print(attempt(sums, [[1, 2]] * 2000 + [[]]))

math_sin = math.sin


def patched(n):
    s = 0.0
    for i in range(n):
        if i == n - 3:
            math.sin = lambda x: 100.0
        s += math.sin(1.0)
    math.sin = math_sin
    return round(s, 6)


print(patched(3000))
buf = bytearray()
for i in range(3000):
    buf.append(i & 255)
    if i % 3 == 0:
        buf.pop()
print(len(buf), sum(buf))
