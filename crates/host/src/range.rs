//! Values that are given as one number or as a range from which one is drawn for each new instance.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// One value, or a half-open range `low..high` of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range<T> {
    /// Always this value.
    Value(T),
    /// A value of at least the first and less than the second.
    Between(T, T),
}

impl Range<usize> {
    /// The value, or one drawn from the range.
    #[must_use]
    pub fn sample(self) -> usize {
        match self {
            Self::Value(value) => value,
            Self::Between(low, high) => {
                let width = high.saturating_sub(low).max(1) as u64;
                low + usize::try_from(random() % width).unwrap_or(0)
            }
        }
    }
}

impl Range<Duration> {
    /// The value, or one drawn from the range, in steps of a nanosecond.
    #[must_use]
    pub fn sample(self) -> Duration {
        match self {
            Self::Value(value) => value,
            Self::Between(low, high) => {
                let width = u64::try_from(high.saturating_sub(low).as_nanos()).unwrap_or(u64::MAX);
                low + Duration::from_nanos(random() % width.max(1))
            }
        }
    }
}

/// An unpredictable number. It only spreads the ends of instances in time, so the hasher's seed is good enough.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Parses `8` or `1..8`.
///
/// # Errors
///
/// A text for the user, for anything that is no number and for a range that holds no value.
pub fn parse_count(text: &str) -> Result<Range<usize>, String> {
    parse(text, |number| number.parse().map_err(|error| format!("{number:?}: {error}")))
}

/// Parses `1`, `1s`, `500ms` or `1..8s`: a number without a unit counts seconds.
///
/// # Errors
///
/// A text for the user, for anything that is no duration and for a range that holds no value.
pub fn parse_duration(text: &str) -> Result<Range<Duration>, String> {
    parse(text, parse_single_duration)
}

/// Parses one duration in `s` (or no unit), `ms`, `us`, `μs` or `ns`.
///
/// # Errors
///
/// A text for the user.
pub fn parse_single_duration(text: &str) -> Result<Duration, String> {
    type Unit = fn(u64) -> Duration;
    const UNITS: [(&str, Unit); 5] = [
        ("ms", Duration::from_millis),
        ("us", Duration::from_micros),
        ("μs", Duration::from_micros),
        ("ns", Duration::from_nanos),
        ("s", Duration::from_secs),
    ];
    let (number, unit) = UNITS
        .iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit)))
        .unwrap_or((text, Duration::from_secs));
    match number.parse() {
        Ok(number) => Ok(unit(number)),
        Err(error) => Err(format!("{text:?} is no duration such as 5s or 500ms: {error}")),
    }
}

fn parse<T: PartialOrd>(text: &str, one: impl Fn(&str) -> Result<T, String>) -> Result<Range<T>, String> {
    let Some((low, high)) = text.split_once("..") else {
        return one(text).map(Range::Value);
    };
    let (low, high) = (one(low)?, one(high)?);
    if low < high { Ok(Range::Between(low, high)) } else { Err(format!("the range {text} is empty")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_number_or_a_range() {
        assert_eq!(parse_count("8"), Ok(Range::Value(8)));
        assert_eq!(parse_count("1..8"), Ok(Range::Between(1, 8)));
        assert!(parse_count("many").is_err());
        assert!(parse_count("1..").is_err());
    }

    #[test]
    fn an_empty_range_is_refused() {
        assert!(parse_count("8..8").is_err());
        assert!(parse_duration("2s..1s").is_err());
    }

    #[test]
    fn a_duration_counts_seconds_unless_it_has_a_unit() {
        assert_eq!(parse_single_duration("3"), Ok(Duration::from_secs(3)));
        assert_eq!(parse_single_duration("3s"), Ok(Duration::from_secs(3)));
        assert_eq!(parse_single_duration("3ms"), Ok(Duration::from_millis(3)));
        assert_eq!(parse_single_duration("3us"), Ok(Duration::from_micros(3)));
        assert_eq!(parse_single_duration("3μs"), Ok(Duration::from_micros(3)));
        assert_eq!(parse_single_duration("3ns"), Ok(Duration::from_nanos(3)));
        assert!(parse_single_duration("3h").is_err());
    }

    #[test]
    fn a_sample_lies_in_its_range() {
        for _ in 0..100 {
            assert!((3..5).contains(&Range::Between(3, 5).sample()));
        }
        assert_eq!(Range::Value(7).sample(), 7);
        let (low, high) = (Duration::from_secs(1), Duration::from_secs(2));
        assert!((low..high).contains(&Range::Between(low, high).sample()));
    }
}
