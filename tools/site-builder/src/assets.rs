//! The served folder. A file with a content hash in its name never changes and is in `assets/`; all others keep their names from the
//! checkout.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// Bytes of a hash in a name: sixteen hexadecimal digits.
const HASH_BYTES: usize = 8;

/// The served folder.
pub(crate) struct Assets {
    folder: PathBuf,
}

impl Assets {
    /// The site in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// The folder's path.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds a file under a name with its content hash; returns its served path, which begins with `/`.
    pub(crate) fn add(&mut self, stem: &str, extension: &str, content: &[u8]) -> Result<String> {
        let name = format!("assets/{stem}-{}.{extension}", content_hash(content));
        self.write(&name, content)?;
        Ok(format!("/{name}"))
    }

    /// Writes a file under a path without a leading slash.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        fs::write(&path, content).with_context(|| format!("{name} cannot be written"))
    }

    /// Copies a folder's content.
    pub(crate) fn copy(&self, from: &Path) -> Result<()> {
        for file in files_of(from)? {
            let name = file.strip_prefix(from).unwrap_or(&file).to_string_lossy().into_owned();
            let content = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            self.write(&name, &content)?;
        }
        Ok(())
    }

    /// Reads a text file and removes it.
    pub(crate) fn take(&self, name: &str) -> Result<String> {
        let path = self.folder.join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("{name} is not among the files of the site"))?;
        fs::remove_file(&path).with_context(|| format!("{name} cannot be removed"))?;
        Ok(text)
    }

    /// Every file below the folder: its path without a leading slash, sorted by name.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let name = |file: PathBuf| file.strip_prefix(&self.folder).unwrap_or(&file).to_string_lossy().into_owned();
        Ok(files_of(&self.folder)?.into_iter().map(name).collect())
    }

    /// The hash of every file with its name.
    pub(crate) fn fingerprint(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for name in self.names()? {
            let content = fs::read(self.folder.join(&name)).with_context(|| format!("{name} cannot be read"))?;
            hash.update(format!("{name}\0{}\0", content_hash(&content)));
        }
        Ok(hex(&hash.finalize()[..HASH_BYTES]))
    }
}

/// The sixteen hexadecimal digits of a content hash.
pub(crate) fn content_hash(content: &[u8]) -> String {
    hex(&Sha256::digest(content)[..HASH_BYTES])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Creates an empty folder.
pub(crate) fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))
}

/// Every file below a folder, sorted by name.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let files = entries.filter(|entry| entry.as_ref().map_or(true, |entry| !entry.file_type().is_dir()));
    let files =
        files.map(|entry| Ok(entry.with_context(|| format!("{} cannot be read", folder.display()))?.into_path()));
    files.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let mut assets = Assets::new(folder.path());
        let first = assets.add("chunk-7", "wasm", b"one").unwrap();
        let hash = first.strip_prefix("/assets/chunk-7-").unwrap().strip_suffix(".wasm").unwrap();
        assert!(hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{first}");
        assert_ne!(assets.add("chunk-7", "wasm", b"two").unwrap(), first);
        assert_eq!(assets.names().unwrap().len(), 2);
    }

    #[test]
    fn the_fingerprint_changes_with_any_file() {
        let folder = tempfile::tempdir().unwrap();
        let assets = Assets::new(folder.path());
        assets.write("icon.svg", b"a circle").unwrap();
        let before = assets.fingerprint().unwrap();
        assert_eq!(assets.fingerprint().unwrap(), before);
        assets.write("icon.svg", b"a square").unwrap();
        assert_ne!(assets.fingerprint().unwrap(), before);
    }

    #[test]
    fn a_file_is_taken_out_of_the_site() {
        let folder = tempfile::tempdir().unwrap();
        let assets = Assets::new(folder.path());
        assets.write("theme.js", b"go()").unwrap();
        assert_eq!(assets.take("theme.js").unwrap(), "go()");
        assert!(assets.take("theme.js").unwrap_err().to_string().contains("theme.js"));
    }
}
