# Format specifications.
from decimal import *

c = getcontext()
for text in ["0", "-0.00", "0e5", "1", "-1.5", "1234567.891", "12e10", "1e-9", "99.995", "-inf", "nan123", "123456789012345678901234567890.12345"]:
    d = Decimal(text)
    for spec in ["", "f", "e", "g", "E", "G", "%", "n", ".0f", ".2f", ".3e", ".0e", ".4g", ".1%", ",", ",.2f", "012,.1f", "*^20", "x<+12.1f", "0=10", "=+15.3e",
                 "é> 14", "015", "08,", "30,f"]:
        print(repr(text), repr(spec), repr(format(d, spec)))
for mode in [ROUND_UP, ROUND_DOWN, ROUND_FLOOR, ROUND_05UP]:
    with localcontext(rounding=mode, capitals=0):
        print(mode, f"{Decimal('-2.675'):.2f} {Decimal('12345'):.2g} {Decimal('1e40')}")
for spec in ["x", "=08", "<08", ".f", "10.", "^^^", ",n", "1.2.3", "5x", "%%"]:
    try:
        print(spec, format(Decimal(5), spec))
    except ValueError as e:
        print(spec, e)
over = {"decimal_point": ",", "grouping": "\x03\x02\x00", "thousands_sep": "."}
print(Decimal("123456789.5").__format__("n", over), Decimal("123456789.5").__format__("020n", over))
for bad in [3, {"decimal_point": "xxxxx"}, {"grouping": "\xff"}]:
    try:
        Decimal(1).__format__("n", bad)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
