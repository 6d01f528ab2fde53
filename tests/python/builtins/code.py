# compile, eval, exec.

def attempt(f, *args, **kwargs):
    """Print the result of a call or how it fails."""
    try:
        r = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e)
    else:
        print('ok', r)

print(eval('1+1'))
print(eval(' \t2'))
print(eval('a', {'a': 5}))
print(eval('a+b', {'a': 5}, {'b': 6}))
print(eval(compile('3', '', 'eval')))
print(eval(b'4'))
attempt(eval, '1+')
attempt(eval, 1)
attempt(eval, 'a', 1)
attempt(eval, 'a', {}, 1)
attempt(eval)
attempt(eval, 'a\x00b')
attempt(eval, 'x', {})
g = {}
exec('x=1\ny=x+1', g)
print(sorted((k for k in g if k != '__builtins__')), '__builtins__' in g)
exec('z=1', g, (l2 := {}))
print(l2)
attempt(exec, 1)
attempt(exec, '1', 1)
attempt(exec, '1', {}, 1)
attempt(exec, '1', closure=())

def mk():
    q = 3

    def f():
        return q
    return f
attempt(eval, mk().__code__)
attempt(exec, mk().__code__)
exec(mk().__code__, closure=mk().__closure__)
attempt(exec, compile('1', '', 'exec'), closure=())

def ex():
    k = 3
    exec('k=4; m=5')
    return (k, eval('k+1'), eval('[k for _ in range(2)]'))
print(ex())
attempt(compile, '1', 'f', 'foo')
attempt(compile, '1', 'f', 'exec', 9999999)
attempt(compile, '1', 'f', 'exec', 0, False, 7)
attempt(compile, 1, 'f', 'exec')
attempt(compile, '1', 1, 'exec')
attempt(compile, '1', 'f', 'func_type')
attempt(compile, '1')
attempt(compile, '1', 'f', 1)
c = compile('a=1\n', 'fn', 'exec')
print(c.co_filename, c.co_name)
c = compile('5', 'fn', mode='single')
attempt(compile, 'x y', 'fn', 'exec')
try:
    compile('x = = 1\n', 'fn', 'exec')
except SyntaxError as e:
    print(e.filename, e.lineno, e.offset, e.text, e.msg)
