"""Record the expected output of Python-level tests with a reference CPython.

    python3.14 tests/record.py [tests/python/lang/closures.py ...]

Without arguments every test that has no recording yet is recorded. The script must end with the
status and the last line of standard error that its header declares; otherwise nothing is written.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent / "python"


def header(source):
    fields = {"args": [], "status": 0, "stderr": None, "env": {}}
    for line in source.splitlines():
        if not line.startswith("#"):
            break
        key, colon, value = line[1:].strip().partition(":")
        value = value.strip()
        if not colon:
            continue
        if key == "args":
            fields["args"] = value.split()
        elif key == "status":
            fields["status"] = int(value)
        elif key == "stderr":
            fields["stderr"] = value
        elif key == "env":
            name, _, text = value.partition("=")
            fields["env"][name] = text
    return fields


def record(script):
    h = header(script.read_text(encoding="utf-8"))
    env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **h["env"]}
    with tempfile.TemporaryDirectory() as folder:
        p = subprocess.run([sys.executable, *h["args"], str(script)], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True)
    last = (p.stderr.decode("utf-8", "replace").splitlines() or [""])[-1]
    if p.returncode != h["status"]:
        return f"exit status {p.returncode}, header says {h['status']}\n{p.stderr.decode()}"
    if h["stderr"] is not None and last != h["stderr"]:
        return f"standard error ends {last!r}, header says {h['stderr']!r}"
    script.with_suffix(".out").write_bytes(p.stdout)
    return None


def main():
    named = [pathlib.Path(a).resolve() for a in sys.argv[1:]]
    todo = named or [p for p in sorted(ROOT.glob("*/*.py")) if not p.with_suffix(".out").exists()]
    failed = False
    for script in todo:
        problem = record(script)
        print(script.relative_to(ROOT), problem or "recorded")
        failed |= problem is not None
    return failed


if __name__ == "__main__":
    sys.exit(main())
