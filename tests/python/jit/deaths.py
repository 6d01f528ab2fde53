# Objects that die in hot loops: those whose death nobody can notice, and those that tell.
import weakref

log = []


class Plain:
    def __init__(self, x):
        self.x = x


class Loud:
    def __init__(self, x):
        self.x = x

    def __del__(self):
        log.append(self.x)


def temporaries(n):
    s = 0
    for i in range(n):
        p = Plain((i, [i, str(i)]))
        a, (b, c) = p.x
        s += a + b + len(c)
    return s


print(temporaries(4000))


def survivors(n):
    """What came out of a dying object, or went into it, stays."""
    kept = []
    for i in range(n):
        inner = [i]
        outer = Plain((inner, Plain(inner)))
        first = outer.x[0]
        second = outer.x[1].x
        outer = None
        first.append(1)
        second.append(2)
        if i % 500 == 0:
            kept.append(inner)
    return kept


print(survivors(3000))


def turns_loud(n, cls):
    s = 0
    for i in range(n):
        p = cls(i) if i >= n - 5 else Plain(i)
        s += p.x
        p = None
        s += len(log)
    return s


print(turns_loud(3000, Loud), log)
log.clear()


def nested_loud(n):
    s = 0
    for i in range(n):
        t = (Loud(i) if i > n - 4 else Plain(i), [i])
        s += t[1][0]
        t = None
        s += 1000 * len(log)
    return s


print(nested_loud(3000), log)
log.clear()


def referenced_twice(n):
    out = 0
    for i in range(n):
        x = Loud(i) if i > n - 3 else Plain(i)
        t = [x, x, (x,)]
        x = None
        out += len(log)
        t = None
        out += 10 * len(log)
    return out


print(referenced_twice(3000), log)
log.clear()


def weakly(n):
    gone = []
    for i in range(n):
        p = Plain(i)
        if i > n - 4:
            r = weakref.ref(p, lambda r, i=i: gone.append(i))
        p = [p]
        p = None
        if gone:
            gone.append("seen")
    return gone


print(weakly(3000))


def looks_at_locals(n):
    """`__del__` that looks at the frame that runs it finds its variables."""
    import sys

    seen = []

    class Spy:
        def __del__(self):
            f = sys._getframe(1)
            seen.append((f.f_code.co_name, f.f_locals.get("i"), f.f_locals.get("s")))

    s = 0
    for i in range(n):
        p = Spy() if i > n - 4 else Plain(i)
        s += i
        p = None
    return seen


print(looks_at_locals(2500))


def strings(n):
    parts = []
    for i in range(n):
        c = "abc"[i % 3]
        d = "xyz"[i % 2]
        if c + d == "az":
            parts.append(c)
        elif c == d:
            parts.append("?")
        s = c + d
        s = s + s
        if i % 700 == 0:
            parts.append(s)
    return "".join(parts)[:60], len(parts)


print(strings(4000))


def iterators(n):
    table = [Plain(i) for i in range(7)]

    def find(k):
        for p in table:
            if p.x == k:
                return p

    s = 0
    for i in range(n):
        s += find(i % 7).x
    return s


print(iterators(5000))
