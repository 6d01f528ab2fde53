# _statistics, PickleBuffer and _ZlibDecompressor.
import gzip
import pickle
import statistics
import zlib

d = zlib._ZlibDecompressor()
c = zlib.compress(b"abc" * 1000)
out = d.decompress(c[:10], 5)
print(d.eof, len(out) <= 5)
while not d.eof:
    out += d.decompress(b"" if not d.needs_input else c[10:] + b"tail")
print(out == b"abc" * 1000, d.unused_data, d.needs_input)
try:
    d.decompress(b"")
except EOFError as e:
    print(e)
print(gzip.decompress(gzip.compress(b"hello" * 10)))
try:
    zlib._ZlibDecompressor().decompress(b"garbage")
except zlib.error as e:
    print(e)

b = pickle.PickleBuffer(bytearray(b"xyz"))
print(bytes(b), b.raw().tolist(), memoryview(b).readonly)
bufs = []
p = pickle.dumps(b, protocol=5, buffer_callback=bufs.append)
print(bytes(pickle.loads(p, buffers=bufs)), pickle.loads(pickle.dumps(b, 5)))
view = memoryview(b)
b.release()
print(view.tolist())
for call in (b.raw, lambda: memoryview(b), lambda: pickle.PickleBuffer(1)):
    try:
        call()
    except (ValueError, TypeError) as e:
        print(e)

n = statistics.NormalDist(10, 2.5)
print([n.inv_cdf(p) for p in (1e-9, 0.01, 0.3, 0.5, 0.9, 1 - 1e-12)])

d = zlib.decompressobj()
out = d.decompress(c, 5)
print(len(out), d.unconsumed_tail != b"", d.eof)
out += d.decompress(d.unconsumed_tail)
print(out == b"abc" * 1000, d.unconsumed_tail, d.eof)
