# Template strings (PEP 750).
def attempt(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, "|", e)


name, width = "World", 7
t = t"Hello {name!r:>{width}} and {1 + 1}"
Template, Interpolation = type(t), type(t.interpolations[0])
print(Template, Interpolation)
print(t)
print(t.strings, t.values)
i = t.interpolations[0]
print(i.value, i.expression, i.conversion, i.format_spec)
print(t"", t"x".strings, t"{name}".strings)
print(list(t"a{1}{2}b"), list(t""), list(t"{1}"))
print((t"a{1}" + t"b{2}c").strings)
print(Template("a", "b", i, i, "c").strings)
attempt(lambda: t"a" + "b")
attempt(lambda: "a" + t"b")
attempt(lambda: Template(3))
attempt(Template, a=3)
attempt(Interpolation)
attempt(Interpolation, 1, 2)
attempt(Interpolation, 1, "x", "z")
attempt(Interpolation, 1, "x", 3)
print(Interpolation(1), Interpolation(1, "x", "s", ".2f"), Interpolation.__match_args__)
match i:
    case Interpolation(value, expression, conversion, spec):
        print(value, expression, conversion, spec)
print(Interpolation[int])
for cls in (Template, Interpolation):
    try:
        type("Sub", (cls,), {})
    except TypeError as e:
        print(e)
attempt(setattr, t, "strings", ())
