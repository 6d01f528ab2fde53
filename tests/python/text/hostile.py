"""Objects that change what is being worked on."""


def attempt(name, f):
    try:
        print(name, "->", ascii(f()))
    except Exception as e:
        print(name, "!!", type(e).__name__, str(e))


class Index:
    def __init__(self, action, value=0):
        self.action, self.value = action, value

    def __index__(self):
        self.action()
        return self.value


def bytearrays():
    b = bytearray(b"abcdef")
    attempt("clear while storing", lambda: b.__setitem__(5, Index(b.clear, 65)))
    b = bytearray(b"abcdef")
    attempt("clear while indexing", lambda: b[Index(b.clear, 5)])
    b = bytearray(b"abcdef")
    attempt("clear in a slice bound", lambda: b[Index(b.clear, 1):4])
    b = bytearray(b"abcdef")
    attempt("clear while assigning a slice", lambda: b.__setitem__(slice(1, 3), [Index(b.clear, 1), 2]))
    print(b)
    b = bytearray(b"abcdef")
    attempt("clear while inserting", lambda: b.insert(4, Index(b.clear, 66)))
    print(b)
    b = bytearray(b"abcdef")
    attempt("clear while searching", lambda: b.find(Index(b.clear, 97)))
    b = bytearray(b"abcdef")
    attempt("extend with itself", lambda: b.extend(b))
    b[1:3] = b
    print(b)
    attempt("add to itself", lambda: b.__iadd__(b))

    class Items(list):
        def __iter__(self):
            b.clear()
            return iter([b"x", b"y"])

    b = bytearray(b"--")
    attempt("join", lambda: b.join(Items()))
    b = bytearray(b"abc")
    it = iter(b)
    print(next(it), b.clear(), list(it), list(it))

    with memoryview(b):
        for name in ("append", "extend", "insert", "pop", "clear", "__iadd__"):
            args = {"append": (1,), "extend": (b"x",), "insert": (0, 1), "__iadd__": (b"x",)}.get(name, ())
            attempt(name, lambda: getattr(b, name)(*args))


def memoryviews():
    m = memoryview(bytearray(b"abcdef"))
    attempt("release while storing", lambda: m.__setitem__(0, Index(m.release, 1)))
    m = memoryview(bytearray(b"abcdef"))
    attempt("release while indexing", lambda: m[Index(m.release, 1)])
    m = memoryview(bytearray(b"abcdef"))
    m = memoryview(bytearray(24)).cast("B", [2, 3, 4])
    attempt("release in a tuple", lambda: m[0, Index(m.release, 1), 1])

    class Float:
        def __float__(self):
            m.release()
            return 1.0

    m = memoryview(bytearray(8)).cast("d")
    attempt("release while packing", lambda: m.__setitem__(0, Float()))

    m = memoryview(b"abc")
    other = memoryview(m)
    attempt("exported", lambda: (bytes(m), m.release(), other.tolist()))


def strings():
    class Table(dict):
        def __missing__(self, key):
            self.clear()
            return "<%d>" % key

    print("abca\u1234".translate(Table()))
    parts = ["a", "b", "c"]

    class Text(str):
        def __str__(self):
            parts.clear()
            return "t"

    print("%s %s" % (Text("x"), Text("y")), "{} {}".format(Text("x"), parts))
    keys = {}

    class Mapping(dict):
        def __missing__(self, key):
            return self

    print("%(a)s" % Mapping(), "{a[b][c]}".format_map(Mapping()))
    for width in ("9" * 30, "9" * 12):
        attempt("width", lambda: format("x", width))
        attempt("width", lambda: format(1, width))
        attempt("width", lambda: ("%" + width + "d") % 1)
    attempt("repeat", lambda: "ab" * (1 << 62))
    attempt("repeat", lambda: "ab" * (1 << 61))
    attempt("pad", lambda: "ab".ljust(1 << 62))
    attempt("pad", lambda: b"ab".ljust(1 << 62))
    attempt("shift", lambda: 1 << (1 << 50))
    attempt("bytes", lambda: bytes(1 << 61))
    attempt("to_bytes", lambda: (1).to_bytes(1 << 61, "big"))


bytearrays()
memoryviews()
strings()
