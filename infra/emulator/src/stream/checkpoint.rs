//! The position of the event source mapping, stored in a file. Never ahead of the delivered records.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::SequenceNumber;

/// The file of one mapping's checkpoint.
#[derive(Debug, Clone)]
pub struct CheckpointFile(PathBuf);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    sequence_number: String,
}

impl CheckpointFile {
    /// The checkpoint in this directory.
    pub fn in_directory(directory: &Path) -> Self {
        Self(directory.join("checkpoint.json"))
    }

    /// The position up to which all records are done. `None` at the first start, and if the file cannot be read: then the whole stream
    /// is delivered again, which is safe because delivery is at least once.
    pub fn read(&self) -> Option<SequenceNumber> {
        let text = match std::fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, "the checkpoint cannot be read; the stream starts over");
                return None;
            }
        };
        let content: Option<Content> = serde_json::from_slice(&text).ok();
        let position = content.and_then(|content| content.sequence_number.parse().ok());
        if position.is_none() {
            tracing::warn!("the checkpoint is damaged; the stream starts over");
        }
        position
    }

    /// Replaces the checkpoint in one step: a crash leaves the old one or the new one.
    pub fn write(&self, position: SequenceNumber) -> io::Result<()> {
        let content = Content { sequence_number: position.to_string() };
        let temporary = self.0.with_extension("json.new");
        std::fs::write(&temporary, serde_json::to_vec(&content)?)?;
        std::fs::rename(&temporary, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_as_written_and_a_damaged_one_starts_over() {
        let directory = tempfile::tempdir().unwrap();
        let file = CheckpointFile::in_directory(directory.path());
        assert_eq!(file.read(), None);
        file.write(100_000_000_000_000_000_005.into()).unwrap();
        assert_eq!(file.read(), Some(100_000_000_000_000_000_005.into()));
        std::fs::write(directory.path().join("checkpoint.json"), b"{").unwrap();
        assert_eq!(file.read(), None);
    }
}
