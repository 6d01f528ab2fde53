# Lookups, comparisons, lengths, f-strings and dict displays in hot loops.


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__


def compare(pairs):
    n = 0
    for a, b in pairs:
        if a < b:
            n += 1
        if a == b:
            n += 100
        if a != b:
            n += 3
        if a >= b:
            n += 7
    return n


print(compare([("apple", "pear"), ("pear", "apple"), ("x", "x")] * 900))
print(compare([((1, 2), (1, 3)), ((2, "a"), (2, "a")), ((1,), (1, 0))] * 900))
print(compare([(2**70, 2**71), (2**80, 5), (3, 2**64)] * 900))
print(compare([(b"a", b"b"), (b"b", b"b")] * 900))
print(compare([(True, 2), (1, True), (2.5, 10**30), (1e308, 10**400)] * 900))
print(attempt(compare, [("a", "b")] * 2000 + [("a", 1)]))
print(attempt(compare, [((1, 2), (1, 3))] * 2000 + [((1, 2), (1, "x"))]))


class Always:
    def __init__(self, log):
        self.log = log

    def __lt__(self, other):
        self.log.append("lt")
        return True

    __ge__ = __lt__

    def __eq__(self, other):
        self.log.append("eq")
        return True


log = []
print(compare([((1, 2), (1, 3))] * 2000 + [((Always(log), 2), (1, 3)), (Always(log), 3)]), log)


def lengths(things):
    n = 0
    for x in things:
        n += len(x)
        if x:
            n += 1000
        if not x:
            n += 1
    return n


print(lengths([{1: 2}, {3}, b"abc", bytearray(2), range(5), {}, set(), frozenset([1]), {4: 5}.keys()] * 300))
print(attempt(lengths, [{1: 2}] * 2000 + [7]))


class Sized:
    def __len__(self):
        return 3


print(lengths([{1: 2}] * 2000 + [Sized(), {5: 6, 7: 8}]))


def counts(words):
    d = {}
    for w in words:
        d[w] = d.get(w, 0) + 1
        if d.get("never") is not None:
            print("found")
    return d


print(counts(["a", "b", "a", 7, 7] * 600))
print(counts(["a", "b"] * 1200 + [(1, 2), (1, 2), 1.5, None]))
print(attempt(counts, ["a"] * 2000 + [[]]))


class Default(dict):
    def get(self, k, d=None):
        return 10


def gets(dicts):
    s = 0
    for d in dicts:
        s += d.get("k", 1) + d.get("x", 2)
        v = d.get("z")
        if v is not None:
            s += 100
    return s


print(gets([{"k": 5}, {"x": 6}] * 1000 + [Default(), {"k": 1, "z": 2}]))


def texts(xs):
    n = 0
    for x in xs:
        t = f"<{x}> and {x!s:>8} or {x}{x}"
        n += len(t)
        t = f"{x}"
        n += len(t)
    return n, t


print(texts(range(2500)))
print(texts([i / 8 for i in range(2500)]))
print(texts(["é", "abc", "☃"] * 900))
print(texts([1] * 2000 + [None, True, 2**70, 1e300, b"x", [1], "s"]))


class Formatted:
    def __format__(self, spec):
        return "F" + spec

    def __str__(self):
        return "S"


print(texts([1] * 2000 + [Formatted()]))


class Name(str):
    def __format__(self, spec):
        return "named"


print(texts(["a"] * 2000 + [Name("b")]))


def displays(n):
    s = 0
    for i in range(n):
        d = {}
        d[i] = i
        e = {"a": i, "b": [i]}
        f = {k: k * 2 for k in (1, 2)}
        g = {i, i + 1}
        s += len(d) + e["a"] + len(e["b"]) + f[2] + len(g)
    return s


print(displays(2000))


def constant_slices(things):
    n = 0
    for x in things:
        n += len(x[1:4]) + len(x[:2]) + len(x[-2:]) + len(x[::2])
    return n


print(constant_slices(["abcdef", [1, 2, 3], (1, 2, 3, 4, 5), b"abc", range(10)] * 500))
print(attempt(constant_slices, ["abcdef"] * 2000 + [{}]))


def generic(n):
    ok = 0
    for i in range(n):
        if all(x < 5 for x in (1, 2, i % 7)):
            ok += 1
        if any([i % 3 == 0, i % 5 == 0]):
            ok += 10
        assert i >= 0
    return ok


print(generic(2000))
