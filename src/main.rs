//! The `krait` command.

mod allocator;
mod environment;
mod help;
mod options;
mod plugins;

use std::os::unix::ffi::OsStringExt;

#[global_allocator]
static GLOBAL: allocator::Bounded = allocator::Bounded;

fn main() {
    allocator::start_small();
    let args: Vec<Vec<u8>> = std::env::args_os().map(OsStringExt::into_vec).collect();
    let status = match options::configure(&args) {
        Ok(config) => krait_runtime::lifecycle::run(config, &plugins::PLUGINS),
        Err(status) => status,
    };
    std::process::exit(status)
}
