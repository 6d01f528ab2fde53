"""str methods: results and errors."""


def show(text):
    try:
        print(text, "->", ascii(eval(text)))
    except Exception as e:
        print(text, "!!", type(e).__name__, ascii(str(e))[:200])


for line in r"""
'a'.find(1)
'a'.count()
'a'.index('b')
'a'.rindex('b')
'a'.startswith(1)
'a'.startswith((1,))
'a'.endswith(b'a')
'a'.split('')
'a'.split(1)
'a'.rsplit(1)
'a'.strip(1)
'a'.lstrip(1)
','.join(1)
','.join([1])
','.join(['a', b'c'])
'a'.replace(1,2)
'a'.replace('a',2)
'a'.replace('a','b',count=1)
'a'.center(5,'ab')
'a'.center(5,1)
'a'.center('b')
'a'.zfill('b')
'a'.partition('')
'a'.partition(1)
'a'.rpartition(1)
'a'.removeprefix(1)
'a'.translate(1)
'a'.translate({97: 1.5})
'a'.translate({97: 1<<30})
'abc'.translate({97: None, 98: 'xyz', 99: 100})
str.maketrans(1)
str.maketrans({'ab':1})
str.maketrans({1.5:1})
str.maketrans('a')
str.maketrans('a','bc')
str.maketrans(1,'a')
str.maketrans('a',1)
str.maketrans('ab','cd','e')
'a'.encode(1)
'a'.encode('ascii', 1)
'\u1234'.encode('ascii')
'\u1234\u1235a'.encode('latin-1')
'\ud800'.encode()
'a'.format_map()
'a'[1]
'a'['b']
'a'[1.5]
1 in 'a'
'a'+1
'a'+b'b'
'a'*'b'
'a'*(1<<62)
'ab'*(1<<62)
'a'*1.5
str(1,2)
str(b'a','ascii','strict',1)
str(b'\xff','ascii')
str(b'\xff','utf-8')
str('a','b')
str(1,'ascii')
str(object=b'a', errors='strict')
str(encoding='x')
str(b'a', encoding=1)
'a'.expandtabs('x')
'a\tb'.expandtabs(1<<62)
'a'.splitlines(1)
'a'.isidentifier(1)
'a' < 1
'a'.__getnewargs__()
iter('abc').__reduce__()
iter('').__reduce__()
[type(iter('a')), type(iter('é'))]
'%s' % 'a' , str.__rmod__('%s', 1), str.__mod__('%s', 1)
'abc'.find('',4), 'abc'.find('',3), 'abc'.rfind('',5), 'abc'.count('',4), 'abc'.count('',1), 'abc'.startswith('',4), 'abc'.startswith('',3), 'abc'.startswith('',2,1)
'aXbXc'.split('X', 1), 'aXbXc'.rsplit('X',1), ' a b '.split(None,1), ' a b c '.rsplit(None,1), ''.split(), ''.split(','), ' '.split()
'a\r\nb\x0bc\x1c\u2028d\n'.splitlines(), 'a\n\nb'.splitlines(True)
"it's", 'say "hi"', '''both ' and "''', '\x00\x7f\xa0\xad\u200b\U0001f600\U000e0001\ud800é\\\t\n\r'
'ΑΣ'.lower(), 'ΑΣΑ'.lower(), 'ὈΔΥΣΣΕΎΣ'.lower(),'ΑΣ.'.lower(), 'Σ'.lower(), "ΑΣ Σ".lower(),'aΣ\u0301b'.lower()
'ǆabc ßx ﬁne o\'neil'.title(), 'ǆABC'.capitalize(), 'ßtest'.capitalize(), 'aAΣßǅ'.swapcase(), 'ẞßﬃ'.casefold()
'abc'.replace('','-'), 'abc'.replace('','-',2), 'aaa'.replace('a','b',2), 'aaa'.replace('a','',-1), ''.replace('','x'), ''.replace('','x',0), 'abc'.replace('abc','abcd')
'abc'.center(6,'*'), 'abc'.center(8), 'ab'.center(5,'*'), '-5'.zfill(4), '+'.zfill(3), 'a\tbc\t\n\tx'.expandtabs(4), 'a\tb'.expandtabs(0), 'a\tb'.expandtabs(-3)
""".strip().split("\n"):
    show(line)
