# A class that dataclass makes again with slots.
import dataclasses


@dataclasses.dataclass(slots=True, weakref_slot=True)
class Point:
    x: int
    y: int = 0


p = Point(1)
print(p, Point.__slots__, hasattr(p, "__dict__"))
try:
    p.z = 1
except AttributeError as e:
    print(e)
