# args: -X jit-threshold=60
# skip-mode: stress; guards that fail on purpose are exits
"""What compiled loops do not do: interpreted steps, allocations, reference counts, exits."""

import krait


def add_ints(n):
    total = 0
    for i in range(n):
        total += i * 3 - 1
    return total


def floats(n):
    x, y = 1.5, 0.0
    i = 0
    while i < n:
        x = x * 0.99 + 0.25
        y += x
        i += 1
    return y


class Point:
    def __init__(self, x):
        self.x = x
        self.hits = 0

    def hit(self, k):
        self.hits += k
        return self.x


def methods(n):
    p = Point(3)
    total = 0
    for i in range(n):
        total += p.hit(i & 3)
    return total, p.hits


def index_list(n):
    items = [3, 1, 4, 1, 5, 9, 2, 6]
    total = 0
    for i in range(n):
        total += items[i & 7]
        items[i & 7] = i & 15
    return total


def call_function(n):
    def square(x):
        return x * x

    total = 0
    for i in range(n):
        total ^= square(i)
    return total


def branches(n):
    a = b = 0
    for i in range(n):
        if i % 3 == 0:
            a += 1
        else:
            b += 2
    return a, b


def loop_of(name):
    return [l for l in krait.jit_stats()["loops"] if l["function"] == name]


def check(f, n, **limits):
    print(f.__name__, f(n), end=": ")
    found = loop_of(f.__qualname__)
    if len(found) != 1:
        print(len(found), "compiled loops")
        return
    l = found[0]
    l["times"] = sum(e["times"] for e in l["exits"])
    print(*(f"{k} {l[k] if l[k] > most else 'ok'}" for k, most in limits.items()))


check(add_ints, 5000, steps=0, allocations=0, boxes=0, counts=0, calls=0, times=4)
check(floats, 5000, steps=0, allocations=0, boxes=0, counts=0, calls=0, times=4)
check(methods, 5000, steps=0, allocations=0, calls=0, times=4)
check(index_list, 5000, steps=0, allocations=0, calls=0, times=4)
check(call_function, 5000, steps=0, allocations=0, calls=0, times=4)
# The other side of the branch is compiled too, after some exits.
check(branches, 20000, steps=0, allocations=0, counts=0, calls=0, times=260)
