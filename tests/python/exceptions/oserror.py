# OSError: choice of class, arguments, text, pickling state.
def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, "|", e)


for errno in (1, 2, 3, 4, 10, 11, 13, 17, 20, 21, 32, 103, 104, 108, 110, 111, 114, 115, 5):
    print(errno, type(OSError(errno, "x")).__name__)
for args in ((), (2,), (2, "x"), (2, "x", "f"), (2, "x", "f", None, "g"), (2, "x", None), (2, "x", "f", 1, None), (1, 2, 3, 4, 5, 6)):
    e = OSError(*args)
    print(repr(e), "|", str(e), "|", e.errno, e.strerror, e.filename, e.filename2, e.args, e.__reduce__()[1])
attempt(OSError, 1, 2, a=3)
b = BlockingIOError(11, "x", 7)
print(b.characters_written, b.args, b.filename)
b.characters_written = 9
print(b.characters_written)
del b.characters_written
attempt(getattr, b, "characters_written")
attempt(delattr, b, "characters_written")
attempt(setattr, b, "characters_written", "x")
attempt(getattr, OSError(), "characters_written")
print(repr(FileNotFoundError(13, "x")))


class Sub(OSError):
    pass


print(type(Sub(2, "x")).__name__, Sub(2, "x", "f").filename)


class OwnInit(OSError):
    def __init__(self, value, *rest):
        super().__init__(*rest)
        self.value = value


o = OwnInit("v", 2, "x", "f")
print(type(o).__name__, o.value, o.errno, o.filename, o.args, str(o))


class OwnNew(OSError):
    def __new__(cls, value, *rest):
        self = super().__new__(cls, *rest)
        self.value = value
        return self


o = OwnNew("v", 2, "x")
print(o.value, o.errno, o.args)


class Both(OSError):
    def __new__(cls, *args, **kw):
        return super().__new__(cls, *args)

    def __init__(self, *args, **kw):
        super().__init__(*args)


print(Both(2, "x", "f", k=1).filename)
e = OSError(2, "x", "f")
e.errno = 5
e.filename = None
print(str(e), type(e).__name__)
