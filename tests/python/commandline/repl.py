# skip-mode: gc; the programs under test run plainly
# The plain interactive loop.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

case('displayhook', '-i', '-q', stdin="1\nNone\n'a'\n_\nimport sys\nsys.displayhook=lambda x: print('D',x)\n5\n")
case('i-script', '-i', 's.py', stdin='print(x)\nx\n', files={'s.py': 'x=1\n'})
case('i-exc', '-i', '-c', 'x=1\n1/0', stdin='print(x)\n')
case('i-exit', '-i', '-c', 'import sys; sys.exit(3)', stdin='print(2)\n')
case('i-exit2', '-i', '-c', '1', stdin='import sys\nsys.exit(3)\nprint(2)\n')
case('repl-eof', '-i', '-q', stdin='def f():\n  return 1')
case('repl-syntax', '-i', '-q', stdin="a b\n'abc\n  x\n)\n'''a\nb'''\nimport nothere\nraise SystemExit(5)\n")
case('repl-last', '-i', '-q', stdin='1/0\nimport sys\nsys.last_exc, sys.last_type, sys.last_value\n')
case(
    'repl-ps1',
    '-i',
    '-q',
    stdin="import sys\nsys.ps1='$ '\nclass P:\n  def __str__(s): return 'P> '\n\nsys.ps1=P()\n1\ndel sys.ps1\n2\n",
)
case(
    'repl-deco',
    '-i',
    '-q',
    stdin="@property\ndef f(x): return 1\n\nf.fget(1)\nwith open('/dev/null') as f: pass\n\ntry:\n  1/0\nexcept ZeroDivisionError as e:\n  e\nelse:\n  3\n\n",
)
case('repl-future', '-i', '-q', stdin='from __future__ import annotations\ndef f(x: y): pass\n\nf.__annotations__\n')
case('repl-backslash', '-i', '-q', stdin='x = 1 + \\\n 2\nx\n# comment\n\n   \nif True:\n    # c\n    x\n\n')
case('repl-badindent', '-i', '-q', stdin='if 1:\nx\n\n  y\n1\n')
case(
    'repl-startup',
    '-i',
    '-q',
    stdin='Z\n__file__\n',
    env={'PYTHONSTARTUP': 'DIR/st.py'},
    files={'st.py': "Z=5\nprint('startup', __file__ if '__file__' in globals() else None)\n"},
)
case('repl-startup-missing', '-i', '-q', stdin='1\n', env={'PYTHONSTARTUP': 'DIR/st.py'})
case('repl-startup-err', '-i', '-q', stdin='1\n', env={'PYTHONSTARTUP': 'DIR/st.py'}, files={'st.py': '1/0'})
case('inspect-env', '-c', "import os; os.environ['PYTHONINSPECT']='1'; x=4", stdin='print(x)\n')
case('inspect-env2', '-c', 'x=4', stdin='print(x)\n', env={'PYTHONINSPECT': '1'})
case('kbd-i', '-i', '-q', stdin='raise KeyboardInterrupt\n1\n')
case('q', '-q', '-i')
