# enumerate, zip, map, filter, reversed and the iterators of iter().

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

class Seq:

    def __init__(s, n):
        s.n = n

    def __getitem__(s, i):
        if i >= s.n:
            raise IndexError
        return i * 10

class SeqL(Seq):

    def __len__(s):
        return s.n
print(list(enumerate([5, 6], 3)))
print(list(enumerate([5, 6], start=2 ** 62 - 1)))
print(list(enumerate([1, 2, 3], 2 ** 63 - 2)))
print(list(enumerate([1], 10 ** 30)))
e = enumerate([1, 2, 3])
next(e)
print(e.__reduce__()[1][1], list(e))
attempt(enumerate)
attempt(enumerate, 1)
attempt(enumerate, [1], 1.5)
attempt(enumerate, [1], 2, 3)
attempt(enumerate, [], foo=1)
a = []
for p in enumerate([7, 8]):
    a.append(p)
print(a)
print([i + v for i, v in enumerate([1, 2, 3])])
print(enumerate.__class_getitem__(int))
print(list(zip()))
print(list(zip([1, 2])))
print(list(zip([1, 2], [3])))
print(list(zip([1, 2], [3, 4], [5, 6], [7, 8])))
print(list(zip([1], [2], [3], [4], [5], [6], [7], [8], [9], [10])))
attempt(zip, 1)
attempt(zip, [1], 1)
attempt(zip, [1], foo=1)
for args in [([1, 2], [1]), ([1], [1, 2]), ([1], [1], [1, 2]), ([1], [1], []), ([], [1]), ([], [], [2]), ([1, 2], [1, 2])]:
    attempt(lambda: list(zip(*args, strict=True)))
z = zip([1, 2], [3, 4])
print(next(z), len(z.__reduce__()), len(zip([1], strict=True).__reduce__()))
a = list(zip([1, 2, 3], ['a', 'b', 'c']))
print(a)
print([x for x in zip([1, 2], [3, 4])])
z = zip([1, 2], [3, 4])
z.__setstate__(True)
print(len(z.__reduce__()))
print(list(map(lambda a, b: a + b, [1, 2], [3, 4])))
print(list(map(abs, [-1])))
print(list(map(lambda *a: a, [1], [2], [3], [4], [5], [6], [7], [8], [9])))
attempt(map, 1)
attempt(map)
attempt(map, 1, 1)
attempt(lambda: list(map(1, [1])))
m = map(abs, [1, 2])
next(m)
print(m.__reduce__()[1][0] is abs, list(m))
print(list(filter(None, [0, 1, '', 2])), list(filter(bool, [0, 3])), list(filter(lambda x: x > 1, [1, 2, 3])))
attempt(filter, 1)
attempt(filter, None, 1)
attempt(lambda: list(filter(1, [1])))
print(len(filter(None, []).__reduce__()))
print(list(reversed([1, 2])), list(reversed(SeqL(3))), list(reversed((1, 2))), list(reversed('ab') if False else []))
attempt(reversed, Seq(3))
attempt(reversed, 1)
attempt(reversed, {1})
attempt(reversed)
r = reversed(SeqL(3))
print(next(r), r.__length_hint__(), r.__reduce__()[2])
r.__setstate__(0)
print(list(r), r.__length_hint__(), r.__reduce__()[1:])
r.__setstate__(3)

class NR:
    __reversed__ = None
attempt(reversed, NR())

class RV:

    def __reversed__(s):
        return 42
print(reversed(RV()))
print(list(iter(Seq(3))))
it = iter(SeqL(5))
next(it)
print(it.__length_hint__(), it.__reduce__()[2])
it.__setstate__(3)
print(list(it), it.__reduce__()[1:], list(it))
print(iter(Seq(3)).__length_hint__())
n = [0]

def f():
    n[0] += 1
    return n[0]
print(list(iter(f, 4)))
attempt(iter, 1)
attempt(iter, 1, 2)
attempt(iter)
it = iter(f, 0)
print(len(it.__reduce__()[1]))

def g():
    list(it2)
    return 1
it2 = iter(g, 2)

def stop():
    raise StopIteration
print(list(iter(stop, 1)))

class BadIter:

    def __iter__(s):
        return 1
attempt(iter, BadIter())
attempt(next, 1)
attempt(next, iter([]))
print(next(iter([]), 5), next(iter([1]), 5))
attempt(next)

def gen():
    yield 1
    return 7
gg = gen()
next(gg)
try:
    next(gg)
except StopIteration as e:
    print(e.value)
