"""memoryview: formats, casts, indexing, release."""


def show(text):
    try:
        print(text, "->", ascii(eval(text)))
    except Exception as e:
        print(text, "!!", type(e).__name__, ascii(str(e))[:200])


for line in r"""
memoryview(b'abc').format
memoryview(1)
memoryview()
memoryview(b'abc')[5]
memoryview(b'abc')['a']
memoryview(b'abc')[1:].tolist()
memoryview(b'abc')[0] 
memoryview(b'abc')[()]
memoryview(b'abc')[...]
memoryview(b'abc')[0,1]
memoryview(b'abc').cast('H')
memoryview(b'abcd').cast('H').tolist()
memoryview(b'abcd').cast('x')
memoryview(b'abcd').cast('>H')
memoryview(b'abcd').cast('H').cast('I')
memoryview(b'abcd').cast('B',(2,2)).tolist()
memoryview(b'abcd').cast('B',[2,2])[1,0]
memoryview(b'abcd').cast('B',[2,2])[1]
memoryview(b'abcd').cast('B',[2,2])[0,5]
memoryview(b'abcd').cast('B',[2,2])[0,0,0]
memoryview(b'abcd').cast('B',[2,2])[0,'a']
memoryview(b'abcd').cast('B',[2,3])
memoryview(b'abcd').cast('B',[0,3])
memoryview(b'abcd').cast('B',[-1,3])
memoryview(b'abcd').cast('B',['a'])
memoryview(b'abcd').cast('B',5)
memoryview(b'abcd').cast(1)
memoryview(b'abcd').cast('B',[4]).cast('B', [])
memoryview(b'a').cast('B', []).tolist(), memoryview(b'a').cast('B', [])[()], memoryview(b'a').cast('B', []).ndim
len(memoryview(b'a').cast('B', []))
memoryview(b'a').cast('B', [])[0]
memoryview(b'abcd').cast('B',[2,2]).cast('B').tolist()
memoryview(b'abcd')[::2].cast('B')
memoryview(b'abcd')[::2].tobytes(), memoryview(b'abcd')[::-1].tolist()
memoryview(b'abcd').tobytes('F'), memoryview(b'abcd').cast('B',[2,2]).tobytes('F'), memoryview(b'abcd').cast('B',[2,2]).tobytes('A')
memoryview(b'abcd').tobytes('X')
memoryview(b'abc').hex(), memoryview(b'abc').hex(':')
memoryview(b'abc') == b'abc', memoryview(b'abcd').cast('H') == memoryview(b'abcd').cast('h'), memoryview(b'abcd').cast('H') == b'abcd', memoryview(b'a') == 'a'
memoryview(b'abc') < b'abd'
hash(memoryview(b'abc')) == hash(b'abc')
hash(memoryview(bytearray(b'abc')))
hash(memoryview(b'abcd').cast('H'))
hash(memoryview(b'abcd').cast('b')) == hash(b'abcd')
[m:=memoryview(bytearray(b'abc')), m.__setitem__(0, 'a')]
[m:=memoryview(bytearray(b'abc')), m.__setitem__(0, 256)]
[m:=memoryview(bytearray(b'abc')), m.__setitem__(0, 1.5)]
[m:=memoryview(bytearray(b'abc')), m.__setitem__(5, 1)]
[m:=memoryview(bytearray(b'abc')), m.__setitem__('a', 1)]
[m:=memoryview(bytearray(b'abc')), m.__setitem__(slice(0,2), b'abc')]
[m:=memoryview(bytearray(b'abc')), m.__setitem__(slice(0,2), 1)]
[m:=memoryview(bytearray(b'abcd')), m.__setitem__(slice(0,2), memoryview(b'abcd').cast('H'))]
[m:=memoryview(bytearray(b'abcd')), m.__delitem__(0)]
[m:=memoryview(b'abc'), m.__setitem__(0, 1)]
[m:=memoryview(b'abc'), m.__delitem__(0)]
[m:=memoryview(b'abc'), m.release(), m.tolist()]
[m:=memoryview(b'abc'), m.release(), m[0]]
[m:=memoryview(b'abc'), m.release(), len(m)]
[m:=memoryview(b'abc'), m.release(), m.format]
(m:=memoryview(b'abc')).obj, m.nbytes, m.readonly, m.itemsize, m.ndim, m.shape, m.strides, m.suboffsets, m.c_contiguous, m.f_contiguous, m.contiguous
[m:=memoryview(bytearray(8)).cast('c'), m.__setitem__(0,5)]
[m:=memoryview(bytearray(8)).cast('c'), m.__setitem__(0,b'ab')]
[m:=memoryview(bytearray(8)).cast('q'), m.__setitem__(0,1<<64)]
[m:=memoryview(bytearray(8)).cast('Q'), m.__setitem__(0,-1)]
[m:=memoryview(bytearray(8)).cast('b'), m.__setitem__(0,128)]
[m:=memoryview(bytearray(8)).cast('d'), m.__setitem__(0,'a')]
98 in memoryview(b'abc'), list(reversed(memoryview(b'abc'))), list(memoryview(b'abc'))
iter(memoryview(b'abcd').cast('B',[2,2]))
list(memoryview(b'abcd').cast('B',[2,2]))
len(memoryview(b'abcd').cast('B',[2,2]))
bool(memoryview(b''))
memoryview(b'abc').__enter__().tolist()
memoryview(b'abcd').cast('B',[1]*65)
str(type(iter(memoryview(b'a'))))
memoryview(memoryview(b'abc')[::2]).tolist()
memoryview(bytes(24)).cast('B',[2,3,4])[0,1,2], memoryview(bytes(range(24))).cast('B',[2,3,4]).tolist()
memoryview(bytes(24)).cast('B',[2,3,4]).strides
memoryview(b'abc')[1.5]
memoryview(b'abc')[None]
memoryview(b'abcd').cast('B',[2,2])[0:1,0]
memoryview(b'abcd').cast('B',[2,2])[0:1,0:1]
memoryview(b'abcd').cast('B',[2,2])[0,]
""".strip().split("\n"):
    show(line)
