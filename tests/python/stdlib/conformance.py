# Repairs found by CPython's tests of binascii, csv, struct, operator and statistics.
import binascii
import csv
import inspect
import operator
import statistics
import struct

for data in (b"ab==c=", b"ab==cd", b"abc=d", b"abc=a", b"ab=ab==", b"ab===", b"abcd=", b"a=b=", b"ab=", b"ab==:"):
    for strict in (False, True):
        try:
            print(data, strict, binascii.a2b_base64(data, strict_mode=strict))
        except binascii.Error as e:
            print(data, strict, e)
try:
    binascii.a2b_uu(b"")
except binascii.Error as e:
    print(e)
print(list(csv.reader(["a   b", "  a  "], delimiter=" ", skipinitialspace=True)))
print(list(csv.reader([',3,"5",7.3, 9'], quoting=csv.QUOTE_NONNUMERIC)))
for code in ("f", "<f", ">f"):
    try:
        struct.pack(code, 2.0**128)
    except OverflowError as e:
        print(code, e)
print(struct.Struct.__new__(struct.Struct).size)
for call in (operator.itemgetter(1), operator.attrgetter("a"), operator.methodcaller("f")):
    print(inspect.signature(call))
print(statistics.NormalDist(5, 0).inv_cdf(0.25))
import hashlib
import json
import re

print(json.dumps({(1,): 2}, skipkeys=True, indent=4), json.dumps({(1,): 2, "a": 1}, skipkeys=True, indent=1))
print(re.match("\ufb05", "\ufb06", re.I) is not None, re.match("[\ufb04-\ufb05]", "\ufb06", re.I) is not None)
print(hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1000).hex())
print(hashlib.pbkdf2_hmac("SHA1", b"password", b"salt", 2, 25).hex())
print(hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=16, dklen=64).hex())
for call in (
    lambda: hashlib.pbkdf2_hmac("sha256", b"p", b"s", 0),
    lambda: hashlib.pbkdf2_hmac("sha256", b"p", b"s", 1, 0),
    lambda: hashlib.scrypt(b"p", salt=b"s", n=3, r=8, p=1),
):
    try:
        call()
    except ValueError as e:
        print(e)
