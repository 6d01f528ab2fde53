# sys.settrace and sys.setprofile report what CPython reports.
import sys


def f(x):
    y = x + 1
    for i in range(2):
        y += i
    return y


def g():
    yield 1
    yield 2


events = []


def tracer(frame, event, arg):
    events.append((event, frame.f_lineno - frame.f_code.co_firstlineno, frame.f_code.co_name, arg if event == "return" else None))
    return tracer


def profiler(frame, event, arg):
    events.append((event, frame.f_code.co_name, getattr(arg, "__name__", arg)))


def show():
    for e in events:
        print(e)
    events.clear()


sys.settrace(tracer)
f(3)
sys.settrace(None)
show()

sys.settrace(tracer)
list(g())
try:
    f("a")
except TypeError:
    pass
sys.settrace(None)
show()

sys.setprofile(profiler)
len([1])
f(2)
sys.setprofile(None)
show()
