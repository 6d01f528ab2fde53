# Arguments bound in place, properties entered as frames, caches shared by sites.


def simple(a, b=2, *, c=3, d=4):
    return a, b, c, d


def posonly(a, b=1, /, c=2, **kw):
    return a, b, c, kw


def everything(a, *rest, k=0, **kw):
    return a, rest, k, kw


def required(*, x, y=1):
    return x, y


print(simple(1), simple(1, c=5), simple(b=1, a=0), simple(1, 2, d=6, c=7))
print(posonly(1), posonly(1, c=3), posonly(1, 2, 3, a=4, b=5))
print(everything(1), everything(1, 2, 3), everything(1, 2, k=3, z=4), everything(a=1, q=2))
print(required(x=1), required(y=2, x=3))
for call in (
    lambda: simple(),
    lambda: simple(1, a=2),
    lambda: simple(1, 2, 3),
    lambda: simple(1, e=3),
    lambda: posonly(a=1),
    lambda: required(),
    lambda: required(1),
    lambda: everything(k=1),
    lambda: everything(1, a=1),
):
    try:
        print(call())
    except TypeError as e:
        print(e)


def many(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r):
    return a + r


print(many(1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, l=12, m=13, n=14, o=15, p=16, q=17, r=18))


def gen():
    # A generator's calls move their arguments off its own registers.
    yield simple(1, d=2)
    yield everything(1, 2, 3, z=simple(b=1, a=0))
    try:
        simple(1, e=2)
    except TypeError as e:
        yield str(e)


print(list(gen()))
print(sorted([3, 1, 2], key=lambda x, *, sign=-1: x * sign), list(map(everything, [1], [2])))


class Made:
    def __init__(self, a, *, b=1, **kw):
        self.all = a, b, kw

    def __del__(self):
        print("del", getattr(self, "all", None))


print(Made(1, b=2).all, Made(a=3, z=4).all)
try:
    Made(b=2)
except TypeError as e:
    print(e)


class Late(dict):
    def __eq__(self, other):
        raise ValueError("compared")

    __hash__ = None


required.__kwdefaults__ = {"y": 7}
print(required(x=1))
del required.__kwdefaults__
try:
    required(x=1)
except TypeError as e:
    print(e)


class P:
    def __init__(self, v):
        self.v = v

    @property
    def double(self):
        return self.v * 2

    @property
    def wrong(self):
        raise AttributeError("inside")

    @property
    def deep(self):
        return self.deep

    @property
    def each(self):
        yield self.v

    @staticmethod
    def st(x):
        return "st", x

    @classmethod
    def cl(cls, x):
        return cls.__name__, x


class Q(P):
    @property
    def double(self):
        return super().double + 1


class Dyn(P):
    def __getattr__(self, name):
        return "dyn " + name


def probe(objs):
    out = []
    for o in objs:
        out.append((o.double, o.v, list(o.each), o.st(1), o.cl(2), type(o).st(3), type(o).cl(4)))
    return out


for _ in range(3):
    print(probe([P(1), Q(2), Dyn(3), P(4)]))
for o in (P(1), Dyn(1), Q(1), Dyn(2)):
    try:
        print(o.wrong)
    except AttributeError as e:
        print("AttributeError", e)
    print(getattr(o, "missing", None))
try:
    P(1).deep
except RecursionError:
    print("RecursionError")


def read(o):
    return o.double


p = P(5)
print(read(p), read(p))
P.double = 17
print(read(p), read(Q(1)) if False else "-")
P.double = property(lambda self: "new")
print(read(p))


class Victim:
    # The getter goes away while it runs.
    @property
    def x(self):
        del Victim.x
        return "still here"


def twice(o):
    return o.x


class Kept(Victim):
    pass


v = Kept()
print(twice(v))
try:
    twice(v)
except AttributeError as e:
    print(e)


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    tag = 1

    @classmethod
    def name(cls):
        return cls.__name__


def tag():
    return WithMeta.tag, WithMeta.name()


print(tag(), tag())
Meta.tag = property(lambda cls: "from the metaclass")
print(tag())
del Meta.tag
WithMeta.tag = 2
print(tag())

# Methods by super(): the cache follows the receiver's class.


class A:
    def who(self):
        return "A"


class B(A):
    def who(self):
        return "B" + super().who()


class M(A):
    def who(self):
        return "M" + super().who()


class C(B, M):
    def who(self):
        return "C" + super().who()


for _ in range(2):
    print(B().who(), C().who(), M().who())
A.who = lambda self: "a"
print(B().who(), C().who())
del M.who
print(B().who(), C().who())


# Unpacking over the source and over objects with destructors.
class Noisy:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        print("gone", self.n)


def unpack():
    a, b, c = Noisy(1), Noisy(2), Noisy(3)
    items = [4, 5, 6]
    a, b, c = items
    print(a, b, c)
    a, b = [b, a]
    items, c = items[:2]
    print(a, b, c, items)
    for a, b in [[1, 2], (3, 4), "56", {7: 0, 8: 0}]:
        print(a, b)
    for bad in ([1], [1, 2, 3]):
        try:
            a, b = bad
        except ValueError as e:
            print(e)


unpack()
x = list(range(10))
x[2:4] = "ab"
x[:2] = x[8:]
x[5:] = []
print(x, x[1:-1], x[::-2])
