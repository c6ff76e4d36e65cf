//! The log: lines on standard error, with systemd's priority prefix (sd-daemon(3)). The callers decide what is logged.

use std::sync::OnceLock;

fn is_journal() -> bool {
    static IS_JOURNAL: OnceLock<bool> = OnceLock::new();
    *IS_JOURNAL.get_or_init(|| std::env::var_os("JOURNAL_STREAM").is_some())
}

fn line(priority: u8, text: &str) {
    if is_journal() { eprintln!("<{priority}>{text}") } else { eprintln!("{text}") }
}

/// An error that a person must fix.
pub(crate) fn error(text: &str) {
    line(3, text);
}

/// A temporary error.
pub(crate) fn warn(text: &str) {
    line(4, text);
}

/// An event.
pub(crate) fn info(text: &str) {
    line(6, text);
}
