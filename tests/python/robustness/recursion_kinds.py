# skip-mode: gc; chains of 100 000 objects, collected at every chance, take minutes
# Every way of recursing without end raises RecursionError, and the interpreter goes on.
import functools
import itertools
import sys
import types

DEEP = 100_000


def attempt(name, f):
    try:
        f()
    except RecursionError as e:
        print(name, "RecursionError:", str(e).removeprefix("maximum recursion depth exceeded") != str(e))
    except BaseException as e:
        print(name, type(e).__name__, e)
    else:
        print(name, "no error")


SPECIAL = {
    "__repr__": ("repr(self)", repr),
    "__str__": ("str(self)", str),
    "__eq__": ("self == other", lambda a: a == a),
    "__lt__": ("self < other", lambda a: a < a),
    "__hash__": ("hash(self)", hash),
    "__call__": ("self()", lambda a: a()),
    "__iter__": ("iter(self)", iter),
    "__next__": ("next(self)", next),
    "__bool__": ("bool(self)", bool),
    "__len__": ("len(self)", len),
    "__int__": ("int(self)", int),
    "__float__": ("float(self)", float),
    "__complex__": ("complex(self)", complex),
    "__bytes__": ("bytes(self)", bytes),
    "__index__": ("[1][self]", lambda a: [1][a]),
    "__neg__": ("-self", lambda a: -a),
    "__abs__": ("abs(self)", abs),
    "__round__": ("round(self)", round),
    "__fspath__": ("__import__('os').fspath(self)", lambda a: __import__("os").fspath(a)),
    "__dir__": ("dir(self)", dir),
    "__sizeof__": ("__import__('sys').getsizeof(self)", sys.getsizeof),
    "__reversed__": ("reversed(self)", reversed),
    "__copy__": ("__import__('copy').copy(self)", lambda a: __import__("copy").copy(a)),
    "__reduce__": ("__import__('pickle').dumps(self)", lambda a: __import__("pickle").dumps(a)),
    "__await__": ("self.__await__()", lambda a: a.__await__()),
}
BINARY = {
    "__add__": "+",
    "__sub__": "-",
    "__mul__": "*",
    "__matmul__": "@",
    "__truediv__": "/",
    "__floordiv__": "//",
    "__mod__": "%",
    "__pow__": "**",
    "__lshift__": "<<",
    "__and__": "&",
    "__or__": "|",
    "__xor__": "^",
    "__gt__": ">",
    "__le__": "<=",
    "__ne__": "!=",
}
for name, (body, start) in SPECIAL.items():
    other = ", other" if name in ("__eq__", "__lt__") else ""
    scope = {}
    exec(f"class A:\n def {name}(self{other}): return {body}", scope)
    attempt(name, lambda: start(scope["A"]()))
for name, op in BINARY.items():
    scope = {}
    exec(f"class A:\n def {name}(self, other): return self {op} other\nf = lambda a: a {op} a", scope)
    attempt(name, lambda: scope["f"](scope["A"]()))
for name, op in [("__iadd__", "+="), ("__ior__", "|=")]:
    scope = {}
    exec(f"class A:\n def {name}(self, other):\n  self {op} other\n  return self\ndef f(a): a {op} 1", scope)
    attempt(name, lambda: scope["f"](scope["A"]()))


class Attributes:
    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __setattr__(self, name, value):
        self.x = value

    def __delattr__(self, name):
        del self.y


class Every:
    def __getattribute__(self, name):
        return self.x


class Property:
    @property
    def p(self):
        return self.p


class Descriptor:
    def __get__(self, instance, owner):
        return instance.d


class WithDescriptor:
    d = Descriptor()


class Items:
    def __getitem__(self, i):
        return self[i]

    def __setitem__(self, i, v):
        self[i] = v

    def __delitem__(self, i):
        del self[i]

    def __contains__(self, x):
        return x in self

    def __format__(self, spec):
        return f"{self:{spec}}"


class Init:
    def __init__(self):
        Init()


class New:
    def __new__(cls):
        return New()


class Enter:
    def __enter__(self):
        with self:
            pass

    def __exit__(self, *args):
        pass


class Checks(type):
    def __instancecheck__(cls, o):
        return isinstance(o, cls)

    def __subclasscheck__(cls, c):
        return issubclass(c, cls)


class Checked(metaclass=Checks):
    pass


def set_item(o):
    o[0] = 1


def del_item(o):
    del o[0]


def set_attr():
    Attributes().a = 1


def del_attr():
    del Attributes().a


def subclasses():
    class A:
        def __init_subclass__(cls):
            class B(A):
                pass

    class C(A):
        pass


def prepared():
    class M(type):
        @classmethod
        def __prepare__(mcls, name, bases):
            class X(metaclass=M):
                pass

    class A(metaclass=M):
        pass


attempt("getattr", lambda: Attributes().a)
attempt("setattr", set_attr)
attempt("delattr", del_attr)
attempt("getattribute", lambda: Every().a)
attempt("property", lambda: Property().p)
attempt("descriptor", lambda: WithDescriptor().d)
attempt("getitem", lambda: Items()[0])
attempt("setitem", lambda: set_item(Items()))
attempt("delitem", lambda: del_item(Items()))
attempt("contains", lambda: 1 in Items())
attempt("format", lambda: format(Items(), "x"))
attempt("init", Init)
attempt("new", New)
attempt("with", lambda: Enter().__enter__())
attempt("isinstance", lambda: isinstance(1, Checked))
attempt("issubclass", lambda: issubclass(int, Checked))
attempt("init_subclass", subclasses)
attempt("prepare", prepared)


def generator():
    yield from generator()


async def coroutine():
    await coroutine()


def by_eval():
    eval("by_eval()")


def key(x):
    return sorted([1, 2], key=key)


def mapped(x):
    return list(map(mapped, [1]))


def reduced(a, b):
    return functools.reduce(reduced, [1, 2])


def handler():
    try:
        handler()
    except RecursionError:
        handler()


def run(c):
    try:
        c.send(None)
    finally:
        c.close()


attempt("yield from", lambda: list(generator()))
attempt("await", lambda: run(coroutine()))
attempt("eval", by_eval)
attempt("key", lambda: key(1))
attempt("map", lambda: mapped(1))
attempt("reduce", lambda: reduced(1, 2))


def chain(start, wrap):
    o = start
    for _ in range(DEEP):
        o = wrap(o)
    return o


def calls(o):
    class B:
        __call__ = o

    return B()


def named_partial(f):
    p = functools.partial(f)
    p.x = 1
    return p


for name, start, wrap, use in [
    ("map", [], lambda m: map(str, m), list),
    ("filter", [], lambda m: filter(None, m), list),
    ("zip", [], zip, list),
    ("enumerate", [], enumerate, list),
    ("chain", [], itertools.chain, list),
    ("islice", [], lambda m: itertools.islice(m, 1), list),
    ("accumulate", [], itertools.accumulate, list),
    ("generator expression", [], lambda m: (x for x in m), list),
    ("partial", print, named_partial, lambda f: f()),
    ("staticmethod", print, staticmethod, lambda f: f()),
    ("isinstance tuple", (), lambda t: (t,), lambda t: isinstance(1, t)),
    ("mappingproxy len", {}, types.MappingProxyType, len),
    ("mappingproxy get", {}, types.MappingProxyType, lambda m: m.get(1)),
    ("mappingproxy eq", {}, types.MappingProxyType, lambda m: m == {}),
    ("mappingproxy iter", {}, types.MappingProxyType, iter),
    ("mappingproxy keys", {}, types.MappingProxyType, lambda m: m.keys()),
]:
    attempt(name, lambda: use(chain(start, wrap)))
c = print
for i in range(20_000):
    c = calls(c)
attempt("call chain", c)

limit = sys.getrecursionlimit()
sys.setrecursionlimit(12)
attempt("handler that recurses", handler)
sys.setrecursionlimit(limit)


# A finaliser that makes another object of its kind.
class Again:
    made = 0

    def __del__(self):
        Again.made += 1
        Again()


sys.unraisablehook = lambda u: None
stderr, sys.stderr = sys.stderr, None
Again()
sys.stderr = stderr
print("finalisers", Again.made > 50)
