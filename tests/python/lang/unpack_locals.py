# Sequences unpacked into locals: what the locals held dies when all have their new values.
import sys


class Watch:
    def __init__(self, f):
        self.f = f

    def __del__(self):
        self.f()


def all_bound():
    seen = []
    a = b = c = None
    a = Watch(lambda: seen.append((a, b, c)))
    a, b, c = (1, 2, 3)
    a = Watch(lambda: seen.append((a, b, c)))
    a, b, c = [4, 5, 6]
    a = Watch(lambda: seen.append((a, b, c)))
    a, b, c = iter("xyz")
    return seen[:2], len(seen)


print(all_bound())


def source_dies():
    source = [object() for _ in range(4)]
    frame = sys._getframe()

    def kill():
        source.clear()
        frame.f_locals["other"] = None

    other = tuple(source)
    a, b, c, d = Watch(kill), 0, 0, 0
    a, b, c, d = other
    first = [type(x).__name__ for x in (a, b, c, d)]
    source = [object() for _ in range(4)]
    a, b, c, d = Watch(kill), 0, 0, 0
    a, b, c, d = source
    return first, [type(x).__name__ for x in (a, b, c, d)]


print(source_dies())


def itself():
    a, b = (1, 2), 3
    a, b = a
    x, y = [[7, 8], 9]
    y, z = x
    x, y = x
    return a, b, x, y, z


print(itself())


def wrong(n, source):
    a, b, c = "abc"
    try:
        if n == 2:
            a, b = source
        else:
            a, b, c = source
    except (ValueError, TypeError) as e:
        print(type(e).__name__, str(e).partition(" (")[0])
    return a, b, c


for source in ((), (1,), (1, 2), [1, 2, 3], [1, 2, 3, 4], "xy", range(3), {1: 2, 3: 4}, 5, None, iter([1]), (x for x in "pqr")):
    print(wrong(2, source))
print(wrong(3, (x for x in "pqr")), wrong(3, [1]), wrong(3, {}))


def swap(n):
    a, b, c, d, e = range(5)
    for i in range(n):
        a, b, c, d, e = b, c, d, e, a
        t = (e, d, c, b, a)
        a, b, c, d, e = t
    return a, b, c, d, e


print(swap(1000), swap(1001))


def many():
    (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) = range(16)
    t = [p, o, n, m, l, k, j, i, h, g, f, e, d, c, b, a, 0]
    (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q) = t
    return a, p, q


print(many())
