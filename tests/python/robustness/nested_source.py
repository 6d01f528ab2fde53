# skip-mode: gc; sources of 100 000 levels are parsed
# Sources nested or strung out beyond all measure: an error or a result, never a crash.
import ast
import symtable
import sys
import types

N = 100_000


def attempt(name, f):
    try:
        result = f()
    except (SyntaxError, RecursionError, MemoryError, OverflowError, ValueError, TypeError) as e:
        print(name, type(e).__name__ + ":", getattr(e, "msg", e))
    else:
        if isinstance(result, (types.CodeType, ast.AST, symtable.SymbolTable)):
            result = type(result).__name__
        print(name, "gives", result)


def source(name, text, mode="exec"):
    attempt(name, lambda: compile(text, "f", mode))


source("parentheses", "(" * N + ")" * N)
source("lists", "[" * N + "]" * N)
source("dicts", "{1:" * N + "1" + "}" * N)
source("sets", "{" * N + "1" + "}" * N)
source("tuples", "(" * N + "1," + ")," * N)
source("open", "(" * N)
source("bytes", b"(" * N)
source("close", ")" * N)
source("minus", "-" * N + "1")
source("not", "not " * N + "1")
source("power", "**".join(["1"] * N))
source("lambda", "lambda:" * N + "1")
source("conditional", "1 if 0 else " * N + "1")
source("await", "async def f():\n " + "await " * N + "x")
source("attributes", "a" + ".b" * N)
source("calls", "a" + "()" * N)
source("subscripts", "a" + "[0]" * N)
source("starred", "[" + "*[" * N + "]" * N + "]")
source("walrus", "(a:=" * N + "1" + ")" * N)
source("target", "(" * N + "a" + ")" * N + "=1")
source("annotation", "x:" + "a[" * N + "b" + "]" * N)
source("pattern", "match x:\n case " + "[" * N + "]" * N + ": pass")
source("class pattern", "match x:\n case " + "A(" * N + ")" * N + ": pass")
source("comprehensions", "[" * N + "x" + " for x in y]" * N)
source("blocks", "".join(" " * i + "for x in y:\n" for i in range(50)) + " " * 50 + "pass")
source("functions", "".join(" " * i + "def f():\n" for i in range(99)) + " " * 99 + "pass")
source("levels", "".join(" " * i + "if 1:\n" for i in range(150)) + " " * 150 + "pass")
source("contexts", "with " + ",".join(["a"] * 10_000) + ": pass")
source("elif", "if 1: pass\n" + "elif 1: pass\n" * 20_000)
source("arguments", "f(" + ",".join(f"a{i}" for i in range(N)) + ")")
source("parameters", "def f(" + ",".join(f"a{i}" for i in range(10_000)) + "): pass")
source("type parameters", "def f[" + ",".join(f"T{i}" for i in range(5000)) + "](): pass")
source("import", "import " + ".".join(["a"] * N))
source("assignments", "=".join("abcdefgh" * 5000) + "=1")
source("or pattern", "match x:\n case " + "|".join(["1"] * 20_000) + ": pass")
attempt("and", lambda: eval(" and ".join(["1"] * N)))
attempt("sum", lambda: eval("+".join(["1"] * 1000)))
attempt("strings", lambda: len(eval("'a' " * N)))
attempt("constants", lambda: len(eval("[" + ",".join(f"{i}.5" for i in range(N)) + "]")))
attempt("dict", lambda: len(eval("{" + ",".join(f"{i}:x" for i in range(70_000)) + "}", {"x": 1})))


def deep_tree():
    node = ast.Constant(1, lineno=1, col_offset=0)
    for _ in range(N):
        node = ast.UnaryOp(ast.USub(), node, lineno=1, col_offset=0)
    return ast.Expression(node)


def cycle():
    node = ast.UnaryOp(ast.USub(), None, lineno=1, col_offset=0)
    node.operand = node
    return compile(ast.Expression(node), "f", "eval")


attempt("ast.parse", lambda: ast.parse("-" * N + "1"))
attempt("ast.literal_eval", lambda: ast.literal_eval("(" * 1000 + ")" * 1000))
attempt("tree", lambda: compile(deep_tree(), "f", "eval"))
attempt("tree in a circle", cycle)
attempt("dump", lambda: ast.dump(deep_tree()))
attempt("symtable", lambda: symtable.symtable("-" * N + "1", "f", "exec"))
print("alive")
