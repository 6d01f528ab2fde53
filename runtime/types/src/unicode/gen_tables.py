"""Writes tables.rs: the Unicode 16.0 properties that str methods need.

    python3.13 gen_tables.py UnicodeData.txt > tables.rs

UnicodeData.txt is the file of Unicode 16.0.0. What it does not hold (special casing, case folding,
derived case properties, identifiers, Unihan numerics) is asked of the running interpreter, whose
Unicode version may be older: these properties are stable for assigned characters, and characters
new since then get them by the derivation rules.
"""
import sys
import unicodedata

ALPHA, DECIMAL, DIGIT, NUMERIC, LOWER, UPPER, TITLE, SPACE = (1 << i for i in range(8))
PRINTABLE, XID_START, XID_CONTINUE, CASE_IGNORABLE, CASED, SPECIAL, FOLD = (1 << i for i in range(8, 15))
CATEGORIES = "Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs".split()
MID_LETTERS = {0x27, 0x2E, 0x3A, 0xB7, 0x387, 0x55F, 0x5F4, 0x2018, 0x2019, 0x2024, 0x2027, 0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A}
SIZE = 0x110000


def read(path):
    chars, first = {}, None
    for line in open(path):
        f = line.rstrip("\n").split(";")
        cp = int(f[0], 16)
        if f[1].endswith(", First>"):
            first = cp
            continue
        for c in range(first if f[1].endswith(", Last>") else cp, cp + 1):
            chars[c] = f
    return chars


def record(cp, f, special):
    gc, bidi = f[2], f[4]
    c = chr(cp)
    old = unicodedata.category(c) != "Cn"
    upper = int(f[12], 16) if f[12] else cp
    lower = int(f[13], 16) if f[13] else cp
    title = int(f[14], 16) if f[14] else upper
    flags, digit = 0, 255
    if gc[0] == "L":
        flags |= ALPHA
    if f[6]:
        flags |= DECIMAL
        digit = int(f[6])
    if f[7]:
        flags |= DIGIT
        digit = int(f[7])
    if f[8] or (old and unicodedata.numeric(c, None) is not None):
        flags |= NUMERIC
    if gc == "Lt":
        flags |= TITLE
    if gc == "Zs" or bidi in ("WS", "B", "S"):
        flags |= SPACE
    if gc not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs") or cp == 0x20:
        flags |= PRINTABLE
    if gc in ("Mn", "Me", "Cf", "Lm", "Sk") or cp in MID_LETTERS:
        flags |= CASE_IGNORABLE
    if old:
        flags |= LOWER * c.islower() | UPPER * c.isupper()
        flags |= XID_START * c.isidentifier() | XID_CONTINUE * ("a" + c).isidentifier()
        if cp == 0x5F:
            flags &= ~XID_START
        full = (c.upper(), c.lower(), c.title())
        if any(len(s) > 1 for s in full):
            flags |= SPECIAL
            special.append((cp, full))
        fold = c.casefold()
        if fold != chr(lower):
            flags |= FOLD
    else:
        flags |= LOWER * (gc == "Ll") | UPPER * (gc == "Lu")
        flags |= XID_START * (gc[0] == "L" or gc == "Nl")
        flags |= XID_CONTINUE * (gc[0] == "L" or gc in ("Nl", "Mn", "Mc", "Nd", "Pc"))
        fold = chr(lower)
    if flags & (LOWER | UPPER | TITLE):
        flags |= CASED
    return (flags, CATEGORIES.index(gc), digit, upper - cp, lower - cp, title - cp), fold if flags & FOLD else None


def rows(numbers):
    line = "   "
    for n in numbers:
        s = f" {n},"
        if len(line) + len(s) > 118:
            yield line
            line = "   "
        line += s
    yield line


def array(name, ty, numbers, doc):
    print(f"\n/// {doc}\n#[rustfmt::skip]\npub static {name}: [{ty}; {len(numbers)}] = [")
    print("\n".join(rows(numbers)))
    print("];")


def chars3(s):
    return "[" + ", ".join(hex(ord(c)) for c in s.ljust(3, "\0")) + "]"


def main():
    chars = read(sys.argv[1])
    blank = (0, 0, 255, 0, 0, 0)
    records, ids, special, folds = [blank], {blank: 0}, [], []
    index = []
    for cp in range(SIZE):
        rec = blank
        if cp in chars:
            rec, fold = record(cp, chars[cp], special)
            if fold is not None:
                folds.append((cp, fold))
        if rec not in ids:
            ids[rec] = len(records)
            records.append(rec)
        index.append(ids[rec])
    assert len(records) < 65536
    shift = 7
    blocks, block_ids, index1 = [], {}, []
    for i in range(0, SIZE, 1 << shift):
        b = tuple(index[i : i + (1 << shift)])
        if b not in block_ids:
            block_ids[b] = len(blocks)
            blocks.append(b)
        index1.append(block_ids[b])
    while index1[-1] == index1[-2]:
        index1.pop()
    print("//! Properties of Unicode 16.0 characters, written by `gen_tables.py`.")
    print("\nuse super::Record;")
    print(f"\n/// Code points of one block of [`INDEX2`], as a power of two.\npub const SHIFT: u32 = {shift};")
    wide = "u16" if len(blocks) > 255 else "u8"
    array("INDEX1", wide, index1, "Block of each group of code points; beyond the end, the last entry holds.")
    array("INDEX2", "u16", [n for b in blocks for n in b], "Record of each code point of a block.")
    print(f"\n/// The distinct records.\n#[rustfmt::skip]\npub static RECORDS: [Record; {len(records)}] = [")
    for r in records:
        print(f"    Record::new({r[0]:#x}, {r[1]}, {r[2]}, {r[3]}, {r[4]}, {r[5]}),")
    print("];")
    print("\n/// Full upper-case, lower-case and title-case mappings that are longer than one character.")
    print(f"#[rustfmt::skip]\npub static SPECIAL: [(u32, [[u32; 3]; 3]); {len(special)}] = [")
    for cp, full in special:
        print(f"    ({cp:#x}, [{', '.join(map(chars3, full))}]),")
    print("];")
    print("\n/// Case foldings that differ from the simple lower-case mapping.")
    print(f"#[rustfmt::skip]\npub static FOLDS: [(u32, [u32; 3]); {len(folds)}] = [")
    for cp, fold in folds:
        print(f"    ({cp:#x}, {chars3(fold)}),")
    print("];")


main()
