# The Unicode database, checked against CPython 3.14 (Unicode 16.0).
import hashlib
import random
import unicodedata as u

old = u.ucd_3_2_0


def digest(function, *default):
    h = hashlib.sha256()
    # Hangul decompositions and Tangut names were added within 3.14.
    for block in range(0, 0x110000, 0x1000):
        if not (0xA000 <= block <= 0xD000 or 0x17000 <= block <= 0x18000):
            h.update(ascii([function(chr(c), *default) for c in range(block, block + 0x1000, 7)]).encode())
    return h.hexdigest()[:16]


for db in (u, old):
    print(db.unidata_version)
    for name in ("category", "bidirectional", "combining", "mirrored", "east_asian_width", "decomposition"):
        print(name, digest(getattr(db, name)))
    for name in ("decimal", "digit", "name"):
        print(name, digest(getattr(db, name), None))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        print(form, digest(lambda c: db.normalize(form, c)))
print("numeric", digest(u.numeric, None))

r = random.Random(5)
pool = [c for c in range(0x3000) if u.combining(chr(c)) or u.decomposition(chr(c))]
pool += list(range(0x1100, 0x1200)) + list(range(0xAC00, 0xAC80)) + list(range(65, 90)) * 5
h = hashlib.sha256()
for i in range(2000):
    s = "".join(chr(r.choice(pool)) for _ in range(r.randrange(1, 9)))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        for db in (u, old):
            h.update(ascii((db.normalize(form, s), db.is_normalized(form, s))).encode())
print("random", h.hexdigest()[:16])

for text in ("latin small letter gha", "Keycap Digit One", "NULL", "CJK UNIFIED IDEOGRAPH-20000", "HANGUL SYLLABLE GA"):
    print(ascii(u.lookup(text)))
for bad in ("zzz", "SPACE ", "CJK UNIFIED IDEOGRAPH-33FF", "x" * 300, ""):
    try:
        u.lookup(bad)
    except KeyError as e:
        print(e)
print("\N{LATIN SMALL LETTER GHA} \N{snowman} \N{HANGUL SYLLABLE WAE}")
for text in (r"'\N{nothing at all}'", r"'\N{keycap digit one}'"):
    try:
        eval(text)
    except SyntaxError as e:
        print(e.msg)
for call in (lambda: u.name("ab"), lambda: u.name("\0"), lambda: u.name(1), lambda: u.decimal("a"), lambda: u.digit("a"),
             lambda: u.numeric("a"), lambda: u.normalize("X", "a"), lambda: u.UCD(), lambda: u.lookup(1), lambda: u.category("")):
    try:
        call()
    except Exception as e:
        print(type(e).__name__, e)
print(u.name("\0", None), u.digit("x", -1), u.numeric("½"), u.decimal("٣"))
print("straße.de".encode("idna"), b"xn--mnchen-3ya.de".decode("idna"), "é".encode("ascii", "namereplace"))
