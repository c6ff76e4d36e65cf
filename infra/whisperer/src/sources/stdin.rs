//! Lines of standard input: a level from 0 to 1, or a word. For sensors that have a program of their own.

use std::io::BufRead;

use super::Listener;
use crate::log;

/// A longer line is ignored.
const LINE_LIMIT: usize = 100;

/// Reads until the input ends.
pub(super) fn read(listener: &Listener) -> Result<(), String> {
    let mut warned = false;
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.map_err(|error| format!("Standard input cannot be read: {error}."))?;
        let text = String::from_utf8_lossy(line.get(..LINE_LIMIT.min(line.len())).unwrap_or_default());
        match level(text.trim()) {
            Some(level) => {
                if !listener.level(level) {
                    return Ok(());
                }
            }
            None if text.trim().is_empty() || warned => {}
            None => {
                warned = true;
                log::warn(&format!(
                    "“{}” is neither a level from 0 to 1 nor busy or free; further such lines are ignored.",
                    text.trim().escape_debug()
                ));
            }
        }
    }
    Ok(())
}

fn level(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "busy" | "true" => Some(1.0),
        "free" | "false" => Some(0.0),
        other => other.parse().ok().filter(|level| (0.0..=1.0).contains(level)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_level_or_a_word() {
        for (text, expected) in [("0.25", Some(0.25)), ("1", Some(1.0)), ("BUSY", Some(1.0)), ("free", Some(0.0))] {
            assert_eq!(level(text), expected, "{text}");
        }
        for invalid in ["", "x", "-0.1", "1.1", "NaN", "inf"] {
            assert_eq!(level(invalid), None, "{invalid}");
        }
    }
}
