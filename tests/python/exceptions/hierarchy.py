# The shape of the hierarchy: bases, names, what each type adds.
def walk(cls, depth=0):
    print("  " * depth + cls.__name__, [b.__name__ for b in cls.__bases__])
    for sub in sorted((c for c in type.__subclasses__(cls) if c.__module__ == "builtins"), key=lambda c: c.__name__):
        walk(sub, depth + 1)


walk(BaseException)
print(EnvironmentError is OSError, IOError is OSError)
print([c.__name__ for c in ExceptionGroup.__mro__])
for cls in (BaseException, ValueError, StopIteration, KeyError, OSError, ExceptionGroup):
    print(cls, cls.__module__, cls.__doc__)
for change in ("x", "args"):
    try:
        setattr(ValueError, change, 1)
    except TypeError as e:
        print(e)
