"""Word counting: string splitting, dicts, sorting with a key."""


def text(n):
    state = 12345
    words = []
    for _ in range(n):
        state = (state * 1103515245 + 12345) % 2147483648
        words.append("w" + str(state % 997))
    return " ".join(words)


def count(source):
    seen = {}
    for word in source.split():
        seen[word] = seen.get(word, 0) + 1
    return sorted(seen.items(), key=lambda kv: (-kv[1], kv[0]))


if __name__ == "__main__":
    ranking = count(text(400_000))
    print(len(ranking), ranking[:5])
