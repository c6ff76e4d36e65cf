//! The order that a source states for the values of one key. A late or repeated message does not replace a newer value.

use std::fmt;
use std::str::FromStr;

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A position in the order of one source. Positions of different kinds cannot be compared; the later message then counts as newer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum SourceOrder {
    /// The source's own revision.
    Revision(u64),
    /// The time of the value by the source's clock.
    At(Timestamp),
    /// The sequencer of an S3 object: hexadecimal digits. To compare two, the shorter one is padded with zeros on its right ("Event message
    /// structure", Amazon S3).
    Sequencer(String),
}

/// Why a text is not a position in an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Not a revision.
    #[error("“rev” must be a whole number from 0 to 18446744073709551615; “{0}” is none.")]
    Revision(String),
    /// Not a time.
    #[error("“at” must be a time in UTC like 2026-11-20T12:00:00.000Z, or milliseconds since 1970; “{0}” is none.")]
    At(String),
    /// Not a sequencer.
    #[error("A sequencer must be 1 to 64 hexadecimal digits; “{0}” is none.")]
    Sequencer(String),
    /// Not written in a known form.
    #[error("“{0}” is no place in an order.")]
    Unknown(String),
}

/// The longest sequencer that is accepted; today one has 16 to 18 digits.
const SEQUENCER_LIMIT: usize = 64;

/// The end of the year 9999 in milliseconds since the epoch: the last time in RFC 3339.
const MAX_MILLISECONDS: i64 = 253_402_300_799_999;

impl SourceOrder {
    /// A source's own revision, in decimal digits.
    ///
    /// # Errors
    /// It is not a revision.
    pub fn revision(text: &str) -> Result<Self, OrderError> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_number);
        number.map(Self::Revision).ok_or_else(|| OrderError::Revision(text.to_owned()))
    }

    /// A time: RFC 3339 in UTC, or milliseconds since the epoch.
    ///
    /// # Errors
    /// It is not a time.
    pub fn at(text: &str) -> Result<Self, OrderError> {
        let refuse = || OrderError::At(text.to_owned());
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = text.parse().ok().filter(|number| *number <= MAX_MILLISECONDS);
            return number.map(|number| Self::At(Timestamp::from_milliseconds(number))).ok_or_else(refuse);
        }
        text.parse().map(Self::At).map_err(|_| refuse())
    }

    /// A sequencer of S3.
    ///
    /// # Errors
    /// It is not a sequencer.
    pub fn sequencer(text: &str) -> Result<Self, OrderError> {
        let is_sequencer =
            (1..=SEQUENCER_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_sequencer {
            true => Ok(Self::Sequencer(text.to_ascii_uppercase())),
            false => Err(OrderError::Sequencer(text.to_owned())),
        }
    }

    /// Whether it replaces the position `known`. The same revision or sequencer is the same message again. The same time may be another
    /// message, so the later one counts as newer.
    pub fn replaces(&self, known: &Self) -> bool {
        match (self, known) {
            (Self::Revision(new), Self::Revision(known)) => new > known,
            (Self::At(new), Self::At(known)) => new >= known,
            (Self::Sequencer(new), Self::Sequencer(known)) => {
                let length = new.len().max(known.len());
                format!("{new:0<length$}") > format!("{known:0<length$}")
            }
            _ => true,
        }
    }
}

impl fmt::Display for SourceOrder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(number) => write!(formatter, "rev {number}"),
            Self::At(time) => write!(formatter, "at {time}"),
            Self::Sequencer(digits) => write!(formatter, "sequencer {digits}"),
        }
    }
}

impl From<SourceOrder> for String {
    fn from(order: SourceOrder) -> Self {
        order.to_string()
    }
}

impl FromStr for SourceOrder {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, OrderError> {
        match text.split_once(' ') {
            Some(("rev", number)) => Self::revision(number),
            Some(("at", time)) => Self::at(time),
            Some(("sequencer", digits)) => Self::sequencer(digits),
            _ => Err(OrderError::Unknown(text.to_owned())),
        }
    }
}

impl TryFrom<String> for SourceOrder {
    type Error = OrderError;

    fn try_from(text: String) -> Result<Self, OrderError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> SourceOrder {
        text.parse().unwrap()
    }

    #[test]
    fn a_later_position_replaces_an_earlier_one_and_a_repeated_one_does_not() {
        for (earlier, later) in [
            ("rev 9", "rev 10"),
            ("at 2026-11-20T12:00:00.000Z", "at 2026-11-20T12:00:00.001Z"),
            // The longer one is not the greater one.
            ("sequencer 0055AED6DCD90281E5", "sequencer 0055AED6DCD9028200"),
            ("sequencer 0055AED6DCD90281E5", "sequencer 0055aed6dcd902820"),
            ("sequencer 1", "sequencer 10001"),
        ] {
            assert!(order(later).replaces(&order(earlier)), "{later} after {earlier}");
            assert!(!order(earlier).replaces(&order(later)), "{earlier} before {later}");
        }
        assert!(!order("rev 7").replaces(&order("rev 7")) && !order("sequencer 1").replaces(&order("sequencer 100")));
        let now = order("at 2026-11-20T12:00:00.000Z");
        assert!(now.replaces(&now) && now.replaces(&order("rev 7")) && order("rev 7").replaces(&now));
    }

    #[test]
    fn a_position_is_parsed_as_it_was_written() {
        for text in ["rev 18446744073709551615", "at 2026-11-20T12:00:00.250Z", "sequencer 0C0F6F405D6ED209E1"] {
            assert_eq!(order(text).to_string(), text);
        }
        assert_eq!(SourceOrder::at("1795176000000"), SourceOrder::at("2026-11-20T12:00:00Z"));
    }

    #[test]
    fn an_invalid_position_is_rejected_with_its_value() {
        for odd in ["", "-1", "+1", "1.5", "18446744073709551616", "one"] {
            let error = SourceOrder::revision(odd).unwrap_err().to_string();
            assert!(error.contains(&format!("“{odd}”")), "{error}");
        }
        for odd in ["", "yesterday", "2026-13-01T00:00:00Z", "99999999999999999999"] {
            assert!(SourceOrder::at(odd).is_err(), "{odd}");
        }
        for odd in ["", "XYZ", &"0".repeat(65)] {
            assert!(SourceOrder::sequencer(odd).is_err(), "{odd}");
        }
        assert!("later".parse::<SourceOrder>().is_err());
    }
}
