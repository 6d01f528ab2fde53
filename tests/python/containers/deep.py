# skip-mode: gc; structures of 100 000 objects, collected at every chance, take minutes
# Nesting too deep for the native stack is a RecursionError, and freeing it does not recurse.


def attempt(f, *args):
    try:
        f(*args)
    except RecursionError:
        print('RecursionError')
    else:
        print('ok')


def nest(make, x, n=200_000):
    for _ in range(n):
        x = make(x)
    return x


attempt(hash, nest(lambda x: (x,), ()))
attempt(repr, nest(lambda x: [x], []))
attempt(repr, nest(lambda x: {1: x}, {}))
attempt(lambda a, b: a == b, nest(lambda x: [x], [1]), nest(lambda x: [x], [2]))
attempt(lambda a, b: a < b, nest(lambda x: (x,), (1,)), nest(lambda x: (x,), (2,)))
attempt(next, nest(enumerate, [1]))
attempt(next, nest(lambda x: zip(x, [1]), [1]))
attempt(next, nest(lambda x: map(abs, x), [1]))
attempt(next, nest(lambda x: filter(None, x), [1]))
attempt(isinstance, 1, nest(lambda x: (x,), ()))
