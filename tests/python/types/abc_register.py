# Registering a class after a negative answer was remembered.
import abc
import _abc
from collections.abc import Mapping, Sequence


class Base(metaclass=abc.ABCMeta):
    pass


class Late:
    pass


class Derived(Late):
    pass


print(issubclass(Late, Base), isinstance(Derived(), Base))
Base.register(Late)
print(issubclass(Late, Base), isinstance(Late(), Base), isinstance(Derived(), Base))
print(isinstance([], Sequence), isinstance((), Sequence), isinstance({}, Mapping))
_abc._reset_registry(Base)
_abc._reset_caches(Base)
print(issubclass(Late, Base))
