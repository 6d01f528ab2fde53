# Attributes of exceptions: setters, deletion, state, text.
def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, "|", e)


e = ValueError(1, "two")
print(repr(e), str(e), e.args, e.__dict__)
print(str(ValueError()), repr(ValueError()), str(ValueError("x")), str(ValueError(None)))
for name in ("args", "__traceback__", "__context__", "__cause__", "__suppress_context__"):
    attempt(setattr, e, name, 3)
    attempt(delattr, e, name)
e.args = [1, 2]
print(e.args)
e.__cause__ = KeyError("k")
print(repr(e.__cause__), e.__suppress_context__)
e.__cause__ = None
print(e.__cause__, e.__suppress_context__)
e.__suppress_context__ = False
print(e.__suppress_context__)
e.extra = 5
print(e.__dict__, e.__reduce__()[1:])
e.__setstate__({"more": 6})
print(e.__dict__)
attempt(e.__setstate__, 3)
attempt(e.__setstate__, {1: 2})
attempt(setattr, e, "__dict__", 3)
attempt(delattr, e, "__dict__")
e.__dict__ = {"fresh": 1}
print(e.fresh, e.__dict__)
e.add_note("one")
e.add_note("two")
print(e.__notes__)
e.__notes__ = 3
attempt(e.add_note, "three")
attempt(e.with_traceback, 3)
attempt(ValueError, 1, a=2)
print(e.with_traceback(None) is e)


class Mine(Exception):
    def __init__(self, a, b):
        self.a, self.b = a, b


m = Mine(1, 2)
print(repr(m), str(m), m.args, m.__reduce__())


class Quiet(Exception):
    def __new__(cls, *args, **kw):
        return super().__new__(cls, *args)

    def __init__(self, *args, key=None):
        super().__init__(*args)
        self.key = key


q = Quiet(1, key=2)
print(repr(q), q.key)
attempt(ValueError.__new__)
attempt(ValueError.__new__, int)
attempt(KeyError.__new__, ValueError)

s = StopIteration(3)
print(s.value, StopIteration().value)
s.value = 4
print(s.value, s.args)
del s.value
print(s.value)
print(SystemExit().code, SystemExit(3).code, SystemExit(3, 4).code)
print(str(KeyError("k")), str(KeyError("")), str(KeyError(1, 2)), str(KeyError()))
i = ImportError("m", name="n", path="p")
print(i.msg, i.name, i.path, i.name_from, str(i), i.__reduce__()[1:])
attempt(ImportError, "m", foo=1)
attempt(ImportError, name="a", bar=1)
print(ImportError(1).msg, str(ImportError(1)), ImportError(1, 2).msg)
a = AttributeError("m", name="n", obj=3)
print(a.name, a.obj, a.__reduce__()[1:], a.__getstate__())
n = NameError("m", name="n")
print(n.name, n.__reduce__()[1:])
attempt(NameError, "m", name=1, other=2)
attempt(AttributeError, "m", foo=2)
try:
    int.nothing
except AttributeError as err:
    print(err.name, err.obj, err.args)
try:
    unknown_name
except NameError as err:
    print(err.name, err)
