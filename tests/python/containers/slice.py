# Slice objects.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

print(slice(1))
print(slice(1, 2))
print(slice(1, 2, 3))
print(slice(1, 2) == slice(1, 2, None))
print(slice(1) < slice(2))
print(hash(slice(1, 2, 3)))
print(slice(None, -1).indices(5))
print(slice(10, 0, -3).indices(7))
print(slice(0, 10 ** 25).indices(10 ** 30))
attempt(slice)
attempt(slice, 1, 2, 3, 4)
attempt(slice(1).indices, -1)
attempt(slice(1).indices, 'a')
attempt(slice('a').indices, 3)
attempt(slice(0, 1, 0).indices, 3)
attempt(slice(1).__class__, a=1)
print(slice(1, 2, 3).__reduce__()[1], slice(1).start, slice(1).stop)
attempt(setattr, slice(1), 'start', 1)
attempt(lambda: slice(1) < 1)
