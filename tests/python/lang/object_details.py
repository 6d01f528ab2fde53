# Special methods, class creation, attribute errors.
import warnings


def t(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)


t(None.__ne__, None)
t(None.__ne__, 1)
t((2).__pow__)
t((2).__pow__, 1, 2, 3)
t((2).__rpow__)
t({}.pop, [])


class Bad:
    @property
    def __eq__(self):
        raise AttributeError("booh")


print(Bad() == Bad())


class S:
    __slots__ = ["a"]


t(lambda: S().a)


class Raises:
    @property
    def p(self):
        raise AttributeError("from property")


try:
    Raises().p
except AttributeError as e:
    print(e, e.name, type(e.obj).__name__)


class Meta(type):
    def __new__(cls, name, bases, namespace):
        return super().__new__(cls, name, bases, namespace)


class Base:
    def __init__(self):
        self.b = 42


class WithCell(Base, metaclass=Meta):
    __slots__ = ["__classcell__"]

    def __init__(self):
        super().__init__()


print(WithCell().b)

with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    type("K", (), {1: 2})
    print([str(x.message) for x in w])
t(lambda: type("K", (), {"__doc__": "\udcdc"}))


class B1(object):
    pass


class M2(B1, type):
    pass


class E(metaclass=M2):
    pass


print(type(E.__dict__).__name__)


class OnlyEnter:
    def __enter__(self):
        pass


class AsyncOnly:
    async def __aenter__(self):
        pass

    async def __aexit__(self, *a):
        pass


def enter(o):
    with o:
        pass


t(enter, object())
t(enter, OnlyEnter())
t(enter, AsyncOnly())

import collections

class M3(collections.UserDict, B1, list):
    pass


class S4(collections.UserList, dict, B1):
    pass


def kind(x):
    match x:
        case [*_]:
            return "seq"
        case {}:
            return "map"


print(kind(M3()), kind(S4()))

import copyreg, typing


class Gen[T]:
    def __init__(self, x):
        self.x = x


print(Gen(3).__reduce_ex__(0)[0].__name__, bool(Gen.__flags__ & 1 << 9), bool(int.__flags__ & 1 << 9))
print(type(compile("1", "f", "exec", 0x400)).__name__)
