"""Writes src/tables.rs: what `unicodedata` knows beyond the tables of the str methods.

    python3.14 generate.py NamedSequences.txt > src/tables.rs

The properties are asked of the running interpreter, which must have Unicode 16.0; it is also the source of the
differences to Unicode 3.2. Named sequences come from the file of the Unicode character database (a newer one will do:
sequences the interpreter does not know are left out).
"""

import sys
import unicodedata as new

old = new.ucd_3_2_0
SIZE = 0x110000
BIDI = " L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI".split(" ")
WIDTH = "F H W Na A N".split()
CATEGORIES = "Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs".split()
TAGS = [""]


def emit(name, ty, items, doc, out):
    out.write(f"\n/// {doc}\n#[rustfmt::skip]\npub static {name}: [{ty}; {len(items)}] = [\n")
    line = "   "
    for item in items:
        text = f" {item},"
        if len(line) + len(text) > 128:
            out.write(line + "\n")
            line = "   "
        line += text
    out.write(line + "\n];\n")


def runs(value):
    """Ranges of code points with the same value that is not None."""
    out = []
    for cp in range(SIZE):
        v = value(chr(cp))
        if v is None:
            continue
        if out and out[-1][1] == cp - 1 and out[-1][2] == v:
            out[-1][1] = cp
        else:
            out.append([cp, cp, v])
    return out


def properties(out):
    records, ids, index = [], {}, []
    for cp in range(SIZE):
        c = chr(cp)
        rec = (BIDI.index(new.bidirectional(c)), new.combining(c), WIDTH.index(new.east_asian_width(c)), new.mirrored(c))
        if rec not in ids:
            ids[rec] = len(records)
            records.append(rec)
        index.append(ids[rec])
    assert len(records) < 256
    shift, blocks, block_ids, first = 7, [], {}, []
    for i in range(0, SIZE, 1 << shift):
        block = tuple(index[i : i + (1 << shift)])
        if block not in block_ids:
            block_ids[block] = len(blocks)
            blocks.append(block)
        first.append(block_ids[block])
    out.write(f"\n/// Code points of one block of [`INDEX2`], as a power of two.\npub const SHIFT: u32 = {shift};\n")
    emit("INDEX1", "u16", first, "Block of each group of code points.", out)
    emit("INDEX2", "u8", [n for b in blocks for n in b], "Record of each code point of a block.", out)
    rows = [f"Record {{ bidi: {b}, combining: {c}, width: {w}, mirrored: {'true' if m else 'false'} }}" for b, c, w, m in records]
    emit("RECORDS", "Record", rows, "The distinct records.", out)
    emit("BIDI", "&str", [f'"{b}"' for b in BIDI], "Bidirectional classes by number.", out)
    emit("WIDTHS", "&str", [f'"{w}"' for w in WIDTH], "East Asian widths by number.", out)


def numbers(out):
    rows = []
    for cp in range(SIZE):
        v = new.numeric(chr(cp), None)
        if v is None:
            continue
        if rows and rows[-1][1] == cp - 1 and rows[-1][2] + (cp - rows[-1][0]) == v and v == int(v):
            rows[-1][1] = cp
        else:
            rows.append([cp, cp, v])
    rows = [f"({a:#x}, {b:#x}, {v!r})" for a, b, v in rows]
    emit("NUMERIC", "(u32, u32, f64)", rows, "Numeric values: first and last code point, value of the first; the others count up.", out)


def decompositions(out):
    at, data = [], []
    for cp in range(SIZE):
        d = new.decomposition(chr(cp))
        if not d:
            continue
        parts = d.split()
        tag = parts.pop(0) if parts[0].startswith("<") else ""
        if tag not in TAGS:
            TAGS.append(tag)
        at.append(f"({cp:#x}, {len(data)})")
        data.append(TAGS.index(tag) << 8 | len(parts))
        data.extend(int(p, 16) for p in parts)
    assert len(data) < 65536
    emit("DECOMPOSED", "(u32, u16)", at, "Code points with a decomposition, and its place in [`DECOMPOSITIONS`].", out)
    emit("DECOMPOSITIONS", "u32", [hex(n) for n in data], "Tag and length in one number, then the code points.", out)
    emit("TAGS", "&str", [f'"{t}"' for t in TAGS], "Tags of compatibility decompositions by number; the first is canonical.", out)


def compositions(out):
    rows = []
    for cp in range(SIZE):
        parts = new.decomposition(chr(cp)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            a, b = (int(p, 16) for p in parts)
            if new.normalize("NFC", chr(cp)) == chr(cp):
                rows.append((a, b, cp))
    rows = [f"({a:#x}, {b:#x}, {c:#x})" for a, b, c in sorted(rows)]
    emit("COMPOSED", "(u32, u32, u32)", rows, "Pairs that compose, and the character they make.", out)


def sequences(path, out):
    rows = []
    for line in open(path, encoding="utf-8"):
        name, semicolon, points = line.split("#")[0].strip().partition(";")
        text = "".join(chr(int(p, 16)) for p in points.split())
        try:
            known = semicolon and new.lookup(name) == text
        except KeyError:
            known = False
        if known:
            rows.append((name, text))
    rows = [f'("{n}", "' + "".join(f"\\u{{{ord(c):x}}}" for c in t) + '")' for n, t in sorted(rows)]
    emit("SEQUENCES", "(&str, &str)", rows, "Named sequences by name.", out)


def unicode_3_2(out):
    def assigned(c):
        return True if old.category(c) != "Cn" else None

    def known(c):
        return assigned(c) is not None

    def changed(name, names):
        ask_new, ask_old = getattr(new, name), getattr(old, name)

        def value(c):
            v = ask_old(c)
            return names.index(v) if known(c) and v != ask_new(c) else None

        return [f"({a:#x}, {b:#x}, {v})" for a, b, v in runs(value)]

    def decimal(c):
        v = old.decimal(c, -1)
        return v if known(c) and v != new.decimal(c, -1) else None

    def numeric(c):
        v = old.numeric(c, -1.0)
        return v if known(c) and v != new.numeric(c, -1.0) else None

    rows = [f"({a:#x}, {b:#x})" for a, b, _ in runs(assigned)]
    emit("OLD_ASSIGNED", "(u32, u32)", rows, "Ranges that Unicode 3.2 had assigned.", out)
    doc = "that differ in Unicode 3.2: first, last, value."
    span = "(u32, u32, u8)"
    emit("OLD_CATEGORY", span, changed("category", CATEGORIES), f"Categories {doc}", out)
    emit("OLD_BIDI", span, changed("bidirectional", BIDI), f"Bidirectional classes {doc}", out)
    emit("OLD_WIDTH", span, changed("east_asian_width", WIDTH), f"East Asian widths {doc}", out)
    emit("OLD_MIRRORED", span, changed("mirrored", [0, 1]), f"Mirrored flags {doc}", out)
    rows = [f"({a:#x}, {b:#x}, {v})" for a, b, v in runs(decimal)]
    emit("OLD_DECIMAL", "(u32, u32, i8)", rows, f"Decimal values (-1 for none) {doc}", out)
    rows = [f"({a:#x}, {b:#x}, {v!r})" for a, b, v in runs(numeric)]
    emit("OLD_NUMERIC", "(u32, u32, f64)", rows, f"Numeric values (-1 for none) {doc}", out)
    rows = []
    for cp in range(SIZE):
        c = chr(cp)
        if known(c) and old.normalize("NFD", c) != new.normalize("NFD", c):
            rows.append(f"({cp:#x}, {ord(old.normalize('NFD', c)):#x})")
    emit("OLD_DECOMPOSED", "(u32, u32)", rows, "Canonical decompositions that were corrected after Unicode 3.2.", out)
    wide = runs(lambda c: None if known(c) or old.east_asian_width(c) == "N" else True)
    rows = [f"({a:#x}, {b:#x})" for a, b, _ in wide]
    emit("OLD_WIDE", "(u32, u32)", rows, "Ranges that Unicode 3.2 had not assigned, but reserved for wide characters.", out)


def main():
    out = sys.stdout
    assert new.unidata_version == "16.0.0"
    out.write("//! Tables of Unicode 16.0 and 3.2, written by `generate.py`.\n\nuse crate::Record;\n")
    properties(out)
    numbers(out)
    decompositions(out)
    compositions(out)
    sequences(sys.argv[1], out)
    unicode_3_2(out)


main()
