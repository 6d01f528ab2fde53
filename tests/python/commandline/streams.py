# skip-mode: gc; the programs under test run plainly
# Standard streams that are closed, full, or nobody reads.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

case('devfull', shell='$PYTHON -c \'print("x")\' > /dev/full; echo $?')
case('devfull-u', shell='$PYTHON -u -c \'print("x")\' > /dev/full; echo $?')
case('devfull-flush', shell='$PYTHON -c \'print("x", flush=True)\' > /dev/full; echo $?')
case('devfull-err', shell='$PYTHON -c \'import sys; sys.stderr.write("x")\' 2> /dev/full; echo $?')
case('devfull-file', '-c', "f=open('/dev/full','w')\nf.write('x')\nf.close()")
case('devfull-with', '-c', "with open('/dev/full','wb') as f:\n f.write(b'x')")
case('devfull-exit', shell="$PYTHON -c 'import sys; print(1); sys.exit(3)' >/dev/full; echo $?")
case('devfull-raise', shell="$PYTHON -c 'print(1); 1/0' >/dev/full; echo $?")
case('devfull-traceback', shell="$PYTHON -c '1/0' 2>/dev/full; echo $?")
case('pipe-small', shell="set -o pipefail; { sleep 0.3; $PYTHON -c 'print(1)'; } | true; echo $?")
case('closed-out', shell="$PYTHON -c 'print(1); import sys; print(sys.stdout, file=sys.stderr)' >&-; echo $?")
case('closed-in', shell="$PYTHON -c 'import sys; print(sys.stdin); input()' <&-; echo $?")
case('closed-all', shell="$PYTHON -c 'import sys; 1/0' <&- >&- 2>&-; echo $?")
case('closed-err', shell="$PYTHON -c '1/0' 2>&-; echo $?")
case('stderr-none', '-c', 'import sys; sys.stderr=None\n1/0')
case('stdout-none', '-c', 'import sys; sys.stdout=None\nprint(1)')
case('stderr-obj', '-c', "import sys\nclass W:\n def write(s, x): sys.__stdout__.write('W:'+x)\nsys.stderr=W()\n1/0")
case('stdout-closed', '-c', 'import sys; sys.stdout.close()\nprint(1)')
case('bad-stdin-utf8', shell="printf '\\xff\\n' | $PYTHON -c 'input()'; echo $?")
case('stdin-input', '-c', "print(input('? '))\ninput()", stdin='abc\n')
case('input-err', '-c', 'x=input()\nprint(x)\ninput()', stdin='abc\n')
