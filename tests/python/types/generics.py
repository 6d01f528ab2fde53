# Generic aliases, type parameters, namespaces, proxies, weak references, templates.
def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, "|", e)


GenericAlias = type(list[int])
class A:
    class B: pass
print(list[int], dict[str, list[int]], tuple[int, ...], list[()], list[None], tuple[()], list[A], list[A.B])
print(list[int] == list[int], list[int] != list[str], list[int] == list, hash(list[int]) == hash(list[int]))
print(list[int].__origin__, list[int].__args__, list[int].__parameters__, list[int].__unpacked__)
print(list[int](), list[int]((1, 2)), type(list[int]()))
print(list[int].append, list[int].__name__, list[int].__doc__ == list.__doc__)
attempt(getattr, list[int], "__bases__")
attempt(isinstance, [], list[int])
attempt(issubclass, list, list[int])
attempt(lambda: list[int][int])
attempt(lambda: list[int] < list[int])
attempt(GenericAlias, 1)
attempt(GenericAlias, list, int, 3)
attempt(GenericAlias, list, args=int)
attempt(setattr, list[int], "x", 1)
attempt(setattr, list[int], "__origin__", 1)
print((*tuple[int, str],), next(iter(tuple[int])).__unpacked__)
print(list[int].__reduce__())
class C:
    def __class_getitem__(cls, item): return GenericAlias(cls, item)
print(C[int], C[int, str].__args__, C[int]().__orig_class__)
class D(list[int]): pass
print(D.__bases__, D.__mro__[1], D.__orig_bases__)

print(isinstance(1, int | str), isinstance(1.5, int | str), isinstance(None, int | None), issubclass(bool, int | str))
print((int | str).__args__, int | str | int, int | None, None | int, list[int] | str, (int | str) | (str | bytes))
print(int | str == str | int, hash(int | str) == hash(str | int), int | str == int)
attempt(lambda: int | 3)
attempt(lambda: (int | str)[int])
attempt(lambda: (int | str) < (int | str))
attempt(isinstance, 1.5, int | list[int])

def f[T, *Ts, **P](): pass
T, Ts, P = f.__type_params__
print(T, Ts, P, type(T).__name__, T.__bound__, T.__constraints__, T.__covariant__, T.__infer_variance__, T.__module__)
print(T.has_default(), T.__default__, repr(T.__default__), T.__reduce__(), P.args, P.kwargs, P.args.__origin__ is P)
print(P.args == P.args, P.args == P.kwargs)
attempt(hash, P.args)
attempt(lambda: type("X", (T,), {}))
attempt(T.__mro_entries__, ())
attempt(P.__mro_entries__, ())
attempt(Ts.__typing_subst__, int)
attempt(setattr, type(T), "x", 1)
T.attr = 3
print(T.attr)
print(list[T].__parameters__, dict[T, list[T]].__parameters__)
def g[S: int, U: (int, str), V = int](): pass
S, U, V = g.__type_params__
print(S.__bound__, U.__constraints__, V.__default__, V.has_default())
type X = int | Undefined
type Y[K] = dict[K, int]
print(X, Y, Y.__type_params__, Y.__parameters__, Y.__value__, Y[str], Y[str].__origin__, Y[str].__args__)
attempt(lambda: X.__value__)
attempt(lambda: X[int])
Undefined = str
print(X.__value__, X.__name__, X.__module__, X | None)
attempt(type(X))
attempt(type(X), "a")
attempt(type(X), 1, 1)
attempt(type(X), "a", 1, type_params=1)
print(type(X)("a", 1).__value__)

