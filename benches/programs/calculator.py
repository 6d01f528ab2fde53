"""A parser and evaluator of arithmetic: tokens from a generator, classes for nodes, recursion."""


def tokens(text):
    i = 0
    while i < len(text):
        c = text[i]
        if c.isdigit():
            j = i
            while j < len(text) and text[j].isdigit():
                j += 1
            yield "number", int(text[i:j])
            i = j
        elif c.isalpha():
            yield "name", c
            i += 1
        elif c == " ":
            i += 1
        else:
            yield c, None
            i += 1
    yield "end", None


class Number:
    def __init__(self, value):
        self.value = value

    def evaluate(self, names):
        return self.value


class Name:
    def __init__(self, name):
        self.name = name

    def evaluate(self, names):
        return names[self.name]


class Binary:
    def __init__(self, op, left, right):
        self.op, self.left, self.right = op, left, right

    def evaluate(self, names):
        a, b = self.left.evaluate(names), self.right.evaluate(names)
        if self.op == "+":
            return a + b
        if self.op == "-":
            return a - b
        if self.op == "*":
            return a * b % 1_000_003
        return a // (b or 1)


class Parser:
    def __init__(self, text):
        self.tokens = tokens(text)
        self.advance()

    def advance(self):
        self.kind, self.value = next(self.tokens)

    def sum(self):
        left = self.product()
        while self.kind in ("+", "-"):
            op = self.kind
            self.advance()
            left = Binary(op, left, self.product())
        return left

    def product(self):
        left = self.atom()
        while self.kind in ("*", "/"):
            op = self.kind
            self.advance()
            left = Binary(op, left, self.atom())
        return left

    def atom(self):
        kind, value = self.kind, self.value
        self.advance()
        if kind == "number":
            return Number(value)
        if kind == "name":
            return Name(value)
        if kind == "(":
            inner = self.sum()
            if self.kind != ")":
                raise SyntaxError("expected )")
            self.advance()
            return inner
        raise SyntaxError(kind)


if __name__ == "__main__":
    source = "(x + 3) * (y - 12) / 7 + 1234 * (z / (x + 1)) - 5 * 6 * (7 + x * y) + z"
    total = 0
    for _ in range(5000):
        tree = Parser(source).sum()
        total += tree.evaluate({"x": _, "y": 5, "z": 77})
    tree = Parser(source).sum()
    for x in range(300_000):
        total += tree.evaluate({"x": x, "y": x * 3, "z": 9})
    print(total)
