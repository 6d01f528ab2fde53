# skip-mode: gc; the programs under test run plainly
# The end of a program: atexit, finalisers, hooks, threads.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

case(
    'atexit',
    '-c',
    "import atexit\natexit.register(print, 'a')\n@atexit.register\ndef f(): 1/0\natexit.register(lambda: print('b'))",
)
case('atexit-exit', '-c', "import atexit, sys\natexit.register(lambda: sys.exit(4))\natexit.register(lambda: print('b'))")
case('del-exit', '-c', "class A:\n def __del__(s): print('del'); 1/0\na=A()")
case('del-exit-global', '-c', 'import sys\nclass A:\n def __del__(s): print(sys is None, A is None)\na=A()')
case('excepthook-none', '-c', 'import sys; sys.excepthook=None\n1/0')
case('excepthook-del', '-c', 'import sys; del sys.excepthook\n1/0')
case('excepthook-raise', '-c', "import sys\ndef h(*a): raise ValueError('h')\nsys.excepthook=h\n1/0")
case('excepthook-exit', '-c', 'import sys\ndef h(*a): sys.exit(9)\nsys.excepthook=h\n1/0')
case('excepthook-args', '-c', 'import sys\nsys.excepthook=lambda: 1\n1/0')
case('unraisable', '-c', "class A:\n def __del__(s): raise ValueError('x')\nA()\nprint('on')")
case(
    'unraisable-hook',
    '-c',
    "import sys\nsys.unraisablehook=lambda u: print(u.exc_type, u.err_msg)\nclass A:\n def __del__(s): raise ValueError('x')\nA()",
)
case(
    'gen-ignore-exit',
    '-c',
    "def g():\n while 1:\n  try: yield\n  except GeneratorExit: pass\nx=g(); next(x); del x; print('on')",
)
case('coroutine-never', '-c', 'async def f(): pass\nf()')
case('kbd', '-c', 'raise KeyboardInterrupt')
case('sigterm', '-c', 'import os, signal; os.kill(os.getpid(), 15)')
case('abort', '-c', 'import os; os.abort()')
case(
    'thread',
    '-c',
    "import threading, time\ndef f():\n  time.sleep(0.2); print('t')\nthreading.Thread(target=f).start(); print('m')",
)
case(
    'thread-exit',
    '-c',
    "import threading, sys\nt=threading.Thread(target=lambda: sys.exit(3)); t.start(); t.join(); print('ok')",
)
case(
    'daemon',
    '-c',
    "import threading, time\ndef f():\n  while 1: time.sleep(0.01)\nthreading.Thread(target=f, daemon=True).start(); print('m')",
)
case(
    'daemon-busy',
    '-c',
    "import threading\ndef f():\n  while 1: pass\nthreading.Thread(target=f, daemon=True).start(); print('m')",
)
case(
    'thread-main-exc',
    '-c',
    "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('t'))).start(); 1/0",
)
case('thread-start-late', '-c', 'import _thread, time\n_thread.start_new_thread(lambda: time.sleep(100), ()); print(1)')
case(
    'stack-size',
    '-c',
    "import threading\nprint(threading.stack_size())\nthreading.stack_size(65536)\nt=threading.Thread(target=lambda: print('in')); t.start(); t.join(); print(threading.stack_size())\ntry: threading.stack_size(100)\nexcept ValueError as e: print(e)",
)
case('segv', '-c', "import os, signal; os.kill(os.getpid(), signal.SIGSEGV); print('on')")
