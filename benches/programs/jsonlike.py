"""A parser of JSON text written in Python: characters, slices, dicts and lists."""


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def space(self):
        text = self.text
        while text[self.at] in " \n":
            self.at += 1

    def value(self):
        self.space()
        c = self.text[self.at]
        if c == "{":
            return self.object()
        if c == "[":
            return self.array()
        if c == '"':
            return self.string()
        return self.number()

    def object(self):
        result = {}
        self.at += 1
        self.space()
        while self.text[self.at] != "}":
            key = self.string()
            self.space()
            self.at += 1
            result[key] = self.value()
            self.space()
            if self.text[self.at] == ",":
                self.at += 1
                self.space()
        self.at += 1
        return result

    def array(self):
        result = []
        self.at += 1
        self.space()
        while self.text[self.at] != "]":
            result.append(self.value())
            self.space()
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1
        return result

    def string(self):
        start = self.at + 1
        end = start
        while self.text[end] != '"':
            end += 1
        self.at = end + 1
        return self.text[start:end]

    def number(self):
        start = self.at
        while self.text[self.at] in "-0123456789.e":
            self.at += 1
        word = self.text[start : self.at]
        return float(word) if "." in word else int(word)


def document(n):
    rows = [f'{{"id": {i}, "name": "row {i}", "tags": ["a{i % 7}", "b"], "size": {i * 0.5}}}' for i in range(n)]
    return '{"rows": [' + ", ".join(rows) + "] } "


if __name__ == "__main__":
    text = document(80_000)
    rows = Parser(text).value()["rows"]
    print(len(text), len(rows), sum(r["id"] for r in rows), sum(r["size"] for r in rows), rows[5])
