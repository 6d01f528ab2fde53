//! Parsing of ISO 8601 dates and times as `fromisoformat` takes them; no objects.
//!
//! Texts are UTF-8. Reads past the end see a zero byte, which no rule accepts.

use crate::calendar;

/// A time of day with an optional offset from UTC.
#[derive(Default, Copy, Clone, PartialEq, Eq, Debug)]
pub struct Time {
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub us: i32,
    /// Seconds and microseconds.
    pub offset: Option<(i32, i32)>,
}

fn byte(s: &[u8], i: usize) -> u8 {
    s.get(i).copied().unwrap_or(0)
}

fn digits(s: &[u8], at: usize, n: usize) -> Option<i32> {
    let part = s.get(at..at + n)?;
    part.iter().try_fold(0, |v, b| b.is_ascii_digit().then(|| v * 10 + i32::from(b - b'0')))
}

/// A date in one of the forms YYYY-MM-DD, YYYYMMDD, YYYY-Www[-D], YYYYWww[D].
pub fn date(s: &[u8]) -> Option<(i32, i32, i32)> {
    let year = digits(s, 0, 4)?;
    let dashed = byte(s, 4) == b'-';
    let mut at = if dashed { 5 } else { 4 };
    if byte(s, at) == b'W' {
        let week = digits(s, at + 1, 2)?;
        at += 3;
        let mut day = 1;
        if at < s.len() {
            if dashed {
                if s[at] != b'-' {
                    return None;
                }
                at += 1;
            }
            day = digits(s, at, 1)?;
            at += 1;
        }
        return if at == s.len() { calendar::from_iso(year, week, day).ok() } else { None };
    }
    let month = digits(s, at, 2)?;
    at += 2;
    if dashed {
        if byte(s, at) != b'-' {
            return None;
        }
        at += 1;
    }
    let day = digits(s, at, 2)?;
    (at + 2 == s.len()).then_some((year, month, day))
}

/// Where the date ends in a date with a time.
pub fn date_end(s: &[u8]) -> Option<usize> {
    let len = s.len();
    if len == 7 {
        return Some(7);
    }
    if byte(s, 4) == b'-' {
        if byte(s, 5) != b'W' {
            return Some(10);
        }
        if len < 8 {
            return None;
        }
        if byte(s, 8) != b'-' {
            return Some(8);
        }
        if len == 9 {
            return None;
        }
        // In YYYY-Www-## the hyphen separates the time more likely than a weekday.
        return Some(if len > 10 && s[10].is_ascii_digit() { 8 } else { 10 });
    }
    if byte(s, 4) != b'W' {
        return Some(8);
    }
    let end = (7..len).find(|&i| !s[i].is_ascii_digit()).unwrap_or(len);
    Some(match end {
        0..9 => end,
        // An even count of digits is a week and a time without weekday.
        e if e % 2 == 0 => 7,
        _ => 8,
    })
}

/// HH[:MM[:SS[.fff[fff]]]], colons optional.
fn clock(s: &[u8]) -> Option<(i32, i32, i32, i32)> {
    let mut v = [0; 3];
    let mut at = 0;
    let mut colons = true;
    for i in 0..3 {
        v[i] = digits(s, at, 2)?;
        at += 2;
        if at == s.len() {
            return Some((v[0], v[1], v[2], 0));
        }
        let c = s[at];
        if i == 0 {
            colons = c == b':';
        }
        match c {
            b':' if colons && i < 2 => at += 1,
            b'.' | b',' if i == 2 => at += 1,
            _ if !colons && i < 2 && c != b'.' && c != b',' => {}
            _ => return None,
        }
        if at == s.len() {
            return None;
        }
    }
    let n = (s.len() - at).min(6);
    let us = digits(s, at, n)? * [100_000, 10_000, 1000, 100, 10, 1][n - 1];
    s[at + n..].iter().all(u8::is_ascii_digit).then_some((v[0], v[1], v[2], us))
}

/// A time with an optional offset.
pub fn time(s: &[u8]) -> Option<Time> {
    let zone = s.iter().position(|b| matches!(b, b'+' | b'-' | b'Z'));
    let (hour, minute, second, us) = clock(&s[..zone.unwrap_or(s.len())])?;
    let mut t = Time { hour, minute, second, us, offset: None };
    let Some(zone) = zone else { return Some(t) };
    let rest = &s[zone + 1..];
    if s[zone] == b'Z' {
        t.offset = Some((0, 0));
        return rest.is_empty().then_some(t);
    }
    let sign = if s[zone] == b'-' { -1 } else { 1 };
    let (h, m, sec, us) = clock(rest)?;
    t.offset = Some((sign * (h * 3600 + m * 60 + sec), sign * us));
    Some(t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(b"2020-02-30"), Some((2020, 2, 30)));
        assert_eq!(date(b"20200230"), Some((2020, 2, 30)));
        assert_eq!(date(b"2020-W01"), Some((2019, 12, 30)));
        assert_eq!(date(b"2020W011"), Some((2019, 12, 30)));
        assert_eq!(date(b"2020-0230"), None);
        assert_eq!(date(b"2020-W01-9"), None);
    }

    #[test]
    fn times() {
        let t = |hour, minute, second, us| Some(Time { hour, minute, second, us, offset: None });
        assert_eq!(time(b"12"), t(12, 0, 0, 0));
        assert_eq!(time(b"1234"), t(12, 34, 0, 0));
        assert_eq!(time(b"12:34:56,7"), t(12, 34, 56, 700_000));
        assert_eq!(time(b"123456.1234567"), t(12, 34, 56, 123_456));
        for bad in ["", "1", "12:", "12:3456", "1234:56", "12.5", "12:34:56.", "12:00+", "12:00Z1", "12:00:00:00"] {
            assert_eq!(time(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(time(b"12-01:30").and_then(|t| t.offset), Some((-5400, 0)));
    }
}
