//! The position table: source range of every instruction word, run-length and delta coded.
//!
//! Each entry covers a run of words with one position and is a series of LEB128 numbers:
//! `run << 1 | has_position`, then, if there is a position, the zigzag delta of the line to the last
//! entry's line, `end_line - line`, and the two columns plus one (0 = unknown).

/// Source range of an instruction: lines from 1, columns in UTF-8 bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// First line.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// Column of the first byte, if known.
    pub col: Option<u32>,
    /// Column after the last byte, if known.
    pub end_col: Option<u32>,
}

/// The encoded table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct PositionTable {
    bytes: Box<[u8]>,
}

impl PositionTable {
    /// Encodes one position a word.
    pub fn encode(first_line: u32, words: &[Option<Position>]) -> PositionTable {
        let mut bytes = Vec::new();
        let mut line = i64::from(first_line);
        let mut i = 0;
        while i < words.len() {
            let run = words[i..].iter().take_while(|p| **p == words[i]).count();
            match words[i] {
                None => put(&mut bytes, (run as u64) << 1),
                Some(p) => {
                    put(&mut bytes, (run as u64) << 1 | 1);
                    let delta = i64::from(p.line) - line;
                    put(&mut bytes, ((delta << 1) ^ (delta >> 63)) as u64);
                    put(&mut bytes, u64::from(p.end_line.saturating_sub(p.line)));
                    put(&mut bytes, p.col.map_or(0, |c| u64::from(c) + 1));
                    put(&mut bytes, p.end_col.map_or(0, |c| u64::from(c) + 1));
                    line = i64::from(p.line);
                }
            }
            i += run;
        }
        PositionTable { bytes: bytes.into_boxed_slice() }
    }

    /// The table with nothing but lines.
    pub fn lines_only(&self, first_line: u32) -> PositionTable {
        let line = |p: Position| Position { line: p.line, end_line: p.line, col: None, end_col: None };
        let words: Vec<_> = self.runs(first_line).flat_map(|(n, p)| std::iter::repeat_n(p.map(line), n)).collect();
        PositionTable::encode(first_line, &words)
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes over encoded bytes that are known to be good.
    pub(crate) fn from_embedded(bytes: Box<[u8]>) -> PositionTable {
        PositionTable { bytes }
    }

    /// Takes encoded bytes over, if they decode to exactly `words` words.
    pub fn from_bytes(bytes: Box<[u8]>, first_line: u32, words: usize) -> Option<PositionTable> {
        let table = PositionTable { bytes };
        let mut runs = table.runs(first_line);
        let mut total = 0usize;
        for (n, _) in runs.by_ref() {
            total = total.checked_add(n)?;
        }
        (total == words && runs.bytes.is_empty() && !runs.bad).then_some(table)
    }

    /// Runs of (number of words, position).
    pub fn runs(&self, first_line: u32) -> Runs<'_> {
        Runs { bytes: &self.bytes, line: i64::from(first_line), bad: false }
    }

    /// Position of one word.
    pub fn lookup(&self, first_line: u32, word: usize) -> Option<Position> {
        let mut at = 0;
        for (n, pos) in self.runs(first_line) {
            at += n;
            if word < at {
                return pos;
            }
        }
        None
    }
}

/// Iterator over the runs of a [`PositionTable`].
pub struct Runs<'a> {
    bytes: &'a [u8],
    line: i64,
    bad: bool,
}

impl Runs<'_> {
    fn next_run(&mut self) -> Option<(usize, Option<Position>)> {
        let head = take(&mut self.bytes)?;
        let run = usize::try_from(head >> 1).ok()?;
        if head & 1 == 0 {
            return Some((run, None));
        }
        let zigzag = take(&mut self.bytes)?;
        let delta = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        self.line = self.line.checked_add(delta)?;
        let line = u32::try_from(self.line).ok()?;
        let end_line = line.checked_add(u32::try_from(take(&mut self.bytes)?).ok()?)?;
        let col = take_col(&mut self.bytes)?;
        let end_col = take_col(&mut self.bytes)?;
        Some((run, Some(Position { line, end_line, col, end_col })))
    }
}

impl Iterator for Runs<'_> {
    type Item = (usize, Option<Position>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() || self.bad {
            return None;
        }
        let run = self.next_run();
        self.bad = run.is_none();
        run
    }
}

fn take_col(bytes: &mut &[u8]) -> Option<Option<u32>> {
    match take(bytes)? {
        0 => Some(None),
        n => Some(Some(u32::try_from(n - 1).ok()?)),
    }
}

/// Appends a LEB128 number.
pub(crate) fn put(bytes: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}

/// Takes a LEB128 number off the front.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0u64;
    for shift in (0..64).step_by(7) {
        let (&b, rest) = bytes.split_first()?;
        *bytes = rest;
        if shift == 63 && b > 1 {
            return None;
        }
        n |= u64::from(b & 0x7F) << shift;
        if b & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}
