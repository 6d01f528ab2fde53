# Lists changed by the comparisons and destructors they run.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

class Eq:

    def __init__(self, f):
        self.f = f

    def __eq__(self, o):
        return self.f(o)

    def __hash__(self):
        return 1
l = [1, 2, 3]

def clr(o):
    l.clear()
    return False
l = [1, 2, 3]
print(l == [Eq(clr), 1, 1])
l = [Eq(clr)] * 3
print(l == [1, 1, 1])

class D:

    def __del__(self):
        l.clear()
l = [D() for _ in range(3)]
l[0] = 1
print(l)
l = [D(), 1, 2, D()]
del l[:]
print(l)
l = [D(), 1, 2]
l[0:2] = [5]
print(l)
