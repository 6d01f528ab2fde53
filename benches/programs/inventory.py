"""Dicts and sets of many shapes: inverted index, set algebra, counting, nested dicts."""

from collections import Counter, defaultdict


def documents(n):
    vocabulary = [f"w{i}" for i in range(400)]
    seed = 11
    for _ in range(n):
        words = []
        for _ in range(20):
            seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
            words.append(vocabulary[(seed >> 9) % 400])
        yield words


if __name__ == "__main__":
    index = defaultdict(set)
    counts = Counter()
    follows = {}
    for number, words in enumerate(documents(40_000)):
        for w in words:
            index[w].add(number)
        counts.update(words)
        for a, b in zip(words, words[1:]):
            inner = follows.setdefault(a, {})
            inner[b] = inner.get(b, 0) + 1
    print(len(index), counts.most_common(2))
    both = sum(len(index[f"w{i}"] & index[f"w{i + 1}"]) for i in range(399))
    either = sum(len(index[f"w{i}"] | index[f"w{i + 1}"]) for i in range(0, 399, 40))
    print(both, either, max(max(f.values()) for f in follows.values()))
