# skip-mode: gc; the programs under test run plainly
# The locale, UTF-8 mode, PYTHONIOENCODING.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

case('x-utf8-bad', '-X', 'utf8=3', '-c', '1')
case('env-utf8-bad', '-c', '1', env={'PYTHONUTF8': 'x'})
case(
    'x-utf8',
    '-X',
    'utf8=0',
    '-c',
    'import sys; print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdout.errors)',
    env={'LC_ALL': 'C'},
)
case(
    'locale-c',
    '-c',
    'import sys; print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdin.errors, sys.stdout.errors, sys.stderr.errors)',
    env={'LC_ALL': 'C'},
)
case(
    'locale-posix',
    '-c',
    "import sys, os; print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdin.errors, os.environ.get('LC_CTYPE'))",
    env={'LANG': 'POSIX'},
)
case(
    'locale-none',
    '-c',
    "import sys, os; print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdin.errors, os.environ.get('LC_CTYPE'))",
    env={'LANG': None},
)
case(
    'locale-coerce-warn',
    '-c',
    "import sys, os; print(sys.flags.utf8_mode, sys.stdout.encoding, os.environ.get('LC_CTYPE'))",
    env={'LANG': 'C', 'PYTHONCOERCECLOCALE': 'warn'},
)
case(
    'locale-coerce-0',
    '-c',
    "import sys, os; print(sys.flags.utf8_mode, sys.stdout.encoding, os.environ.get('LC_CTYPE'))",
    env={'LANG': 'C', 'PYTHONCOERCECLOCALE': '0'},
)
case(
    'ioenc',
    '-c',
    'import sys; print(sys.stdout.encoding, sys.stdout.errors, sys.stderr.encoding, sys.stderr.errors, sys.stdin.encoding)',
    env={'PYTHONIOENCODING': 'latin-1:replace'},
)
case(
    'ioenc2',
    '-c',
    'import sys; print(sys.stdout.encoding, sys.stdout.errors, sys.stderr.encoding, sys.stderr.errors, sys.stdin.encoding)',
    env={'PYTHONIOENCODING': ':surrogateescape'},
)
