//! Primes by Eratosthenes' sieve.

pub fn run() -> String {
    let found = primes(3_000_000);
    format!("{} {}\n", found.len(), found.last().copied().unwrap_or(0))
}

fn primes(limit: usize) -> Vec<usize> {
    // A list of objects has a word for each item.
    let mut alive = vec![1u64; limit + 1];
    (alive[0], alive[1]) = (0, 0);
    let mut i = 2;
    while i * i <= limit {
        if alive[i] != 0 {
            for j in (i * i..=limit).step_by(i) {
                alive[j] = 0;
            }
        }
        i += 1;
    }
    alive.iter().enumerate().filter(|&(_, &a)| a != 0).map(|(n, _)| n).collect()
}
