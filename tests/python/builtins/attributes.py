# Attributes and namespaces.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

class A:
    x = 1

    def __getattr__(s, n):
        if n == 'boom':
            raise ValueError('boom')
        raise AttributeError(n)
a = A()
print(getattr(a, 'x'), getattr(a, 'y', 5), hasattr(a, 'x'), hasattr(a, 'z'))
attempt(getattr, a, 'y')
attempt(getattr, a, 1)
attempt(hasattr, a, 1)
attempt(setattr, a, 1, 2)
attempt(delattr, a, 1)
attempt(hasattr, a, 'boom')
attempt(getattr, a, 'boom', 1)
attempt(getattr, a)
setattr(a, 'q', 3)
print(a.q, vars(a))
delattr(a, 'q')
print(vars(a))
attempt(delattr, a, 'q')
attempt(vars, 1)
attempt(vars, 1, 2)

def loc(p, *q, r=1, **s):
    t = 2

    def inner():
        return (t, p)
    return locals()
l = loc(5, 6, z=1)
del l['inner']
print(l)

def loc2():
    u = 5

    def inner():
        v = u
        return locals()
    return inner()
print(loc2(), dir() == sorted(globals()), 'err' in dir(), sorted(vars()) == sorted(globals()))

class CL:
    w = 1
    print(sorted((k for k in locals() if k != '__firstlineno__' and k != '__static_attributes__')))

def d():
    b = 1
    a = 2
    return dir()
print(d())

class WD:

    def __dir__(s):
        return ['z', 'b', 'a']
print(dir(WD()))

class WD2:

    def __dir__(s):
        return 1
attempt(dir, WD2())
attempt(dir, 1, 2)
