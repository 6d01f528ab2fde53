# skip-mode: gc; the programs under test run plainly
# Sources that cannot be decoded or parsed.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "support"))
from commandline import case

case('syntax', 's.py', files={'s.py': 'def f(:\n  pass\n'})
case('syntax-c', '-c', 'a b')
case('indent', 's.py', files={'s.py': 'if 1:\nx\n'})
case('latin-no-coding', 's.py', files={'s.py': b"x = '\xe9'\n"})
case('latin-coding', 's.py', files={'s.py': b"# coding: latin-1\nx = '\xe9'; print(x)\n"})
case('bad-coding', 's.py', files={'s.py': b'# coding: nope\nx = 1\n'})
case('utf8-bom', 's.py', files={'s.py': b"\xef\xbb\xbfprint('bom')\n"})
case('utf8-bom-latin', 's.py', files={'s.py': b"\xef\xbb\xbf# coding: latin-1\nprint('bom')\n"})
case('null', 's.py', files={'s.py': b'print(1)\n\x00\n'})
case('null-stdin', stdin='print(1)\n\x00\n')
case('bad-utf8-line3', 's.py', files={'s.py': b"x = 1\ny = 2\nz = '\xff\xfe'\n"})
case('coding-utf7', 's.py', files={'s.py': b"# coding: utf-7\nprint('+AOk-')\n"})
case('coding-ascii', 's.py', files={'s.py': b"# coding: ascii\nprint('\xe9')\n"})
case('cr', 's.py', files={'s.py': b'x = 1\rprint(x)\r'})
case('crlf', 's.py', files={'s.py': b"x = 1\r\nprint(x)\r\ny = '''a\r\nb'''\r\nprint(repr(y))"})
case('ff', 's.py', files={'s.py': b'\x0cx = 1\n\x0cprint(x)\n'})
