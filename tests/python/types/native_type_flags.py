# What the flags of native classes say, and that their attributes cannot be set.
import _random, _struct, array, collections, functools, itertools, operator, pickle, re, typing, weakref
from typing import Generic, TypeVar

HEAP, IMMUTABLE = 1 << 9, 1 << 8
for t in (int, type, weakref.ref, collections.OrderedDict, typing.TypeAliasType, collections.deque, functools.partial,
          itertools.chain, array.array, typing.Generic, typing.TypeVar, _random.Random, re.Pattern):
    print(t.__name__, bool(t.__flags__ & HEAP), bool(t.__flags__ & IMMUTABLE))
for t in (collections.deque, collections.OrderedDict, collections.defaultdict, functools.partial, itertools.count,
          operator.itemgetter, array.array, _struct.Struct):
    try:
        t.attribute = 1
    except TypeError as e:
        print(e)
T = TypeVar("T")


class Box(Generic[T]):
    def __init__(self, value):
        self.value = value


for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    print(pickle.loads(pickle.dumps(Box[int](3), protocol)).value, end=" ")
print(int.__itemsize__, bool.__itemsize__, (2**100).__sizeof__() == int.__basicsize__ + 4 * int.__itemsize__)
