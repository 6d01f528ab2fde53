# args: -b
import warnings
warnings.simplefilter("always")
seen = []
warnings.showwarning = lambda message, category, *a, **k: seen.append(f"{category.__name__}: {message}")
b"a" == "a"; "a" == b"a"; b"a" != "a"; b"a" == 97; str(b"a"); str(bytearray(b"a")); bytearray(b"a") == "a"; f"{b'a'}"; b"a" in ["a"]; b"a" < b"b"; repr(b"a")
for s in seen:
    print(s)
