# Sets and frozensets.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

attempt(set, 1)
attempt(set, 1, 2)
attempt({1}.remove, 2)
attempt(set().pop)
print({frozenset([1])}.__contains__({1}))
s = {frozenset([1])}
s.remove({1})
print(s)
s = {frozenset([1])}
s.discard({1})
print(s)
attempt({1}.remove, {2})
print({1, 2, 3}.union([4], (5,)))
print({1, 2, 3}.intersection([2, 3], [3]))
print({1, 2, 3}.difference([1], [2]))
print({1, 2}.symmetric_difference([2, 3, 3]))
print({1}.issubset([1, 2]))
print({1, 2}.issuperset([1]))
print({1}.isdisjoint([2]))
for op in ['__or__', '__and__', '__sub__', '__xor__']:
    print(getattr({1, 2, 3}, op)({2, 5}))
    print(getattr({1, 2, 3}, op)([1]))
    print(getattr(frozenset({1, 2, 3}), op)({2, 5}))
    print(getattr({1, 2, 3}, op)(frozenset({2, 5})))
s = {1, 2, 3}
s |= {4}
s &= {1, 4, 9}
s -= {1}
s ^= {4, 7}
print(s)
attempt(lambda: {1} | [1])

def f():
    s = {1}
    s |= [1]
attempt(f)
s = {1, 2, 3}
s.update([5], {6: 7})
s.difference_update([1])
s.intersection_update([2, 3, 5])
s.symmetric_difference_update([2, 9])
print(s)
s.clear()
print(s)
s = {1}
s -= s
print(s)
s = {1}
s ^= s
print(s)
print({1} < {1, 2}, {1} <= {1}, {1, 2} > {1}, {1} == {1.0}, {1} == frozenset([1]), {1} != {2}, {1} == [1])
attempt(lambda: {1} < [1])

class S(set):
    pass

class F(frozenset):
    pass
s = S([1, 2])
s.x = 1
print(s, S(), type(s | {1}), type(s.copy()), s.__reduce__(), F([1]), F([1]) | {2}, type(F([1]).copy()))
print(frozenset([1, 2]), frozenset(), hash(frozenset([1, 2, 3])), {frozenset([1]): 1}[frozenset([1])])
f = frozenset([1])
print(frozenset(f) is f, f.copy() is f)
attempt(frozenset, 1, 2)
s = {1, 2, 3}

def its():
    for x in s:
        s.add(x + 10)
attempt(its)
i = iter({1, 2, 3})
next(i)
print(i.__length_hint__(), i.__reduce__()[1:])
print({i for i in range(20)}, {i * 7 % 32 for i in range(30)}, {2 ** 61 - 1, 0, -1, -2}, set(range(100, 0, -7)))
s = set(range(50))
for i in range(0, 50, 3):
    s.discard(i)
s |= {i * 1000 for i in range(10)}
print(s)
print(s - set(range(20)), s & set(range(10, 30)))
s = set()

class SH:

    def __hash__(self):
        return 1

    def __eq__(self, o):
        s.clear()
        return False
s = {SH(), SH()}
s.add(SH())
attempt(s.__contains__, SH())
print(len(s))
print([set(), frozenset()])
