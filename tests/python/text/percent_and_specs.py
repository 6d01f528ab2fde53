"""Format specifications and the % operator."""


def show(text):
    try:
        print(text, "->", ascii(eval(text)))
    except Exception as e:
        print(text, "!!", type(e).__name__, ascii(str(e))[:200])


for line in r"""
format(65,'5c'),format(65,'=5c'),format(65,'^5c'),format(65,'05c')
format('a','=5')
format('abc','05')
format(1.0,'#'),format(1e20,'#'),format(1e16,'#.3'),format(1.5,'#'),format(100.,'#g')
format(-0.0001,'z.1f'),format(-0.0,'z'),format(-0.0001,'z.2e'),format(-1e-320,'z.3')
format(1+0j,''),format(1+0j,'10'),format(0j,'>10'),format(-0.0+1j,'+'),format(1j,'+'), format(1+2j,' '), format(1e20+3j,',')
format(12,'.3d')
format(1,'Ж')
format('a','\x01')
format(3,'10Q')
'{:x}'.format(-255),'{:#X}'.format(255),'{:#010x}'.format(255),'{:_b}'.format(1000),'{:,x}'.format(1)
'%5%' % ()
'%d' % 'a'
'%d' % 1.5
'%x' % 1.5
'%x' % 'a'
'%c' % 1114112
'%c' % -1
'%z' % 1
'%' % 1
'%(a)d' % 1
'%(a)d' % {'b':1}
'%(a' % {}
'%s' % ()
'%s' % (1,2)
'%s %s' % 1
'%*d' % (5,1)
'%*d' % ('a',1)
'%.*f' % (2,1.0)
'%-5d|' % 3, '%+d' % 3, '% d' % 3, '%05d' % -3, '%#x' % 255, '%#o' % 8, '%.3d' % 5, '%.3x' % 5,'%#.3x' % 5, '%08.3d' % 5
'%i %u' % (1.9, -2.9)
'%d' % float('nan')
'%d' % float('inf')
'%r %a' % ('é','é')
'%.2s' % 'abc'
'%5.1f|%-8.2e|%G' % (3.14159,31415.9,1e-10)
'%s' % {'a':1}
'%s' % [1]
'%(x)s %(y)r' % {'x':1,'y':2}
'%d' % True
'abc' % 1
'abc' % {}
'abc' % []
'abc' % (1,)
'%l d' % 1
'%ld' % 1
'%999999999999999999999d' % 1
'%.999999999999999999999d' % 1
'%*d' % (2**70, 1)
'%f' % 'a'
'%e' % None
'%5c|%-5c|' % ('a', 98)
'%s %(a)s' % {'a':1}
'%(a)s %s' % {'a':1}
'%((a))s' % {'(a)':1}
'%#5s' % 'a'
'%+s' % 'a'
'%05s' % 'a'
b'%s' % 'a'
b'%s' % b'a'
b'%c' % 256
b'%d' % 'a'
b'%a' % 'é'
b'%r' % 'é'
b'%z' % 1
b'%s' % 1
b'%(a)s' % {b'a':b'1'}
b'%(a)s' % {'a':b'1'}
b'%f %5.2e' % (1.5, 2)
b'%x' % 1.5
b'abc' % 1
b'%*d' % (5, 3)
b'%5b|' % b'a'
b'%.1s' % b'abc'
b'%' % ()
""".strip().split("\n"):
    show(line)
