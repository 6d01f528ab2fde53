//! The embedded pure-Python library: one read-only archive of source files, their bytecode and
//! data files, laid out by the build script.
//!
//! Files are named by their path relative to the library's folder (`json/__init__.py`). Bytecode
//! lies in the binary as it is, so that importing a module touches only its own pages; sources
//! and data are compressed.
#![forbid(unsafe_code)]

/// The archive: see `build/archive.rs` for its layout.
static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

const ENTRY: usize = 28;

/// A file of the library.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its path, relative to the library's folder, with `/`.
    pub path: &'static str,
    index: usize,
}

fn word(at: usize) -> usize {
    let bytes = ARCHIVE.get(at..at + 4).and_then(|b| b.try_into().ok());
    bytes.map_or(0, |b| u32::from_le_bytes(b) as usize)
}

fn count() -> usize {
    word(0)
}

fn slice(start: usize, len: usize) -> &'static [u8] {
    ARCHIVE.get(start..start + len).unwrap_or_default()
}

fn at(index: usize) -> File {
    let e = 4 + index * ENTRY;
    let path = std::str::from_utf8(slice(word(e), word(e + 4))).unwrap_or_default();
    File { path, index }
}

/// Index of the first file whose path is not less than `path`.
fn position(path: &str) -> usize {
    let (mut low, mut high) = (0, count());
    while low < high {
        let mid = (low + high) / 2;
        if at(mid).path < path {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    low
}

/// The file of exactly this path.
pub fn find(path: &str) -> Option<File> {
    let i = position(path);
    (i < count()).then(|| at(i)).filter(|f| f.path == path)
}

/// All files below a folder (given without the last slash; empty for the whole library).
pub fn below(folder: &str) -> impl Iterator<Item = File> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let first = position(&prefix);
    (first..count()).map(at).take_while(move |f| f.path.starts_with(&prefix))
}

impl File {
    fn field(self, i: usize) -> usize {
        word(4 + self.index * ENTRY + 8 + i * 4)
    }
    /// The serialised code unit of a module; `None` for data files.
    pub fn code(self) -> Option<&'static [u8]> {
        let len = self.field(1);
        (len > 0).then(|| slice(self.field(0), len))
    }
    /// The file's content.
    pub fn data(self) -> Vec<u8> {
        let packed = slice(self.field(2), self.field(3));
        let len = self.field(4);
        if packed.len() == len {
            return packed.to_vec();
        }
        miniz_oxide::inflate::decompress_to_vec_with_limit(packed, len).unwrap_or_default()
    }
    /// The size of the content.
    pub fn size(self) -> usize {
        self.field(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_modules_and_data() {
        let os = find("os.py").map(|f| (f.code().is_some(), f.data().len() == f.size()));
        assert_eq!(os, Some((true, true)));
        assert!(find("no_such_module.py").is_none());
        assert!(find("pydoc_data/_pydoc.css").is_some_and(|f| f.code().is_none()));
    }

    #[test]
    fn lists_folders() {
        let names: Vec<_> = below("json").map(|f| f.path).collect();
        assert!(names.contains(&"json/__init__.py") && names.iter().all(|n| n.starts_with("json/")));
    }
}
