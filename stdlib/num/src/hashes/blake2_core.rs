//! The BLAKE2 compression functions with all parameters of the specification (RFC 7693 and the
//! tree mode of the BLAKE2 paper).

const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

macro_rules! blake2 {
    ($name:ident, $word:ty, $bytes:expr, $rounds:expr, $rot:expr, $iv:expr) => {
        /// A running hash.
        #[derive(Clone)]
        pub struct $name {
            h: [$word; 8],
            count: u128,
            block: [u8; $bytes * 16],
            filled: usize,
            digest_size: usize,
            last_node: bool,
        }

        impl $name {
            pub const BLOCK: usize = $bytes * 16;

            /// A hash with the parameter block, whose first byte is the digest size, and key.
            pub fn new(params: &[u8; $bytes * 8], key: &[u8], last_node: bool) -> $name {
                let mut h: [$word; 8] = $iv;
                for (i, w) in params.chunks_exact($bytes).enumerate() {
                    h[i] ^= <$word>::from_le_bytes(w.try_into().unwrap_or_default());
                }
                let mut s = $name { h, count: 0, block: [0; $bytes * 16], filled: 0, digest_size: usize::from(params[0]), last_node };
                if !key.is_empty() {
                    let mut block = [0; $bytes * 16];
                    block[..key.len()].copy_from_slice(key);
                    s.update(&block);
                }
                s
            }
            pub fn update(&mut self, mut data: &[u8]) {
                while !data.is_empty() {
                    // The last block waits for the end.
                    if self.filled == Self::BLOCK {
                        self.count += Self::BLOCK as u128;
                        self.compress(false);
                        self.filled = 0;
                    }
                    let n = data.len().min(Self::BLOCK - self.filled);
                    self.block[self.filled..self.filled + n].copy_from_slice(&data[..n]);
                    self.filled += n;
                    data = &data[n..];
                }
            }
            pub fn digest(&self) -> Vec<u8> {
                let mut s = self.clone();
                s.count += s.filled as u128;
                let filled = s.filled;
                s.block[filled..].fill(0);
                s.compress(true);
                let mut out: Vec<u8> = s.h.iter().flat_map(|w| w.to_le_bytes()).collect();
                out.truncate(s.digest_size);
                out
            }
            pub fn digest_size(&self) -> usize {
                self.digest_size
            }
            fn compress(&mut self, last: bool) {
                let iv: [$word; 8] = $iv;
                let mut m = [0; 16];
                for (i, w) in self.block.chunks_exact($bytes).enumerate() {
                    m[i] = <$word>::from_le_bytes(w.try_into().unwrap_or_default());
                }
                let mut v = [0; 16];
                v[..8].copy_from_slice(&self.h);
                v[8..].copy_from_slice(&iv);
                v[12] ^= self.count as $word;
                v[13] ^= (self.count >> <$word>::BITS) as $word;
                if last {
                    v[14] = !v[14];
                    if self.last_node {
                        v[15] = !v[15];
                    }
                }
                let [r1, r2, r3, r4] = $rot;
                let mut mix = |a: usize, b: usize, c: usize, d: usize, x: $word, y: $word| {
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
                    v[d] = (v[d] ^ v[a]).rotate_right(r1);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(r2);
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
                    v[d] = (v[d] ^ v[a]).rotate_right(r3);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(r4);
                };
                for round in 0..$rounds {
                    let s = &SIGMA[round % 10];
                    mix(0, 4, 8, 12, m[s[0]], m[s[1]]);
                    mix(1, 5, 9, 13, m[s[2]], m[s[3]]);
                    mix(2, 6, 10, 14, m[s[4]], m[s[5]]);
                    mix(3, 7, 11, 15, m[s[6]], m[s[7]]);
                    mix(0, 5, 10, 15, m[s[8]], m[s[9]]);
                    mix(1, 6, 11, 12, m[s[10]], m[s[11]]);
                    mix(2, 7, 8, 13, m[s[12]], m[s[13]]);
                    mix(3, 4, 9, 14, m[s[14]], m[s[15]]);
                }
                for i in 0..8 {
                    self.h[i] ^= v[i] ^ v[i + 8];
                }
            }
        }
    };
}
blake2!(
    Blake2b,
    u64,
    8,
    12,
    [32, 24, 16, 63],
    [
        0x6a09e667f3bcc908,
        0xbb67ae8584caa73b,
        0x3c6ef372fe94f82b,
        0xa54ff53a5f1d36f1,
        0x510e527fade682d1,
        0x9b05688c2b3e6c1f,
        0x1f83d9abfb41bd6b,
        0x5be0cd19137e2179,
    ]
);
blake2!(
    Blake2s,
    u32,
    4,
    10,
    [16, 12, 8, 7],
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,]
);
