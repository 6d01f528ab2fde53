def f(items):
    total = 0
    for a, b in items:
        if a == 3:
            continue
        if b > 10:
            break
        total += a
    else:
        total = -1
    while True:
        total -= 1
        if total < 0:
            return total
