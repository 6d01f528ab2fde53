# The copy and pickle hooks of object.
import copy
import copyreg


def err(f, /, *args):
    try:
        r = f(*args)
    except Exception as e:
        print(type(e).__name__ + ":", e)
    else:
        print("no error:", r)


class Plain:
    def __init__(self):
        self.a = 1
        self.b = [2]


p = Plain()
q = copy.copy(p)
print(q.__dict__, q.b is p.b, copy.deepcopy(p).b is p.b)
r = p.__reduce_ex__(2)
print(r[0] is copyreg.__newobj__, r[1] == (Plain,), r[2], r[3], r[4])
print(p.__reduce_ex__(0)[0].__name__, p.__reduce__()[2])
print(Plain.__new__(Plain).__getstate__(), p.__getstate__())


class Slots:
    __slots__ = ("x", "y")


s = Slots()
s.x = 1
print(s.__reduce_ex__(2)[2], copy.copy(s).x)
err(s.__reduce_ex__, 1)


class Mixed(Slots):
    pass


m = Mixed()
m.x, m.z = 1, 2
print(m.__getstate__())


class Args(Plain):
    def __getnewargs__(self):
        return (1, 2)


class ArgsEx:
    def __getnewargs_ex__(self):
        return (1,), {"k": 2}


print(Args().__reduce_ex__(2)[1][1:], ArgsEx().__reduce_ex__(4)[1][1:])


def bad(name, value):
    t = type("Bad", (), {name: lambda self: value})
    err(t().__reduce_ex__, 2)


bad("__getnewargs__", 1)
bad("__getnewargs_ex__", 1)
bad("__getnewargs_ex__", ())
bad("__getnewargs_ex__", (1, {}))
bad("__getnewargs_ex__", ((), 1))


class L(list):
    pass


class D(dict):
    pass


l = L([1, 2])
l.attr = 3
r = l.__reduce_ex__(2)
print(r[2], list(r[3]), r[4])
r = D(a=1).__reduce_ex__(2)
print(r[2], r[3], list(r[4]))


class Own:
    def __reduce__(self):
        return "own"


print(Own().__reduce_ex__(2))
err((i for i in ()).__reduce_ex__, 2)
err(object().__reduce_ex__, "a")
print(object().__reduce_ex__(2)[1], len.__reduce__(), [].append.__reduce__()[1][1], list.append.__reduce__()[1])
print(object().__sizeof__(), object.__subclasshook__(int), object.__init_subclass__())


class State:
    def __getstate__(self):
        return {"custom": 1}


print(State().__reduce_ex__(2)[2], copy.copy(State()).custom)
