# Exceptions that nobody can catch say where they became known.
import sys

last = None


def hook(u):
    global last
    last = u.err_msg.replace(hex(id_), "ID"), type(u.exc_value).__name__, str(u.exc_value), u.exc_traceback is not None


sys.unraisablehook = hook


def stubborn():
    while True:
        try:
            yield
        except GeneratorExit:
            pass


g = stubborn()
next(g)
text = repr(g)
id_ = int(text.split(" at ")[1][:-1], 16)
del g
print(last == (f"Exception ignored while closing generator {text.replace(hex(id_), 'ID')}",
               "RuntimeError", "generator ignored GeneratorExit", True), last[1:])


class D:
    def __del__(self):
        1 / 0


D()
print(last[0].split(" at ")[0], last[1:])
