# skip-mode: gc; the programs under test run plainly
# site, customisation, sys.path, bytecode.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

case(
    'usercustomize',
    '-c',
    'print(1)',
    env={'PYTHONPATH': 'DIR/u'},
    files={'u/usercustomize.py': "print('user')", 'u/sitecustomize.py': "print('site')"},
)
case('sitecust-err', '-c', 'print(1)', env={'PYTHONPATH': 'DIR/u'}, files={'u/sitecustomize.py': '1/0'})
case('sitecust-imp', '-c', 'print(1)', env={'PYTHONPATH': 'DIR/u'}, files={'u/sitecustomize.py': 'import nothere2'})
case('pythonpath', '-c', 'import sys; print(sys.path[:4])', env={'PYTHONPATH': 'a:DIR/b::c'})
case('pythonpath-I', '-I', '-c', "import sys; print([p for p in sys.path if 'cli-' in p])", env={'PYTHONPATH': 'a:DIR/b::c'})
case(
    'pycacheprefix',
    env={'PYTHONDONTWRITEBYTECODE': None},
    files={'m.py': 'x=1'},
    shell="$PYTHON -X pycache_prefix=pc -c 'import m; print(m.__cached__ is not None)'; find . -name 'm.*.pyc' | wc -l; ls",
)
case('dontwrite', env={'PYTHONDONTWRITEBYTECODE': None}, files={'m.py': 'x=1'}, shell="$PYTHON -B -c 'import m'; ls")
case(
    'write',
    env={'PYTHONDONTWRITEBYTECODE': None},
    files={'m.py': 'x=1'},
    shell="$PYTHON -c 'import m'; ls; ls __pycache__ | wc -l",
)
