"""Sorting: with keys and comparisons, and quicksort, heapsort, merge sort in Python."""

from functools import cmp_to_key


def numbers(n):
    seed, result = 9, []
    for _ in range(n):
        seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
        result.append(seed >> 8)
    return result


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


def heapsort(a):
    def sift(at, end):
        item = a[at]
        while True:
            child = 2 * at + 1
            if child >= end:
                break
            if child + 1 < end and a[child + 1] > a[child]:
                child += 1
            if a[child] <= item:
                break
            a[at] = a[child]
            at = child
        a[at] = item

    for i in range(len(a) // 2 - 1, -1, -1):
        sift(i, len(a))
    for end in range(len(a) - 1, 0, -1):
        a[0], a[end] = a[end], a[0]
        sift(0, end)


def mergesort(a):
    if len(a) <= 1:
        return a
    middle = len(a) // 2
    left, right = mergesort(a[:middle]), mergesort(a[middle:])
    result, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            result.append(left[i])
            i += 1
        else:
            result.append(right[j])
            j += 1
    return result + left[i:] + right[j:]


if __name__ == "__main__":
    data = numbers(100_000)
    right = sorted(data)
    a, b = data[:], data[:]
    quicksort(a, 0, len(a) - 1)
    heapsort(b)
    print(a == right, b == right, mergesort(data) == right)
    words = [str(n % 9973) for n in data]
    print(sorted(words, key=lambda w: (len(w), w[::-1]))[:5])
    print(sorted(data, key=cmp_to_key(lambda x, y: x % 1000 - y % 1000))[:3])
