"""float and complex: parsing, arithmetic, errors."""


def show(text):
    try:
        print(text, "->", ascii(eval(text)))
    except Exception as e:
        print(text, "!!", type(e).__name__, ascii(str(e))[:200])


for line in r"""
(1).__format__(3)
int.__new__(str)
(10**400)/3.0
(10**400)+1.0
10**400<1.0
2**0.5
(-8)**(1/3)
10**400 == float('inf')
float(10**400)
1 << 'a'
1 << (1<<62)
1 << (1<<40)
bool('a', 'b')
bool(x=1)
int(1, x=2)
int('1'*4301+'a')
int('1', base='a')
int('1', 2**100)
round(1.5,'a')
round(1.5, 400)
round(1.5,-400)
float('1_0.0_1')
float('1__0')
float('')
float('a')
float(b'a')
float([])
float('1',2)
float(x=1)
float('nan')
float('-nan')
float('  inf ')
float('1e400')
float('٣.٥')
float('\ud800')
float.fromhex('0x1p')
float.fromhex('0x1.8p1')
float.fromhex('1p5000')
float.fromhex('')
float.fromhex('0x.p1')
(1.5).hex()
float('inf').hex()
float('nan').as_integer_ratio()
float('inf').as_integer_ratio()
1e308*10
1e308**2
(-1.5)**0.5
1.5.__round__(None)
float('inf').__round__()
float('nan').__round__()
int.from_bytes(b'a',byteorder='x')
float.__getformat__('double')
float.__getformat__('x')
1.0.__floor__()
float('inf').__floor__()
1e16.__repr__()
(1e22, 1e16, 1e15, 123456789012345678.0, 0.0001, 0.00001, 5e-324, 1.7976931348623157e308)
complex('1+2j')
complex('1 + 2j')
complex('')
complex('j')
complex('1e5j')
complex('(1+2j)')
complex('nan+infj')
complex('1_0+2_0j')
complex('\ud800')
complex(1j, 1j)
1j//1
1j%1
divmod(1j,1)
1j<1
int(1j)
float(1j)
(1+2j)**2
(1+2j)**-3
(1+2j)**0.5
(1+2j)**101
(1+2j)**1e6
1e300j*1e300j
(1e200+1j)**3
abs(1e308+1e308j)
repr(complex(0.0,-0.0)), repr(complex(-0.0,1)), repr(complex(float('nan'),float('inf')))
pow(1j,1,2)
complex(real=1, imag=2)
complex(1,2,3)
complex(x=1)
1j.__format__('=5')
format(1j,'010')
format(1+2j,'.3f')
format(1+2j,'>30,.3e')
format(1+2j,'n')
format(1j,'d')
(1+2j).__getnewargs__()
complex(float('inf'),0)*complex(1,1)
""".strip().split("\n"):
    show(line)
