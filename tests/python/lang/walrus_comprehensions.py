# Where an assignment expression may stand in a comprehension.
for text in (
    "[i for i in [j for j in range(5) if (j := True)]]",
    "[i for i in [(j := True) for j in range(5)]]",
    "[i for i in (lambda: (j := range(5)))()]",
    "[i for i in range(5) if (i := 0)]",
    "[i for i in range(5) if (j := 0) for j in range(5)]",
    "[[(j := 0) for i in range(5)] for j in range(5)]",
):
    try:
        compile(text, "<test>", "exec")
    except SyntaxError as e:
        print(e.msg)
for text in ("type X = [x async for x in y]", "x: [y async for y in z]", "def f(a: [y async for y in z]): pass"):
    try:
        exec(text)
    except SyntaxError as e:
        print(e.msg)
