//! The dead-letter store: records that are no longer retried, one JSON line each. Never deletes one.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::json;

use super::policy::{Condition, DeadLetter};

/// The file of dead letters.
#[derive(Debug, Clone)]
pub struct DeadLetterFile(PathBuf);

impl DeadLetterFile {
    /// The store in this directory.
    pub fn in_directory(directory: &Path) -> Self {
        Self(directory.join("dead-letters.ndjson"))
    }

    /// The file's path, for the log.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Appends one record with its whole event, and syncs it to the disk before it returns.
    pub fn append(&self, letter: &DeadLetter, now: SystemTime) -> io::Result<()> {
        let condition = match letter.condition {
            Condition::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Condition::RecordAgeExceeded => "RecordAgeExceeded",
        };
        let mut line = json!({
            "time": humantime::format_rfc3339_millis(now).to_string(),
            "condition": condition,
            "attempts": letter.attempts,
            "error": letter.error,
            "record": letter.record.event,
        })
        .to_string();
        line.push('\n');
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0)?;
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}
