# Closing generators: with handlers around the yield and without.
import io


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


def plain():
    a, b = Noisy("a"), Noisy("b")
    yield 1
    yield 2


def finalizing():
    try:
        yield 1
    finally:
        print("finally")


def catching():
    try:
        yield 1
    except GeneratorExit as e:
        print("caught", repr(e))
        return "value"


def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass


def outer():
    x = Noisy("outer")
    yield from finalizing()


def after():
    try:
        yield 1
    finally:
        print("first over")
    yield 2


def handling():
    try:
        raise KeyError(1)
    except KeyError:
        yield 1


for make in (plain, finalizing, catching, outer, handling):
    g = make()
    print(make.__name__, next(g), g.close(), g.gi_frame, g.close(), next(g, "done"))
    g = make()
    next(g)
    del g
    g = make()
    print(g.close(), next(g, "never"))
g = after()
print(next(g), next(g), g.close(), list(g))
g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)
g = plain()
next(g)
frame = g.gi_frame
print(sorted(frame.f_locals))
g.close()
print(g.gi_frame, g.gi_running, g.gi_suspended)
del frame
print(any(Noisy(i).name > 1 for i in range(4)), all(x < 2 for x in range(9)), next(x for x in "ab"))


def running():
    try:
        yield 1
        me.close()
    except ValueError as e:
        print(e)


me = running()
next(me)
next(me, None)


async def coro():
    n = Noisy("coro")
    await Wait()


class Wait:
    def __await__(self):
        yield "wait"


c = coro()
print(c.send(None))
c.close()
print(c.cr_frame)
b = io.BytesIO(b"0123456789")
b.seek(3)
print(b.write(b"abc"), b.write(bytearray(b"de")), b.write(memoryview(b"XYZ")), b.write(b""), b.getvalue(), b.tell())
b.seek(15)
print(b.write(b"end"), b.getvalue())
v = b.getbuffer()
for data in (b"x", b""):
    try:
        b.write(data)
    except BufferError as e:
        print(e)
v.release()
b.close()
try:
    b.write(b"x")
except ValueError as e:
    print(e)
