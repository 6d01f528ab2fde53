# Sizes beyond the memory are refused at once.
import array
import collections


def attempt(f):
    try:
        print(repr(f())[:60])
    except Exception as e:
        print(type(e).__name__, e)


for f in (
    lambda: "a" * 2**62, lambda: "\u00e9" * 2**62, lambda: b"a" * 2**62, lambda: bytearray(b"a") * 2**62, lambda: bytearray(2**62),
    lambda: bytes(2**62), lambda: [0] * 2**60, lambda: (0,) * 2**60, lambda: [None] * (2**63 - 1), lambda: [0, 1] * 2**62,
    lambda: array.array("i", [0]) * 2**60, lambda: list(range(2**62)), lambda: tuple(range(2**62)), lambda: sorted(range(2**62)),
    lambda: " ".ljust(2**62), lambda: b" ".center(2**62), lambda: "a".zfill(2**62), lambda: format(1, "9223372036854775807d"),
    lambda: format(1, "99999999999999999999d"), lambda: "%.999999999999f" % 1, lambda: "{:{}}".format(1, 2**70),
    lambda: 1 << 2**62, lambda: 1 << 2**64, lambda: 0 << 2**64, lambda: 1 >> 2**70, lambda: -1 >> 2**70, lambda: 1 << -1,
    lambda: (1).to_bytes(2**62, "big"), lambda: (-1).to_bytes(0, "big", signed=True), lambda: (0).to_bytes(0, "big", signed=True),
    lambda: (-128).to_bytes(1, "big", signed=True), lambda: int("1" * 5000), lambda: int(b"9" * 4301), lambda: str(10**5000),
    lambda: "%d" % 10**4301, lambda: f"{10**4301}", lambda: len(range(2**70)), lambda: float(10**400), lambda: 10**400 / 1.0,
    lambda: round(1.5, 2**40), lambda: round(15, -(2**40)), lambda: chr(2**70), lambda: memoryview(b"a").cast("B", [2**62]),
    lambda: ("x" * 2**10).replace("x", "y" * 2**10) * 2**50, lambda: range(2**70)[2**69], lambda: slice(2**70).indices(5),
):
    attempt(f)
