//! Matrix product over vectors of vectors.

pub fn run() -> String {
    let n = 160;
    let make = |f: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> { (0..n).map(|i| (0..n).map(|j| f(i, j)).collect()).collect() };
    let a = make(&|i, j| (i * j % 7) as f64 + 0.5);
    let b = make(&|i, j| ((i + j) % 5) as f64 - 1.5);
    let total: f64 = product(&a, &b).iter().map(|r| r.iter().sum::<f64>()).sum();
    format!("{total:?}\n")
}

fn product(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let p = b[0].len();
    let mut out = vec![vec![0.0; p]; a.len()];
    for (row, target) in a.iter().zip(&mut out) {
        for (&x, other) in row.iter().zip(b) {
            for j in 0..p {
                target[j] += x * other[j];
            }
        }
    }
    out
}
