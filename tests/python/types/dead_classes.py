# skip-mode: gc; measures memory
# Memory of dead classes, and what was replaced in living ones, is given back.
import gc
import resource


class Base:
    pass


def classes(n):
    for i in range(n):
        cls = type("C", (Base,), {"x": i, "f": lambda self: self.x})
        assert cls().f() == i
        Base.__name__ = "Base%d" % i


classes(5000)
gc.collect()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
classes(40000)
gc.collect()
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown < 16000 or grown, len(Base.__subclasses__()))


class Other:
    pass


class Moving(Base):
    pass


for i in range(1000):
    Moving.__bases__ = (Other,) if i % 2 else (Base,)
del Moving
gc.collect()
print(Other.__subclasses__(), Base.__subclasses__())
