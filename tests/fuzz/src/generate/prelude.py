import builtins, math, sys, weakref
DEATHS = []
WATCHED = []
def show(*values):
    print(*values)
def cap(n):
    if isinstance(n, (int, float)) and -1 << 80 < n < 1 << 80:
        return n
    return 17
def report(error):
    lines = []
    tb = error.__traceback__
    while tb is not None:
        lines.append(f"{tb.tb_frame.f_code.co_name}:{tb.tb_lineno}")
        tb = tb.tb_next
    chain = type(error.__context__).__name__ if error.__context__ is not None else ""
    print(type(error).__name__, str(error)[:120], lines[:12], chain)
class Mortal:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        DEATHS.append(self.name)
        if len(DEATHS) < 60:
            print("dies", self.name)
class Manager:
    def __init__(self, name, swallow=False):
        self.name = name
        self.swallow = swallow
    def __enter__(self):
        return self.name
    def __exit__(self, kind, value, tb):
        DEATHS.append(kind.__name__ if kind else "-")
        return self.swallow
class Failure(Exception):
    pass
class Sequence:
    def __init__(self, n):
        self.n = n
    def __len__(self):
        return self.n
    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return i * 3
class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n
def watch(thing, name):
    WATCHED.append(weakref.ref(thing, lambda r: DEATHS.append(name)))
    del WATCHED[:-5]
    return thing
def pairs(n):
    for i in range(n):
        yield i, n - i
def echo(n):
    got = 0
    while n > 0:
        try:
            got = yield n
        finally:
            n -= 1
        if got is None:
            got = 1
        n -= got & 1
    return n
def adder(n):
    total = n
    def add(x, scale=1):
        nonlocal total
        total = cap(total + x * scale)
        return total
    return add
def deep(n):
    return n if n <= 0 else deep(n - 1) + 1
def varied(a, *rest, k=2, **more):
    return a + len(rest) * k + len(more)
