//! Layout of the archive: the number of files; for each its path (offset, length), code (offset,
//! length) and packed content (offset, length, unpacked size), all 32 bits little-endian, sorted
//! by path; then what they point at. Content whose two lengths are equal is not compressed.

/// A file of the archive.
pub struct Item {
    /// Relative path.
    pub path: String,
    code: Vec<u8>,
    packed: Vec<u8>,
    size: usize,
}

impl Item {
    /// Compresses the content if that makes it smaller.
    pub fn new(path: String, code: Vec<u8>, data: Vec<u8>) -> Item {
        let size = data.len();
        let mut packed = miniz_oxide::deflate::compress_to_vec(&data, 6);
        if packed.len() >= size {
            packed = data;
        }
        Item { path, code, packed, size }
    }
}

/// The bytes of the archive.
pub fn layout(items: &[Item]) -> Vec<u8> {
    let mut head = (items.len() as u32).to_le_bytes().to_vec();
    let start = 4 + items.len() * 28;
    let mut body: Vec<u8> = Vec::new();
    // All paths together, so that a search touches few pages; then code, then sources.
    let mut put = |bytes: &[u8]| {
        let at = start + body.len();
        body.extend_from_slice(bytes);
        [at as u32, bytes.len() as u32]
    };
    let paths: Vec<_> = items.iter().map(|i| put(i.path.as_bytes())).collect();
    let codes: Vec<_> = items.iter().map(|i| put(&i.code)).collect();
    let data: Vec<_> = items.iter().map(|i| put(&i.packed)).collect();
    for (n, item) in items.iter().enumerate() {
        for part in [paths[n], codes[n], data[n]] {
            head.extend(part.iter().flat_map(|w| w.to_le_bytes()));
        }
        head.extend_from_slice(&(item.size as u32).to_le_bytes());
    }
    head.extend_from_slice(&body);
    head
}
