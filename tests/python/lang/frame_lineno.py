# frame.f_lineno = n from a trace function: where one may go, and what is left behind.
import sys
import warnings


def jump(func, at, to, event="line"):
    first = func.__code__.co_firstlineno
    done = []

    def tracer(frame, what, arg):
        if frame.f_code is not func.__code__:
            return None
        if what == event and frame.f_lineno == first + at and not done:
            done.append(1)
            try:
                frame.f_lineno = first + to
            except (ValueError, TypeError) as e:
                out.append(f"{type(e).__name__}: {e}")
        return tracer

    out = []
    sys.settrace(tracer)
    try:
        func(out)
    except Exception as e:
        out.append(repr(e))
    finally:
        sys.settrace(None)
    print(func.__name__, at, to, out)


def plain(out):
    out.append(1)
    out.append(2)
    out.append(3)


def loop(out):
    for i in range(3):
        out.append(i)
        out.append(10 + i)
    out.append("end")


class Leaving:
    def __init__(self, out):
        self.out = out

    def __iter__(self):
        yield 1
        yield 2

    def __del__(self):
        self.out.append("del")


def in_loop(out):
    out.append("start")
    for i in iter([1, 2]):
        out.append(i)
        out.append("body")
    out.append("end")


def handler(out):
    try:
        out.append("try")
        1 / 0
    except ZeroDivisionError:
        out.append("handler")
        out.append("still")
    out.append(sys.exception())
    out.append("after")


def nested(out):
    for i in [1]:
        for j in [2]:
            out.append(j)
        out.append(i)
    out.append("end")


def managed(out):
    out.append(1)
    with open(__file__):
        out.append(2)
    out.append(3)


jump(plain, 1, 3)
jump(plain, 3, 1)
jump(plain, 2, 99)
jump(plain, 2, -1)
jump(loop, 2, 4)
jump(loop, 3, 2)
jump(in_loop, 1, 4)
jump(in_loop, 3, 5)
jump(handler, 5, 8)
jump(handler, 2, 5)
jump(nested, 3, 4)
jump(nested, 3, 5)
jump(plain, 0, 2, "call")
jump(plain, 3, 1, "return")

with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")

    def unbound(out):
        x = 1
        y = 2
        out.append(x)

    jump(unbound, 1, 3)
    print([str(x.message) for x in w])

frame = sys._getframe()
try:
    frame.f_lineno = 1
except ValueError as e:
    print(e)
try:
    frame.f_lineno = 1.5
except ValueError as e:
    print(e)
