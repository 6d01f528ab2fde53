//! Arithmetic of the proleptic Gregorian calendar and of ISO weeks; no objects.
//!
//! Ordinals count days from 1 January of year 1, which has ordinal 1 and is a Monday.

pub const MIN_YEAR: i32 = 1;
pub const MAX_YEAR: i32 = 9999;
/// Ordinal of the last day of [`MAX_YEAR`].
pub const MAX_ORDINAL: i64 = 3_652_059;

const DAYS_IN_4_YEARS: i32 = 4 * 365 + 1;
const DAYS_IN_100_YEARS: i32 = 25 * DAYS_IN_4_YEARS - 1;
const DAYS_IN_400_YEARS: i32 = 4 * DAYS_IN_100_YEARS + 1;

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month from 1 to 12.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 => 28 + i32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the year before the month.
pub fn days_before_month(year: i32, month: i32) -> i32 {
    const BEFORE: [i32; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    BEFORE[month.clamp(1, 12) as usize] + i32::from(month > 2 && is_leap(year))
}

fn days_before_year(year: i32) -> i32 {
    let y = year - 1;
    y * 365 + y / 4 - y / 100 + y / 400
}

/// Ordinal of a date.
pub fn ordinal(year: i32, month: i32, day: i32) -> i32 {
    days_before_year(year) + days_before_month(year, month) + day
}

/// The date of a positive ordinal.
pub fn from_ordinal(n: i32) -> (i32, i32, i32) {
    let n = n - 1;
    let (n400, n) = (n / DAYS_IN_400_YEARS, n % DAYS_IN_400_YEARS);
    let (n100, n) = (n / DAYS_IN_100_YEARS, n % DAYS_IN_100_YEARS);
    let (n4, n) = (n / DAYS_IN_4_YEARS, n % DAYS_IN_4_YEARS);
    let (n1, n) = (n / 365, n % 365);
    let year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
    if n1 == 4 || n100 == 4 {
        // The last day of a cycle ends a leap year.
        return (year - 1, 12, 31);
    }
    // This guess of the month is right or one too large.
    let mut month = (n + 50) >> 5;
    let mut before = days_before_month(year, month);
    if before > n {
        month -= 1;
        before = days_before_month(year, month);
    }
    (year, month, n - before + 1)
}

/// Day of the week; Monday is 0.
pub fn weekday(year: i32, month: i32, day: i32) -> i32 {
    (ordinal(year, month, day) + 6).rem_euclid(7)
}

/// Ordinal of the Monday that starts the first ISO week.
fn iso_first_monday(year: i32) -> i32 {
    let first = ordinal(year, 1, 1);
    let weekday = (first + 6).rem_euclid(7);
    let monday = first - weekday;
    // A year that starts after Thursday has its first days in the last week of the year before.
    if weekday > 3 { monday + 7 } else { monday }
}

/// ISO year, week and weekday.
pub fn iso_calendar(year: i32, month: i32, day: i32) -> (i32, i32, i32) {
    let today = ordinal(year, month, day);
    let mut year = year;
    let mut first = iso_first_monday(year);
    let mut week = (today - first).div_euclid(7);
    if week < 0 {
        year -= 1;
        first = iso_first_monday(year);
        week = (today - first).div_euclid(7);
    } else if week >= 52 && today >= iso_first_monday(year + 1) {
        year += 1;
        first = iso_first_monday(year);
        week = 0;
    }
    (year, week + 1, (today - first).rem_euclid(7) + 1)
}

/// Which part of an ISO date is out of range.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum IsoRange {
    Year,
    Week,
    Day,
}

/// The date of an ISO year, week and weekday.
pub fn from_iso(year: i32, week: i32, day: i32) -> Result<(i32, i32, i32), IsoRange> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoRange::Year);
    }
    // Years have 53 weeks if they start on a Thursday, or are leap years that start on a Wednesday.
    let first = weekday(year, 1, 1);
    let long = first == 3 || (first == 2 && is_leap(year));
    if !(1..=52 + i32::from(long)).contains(&week) {
        return Err(IsoRange::Week);
    }
    if !(1..=7).contains(&day) {
        return Err(IsoRange::Day);
    }
    let n = iso_first_monday(year) + (week - 1) * 7 + day - 1;
    // The first week of year 1 starts on its first day, so the ordinal is positive.
    Ok(from_ordinal(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_round_trip() {
        for n in [1, 59, 60, 365, 366, 1461, 36524, 36525, 146_097, 146_098, 737_425, 3_652_059] {
            let (y, m, d) = from_ordinal(n);
            assert_eq!(ordinal(y, m, d), n);
        }
        assert_eq!(from_ordinal(MAX_ORDINAL as i32), (9999, 12, 31));
    }

    #[test]
    fn iso_weeks() {
        assert_eq!(iso_calendar(2020, 1, 2), (2020, 1, 4));
        assert_eq!(iso_calendar(2016, 1, 3), (2015, 53, 7));
        assert_eq!(iso_calendar(2018, 12, 31), (2019, 1, 1));
        assert_eq!(from_iso(2015, 53, 7), Ok((2016, 1, 3)));
        assert_eq!(from_iso(2016, 53, 1), Err(IsoRange::Week));
    }
}
