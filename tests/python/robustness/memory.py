# Absurd sizes raise, they do not bring the process down.


def attempt(name, f):
    try:
        f()
    except (MemoryError, OverflowError, ValueError) as e:
        print(name, type(e).__name__)
    else:
        print(name, "no error")


attempt("str repeat", lambda: "a" * 2**62)
attempt("str repeat more", lambda: "a" * 2**70)
attempt("list repeat", lambda: [0] * 2**60)
attempt("tuple repeat", lambda: (0,) * 2**60)
attempt("bytes repeat", lambda: b"a" * 2**62)
attempt("bytearray", lambda: bytearray(2**62))
attempt("bytes", lambda: bytes(2**62))
attempt("shift", lambda: 1 << 2**62)
attempt("digits", lambda: int("1" * 5000))
attempt("to digits", lambda: str(10**5000))
attempt("range len", lambda: len(range(2**70)))
attempt("center", lambda: "a".center(2**62))
attempt("zfill", lambda: "1".zfill(2**62))
attempt("format width", lambda: format(1, "999999999999999999999"))
attempt("expandtabs", lambda: "\t".expandtabs(2**62))
print("alive")
