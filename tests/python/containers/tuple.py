# Tuples.

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
attempt((1, 2, 3).index, 9)
attempt((1,).__getitem__, 'a')
attempt((1,).__getitem__, 3)
print((1, 2, 1).count(1), (1, 2) * 2, (1,)[0:0], hash(()), hash((1, 2.5, None is None)), (1,), ())
attempt(tuple, 1)
attempt(tuple, 1, 2)
print(tuple([1, 2]), tuple((x for x in range(3))), tuple((1, 2)))
t = (1, 2)
print(tuple(t) is t, t[:] is t, t * 1 is t, t + () is t)
attempt(hash, ([],))
print((1, 2) < (1, 3), (1,) == [1], (1, 2) >= (1,))

class T(tuple):
    pass
t = T([1, 2])
t.x = 1
print(t, t.x, t[:], type(t[:]), type(t + ()), t.__getnewargs__(), T.__new__(T, (3,)))
it = iter((1, 2, 3))
next(it)
print(it.__length_hint__(), it.__reduce__()[1:])
it.__setstate__(1)
print(list(it), it.__reduce__()[1:])
