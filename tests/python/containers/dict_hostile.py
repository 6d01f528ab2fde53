# Dicts changed by the hashes, comparisons and destructors they run.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

class H:

    def __init__(self, h, f=None):
        self.h = h
        self.f = f

    def __hash__(self):
        return self.h

    def __eq__(self, o):
        return self.f(o) if self.f else self is o

    def __repr__(self):
        return 'H'
d = {}

def evil(o):
    d.clear()
    return True
d = {H(1, evil): 1}
attempt(d.get, H(1))
d = {H(1): 1}

def evil2(o):
    d.clear()
    d[5] = 5
    return False
attempt(lambda: d[H(1, evil2)])
print(d)
d = {H(1): 1, H(2): 2}
print(d == {H(1, lambda o: d.clear() or True): 1, H(2, lambda o: True): 2})

class R:

    def __repr__(self):
        d.clear()
        return 'R'
d = {1: R(), 2: R()}
print(d)

class Del:

    def __del__(self):
        d.clear()
d = {1: Del(), 2: 3}
d[1] = 5
print(d)
d = {1: Del(), 2: 3}
d.pop(1)
print(d)
d = {1: Del(), 2: Del()}
d.clear()
print(d)
