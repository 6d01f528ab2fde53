# Assignment to __bases__ from mro().
class Meta(type):
    ready = None

    def mro(cls):
        if Meta.ready and cls.__name__ == "C":
            Meta.ready = False
            C.__bases__ = (B2,)
        return type.mro(cls)


class A(metaclass=Meta):
    pass


class B1(A):
    pass


class B2(A):
    x = "B2"


class C(A):
    pass


Meta.ready = True
C.__bases__ = (B1,)
B1.__bases__ = (C,)
print(C.__bases__, C.__mro__)
print(B2.__subclasses__(), B1.__subclasses__(), C.__subclasses__())
print(B1.__bases__, B1.__mro__, B1.x)
B2.x = "changed"
B2.__len__ = lambda self: 7
print(B1.x, len(B1()))
import gc

del C, B1
gc.collect()
print([c.__name__ for c in A.__subclasses__()], B2.__subclasses__())
A.later = 1
print(B2.later)
