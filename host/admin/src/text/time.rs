//! Times for people: RFC 3339, always UTC.

use hwlicense::time::UnixSeconds;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Length of a date such as 2027-01-31.
const DATE_BYTES: usize = 10;

/// Reads an RFC 3339 time, or a date, which means its first second in UTC.
///
/// # Errors
/// How a time is written.
pub fn parse_time(text: &str) -> Result<UnixSeconds, String> {
    let timestamp = text.parse::<Timestamp>().ok().or_else(|| {
        // The parser would take a local time for a date, and silently drop its hours.
        let date: Date = text.parse().ok().filter(|_| text.len() == DATE_BYTES)?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    });
    let seconds = timestamp.and_then(|timestamp| u64::try_from(timestamp.as_second()).ok());
    seconds.map(UnixSeconds).ok_or_else(|| "write a time as 2027-01-31T12:00:00Z, or a date as 2027-01-31".to_owned())
}

/// The time in RFC 3339.
#[must_use]
pub fn show_time(time: UnixSeconds) -> String {
    let timestamp = i64::try_from(time.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    // Beyond the year 9999 there is no such text.
    timestamp.map_or_else(|| format!("{} seconds after 1970", time.0), |timestamp| timestamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_both_ways() {
        for text in ["2027-01-31T12:00:00Z", "2027-01-31T14:00:00+02:00"] {
            assert_eq!(parse_time(text).map(show_time).as_deref(), Ok("2027-01-31T12:00:00Z"), "{text}");
        }
        assert_eq!(parse_time("2027-01-31").map(show_time).as_deref(), Ok("2027-01-31T00:00:00Z"));
        for text in ["", "31.1.2027", "2027-02-30", "1969-12-31T23:59:59Z", "2027-01-31T12:00:00"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
        assert_eq!(show_time(UnixSeconds(u64::MAX)), format!("{} seconds after 1970", u64::MAX));
    }
}
