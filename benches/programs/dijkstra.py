"""Shortest paths with a heap over a graph of dicts, then breadth-first search."""

from collections import deque
from heapq import heappop, heappush


def graph(n):
    edges = {v: {} for v in range(n)}
    seed = 7
    for v in range(n):
        for _ in range(5):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            to = seed % n
            edges[v][to] = 1 + (seed >> 8) % 50
    return edges


def shortest(edges, start):
    distance = {start: 0}
    done = set()
    heap = [(0, start)]
    while heap:
        d, v = heappop(heap)
        if v in done:
            continue
        done.add(v)
        for to, weight in edges[v].items():
            new = d + weight
            if new < distance.get(to, 1 << 60):
                distance[to] = new
                heappush(heap, (new, to))
    return distance


def levels(edges, start):
    level = {start: 0}
    queue = deque([start])
    while queue:
        v = queue.popleft()
        for to in edges[v]:
            if to not in level:
                level[to] = level[v] + 1
                queue.append(to)
    return level


if __name__ == "__main__":
    edges = graph(50_000)
    d = shortest(edges, 0)
    l = levels(edges, 0)
    print(len(d), max(d.values()), sum(d.values()), max(l.values()))
    for start in range(1, 4):
        print(sum(levels(edges, start).values()))
