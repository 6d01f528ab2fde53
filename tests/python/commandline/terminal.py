# The interactive interpreter on a terminal: editing, history, completion, interruption, the end.
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

# A job a shell runs in the background ignores interrupts, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Terminal:
    def __init__(self, *options, **env):
        self.home = tempfile.TemporaryDirectory()
        master, slave = pty.openpty()
        environment = dict(os.environ, TERM="xterm", HOME=self.home.name, COLUMNS="80", LINES="24")
        environment.pop("NO_COLOR", None)
        environment.update(PYTHON_HISTORY=os.path.join(self.home.name, "history"), **env)
        self.process = subprocess.Popen(
            [sys.executable, "-q", *options], stdin=slave, stdout=slave, stderr=slave,
            env=environment, start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0))
        os.close(slave)
        self.master = master
        self.text = ""

    def wait(self, pattern, seconds=30):
        """Reads until the text since the last wait matches; says whether it did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            plain = re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>]|\][^\x07]*\x07)", "", self.text).replace("\r", "")
            if re.search(pattern, plain, re.S):
                self.text = ""
                return True
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                return bool(re.search(pattern, plain, re.S))
            self.text += data.decode(errors="replace")
        print("no", pattern, "in", repr(self.text[-500:]))
        return False

    def send(self, text):
        os.write(self.master, text.encode())

    def end(self):
        self.send("\x04")
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "does not end"
        os.close(self.master)
        return status


for name, env in (("editor", {}), ("plain", {"PYTHON_BASIC_REPL": "1"})):
    t = Terminal(**env)
    print(name, "prompts:", t.wait(r">>> "))
    t.send("6 * 7\r")
    print(name, "evaluates:", t.wait(r"42\n.*>>> "))
    t.send("def double(x): return 2 * x\r\r")
    print(name, "takes blocks:", t.wait(r"\.\.\. .*>>> "))
    t.send("double('ab')\r")
    print(name, "calls:", t.wait(r"'abab'\n.*>>> "))
    t.send("1 / 0\r")
    print(name, "shows tracebacks:", t.wait(r"ZeroDivisionError: division by zero\n.*>>> "))
    t.send("half a line")
    # The reader has to be waiting: what comes before is not an interruption of it.
    time.sleep(1)
    t.send("\x03")
    print(name, "is interrupted:", t.wait(r"KeyboardInterrupt\n.*>>> "))
    t.send("import time; time.sleep(60)\r")
    time.sleep(1)
    t.send("\x03")
    print(name, "interrupts calls:", t.wait(r"KeyboardInterrupt\n.*>>> "))
    if name == "editor":
        t.send("double('cd')\r")
        t.wait(r"'cdcd'\n.*>>> ")
        t.send("\x1bOA\r")
        print(name, "has a history:", t.wait(r"'cdcd'\n.*>>> "))
        t.send("dou\t'ef')\r")
        print(name, "completes:", t.wait(r"'efef'\n.*>>> "))
        # Back over "le('x')", then the second b goes.
        t.send("doubble('x')" + "\x1bOD" * 7 + "\x7f\r")
        print(name, "edits:", t.wait(r"'xx'\n.*>>> "))
    print(name, "ends with", t.end())
