# Futures and tasks, and the functions that say which loop and task run.
import asyncio
import contextvars
import gc
import weakref
from asyncio import base_events


def attempt(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except BaseException as e:
        print(type(e).__name__, "|", e)


loop = asyncio.new_event_loop()
f = asyncio.Future(loop=loop)
print(f"{f._state} {f.done()} {f.cancelled()} {f._callbacks} {f._result} {f._exception} {f._asyncio_future_blocking}")
for call in (f.result, f.exception, asyncio.get_running_loop, asyncio.current_task, asyncio.Task):
    attempt(call)
attempt(f.set_exception, 1)
attempt(f.set_exception, StopIteration)
print(repr(f._exception), repr(f.exception().__cause__))
attempt(f.set_result, 1)
attempt(asyncio.Task, 1, loop=loop)
attempt(asyncio.Future, 1)
attempt(setattr, f, "_log_traceback", True)
attempt(delattr, f, "_cancel_message")
attempt(asyncio.Future.__new__(asyncio.Future).get_loop)
attempt(asyncio.Future.__new__(asyncio.Future).cancel)
attempt(next, iter(asyncio.Future(loop=loop)))
it = iter(asyncio.Future(loop=loop))
next(it)
attempt(next, it)
attempt(it.throw, 1)
attempt(it.throw, ValueError, "x")
attempt(it.close)

# Callbacks are removed by equality, even if the comparison changes them.
class Evil:
    def __init__(self, future):
        self.future = future

    def __eq__(self, other):
        future, self.future = self.future, None
        if future is not None:
            future.remove_done_callback(print)
            future.add_done_callback(len)
        return True


f = asyncio.Future(loop=loop)
for _ in range(3):
    f.add_done_callback(Evil(f))
    f.add_done_callback(print)
print(f.remove_done_callback("x") > 0, type(f._callbacks))

log = []
loop.set_exception_handler(lambda loop, context: log.append((context["message"], repr(context.get("exception")))))
f = asyncio.Future(loop=loop)
f.set_exception(KeyError("lost"))
del f
gc.collect()


async def forever():
    await asyncio.Future()


async def main():
    t = asyncio.create_task(forever())
    await asyncio.sleep(0)
    r = weakref.ref(t)
    print(t in asyncio.all_tasks(), len(asyncio.all_tasks()), asyncio.current_task().get_name())
    t.cancel("first")
    t.cancel("second")
    print(t.cancelling(), t.uncancel())
    try:
        await t
    except asyncio.CancelledError as e:
        print("cancelled", e.args)
    print(repr(t).replace(__file__, "here"), len(asyncio.all_tasks()))
    del t
    gc.collect()
    print(repr(r()).replace(__file__, "here"))

    async def fails():
        raise ZeroDivisionError("in task")

    print(await asyncio.gather(fails(), asyncio.sleep(0, "slept"), return_exceptions=True))

    @asyncio.coroutines.types.coroutine
    def wrong(v):
        yield v

    for v in (1, (x for x in ()), asyncio.Future(), asyncio.new_event_loop().create_future()):
        t = asyncio.ensure_future(wrong(v))
        try:
            print(await t)
        except RuntimeError as e:
            print(str(e).split(" in task")[0].split(" <")[0])
    var = contextvars.ContextVar("var", default=0)

    async def sets():
        var.set(var.get() + 1)
        return var.get()

    print(await asyncio.create_task(sets()), await asyncio.create_task(sets()), await sets(), var.get())
    print(await asyncio.eager_task_factory(asyncio.get_running_loop(), sets()))
    name = asyncio.create_task(sets(), name=5)
    print(name.get_name(), name.set_name("other"), name.get_name())
    await name
    try:
        name.set_result(1)
    except RuntimeError as e:
        print(e)
    # The same future may have several tasks waiting.
    shared = asyncio.get_running_loop().create_future()

    async def waits():
        return await shared

    tasks = [asyncio.create_task(waits()) for _ in range(3)]
    await asyncio.sleep(0)
    shared.set_result("value")
    print(await asyncio.gather(*tasks))
    async with asyncio.TaskGroup() as group:
        made = [group.create_task(asyncio.sleep(0, i)) for i in range(5)]
    print([t.result() for t in made])
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError as e:
        print("timeout", repr(e.__cause__ or e.__context__))


loop.run_until_complete(main())
t = loop.create_task(forever())
loop.run_until_complete(asyncio.sleep(0))
del t
gc.collect()
for line in log:
    print(line)
loop.close()
