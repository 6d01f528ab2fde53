"""Strings, dicts and sets: groups of anagrams, frequencies of pairs, a caesar cipher."""


def words(n):
    seed = 3
    for _ in range(n):
        letters = []
        for _ in range(3 + seed % 4):
            seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
            letters.append("etaoinsr"[seed >> 20 & 7])
        yield "".join(letters)


def groups(all_words):
    found = {}
    for w in all_words:
        found.setdefault("".join(sorted(w)), set()).add(w)
    return found


def caesar(text, k):
    return "".join(chr((ord(c) - 97 + k) % 26 + 97) if c.isalpha() else c for c in text)


if __name__ == "__main__":
    all_words = list(words(300_000))
    found = groups(all_words)
    print(len(found), max(len(g) for g in found.values()))
    pairs = {}
    for w in all_words:
        for a, b in zip(w, w[1:]):
            pairs[a + b] = pairs.get(a + b, 0) + 1
    print(sorted(pairs.items(), key=lambda p: (-p[1], p[0]))[:5])
    text = " ".join(all_words[:60_000])
    print(caesar(caesar(text, 3), -3) == text, caesar(text, 5)[:40])
