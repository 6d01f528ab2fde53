"""The game of life on a set of cells: tuples, sets, a Counter-like dict."""


def step(cells):
    counts = {}
    for x, y in cells:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    c = (x + dx, y + dy)
                    counts[c] = counts.get(c, 0) + 1
    return {c for c, n in counts.items() if n == 3 or (n == 2 and c in cells)}


if __name__ == "__main__":
    cells = {(0, 1), (1, 3), (2, 0), (2, 1), (2, 4), (2, 5), (2, 6)}
    for generation in range(2000):
        cells = step(cells)
    print(len(cells), sum(x * 3 + y for x, y in cells))
