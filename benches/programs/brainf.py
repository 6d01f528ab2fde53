"""An interpreter of a tiny language: dispatch on characters, a tape, a table of jumps."""

PROGRAM = """
++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++.
>++++++++++[>++++++++++[>++++++++++[>++++++++++[>+++<-]<-]<-]<-]
"""


def jumps(program):
    table, stack = {}, []
    for i, c in enumerate(program):
        if c == "[":
            stack.append(i)
        elif c == "]":
            j = stack.pop()
            table[i], table[j] = j, i
    return table


def run(program):
    program = [c for c in program if c in "+-<>[].,"]
    table = jumps(program)
    tape = [0] * 100
    at = pc = steps = 0
    out = []
    while pc < len(program):
        c = program[pc]
        if c == ">":
            at += 1
        elif c == "<":
            at -= 1
        elif c == "+":
            tape[at] = tape[at] + 1 & 255
        elif c == "-":
            tape[at] = tape[at] - 1 & 255
        elif c == ".":
            out.append(chr(tape[at]))
        elif c == "[":
            if not tape[at]:
                pc = table[pc]
        elif tape[at]:
            pc = table[pc]
        pc += 1
        steps += 1
    return "".join(out), steps


if __name__ == "__main__":
    for _ in range(120):
        out, steps = run(PROGRAM)
    print(out.strip(), steps)
