"""Closures: counters, composition, memoisation, decorators, partial application."""

from functools import partial, reduce


def counter(step):
    total = 0

    def add(n):
        nonlocal total
        total += n * step
        return total

    return add


def compose(*functions):
    return reduce(lambda f, g: lambda x: g(f(x)), functions)


def memo(f):
    seen = {}

    def inner(n):
        if n not in seen:
            seen[n] = f(n)
        return seen[n]

    return inner


def counted(f):
    def inner(*args, **kwargs):
        inner.calls += 1
        return f(*args, **kwargs)

    inner.calls = 0
    return inner


@memo
def collatz(n):
    return 0 if n == 1 else 1 + collatz(n // 2 if n % 2 == 0 else 3 * n + 1)


@counted
def scale(x, factor=2):
    return x * factor


if __name__ == "__main__":
    add = counter(3)
    for i in range(2_000_000):
        last = add(i & 7)
    print(last)
    f = compose(lambda x: x + 1, lambda x: x * 3, lambda x: x ^ 5, partial(pow, 2, mod=None) if False else lambda x: x - 2)
    print(sum(f(i) for i in range(250_000)))
    print(max(collatz(n) for n in range(1, 150_000)))
    total = 0
    for i in range(800_000):
        total += scale(i) + scale(i, factor=3)
    print(total, scale.calls)
    adders = [lambda x, k=k: x + k for k in range(10)]
    print(sum(adders[i % 10](i) for i in range(300_000)))
