//! Permutations of a small array, reversed in place.

pub fn run() -> String {
    let (checksum, most) = fannkuch(9);
    format!("{checksum} {most}\n")
}

fn fannkuch(n: usize) -> (i64, i64) {
    let mut perm1: Vec<i64> = (0..n as i64).collect();
    let mut count = vec![0usize; n];
    let (mut most, mut checksum, mut r, mut sign) = (0, 0, n, 1);
    loop {
        while r != 1 {
            count[r - 1] = r;
            r -= 1;
        }
        if perm1[0] != 0 {
            let mut perm = perm1.clone();
            let mut flips = 0;
            let mut k = perm[0] as usize;
            while k != 0 {
                let (mut i, mut j) = (0, k);
                while i < j {
                    perm.swap(i, j);
                    i += 1;
                    j -= 1;
                }
                flips += 1;
                k = perm[0] as usize;
            }
            most = most.max(flips);
            checksum += sign * flips;
        }
        loop {
            if r == n {
                return (checksum, most);
            }
            let first = perm1[0];
            for i in 0..r {
                perm1[i] = perm1[i + 1];
            }
            perm1[r] = first;
            count[r] -= 1;
            if count[r] > 0 {
                break;
            }
            r += 1;
        }
        sign = -sign;
    }
}
