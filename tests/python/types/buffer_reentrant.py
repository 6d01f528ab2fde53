# Code that runs in the middle of an operation on a buffer cannot take the memory away.
import array


class Sep(bytes):
    def __len__(self):
        act()
        return 1


def attempt(f, *args):
    try:
        print(f(*args))
    except (BufferError, ValueError, TypeError, IndexError) as e:
        print(type(e).__name__, e)


for make in (bytearray, lambda b: array.array("B", b)):
    data = make(b"ABCD")
    view = memoryview(data)

    def act():
        view.release()
        data[:] = make(b"")

    attempt(view.hex, Sep(b":"))
    print(bytes(data))


class Hashing(array.array):
    def __hash__(self):
        view.release()
        return 1


view = memoryview(Hashing("B", b"abc")).toreadonly()
attempt(hash, view)


class Index:
    def __index__(self):
        view.release()
        return 2


owner = bytearray(b"abcdef")
view = memoryview(owner)
print(view[: Index()].tobytes())
attempt(view.tobytes)
view = memoryview(owner)
attempt(lambda: view[Index()])


class Evil:
    def __index__(self):
        data.clear()
        return 65

    def __buffer__(self, flags):
        data.clear()
        return memoryview(b"A")


class Repr:
    def __repr__(self):
        data.clear()
        return "r"


def act():
    data.clear()


for name in ("find", "count", "index", "rindex", "rfind", "__contains__", "split", "rsplit"):
    data = bytearray(b"AxA")
    attempt(getattr(data, name), Evil())
data = bytearray(b"%a end")
attempt(data.__mod__, Repr())
data = bytearray(b"ab")
attempt(data.hex, Sep(b":"))
data.clear()
print(data)


class Other(bytearray):
    def __buffer__(self, flags):
        return memoryview(b"hello")

    def __release_buffer__(self, view):
        try:
            super().__release_buffer__(view)
        except ValueError as e:
            print(e)


with memoryview(Other(b"x")) as view:
    print(view.tobytes())
