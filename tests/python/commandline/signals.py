# Ctrl-C in a tight loop and in calls that wait, other signals, broken pipes, a full disk, threads
# that outlive the main one.
import signal
import subprocess
import sys
import time

# A job a shell runs in the background ignores interrupts, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)


def start(code, **how):
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) | how
    return subprocess.Popen([sys.executable, "-c", code], **pipes)


def interrupted(name, code, number=signal.SIGINT):
    p = start("print('ready', flush=True)\n" + code)
    p.stdout.readline()
    time.sleep(0.3)
    p.send_signal(number)
    p.wait(60)
    out, err = p.communicate(timeout=60)
    print(f"{name}: {p.returncode}", repr(out), err.splitlines()[-1:])


interrupted("tight loop", "while True: pass")
interrupted("loop of calls", "def f(): pass\nwhile True: f()")
interrupted("long native call", "while True: sum(range(10**5))")
interrupted("sleep", "import time; time.sleep(100)")
interrupted("input", "input()")
interrupted("lock", "import threading; l = threading.Lock(); l.acquire(); l.acquire()")
interrupted("join", "import threading, time; threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n"
            "[t for t in threading.enumerate() if t.daemon][0].join()")
interrupted("caught", "import time\ntry: time.sleep(100)\nexcept KeyboardInterrupt: print('caught')\nfinally: print('done')")
interrupted("handler", "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda n, f: sys.exit(n))\ntime.sleep(100)", signal.SIGTERM)
interrupted("default", "while True: pass", signal.SIGTERM)
interrupted("ignored", "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(1)\nprint('slept')")
interrupted("selector", "import asyncio\nasyncio.run(asyncio.sleep(100))")
interrupted("alarm", "import signal, time\ndef f(n, frame): raise TimeoutError(n)\nsignal.signal(signal.SIGALRM, f)\n"
            "signal.setitimer(signal.ITIMER_REAL, 0.01)\nwhile True: pass", 0)

# The reader goes away.
p = start("import sys\nfor i in range(10**6): print(i)")
p.stdout.readline()
p.stdout.close()
print("closed pipe:", p.wait(60), p.stderr.read().splitlines()[-1:])
p = start("import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nfor i in range(10**6): print(i)")
p.stdout.readline()
p.stdout.close()
print("closed pipe, default signal:", p.wait(60), p.stderr.read())
p = start("import os, sys\nr, w = os.pipe(); os.close(r)\nsys.stdout = os.fdopen(w, 'w')\nprint('lost')")
print("closed pipe at exit:", p.wait(60), p.stderr.read().splitlines()[-1:])

# The disk is full.
with open("/dev/full", "w") as full:
    p = start("print('lost')", stdout=full)
    print("full disk at exit:", p.wait(60), p.stderr.read().splitlines()[-1:])
    p = start("print('lost', flush=True)", stdout=full)
    print("full disk:", p.wait(60), p.stderr.read().splitlines()[-1:])
    p = start("f = open('/dev/full', 'wb')\nf.write(b'x' * 10**6)")
    print("full disk, write:", p.wait(60), p.stderr.read().splitlines()[-1:])
    p = start("with open('/dev/full', 'w') as f: f.write('x')")
    print("full disk, close:", p.wait(60), p.stderr.read().splitlines()[-1:])
    p = start("1 / 0", stderr=full)
    print("full disk, errors:", p.wait(60))

# Threads and the end of the main one.
for name, code in {
    "thread outlives main": "t = threading.Thread(target=lambda: (time.sleep(0.3), print('late'))); t.start(); print('main ends')",
    "main raises": "t = threading.Thread(target=lambda: (time.sleep(0.3), print('late'))); t.start(); 1 / 0",
    "daemon does not": "t = threading.Thread(target=lambda: (time.sleep(100), print('late')), daemon=True); t.start(); print('main ends')",
    "busy daemon": "def f():\n  while True: sum(range(100))\nthreading.Thread(target=f, daemon=True).start(); print('main ends')",
    "thread raises": "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join(); print('main ends')",
    "thread exits": "t = threading.Thread(target=sys.exit, args=(3,)); t.start(); t.join(); print('main ends')",
    "exit while a thread waits": "e = threading.Event(); threading.Timer(0.3, e.set).start(); threading.Thread(target=e.wait).start(); sys.exit(5)",
}.items():
    p = start("import sys, threading, time\n" + code)
    out, err = p.communicate(timeout=60)
    print(f"{name}: {p.returncode}", repr(out), err.splitlines()[-1:])
