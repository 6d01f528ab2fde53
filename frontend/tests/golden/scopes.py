g = 1


def outer(a):
    b = a

    def inner():
        nonlocal b
        global g
        b = g
        g = a
        return b

    del a
    return inner


def bound(c):
    if c:
        x = 1
    print(x)
    print(x)
    del x
    return x
