# skip-mode: gc; the programs under test run plainly
# Options, exit statuses, flags.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

FLAGS = """\
import sys
names = "debug inspect interactive optimize dont_write_bytecode no_user_site no_site ignore_environment verbose "
names += "bytes_warning quiet isolated dev_mode utf8_mode safe_path int_max_str_digits"
print({n: getattr(sys.flags, n) for n in names.split() if getattr(sys.flags, n) not in (0, False)})
print(sys.argv, sys.warnoptions, sys._xoptions)"""

case('c', '-c', 'print(1)')
case('unknown', '-Z')
case('unknown-long', '--foo')
case('J', '-J')
case('c-noarg', '-c')
case('nofile', 'nothere.py')
case('exit-str', '-c', "import sys; sys.exit('bye')")
case('exit-none', '-c', 'import sys; sys.exit(None)')
case('exit-tuple', '-c', 'import sys; sys.exit((1,2))')
case('exit-256', '-c', 'import sys; sys.exit(256)')
case('exit-257', '-c', 'import sys; sys.exit(257)')
case('exit--1', '-c', 'import sys; sys.exit(-1)')
case('exit-true', '-c', 'import sys; sys.exit(True)')
case('exit-float', '-c', 'import sys; sys.exit(1.5)')
case('exit-args', '-c', 'raise SystemExit(1,2)')
case('exit-cls', '-c', 'raise SystemExit')
case('exit-sub', '-c', 'class E(SystemExit): pass\nraise E(4)')
case('exit-code-set', '-c', 'e=SystemExit(1); e.code=7\nraise e')
case('exit-code-del', '-c', "e=SystemExit(3); e.code='x'\nraise e")
case('os-exit', '-c', "import os; print('lost', end=''); os._exit(3)")
case('quit', '-c', 'quit(5)')
case('exit', '-c', "exit('m')")
case('dash', '-', 'a', 'b', stdin="import sys; print(sys.argv)\nprint(sys.path[0]=='')")
case('flags-all', '-bb', '-B', '-d', '-E', '-OO', '-q', '-s', '-S', '-P', '-W', 'error', '-X', 'dev', '-c', FLAGS, 'x', '-y')
case('flags-I', '-I', '-c', FLAGS)
case('flags-u', '-uOc', FLAGS)
case('flags-E', '-E', '-c', FLAGS, env={'PYTHONOPTIMIZE': '2'})
case('flags-R', '-R', '-t', '-c', FLAGS)
case(
    'env-flags',
    '-c',
    FLAGS,
    env={'PYTHONOPTIMIZE': '2', 'PYTHONDEBUG': '', 'PYTHONINSPECT': '', 'PYTHONNOUSERSITE': '1', 'PYTHONUNBUFFERED': 'x', 'PYTHONSAFEPATH': '1', 'PYTHONWARNINGS': 'ignore,error::DeprecationWarning', 'PYTHONDEVMODE': '1', 'PYTHONUTF8': '1', 'PYTHONINTMAXSTRDIGITS': '1000'},
)
case('double-dash', '--', 's.py', files={'s.py': 'print(1)'})
case('script-long-option', 's.py', '--foo', '-c', files={'s.py': 'import sys; print(sys.argv)'})
case('c-surrogate', '-c', 'import sys; print(ascii(sys.argv))', '\udce9')
case('argv0-empty', stdin='import sys; print(sys.argv, sys.orig_argv[1:])')
case('O', '-O', '-c', 'assert 0; print(__debug__)')
case('OO', '-OO', '-c', "def f(): 'doc'\nprint(f.__doc__)")
case('S', '-S', '-c', "import sys; print('site' in sys.modules, 'exit' in dir(__builtins__))")
case('W-bad', '-W', 'foo', '-c', '1')
case('W-bad2', '-W', 'error::Nope', '-c', 'print(1)')
case('W-error', '-W', 'error', '-c', "import warnings; warnings.warn('x')")
case('W-ignore', '-W', 'ignore', '-c', "import warnings; warnings.warn('x'); print(1)")
case('W-default', '-W', 'default', '-c', "import warnings; warnings.warn('x', DeprecationWarning)")
case('W-mod', '-W', 'error:::__main__', '-c', "import warnings; warnings.warn('x')")
case('W-once', '-Wonce', '-c', "import warnings\nfor i in range(3): warnings.warn('x')")
case('W-syntax', 's.py', files={'s.py': "x = 1 is 1\nassert (1, 'a')\nprint('\\d')\n"})
case('W-syntax-err', '-Werror', 's.py', files={'s.py': 'x = 1 is 1\n'})
case('b', '-b', '-c', "print(str(b'a'), b'a' == 'a')")
case('bb', '-bb', '-c', "b'a' == 'a'")
case('check-hash', '--check-hash-based-pycs', 'maybe', '-c', '1')
case('check-hash2', '--check-hash-based-pycs')
case('c-indent', '-c', '  print(1)\n  print(2)')
case('c-tb', '-c', 'def f():\n  1/0\nf()')
case('nodebugranges', '-X', 'no_debug_ranges', '-c', 'def f():\n  return 1 + (1/0)\nf()')
case('debugranges', 's.py', files={'s.py': 'def f(a):\n  return 1 + (a/0)\nprint(3)\nf(3)\n'})
case('nodebugranges-env', 's.py', env={'PYTHONNODEBUGRANGES': '1'}, files={'s.py': 'def f(a):\n  return 1 + (a/0)\nf(3)\n'})
case('dev', '-X', 'dev', '-c', "f=open('/dev/null'); del f")
case('warn-enc', '-X', 'warn_default_encoding', '-c', "open('/dev/null')")
case(
    'verbose',
    files={'mm.py': 'x=1'},
    shell="$PYTHON -v -c 'import mm' 2>&1 | grep -E 'mm|cleanup|clear' | grep -v common | head -2",
)
case('env-ignored', '-E', '-c', 'import sys; print(sys.flags.optimize)', env={'PYTHONOPTIMIZE': '1'})
case('x-bad-digits', '-X', 'int_max_str_digits=3', '-c', '1')
case('x-bad-digits2', '-X', 'int_max_str_digits', '-c', '1')
case('env-bad-digits', '-c', '1', env={'PYTHONINTMAXSTRDIGITS': 'a'})
case('x-digits', '-X', 'int_max_str_digits=640', '-c', "int('1'*641)")
case(
    'importtime',
    files={'mm.py': 'x=1'},
    shell="$PYTHON -X importtime -c 'import mm' 2>&1 | grep -E 'imported|mm$' | sed 's/[0-9]\\+/N/g' | tr -s ' '",
)
case('importtime-bad', '-X', 'frozen_modules=x', '-c', '1')
case('cpu', '-X', 'cpu_count=3', '-c', 'import os; print(os.cpu_count(), os.process_cpu_count())')
case('cpu-bad', '-X', 'cpu_count=0', '-c', '1')
case('hashseed', '-c', "print(hash('a'), hash(b'x'), hash(('a','b')))", env={'PYTHONHASHSEED': '0'})
case('hashseed1', '-c', "print(hash('abcdefghi'), hash(b'x'), {*'abcdef'})", env={'PYTHONHASHSEED': '12345'})
case('hashseed-bad', '-c', '1', env={'PYTHONHASHSEED': '-1'})
