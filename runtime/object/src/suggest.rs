//! "Did you mean": the closest of several names.
//!
//! Costs and limits are CPython's, so the same name is suggested: moving a letter costs 2,
//! changing its case 1, and a candidate may cost at most a third of the letters involved.

const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;
/// Longer names are not compared.
const MAX_LEN: usize = 40;
/// More candidates are not searched.
const MAX_CANDIDATES: usize = 750;

/// The candidate closest to `name`, if any is close enough.
pub fn suggest<'a>(name: &str, candidates: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
    if candidates.len() >= MAX_CANDIDATES {
        return None;
    }
    let mut best: Option<(&str, usize)> = None;
    for c in candidates {
        if c == name {
            continue;
        }
        let mut limit = (name.len() + c.len() + 3) * MOVE_COST / 6;
        if let Some((_, d)) = best {
            limit = limit.min(d.saturating_sub(1));
        }
        let d = distance(name.as_bytes(), c.as_bytes(), limit);
        if d <= limit && best.is_none_or(|(_, old)| d < old) {
            best = Some((c, d));
        }
    }
    best.map(|(c, _)| c)
}

/// The edit distance of two names, or something above `limit` once it is known to exceed that.
pub fn distance<'a>(mut a: &'a [u8], mut b: &'a [u8], limit: usize) -> usize {
    while let ([x, ra @ ..], [y, rb @ ..]) = (a, b)
        && x == y
    {
        (a, b) = (ra, rb);
    }
    while let ([ra @ .., x], [rb @ .., y]) = (a, b)
        && x == y
    {
        (a, b) = (ra, rb);
    }
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_LEN || b.len() > MAX_LEN {
        return limit + 1;
    }
    if a.len() > b.len() {
        (a, b) = (b, a);
    }
    if (b.len() - a.len()) * MOVE_COST > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    for (i, &cb) in b.iter().enumerate() {
        let mut diagonal = i * MOVE_COST;
        let mut left = (i + 1) * MOVE_COST;
        let mut least = usize::MAX;
        for (cell, &ca) in row.iter_mut().zip(a) {
            let up = *cell;
            let cost = (diagonal + substitution(ca, cb)).min(up.min(left) + MOVE_COST);
            diagonal = up;
            *cell = cost;
            left = cost;
            least = least.min(cost);
        }
        if least > limit {
            return limit + 1;
        }
    }
    row[a.len() - 1]
}

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE_COST
    } else {
        MOVE_COST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        let names = ["sep", "maxsplit", "end"];
        assert_eq!(suggest("maxsplitt", names.into_iter()), Some("maxsplit"));
        assert_eq!(suggest("Sep", names.into_iter()), Some("sep"));
        assert_eq!(suggest("foo", names.into_iter()), None);
    }

    #[test]
    fn distances() {
        assert_eq!(distance(b"abc", b"abc", 9), 0);
        assert_eq!(distance(b"abc", b"aBc", 9), 1);
        assert_eq!(distance(b"abc", b"abcd", 9), 2);
        assert_eq!(distance(b"kitten", b"sitting", 20), 6);
    }
}
