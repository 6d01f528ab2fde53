"""Runs the interpreter under test with a command line and shows what came of it."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIMIT = 100


def clean(data, folder):
    """Output without what differs from machine to machine."""
    text = data.decode("utf-8", "backslashreplace")
    text = text.replace(folder, "DIR").replace(sys.executable, "PYTHON")
    return re.sub(r"0x[0-9a-fA-F]{6,}", "0x..", text)


def run(*args, stdin="", env=None, files=None, shell=None, prepare=None):
    """(status, standard output, standard error) of a command line, in a folder of its own.

    `files` are made first; `shell` is a script instead of arguments, with $PYTHON the interpreter.
    In arguments and variables, DIR stands for the folder.
    """
    folder = tempfile.mkdtemp(prefix="commandline-")
    try:
        for name, data in (files or {}).items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        if prepare:
            prepare(folder)
        variables = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "TERM": "dumb", "NO_COLOR": "1"}
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        for key, value in (env or {}).items():
            variables.pop(key, None)
            if value is not None:
                variables[key] = value.replace("DIR", folder)
        if shell:
            variables["PYTHON"] = sys.executable
            command = ["bash", "-c", shell]
        else:
            command = [sys.executable, *(a.replace("DIR", folder) for a in args)]
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        p = subprocess.run(command, cwd=folder, env=variables, input=data, capture_output=True, timeout=LIMIT)
        return p.returncode, clean(p.stdout, folder), clean(p.stderr, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def case(name, *args, last=False, **how):
    """Shows a command line's outcome; with `last`, of standard error only the last line."""
    status, out, err = run(*args, **how)
    print(f"== {name}: {status}")
    for line in out.splitlines():
        print("  out|", line)
    for line in err.splitlines()[-1 if last else 0:]:
        print("  err|", line)
