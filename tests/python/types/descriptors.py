# property, classmethod, staticmethod, super, methods, native descriptors.


def err(f, /, *args, **kw):
    try:
        r = f(*args, **kw)
    except Exception as e:
        print(type(e).__name__ + ":", e)
    else:
        print("no error:", r)


class C:
    def __init__(self):
        self._x = 1

    @property
    def x(self):
        "doc of x"
        return self._x

    @x.setter
    def x(self, v):
        self._x = v

    @x.deleter
    def x(self):
        del self._x

    ro = property(lambda self: 5)
    wo = property(None, lambda self, v: None)
    nothing = property()


c = C()
print(c.x)
c.x = 2
print(c.x, C.x.__doc__, C.x.__name__, C.x.fget.__name__, C.ro.__name__, type(C.x))
del c.x
err(lambda: c.x)
err(setattr, c, "ro", 1)
err(delattr, c, "ro")
err(getattr, c, "wo")
err(getattr, c, "nothing")
err(lambda: property().__get__(c))
err(lambda: property().__set__(c, 1))
err(lambda: property(lambda s: 1).__delete__(c))
print(property(lambda s: 1, doc="given").__doc__, property().__doc__)
p = property(lambda s: 1)
p.__doc__ = "set"
print(p.__doc__, p.__get__(None, C) is p)
err(lambda: property().__name__)
err(property, 1, 2, 3, 4, 5)
print(property(fget=1, doc="d").fget, p.fset, p.__isabstractmethod__)


class SubProp(property):
    "class doc"


class UsesSub:
    @SubProp
    def y(self):
        "y doc"
        return 3


print(UsesSub.y.__doc__, UsesSub().y, UsesSub.y.setter(lambda s, v: 1).__doc__)


class D:
    @classmethod
    def cm(cls, *a):
        "cm doc"
        return cls.__name__, a

    @staticmethod
    def sm(*a):
        "sm doc"
        return a


class E(D):
    pass


print(D.cm(1), E().cm(2), D.sm(3), E().sm(4), D.__dict__["sm"](5))
cm = D.__dict__["cm"]
sm = D.__dict__["sm"]
print(cm.__name__, cm.__qualname__, cm.__doc__, cm.__module__, sm.__name__, cm.__wrapped__ is cm.__func__)
print(repr(cm)[:30], repr(sm)[:31], cm.__isabstractmethod__, sorted(k for k in cm.__dict__ if k != "__annotations__"))
err(cm, 1)
err(classmethod)
err(classmethod, 1, 2)
err(classmethod, f=1)
err(staticmethod)
print(classmethod(5).__get__(None, int), staticmethod(5).__get__(1))
err(classmethod.__new__(classmethod).__get__, 1)
err(staticmethod.__new__(staticmethod).__get__, 1)
sm.attr = 1
print(sm.attr, sm.__dict__["attr"])

# super


class A:
    attr = "A"

    def f(self):
        return "A.f"

    @classmethod
    def g(cls):
        return "A.g", cls.__name__


class B(A):
    attr = "B"

    def f(self):
        return "B.f+" + super().f()

    @classmethod
    def g(cls):
        return super().g()

    def bare(self):
        return super()

    def explicit(self):
        return super(B, self).attr, super(__class__, self).f()

    def nested(self):
        return [super(B, self).attr for _ in range(1)], (lambda: super(B, self).attr)()

    def missing(self):
        return super().zzz

    def rebound(self, *args):
        cell = lambda: self
        return super().f() + str(cell() is self)

    def deleted(self):
        del self
        super().f()


b = B()
print(b.f(), b.g(), B.g(), b.explicit(), b.nested(), b.rebound())
print(b.bare(), super(B, B).f(b), super(B), super(B).__get__(b).attr, super(B, b).__thisclass__, super(B, b).__self_class__)
err(b.missing)
err(b.deleted)
err(super)
err(super, 1)
err(super, B, 1)
err(super, B, int)
err(super, B, b, 3)
err(lambda: super(B, b, x=1))
err(lambda: super(A, b).zzz)


def no_args():
    super()


err(no_args)


def no_cell(self):
    super()


err(no_cell, 1)
print(super(B, b).__class__, super(B, b).f.__self__ is b)
try:
    super(B, b).attr = 1
except AttributeError as e:
    print(e)

# bound methods

m = b.f
print(m == b.f, m is b.f, m.__self__ is b, m.__func__ is B.f, m.__name__, hash(m) == hash(b.f), B().f == m)
print(repr(m).split(" at ")[0])
err(lambda: m.nope)
err(setattr, m, "x", 1)
import types

print(types.MethodType(len, [1, 2])(), types.MethodType(lambda *a: a, 1)(2))
err(types.MethodType, 1, 2)
err(types.MethodType, len, None)
err(types.MethodType)
err(b.f, 1, 2, 3)

# native descriptors

print(list.append, [].append.__name__, list.append.__qualname__, list.append.__objclass__, list.append.__text_signature__)
print(list.__len__, [].__len__.__name__, list.__len__.__text_signature__, list.__len__.__doc__, list.__len__.__qualname__)
print(dict.fromkeys.__self__, dict.__dict__["fromkeys"], dict.fromkeys.__qualname__, repr(str.maketrans).split(" at ")[0])
print(int.real, int.real.__name__, type(int.real), type(list.append), type([].append), type(len), type([].__len__), type(list.__len__))
print(len.__self__.__name__, len.__module__, len.__name__, len.__text_signature__, len.__doc__)
print(repr([].append).split(" at ")[0], repr(len), repr("".__len__).split(" at ")[0])
err(list.append)
err(list.append, 1, 2)
err(list.append, [])
err([].append)
err([].append, 1, 2)
err(lambda: [].append(x=1))
err(list.__len__)
err(list.__len__, 1)
err(len)
err(len, 1, 2)
err(lambda: len(x=1))
err(dict.__dict__["fromkeys"])
err(dict.__dict__["fromkeys"], 1)
err(dict.__dict__["fromkeys"], int)
err(dict.__dict__["fromkeys"].__get__, None)
err(dict.__dict__["fromkeys"].__get__, None, 1)
err(int.real.__get__, "a")
err(int.real.__set__, 1, 2)
err(setattr, 1, "real", 2)
err(lambda: int.real.__get__(None, None))
print([].append == [].append, (l := []).append == l.append, hash(l.append) == hash(l.append), list.append == list.append)
print(l.__len__ == l.__len__, l.__len__ == [].__len__, list.append.__get__(l)(3), l, list.append.__get__(None, list))


class S:
    __slots__ = ("a", "__b", "c")

    def __init__(self):
        self.__b = 1


s = S()
print(S.a, type(S.a), s._S__b, S.a.__name__, S.a.__objclass__, S.a.__doc__)
err(lambda: s.a)
err(delattr, s, "a")
s.a = 5
print(s.a)
del s.a
err(lambda: s.a)
err(setattr, s, "zz", 1)
err(lambda: s.__dict__)
err(S.a.__get__, 1)
err(S.a.__set__, 1, 2)


class S2(S):
    __slots__ = {"d": "doc of d"}


class S3(S2):
    pass


x = S3()
x.a, x.d, x.e = 1, 2, 3
print(x.a, x.d, x.e, x.__dict__)
for slots in (1, [1], "1a", ["a", "__dict__", "__dict__"], ["__weakref__", "__weakref__"]):
    err(type, "X", (), {"__slots__": slots})
err(type, "X", (), {"__slots__": ["a"], "a": 1})
err(type, "X", (int,), {"__slots__": ["a"]})
err(type, "X", (C,), {"__slots__": ["__dict__"]})
err(type, "X", (S, type("Y", (), {"__slots__": ["q"]})), {})
print(type("X", (int,), {"__slots__": []})(5), type("X", (), {"__slots__": "abc"}).abc)

import weakref

err(weakref.ref, s)
print(weakref.ref(x)() is x)
W = type("W", (), {"__slots__": ["__weakref__"]})
w = W()
print(weakref.ref(w)() is w)

# __class__ assignment and __dict__


class K1:
    pass


class K2:
    def hi(self):
        return "hi " + self.v


k = K1()
k.v = "there"
k.__class__ = K2
print(k.hi(), type(k).__name__)
err(setattr, k, "__class__", 1)
err(setattr, k, "__class__", int)
err(setattr, k, "__class__", S)
err(delattr, k, "__class__")
err(setattr, 1, "__class__", int)
k.__dict__ = {"v": "new"}
print(k.hi())
d = k.__dict__
d["w"] = 1
print(k.w, vars(k))
err(setattr, k, "__dict__", 1)
del k.__dict__
print(k.__dict__)
k.z = 1
print(k.__dict__)
print(K1.__dict__["__dict__"], K1.__dict__["__weakref__"], k.__weakref__)

# modules

mod = types.ModuleType("mod", "its doc")
print(mod.__name__, mod.__doc__, mod.__spec__, mod.__loader__, mod.__package__, sorted(mod.__dict__), mod)
err(lambda: mod.nope)
err(delattr, mod, "nope")
mod.__getattr__ = lambda n: "hook " + n
print(mod.nope)
mod.__dir__ = lambda: ["b", "a"]
print(dir(mod))
err(types.ModuleType)
err(types.ModuleType, 1)
err(setattr, mod, "__dict__", {})
del mod.__name__, mod.__getattr__
err(lambda: mod.nope)


class SubMod(types.ModuleType):
    @property
    def p(self):
        return "p"


mod.__class__ = SubMod
print(mod.p)
mod.__annotations__ = {"x": 1}
print(mod.__annotations__)
del mod.__annotations__
print(mod.__annotations__)

# cells


def outer():
    v = 1

    def inner():
        return v

    return inner.__closure__[0]


cell = outer()
print(cell.cell_contents, cell == types.CellType(1), types.CellType() < cell, repr(types.CellType()).split(" at ")[0])
cell.cell_contents = 9
print(cell.cell_contents)
del cell.cell_contents
err(lambda: cell.cell_contents)
err(hash, cell)

# members of objects of variable size


class Text(str):
    __slots__ = ("a", "b")


for s in ("", "abc", "äöü", "日本語", "x" * 1000):
    v = Text(s)
    v.b = [s]
    print(v == s, v.b == [s], hasattr(v, "a"), len(v))
    del v.b
    err(lambda: v.b)


class Text2(Text):
    pass


v = Text2("q")
v.a, v.c = 1, 2
print(v, v.a, v.c, v.__dict__, weakref.ref(v)() is v)
