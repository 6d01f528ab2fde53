# Functions and cells made in hot loops; identity as equality; attributes of classes with metaclasses.
import enum


def adders(n):
    s = 0
    for i in range(n):
        def add(x, k=2, *, z=1):
            return x + i * k + z

        s += add(1) + add(1, 3) + (lambda y: y - i)(i)
        if i == n - 2:
            keep = add
    return s, keep(10), keep.__defaults__, keep.__kwdefaults__, keep.__name__, keep.__qualname__


print(adders(2500))


def shared(n):
    total = 0
    fs = []
    for i in range(n):
        count = i

        def bump():
            nonlocal count, total
            count += 1
            total += count
            return count

        bump()
        count *= 2
        bump()
        if i % 900 == 0:
            fs.append(bump)
    return total, [f() for f in fs], total


print(shared(2500))


def annotated(n):
    for i in range(n):
        def f(a: int, b: str = "x") -> float:
            "text"
            return a

        f(i)
    return f.__annotations__, f.__doc__, f.__defaults__


print(annotated(2000))


class A:
    pass


class B:
    def __init__(self, v):
        self.v = v


def identity(n):
    things = [A(), B(1), None, A()]
    same = other = 0
    for i in range(n):
        x, y = things[i % 4], things[i % 3]
        if x == y:
            same += 1
        if x != y:
            other += 1
        if x == None:
            same += 100
        if None != y:
            other += 100
        if i == n - 50:
            B.__eq__ = lambda self, o: True
        if i == n - 20:
            things[0] = 7
    return same, other


print(identity(3000))


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Meta(type):
    @property
    def shade(cls):
        return cls.base + 1


class Tinted(metaclass=Meta):
    base = 5
    plain = 7


def classes(n):
    s = 0
    for i in range(n):
        c = Color.RED if i % 2 else Color.BLUE
        if c == Color.RED:
            s += 1
        if c is Color.BLUE:
            s += 10
        s += Tinted.base + Tinted.shade + Tinted.plain
        if i == n - 10:
            Tinted.base = 100
        if i == n - 5:
            Meta.plain = property(lambda cls: 1000)
    return s


print(classes(2500))


def views(n):
    s = 0
    for i in range(n):
        d = {"a": i, "b": 2}
        for k, v in d.items():
            s += v
        for v in d.values():
            s += v
        e = d.copy()
        e["c"] = 1
        for k in e.keys():
            s += len(k)
        for x in reversed([1, 2]):
            s += x
        s += sum(j for j in (1, i))
    return s


print(views(2000))


class Own(dict):
    def items(self):
        return [("k", 5)]


def mixed(ds):
    s = 0
    for d in ds:
        for k, v in d.items():
            s += v
    return s


print(mixed([{"a": 1}] * 2000 + [Own()] * 3))


def kinds(xs):
    s = 0
    for x in xs:
        if isinstance(x, (int, float)):
            s += 1
        elif isinstance(x, (str, (bytes, A))):
            s += 100
        if isinstance(x, (A, B)):
            s += 10000
        if isinstance(x, ()):
            s += 1
    return s


print(kinds([1, 2.5, "a", A(), B(1), None, b"x"] * 400))
