"""Recursion: fib, ackermann, hanoi, takeuchi."""

import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        moves[0] += 1
        hanoi(n - 1, c, b, a, moves)


def tak(x, y, z):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


if __name__ == "__main__":
    sys.setrecursionlimit(20_000)
    moves = [0]
    hanoi(19, "a", "b", "c", moves)
    print(fib(31), ackermann(2, 1200), moves[0], tak(22, 16, 8))
