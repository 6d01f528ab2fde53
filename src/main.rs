//! The `krait` command.

mod allocator;
mod environment;
mod help;
mod options;
mod plugins;
mod std_fds;

use std::os::unix::ffi::OsStringExt;

/// Rust handles faults to tell stack overflows apart, and swallows such a signal that was sent.
fn fault_handlers() {
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: the default action needs nothing; no other thread exists yet.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

#[global_allocator]
static GLOBAL: allocator::Bounded = allocator::Bounded;

fn main() {
    std_fds::close_again();
    fault_handlers();
    allocator::configure();
    let args: Vec<Vec<u8>> = std::env::args_os().map(OsStringExt::into_vec).collect();
    let status = match options::configure(&args) {
        Ok(config) => krait_runtime::lifecycle::run(config, &plugins::PLUGINS),
        Err(status) => status,
    };
    std::process::exit(status)
}
