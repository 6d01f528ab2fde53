# Frames, throw and close of generators and coroutines.
import sys
import warnings


def names():
    f, out = sys._getframe(1), []
    while f and f.f_code.co_name != "<module>":
        out.append(f.f_code.co_name)
        f = f.f_back
    return out


def inner():
    try:
        yield
    except KeyError:
        print(names())
        yield


def outer():
    yield from inner()


g = outer()
next(g)
g.throw(KeyError)


def kept():
    yield sys._getframe()


g = kept()
frame = next(g)
g.close()
print(frame.f_back)


async def agen():
    yield 1
    yield 2


def done(aw):
    try:
        aw.send(None)
    except StopIteration as e:
        return e.value


it = agen()
print(done(it.aclose()), done(it.aclose()))
it = agen()
a = it.asend(None)
try:
    a.send(None)
except StopIteration as e:
    print(e.value)


async def slow():
    await sleeping()
    yield 1


import types


@types.coroutine
def sleeping():
    yield "zzz"


aw = anext(slow(), "default").__await__()
print(aw.send(None))
aw.close()
try:
    aw.send(None)
except RuntimeError as e:
    print(e)


async def coro():
    pass


with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    c = coro()
    c.cr_frame.clear()
    print([str(x.message) for x in w])
    del c

from inspect import CO_COROUTINE
code = compile("x = [i async for i in ag()]", "<tla>", "exec", 0x2000)
print(bool(code.co_flags & CO_COROUTINE))
env = {"ag": agen}
try:
    types.FunctionType(code, env)().send(None)
except StopIteration:
    print(env["x"])
print(type(coro).__name__, types.CoroutineType.__dict__["__name__"].__doc__, types.GeneratorType.__dict__["__qualname__"].__doc__)

with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")

    def plain():
        pass

    plain.__code__ = kept.__code__
    print([x.category.__name__ for x in w if x.category is DeprecationWarning])
