# Searches that skip places where no match can begin.
import re

text = "the quick brown fox, jumps over 13 lazy dogs; \u00e9t\u00e9 \u4e2d\u6587 Straße\n" * 40
raw = text.encode("utf-8")
patterns = [
    r"quick|brown|lazy", r"[qb]\w+|dogs", r"(?:fox|jumps)\b", r"\b(?:over|lazy)", r"(\d+)|(dogs)", r"x*dogs|z", r"(?:ab)?over",
    r"(?i:QUICK|Lazy)", r"(?i)stra\u00dfe|\u00c9T\u00c9", r"\u4e2d|\u6587", r"[^a-z\s]+", r"(?=q)quick|(?!q)brown", r"(?<=the )quick|fox",
    r"^the|dogs", r"^the", r"\Athe", r"(?m)^the|;", r"$|fox", r"(?>fox|over)", r"(?:l|d)++[aoz]", r"z??y|;", r"(a|b|q)\w*?(k|n)", r"\w+", r"\s+\d",
    r"(?:x|o)*v", r".(?=o)|\Zq", r"(?s:.)the", r"(q)?(?(1)u|lazy)",
]
for p in patterns:
    found = [(m.span(), m.groups()) for m in re.finditer(p, text)]
    print(p, len(found), found[:2], found[-1:])
for p in patterns[:7] + [r"[\xc3]\xa9", r"(?L:quick|fox)"]:
    found = [m.span() for m in re.finditer(p.encode("latin-1"), raw)]
    print(p, len(found), found[:2], found[-1:])
p = re.compile("a|b|")
print(len(p.findall("xaybz" * 500)), re.compile("(a)|b|c(?=d)").sub(r"<\1>", "abcdce" * 300)[:40])
for _ in range(5):
    print(re.compile("foo|bar").search("x" * 3000 + "bar", 5, 3002), re.compile("foo|bar").search("x" * 3000 + "bar").span())
import _md5, _sha1, hashlib

print(_md5.md5(b"x").hexdigest(), type(_md5.md5(b"")) is _md5.MD5Type, type(_sha1.sha1(b"")) is _sha1.SHA1Type)
print(hashlib.md5(b"x", usedforsecurity=False).hexdigest())
