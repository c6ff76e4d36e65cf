//! A Linux input event device: a key or a switch is activity while it is down, and any movement is a short activity (Linux, “Input
//! event codes”).

use std::path::Path;

use evdev::{Device, EventSummary, EventType, InputEvent};

use super::Listener;

/// The activity that an event reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    Down,
    Up,
    Pulse,
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
            let is_received = match activity_of(event) {
                Activity::Down => listener.level(1.0),
                Activity::Up => listener.level(0.0),
                Activity::Pulse => listener.pulse(),
                Activity::Nothing => true,
            };
            if !is_received {
                return Ok(());
            }
        }
    }
}

fn activity_of(event: InputEvent) -> Activity {
    match event.destructure() {
        EventSummary::Key(_, _, 1) | EventSummary::Switch(_, _, 1) => Activity::Down,
        EventSummary::Key(_, _, 0) | EventSummary::Switch(_, _, 0) => Activity::Up,
        _ if matches!(event.event_type(), EventType::RELATIVE | EventType::ABSOLUTE | EventType::MISC) => {
            Activity::Pulse
        }
        _ => Activity::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_held_and_movements_are_pulses() {
        let of = |kind: EventType, code: u16, value: i32| activity_of(InputEvent::new(kind.0, code, value));
        assert_eq!(of(EventType::KEY, 30, 1), Activity::Down);
        assert_eq!(of(EventType::KEY, 30, 2), Activity::Nothing, "a key that repeats is down already");
        assert_eq!(of(EventType::KEY, 30, 0), Activity::Up);
        assert_eq!(of(EventType::SWITCH, 0, 1), Activity::Down);
        assert_eq!(of(EventType::RELATIVE, 0, -3), Activity::Pulse);
        assert_eq!(of(EventType::SYNCHRONIZATION, 0, 0), Activity::Nothing);
    }
}
