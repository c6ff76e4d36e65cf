//! A Linux input event device: a key or a switch is activity while it is down, and any movement is activity for a moment (Linux, “Input
//! event codes”).

use std::path::Path;

use evdev::{Device, EventSummary, EventType, InputEvent};

use super::Listener;

/// The meaning of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Down,
    Up,
    Moment,
    Nothing,
}

/// Reads until the device is gone.
pub(super) fn read(path: &Path, listener: &Listener) -> Result<(), String> {
    let failed = |what: &str, error: std::io::Error| {
        format!("The device {} {what}: {error}. Is it there, and may this user read it (group input)?", path.display())
    };
    let mut device = Device::open(path).map_err(|error| failed("cannot be opened", error))?;
    loop {
        for event in device.fetch_events().map_err(|error| failed("cannot be read", error))? {
            let goes_on = match meaning(event) {
                Meaning::Down => listener.level(1.0),
                Meaning::Up => listener.level(0.0),
                Meaning::Moment => listener.moment(),
                Meaning::Nothing => true,
            };
            if !goes_on {
                return Ok(());
            }
        }
    }
}

fn meaning(event: InputEvent) -> Meaning {
    match event.destructure() {
        EventSummary::Key(_, _, 1) | EventSummary::Switch(_, _, 1) => Meaning::Down,
        EventSummary::Key(_, _, 0) | EventSummary::Switch(_, _, 0) => Meaning::Up,
        _ if matches!(event.event_type(), EventType::RELATIVE | EventType::ABSOLUTE | EventType::MISC) => {
            Meaning::Moment
        }
        _ => Meaning::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_held_and_movements_are_moments() {
        let of = |kind: EventType, code: u16, value: i32| meaning(InputEvent::new(kind.0, code, value));
        assert_eq!(of(EventType::KEY, 30, 1), Meaning::Down);
        assert_eq!(of(EventType::KEY, 30, 2), Meaning::Nothing, "a key that repeats is down already");
        assert_eq!(of(EventType::KEY, 30, 0), Meaning::Up);
        assert_eq!(of(EventType::SWITCH, 0, 1), Meaning::Down);
        assert_eq!(of(EventType::RELATIVE, 0, -3), Meaning::Moment);
        assert_eq!(of(EventType::SYNCHRONIZATION, 0, 0), Meaning::Nothing);
    }
}
