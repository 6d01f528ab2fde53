# Special methods: which are called, in what order, and what they may return.


def err(f, /, *args):
    try:
        r = f(*args)
    except Exception as e:
        print(type(e).__name__ + ":", e)
    else:
        print("no error:", r)


class Num:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


def make(names, base=Num, answer=True):
    ns = {}
    for n in names:

        def method(self, *args, n=n):
            print("  ", self, n, args)
            return n if answer else NotImplemented

        ns[n] = method
    return type("T", (base,), ns)


OPS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "divmod": divmod,
    "pow": pow,
    "matmul": lambda a, b: a @ b,
    "lshift": lambda a, b: a << b,
    "rshift": lambda a, b: a >> b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
}
for op, f in OPS.items():
    left, right = f"__{op}__", f"__r{op}__"
    L, R = make([left]), make([right])
    print(op, f(L("l"), 1), f(1, R("r")), f(L("l"), R("r")))
    Refuse = make([left, right], answer=False)
    err(f, Refuse("x"), Refuse("y"))
    err(f, Refuse("x"), 1)
    err(f, 1, Refuse("x"))
    Sub = make([right], L)
    print(f(L("l"), Sub("s")))
    Same = type("Same", (make([left, right]),), {})
    print(f(Same("base"), Same("sub")))

for op in OPS:
    if op == "divmod":
        continue
    sym = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@", "lshift": "<<", "rshift": ">>", "and": "&", "or": "|", "xor": "^"}[op]
    I = make([f"__i{op}__"])
    ns = {"x": I("i")}
    exec(f"x {sym}= 5", ns)
    print(ns["x"])
    Refuse = make([f"__i{op}__", f"__{op}__"], answer=False)
    ns = {"x": Refuse("i")}
    err(exec, f"x {sym}= 5", ns)


class Bools:
    def __init__(self, v):
        self.v = v

    def __bool__(self):
        return self.v


print(bool(Bools(True)), not Bools(False))
err(bool, Bools(1))
err(bool, Bools(None))


class Lens:
    def __init__(self, v):
        self.v = v

    def __len__(self):
        return self.v


print(len(Lens(3)), bool(Lens(0)), len(Lens(True)))
for v in (-1, 1.5, "a", 1 << 100):
    err(len, Lens(v))
    err(bool, Lens(v))


class Seq:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError(i)
        return i * i


print(list(Seq()), 4 in Seq(), 5 in Seq(), list(reversed([1, 2])), iter(Seq()).__class__.__name__)
err(len, Seq())


class NoIter(Seq):
    __iter__ = None
    __contains__ = None


err(iter, NoIter())
err(lambda: 1 in NoIter())


class BadIter:
    def __iter__(self):
        return 1


err(iter, BadIter())


class It:
    n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration
        return self.n


print(list(It()), 2 in It(), [*It()], sum(It()))
a, b, c = It()
print(a, b, c)


class Hash:
    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return self.v


print(hash(Hash(5)), hash(Hash(-1)), hash(Hash(1 << 64)), hash(Hash(True)))
err(hash, Hash("a"))


class Eq:
    def __eq__(self, other):
        return "eq"


err(hash, Eq())
print(Eq.__hash__, Eq() == 1, 1 == Eq(), Eq() != 1)


class EqHash(Eq):
    __hash__ = object.__hash__


print(isinstance(hash(EqHash()), int))


class Cmp:
    def __lt__(self, o):
        return ("lt", o)

    def __ge__(self, o):
        return NotImplemented


print(Cmp() < 1, 1 > Cmp())
err(lambda: Cmp() >= 1)
err(lambda: Cmp() <= 1)


class SubCmp(Cmp):
    def __gt__(self, o):
        return "sub first"


print(Cmp() < SubCmp())


class Call:
    def __call__(self, *a, **k):
        return a, k


print(Call()(1, 2, x=3), callable(Call()), callable(Seq()))
err(Seq())
inst = Seq()
inst.__call__ = lambda: 1
err(inst)


class Attr:
    def __getattr__(self, name):
        if name.startswith("no"):
            raise AttributeError(name)
        return "got " + name


a = Attr()
a.x = 1
print(a.x, a.y, getattr(a, "nope", "default"), hasattr(a, "nope2"))
err(lambda: a.nope)


class AllAttr:
    def __getattribute__(self, name):
        return "all " + name


class Both(AllAttr):
    def __getattribute__(self, name):
        if name == "special":
            raise AttributeError
        return super().__getattribute__(name)

    def __getattr__(self, name):
        return "fallback " + name


print(AllAttr().x, Both().x, Both().special)


class PropErr:
    @property
    def p(self):
        raise AttributeError("inside")

    def __getattr__(self, name):
        return "getattr " + name


print(PropErr().p)


class SetAttr:
    def __setattr__(self, name, value):
        print("set", name, value)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        print("del", name)
        super().__delattr__(name)


s = SetAttr()
s.x = 1
print(s.__dict__)
del s.x
err(delattr, s, "x")


class Items:
    def __getitem__(self, k):
        return ("get", k)

    def __setitem__(self, k, v):
        print("set", k, v)

    def __delitem__(self, k):
        print("del", k)


i = Items()
print(i[1], i[1:2], i["a", ...])
i[1] = 2
del i[3]
err(lambda: Seq()["a"])


def f():
    Seq()[1] = 2


err(f)


def f():
    del Lens(1)[0]


err(f)


class Index:
    def __init__(self, v):
        self.v = v

    def __index__(self):
        return self.v


print([1, 2, 3][Index(1)], hex(Index(255)), range(5)[Index(-1)], 10 .__add__(1))
err(lambda: [1][Index("a")])
one, key = [1], "a"
err(lambda: one[key])


class Conv:
    def __int__(self):
        return 7

    def __float__(self):
        return 2.5

    def __complex__(self):
        return 1j

    def __round__(self, n=None):
        return ("round", n)

    def __trunc__(self):
        return 3

    def __neg__(self):
        return "neg"

    def __pos__(self):
        return "pos"

    def __abs__(self):
        return "abs"

    def __invert__(self):
        return "inv"


c = Conv()
print(int(c), float(c), complex(c), round(c), round(c, 2), -c, +c, abs(c), ~c)


class Text:
    def __repr__(self):
        return "REPR"

    def __format__(self, spec):
        return "F" + spec


print(str(Text()), f"{Text():x}", f"{Text()!r:>6}", "%s" % Text())


class BadText:
    def __repr__(self):
        return 1

    def __str__(self):
        return 1

    def __format__(self, spec):
        return 1


err(repr, BadText())
err(str, BadText())
err(format, BadText())
err(format, object(), "x")

# Changing special methods after the fact reaches instances and subclasses.


class Base:
    pass


class Derived(Base):
    pass


d = Derived()
err(len, d)
Base.__len__ = lambda self: 9
print(len(d))
Derived.__len__ = lambda self: 10
print(len(d))
del Derived.__len__
print(len(d))
del Base.__len__
err(len, d)
Base.__getattr__ = lambda self, n: n
print(d.anything)
del Base.__getattr__
err(lambda: d.anything)
Base.__eq__ = lambda self, o: True
print(d == 5)
del Base.__eq__
print(d == 5)
d.__len__ = lambda: 1
err(len, d)


class L(list):
    pass


l = L([1, 2])
print(l[0], len(l), l + [3], l == [1, 2])
L.__getitem__ = lambda self, i: "patched"
print(l[0])
del L.__getitem__
print(l[0])
L.__add__ = lambda self, o: "added"
print(l + [1])
L.__radd__ = lambda self, o: "radded"
print([1] + l)


class Desc:
    def __get__(self, obj, owner):
        return ("get", obj is None, owner.__name__)


class NonData:
    d = Desc()


n = NonData()
print(n.d, NonData.d)
n.__dict__["d"] = "own"
print(n.d)
Desc.__set__ = lambda self, obj, v: print("set", v)
print(n.d)
n.d = 4
err(delattr, n, "d")
del Desc.__set__
n.d = 5
print(n.d)


class Del:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        print("del", self.n)


Del(1)
x = Del(2)
del x
x = Del(3)
x = None


class Pow:
    def __pow__(self, o, m=None):
        return ("pow", o, m)

    def __rpow__(self, o, m=None):
        return ("rpow", o, m)


print(pow(Pow(), 2), pow(Pow(), 2, 3), 2 ** Pow(), Pow() ** 3)
err(pow, 2, [], 3)

print((5).__add__(3), (5).__radd__(3), (5).__lt__(6), (5).__add__("a"), [].__len__(), "a".__mul__(3))
err((5).__add__)
err((5).__add__, 1, 2)
err([].__len__, 1)
err(int.__add__)
err(int.__add__, "a", 1)
err(lambda: (5).__add__(x=1))
err(object.__setattr__, int, "x", 1)
print(object.__eq__(1, 1), object.__eq__(1, 2), object.__ne__(1, 1), object.__lt__(1, 2))
