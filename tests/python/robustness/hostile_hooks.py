# Hooks that change the very container that is being walked.
import sys, gc, weakref, array, collections, marshal, pickle, itertools, functools
tests=[]
def T(f): tests.append(f); return f
class EqClear:
    def __init__(s,c): s.c=c
    def __eq__(s,o): s.c.clear(); return False
    def __hash__(s): return 1
    def __lt__(s,o): s.c.clear(); return True
    def __repr__(s): s.c.clear(); return 'x'
@T
def sort_clear():
    l=[]; l+= [EqClear(l) for _ in range(20)]; l.sort()
@T
def sort_append():
    l=[]
    class A:
        def __lt__(s,o): l.append(1); return True
    l+=[A() for _ in range(10)]; l.sort()
@T
def sort_key_clear():
    l=list(range(10)); l.sort(key=lambda x: l.clear() or x)
@T
def index_clear():
    l=[]; l+=[EqClear(l) for _ in range(20)]; return l.index(3)
@T
def remove_clear():
    l=[]; l+=[EqClear(l) for _ in range(20)]; l.remove(3)
@T
def count_clear():
    l=[]; l+=[EqClear(l) for _ in range(20)]; return l.count(3)
@T
def cmp_clear():
    l=[]; l+=[EqClear(l) for _ in range(20)]; m=list(range(20)); return l==m, l<m
@T
def contains_clear():
    l=[]; l+=[EqClear(l) for _ in range(20)]; return 3 in l
@T
def repr_clear():
    l=[]; l+=[EqClear(l) for _ in range(20)]; return repr(l)
@T
def repr_dict_clear():
    d={}; d.update({i:EqClear(d) for i in range(20)}); return repr(d)
@T
def repr_set_clear():
    d=set(); d.update({EqClear(d) for i in range(1)}); return repr(d)
@T
def dict_eq_clear():
    d={}; d.update({i:EqClear(d) for i in range(20)}); return d=={i:i for i in range(20)}
@T
def dict_lookup_clear():
    d={}; d[EqClear(d)]=1; return d.get(1,'none'), d
@T
def dict_set_clear():
    d={}; d[EqClear(d)]=1; d[1]=2; return d
@T
def dict_update_clear():
    d={}; e={}; d[EqClear(e)]=1; e.update({1:2,EqClear(d):3}); 
    try: d.update(e)
    except RuntimeError as x: return x
    return d,e
@T
def set_ops_clear():
    out=[]
    for name in 'union intersection difference symmetric_difference issubset issuperset isdisjoint update intersection_update difference_update symmetric_difference_update __or__ __and__ __sub__ __xor__ __eq__ __le__ __lt__ __ior__ __iand__ __isub__ __ixor__'.split():
        a=set(); b=set()
        a.update([EqClear(b),2,3]); b.update([EqClear(a),1,5,6])
        try: r=getattr(a,name)(b); out.append(type(r).__name__)
        except Exception as e: out.append(type(e).__name__)
    return out
@T
def iter_dict_mut():
    d={1:1,2:2}
    for k in d: d[k+10]=1
@T
def iter_set_mut():
    d={1,2}
    for k in d: d.add(k+10)
@T
def iter_dict_same():
    d={1:1,2:2}; n=0
    for k in d:
        del d[k]; d[k+1]=1; n+=1
        if n>20: break
    return n
@T
def list_slice_idx():
    l=list(range(10))
    class I:
        def __index__(s): l.clear(); return 5
    return l[I()]
@T
def list_slice_idx2():
    l=list(range(10))
    class I:
        def __index__(s): l.clear(); return 5
    return l[I():9]
@T
def list_setslice():
    l=list(range(10))
    class I:
        def __index__(s): l.clear(); return 5
    l[I():I()]=[1,2]; return l
@T
def list_setslice_iter():
    l=list(range(10))
    def g():
        l.clear(); yield 1; yield 2
    l[2:4]=g(); return l
@T
def list_setext():
    l=list(range(10))
    def g():
        l.clear(); yield 1; yield 2
    l[2:6:2]=g(); return l
@T
def list_insert():
    l=list(range(10))
    class I:
        def __index__(s): l.clear(); return 5
    l.insert(I(),3); return l
@T
def list_pop():
    l=list(range(10))
    class I:
        def __index__(s): l.clear(); return 5
    return l.pop(I())
@T
def list_mul():
    l=list(range(10))
    class I:
        def __index__(s): l.clear(); return 3
    return l*I()
@T
def list_imul():
    l=list(range(10))
    class I:
        def __index__(s): l.clear(); return 3
    l*=I(); return l
@T
def list_extend_self_iter():
    l=[1,2,3]
    def g():
        for x in l:
            if len(l)<50: yield x
    l.extend(g()); return len(l)
@T
def list_del():
    class D:
        def __del__(s): l.append(1)
    l=[D() for _ in range(5)]; l.clear(); return len(l)
@T
def list_del2():
    class D:
        def __del__(s): l[:]=[]
    l=[D() for _ in range(5)]; del l[1:3]; return len(l)
@T
def list_del3():
    class D:
        def __del__(s): l.clear()
    l=[D() for _ in range(5)]; l[0]=1; return len(l)
@T
def list_del_sort():
    class D:
        def __del__(s): l.clear()
        def __lt__(s,o): return id(s)<id(o)
    l=[D() for _ in range(5)]; l.sort(); return len(l)
@T
def dict_del():
    class D:
        def __del__(s): d.clear(); d.update({i:i for i in range(30)})
    d={i:D() for i in range(5)}; d.clear(); r=len(d); d[0]=D(); d[0]=2; return r,len(d)
@T
def dict_del_pop():
    class D:
        def __del__(s): d.clear()
    d={i:D() for i in range(5)}; del d[2]; return len(d)
@T
def dict_resize_del():
    class D:
        def __hash__(s): return 1
        def __eq__(s,o):
            for i in range(50): d[i]=i
            return False
    d={D():1}; d[D()]=2; return len(d)
@T
def dict_setdefault():
    class D:
        def __hash__(s): return 1
        def __eq__(s,o): d.clear(); return True
    d={D():1}; return d.setdefault(D(),5), len(d)
@T
def dict_pop_mut():
    class D:
        def __hash__(s): return 1
        def __eq__(s,o): d.clear(); return True
    d={D():1}; return d.pop(D(),5), len(d)
@T
def set_pop_mut():
    class D:
        def __hash__(s): return 1
        def __eq__(s,o): d.clear(); return True
    d={D()}; d.discard(D()); d.add(D()); return len(d)
@T
def dict_fromkeys():
    class D(dict):
        def __setitem__(s,k,v): s.clear()
    return D.fromkeys(range(10))
@T
def keys_mut():
    d={1:1}
    class E:
        def __hash__(s): return 1
        def __eq__(s,o): d.clear(); return False
    return len(d.keys() & [E()]), len(d.keys()|[E()]), {E()}<=d.keys()
@T
def items_mut():
    d={}
    class E:
        def __eq__(s,o): d.clear(); return False
    d[1]=E(); return (1,2) in d.items(), d.items()=={(1,2)}
@T
def tuple_eq():
    l=[]
    class E:
        def __eq__(s,o): l.clear(); return True
    l.append((E(),E())); return l[0]==(1,2)
@T
def deque_mut():
    d=collections.deque()
    class E:
        def __eq__(s,o): d.clear(); return False
    d.extend([E() for _ in range(9)])
    out=[]
    for n in ('index','count','remove','__contains__'):
        d.clear(); d.extend([E() for _ in range(9)])
        try: out.append(getattr(d,n)(3))
        except Exception as e: out.append(type(e).__name__)
    d.extend([E() for _ in range(9)])
    try: out.append(d==collections.deque(range(9)))
    except Exception as e: out.append(type(e).__name__)
    return out
@T
def deque_iter():
    d=collections.deque([1,2,3])
    for x in d: d.append(1)
@T
def bytearray_mut():
    b=bytearray(b'abc'*10)
    class I:
        def __index__(s): b.clear(); return 5
    out=[]
    for f in (lambda: b.insert(I(),3), lambda: b.pop(I()), lambda: b[I()], lambda: b[I():8], lambda: b.__setitem__(I(),3), lambda: b.__setitem__(3,I()), lambda: b.append(I()), lambda: b.extend([1,I()]), lambda: b.find(I()), lambda: b*I(), lambda: b.__setitem__(slice(1,3),[I()]), lambda: b.__imul__(I()), lambda: b.resize(I()) if hasattr(b,'resize') else 0):
        b[:]=b'abc'*10
        try: out.append(f())
        except Exception as e: out.append(type(e).__name__)
    return out
@T
def array_mut():
    a=array.array('i',range(10))
    class I:
        def __index__(s): a[:]=array.array('i'); return 5
    out=[]
    for f in (lambda: a.insert(I(),3), lambda: a.pop(I()), lambda: a[I()], lambda: a[I():8], lambda: a.__setitem__(I(),3), lambda: a.__setitem__(3,I()), lambda: a.append(I()), lambda: a.extend([1,I()]), lambda: a*I(), lambda: a.__imul__(I()), lambda: a.fromlist([1,I()])):
        a[:]=array.array('i',range(10))
        try: out.append(str(f())[:20])
        except Exception as e: out.append(type(e).__name__)
    return out
@T
def memoryview_mut():
    b=bytearray(b'abcdef'); m=memoryview(b)
    class I:
        def __index__(s): m.release(); b.clear(); return 2
    out=[]
    for f in (lambda: m[I()], lambda: m.__setitem__(I(),3), lambda: m.__setitem__(1,I()), lambda: m[I():4].tobytes(), lambda: m.cast('B',[I(),3])):
        b[:]=b'abcdef'; m=memoryview(b)
        try: out.append(f())
        except Exception as e: out.append(type(e).__name__)
        m.release()
    return out
@T
def str_join_mut():
    l=['a','b']
    class S(str): pass
    def g():
        l.clear(); yield 'x'
    return ','.join(g())
@T
def zip_mut():
    l=[1,2,3]
    it=zip(l,(l.clear() for _ in range(5)))
    return list(it)
@T
def map_reent():
    m=map(lambda x: next(m,None),[1,2,3]); return list(m)
@T
def gen_reent():
    def g(): yield next(x)
    x=g(); return next(x)
@T
def gen_exit_ignored():
    def g():
        while True:
            try: yield 1
            except GeneratorExit: pass
    x=g(); next(x); 
    try: x.close()
    except RuntimeError as e: return e
@T
def weak_cb():
    class A: pass
    a=A(); r=weakref.ref(a,lambda r: 1/0); 
    old=sys.unraisablehook; out=[]
    sys.unraisablehook=lambda u: out.append(type(u.exc_value).__name__)
    del a; sys.unraisablehook=old
    return out, r()
@T
def resurrect():
    keep=[]
    class A:
        def __del__(s): keep.append(s)
    A(); A(); n=len(keep); keep.clear(); gc.collect(); return n,len(keep)
@T
def del_raises():
    out=[]; old=sys.unraisablehook; sys.unraisablehook=lambda u: out.append(type(u.exc_value).__name__)
    class A:
        def __del__(s): 1/0
    A(); l=[A() for _ in range(3)]; del l; sys.unraisablehook=old; return out
for f in tests:
    try: r=f(); print(f.__name__, str(r)[:200])
    except Exception as e: print(f.__name__, type(e).__name__, str(e)[:120])
    sys.stdout.flush()
