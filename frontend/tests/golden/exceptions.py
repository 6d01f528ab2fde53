def f():
    try:
        g()
    except (A, B) as e:
        return e
    except C:
        pass
    else:
        h()
    finally:
        k()


def star():
    try:
        g()
    except* A as e:
        h(e)


def nested(x):
    for i in x:
        try:
            return i
        finally:
            if i:
                continue
    raise A from None
