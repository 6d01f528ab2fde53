def f(a, b):
    c = a + b
    c += 1
    c = c * 2 - a // 3 % 7 << 1
    a = -a
    b = not b
    c = [c, 1]
    d = 2 ** 10 + 0x10
    e = "a" "b" + "c"
    return c, d, e, (1, 2.5, None)
