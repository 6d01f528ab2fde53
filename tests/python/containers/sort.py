# Sorting: keys, stability, failures, lists changed meanwhile.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

import_data = [5, 3, 8, 1, 9, 2, 7, 3, 5, 1]
print(sorted(import_data))
print(sorted(import_data, reverse=True))
print(sorted(import_data, key=lambda x: -x))
print(sorted(import_data, key=lambda x: x % 3))
print(sorted(import_data, key=lambda x: x % 3, reverse=True))
print(sorted([1.5, 1, 0.5, 2, -3.25, 2 ** 60]))
print(sorted([(2, 'b'), (1, 'z'), (2, 'a'), (1,)]))
print(sorted(['b', 'aa', 'a', '', 'abc', 'abd']))
print(sorted([(1, 2.5), (1, 'x')][:1]))
attempt(sorted, [(1, 'a'), (1, 2)])
attempt(sorted, [1, 'a'])
attempt(sorted, 1)
attempt(sorted)
attempt(sorted, [1], 2)
attempt(sorted, [1], foo=2)
attempt([1].sort, 1)
attempt([].sort, foo=1)

def mut():
    l = [3, 2, 1]

    def k(x):
        l.append(x)
        return x
    l.sort(key=k)
attempt(mut)

def mut2():
    l = [3, 2, 1]

    class C:

        def __lt__(self, o):
            print(len(l))
            l.clear()
            return True
    l[:] = [C(), C()]
    l.sort()
attempt(mut2)

class K:

    def __init__(s, v):
        s.v = v

    def __lt__(s, o):
        return s.v < o.v

    def __repr__(s):
        return repr(s.v)
print(sorted([K(x) for x in import_data]), sorted([K(x) for x in range(200)], reverse=True)[:5])
x = 12345

def rnd():
    global x
    x = (x * 1103515245 + 12345) % 2147483648
    return x
big = [rnd() % 1000 for _ in range(3000)]
o = sorted([K(v) for v in big])
print([a.v for a in o] == sorted(big))
idx = sorted(range(3000), key=lambda i: K(big[i]))
print(all([(big[a], a) < (big[b], b) for a, b in zip(idx, idx[1:])]))
idx = sorted(range(3000), key=lambda i: big[i], reverse=True)
print(all([(-big[a], a) < (-big[b], b) for a, b in zip(idx, idx[1:])]))
print(sorted([float('nan') if False else 3.0, -0.0, 0.0, 1e+300, -1e+300, 5e-324]), sorted([True, False, 2, 0]))
