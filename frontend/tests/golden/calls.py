def f(a, *args, k=1, **kw):
    a.append(k)
    x = g(a, 1, key=k)
    y = g(*args, **kw)
    z = g(1, *args, k=2, **kw)
    a.b.c(x)[1:y].d = z
    a[0] = a[-1] + a[x]
    del a[0], a.b
    return super().m(x)


@deco(1)
@other
def g(a, /, b=2, *, c=3):
    "doc"
    return lambda x=a: x + b
