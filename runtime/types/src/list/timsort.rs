//! A stable, adaptive merge sort with a comparison that may fail (timsort, with powersort's rule
//! for choosing merges).
//!
//! Invariant: whatever the comparison does (raise, contradict itself), the slice stays a
//! permutation of what it was: elements parked in `tmp` are written back before an error leaves.

/// Runs shorter than this are extended by insertion.
const MAX_MINRUN: usize = 64;
/// Consecutive wins after which merging starts to gallop.
const MIN_GALLOP: usize = 7;

/// Sorts by `lt(a, b)`, "a comes before b".
pub fn sort<T: Copy, E>(v: &mut [T], mut lt: impl FnMut(T, T) -> Result<bool, E>) -> Result<(), E> {
    let n = v.len();
    if n < 2 {
        return Ok(());
    }
    let minrun = min_run(n);
    let mut state = Sorter { v, tmp: Vec::new(), min_gallop: MIN_GALLOP, runs: Vec::new(), lt: &mut lt };
    let mut lo = 0;
    while lo < n {
        let left = n - lo;
        let mut len = state.count_run(lo, n)?;
        if len < minrun {
            let forced = minrun.min(left);
            state.insertion_sort(lo, lo + forced, lo + len)?;
            len = forced;
        }
        state.found_run(lo, len)?;
        state.runs.push(Run { base: lo, len, power: 0 });
        lo += len;
    }
    while state.runs.len() > 1 {
        let mut i = state.runs.len() - 2;
        if i > 0 && state.runs[i - 1].len < state.runs[i + 1].len {
            i -= 1;
        }
        state.merge_at(i)?;
    }
    Ok(())
}

fn min_run(mut n: usize) -> usize {
    let mut r = 0;
    while n >= MAX_MINRUN {
        r |= n & 1;
        n >>= 1;
    }
    n + r
}

#[derive(Copy, Clone)]
struct Run {
    base: usize,
    len: usize,
    power: u32,
}

struct Sorter<'a, T, F> {
    v: &'a mut [T],
    tmp: Vec<T>,
    min_gallop: usize,
    runs: Vec<Run>,
    lt: &'a mut F,
}

impl<T: Copy, E, F: FnMut(T, T) -> Result<bool, E>> Sorter<'_, T, F> {
    /// Length of the run at `lo`; a strictly descending one is reversed.
    fn count_run(&mut self, lo: usize, hi: usize) -> Result<usize, E> {
        if hi - lo < 2 {
            return Ok(hi - lo);
        }
        let descending = (self.lt)(self.v[lo + 1], self.v[lo])?;
        let mut i = lo + 2;
        while i < hi && (self.lt)(self.v[i], self.v[i - 1])? == descending {
            i += 1;
        }
        if descending {
            self.v[lo..i].reverse();
        }
        Ok(i - lo)
    }

    /// Binary insertion of `v[start..hi]` into the sorted `v[lo..start]`.
    fn insertion_sort(&mut self, lo: usize, hi: usize, start: usize) -> Result<(), E> {
        for i in start.max(lo + 1)..hi {
            let pivot = self.v[i];
            let (mut l, mut r) = (lo, i);
            while l < r {
                let mid = l + (r - l) / 2;
                if (self.lt)(pivot, self.v[mid])? {
                    r = mid;
                } else {
                    l = mid + 1;
                }
            }
            self.v.copy_within(l..i, l + 1);
            self.v[l] = pivot;
        }
        Ok(())
    }

    /// Merges what powersort wants merged before the run at `base` is pushed.
    fn found_run(&mut self, base: usize, len: usize) -> Result<(), E> {
        let Some(last) = self.runs.last().copied() else { return Ok(()) };
        let power = node_power(last.base, last.len, len, self.v.len());
        debug_assert_eq!(last.base + last.len, base);
        while self.runs.len() > 1 && self.runs[self.runs.len() - 2].power > power {
            self.merge_at(self.runs.len() - 2)?;
        }
        if let Some(last) = self.runs.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    /// Merges runs `i` and `i + 1`.
    fn merge_at(&mut self, i: usize) -> Result<(), E> {
        let (ra, rb) = (self.runs[i], self.runs[i + 1]);
        self.runs[i].len = ra.len + rb.len;
        self.runs.remove(i + 1);
        let (mut a, mut na, b, mut nb) = (ra.base, ra.len, rb.base, rb.len);
        // What of A comes before all of B is in place, and what of B comes after all of A.
        let k = gallop_right(self.lt, self.v[b], &self.v[a..a + na], 0)?;
        a += k;
        na -= k;
        if na == 0 {
            return Ok(());
        }
        nb = gallop_left(self.lt, self.v[a + na - 1], &self.v[b..b + nb], nb - 1)?;
        if nb == 0 {
            return Ok(());
        }
        if na <= nb { self.merge_lo(a, na, b, nb) } else { self.merge_hi(a, na, b, nb) }
    }

    /// Merges `v[a..a+na]` with the run behind it, front to back; A is parked.
    fn merge_lo(&mut self, a: usize, na: usize, b: usize, nb: usize) -> Result<(), E> {
        self.tmp.clear();
        self.tmp.extend_from_slice(&self.v[a..a + na]);
        let mut at = Lo { i: 0, j: b, k: a, end: b + nb };
        let result = self.merge_lo_loop(&mut at);
        // The hole is exactly as long as what is left of A.
        let rest = &self.tmp[at.i..];
        self.v[at.k..at.k + rest.len()].copy_from_slice(rest);
        result
    }
    fn merge_lo_loop(&mut self, m: &mut Lo) -> Result<(), E> {
        let na = self.tmp.len();
        macro_rules! take_b {
            () => {
                self.v[m.k] = self.v[m.j];
                m.k += 1;
                m.j += 1;
                if m.j == m.end {
                    return Ok(());
                }
            };
        }
        macro_rules! last_of_a {
            () => {
                if na - m.i <= 1 {
                    // The last item of A goes behind all of B.
                    self.v.copy_within(m.j..m.end, m.k);
                    m.k += m.end - m.j;
                    m.j = m.end;
                    return Ok(());
                }
            };
        }
        take_b!();
        last_of_a!();
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if (self.lt)(self.v[m.j], self.tmp[m.i])? {
                    take_b!();
                    wins_b += 1;
                    wins_a = 0;
                    if wins_b >= min_gallop {
                        break;
                    }
                } else {
                    self.v[m.k] = self.tmp[m.i];
                    m.k += 1;
                    m.i += 1;
                    wins_a += 1;
                    wins_b = 0;
                    last_of_a!();
                    if wins_a >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                wins_a = gallop_right(self.lt, self.v[m.j], &self.tmp[m.i..], 0)?;
                if wins_a > 0 {
                    self.v[m.k..m.k + wins_a].copy_from_slice(&self.tmp[m.i..m.i + wins_a]);
                    m.k += wins_a;
                    m.i += wins_a;
                    last_of_a!();
                }
                take_b!();
                wins_b = gallop_left(self.lt, self.tmp[m.i], &self.v[m.j..m.end], 0)?;
                if wins_b > 0 {
                    self.v.copy_within(m.j..m.j + wins_b, m.k);
                    m.k += wins_b;
                    m.j += wins_b;
                    if m.j == m.end {
                        return Ok(());
                    }
                }
                self.v[m.k] = self.tmp[m.i];
                m.k += 1;
                m.i += 1;
                last_of_a!();
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }

    /// Merges `v[a..a+na]` with the run behind it, back to front; B is parked.
    fn merge_hi(&mut self, a: usize, na: usize, b: usize, nb: usize) -> Result<(), E> {
        self.tmp.clear();
        self.tmp.extend_from_slice(&self.v[b..b + nb]);
        // `i`: end of what is left of A; `j`: number left of B; `k`: end of the hole.
        let mut at = Hi { i: a + na, j: nb, k: b + nb, start: a };
        let result = self.merge_hi_loop(&mut at);
        let rest = &self.tmp[..at.j];
        self.v[at.k - rest.len()..at.k].copy_from_slice(rest);
        result
    }
    fn merge_hi_loop(&mut self, m: &mut Hi) -> Result<(), E> {
        macro_rules! take_a {
            () => {
                m.k -= 1;
                m.i -= 1;
                self.v[m.k] = self.v[m.i];
                if m.i == m.start {
                    return Ok(());
                }
            };
        }
        macro_rules! first_of_b {
            () => {
                if m.j <= 1 {
                    // The first item of B goes before all of A.
                    let n = m.i - m.start;
                    self.v.copy_within(m.start..m.i, m.k - n);
                    m.k -= n;
                    m.i = m.start;
                    return Ok(());
                }
            };
        }
        take_a!();
        first_of_b!();
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if (self.lt)(self.tmp[m.j - 1], self.v[m.i - 1])? {
                    take_a!();
                    wins_a += 1;
                    wins_b = 0;
                    if wins_a >= min_gallop {
                        break;
                    }
                } else {
                    m.k -= 1;
                    m.j -= 1;
                    self.v[m.k] = self.tmp[m.j];
                    wins_b += 1;
                    wins_a = 0;
                    first_of_b!();
                    if wins_b >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let na = m.i - m.start;
                let keep = gallop_right(self.lt, self.tmp[m.j - 1], &self.v[m.start..m.i], na - 1)?;
                wins_a = na - keep;
                if wins_a > 0 {
                    self.v.copy_within(m.i - wins_a..m.i, m.k - wins_a);
                    m.k -= wins_a;
                    m.i -= wins_a;
                    if m.i == m.start {
                        return Ok(());
                    }
                }
                m.k -= 1;
                m.j -= 1;
                self.v[m.k] = self.tmp[m.j];
                first_of_b!();
                let keep = gallop_left(self.lt, self.v[m.i - 1], &self.tmp[..m.j], m.j - 1)?;
                wins_b = m.j - keep;
                if wins_b > 0 {
                    self.v[m.k - wins_b..m.k].copy_from_slice(&self.tmp[keep..m.j]);
                    m.k -= wins_b;
                    m.j = keep;
                    first_of_b!();
                }
                take_a!();
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }
}

/// State of a front-to-back merge: next of A (in `tmp`), next of B, next place, end of B.
struct Lo {
    i: usize,
    j: usize,
    k: usize,
    end: usize,
}

/// State of a back-to-front merge.
struct Hi {
    i: usize,
    j: usize,
    k: usize,
    start: usize,
}

/// Where in the sorted, non-empty `a` the key goes, left of equal items; the search starts at
/// `hint`.
fn gallop_left<T: Copy, E>(lt: &mut impl FnMut(T, T) -> Result<bool, E>, key: T, a: &[T], hint: usize) -> Result<usize, E> {
    let n = a.len();
    let (mut lo, mut hi);
    let (mut last, mut ofs) = (0usize, 1usize);
    if lt(a[hint], key)? {
        let max = n - hint;
        while ofs < max && lt(a[hint + ofs], key)? {
            last = ofs;
            ofs = ofs.saturating_mul(2).saturating_add(1);
        }
        lo = hint + last + 1;
        hi = hint + ofs.min(max);
    } else {
        let max = hint + 1;
        while ofs < max && !lt(a[hint - ofs], key)? {
            last = ofs;
            ofs = ofs.saturating_mul(2).saturating_add(1);
        }
        lo = hint + 1 - ofs.min(max);
        hi = hint - last;
    }
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        if lt(a[mid], key)? {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    Ok(hi)
}

/// As [`gallop_left`], right of equal items.
fn gallop_right<T: Copy, E>(lt: &mut impl FnMut(T, T) -> Result<bool, E>, key: T, a: &[T], hint: usize) -> Result<usize, E> {
    let n = a.len();
    let (mut lo, mut hi);
    let (mut last, mut ofs) = (0usize, 1usize);
    if lt(key, a[hint])? {
        let max = hint + 1;
        while ofs < max && lt(key, a[hint - ofs])? {
            last = ofs;
            ofs = ofs.saturating_mul(2).saturating_add(1);
        }
        lo = hint + 1 - ofs.min(max);
        hi = hint - last;
    } else {
        let max = n - hint;
        while ofs < max && !lt(key, a[hint + ofs])? {
            last = ofs;
            ofs = ofs.saturating_mul(2).saturating_add(1);
        }
        lo = hint + last + 1;
        hi = hint + ofs.min(max);
    }
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        if lt(key, a[mid])? {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    Ok(hi)
}

/// Powersort's node power of the boundary between two neighbouring runs.
fn node_power(s1: usize, n1: usize, n2: usize, n: usize) -> u32 {
    let mut power = 0;
    let mut a = 2 * s1 + n1;
    let mut b = a + n1 + n2;
    loop {
        power += 1;
        if a >= n {
            a -= n;
            b -= n;
        } else if b >= n {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    /// A small generator of test data.
    struct Rng(u64);
    impl Rng {
        fn next(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }
    }

    #[test]
    fn agrees_with_std_and_is_stable() {
        let mut rng = Rng(7);
        for n in (0..200).chain([1000, 5000]) {
            for range in [2, 10, 100_000] {
                for shape in 0..4 {
                    let mut v: Vec<(u64, usize)> = (0..n).map(|i| (rng.next(range), i)).collect();
                    match shape {
                        1 => v.sort(),
                        2 => v.sort_by(|a, b| b.cmp(a)),
                        3 => v[..n / 2].sort(),
                        _ => {}
                    }
                    for (i, x) in v.iter_mut().enumerate() {
                        x.1 = i;
                    }
                    let mut want = v.clone();
                    want.sort_by_key(|x| x.0);
                    sort::<_, ()>(&mut v, |a, b| Ok(a.0 < b.0)).expect("never fails");
                    assert_eq!(v, want, "n={n} range={range} shape={shape}");
                }
            }
        }
    }

    #[test]
    fn survives_errors_and_contradictions() {
        let mut rng = Rng(3);
        for fail_at in 0..600 {
            let mut v: Vec<u64> = (0..300).map(|_| rng.next(50)).collect();
            let mut want = v.clone();
            want.sort();
            let mut count = 0;
            let _ = sort(&mut v, |a, b| {
                count += 1;
                if count == fail_at { Err(()) } else { Ok(a < b) }
            });
            v.sort();
            assert_eq!(v, want);
            let _ = sort::<_, ()>(&mut v, |_, _| Ok(rng.next(2) == 0));
            v.sort();
            assert_eq!(v, want);
        }
    }
}
