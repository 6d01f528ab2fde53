"""Times the programs of benches/programs with several interpreters, side by side.

    krait benches/compare.py [--runs N] [--only NAME,NAME] [--native BIN] INTERPRETER ...

An interpreter is a command line, in quotes if it has options: "target/release/krait -X jit=on". The first is what the
others are compared with: a ratio above 1 means the other one is faster. Every program is run N times by each (default
3), in turn; the figure is the least CPU time, start-up included. Outputs are compared with the recorded ones.
--native BIN (target/release/krait-native) adds the same algorithms in Rust where there are any.
"""

import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
NATIVE = ("fannkuch", "mandelbrot", "matmul", "nbody", "sieve", "spectralnorm")


def run(command):
    """Output, and the CPU time, of a command."""
    before = os.times()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    after = os.times()
    seconds = after.children_user - before.children_user + after.children_system - before.children_system
    return done.returncode, done.stdout.decode("utf-8", "replace"), seconds


def measure(commands, expected, runs):
    """The least time of each command; None for one that does not print what it should."""
    best = [None] * len(commands)
    wrong = set()
    for _ in range(runs):
        for i, command in enumerate(commands):
            if i in wrong or command is None:
                continue
            status, out, seconds = run(command)
            if status != 0 or out != expected:
                wrong.add(i)
                best[i] = None
            elif best[i] is None or seconds < best[i]:
                best[i] = seconds
    return best, wrong


def cell(seconds, first, failed):
    if failed:
        return "wrong"
    if seconds is None:
        return "-"
    if first is None or seconds == first:
        return f"{seconds:.3f}"
    return f"{seconds:.3f} {first / max(seconds, 1e-4):5.2f}x"


def main(args):
    runs, only, native, interpreters = 3, None, None, []
    args = list(args)
    while args:
        a = args.pop(0)
        if a == "--runs":
            runs = int(args.pop(0))
        elif a == "--only":
            only = args.pop(0).split(",")
        elif a == "--native":
            native = args.pop(0)
        elif a.startswith("-"):
            print(__doc__)
            return 2
        else:
            interpreters.append(a)
    if not interpreters:
        print(__doc__)
        return 2
    names = sorted(f[:-3] for f in os.listdir(PROGRAMS) if f.endswith(".py"))
    names = [n for n in names if only is None or n in only]
    heads = [i.split()[0].rsplit("/", 1)[-1] + " " + " ".join(i.split()[1:]) for i in interpreters] + (["rust"] if native else [])
    print(f"{'program':<14}" + "".join(f"{h[:20]:>22}" for h in heads))
    logs = [[] for _ in heads]
    failures = 0
    started = time.time()
    for name in names:
        path = os.path.join(PROGRAMS, name + ".py")
        with open(path[:-3] + ".out", encoding="utf-8") as f:
            expected = f.read()
        commands = [i.split() + [path] for i in interpreters]
        if native:
            commands.append([native, name] if name in NATIVE else None)
        best, wrong = measure(commands, expected, runs)
        failures += len(wrong)
        print(f"{name:<14}" + "".join(f"{cell(s, best[0] if i else None, i in wrong):>22}" for i, s in enumerate(best)), flush=True)
        if best[0] is not None:
            for log, s in zip(logs, best):
                if s is not None:
                    log.append(best[0] / max(s, 1e-4))
    means = []
    for log in logs:
        product = 1.0
        for r in log:
            product *= r
        means.append(f"{product ** (1 / len(log)):.2f}x" if log else "-")
    print(f"{'geometric mean':<14}" + "".join(f"{m:>22}" for m in means))
    print(f"{len(names)} programs, {failures} wrong, {time.time() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
