# Sizes that a script picks end in MemoryError, not in the end of the process.
import hashlib
import io
import resource
import subprocess
import sys

pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + (512 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))

N = 2**31 - 10
CASES = """
'%*d' % (2**31 - 1, 1)
'%-*d' % (N, 1)
'%*s' % (N, 'a')
'%.*d' % (N, 1)
'%.*f' % (N, 1.5)
'%.*e' % (N, 1.5)
'%#.*g' % (N, 1.5)
b'%*d' % (N, 1)
b'%.*d' % (N, 1)
b'%*s' % (N, b'a')
format(1, f'{N}d')
format(1, f'0{N},d')
format(1, f'0{N}_x')
format(1.5, f'.{N}f')
format(1.5, f',.{N}f')
format(1.5, f'{N}')
format(1.5, f'.{N}%')
format(1j, f'.{N}f')
format('a', f'{N}')
format('a', f'\\u20ac^{N}')
'{:{}}'.format('a', N)
'{:>1073741824}{:>1073741824}'.format('a', 'b')
'a'.center(N)
'a'.zfill(N)
'\\t'.expandtabs(N)
b'\\t'.expandtabs(N)
b'a'.center(N)
'ab' * N
b'ab' * N
[0] * N
(0,) * N
bytearray(N)
bytes(N)
(1).to_bytes(N)
('a' * 2**20).replace('a', 'b' * 2**12)
('a' * 2**20).replace('', 'b' * 2**12)
(b'a' * 2**20).replace(b'a', b'b' * 2**12)
('b' * 2**12).join('a' * 2**20)
('a' * 2**20).translate({97: 'b' * 2**12})
('%s' * 2**12) % (('a' * 2**20,) * 2**12)
('{0}' * 2**12).format('a' * 2**20)
__import__('re').sub('a', 'b' * 2**12, 'a' * 2**20)
io.BytesIO().__init__(bytes(N))
io.StringIO('a').write('b' * N)
open('/dev/zero', 'rb', buffering=N)
open('/dev/zero', 'rb').read(N)
hashlib.pbkdf2_hmac('sha1', b'', b'', 1, dklen=N)
__import__('os').urandom(N)
__import__('struct').pack(f'{N}x')
__import__('array').array('d', [0]) * N
__import__('itertools').product([1], repeat=N)
__import__('ssl').RAND_bytes(N)
__import__('time').strftime('%Y' * 2**29)
""".strip().splitlines()
for case in CASES:
    try:
        eval(case)
        print(case, "succeeds")
    except MemoryError as e:
        print(case, "MemoryError", e)

# The process is as good as before.
print(sum(range(1000)), "abc" * 3)

# It also starts, and recurses, in little address space.
code = "def f(n): return n and 1 + f(n - 1)\nprint(f(900))"
low = lambda: resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20))
done = subprocess.run([sys.executable, "-c", code], preexec_fn=low, capture_output=True, text=True)
print(done.returncode, repr(done.stdout), repr(done.stderr))
