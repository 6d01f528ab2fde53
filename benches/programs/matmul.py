"""Matrix product over lists of lists."""


def product(a, b):
    n, m, p = len(a), len(b), len(b[0])
    out = [[0.0] * p for _ in range(n)]
    for i in range(n):
        row = a[i]
        target = out[i]
        for k in range(m):
            x = row[k]
            other = b[k]
            for j in range(p):
                target[j] += x * other[j]
    return out


if __name__ == "__main__":
    n = 160
    a = [[(i * j) % 7 + 0.5 for j in range(n)] for i in range(n)]
    b = [[(i + j) % 5 - 1.5 for j in range(n)] for i in range(n)]
    c = product(a, b)
    print(sum(map(sum, c)))
