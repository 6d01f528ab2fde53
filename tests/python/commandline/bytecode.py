# skip-mode: gc; the programs under test run plainly
# Bytecode files: when they are written, trusted, refused and invalidated.
import importlib.util
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time

folder = pathlib.Path(tempfile.mkdtemp())
env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1"}
source = folder / "m.py"
pyc = pathlib.Path(importlib.util.cache_from_source(str(source)))


def run(*args, **more):
    p = subprocess.run([sys.executable, *args], cwd=folder, env={**env, **more}, capture_output=True, text=True, timeout=100)
    err = p.stderr.strip().splitlines()
    return p.returncode, p.stdout.strip(), err[-1].replace(str(folder), "DIR") if err else ""


def write(text, when=None):
    source.write_text(text)
    if when is not None:
        os.utime(source, (when, when))


IMPORT = "import m; print(m.x)"
now = int(time.time())
write("x = 1", now - 100)
print("first", run("-c", IMPORT), pyc.exists())
header = pyc.read_bytes()[:16]
magic, flags, mtime, size = header[:4], *struct.unpack("<III", header[4:])
print("header", magic == importlib.util.MAGIC_NUMBER, flags, mtime == now - 100, size)

# Same time and size: the bytecode is used. Another time, or size: it is not.
write("x = 2", now - 100)
print("same time", run("-c", IMPORT))
write("x = 3", now - 50)
print("newer", run("-c", IMPORT))
write("x = 44", now - 50)
print("size", run("-c", IMPORT))

# Optimised code has files of its own.
print("optimised", run("-O", "-c", IMPORT), run("-OO", "-c", IMPORT))
print(sorted(p.name.replace(sys.implementation.cache_tag, "TAG") for p in pyc.parent.iterdir()))

# Hash-based files.
write("x = 5", now - 40)
COMPILE = "import py_compile as p; p.compile('m.py', invalidation_mode=p.PycInvalidationMode.{})"
print(run("-c", COMPILE.format("CHECKED_HASH")), struct.unpack("<I", pyc.read_bytes()[4:8]))
write("x = 6", now - 40)
print("checked", run("-c", IMPORT))
print(run("-c", COMPILE.format("UNCHECKED_HASH")), struct.unpack("<I", pyc.read_bytes()[4:8]))
write("x = 7", now - 40)
print("unchecked", run("-c", IMPORT))
print("always", run("--check-hash-based-pycs", "always", "-c", IMPORT))
write("x = 8", now - 40)
print("never", run("--check-hash-based-pycs", "never", "-c", IMPORT))
print("epoch", run("-c", "import py_compile; py_compile.compile('m.py')", SOURCE_DATE_EPOCH="1"), struct.unpack("<I", pyc.read_bytes()[4:8]))

# Damaged files are made anew when the source is there.
good = None
for name, damage in [
    ("empty", lambda b: b""),
    ("short header", lambda b: b[:10]),
    ("magic", lambda b: b"\0\0\0\0" + b[4:]),
    ("flags", lambda b: b[:4] + b"\xff\0\0\0" + b[8:]),
]:
    pyc.unlink(missing_ok=True)
    write("x = 9", now - 30)
    run("-c", IMPORT)
    good = pyc.read_bytes()
    pyc.write_bytes(damage(good))
    print(name, run("-c", IMPORT), pyc.read_bytes() == good)
for name, damage in [("no code", lambda b: b[:16]), ("cut", lambda b: b[:-5]), ("not code", lambda b: b[:16] + b"N")]:
    pyc.write_bytes(damage(good))
    print(name, run("-c", IMPORT))
pyc.unlink()

# Without source.
lonely = folder / "lonely.pyc"
lonely.write_bytes(good)
print("sourceless", run("-c", "import lonely; print(lonely.x, lonely.__file__ is not None, lonely.__cached__)")[0:1])
print("run", run("lonely.pyc"))
for name, data in [("bad magic", b"abcd" + good[4:]), ("cut", good[:-3]), ("empty", b""), ("header", good[:16])]:
    lonely.write_bytes(data)
    print(name, run("-c", "import lonely"))
    status, out, err = run("lonely.pyc")
    print("   run:", status, err.partition(":")[0])

# Random damage never ends in anything but an exception.
damaged = folder / "damaged.pyc"
numbers = random.Random(3)
code = b"""
import marshal, sys, types
data = open('damaged.bin', 'rb').read()
n = 0
while data:
    size = int.from_bytes(data[:4], 'little')
    piece, data = data[4:4 + size], data[4 + size:]
    try:
        code = marshal.loads(piece)
        if isinstance(code, types.CodeType):
            exec(code, {})
    except BaseException:
        pass
    n += 1
print(n)
"""
pieces = []
program = b"def f(a, *b, c=1):\n  try: return [i for i in a]\n  except ValueError as e: raise\nclass A:\n  x = 1\nf([1])\n"
(folder / "p.py").write_bytes(program)
run("-c", "import py_compile; py_compile.compile('p.py', 'p.pyc')")
body = (folder / "p.pyc").read_bytes()[16:]
for i in range(3000):
    piece = bytearray(body)
    for _ in range(numbers.randrange(1, 5)):
        piece[numbers.randrange(len(piece))] = numbers.randrange(256)
    pieces.append(bytes(piece[: numbers.randrange(len(piece))] if i % 3 == 0 else piece))
(folder / "damaged.bin").write_bytes(b"".join(len(p).to_bytes(4, "little") + p for p in pieces))
(folder / "damaged.py").write_bytes(code)
print("random", run("damaged.py")[:2])

# A folder that cannot be written to, and other places.
print("compileall", run("-m", "compileall", "-q", "m.py", "p.py"), pyc.exists())
write("x = ", now)
print("compileall", run("-m", "compileall", "-q", "m.py")[0], run("-m", "py_compile", "m.py")[0])
print("prefix", run("-X", "pycache_prefix=" + str(folder / "cache"), "-c", "import p; print(p.__cached__.startswith('" + str(folder / "cache") + "'))"))
print("none", run("-B", "-c", "import sys; print(sys.dont_write_bytecode)"), run("-c", "import sys; print(sys.dont_write_bytecode)", PYTHONDONTWRITEBYTECODE="1"))
pyc.parent.joinpath(pyc.name.replace("m.", "q.")).mkdir()
(folder / "q.py").write_text("print('q')")
print("blocked", run("-c", "import q"))
