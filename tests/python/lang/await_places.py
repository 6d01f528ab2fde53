# Where `await` may stand, and what may be awaited.
for text in (
    "def f():\n await g()",
    "def f():\n [i for i in await g()]",
    "def f():\n async def g(a=await h()): pass",
    "lambda: await x",
    "async def f():\n lambda: await x",
    "class C:\n await x",
    "await x",
    "async def f():\n def g(): await x",
    "def f():\n async with a: pass",
    "async def f():\n def g(a=await b): pass\n return [await x for x in y]",
):
    try:
        compile(text, "<test>", "exec")
        print("compiles")
    except SyntaxError as e:
        print(e.msg)


async def inner():
    pass


class Bad:
    def __await__(self):
        self.made = inner()
        return self.made


async def await_it(x):
    await x


bad = Bad()
try:
    await_it(bad).send(None)
except TypeError as e:
    print(e)
bad.made.close()


class Raises:
    def __aiter__(self):
        return self

    def __anext__(self):
        return self

    def __await__(self):
        1 / 0


async def loop():
    async for _ in Raises():
        pass


try:
    loop().send(None)
except TypeError as e:
    print(e, repr(e.__cause__))


# Statements make a module a coroutine as expressions do; removed assertions are still checked.
for source in ("async for i in ag(): pass", "async with ag() as a: pass", "pass"):
    print(source, bool(compile(source, "<m>", "exec", 0x2000).co_flags & 0x80))
for source in ("assert await x", "class C: await x", "def f(): await x", "lambda: await x"):
    try:
        compile(source, "<m>", "exec", optimize=1)
    except SyntaxError as e:
        print(source, "|", e.msg, e.lineno, e.offset)
