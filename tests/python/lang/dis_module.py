# dis works on this machine's instructions. What they are is its own affair.
import contextlib
import dis
import io


def f(x, *, k=1):
    for i in x:
        if i:
            return g(i, 1.5)
    try:
        x.attr = k
    except ValueError as e:
        pass


out = io.StringIO()
with contextlib.redirect_stdout(out):
    dis.dis(f)
text = out.getvalue()
print("ExceptionTable" in text, "1.5" in text, "attr" in text, "ValueError" in text)
ins = list(dis.get_instructions(f))
jumps = [i for i in ins if i.jump_target is not None]
offsets = {i.offset for i in ins}
print(len(jumps) > 2, all(j.jump_target in offsets for j in jumps), any(i.argval == "attr" for i in ins), any(i.argval == 1.5 for i in ins))
print(sorted({i.line_number - f.__code__.co_firstlineno for i in ins if i.line_number}) in ([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 5, 6, 7]) or sorted({i.line_number - f.__code__.co_firstlineno for i in ins if i.line_number}))
print(list(dis.findlinestarts(f.__code__))[0][1] - f.__code__.co_firstlineno)
print(list(dis._find_imports(compile("import a.b\nfrom ..c import d, e", "m", "exec"))))
print(sorted(dis._find_store_names(compile("x = 1\nimport y\nglobal z\nz = 2", "m", "exec"))))
b = dis.Bytecode("a = 1\nb = a")
print(len(list(b)) > 3, "a" in b.dis())
try:
    f(None)
except TypeError as e:
    print(dis.Bytecode.from_traceback(e.__traceback__).current_offset in offsets)
