//! The inputs and the content of `dist/`, so that an unchanged site is not built again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::sizes::Built;
use crate::setup::Tools;
use crate::workspace::Workspace;

/// Edited after the build: it may differ from the built file.
const SETTINGS: &str = "config.json";

/// The hash of all inputs of the site.
pub(super) fn of_inputs(workspace: &Workspace, tools: &Tools, flavour: &str) -> Result<String> {
    const FILES: [&str; 4] = [".cargo/config.toml", "Cargo.toml", "Cargo.lock", "index.html"];
    const FOLDERS: [&str; 6] = ["src", "style", "public", "crates", "tools/site-builder", "tools/xtask/src/site"];
    let mut files: Vec<PathBuf> = FILES.iter().map(|file| workspace.root().join(file)).collect();
    files.push(workspace.root().join("tools/xtask/src/site.rs"));
    for folder in FOLDERS {
        let folder = workspace.root().join(folder);
        if folder.is_dir() {
            files.extend(files_of(&folder)?);
        }
    }
    let mut hash = Sha256::new();
    hash.update(flavour);
    hash.update(tools.fingerprint());
    hash.update(std::env::var("RUSTFLAGS").unwrap_or_default());
    for file in files {
        let content = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let name = file.to_string_lossy();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(&content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The site in `dist`, if it was built from these inputs and is unchanged.
pub(super) fn read(file: &Path, inputs: &str, dist: &Path) -> Option<Built> {
    let written: Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    let built = Built::from_report(written["report"].as_str()?)?;
    let size = |name: &str| fs::metadata(dist.join(name)).map(|metadata| metadata.len()).ok();
    let is_whole = built.files.iter().all(|file| {
        (file.name == SETTINGS || size(&file.name) == Some(file.bytes))
            && file.compressed.is_none_or(|bytes| size(&format!("{}.br", file.name)) == Some(bytes))
    });
    (written["inputs"] == inputs && is_whole).then_some(built)
}

/// Records that `dist` was built from these inputs, and its content.
pub(super) fn write(file: &Path, inputs: &str, report: &str) -> Result<()> {
    fs::write(file, json!({"inputs": inputs, "report": report}).to_string())
        .with_context(|| format!("{} cannot be written", file.display()))
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

    /// A folder in the system's place for temporary files, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("rally-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("dist")).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const REPORT: &str = r#"{"files": [{"name": "a.js", "bytes": 5, "compressed": null}], "pages": []}"#;

    #[test]
    fn a_whole_site_from_the_same_inputs_is_not_built_again() {
        let folder = Folder::new("whole");
        let (file, dist) = (folder.0.join("fingerprint.json"), folder.0.join("dist"));
        fs::write(dist.join("a.js"), "go();").unwrap();
        write(&file, "abc", REPORT).unwrap();
        assert_eq!(read(&file, "abc", &dist), Built::from_report(REPORT));
        assert_eq!(read(&file, "abd", &dist), None);
    }

    #[test]
    fn a_site_with_a_changed_file_is_built_again() {
        let folder = Folder::new("changed");
        let (file, dist) = (folder.0.join("fingerprint.json"), folder.0.join("dist"));
        write(&file, "abc", REPORT).unwrap();
        assert_eq!(read(&file, "abc", &dist), None);
        fs::write(dist.join("a.js"), "go elsewhere();").unwrap();
        assert_eq!(read(&file, "abc", &dist), None);
        fs::write(&file, "{\"inputs\": \"abc\"").unwrap();
        assert_eq!(read(&file, "abc", &dist), None);
    }
}
