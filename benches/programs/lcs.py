"""Dynamic programming over two strings: longest common subsequence and edit distance."""


def text(n, seed):
    letters = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        letters.append("abcdefgh"[seed >> 16 & 7])
    return "".join(letters)


def common(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        row, below = table[i], table[i + 1]
        for j, y in enumerate(b):
            if x == y:
                below[j + 1] = row[j] + 1
            else:
                below[j + 1] = max(below[j], row[j + 1])
    return table[len(a)][len(b)]


def distance(a, b):
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        now = [i]
        for j, y in enumerate(b, 1):
            now.append(min(before[j] + 1, now[j - 1] + 1, before[j - 1] + (x != y)))
        before = now
    return before[-1]


if __name__ == "__main__":
    a, b = text(2400, 1), text(2200, 2)
    print(common(a, b), distance(a[:1200], b[:1200]))
