# Functions whose globals are a subclass of dict.
import types


class Names(dict):
    def __missing__(self, key):
        return "made up " + key


def names():
    return Foo, len


print(types.FunctionType(names.__code__, Names(Foo=1))())


class Strict(dict):
    def __getitem__(self, key):
        raise KeyError(key)


try:
    types.FunctionType(names.__code__, Strict(Foo=1))()
except NameError as e:
    print(e)
