# Arguments that containers and text take or refuse.
import array
import struct


def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw))[:80])
    except Exception as e:
        print(type(e).__name__, str(e)[:90])


class NegativeLength:
    def __len__(self):
        return -1

    def __getitem__(self, i):
        raise IndexError


class BadIndex:
    def __index__(self):
        return "x"


class Dict(dict):
    pass


class New(set):
    def __new__(cls, arg, newarg=None):
        return super().__new__(cls, arg)


class Init(set):
    def __init__(self, arg, newarg=None):
        super().__init__(arg)


class Text(str):
    def __new__(cls, value):
        self = str.__new__(cls, "\u20ac")
        self.value = value
        return self

    def __bytes__(self):
        return self.value


attempt(New, [1, 2], newarg=3)
attempt(Init, [1], newarg=3)
attempt(set, [1], [2])
attempt(New([1]).__init__, 1, 2)
attempt({}.pop, [], 5)
attempt({1: 2}.pop, [], 5)
attempt({1: 2}.keys().__and__, frozenset({1, 2}))
attempt(bytearray, NegativeLength())
attempt(bytes, NegativeLength())
attempt(bytearray().extend, NegativeLength())
attempt(b"".__contains__, BadIndex())
attempt(bytes, Text(b"abc"))
attempt(bytes, Text(b"abc"), "iso8859-15")
attempt(bytes, Text(b"abc"), errors="strict")
attempt(bytearray, Text(b"abc"))
attempt(bytes, "abc")
attempt(b"".decode, "no such codec")
attempt(b"a".decode, "no such codec")
attempt(str.maketrans, Dict(a=1))
attempt(object().__format__, None)
attempt(str, b"", None)
attempt(Exception().add_note, None)
for format in "%c", b"%c":
    attempt(format.__mod__, Dict())
text = "".join(["a", "bc"])
print(text.__getnewargs__()[0] is text, text.__getnewargs__())
attempt(array.array, "i", None)
attempt(array.array("w", b"\xff\xff\xff\xff").tounicode)
attempt(str, array.array("w", b"\xff\xff\xff\xff"))
attempt(struct.pack, "P", 2**70)
for order in "", "<", ">":
    attempt(struct.pack, order + "f", 1e39)
empty = struct.Struct.__new__(struct.Struct)
print(empty.size)
attempt(empty.pack)
attempt(object().__setattr__)


class Liar:
    def __iter__(self):
        return iter(())

    def __length_hint__(self):
        return 2**63 - 1


items = [1, 2]
items.extend(Liar())
print(items)
attempt([].extend, Liar())
