# skip-mode: gc; structures of 100 000 objects, collected at every chance, take minutes
# Recursion of every kind ends in RecursionError, and the interpreter goes on.
import sys


def attempt(name, f):
    try:
        f()
    except RecursionError as e:
        print(name, "RecursionError", str(e).startswith("maximum recursion depth exceeded"))
    else:
        print(name, "no error")


def plain(n=0):
    return plain(n + 1)


class R:
    def __repr__(self):
        return repr(self)


class E:
    def __eq__(self, other):
        return self == other


class G:
    def __getattr__(self, name):
        return getattr(self, name)


class C:
    def __call__(self):
        return self()


class H:
    def __hash__(self):
        return hash(self)


class I:
    def __iter__(self):
        return iter(self)


class A:
    def __add__(self, other):
        return self + other


class L:
    def __len__(self):
        return len(self)


class B:
    def __bool__(self):
        return not self


def nested_list():
    l = []
    for _ in range(100_000):
        l = [l]
    repr(l)


def nested_tuple_eq():
    a, b = (), ()
    for _ in range(100_000):
        a, b = (a,), (b,)
    return a == b


def nested_dict():
    d = {}
    for _ in range(100_000):
        d = {1: d}
    repr(d)


def gen():
    yield from gen()


def isinst():
    t = (int,)
    for _ in range(100_000):
        t = (t,)
    isinstance("x", t)


for name, f in [
    ("plain", plain),
    ("repr", lambda: repr(R())),
    ("eq", lambda: E() == 1),
    ("getattr", lambda: G().x),
    ("call", lambda: C()()),
    ("hash", lambda: hash(H())),
    ("iter", lambda: iter(I())),
    ("add", lambda: A() + 1),
    ("len", lambda: len(L())),
    ("bool", lambda: bool(B())),
    ("nested list repr", nested_list),
    ("nested tuple compare", nested_tuple_eq),
    ("nested dict repr", nested_dict),
    ("yield from", lambda: list(gen())),
    ("isinstance", isinst),
    ("sort key", lambda: sorted([1, 2], key=lambda x: plain())),
]:
    attempt(name, f)
print("alive")
