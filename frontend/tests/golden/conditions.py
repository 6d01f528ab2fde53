def f(a, b, c):
    if a and not b or c:
        a = 1
    elif 0 <= a < 10:
        a = 2
    elif a is None or b is not None:
        a = 3
    elif a in (1, 2) or b not in {"x", "y"}:
        a = 4
    else:
        a = 5
    x = a and b or c
    y = a if b > 3 else c
    if 0:
        dead()
    z = g() < h() < 3
    while not (w := g(a)):
        a = w
    assert a != 3, "message"
    return x, y, z
