def f(p):
    match p:
        case 0 | "zero" | None:
            return 0
        case [x, *rest] if rest:
            return x
        case [1, _, *_, y]:
            return y
        case {"k": v, **others}:
            return others
        case Point(0, y=([a] | a)) as q:
            return q
        case _:
            return p
