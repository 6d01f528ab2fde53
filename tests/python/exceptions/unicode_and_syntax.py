# UnicodeError and SyntaxError: fields, checks, text.
def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, "|", e)


e = UnicodeEncodeError("ascii", "a\xe9\u20ac\U0001f600", 1, 2, "why")
print(repr(e), "|", str(e), "|", e.encoding, e.object, e.start, e.end, e.reason)
for start, end in ((2, 3), (3, 4), (1, 3)):
    e.start, e.end = start, end
    print(str(e))
d = UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "why")
print(str(d), d.object)
d.end = 5
print(str(d))
print(UnicodeDecodeError("u", bytearray(b"xy"), 0, 1, "w").object)
t = UnicodeTranslateError("a\u20ac", 1, 2, "why")
print(str(t), t.encoding)
print(repr(str(UnicodeEncodeError.__new__(UnicodeEncodeError))))
attempt(UnicodeEncodeError)
attempt(UnicodeEncodeError, 1, 2, 3, 4, 5)
attempt(UnicodeEncodeError, "a", "b", "c", 4, 5)
attempt(UnicodeEncodeError, "a", "b", 1, 4, 5)
attempt(UnicodeDecodeError, "a", "b", 1, 4, "r")
attempt(UnicodeDecodeError, "a", b"b", 1.0, 4, "r")
attempt(UnicodeDecodeError, "a", b"b", 10**30, 4, "r")
attempt(UnicodeTranslateError, "a", 1, 1)
attempt(setattr, e, "start", "x")
attempt(delattr, e, "start")
attempt(setattr, e, "start", 10**30)
print(repr(UnicodeError(1, 2)))

s = SyntaxError("bad", ("/dir/file.py", 3, 4, "text", 5, 6))
print(repr(s), "|", str(s), "|", s.msg, s.filename, s.lineno, s.offset, s.text, s.end_lineno, s.end_offset, s.print_file_and_line)
print(str(SyntaxError("bad", (None, 3, 4, "text"))), str(SyntaxError("bad", ("f", None, 4, "text"))))
print(str(SyntaxError()), str(SyntaxError("m")), str(SyntaxError("m", (3, "x", 4, 5))))
print(repr(IndentationError("m", ("f", 1, 2, "t"))), str(TabError("m", ("f", 1, 2, "t"))))
attempt(SyntaxError, "x", (1,))
attempt(SyntaxError, "x", (1, 2, 3, 4, 5))
attempt(SyntaxError, "x", 3)
attempt(SyntaxError, a=1)
s.lineno = 10**30
print(str(s))
try:
    compile("a b", "name", "exec")
except SyntaxError as err:
    print(type(err).__name__, err.msg, err.filename, err.lineno, err.offset, err.end_lineno, err.end_offset)
