"""Primes by Eratosthenes' sieve: list stores under a stepped range."""


def primes(limit):
    alive = [True] * (limit + 1)
    alive[0] = alive[1] = False
    i = 2
    while i * i <= limit:
        if alive[i]:
            for j in range(i * i, limit + 1, i):
                alive[j] = False
        i += 1
    return [n for n, a in enumerate(alive) if a]


if __name__ == "__main__":
    found = primes(3_000_000)
    print(len(found), found[-1])
