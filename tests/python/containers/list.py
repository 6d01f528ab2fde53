# Lists: methods, slices, comparison, iterators.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

class I:

    def __init__(self, v):
        self.v = v

    def __index__(self):
        return self.v
for args in [(), (1,), (-4,), (0, -1)]:
    attempt([1, 2, 3, 2, 1].index, 2, *args)
attempt([].pop)
attempt([1].pop, 5)
attempt([1, 2, 3].pop, -2)
attempt([1, 2, 3].pop, I(0))
attempt([1].pop, 'a')
attempt([1].pop, 10 ** 30)
attempt([1].insert, 10 ** 30, 1)
attempt([1].insert, 'a', 1)
l = [1, 2, 3]
l.insert(-10, 0)
l.insert(100, 9)
l.insert(-1, 8)
print(l)
attempt([1].remove, 2)
attempt([1].extend, 1)
attempt([1].__getitem__, 'a')
attempt([1].__getitem__, 10 ** 30)
attempt([1].__setitem__, 5, 1)
attempt([1].__delitem__, 5)
attempt([1].__setitem__, slice(0, 1), 5)
attempt([1, 2, 3].__setitem__, slice(0, 3, 2), 5)
attempt([1, 2, 3].__setitem__, slice(0, 3, 2), [1])
attempt([1, 2, 3].__getitem__, slice(None, None, 0))
attempt([1].__getitem__, slice('a'))
attempt(lambda: [1] + (1,))
attempt(lambda: [1] * 1.5)
attempt(lambda: [1] < 1)
attempt(lambda: [[]] * -1)
attempt(lambda: (1,) + [1])
attempt(lambda: () * 3)
for s in [slice(None), slice(1, 3), slice(3, 1), slice(None, None, -1), slice(-3, None, 2), slice(5, -20, -2), slice(100, None), slice(I(1), I(3))]:
    a = list(range(6))
    print(a[s], tuple(a)[s], (end_ := 0))
    del a[s]
    print(a)
    a = list(range(6))
    a[s] = list(range(100, 100 + len(a[s])))
    print(a)
a = [1, 2, 3]
a[1:1] = [7, 8]
print(a)
a[5:2] = [0]
print(a)
a[:] = a
print(a)
a[1:] = (x for x in [5, 6])
print(a)
a += (1, 2)
print(a)
a *= 2
print(a)
a *= 0
print(a)
print([1, 2] == [1, 2], [1, 2] < [1, 3], [1] < [1, 0], [2] > [1, 9], [1] != [1], [] <= [], [1, 2] == (1, 2))
a = []
a.append(a)
print(a)
t = (a,)
print(t)
d = {}
d[1] = d
print(d)
s = slice(a)
print(s)
print([1, 2, 3].__sizeof__() >= 40, [].__sizeof__())
it = iter([1, 2, 3])
next(it)
print(it.__length_hint__(), it.__reduce__()[1:], list(it), it.__length_hint__(), it.__reduce__()[1:])
it.__setstate__(0)
print(list(it))
it = reversed([1, 2, 3])
next(it)
print(it.__length_hint__(), it.__reduce__()[1:])
it.__setstate__(0)
print(list(it))
