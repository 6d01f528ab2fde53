# Closing a buffered reader of a pipe with read-ahead.
import os

r, w = os.pipe()
os.write(w, b"one\ntwo\n")
os.close(w)
with open(r, "rb") as f:
    print(f.readline())
    f.flush()
print(f.closed)
try:
    f.flush()
except ValueError as e:
    print(e)
