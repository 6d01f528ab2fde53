# Making classes: metaclasses, MRO, hooks, special attributes, errors.


def err(f, /, *args, **kw):
    try:
        r = f(*args, **kw)
    except Exception as e:
        print(type(e).__name__ + ":", e)
        for note in getattr(e, "__notes__", ()):
            print("  note:", note)
    else:
        print("no error:", r)


class A:
    """Doc of A."""

    x = 1

    def f(self):
        return "A.f"


class B(A):
    def f(self):
        return "B.f " + super().f()


class C(A):
    def f(self):
        return "C.f " + super().f()


class D(B, C):
    def f(self):
        return "D.f " + super().f()


print(D().f(), [c.__name__ for c in D.__mro__], D.mro() == list(D.__mro__))
print(A.__doc__, B.__doc__, A.__name__, A.__qualname__, A.__module__, A.__bases__, A.__base__)
print(repr(A), A.__subclasses__() == [B, C])
print([k for k in A.__dict__ if k not in ("__static_attributes__", "__firstlineno__", "__annotations_cache__")])

err(type, "E", (A, B), {})
err(type, "E", (A, A), {})
err(type, "E", (int, str), {})
err(type, "E", (bool,), {})
err(type, "E", (1,), {})
err(type, 1, (), {})
err(type, "E", [], {})
err(type, "E", (), 1)
err(type, "E", ())
err(type)
err(type, 1, 2)
err(type, "a\0b", (), {})
err(type, "E", (), {}, x=1)


class Meta(type):
    def __new__(mcls, name, bases, ns, **kw):
        print("Meta.__new__", name, sorted(kw))
        return super().__new__(mcls, name, bases, ns)

    def __init__(cls, name, bases, ns, **kw):
        print("Meta.__init__", name, sorted(kw))
        super().__init__(name, bases, ns)

    def __call__(cls, *args, **kw):
        print("Meta.__call__", cls.__name__, args, kw)
        return super().__call__(*args, **kw)

    @classmethod
    def __prepare__(mcls, name, bases, **kw):
        print("Meta.__prepare__", name, sorted(kw))
        return {"prepared": True}

    @property
    def prop(cls):
        return "prop of " + cls.__name__


class M(metaclass=Meta, key=1):
    def __init__(self, a, b=2):
        print("M.__init__", a, b)


M(1, b=3)
print(M.prepared, M.prop, type(M))
err(lambda: M(1).prop)


class N(M):
    pass


print(type(N) is Meta)


class OtherMeta(type):
    pass


err(OtherMeta, "X", (M,), {})


class Init:
    def __init_subclass__(cls, /, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.tag = tag


class Tagged(Init, tag="t"):
    pass


print(Tagged.tag)


def bad():
    class Bad(Init, nope=1):
        pass


err(bad)


class Named:
    def __set_name__(self, owner, name):
        print("__set_name__", owner.__name__, name)


class UsesNamed:
    a = Named()
    b = Named()


class Raises:
    def __set_name__(self, owner, name):
        raise ValueError("no")


def bad():
    class X:
        field = Raises()


err(bad)


class Custom(type):
    def mro(cls):
        r = super().mro()
        print("mro of", cls.__name__)
        return r[:1] + [Extra] + r[1:] if cls.__name__ == "WithExtra" else r


class Extra:
    extra = 1


class WithExtra(metaclass=Custom):
    pass


print(WithExtra.__mro__, WithExtra.extra)
Extra.extra = 2
print(WithExtra.extra)


class BadMro(type):
    def mro(cls):
        return [cls, 1]


err(BadMro, "X", (), {})


class P:
    pass


class Q:
    def who(self):
        return "Q"


class R(P):
    pass


r = R()
err(lambda: r.who())
R.__bases__ = (Q,)
print(r.who(), R.__mro__)
err(setattr, R, "__bases__", ())
err(setattr, R, "__bases__", 1)
err(setattr, R, "__bases__", (1,))
err(setattr, Q, "__bases__", (R,))
err(setattr, R, "__bases__", (int,))
err(delattr, R, "__bases__")
err(setattr, int, "__bases__", (object,))
err(setattr, int, "x", 1)
err(delattr, int, "real")

P.__name__ = "Renamed"
P.__qualname__ = "Some.Renamed"
print(P, P.__name__)
err(setattr, P, "__name__", 1)
err(setattr, P, "__qualname__", 1)
err(delattr, P, "__name__")
P.__module__ = "elsewhere"
print(P)
P.__doc__ = "new doc"
print(P.__doc__)
err(getattr, P, "nope")
err(delattr, P, "nope")
print(P.__type_params__, P.__annotations__, int.__type_params__)
err(getattr, int, "__annotations__")


class Ann:
    a: int = 1
    b: "str"


print(Ann.__annotations__)
Ann.__annotations__ = {"z": 1}
print(Ann.__annotations__)
del Ann.__annotations__
print(Ann.__annotations__)


class Q2:
    __qualname__ = "Deep.Name"


print(Q2.__qualname__, Q2)


def bad():
    class X:
        __qualname__ = 1


err(bad)


class Static:
    def __new__(cls, *a):
        print("new", cls.__name__, a)
        return super().__new__(cls)

    def __class_getitem__(cls, item):
        return (cls.__name__, item)


Static(1)
print(Static[int], type(Static.__dict__["__new__"]).__name__, type(Static.__dict__["__class_getitem__"]).__name__)


class NotInit:
    def __new__(cls):
        return 5

    def __init__(self):
        print("never")


print(NotInit())


class Empty:
    pass


err(Empty, 1)
err(Empty, x=1)
err(object, 1)


class OnlyInit:
    def __init__(self):
        pass


err(OnlyInit, 1)
print(type(object.__new__(OnlyInit, 1)).__name__)


class OnlyNew:
    def __new__(cls, x):
        return object.__new__(cls)


OnlyNew(1)
err(object.__init__, OnlyNew(1), 1)


class InitReturns:
    def __init__(self):
        return 1


err(InitReturns)
err(object.__new__)
err(object.__new__, 1)
err(object.__new__, int)
err(int.__new__, str)
err(list.__new__, int)
err(lambda: type(None)(1))
print(type(None)(), type(...)(), type(NotImplemented)())
err(lambda: type((i for i in ()))())

import abc


class Abs(abc.ABC):
    @abc.abstractmethod
    def f(self): ...

    @abc.abstractmethod
    def g(self): ...


err(Abs)


class Half(Abs):
    def f(self): ...


err(Half)
Half.__abstractmethods__ = frozenset()
print(type(Half()).__name__)
err(getattr, int, "__abstractmethods__")
err(getattr, type, "__abstractmethods__")

print(type.__doc__ == type(type).__doc__, object.__doc__.splitlines()[0])
print(type.__dictoffset__ > 0, type.__flags__ & (1 << 31) != 0, int.__flags__ & (1 << 24) != 0)
print(isinstance(1, int), isinstance(True, int), issubclass(bool, int), issubclass(int, bool))
err(isinstance, 1, 1)
err(issubclass, 1, int)
print(int | None, int | str, (int | str) == (str | int))
err(lambda: int | 1)
print(dir(Empty()) == dir(object) + [] or sorted(set(dir(Empty())) - set(dir(object))))
