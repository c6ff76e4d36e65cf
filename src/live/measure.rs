//! Reports the latency from a write to the screen, for a sample of the changes. The report does not identify the user.

use domain::time::Timestamp;
use protocol::endpoints::{LONGEST_MEASUREMENT, MEASURED_ONE_IN, MEASUREMENTS};
use serde_json::Value;

use crate::platform::{clock, page};

/// Whether to measure this change. On a hidden page nothing is painted.
pub(super) fn is_due() -> bool {
    clock::random_fraction() * MEASURED_ONE_IN < 1.0 && page::is_visible()
}

/// When the first change of a message was written, if the message has one that says so.
pub(super) fn written_at(message: &str) -> Option<Timestamp> {
    let message: Value = serde_json::from_str(message).ok()?;
    message["changes"][0]["state"]["updatedAt"].as_str()?.parse().ok()
}

/// Reports it once it is painted. `server_now` is the server's clock as the page knows it, which is late by the time that its first
/// message took: that time is not in the measurement.
pub(super) fn report(written: Timestamp, server_now: impl Fn() -> Timestamp + 'static) {
    page::after_render(move || {
        let took = server_now().since(written).as_millis();
        if took <= u128::from(LONGEST_MEASUREMENT) {
            page::send_beacon(MEASUREMENTS, &format!("{{\"writeToScreen\":{took}}}"));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_when_it_was_written() {
        let written =
            written_at(r#"{"type":"changes","changes":[{"state":{"updatedAt":"2026-11-20T12:00:00.000Z"}}]}"#);
        assert_eq!(written.unwrap().to_string(), "2026-11-20T12:00:00.000Z");
        for other in ["", "{}", r#"{"type":"pong"}"#, r#"{"type":"changes","changes":[{"state":null}]}"#] {
            assert_eq!(written_at(other), None, "{other}");
        }
    }

    #[test]
    fn only_the_first_change_of_a_message_is_measured() {
        let state = |time: &str| serde_json::json!({"state": {"updatedAt": time}});
        let message =
            serde_json::json!({"changes": [state("2026-11-20T12:00:00.000Z"), state("2026-11-20T12:00:05.000Z")]});
        assert_eq!(written_at(&message.to_string()), "2026-11-20T12:00:00.000Z".parse().ok());
        let unreadable = serde_json::json!({"changes": [state("yesterday"), state("2026-11-20T12:00:05.000Z")]});
        assert_eq!(written_at(&unreadable.to_string()), None);
    }
}
