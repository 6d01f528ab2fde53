# Traceback objects.
def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, "|", e)


def inner():
    raise ValueError("x")


def outer():
    inner()


try:
    outer()
except ValueError as e:
    tb = e.__traceback__
Traceback = type(tb)
print(Traceback.__name__, Traceback.__doc__, Traceback.__text_signature__)
t = tb
while t is not None:
    print(t.tb_frame.f_code.co_name, t.tb_lineno)
    t = t.tb_next
frame = tb.tb_frame
made = Traceback(None, frame, 2, 33)
print(made.tb_next, made.tb_frame is frame, made.tb_lasti, made.tb_lineno, dir(made))
attempt(Traceback)
attempt(Traceback, 1, 2, 3, 4)
attempt(Traceback, None, 2, 3, 4)
attempt(Traceback, None, frame, "a", 4)
attempt(Traceback, None, frame, 2**40, 4)
attempt(Traceback, 1, frame, 2, 4)
attempt(Traceback, None, frame, 2, 4, 5)
attempt(setattr, made, "tb_next", made)
attempt(setattr, made, "tb_next", 3)
attempt(delattr, made, "tb_next")
attempt(setattr, made, "tb_lineno", 3)
attempt(setattr, made, "tb_frame", 3)
made.tb_next = tb
print(made.tb_next is tb)
made.tb_next = None
print(made.tb_next)
try:
    raise KeyError("k").with_traceback(made)
except KeyError as e:
    print(e.__traceback__.tb_next is made)
try:
    class Sub(Traceback):
        pass
except TypeError as e:
    print(e)
