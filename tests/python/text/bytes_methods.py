"""bytes and bytearray: methods, constructors, errors."""


def show(text):
    try:
        print(text, "->", ascii(eval(text)))
    except Exception as e:
        print(text, "!!", type(e).__name__, ascii(str(e))[:200])


for line in r"""
bytes(3), bytes([1,2]), bytes(b'x'), bytes(bytearray(b'q')), bytes(memoryview(b'abc')[::2])
bytes(-1)
bytes('a')
bytes('a','utf-8','strict'), bytes('é', encoding='latin-1')
bytes(1, 'utf-8')
bytes(b'a', 'utf-8')
bytes(b'a', errors='x')
bytes(encoding='a')
bytes(1.5)
bytes([256])
bytes(['a'])
bytes({'a'})
bytes(1<<70)
bytes(1,2,3,4)
bytes(x=1)
bytes(None)
bytes(source=b'a')
b'abc'[3]
b'abc'['a']
b'abc'[1], b'abc'[1:], b'abc'[::-1]
b'a'+'b'
b'a'+bytearray(b'c')
bytearray(b'a')+b'b'
b'a'*(1<<62)
b'ab'*(1<<62)
b'a' == 'a', b'a' < bytearray(b'b'), b'a' == memoryview(b'a')
b'a' < 'a'
'a' in b'a'
97 in b'a', 256 in b'a'
b'' in b'a', b'a' in b'bab'
b'a'.find('a')
b'abca'.find(97,1), b'abc'.find(b'c'), b'abc'.rfind(b'', 5), b'abc'.find(256)
b'abc'.index(b'x')
b'abc'.index(120)
b'abc'.rindex(b'x')
b'abc'.count(b'a'), b'abc'.count(97), b'abc'.count(b'')
b'abc'.count('a')
b'abc'.startswith('a')
b'abc'.startswith(('a',))
b'abc'.startswith(b'ab'), b'abc'.startswith((b'x',b'a')), b'abc'.endswith(b'c',1), b'abc'.startswith(bytearray(b'a'))
b'a b  c'.split(), b'a,b'.split(b','), b'a,b,c'.rsplit(b',',1), b' a b '.split(None,1), b'a b c '.rsplit(None,1)
b'a'.split('')
b'a'.split(b'')
b'a'.split(1)
b' a '.strip(), b'xax'.strip(b'x'), b'\x0b\x1ca'.lstrip()
b'a'.strip('x')
b'a'.strip(1)
b','.join([b'a', bytearray(b'b'), memoryview(b'c')])
b','.join(['a'])
b','.join(1)
b','.join([1])
b'abc'.replace(b'b', b'xx'), b'abc'.replace(b'', b'-'), b'aaa'.replace(b'a', b'b', 2)
b'abc'.replace('b', b'x')
b'abc'.replace(b'b', b'x', count=1)
b'abc'.center(6, b'*'), b'a'.ljust(3), b'a'.rjust(3, bytearray(b'x')), b'-1'.zfill(4)
b'abc'.center(6, '*')
b'abc'.center(6, 1)
b'abc'.partition(b'b'), b'abc'.rpartition(b'x'), b'abc'.partition(bytearray(b'b'))
b'abc'.partition(b'')
b'abc'.partition('a')
b'abc'.removeprefix(b'a'), b'abc'.removesuffix(b'bc')
b'abc'.removeprefix('a')
b'abc'.translate(None, b'a'), b'abc'.translate(bytes(range(256))), b'abc'.translate(bytes(range(256)), delete=b'b')
b'abc'.translate(b'abc')
b'abc'.translate('abc')
b'abc'.translate(1)
bytes.maketrans(b'ab', b'cd')[97:99]
bytes.maketrans(b'ab', b'c')
bytes.maketrans('ab', b'cd')
b'abc'.decode(), b'\xe9'.decode('latin-1')
b'\xff'.decode()
b'a\xe2\x82'.decode()
b'\xe2\x28\xa1'.decode()
b'\xf0\x90'.decode('utf-8','replace'), b'\xed\xa0\x80'.decode('utf-8','surrogatepass'), b'\xff\xfe'.decode('utf-8','surrogateescape'), b'\xffa'.decode('ascii','backslashreplace')
b'\xed\xa0\x80'.decode()
b'abc'.decode(1)
b'abc'.hex(), b'abc'.hex(':'), b'abcde'.hex(':',2), b'abcde'.hex(b'_',-2), b'abcde'.hex(':', 0)
b'abc'.hex('ab')
b'abc'.hex(1)
b'abc'.hex('é')
b'abc'.hex(sep=':', bytes_per_sep=2)
bytes.fromhex('61 62'), bytes.fromhex(' 6162\n63 ')
bytes.fromhex('6g')
bytes.fromhex('6 1')
bytes.fromhex('é')
b'aBc'.upper(), b'aBc'.lower(), b'aBc'.swapcase(), b'aBc dE'.title(), b'aBc'.capitalize()
b'a1'.isalnum(), b'a'.isalpha(), b'1'.isdigit(), b' \t\x0b\x1c'.isspace(), b'a'.islower(), b'A'.isupper(), b'Aa'.istitle(), b''.isascii(), b'\x80'.isascii()
b'a\nb\r\nc\x0bd\x1ce'.splitlines(), b'a\tb'.expandtabs(4)
repr(b'a\'"\x00\xff\n\\'), repr(b"it's"), str(b'a')
hash(b'') 
b'ab'.__bytes__()
iter(b'ab').__reduce__()
bytearray(b'abc').__reduce__(), bytearray(b'abc').__reduce_ex__(2), bytearray(b'a\xe9').__reduce__()
repr(bytearray(b"a'"))
bytearray(b'abc').pop(5)
bytearray().pop()
bytearray(b'abc').remove(120)
bytearray(b'abc').append(256)
bytearray(b'abc').append('a')
bytearray(b'abc').insert(1,'a')
bytearray(b'abc').extend('a')
bytearray(b'abc').extend([256])
bytearray(b'abc').extend(1)
[b:=bytearray(b'abc'), b.__setitem__(0, 'a')]
[b:=bytearray(b'abc'), b.__setitem__(0, 256)]
[b:=bytearray(b'abc'), b.__setitem__(5, 1)]
[b:=bytearray(b'abc'), b.__setitem__('a', 1)]
[b:=bytearray(b'abc'), b.__setitem__(slice(0,2), 1)]
[b:=bytearray(b'abc'), b.__setitem__(slice(0,2), 'a')]
[b:=bytearray(b'abc'), b.__setitem__(slice(0,2), [1,2,3]), b]
[b:=bytearray(b'abcd'), b.__setitem__(slice(0,4,2), b'xyz')]
[b:=bytearray(b'abcd'), b.__delitem__(slice(0,4,2)), b]
[b:=bytearray(b'abcd'), m:=memoryview(b), b.append(1)]
[b:=bytearray(b'abcd'), b.__iadd__('a')]
[b:=bytearray(b'abcd'), b.__iadd__(1)]
bytearray(b'abc').hex(), bytearray.fromhex('61'), bytearray(b'a').copy(), bytearray(b'abc')*2
bytearray('a')
bytearray(-1)
bytearray(b'abc')[5]
bytearray(1.5)
bytearray(b'abc').index(1,2,3,4)
hash(bytearray())
bytearray(b'abc').join([b'x',b'y']), bytearray(b'%s') % b'x', bytearray(b' a ').strip(), bytearray(b'a b').split()
bytearray(b'abc').translate(None), bytearray(b'ab').__init__(b'c')
b'%d' % 3, b'abc'.__mod__(())
bytearray(5).reverse()
""".strip().split("\n"):
    show(line)
