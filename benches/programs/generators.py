"""Generators: pipelines, a merge of sorted streams, permutations by recursion, send."""


def naturals(n):
    i = 0
    while i < n:
        yield i
        i += 1


def squares(source):
    for x in source:
        yield x * x


def odd(source):
    for x in source:
        if x & 1:
            yield x


def merge(a, b):
    x, y = next(a, None), next(b, None)
    while x is not None and y is not None:
        if x <= y:
            yield x
            x = next(a, None)
        else:
            yield y
            y = next(b, None)


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i, first in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield [first] + rest


def average():
    total = count = 0
    value = 0.0
    while True:
        total += yield value
        count += 1
        value = total / count


if __name__ == "__main__":
    print(sum(odd(squares(naturals(3_000_000)))))
    print(sum(merge(naturals(400_000), squares(naturals(600)))))
    print(sum(p[0] * p[-1] for p in permutations(list(range(9)))))
    running = average()
    next(running)
    for x in range(1_000_000):
        last = running.send(x)
    print(last)
    print(sum(x * y for x in range(1500) for y in range(1500) if (x ^ y) & 1))
