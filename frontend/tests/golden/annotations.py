import a.b.c as d
from . import e, f as g
from h import *

x: int
y: list[x] = []
type Alias[T] = dict[T, Alias]


def f(a: int, *args: *Ts, k: str = "") -> None:
    z: undefined = 1
