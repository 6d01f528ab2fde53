//! The algorithms of six programs of `benches/programs`, in Rust: how far compiled Python is from
//! the machine. Same data structures, same sizes, same output; run by `benches/compare.py`.

mod fannkuch;
mod mandelbrot;
mod matmul;
mod nbody;
mod sieve;
mod spectralnorm;

use std::process::ExitCode;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let output = match name.as_str() {
        "fannkuch" => fannkuch::run(),
        "mandelbrot" => mandelbrot::run(),
        "matmul" => matmul::run(),
        "nbody" => nbody::run(),
        "sieve" => sieve::run(),
        "spectralnorm" => spectralnorm::run(),
        _ => return ExitCode::from(2),
    };
    match std::io::Write::write_all(&mut std::io::stdout(), output.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
