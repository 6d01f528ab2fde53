def f(n):
    x = yield n
    yield from x
    return x


async def g(n):
    async for i in n:
        yield await i


h = (x * y for x in range(3) if x for y in [x + 1])
