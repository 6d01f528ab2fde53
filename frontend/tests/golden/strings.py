def f(x, w):
    a = f"{x} {x!r:>{w}} {{}} {x=}"
    b = "%s and %r" % (x, w)
    c = t"{x!s:>3}-{w}"
    d = f"{x}"
    e = "\ud800\N{BULLET}"
    return a + b
