"""str.format: fields, errors."""


def show(text):
    try:
        print(text, "->", ascii(eval(text)))
    except Exception as e:
        print(text, "!!", type(e).__name__, ascii(str(e))[:200])


for line in r"""
'{:d}}'.format(1)
'{'.format()
'}'.format()
'{!}'.format(1)
'{!r'.format(1)
'{!rx}'.format(1)
'{!x}'.format(1)
'{!x:'.format(1)
'{0'.format(1)
'{0[}'.format(1)
'{0[a}'.format(1)
'{0[]}'.format(1)
'{0.}'.format(1)
'{0[a]b}'.format({'a':1})
'{0:{1:{2}}}'.format(1,2,3)
'{} {0}'.format(1)
'{0} {}'.format(1)
'{a}'.format()
'{1}'.format(0)
'{}'.format_map({})
'{a}'.format_map({})
'{:{}}'.format(5, 10)
'{a[0]} {a[b]}'.format(a={0:1,'b':2})
'{0[0]}'.format([7])
'{99999999999999999999}'.format()
'{!r:>5}{{}}'.format('a')
'{:{{}}}'.format(1)
'{:{'.format(1)
'{0{1}}'.format(1)
'{!'.format(1)
'{:'.format(1)
""".strip().split("\n"):
    show(line)
