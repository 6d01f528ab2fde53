def f(rows, k):
    a = [x + k for row in rows for x in row if x]
    b = {x: [y for y in x] for x in rows}
    c = {lambda: x for x in rows}
    try:
        d = any(x > 1 for x in a)
        e = [(k := x) for x in a]
    except E:
        pass
    return a, b, c, d, e
