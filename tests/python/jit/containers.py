# Built-in containers in hot loops: slices, containment, iteration and its end, big numbers, calls
# of bound methods; types that change midway and iterators others hold on to.
from collections import deque


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__


def slices(xs):
    s = 0
    for i in range(3000):
        part = xs[i % 5 : i % 9]
        s += len(part) + len(xs[1:]) + len(xs[:-2]) + len(xs[:])
        part = xs[i:]
        s += len(part)
    return s


class Odd(list):
    def __getitem__(self, k):
        return [0] * 100


for x in (list(range(10)), tuple(range(10)), "abcdefghij", b"abcdefghij", bytearray(10), Odd()):
    print(type(x).__name__, slices(x))


def slice_changes(n):
    out = 0
    for i in range(n):
        x = "abcdef" if i < n // 2 else [1, 2, 3] if i < n - 10 else (1, 2)
        lo = None if i % 3 == 0 else 1
        out += len(x[lo:5])
    return out


print(slice_changes(3000))


class Loose:
    def __init__(self, v):
        self.v = v

    def __eq__(self, other):
        global compared
        compared += 1
        return self.v == other

    def __hash__(self):
        return hash(self.v)


compared = 0


def members(n, things):
    found = 0
    for i in range(n):
        k = i % 7
        for t in things:
            if k in t:
                found += 1
            if k not in t:
                found += 100
    return found


print(members(1500, [[1, 2, 3], (4, 5), {1, 5, 6}, frozenset([2]), {3: 1}, range(3)]))
print(members(1500, [[1, Loose(3)], {Loose(4), 2}, (Loose(9),)]), compared)


def letters(words):
    n = 0
    for w in words:
        if "a" in w:
            n += 1
        if w not in "banana split":
            n += 10
        if w in ("cherry", "date"):
            n += 100
    return n


print(letters(["apple", "banana", "cherry", "nan"] * 800))
print(attempt(letters, ["apple", "banana"] * 800 + [3]))


def big(n):
    x = 0x9E3779B97F4A7C15
    s = 0
    for i in range(n):
        x ^= x << 13
        x &= 0xFFFFFFFFFFFFFFFF
        x ^= x >> 7
        x ^= (x << 17) & 0xFFFFFFFFFFFFFFFF
        s += x % 1000 + x // 3
    return x, s


print(big(3000))


def overflow(n):
    s = 1
    t = 2**61
    for i in range(n):
        s = s * 3 if i % 50 else 1
        t = t + 2**60 if i % 7 else 5
        s -= t
    return s, t


print(overflow(3000))


def tiny(n):
    x = 1e-300
    out = 0.0
    for i in range(n):
        y = x * (i + 1)
        out += y * 1e300 + y / x + (y - x) + (7.5 // (i % 3 + 1)) + 7.5 % (i % 4 + 1)
    return round(out, 3)


print(tiny(3000))


def divides(xs):
    s = 0.0
    for x in xs:
        s += 10.5 // x + 10.5 % x
    return s


print(divides([2.5, -1.5, 3.0] * 900))
print(attempt(divides, [2.5] * 2000 + [0.0]))


def joins(n):
    s = 0
    for i in range(n):
        l = [i, 2] + [3]
        t = (1,) + (i,)
        m = [0] * (i % 5)
        b = b"x" + b"yz"
        l += m
        s += len(l) + len(t) + len(m) + len(b) + l[0]
    return s


print(joins(3000))


def collect(n):
    out = []
    add = out.append
    for i in range(n):
        add(i)
        if i == n - 5:
            add = [].append
    return len(out), out[-1]


print(collect(3000))


class Counter:
    def __init__(self, step=2, start=0):
        self.total = start
        self.step = step

    def add(self, k, twice=False):
        self.total += self.step * k
        return self.total if not twice else -1

    def later(self, k):
        return k


class Empty:
    pass


def bound(n):
    c = Counter()
    f = c.add
    table = [c.add, c.later]
    s = 0
    for i in range(n):
        s += f(i) % 7
        s += table[i % 2](1)
        s += f(1, True)
        if i == n - 9:
            f = Counter(5).add
        if i == n - 5:
            Counter.add = lambda self, k, twice=3: 1000
            f = c.add
        s += Counter(3).total + Counter().step + Counter(1, i).total
        e = Empty()
        e.x = i
        s += e.x
    return s


print(bound(3000))


def ends(n):
    """Short loops end in every iteration of the long one."""
    s = 0
    l = [1, 2, 3]
    t = (4, 5)
    d = {1: 2, 3: 4}
    for i in range(n):
        for x in l:
            s += x
        for x in t:
            s += x
        for k, v in d.items():
            s += k * v
        for k in d:
            s += k
        for x in {7, 8}:
            s += x
        for j, c in enumerate("ab"):
            s += j
        for a, b in zip(l, t):
            s += a * b
    return s


print(ends(2000))


def grows_after_end(n):
    """An iterator that has ended stays so, even if its list grows."""
    late = 0
    for i in range(n):
        l = [1, 2]
        it = iter(l)
        for x in it:
            pass
        l.append(3)
        for x in it:
            late += 1
        it = iter(l)
        keep = it
        for x in it:
            if x == 2:
                break
        for x in keep:
            late += x
    return late


print(grows_after_end(2000))


def changes_size(n):
    d = {i: i for i in range(5)}
    s = 0
    try:
        for i in range(n):
            for k in d:
                s += k
                if i == n - 2:
                    d[100] = 1
    except RuntimeError as e:
        return s, str(e)


print(changes_size(2000))


def pairs_kept(n):
    d = {i: [i] for i in range(4)}
    kept = []
    for i in range(n):
        last = None
        for item in d.items():
            if last is not None and last[0] == item[0]:
                kept.append("same")
            last = item
        if i % 900 == 0:
            kept.append(last)
    return kept


print(pairs_kept(2000))


class Many:
    def __init__(self):
        for name in "abcdefghijklmnopqrstuvwxyz":
            setattr(self, name, 1)


def many(n):
    m = Many()
    for i in range(n):
        m.z += m.y + m.a
        m.y = m.z % 13
        m.x = [i]
        if i == n - 5:
            m.new = 1
        if i == n - 3:
            del m.c
    return m.z, m.y, m.x


print(many(3000))


def made(n):
    s = 0
    for i in range(n):
        for j in range(i % 3):
            s += j
        for j in range(5, 0, -2):
            s += j
        s += len(list(range(3))) + len(tuple("ab")) + len(str(i)) + int("12") + int(float("2.5")) + len(set([1, 1, 2])) + len(dict())
        s += len(bytes(3)) + len(list(enumerate("abc"))) + len(list(zip("ab", [1, 2])))
    return s


print(made(2000))
print(attempt(lambda: sum(len(range(0, 10, 1 if i < 2000 else 0)) for i in range(2001))))
q = deque()
for i in range(3000):
    q.append(i)
    q.appendleft(-i)
    if i % 2:
        q.pop()
        q.popleft()
print(len(q), q[0], q[-1])


class Stack(list):
    pass


class Loud(list):
    def append(self, x):
        list.append(self, x * 2)


def pushes(stacks):
    s = 0
    for st in stacks:
        st.append(3)
        st.append(4)
        s += st.pop() + len(st)
    return s


print(pushes([Stack() for _ in range(2000)] + [[], Loud(), Stack([1])]))
shared = Stack()
print(pushes([shared] * 2500), len(shared))
