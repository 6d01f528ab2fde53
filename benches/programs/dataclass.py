"""Dataclasses: construction, equality, ordering, frozen keys of dicts, replace."""

from dataclasses import dataclass, field, replace


@dataclass
class Item:
    name: str
    price: float
    quantity: int = 1
    tags: list = field(default_factory=list)

    def total(self):
        return self.price * self.quantity


@dataclass(frozen=True)
class Point:
    x: int
    y: int

    def moved(self, dx, dy):
        return Point(self.x + dx, self.y + dy)


@dataclass(order=True)
class Version:
    major: int
    minor: int


if __name__ == "__main__":
    items = [Item(f"i{i % 100}", i * 0.25, i % 7) for i in range(300_000)]
    print(sum(i.total() for i in items), sum(a == b for a, b in zip(items, items[100:])))
    visits = {}
    p = Point(0, 0)
    for i in range(300_000):
        p = p.moved((i * 7) % 5 - 2, (i * 3) % 5 - 2)
        visits[p] = visits.get(p, 0) + 1
    print(len(visits), max(visits.values()))
    versions = sorted(Version(i * 37 % 11, i * 17 % 23) for i in range(60_000))
    print(versions[0], versions[-1])
    print(replace(items[5], price=2.0))
