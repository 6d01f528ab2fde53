"""Text in, tables out: split, strip, format, group by keys, sort with keys."""


def lines(n):
    for i in range(n):
        yield f"{i},{['north', 'south', 'east', 'west'][i % 4]}, item{i * 7 % 31} ,{i * 37 % 1000 / 10:.1f},{i % 9}\n"


def report(rows):
    totals, counts = {}, {}
    for row in rows:
        number, region, item, price, quantity = row.rstrip("\n").split(",")
        key = (region, item.strip())
        totals[key] = totals.get(key, 0.0) + float(price) * int(quantity)
        counts[region] = counts.get(region, 0) + 1
    return totals, counts


if __name__ == "__main__":
    totals, counts = report(lines(600_000))
    best = sorted(totals.items(), key=lambda t: (-t[1], t[0]))[:6]
    for (region, item), total in best:
        print(f"{region:<8}|{item:>8}|{total:12,.2f}")
    print(counts)
