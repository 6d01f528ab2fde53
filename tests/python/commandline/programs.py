# skip-mode: gc; the programs under test run plainly
# What can be run: scripts, folders, zip files, bytecode, modules.
import os
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

FLAGS = """\
import sys
names = "debug inspect interactive optimize dont_write_bytecode no_user_site no_site ignore_environment verbose "
names += "bytes_warning quiet isolated dev_mode utf8_mode safe_path int_max_str_digits"
print({n: getattr(sys.flags, n) for n in names.split() if getattr(sys.flags, n) not in (0, False)})
print(sys.argv, sys.warnoptions, sys._xoptions)"""


def archive(folder):
    with zipfile.ZipFile(folder + "/a.zip", "w") as z:
        z.writestr("__main__.py", "import sys; print(sys.argv, sys.path[0], __file__, __name__)\n1/0")


case('dir-nomain', 'd', files={'d/x.py': ''})
case('dir-main', 'd', 'a', files={'d/__main__.py': FLAGS + "\nprint(__name__, __spec__.name, __package__, __file__)"})
case('m-missing', '-m', 'nothere')
case('m-missing2', '-m', 'os.nothere')
case('m-noarg', '-m')
case(
    'm-pkg',
    '-m',
    'pk',
    'a',
    'b',
    files={'pk/__init__.py': "print('init', __name__)", 'pk/__main__.py': 'import sys; print(__name__, __package__, __spec__.name, sys.argv[1:], sys.path[0])'},
)
case(
    'm-mod',
    '-m',
    'mod',
    'a',
    files={'mod.py': 'import sys; print(__name__, sys.argv, __file__, repr(__package__), __spec__.name, __cached__)'},
)
case('m-builtin', '-m', 'sys')
case('m-builtin2', '-m', 'time')
case('m-dotpy', '-m', 'mod.py', files={'mod.py': 'print(1)'})
case('m-rel', '-m', '.mod')
case('m-pkgerr', '-m', 'pk.sub', files={'pk/__init__.py': '1/0'})
case('m-ns', '-m', 'ns', files={'ns/__main__.py': "print('ns')"})
case('m-ns2', '-m', 'ns', files={'ns/x.py': "print('ns')"})
case(
    'script',
    's.py',
    'a',
    files={'s.py': 'import sys; print(sys.argv, sys.path[0], __file__, __name__, __package__, __spec__, __doc__, __builtins__, type(__loader__).__name__)\nprint(sorted(globals()))'},
)
case('script-abs', 'DIR/s.py', files={'s.py': "'''doc'''\nimport sys; print(sys.argv, sys.path[0], __file__, __doc__)"})
case('x', '-x', 's.py', files={'s.py': "#!garbage ( \nprint('ok')\n1/0\n"})
case('zip', 'a.zip', 'q', prepare=archive)
case(
    'pyc',
    files={'s.py': 'import sys; print(sys.argv, __file__)\ndef f(): 1/0\nf()'},
    shell='$PYTHON -c \'import py_compile; py_compile.compile("s.py", cfile="s.pyc")\'; $PYTHON s.pyc a',
)
case('import-main-circular', 's.py', files={'s.py': 'import s\nprint(__name__)'})
case('shadow', 's.py', files={'s.py': 'import random\nrandom.random()', 'random.py': 'x=1'})
case('shadow2', 'random.py', files={'random.py': 'import random\nprint(random.randint(1,2))'})
case('safe-path', '-P', 's.py', files={'s.py': 'import other', 'other.py': ''})
case('stdin', stdin="print(__name__, __file__ if '__file__' in globals() else None)\nimport sys; print(sys.argv)\n1/0\n")
case('stdin-tb', stdin='def f():\n  1/0\nf()\n')
