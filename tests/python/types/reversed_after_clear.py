# Items of a dict that was cleared and filled again are not walked backwards by old iterators.
from collections import defaultdict

d = {f"k{i}": i for i in range(20)}
for i in range(19):
    del d[f"k{i}"]
iterators = reversed(d), reversed(d.keys()), reversed(d.values()), reversed(d.items())
d.clear()
d["k0"] = 0
for it in iterators:
    print(list(it))

# What the default factory adds itself stays.
count = 0


def factory():
    global count
    count += 1
    mine = count
    if mine == 1:
        table["key"]
    return mine


table = defaultdict(factory)
print(table["key"], count)
