# args: -X jit-threshold=60
"""The module krait and sys._jit."""

import sys

import krait


def numbers(n):
    total = 0
    for i in range(n):
        total += i
    return total


def stuck(n):
    """What it raises in its loop is not recorded."""
    for i in range(n):
        try:
            raise KeyError
        except KeyError:
            pass


numbers(1000)
stuck(1000)
s = krait.jit_stats()
print(sorted(s))
print(s["enabled"], s["traces"] > 0, s["code_bytes"] > 0, s["compile_ms"] > 0, s["failures"])
l = [l for l in s["loops"] if l["function"] == "numbers"][0]
print(sorted(l))
print(l["line"], l["file"].endswith("introspection.py"), l["entered"] > 0)
for e in l["exits"]:
    print(sorted(e))
    break
for r in krait.jit_refusals(stuck):
    print(sorted(r), r["function"], isinstance(r["reason"], str), r["times"] > 0)
    break
print(krait.jit_refusals(numbers))
print(sys._jit.is_available(), sys._jit.is_enabled(), sys._jit.is_active())
try:
    krait.jit_stats(1)
except TypeError as e:
    print(e)
