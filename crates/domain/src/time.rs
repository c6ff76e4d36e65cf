//! A moment, as it is stored and sent.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The last millisecond of the year 9999, beyond which RFC 3339 has no notation.
const LATEST: i64 = 253_402_300_799_999;

/// Milliseconds since 1970-01-01T00:00:00Z, from then to the end of the year 9999.
///
/// Travels as RFC 3339 in UTC with three decimals, as PingPongfy's `updatedAt` does: `2017-05-17T00:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `milliseconds` after the epoch; what lies outside the range becomes its nearest end.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(if milliseconds < 0 {
            0
        } else if milliseconds > LATEST {
            LATEST
        } else {
            milliseconds
        })
    }

    /// Milliseconds since the epoch.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, the unit of DynamoDB's time to live.
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000
    }

    /// The moment `duration` later.
    pub fn plus(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_milliseconds(self.0.saturating_add(milliseconds))
    }

    /// The moment `duration` earlier.
    pub fn minus(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_milliseconds(self.0.saturating_sub(milliseconds))
    }

    /// How long after `earlier` this is; nothing if it is not after.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_epoch = Duration::from_millis(u64::try_from(self.0).unwrap_or(0));
        humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since_epoch).fmt(formatter)
    }
}

#[cfg(feature = "openapi")]
crate::described!(Timestamp, crate::schema::date_time());

/// A text that is not a moment in RFC 3339 and UTC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a time like 2017-05-17T00:00:00.000Z")]
pub struct NotATime(String);

impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let moment = humantime::parse_rfc3339(text).map_err(|_| NotATime(text.to_owned()))?;
        let since_epoch = moment.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| NotATime(text.to_owned()))?;
        Ok(Self::default().plus(since_epoch))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn travels_as_pingpongfy_wrote_it() {
        let moment = Timestamp::from_milliseconds(1_494_979_200_000);
        assert_eq!(moment.to_string(), "2017-05-17T00:00:00.000Z");
        assert_eq!("2017-05-17T00:00:00.000Z".parse(), Ok(moment));
    }

    #[test]
    fn refuses_what_is_no_time() {
        assert!("yesterday".parse::<Timestamp>().is_err());
        assert!("1969-12-31T23:59:59Z".parse::<Timestamp>().is_err());
    }

    #[test]
    fn stays_within_what_can_be_written() {
        let latest = Timestamp::from_milliseconds(i64::MAX);
        assert_eq!(latest.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(latest.plus(Duration::MAX), latest);
        assert_eq!(Timestamp::default().minus(Duration::MAX).to_string(), "1970-01-01T00:00:00.000Z");
    }
}
