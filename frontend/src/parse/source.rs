//! Source text with its line starts: offsets to lines and columns.

use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use crate::errors::{ErrorKind, SyntaxError};
use crate::positions::Position;

/// A range of byte offsets in the source; [`Span::NONE`] stands for "no position".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// No position at all.
    pub const NONE: Span = Span { start: u32::MAX, end: u32::MAX };

    /// Whether there is no position.
    pub const fn is_none(self) -> bool {
        self.start == u32::MAX
    }

    /// From here to the end of the other.
    pub const fn to(self, end: Span) -> Span {
        Span { start: self.start, end: end.end }
    }
}

impl From<TextRange> for Span {
    fn from(r: TextRange) -> Span {
        Span { start: r.start().to_u32(), end: r.end().to_u32() }
    }
}

/// The span of a syntax node.
pub fn span<T: Ranged>(node: &T) -> Span {
    node.range().into()
}

/// Position of a definition without its decorators.
pub fn definition_span(source: &Source, whole: Span, decorators: &[ast::Decorator]) -> Span {
    let Some(last) = decorators.last() else {
        return whole;
    };
    let mut at = span(last).end;
    // Between the last decorator and the keyword there are only blanks and comments.
    for line in source.slice(Span { start: at, end: whole.end }).split_inclusive('\n') {
        let t = line.trim_start();
        if t.is_empty() || t.starts_with('#') {
            at += line.len() as u32;
            continue;
        }
        at += (line.len() - t.len()) as u32;
        break;
    }
    Span { start: at, end: whole.end }
}

/// Source text, newlines translated to `\n`.
#[derive(Debug, Clone)]
pub struct Source {
    text: String,
    starts: Vec<u32>,
}

impl Source {
    /// Takes text over, translating `\r\n` and `\r` to `\n`.
    pub fn new(text: &str) -> Source {
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        Source { text, starts }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span.
    pub fn slice(&self, s: Span) -> &str {
        self.text.get(s.start as usize..s.end as usize).unwrap_or("")
    }

    /// Line (from 1) of an offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|s| *s <= offset) as u32
    }

    /// Number of lines; an empty last line counts.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// Offset of the first byte of a line (from 1).
    pub fn line_start(&self, line: u32) -> u32 {
        let i = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        self.starts[i]
    }

    /// The text of a line (from 1), with its newline.
    pub fn line_text(&self, line: u32) -> &str {
        let start = self.line_start(line) as usize;
        let end = self.starts.get(line.max(1) as usize).map_or(self.text.len(), |e| *e as usize);
        &self.text[start..end.max(start)]
    }

    /// Line and byte column (from 0) of an offset.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        (line, offset - self.line_start(line))
    }

    /// Lines and byte columns of a span.
    pub fn position(&self, s: Span) -> Option<Position> {
        if s.is_none() {
            return None;
        }
        let (line, col) = self.line_col(s.start);
        let (end_line, end_col) = self.line_col(s.end.max(s.start));
        Some(Position { line, end_line, col: Some(col), end_col: Some(end_col) })
    }

    /// Line and character column (from 1) of an offset.
    pub fn char_pos(&self, offset: u32) -> (u32, u32) {
        let offset = offset.min(self.text.len() as u32);
        let line = self.line(offset);
        let start = self.line_start(line) as usize;
        let col = self.text.get(start..offset as usize).map_or(0, |t| t.chars().count()) as u32;
        (line, col + 1)
    }

    /// An error at a span.
    pub fn error(&self, kind: ErrorKind, s: Span, msg: impl Into<String>) -> Box<SyntaxError> {
        if s.is_none() {
            return Box::new(SyntaxError {
                kind,
                msg: msg.into(),
                line: 0,
                col: 0,
                end_line: 0,
                end_col: 0,
                text: None,
                warnings: Vec::new(),
            });
        }
        let (line, col) = self.char_pos(s.start);
        let (mut end_line, mut end_col) = self.char_pos(s.end.max(s.start));
        if s.end > s.start && end_col == 1 && self.text.as_bytes().get(s.end as usize - 1) == Some(&b'\n') {
            // A newline ends on its own line.
            (end_line, end_col) = self.char_pos(s.end - 1);
            end_col += 1;
        }
        // The newline a last line may lack counts.
        end_col += s.end.saturating_sub(self.text.len() as u32);
        let text = Some(self.line_text(line).to_owned());
        Box::new(SyntaxError { kind, msg: msg.into(), line, col, end_line, end_col: end_col as i32, text, warnings: Vec::new() })
    }
}
