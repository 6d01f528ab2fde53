"""A register machine: instructions as tuples, handlers in a dict and as methods."""


class Machine:
    def __init__(self, code):
        self.code = code
        self.registers = [0] * 8
        self.pc = 0
        self.handlers = {
            "set": self.set,
            "add": self.add,
            "sub": self.sub,
            "mul": self.mul,
            "mod": self.mod,
            "jump": self.jump,
            "less": self.less,
        }

    def set(self, r, value):
        self.registers[r] = value

    def add(self, r, s):
        self.registers[r] += self.registers[s]

    def sub(self, r, s):
        self.registers[r] -= self.registers[s]

    def mul(self, r, s):
        self.registers[r] *= self.registers[s]

    def mod(self, r, s):
        self.registers[r] %= self.registers[s]

    def jump(self, target, _):
        self.pc = target

    def less(self, r, s):
        if not self.registers[r] < self.registers[s]:
            self.pc += 1

    def run(self):
        steps = 0
        while self.pc < len(self.code):
            op, a, b = self.code[self.pc]
            self.pc += 1
            self.handlers[op](a, b)
            steps += 1
        return steps


CODE = [
    ("set", 0, 0),
    ("set", 1, 1_200_000),
    ("set", 2, 1),
    ("set", 3, 17),
    ("set", 4, 1_000_003),
    ("add", 0, 2),
    ("mul", 3, 0),
    ("mod", 3, 4),
    ("less", 0, 1),
    ("jump", 5, 0),
]

if __name__ == "__main__":
    machine = Machine(CODE)
    print(machine.run(), machine.registers)
