"""Eight queens and more by recursion and generators."""


def solve(n, row=0, cols=0, left=0, right=0):
    if row == n:
        return 1
    total = 0
    free = ((1 << n) - 1) & ~(cols | left | right)
    while free:
        bit = free & -free
        free ^= bit
        total += solve(n, row + 1, cols | bit, (left | bit) << 1, (right | bit) >> 1)
    return total


def permutations(items):
    if not items:
        yield []
        return
    for i, head in enumerate(items):
        for tail in permutations(items[:i] + items[i + 1:]):
            yield [head, *tail]


if __name__ == "__main__":
    print(solve(9))
    print(sum(1 for p in permutations(list(range(8))) if p[0] < p[-1]))
