# Messages, places and texts of syntax errors.
import warnings

CASES = r'''
f'{3'
f'{'
f'{!r}'
f'{:'
f'{3!'
f'{3!:}'
f'{3!x}'
f'{3!r s}'
f'{a $ b}'
f'{6 0}'
f'{a=b}'
f'{4:{/5}}'
f'{1, lambda:x}'
f'{+ lambda:None}'
f'{lambda x:1}'
f'{1#}'
f'{x!s:'
f'{"s"!r{":10"}}'
f'}'
f'{((}'
f'{a[4)}'
f'\N{'
f'\N'
f'' b''
t'a' 'b'
'a' t'b'
t'{x;y}'
f"{1:{1:{1:{1}}}}"
(1 + 2
{1: 2,
a{
a = 3 \ 4
0b12
0b1_2
0x_
1_000_
1__0
012
1a
2e+
def f[*T: int](): pass
def f[**P: (int, str)](): pass
x = 1 if 1 else return
x = 1 if 1 else pass
def f(*, a, *b): pass
f(**{}, *[])
f(a=1, 2)
f(*x=1)
raise X, Y
import a from b
from a import b,
{1: *2, 3: 4}
{1:2, 3}
A[*]
3 + not 4
"a "b" c"
try: pass\nexcept A, B as c: pass
try: pass\nexcept A: pass\nexcept* B: pass
if 1:\nx
  x
if 1:\n  a\n b
try:\n  x\n
with a as b
for a, b
class A[]: pass
match x:\n case f'': pass
return 1
def f():\n nonlocal zz
x: int = yield = 1
'''
for case in CASES.strip("\n").split("\n"):
    case = case.replace("\\n", "\n")
    try:
        compile(case, "<case>", "exec")
    except SyntaxError as e:
        print(repr(case), type(e).__name__, e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset, repr(e.text))
    else:
        print(repr(case), "ok")

for source in (b"x = '\xe9'", b"\xef\xbb\xbf# coding: utf8\n", b"# coding: latin-9000\n", b"a\n\xff"):
    try:
        compile(source, "<bytes>", "exec")
    except SyntaxError as e:
        print(source, e.args)
    else:
        print(source, "ok")

# Warnings, and the errors they become.
for source in (r"'\z'", r"b'\400'", "f'\\{1}'", "1if 2else 3", "0xfor x in ()", "x is 1", r"'\e' $"):
    for action in ("always", "error"):
        with warnings.catch_warnings(record=True) as w:
            warnings.simplefilter(action)
            try:
                compile(source, "<warned>", "exec")
            except SyntaxError as e:
                print(repr(source), action, e.msg, [str(x.message) for x in w])
            else:
                print(repr(source), action, "ok", [str(x.message) for x in w])
