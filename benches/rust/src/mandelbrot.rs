//! The Mandelbrot set.

pub fn run() -> String {
    format!("{}\n", inside(400, 120))
}

fn inside(size: i64, limit: i64) -> i64 {
    let mut count = 0;
    for y in 0..size {
        let ci = 2.0 * y as f64 / size as f64 - 1.0;
        for x in 0..size {
            let cr = 2.0 * x as f64 / size as f64 - 1.5;
            let (mut zr, mut zi, mut n) = (0.0, 0.0, 0);
            loop {
                if n >= limit {
                    count += 1;
                    break;
                }
                let (zr2, zi2) = (zr * zr, zi * zi);
                if zr2 + zi2 > 4.0 {
                    break;
                }
                zi = 2.0 * zr * zi + ci;
                zr = zr2 - zi2 + cr;
                n += 1;
            }
        }
    }
    count
}
