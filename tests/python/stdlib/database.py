# sqlite3: statements, types, functions, transactions, backup, blobs.
import sqlite3
print(sqlite3.sqlite_version_info >= (3, 40), sqlite3.apilevel, sqlite3.paramstyle, sqlite3.threadsafety)
con = sqlite3.connect(":memory:")
cur = con.cursor()
cur.execute("create table t(a integer primary key, b text, c real, d blob)")
cur.executemany("insert into t(b, c, d) values (?, ?, ?)", [("x", 1.5, b"\0\1"), ("y", None, None), ("ż", 2, b"")])
print(cur.rowcount, con.in_transaction, con.total_changes)
con.commit()
print(cur.execute("select * from t").fetchall(), [d[0] for d in cur.description])
con.row_factory = sqlite3.Row
r = con.execute("select a, b as Name from t where a = :n", {"n": 2}).fetchone()
print(r["name"], r[0], r.keys(), tuple(r), len(r), r == r)
con.create_function("twice", 1, lambda x: x * 2, deterministic=True)
class Sum:
    def __init__(self): self.n = 0
    def step(self, x): self.n += x or 0
    def finalize(self): return self.n
con.create_aggregate("mysum", 1, Sum)
print(tuple(con.execute("select twice(21), mysum(c) from t").fetchone()))
con.create_collation("rev", lambda a, b: (a < b) - (a > b))
print([r[0] for r in con.execute("select b from t order by b collate rev")])
for sql, params in (("select * from nope", ()), ("insert into t(a) values (1)", ()), ("select ?", ()), ("select 1; select 2", ()), ("select :a", {}), ("select ?", (object(),)), ("select twice('a', 1)", ())):
    try:
        con.execute(sql, params)
    except Exception as e:
        print(type(e).__name__, e, getattr(e, "sqlite_errorname", None))
with con:
    con.execute("insert into t(b) values ('in with')")
try:
    with con:
        con.execute("insert into t(b) values ('gone')")
        1 / 0
except ZeroDivisionError:
    pass
print([r[0] for r in con.execute("select b from t")])
print(list(con.iterdump())[:3])
con2 = sqlite3.connect(":memory:")
con.backup(con2)
print(con2.execute("select count(*) from t").fetchone())
with con.blobopen("t", "d", 1) as blob:
    print(blob.read(), len(blob), blob[1])
    blob[0] = 7
print(con.execute("select d from t where a=1").fetchone()[0])
data = con.serialize()
con3 = sqlite3.connect(":memory:")
con3.deserialize(data)
print(con3.execute("select count(*) from t").fetchone())
con.close()
try: con.execute("select 1")
except sqlite3.ProgrammingError as e: print(e)
import datetime
con = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES, autocommit=False)
sqlite3.register_adapter(complex, lambda z: f"{z.real},{z.imag}")
sqlite3.register_converter("cplx", lambda b: complex(*map(float, b.split(b","))))
con.execute("create table c(z cplx)")
con.execute("insert into c values (?)", (1 + 2j,))
print(con.execute("select z, z as 'k [cplx]' from c").fetchone(), con.autocommit)
con.rollback()
print(con.execute("select count(*) from sqlite_master").fetchone())
