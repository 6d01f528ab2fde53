//! `-X jit-perf`: the map of compiled code that perf reads, `/tmp/perf-PID.map`.

use std::fs::File;
use std::io::Write;

use crate::counters::place;
use crate::tree::Tree;

/// The map, opened when the first code is made.
#[derive(Default)]
pub struct PerfMap(Option<File>);

impl PerfMap {
    /// Notes a tree's code. A map that cannot be written is of no consequence to the program.
    pub fn add(&mut self, tree: &Tree, start: *const u8, size: usize) {
        if self.0.is_none() {
            self.0 = File::options().append(true).create(true).open(format!("/tmp/perf-{}.map", std::process::id())).ok();
        }
        let Some(f) = &mut self.0 else { return };
        let p = place(&tree.code, tree.header);
        let file = p.file.rsplit('/').next().unwrap_or("");
        // One write, as other threads may write to the map too.
        let _ = f.write_all(format!("{:x} {size:x} py::{}:{file}:{}\n", start as usize, p.function, p.line).as_bytes());
    }
}
