//! The data directory: used by one process at a time, and deleted at the end if it is ephemeral.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::StartError;

/// Holds the lock of a directory in use.
const LOCK: &str = "lock";

/// A directory in memory. A database in a file can be opened twice, one in memory cannot.
const MEMORY: &str = "/dev/shm";

/// Where the data is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In this directory, created if it does not exist.
    Directory(PathBuf),
    /// In memory if the system has a directory for that, and removed at the end.
    Ephemeral,
}

/// A data directory that this process owns until this is dropped.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    database: PathBuf,
    is_new: bool,
    /// Locked while it is open; a killed process leaves no lock behind.
    _lock: File,
    _temporary: Option<TempDir>,
}

impl DataDirectory {
    /// Creates or opens the directory of an application and locks it. The application's name is part of the file names, and of the name
    /// of an ephemeral directory, so that those of a killed process can be found.
    pub fn open(storage: &Storage, application: &str) -> Result<Self, StartError> {
        match storage {
            Storage::Directory(path) => Self::lock(path.clone(), application, None),
            Storage::Ephemeral => {
                let parent = if Path::new(MEMORY).is_dir() { PathBuf::from(MEMORY) } else { std::env::temp_dir() };
                let prefix = format!("{application}-local-");
                remove_abandoned(&parent, &prefix);
                let temporary = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent)?;
                Self::lock(temporary.path().to_owned(), application, Some(temporary))
            }
        }
    }

    /// The directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        self.database.clone()
    }

    /// Whether the directory had no database when it was opened.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    fn lock(path: PathBuf, application: &str, temporary: Option<TempDir>) -> Result<Self, StartError> {
        let unusable = |cause| StartError::Directory { directory: path.clone(), cause };
        fs::create_dir_all(&path).map_err(unusable)?;
        let lock = lock_file(&path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StartError::DirectoryInUse(path)),
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        let database = path.join(format!("{application}.db"));
        Ok(Self { is_new: !database.exists(), path, database, _lock: lock, _temporary: temporary })
    }
}

fn lock_file(directory: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(directory.join(LOCK))
}

/// Removes directories that killed processes have left in memory. A directory whose lock can be taken has no owner.
fn remove_abandoned(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let has_prefix = entry.file_name().to_string_lossy().starts_with(prefix);
        // A directory without a lock file may be one that another process is just creating.
        if has_prefix
            && entry.path().join(LOCK).exists()
            && lock_file(&entry.path()).is_ok_and(|lock| lock.try_lock().is_ok())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Writes a file that only its owner can read: first a temporary file beside it, then a rename.
pub fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let temporary_path = file.with_extension("next");
    let mut open = std::fs::OpenOptions::new();
    let mut next = open.write(true).create(true).truncate(true).mode(0o600).open(&temporary_path)?;
    next.write_all(bytes)?;
    next.sync_all()?;
    std::fs::rename(&temporary_path, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_locked_by_one_process_at_a_time() {
        let temporary = tempfile::tempdir().unwrap();
        let storage = Storage::Directory(temporary.path().join("data"));
        let first = DataDirectory::open(&storage, "office").unwrap();
        assert!(first.is_new());
        assert!(matches!(DataDirectory::open(&storage, "office"), Err(StartError::DirectoryInUse(_))));
        fs::write(first.database(), b"").unwrap();
        drop(first);
        assert!(!DataDirectory::open(&storage, "office").unwrap().is_new());
    }

    #[test]
    fn an_ephemeral_directory_is_removed() {
        let data = DataDirectory::open(&Storage::Ephemeral, "office").unwrap();
        let path = data.path().to_owned();
        assert!(path.exists());
        drop(data);
        assert!(!path.exists());
    }
}
