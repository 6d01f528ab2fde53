# Comprehensions in annotation scopes, private names in type parameter scopes, __annotate__.
from __future__ import annotations as _not_used  # noqa: changes nothing for exec below
import sys


def run(source):
    ns = {"__name__": "m"}
    exec(compile(source, "<s>", "exec", dont_inherit=True), ns)
    return ns


ns = run('''
T = "global"
class C:
    T = "class"
    type A[T] = [T for _ in (1,)]
    type B = (T for _ in (1,))
    type D = (lambda: T)
class G[T]:
    T = "class"
    def meth[U](x: (T for _ in (1,)), y: T): pass
''')
C, G = ns["C"], ns["G"]
print(C.A.__value__[0] is C.A.__type_params__[0], list(C.B.__value__), C.D.__value__())
print(list(G.meth.__annotations__["x"])[0] is G.__type_params__[0], G.meth.__annotations__["y"])

ns = run('''
def base(x):
    class B: arg = x
    return B
class __X: pass
class Y[T: __X](base(lambda: __X), base([__X for _ in (1,)]), base(__X for _ in (1,))): pass
''')
Y = ns["Y"]
print(Y.__type_params__[0].__bound__ is ns["__X"], Y.__bases__[0].arg() is ns["__X"], list(Y.__bases__[2].arg) == [ns["__X"]])

ns = run('''
from __future__ import annotations
def f(x: int, *args: str) -> no_such: pass
class K:
    def m(self, y: K): pass
''')
f = ns["f"]
print(type(f.__annotate__).__name__, f.__annotate__(1), f.__annotations__)

ns = run('''
def f() -> None:
    def nested() -> None: pass
    return nested
class Outer:
    x: int
    def method(self, x: int): pass
''')
for o in (ns["f"], ns["f"](), ns["Outer"], ns["Outer"].method):
    print(o.__annotate__.__qualname__)


class X:
    a: int

    def __annotate__(format):
        return {"a": str}


print(X.__annotations__)
import types

mod = types.ModuleType("mod")
mod.__annotate__ = lambda x: 42
for o in (mod,):
    try:
        o.__annotations__
    except TypeError as e:
        print(e)


class Outer:
    def f(self, x):
        class P:
            __attr = "eggs"
            _Outer__attr = "bacon"

        p = P()
        setattr(p, "__attr", "spam")
        match p:
            case P(__attr=y):
                return y


print(Outer().f(None))

# all() and any() of a generator, with the names meaning something else.
import builtins

saved = builtins.all
builtins.all = lambda x: "mine"
print(all(x for x in [1]))
builtins.all = saved
