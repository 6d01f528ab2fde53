# Dicts and their views.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

attempt(dict, 1)
attempt(dict, [(1, 2, 3)])
attempt(dict, 1, 2)
attempt({}.popitem)
attempt({}.pop, 1)
print({1: 2}.pop(1), {}.pop(1, 3))
attempt({}.pop)
attempt({}.get)
attempt({}.update, 1)
attempt({}.update, 1, 2)
print(dict([(1, 2), [3, 4]], a=5), dict({1: 2}, b=3), dict(a=1), dict(), dict(zip([1, 2], [3, 4])))

class M:

    def keys(self):
        return [1, 2]

    def __getitem__(self, k):
        return k * 10
print(dict(M()), {**M()})
d = {0: 0}
d.update(M(), z=1)
print(d)
print({1: 2} | {3: 4}, {1: 2} | {1: 5})
d = {1: 2}
d |= [(3, 4)]
print(d)
attempt(lambda: {} | [])
attempt(lambda: [] | {})
attempt(lambda: {}.__ior__(1))
print({}.setdefault(1), {1: 2}.setdefault(1, 5), dict.fromkeys([1, 2]), dict.fromkeys({3: 4}, 0), dict.fromkeys((), 1))
attempt(dict.fromkeys)
attempt(dict.fromkeys, 1)

class DD(dict):

    def __missing__(self, k):
        return k + 1
d = DD(a=1)
d.x = 5
print(d[3], d, d.x, d.copy(), type(d.copy()), d.get(9), DD.fromkeys([1]), type(DD.fromkeys([1])))
print({1: 2} == {1: 2}, {1: 2} == {1: 3}, {1: 2} != {1: 2}, {1: 2} == {1.0: 2.0})
attempt(lambda: {} < {})
print(list(reversed({1: 2, 3: 4})))
print(list({1: 2, 3: 4}.items()))
print(list(reversed({1: 2, 3: 4}.items())))
print(list(reversed({1: 2, 3: 4}.values())))
d = {i: i for i in range(5)}

def it(v):
    for x in v:
        d[x if isinstance(x, int) else 0, 'new'] = 1
attempt(it, d)
d = {1: 1}

def it2():
    for k in d:
        del d[k]
        d[k + 1] = 1
attempt(it2)
d = {1: 1, 2: 2}
i = iter(d)
next(i)
d[3] = 3
attempt(next, i)
attempt(next, i)
i = iter({1: 2, 3: 4}.items())
next(i)
print(i.__length_hint__(), i.__reduce__()[1:], list(i), i.__length_hint__(), i.__reduce__()[1:])
i = reversed({1: 2, 3: 4})
print(next(i), i.__length_hint__(), i.__reduce__()[1:])
k = {1: 2, 3: 4}.keys()
print(k)
print(len(k))
print(1 in k)
print(k == {1, 3})
print(k < {1, 3, 5})
print(k & [1, 9])
print(k | [7])
print(k - [1])
print(k ^ {1, 9})
print(k.isdisjoint([5]))
print(k.isdisjoint({1}))
print(k.mapping)
print([1, 2, 3] - k)
print({1} & k)
print((1, 5) | k)
v = {1: 2, 3: 4}.items()
print(v)
print((1, 2) in v)
print((1, 3) in v)
print(1 in v)
print(v & {(1, 2)})
print(v - {(1, 2)})
print(v | [(5, 6)])
print(v == {(1, 2), (3, 4)})
print(v ^ {5: 6}.items())
print(v.isdisjoint([(1, 2)]))
print({1: []}.items() ^ {1: []}.items())
attempt(hash, k)
attempt(lambda: k + 1)
attempt(lambda: k < 1)
attempt(lambda: k & 1)
print({1: 2}.values() == {1: 2}.values(), k == k, {1: 1}.keys() <= {1: 2}.keys())
print({}.__sizeof__() > 0)
