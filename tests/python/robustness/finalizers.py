# skip-mode: gc; structures of 100 000 objects, collected at every chance, take minutes
# Finalisers run when the last reference goes, in CPython's order; hostile ones are survived.
import gc
import weakref

log = []


class D:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(self.name)


def show(title):
    print(title, log)
    log.clear()


d = D("a")
del d
show("del")

x = D("b")
x = D("c")
show("rebind")

def f():
    first = D("first")
    second = D("second")
    return 1

f()
show("locals")

l = [D("l0"), D("l1"), D("l2")]
l.clear()
show("list clear")

d = {"k": D("v1"), "j": D("v2")}
d.pop("k")
show("dict pop")
del d
show("dict del")

saved = []


class Phoenix:
    def __del__(self):
        saved.append(self)


p = Phoenix()
del p
print("resurrected", len(saved))
saved.clear()
print("second time", len(saved))


class Cycle:
    def __init__(self):
        self.me = self

    def __del__(self):
        log.append("cycle")


c = Cycle()
del c
show("before collect")
gc.collect()
show("after collect")

r = D("weak")
w = weakref.ref(r, lambda ref: log.append("callback"))
del r
show("weakref")
print(w())

try:
    D("temp").name.missing
except AttributeError:
    show("temporary")

chain = None
for i in range(100_000):
    chain = (chain, i)
del chain
deep = []
for i in range(100_000):
    deep = [deep]
del deep
print("alive")
