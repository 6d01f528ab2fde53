"""Dynamic programming over a list of ints: the 0/1 knapsack, and ways to give change."""


def knapsack(items, capacity):
    best = [0] * (capacity + 1)
    for weight, value in items:
        for c in range(capacity, weight - 1, -1):
            with_it = best[c - weight] + value
            if with_it > best[c]:
                best[c] = with_it
    return best[capacity]


def change(coins, amount):
    ways = [0] * (amount + 1)
    ways[0] = 1
    for coin in coins:
        for a in range(coin, amount + 1):
            ways[a] += ways[a - coin]
    return ways[amount]


if __name__ == "__main__":
    items = [(3 + i * 7 % 41, 10 + i * 13 % 97) for i in range(120)]
    print(knapsack(items, 20_000))
    print(change([1, 2, 5, 10, 20, 50, 100, 200], 1_000_000) % 1_000_000_007)
