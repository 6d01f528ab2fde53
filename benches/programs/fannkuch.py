"""Fannkuch: permutations of a small list, reversed in place."""


def fannkuch(n):
    perm1 = list(range(n))
    count = [0] * n
    flips_most = checksum = 0
    r = n
    sign = 1
    while True:
        while r != 1:
            count[r - 1] = r
            r -= 1
        if perm1[0]:
            perm = perm1[:]
            flips = 0
            k = perm[0]
            while k:
                i, j = 0, k
                while i < j:
                    perm[i], perm[j] = perm[j], perm[i]
                    i += 1
                    j -= 1
                flips += 1
                k = perm[0]
            if flips > flips_most:
                flips_most = flips
            checksum += sign * flips
        # The next permutation: the first r + 1 items rotate by one.
        while True:
            if r == n:
                return checksum, flips_most
            first = perm1[0]
            for i in range(r):
                perm1[i] = perm1[i + 1]
            perm1[r] = first
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
        sign = -sign


if __name__ == "__main__":
    print(*fannkuch(9))
