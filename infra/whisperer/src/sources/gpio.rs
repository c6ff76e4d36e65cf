//! A line of a GPIO chip, as a motion sensor or a light barrier drives it: high is activity, or low if it is active-low (Linux, “GPIO
//! character device userspace API”).

use std::path::Path;

use gpiocdev::Request;
use gpiocdev::line::{EdgeDetection, EdgeKind, Value};

use super::Listener;

/// Reads until the chip is gone.
pub(super) fn read(chip: &Path, line: u32, active_low: bool, listener: &Listener) -> Result<(), String> {
    let failed = |what: &str, error: gpiocdev::Error| {
        format!(
            "Line {line} of {} {what}: {error}. Is it there, and may this user read it (group gpio)?",
            chip.display()
        )
    };
    let mut builder = Request::builder();
    builder
        .on_chip(chip)
        .with_consumer("rally-whisperer")
        .with_line(line)
        .with_edge_detection(EdgeDetection::BothEdges);
    if active_low {
        builder.as_active_low();
    }
    let request = builder.request().map_err(|error| failed("cannot be requested", error))?;
    let now = request.value(line).map_err(|error| failed("cannot be read", error))?;
    if !listener.level(if now == Value::Active { 1.0 } else { 0.0 }) {
        return Ok(());
    }
    loop {
        let edge = request.read_edge_event().map_err(|error| failed("cannot be read", error))?;
        if !listener.level(if edge.kind == EdgeKind::Rising { 1.0 } else { 0.0 }) {
            return Ok(());
        }
    }
}
