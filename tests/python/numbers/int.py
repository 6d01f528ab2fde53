"""int and bool: arithmetic, parsing, conversions, errors."""


def show(text):
    try:
        print(text, "->", ascii(eval(text)))
    except Exception as e:
        print(text, "!!", type(e).__name__, ascii(str(e))[:200])


for line in r"""
1<<(1<<62)
0<<(1<<64)
1>>(1<<64), -1>>(1<<64)
1<<-1
1>>-1
1/0
pow(2,-1,0)
pow(2,3,0)
pow(2,-1,4)
pow(2,-1,7), pow(2,5,-7), pow(-3,5,7), pow(3,-2,11), pow(10**30,10**20,10**25+1)
pow(2.0,1,3)
pow(2,1,3.0)
(1<<20000)/1
1/(1<<20000), (1<<20000)/(1<<19999), 10**30/3, -7/2, 0/-5
int('1'*5000)
str(10**5000)
int('1'*4300) % 10**9, len(str(10**4299))
int('')
int('1_')
int('0x1')
int('0x1',0), int('0o17',0), int('0b1_0',0), int('0x_f',16)
int('012',0)
int('00',0), int('٣'), int(b'12'), int(bytearray(b' 12 '))
int('12',37)
int('12',1)
int(12,10)
int('a')
int(b'a')
int([])
int(x=1)
int('1',2,3)
int(base=10)
int('9',8)
int('\ud800')
int('1\x00')
int(None)
int(float('nan'))
int(float('inf'))
int(1e30), int(-1e30), int(1e300) == 10**300
(5).to_bytes(0)
(256).to_bytes(1)
(-1).to_bytes(1)
(-129).to_bytes(1,signed=True)
(-128).to_bytes(1,signed=True), (-1).to_bytes(0,signed=True), (0).to_bytes(0), (2**70).to_bytes(10,'little')
(1).to_bytes(-1)
(1).to_bytes(1,'x')
int.from_bytes([1,2]), int.from_bytes(b'\xff\x00', 'big', signed=True), int.from_bytes(b'')
int.from_bytes(1)
int.from_bytes('a')
round(12345,-2), round(15,-1), round(25,-1), round(-25,-1), round(10**30+5,-1), round(5,10**30)
(1).__round__('a')
10**400 < 1.0, 10**400 == float('inf'), 10**400 < float('inf'), 2**53+1 == float(2**53), 2**53 == float(2**53), 2**53+1 > float(2**53)
float(10**400)
10**400 + 1.0
1 << 'a'
bool('a', 'b')
bool(x=1)
True+True, True&1, True&False, True^True, True|2, -True, +True
hash(10**400), hash(-1), hash(2**61-1), hash(-2**61)
(37).bit_length(), (-37).bit_length(), (2**100).bit_length(), (13).bit_count(), (-2**100-1).bit_count()
hex(-255), oct(8), bin(-5), hex(2**70), '%x' % -(2**70)
format(10**20, ','), format(255, '#06x'), format(-5, '=+8d'), format(2**70, '_b'), format(5, 'e'), format(65, 'c')
(2**100) // -3, (2**100) % -3, divmod(-2**100, 7), -7//2, -7%2, 7%-2
(2**100) & -1, -(2**100) | 1, (2**64) ^ -1, ~(2**64), -(2**100) >> 99
[i**j for i in (-2,0,1,3) for j in (0,1,5,64)]
(5).as_integer_ratio(), (5).is_integer(), (5).conjugate(), (5).real, (5).imag, (5).numerator, (5).denominator
int.__new__(str)
""".strip().split("\n"):
    show(line)
