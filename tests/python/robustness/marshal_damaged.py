# skip-mode: gc; thousands of loads
# Damaged marshal data gives exceptions and nothing worse; what it gives can be used.
import marshal
import random
import sys

source = '''
import os
CONST = (1, 2.5, 3j, "text", b"bytes", None, ..., frozenset({1, 2}), -(2**100), "caf\\u00e9 \\U0001f40d")
class C[T](dict):
    """doc"""
    x: int = 1
    def method(self, a, /, b=2, *args, c, **kw):
        try:
            return [i + j for i in a for j in b if i]
        except (ValueError, TypeError) as e:
            raise RuntimeError("x") from e
        finally:
            del a
async def f(x):
    async with x as y:
        yield (await y, lambda z: z + x)
match CONST:
    case [1, *rest] if rest:
        print(f"{rest!r:>10}")
'''
values = [compile(source, "name", "exec"),
          {"a": [1, 2.5, None, True, ...], (1, 2): {3, 4}, b"x": frozenset("ab"), 2**70: -2**70, 1j: "\udc80", "k" * 300: ()},
          [[], [[]], "interned", sys.intern("interned"), slice(1, 2, 3)]]
rng = random.Random(20)
seen = {}


def load(data):
    try:
        value = marshal.loads(data)
    except (EOFError, ValueError, TypeError, MemoryError, RecursionError, SyntaxError, OverflowError, UnicodeError) as e:
        seen[type(e).__name__] = seen.get(type(e).__name__, 0) + 1
        return
    seen["ok"] = seen.get("ok", 0) + 1
    use(value)


def use(value):
    try:
        repr(value), hash(value)
    except (TypeError, ValueError, RecursionError):
        pass
    if hasattr(value, "co_code"):
        try:
            value.co_code, value.co_consts, list(value.co_lines()), list(value.co_positions()), value.replace(co_name="n")
            exec(value, {"__builtins__": {}})
        except BaseException:
            pass


for value in values:
    data = marshal.dumps(value)
    for n in range(len(data)):
        load(data[:n])
    for _ in range(1500):
        damaged = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 5, 20))):
            damaged[rng.randrange(len(damaged))] = rng.choice((rng.randrange(256), 0, 255, 0x80, ord("r"), ord("(")))
        load(bytes(damaged))
    for _ in range(300):
        i, j = sorted(rng.randrange(len(data)) for _ in range(2))
        load(data[:i] + data[j:])
        load(data[:j] + data[i:])
for _ in range(3000):
    load(bytes(rng.randrange(256) for _ in range(rng.randrange(1, 40))))
    load(bytes(rng.choice(b"([{<>c:rRisuaAzZtgylINTFS.\x00\x01\xff") for _ in range(rng.randrange(1, 60))))
print("ok" in seen, "EOFError" in seen or "ValueError" in seen)
for bad in (b"(\xff\xff\xff\x7f", b"[\xff\xff\xff\x7f", b"s\xff\xff\xff\x7f", b"u\xff\xff\xff\x7f", b"l\xff\xff\xff\x7f", b"<\xff\xff\xff\x7f",
            b"(\xff\xff\xff\xff", b"r\x00\x00\x00\x00", b"", b"\xff", b"0", b"\xdb\x01\x00\x00\x00r\x00\x00\x00\x00", b"[" + b"\x01\x00\x00\x00[" * 100000):
    try:
        print(type(marshal.loads(bad)).__name__)
    except (EOFError, ValueError, TypeError) as e:
        print(type(e).__name__, e)
nest = []
for _ in range(100000):
    nest = [nest]
try:
    marshal.dumps(nest)
except ValueError as e:
    print(e)
