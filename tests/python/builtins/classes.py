# __build_class__: metaclasses, __prepare__, __mro_entries__, the class cell.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

class Meta(type):

    @classmethod
    def __prepare__(m, n, b, **k):
        print('prep', n, b, k)
        return {'p': 1}

    def __new__(m, n, b, ns, **k):
        print('new', n, k)
        return super().__new__(m, n, b, ns)

    def __init__(c, n, b, ns, **k):
        print('init', k)

class X(metaclass=Meta, kw=1):

    def f(self):
        return __class__
print(X().f() is X, X.p, type(X))

class Y(X):
    pass

class MRO:

    def __mro_entries__(s, b):
        return (int,)

class Z(MRO()):
    pass
print(Z.__orig_bases__ != Z.__bases__, Z.__bases__)

class BadMRO:

    def __mro_entries__(s, b):
        return 1

def bad():

    class Q(BadMRO()):
        pass
attempt(bad)

class M2(type):
    pass

def conflict():

    class Q(X, metaclass=M2):
        pass
attempt(conflict)

class M3(type):

    def __new__(m, n, b, ns):
        ns = dict(ns)
        ns.pop('__classcell__', None)
        return super().__new__(m, n, b, ns)

def cell():

    class Q(metaclass=M3):

        def f(s):
            return __class__
attempt(cell)

class M4(type):

    @classmethod
    def __prepare__(m, *a):
        return 1

def prep():

    class Q(metaclass=M4):
        pass
attempt(prep)

def fm(n, b, ns, **k):
    print(n, b, k)
    return 42

class Q(metaclass=fm, z=1):
    pass
print(Q)
attempt(__build_class__)
attempt(__build_class__, 1, 2)
attempt(__build_class__, lambda: 1, 2)
