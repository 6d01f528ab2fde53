# sys.monitoring reports what CPython reports, as far as that does not depend on its instructions.
import sys

m = sys.monitoring
E = m.events
TOOL = m.PROFILER_ID
events = []


def recorder(name):
    def callback(code, *args):
        if code.co_name in ("watch", "show", "<module>"):
            return
        shown = [type(a).__name__ if isinstance(a, BaseException) else getattr(a, "__name__", a) for a in args[1:]]
        if name == "LINE":
            shown = [args[0] - code.co_firstlineno]
        events.append((name, code.co_name, *["MISSING" if s is m.MISSING else s for s in shown]))

    return callback


def watch(names, f, *args):
    m.use_tool_id(TOOL, "test")
    mask = 0
    for n in names.split():
        event = getattr(E, n)
        # C_RETURN and C_RAISE come with CALL.
        if not n.startswith("C_R"):
            mask |= event
        m.register_callback(TOOL, event, recorder(n))
    m.set_events(TOOL, mask)
    try:
        f(*args)
    except Exception as e:
        events.append(("left", type(e).__name__))
    m.set_events(TOOL, 0)
    m.free_tool_id(TOOL)
    show()


def show():
    for e in events:
        print(*e)
    events.clear()
    print("--")


def lines(n):
    total = 0
    for i in range(n):
        if i:
            total += i
    try:
        pass
    except ValueError:
        pass
    return total


def gen():
    x = yield 1
    return x


def drive():
    for v in gen():
        pass
    g = gen()
    next(g)
    try:
        g.send(5)
    except StopIteration:
        pass


def raises():
    raise KeyError("x")


def catches():
    try:
        raises()
    except KeyError:
        pass


def again():
    try:
        raises()
    except KeyError:
        raise


def throws():
    g = gen()
    next(g)
    g.throw(ValueError("v"))


class C:
    def method(self, a):
        return len(a)

    def __repr__(self):
        return "C()"


def calls():
    len([1])
    C().method("ab")
    "a".join(["b"])
    sorted([2, 1], key=lambda v: v)
    print(*[], end="")


def call_fails():
    int("x")


watch("LINE", lines, 2)
watch("PY_START PY_RETURN PY_YIELD PY_RESUME", drive)
watch("RAISE EXCEPTION_HANDLED PY_UNWIND", catches)
watch("RAISE RERAISE PY_UNWIND", again)
watch("PY_THROW PY_UNWIND", throws)
watch("CALL C_RETURN", calls)
watch("CALL C_RAISE", call_fails)

# DISABLE and restart_events.
count = 0


def counting(code, *args):
    global count
    count += 1
    return m.DISABLE


m.use_tool_id(TOOL, "test")
m.register_callback(TOOL, E.PY_START, counting)
m.set_local_events(TOOL, raises.__code__, E.PY_START)
for _ in range(3):
    try:
        raises()
    except KeyError:
        pass
print(count, m.get_local_events(TOOL, raises.__code__) == E.PY_START, m.get_events(TOOL))
m.restart_events()
try:
    raises()
except KeyError:
    pass
print(count)
m.set_local_events(TOOL, raises.__code__, 0)

# Events that cannot be disabled at a place.
m.register_callback(TOOL, E.RAISE, counting)
m.set_events(TOOL, E.RAISE)
try:
    catches()
except ValueError as e:
    print(e)
m.set_events(TOOL, 0)
m.free_tool_id(TOOL)

# A callback's exception goes on in the observed code.
def failing(code, *args):
    raise ZeroDivisionError("from callback")


m.use_tool_id(TOOL, "test")
m.register_callback(TOOL, E.PY_START, failing)
m.set_local_events(TOOL, lines.__code__, E.PY_START)
try:
    lines(1)
except ZeroDivisionError as e:
    print(e)
m.free_tool_id(TOOL)

# Other threads are watched too.
import threading

m.use_tool_id(TOOL, "test")
seen = []
m.register_callback(TOOL, E.PY_START, lambda code, at: seen.append(code.co_name) if code is lines.__code__ else None)
m.set_events(TOOL, E.PY_START)
try:
    t = threading.Thread(target=lines, args=(1,))
    t.start()
    t.join()
except RuntimeError:
    lines(1)  # no threads here
m.set_events(TOOL, 0)
m.free_tool_id(TOOL)
print(seen)
for bad in (lambda: m.use_tool_id(9, "x"), lambda: m.set_events(TOOL, 1), lambda: m.register_callback(TOOL, 3, None)):
    try:
        bad()
    except ValueError as e:
        print(e)
