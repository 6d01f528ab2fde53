# args: -X jit-threshold=200
"""Loops whose compiled code leaves for one another many thousand times: the native stack stays flat."""


def permutations(n):
    items = list(range(n))
    count = [0] * n
    seen = flipped = 0
    r = n
    while True:
        while r != 1:
            count[r - 1] = r
            r -= 1
        if items[0]:
            work = items[:]
            k = work[0]
            while k:
                i, j = 0, k
                while i < j:
                    work[i], work[j] = work[j], work[i]
                    i += 1
                    j -= 1
                flipped += 1
                k = work[0]
        seen += 1
        while True:
            if r == n:
                return seen, flipped
            first = items[0]
            for i in range(r):
                items[i] = items[i + 1]
            items[r] = first
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1


print(permutations(8))


def quicksort(a, low, high):
    while low < high:
        i, j, pivot = low, high, a[(low + high) // 2]
        while i <= j:
            while a[i] < pivot:
                i += 1
            while a[j] > pivot:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        if j - low < high - i:
            quicksort(a, low, j)
            low = i
        else:
            quicksort(a, i, high)
            high = j


numbers = [n * 7919 % 10007 for n in range(10007)]
quicksort(numbers, 0, len(numbers) - 1)
print(numbers == sorted(numbers))
