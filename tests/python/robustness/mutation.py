# Containers that change under the feet of whoever walks them.


def attempt(name, f):
    try:
        r = f()
    except Exception as e:
        print(name, type(e).__name__, e)
    else:
        print(name, r)


def sort_mutates():
    l = [3, 1, 2]
    l.sort(key=lambda x: l.append(x) or x)


def dict_iter_grows():
    d = {1: 1}
    for k in d:
        d[k + 1] = 1


def dict_iter_shrinks():
    d = {1: 1, 2: 2}
    for k in d:
        del d[1 if k == 2 else 2]
        d.clear()


def set_iter_grows():
    s = {1}
    for k in s:
        s.add(k + 1)


def list_iter_grows():
    l = [1, 2, 3]
    out = []
    for x in l:
        out.append(x)
        if len(l) < 6:
            l.append(x * 10)
    return out


def list_iter_shrinks():
    l = list(range(10))
    out = []
    for x in l:
        out.append(x)
        del l[-1]
    return out


class Evil:
    def __init__(self, target):
        self.target = target

    def __eq__(self, other):
        self.target.clear()
        return False

    def __hash__(self):
        return 1

    def __repr__(self):
        self.target.clear()
        return "evil"


def list_index():
    l = []
    l.extend([Evil(l), 2, 3])
    return 5 in l


def list_compare():
    l = []
    l.extend([Evil(l), 2, 3])
    return l == [1, 2, 3]


def list_repr():
    l = []
    l.extend([Evil(l), 2, 3])
    return repr(l)


def dict_lookup():
    d = {}
    d[Evil(d)] = 1
    return d.get(Evil({}))


def set_lookup():
    s = set()
    s.add(Evil(s))
    return Evil(set()) in s


class Index:
    def __init__(self, l):
        self.l = l

    def __index__(self):
        self.l.clear()
        return 0


def index_clears():
    l = [1, 2, 3]
    return l[Index(l)]


def slice_clears():
    l = [1, 2, 3]
    return l[Index(l):3]


for f in [
    sort_mutates, dict_iter_grows, dict_iter_shrinks, set_iter_grows, list_iter_grows, list_iter_shrinks,
    list_index, list_compare, list_repr, dict_lookup, set_lookup, index_clears, slice_clears,
]:
    attempt(f.__name__, f)
