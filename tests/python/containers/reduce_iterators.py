# `__reduce__` of iterators looks `iter` up before it looks at the iterator.
import builtins

names = builtins.__dict__
saved = {"iter": iter, "reversed": reversed}


class Name:
    def __init__(self, name, iterator):
        self.name, self.iterator = name, iterator

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        list(self.iterator)
        return other == self.name


class Sequence:
    def __getitem__(self, i):
        return [1, 2][i]


def reduced(name, it):
    del names[name]
    names[Name(name, it)] = saved[name]
    try:
        return it.__reduce__()
    finally:
        del names[name]
        names[name] = saved[name]


for items in ("xyz", "caf\u00e9", [1, 2], (1, 2), b"ab", bytearray(b"ab"), Sequence(), tuple[int]):
    print(reduced("iter", iter(items)))
print(reduced("iter", iter(lambda: 0, 0)))
print(reduced("reversed", reversed([1, 2])))
for it in iter([1]), reversed([1]), iter((1,)), iter("a"), iter(b"a"), iter({1: 2}), iter({1}):
    print(it.__reduce__(), list(it), it.__reduce__())
for it in iter([1]), iter((1,)), iter("a"), iter(b"a"), reversed([1]):
    try:
        it.__setstate__(None)
    except TypeError as e:
        print(e)
