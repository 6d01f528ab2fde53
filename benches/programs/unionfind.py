"""Union-find with path halving, for a random spanning tree by Kruskal's algorithm."""


class Forest:
    def __init__(self, n):
        self.parent = list(range(n))
        self.size = [1] * n

    def find(self, v):
        parent = self.parent
        while parent[v] != v:
            parent[v] = parent[parent[v]]
            v = parent[v]
        return v

    def union(self, a, b):
        a, b = self.find(a), self.find(b)
        if a == b:
            return False
        if self.size[a] < self.size[b]:
            a, b = b, a
        self.parent[b] = a
        self.size[a] += self.size[b]
        return True


def edges(n, m):
    seed = 42
    for _ in range(m):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        yield seed >> 50, seed % n, (seed >> 20) % n


if __name__ == "__main__":
    n = 40_000
    forest = Forest(n)
    total = joined = 0
    for weight, a, b in sorted(edges(n, 240_000)):
        if forest.union(a, b):
            total += weight
            joined += 1
    print(joined, total)
