# Ranges of any size.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

for r in [range(0), range(5), range(1, 10, 3), range(10, 0, -3), range(10 ** 30), range(10 ** 30, 10 ** 30 + 5), range(5, 5), range(-5, 5, 2), range(2 ** 62, 2 ** 62 + 3), range(-2 ** 63, 2 ** 63 - 1), range(0, 2 ** 64, 2 ** 62)]:
    print(r)
    print(bool(r))
    print(r[0:2])
    print(r[::-1])
    print(list(r[:3]))
    print(list(r[-2:]))
    print(r == r[:])
    print(hash(r) == hash(r[:]))
    print(3 in r)
    print(10 ** 30 in r)
    print(3.0 in r[:5])
    print('a' in r[:5])
    print(list(reversed(r))[:3] if len(r[:4]) < 4 or r.stop < 100 else None)
    attempt(lambda: r[10 ** 40])
    attempt(lambda: r[0])
    attempt(lambda: r[-1])
    attempt(len, r)
    print(r.start, r.stop, r.step, r.__reduce__()[1], r.count(1), iter(r).__length_hint__(), iter(r).__reduce__()[1:])
attempt(range)
attempt(range, 1, 2, 3, 4)
attempt(range, 1.5)
attempt(range, 1, 2, 0)
attempt(range, 'a')
attempt(range, a=1)
attempt(range(3).index, 7)
attempt(range(3).index, 1.0)
attempt(range(3).index, 'z')
attempt(lambda: range(3)['a'])
attempt(lambda: range(3) < range(4))
print(range(0) == range(2, 1), range(0, 3, 2) == range(0, 4, 2), range(1) != range(2), range(True))
it = iter(range(10))
next(it)
it.__setstate__(3)
print(list(it))
it = iter(range(10 ** 30, 10 ** 30 + 9))
next(it)
it.__setstate__(3)
print(list(it))
for s in [slice(None, None, 2), slice(3, None), slice(None, -1), slice(-1, None, -2)]:
    print(range(10)[s], range(10 ** 20, 10 ** 20 + 10)[s])
