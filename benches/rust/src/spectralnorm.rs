//! The spectral norm of an infinite matrix.

pub fn run() -> String {
    format!("{:.9}\n", norm(420, 5))
}

#[inline(never)]
fn a(i: usize, j: usize) -> f64 {
    1.0 / (((i + j) * (i + j + 1)) as f64 / 2.0 + i as f64 + 1.0)
}

fn times(v: &[f64], element: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..v.len()).map(|i| v.iter().enumerate().fold(0.0, |t, (j, x)| t + element(i, j) * x)).collect()
}

fn norm(n: usize, rounds: usize) -> f64 {
    let mut u = vec![1.0; n];
    let mut v = u.clone();
    for _ in 0..rounds {
        v = times(&times(&u, a), |i, j| a(j, i));
        u = times(&times(&v, a), |i, j| a(j, i));
    }
    let (mut vbv, mut vv) = (0.0, 0.0);
    for (x, y) in u.iter().zip(&v) {
        vbv += x * y;
        vv += y * y;
    }
    f64::sqrt(vbv / vv)
}
