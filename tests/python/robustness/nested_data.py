# skip-mode: gc; structures of 100 000 levels, collected at every chance, take minutes
# Data nested 100 000 deep: printed, compared, hashed, copied, serialised, freed.
import collections
import copy
import functools
import gc
import json
import marshal
import pickle
import re
import threading
import types

N = 100_000


def attempt(name, f):
    try:
        result = f()
    except (RecursionError, ValueError, MemoryError, EOFError, pickle.PickleError, IndexError) as e:
        print(name, type(e).__name__ + ":", str(e).partition(" while ")[0].partition(" (")[0])
    else:
        print(name, "gives", result)


def nest(start, wrap, n=N):
    o = start
    for _ in range(n):
        o = wrap(o)
    return o


class Ordered(collections.OrderedDict):
    pass


KINDS = {
    "list": ([], lambda o: [o]),
    "tuple": ((), lambda o: (o,)),
    "dict": ({}, lambda o: {1: o}),
    "deque": (collections.deque(), lambda o: collections.deque([o])),
    "OrderedDict": (collections.OrderedDict(), lambda o: collections.OrderedDict(a=o)),
    "subclass": (Ordered(), lambda o: Ordered(a=o)),
    "namespace": (types.SimpleNamespace(), lambda o: types.SimpleNamespace(a=o)),
    "slice": (1, slice),
    "generic alias": (int, lambda o: list[o]),
    "exception": (ValueError(), ValueError),
}
for name, (start, wrap) in KINDS.items():
    attempt(f"repr of {name}", lambda: repr(nest(start, wrap)))
for name in ("list", "tuple", "dict", "deque", "namespace", "slice", "generic alias"):
    start, wrap = KINDS[name]
    attempt(f"{name} ==", lambda: nest(start, wrap) == nest(start, wrap))
for name in ("tuple", "generic alias"):
    attempt(f"hash of {name}", lambda: hash(nest(*KINDS[name])))
attempt("list <", lambda: nest([], lambda o: [o]) < nest([], lambda o: [o]))
a, b = [], []
a.append(b)
b.append(a)
attempt("lists in a circle ==", lambda: a == b)
attempt("frozenset", lambda: len(nest(frozenset(), lambda o: frozenset([o]))))
attempt("copy", lambda: copy.deepcopy(nest(*KINDS["list"])))
attempt("format", lambda: f"{nest(*KINDS['tuple'])}")
attempt("str of exception", lambda: str(nest(*KINDS["exception"])))
attempt("json.dumps list", lambda: json.dumps(nest(*KINDS["list"])))
attempt("json.dumps dict", lambda: json.dumps(nest({}, lambda o: {"a": o})))
attempt("json.dumps circle", lambda: json.dumps(a))
attempt("json.loads list", lambda: json.loads("[" * N + "]" * N))
attempt("json.loads dict", lambda: json.loads('{"a":' * N + "1" + "}" * N))
attempt("pickle.dumps", lambda: pickle.dumps(nest(*KINDS["list"])))
attempt("pickle.loads", lambda: len(pickle.loads(b"\x80\x04" + b"]" * N + b"a" * (N - 1) + b".")))
attempt("pickle.loads marks", lambda: pickle.loads(b"(" * N + b"."))
attempt("marshal.dumps", lambda: marshal.dumps(nest(*KINDS["list"])))
attempt("marshal.loads", lambda: marshal.loads(b"[" + b"\1\0\0\0[" * N))
attempt("marshal.loads tuples", lambda: marshal.loads(b")\1" * N + b"N"))
attempt("re.compile", lambda: re.compile("(" * N + ")" * N))
attempt("re.match", lambda: bool(re.match("(?:a|b)*c", "ab" * N + "c")))
attempt("group split", lambda: nest(ValueError(), lambda e: ExceptionGroup("g", [e])).split(TypeError))


def mk(f):
    def g():
        return f

    return g


class Plain:
    def __init__(self, next):
        self.next = next


class Slots:
    __slots__ = ("next",)

    def __init__(self, next):
        self.next = next


class Final(Plain):
    count = 0

    def __del__(self):
        Final.count += 1


def linked(attribute):
    def wrap(e):
        n = ValueError()
        setattr(n, attribute, e)
        return n

    return wrap


def local(o):
    l = threading.local()
    l.x = o
    return l


# Chains of objects are freed without using up the stack.
for name, start, wrap in [
    ("tuples", (), lambda o: (o,)),
    ("lists", [], lambda o: [o]),
    ("dicts", {}, lambda o: {1: o}),
    ("frozensets", frozenset(), lambda o: frozenset([o])),
    ("deques", None, lambda o: collections.deque([o])),
    ("instances", None, Plain),
    ("slots", None, Slots),
    ("finalisers", None, Final),
    ("closures", None, mk),
    ("cells", None, types.CellType),
    ("methods", print, lambda f: types.MethodType(f, 1)),
    ("partials", print, functools.partial),
    ("iterators", [], lambda o: iter([o])),
    ("zips", [], zip),
    ("generators", [], lambda g: (x for x in g)),
    ("causes", None, linked("__cause__")),
    ("contexts", None, linked("__context__")),
    ("mapping proxies", {}, lambda o: types.MappingProxyType({1: o})),
    ("classes' instances", None, lambda o: type("C", (), {"o": o}) if o is None else Plain(o)),
]:
    chain = nest(start, wrap, 3 * N)
    del chain
    print("freed", name)
chain = nest(None, local, 20_000)
del chain
print("freed thread locals", Final.count == 3 * N)


def tail(n):
    if n:
        tail(n - 1)
    else:
        raise ValueError


import sys

sys.setrecursionlimit(30_000)
try:
    tail(20_000)
except ValueError as e:
    kept = e
del kept
sys.setrecursionlimit(1000)
print("freed traceback")
circle = []
chain = nest(circle, lambda o: [o], 3 * N)
circle.append(chain)
del circle, chain
print("collected", gc.collect() >= 3 * N)
left = nest((), lambda o: (o,), 3 * N)
print("alive")
