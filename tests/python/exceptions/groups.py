# Exception groups and except*.
def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, "|", e)


attempt(BaseExceptionGroup)
attempt(BaseExceptionGroup, 1, 2)
attempt(BaseExceptionGroup, "a", 2)
attempt(BaseExceptionGroup, "a", [])
attempt(BaseExceptionGroup, "a", [1])
attempt(BaseExceptionGroup, "a", [ValueError(1)], 2)
attempt(BaseExceptionGroup, "a", [ValueError(1)], a=2)
attempt(ExceptionGroup, "a", [KeyboardInterrupt()])
attempt(ExceptionGroup, "a", {1: 2})


class Mine(ExceptionGroup):
    pass


class Base(BaseExceptionGroup):
    def derive(self, excs):
        return Base(self.message, excs)


attempt(Mine, "a", [KeyboardInterrupt()])
attempt(Base, "a", [KeyboardInterrupt()])
g = ExceptionGroup("m", [ValueError(1), TypeError(2), ExceptionGroup("n", [ValueError(3), OSError(4)])])
print(repr(g), str(g), g.message, g.exceptions)
print(str(ExceptionGroup("one", [ValueError()])))
attempt(setattr, g, "message", 1)
g.__cause__ = KeyError("c")
g.add_note("note")
for by in (ValueError, (TypeError, OSError), lambda e: isinstance(e, OSError), Exception, KeyError):
    match, rest = g.split(by)
    print(match, rest)
    print(repr(match), repr(rest), repr(g.subgroup(by)))
    for part in (match, rest):
        if part is not None:
            print(part.__cause__, part.__notes__, part.__suppress_context__)
attempt(g.split, 2)
attempt(g.split, (ValueError, 3))
attempt(g.split, int)
print(repr(Base("b", [ValueError(1), KeyboardInterrupt()]).split(ValueError)))
print(Mine("x", [ValueError()]).derive([TypeError()]).__class__)


class Odd(ExceptionGroup):
    def derive(self, excs):
        return 3


attempt(Odd("x", [ValueError(), TypeError()]).split, ValueError)
print(type(ExceptionGroup[int]), ExceptionGroup[int])


def run(exc, handlers):
    try:
        try:
            raise exc
        except* ValueError as e:
            print("value", repr(e))
            if "v" in handlers:
                raise handlers["v"]
        except* (TypeError, OSError) as e:
            print("type or os", repr(e), e.__context__)
            if "t" in handlers:
                raise handlers["t"]
        else:
            print("else")
        finally:
            print("finally")
    except BaseException as e:
        print("left", repr(e), repr(e.__context__), repr(e.__cause__))


run(ValueError(1), {})
run(KeyError(1), {})
run(ExceptionGroup("g", [ValueError(1), TypeError(2)]), {})
run(ExceptionGroup("g", [ValueError(1), KeyError(2)]), {})
run(ExceptionGroup("g", [ValueError(1), TypeError(2), KeyError(3)]), {"v": IndexError("new")})
run(ExceptionGroup("g", [ValueError(1), TypeError(2)]), {"v": IndexError("a"), "t": IndexError("b")})
run(ExceptionGroup("g", [ExceptionGroup("n", [ValueError(1), KeyError(2)]), OSError(3)]), {})
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), KeyError(3)])
    except* ValueError:
        raise
    except* TypeError as e:
        raise
except ExceptionGroup as e:
    print(repr(e))
for bad in (int, ExceptionGroup, (ValueError, 3)):
    try:
        try:
            raise ValueError
        except* bad:
            pass
    except TypeError as e:
        print(e)
