# skip-mode: gc; hundreds of thousands of calls
# Huge and tiny recursion limits, small stacks, many threads.
import json
import sys
import threading


def attempt(name, f):
    try:
        result = f()
    except (RecursionError, MemoryError, ValueError, TypeError, OverflowError) as e:
        print(name, type(e).__name__ + ":", str(e).partition(" while ")[0].partition(" in comp")[0])
    else:
        print(name, "gives", result)


def forever():
    forever()


def down(n):
    return n and down(n - 1) + 1


class Equal:
    def __eq__(self, other):
        return self == other


class Shown:
    def __repr__(self):
        return repr([self])


class Made:
    def __init__(self):
        Made()


def generator():
    yield from generator()


async def coroutine():
    await coroutine()


def key(x):
    return sorted([1], key=key)


def by_eval():
    eval("by_eval()")


def send(c):
    try:
        c.send(None)
    finally:
        c.close()


def in_thread(f, size=0):
    out = []

    def run():
        try:
            out.append(f())
        except BaseException as e:
            out.append(type(e).__name__)

    threading.stack_size(size)
    t = threading.Thread(target=run)
    t.start()
    t.join()
    threading.stack_size(0)
    return out


nested = []
for _ in range(100_000):
    nested = [nested]

for limit in (10**6, 2**31 - 1):
    sys.setrecursionlimit(limit)
    print("limit", sys.getrecursionlimit())
    attempt("plain depth", lambda: down(50_000))
    attempt("__eq__", lambda: Equal() == 1)
    attempt("__repr__", lambda: repr(Shown()))
    attempt("__init__", Made)
    attempt("sorted", lambda: key(1))
    attempt("eval", by_eval)
    attempt("json", lambda: json.loads("[" * 1_000_000))
    attempt("repr", lambda: repr(nested))
    print("repr in a thread", in_thread(lambda: repr(nested)))
    print("depth in a thread", in_thread(lambda: down(20_000)))
sys.setrecursionlimit(10**6)
attempt("function", forever)
attempt("yield from", lambda: list(generator()))
attempt("await", lambda: send(coroutine()))
print("function in a thread", in_thread(forever))
sys.setrecursionlimit(1000)

for size in (32768, 65536, 2**20):
    print("stack", size)
    print("  repr", in_thread(lambda: repr(nested), size))
    print("  calls", in_thread(forever, size))
    print("  work", in_thread(lambda: sorted([3, 1, 2]), size))

attempt("limit 0", lambda: sys.setrecursionlimit(0))
attempt("limit -1", lambda: sys.setrecursionlimit(-1))
attempt("limit text", lambda: sys.setrecursionlimit("1"))
attempt("limit 2**31", lambda: sys.setrecursionlimit(2**31))


def lower(n):
    if n:
        return lower(n - 1)
    sys.setrecursionlimit(20)


attempt("limit below the depth", lambda: lower(100))
for bad in (-1, 100, 2**70, "x"):
    attempt(f"stack_size {bad}", lambda: threading.stack_size(bad))

start = threading.Event()
threads = [threading.Thread(target=start.wait) for _ in range(500)]
for t in threads:
    t.start()
print("threads", threading.active_count())
start.set()
for t in threads:
    t.join()
count = 0
lock = threading.Lock()


def one():
    global count
    with lock:
        count += 1


for _ in range(2000):
    t = threading.Thread(target=one)
    t.start()
    t.join()
print("one after another", count, threading.active_count())
