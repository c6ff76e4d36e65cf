//! What the journal is told: lines on standard error, with their weight before them where systemd reads it (sd-daemon(3)).
//! Never decides what is worth telling.

use std::sync::OnceLock;

fn is_journal() -> bool {
    static IS_JOURNAL: OnceLock<bool> = OnceLock::new();
    *IS_JOURNAL.get_or_init(|| std::env::var_os("JOURNAL_STREAM").is_some())
}

fn line(weight: u8, text: &str) {
    if is_journal() { eprintln!("<{weight}>{text}") } else { eprintln!("{text}") }
}

/// Something does not work, and somebody must do something.
pub(crate) fn error(text: &str) {
    line(3, text);
}

/// Something does not work now.
pub(crate) fn warn(text: &str) {
    line(4, text);
}

/// Something has happened.
pub(crate) fn info(text: &str) {
    line(6, text);
}
