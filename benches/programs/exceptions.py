"""Exceptions: raised and caught in loops, through calls, with finally and with."""


class Missing(Exception):
    def __init__(self, key):
        super().__init__(key)
        self.key = key


class Guard:
    entered = 0

    def __enter__(self):
        Guard.entered += 1
        return self

    def __exit__(self, kind, value, tb):
        return kind is Missing


def look(table, key):
    try:
        return table[key]
    except KeyError:
        raise Missing(key) from None


def numbers(items):
    total = bad = 0
    for item in items:
        try:
            total += int(item)
        except ValueError:
            bad += 1
        finally:
            total ^= 1
    return total, bad


def deep(n):
    if n == 0:
        raise Missing(n)
    try:
        return deep(n - 1)
    finally:
        Guard.entered += 1


if __name__ == "__main__":
    table = {i: i * 2 for i in range(0, 1000, 2)}
    found = missing = 0
    for i in range(800_000):
        try:
            found += look(table, i % 1000)
        except Missing as m:
            missing += m.key
    print(found, missing)
    print(numbers(["1", "x", "22", "", "333"] * 60_000))
    for i in range(120_000):
        with Guard():
            if i % 3 == 0:
                raise Missing(i)
    for i in range(4000):
        try:
            deep(20)
        except Missing:
            pass
    print(Guard.entered)
