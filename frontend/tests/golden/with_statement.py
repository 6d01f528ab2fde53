def f(x):
    with open(x) as a, lock:
        return a.read()


async def g(x):
    async with x as y:
        await y
