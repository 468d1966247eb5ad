//! Times as people read and write them, in UTC.

use protocol::Timestamp;

const DAY: i64 = 86_400;

/// A time to the minute, such as `2026-11-26 01:40`.
pub(crate) fn utc(time: Timestamp) -> String {
    let minutes = time.0.rem_euclid(DAY) / 60;
    format!("{} {:02}:{:02}", date(time), minutes / 60, minutes % 60)
}

/// The day of a time, such as `2026-11-26`.
pub(crate) fn date(time: Timestamp) -> String {
    let (year, month, day) = civil(time.0.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The first second of a day that is written as `2026-11-26`; `None` for anything else.
pub(crate) fn day(text: &str) -> Option<Timestamp> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let known = parts.next().is_none() && (1970..=9999).contains(&year) && text.len() == 10;
    // A day lies within the next 366 of the first of its year.
    let first = (year - 1970) * 365 + (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400;
    let days = (first..first + 366).find(|days| civil(*days) == (year, month, day)).filter(|_| known)?;
    Some(Timestamp(days * DAY))
}

/// The last second of such a day.
pub(crate) fn end_of_day(text: &str) -> Option<Timestamp> {
    day(text).map(|start| Timestamp(start.0 + DAY - 1))
}

/// The date of a day since 1970, in the calendar whose years begin with March: the leap day is then the last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_to_the_minute() {
        assert_eq!(utc(Timestamp(0)), "1970-01-01 00:00");
        assert_eq!(utc(Timestamp(951_782_399)), "2000-02-28 23:59");
        assert_eq!(utc(Timestamp(951_782_400)), "2000-02-29 00:00");
        assert_eq!(utc(Timestamp(1_795_657_200)), "2026-11-26 01:40");
        assert_eq!(utc(Timestamp(-60)), "1969-12-31 23:59");
    }

    #[test]
    fn a_day_is_read_as_it_is_written_and_nothing_else_is() {
        for text in ["1970-01-01", "2000-02-29", "2026-11-26", "2024-12-31", "2100-03-01", "9999-12-31"] {
            let read = day(text).unwrap();
            assert_eq!(utc(read), format!("{text} 00:00"));
            assert_eq!(utc(end_of_day(text).unwrap()), format!("{text} 23:59"));
        }
        for text in ["", "2026", "2026-13-01", "2023-02-29", "2026-1-1", "26-11-2026", "2026-11-26-01", "x-y-z"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
