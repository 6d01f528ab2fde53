# skip-mode: stress; a loop keeps what its compiled code refers to alive while it runs
# Behaviour CPython's own tests look at: containers changed while they are walked or compared,
# attribute names that are no plain strings, registered classes, pipes.
import os
import types
from abc import ABCMeta
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence

# Classes registered after a negative answer was remembered.
print(isinstance({}, MutableMapping), isinstance({}, Mapping), isinstance("", Sequence), isinstance([], MutableSequence))


class Base(metaclass=ABCMeta):
    pass


class Late:
    pass


print(issubclass(Late, Base), isinstance(Late(), Base))
Base.register(Late)
print(issubclass(Late, Base), isinstance(Late(), Base))


# Attribute names of a subclass of str.
class Name(str):
    pass


class Hashed(str):
    def __hash__(self):
        return super().__hash__()


class Plain:
    pass


p = Plain()
p.msg = 1
for kind in Name, Hashed:
    print(getattr(p, kind("msg")), hasattr(p, kind("nothing")))
    setattr(p, kind("more_" + kind.__name__), 2)
    delattr(p, kind("more_" + kind.__name__))
    setattr(Plain, kind("of_class_" + kind.__name__), 3)
    print(getattr(p, kind("of_class_" + kind.__name__)))
print(p.__dict__)

# __setstate__ with a key whose hash clears the dict.
state = {}


class Clearing(str):
    def __hash__(self):
        state.clear()
        return super().__hash__()


state[Clearing("x")] = Name("y")
e = Exception()
e.__setstate__(state)
print(e.x)


# A comparison that empties both lists.
class EmptiesSecond:
    def __eq__(self, other):
        second.clear()
        return NotImplemented


class EmptiesFirst:
    def __eq__(self, other):
        first.clear()
        return NotImplemented


first = [EmptiesSecond()]
second = [EmptiesFirst()]
print(first == second, first, second)

# Keys of sets are not hashed again.
class Counting(int):
    hashes = 0

    def __hash__(self):
        Counting.hashes += 1
        return int.__hash__(self)


source = set(map(Counting, range(10)))
dict.fromkeys(source)
dict.fromkeys(frozenset(source), 1)
print(Counting.hashes)

# The iterator of a range whose end could overflow.
for args in (1, 2**63 - 1), (1, 2**63 - 1, 2**63 - 1), (-1, -(2**63), -(2**63)), (0, 5), (5, 0, -1):
    it = iter(range(*args))
    print(type(it).__name__, next(it))


# Globals that are a subclass of dict.
class Missing(dict):
    def __missing__(self, key):
        return "missing " + key


def name():
    return nowhere, len


print(types.FunctionType(name.__code__, Missing())())
print(types.FunctionType(name.__code__, Missing(nowhere=1, len=2))())
name_error = types.FunctionType(name.__code__, {"len": 2})
try:
    name_error()
except NameError as e:
    print(e)

# Closing a pipe that was read ahead.
r, w = os.pipe()
os.write(w, b"abc\n")
os.close(w)
with open(r, "rb") as f:
    print(f.read(2))
r, w = os.pipe()
with open(w, "wb") as f:
    f.write(b"x")
with os.fdopen(r) as f:
    print(repr(f.read()))

# Cycles through dicts of every kind are collected.
import gc
import weakref
from collections import OrderedDict, defaultdict

for kind in dict, OrderedDict, lambda: defaultdict(int), type("Sub", (OrderedDict,), {}):

    class Cycle:
        table = kind()

    Cycle.table[Cycle] = None
    ref = weakref.ref(Cycle)
    del Cycle
    gc.collect()
    print(ref())
