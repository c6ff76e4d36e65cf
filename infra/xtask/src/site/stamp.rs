//! What `dist/` was built from and what it holds, so that an unchanged site is not built again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::DOCUMENTS;
use super::finish::files_of;
use crate::setup::Tools;
use crate::workspace::Workspace;

/// A finished site.
pub(crate) struct Built {
    /// The hash of all that it was built from.
    pub(super) inputs: String,
    pub(crate) files: Vec<Served>,
}

impl Built {
    /// Bytes over the wire until the first page is there, whichever page it is: those of the larger document.
    pub(crate) fn first_load(&self) -> u64 {
        DOCUMENTS.iter().map(|document| self.first_load_of(document.file)).max().unwrap_or_default()
    }

    /// Bytes over the wire until the first page of a document is there.
    pub(crate) fn first_load_of(&self, document: &str) -> u64 {
        let asks = |file: &&Served| file.first_load.iter().any(|one| one == document);
        self.files.iter().filter(asks).map(Served::over_the_wire).sum()
    }
}

/// One file of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// The size of its compressed twin, if it has one.
    pub(crate) compressed: Option<u64>,
    /// The documents whose first page asks for it.
    pub(crate) first_load: Vec<String>,
}

impl Served {
    /// What travels of it: the compressed twin where there is one.
    pub(crate) fn over_the_wire(&self) -> u64 {
        self.compressed.unwrap_or(self.bytes)
    }
}

/// The hash of everything that decides what the site becomes.
pub(super) fn inputs(workspace: &Workspace, tools: &Tools, flavour: &str) -> Result<String> {
    const FILES: [&str; 5] = [".cargo/config.toml", "Cargo.toml", "Cargo.lock", "Trunk.toml", "index.html"];
    const FOLDERS: [&str; 5] = ["src", "style", "public", "crates", "infra/xtask/src/site"];
    let mut files: Vec<PathBuf> = FILES.iter().map(|file| workspace.root().join(file)).collect();
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

/// The site in `dist`, if it was built from these inputs and is still whole.
pub(super) fn read(stamp: &Path, inputs: &str, dist: &Path) -> Option<Built> {
    let built = from_json(&fs::read_to_string(stamp).ok()?)?;
    let whole = built.files.iter().all(|file| {
        let size = |name: &str| fs::metadata(dist.join(name)).map(|metadata| metadata.len()).ok();
        // A deployment may edit its settings; all else must be as it was written.
        (file.name == "config.json" || size(&file.name) == Some(file.bytes))
            && file.compressed.is_none_or(|bytes| size(&format!("{}.br", file.name)) == Some(bytes))
    });
    (built.inputs == inputs && whole).then_some(built)
}

pub(super) fn write(stamp: &Path, built: &Built) -> Result<()> {
    fs::write(stamp, to_json(built)).with_context(|| format!("{} cannot be written", stamp.display()))
}

fn to_json(built: &Built) -> String {
    let files: Vec<Value> = built
        .files
        .iter()
        .map(|file| {
            json!({
                "name": file.name,
                "bytes": file.bytes,
                "compressed": file.compressed,
                "firstLoad": file.first_load,
            })
        })
        .collect();
    json!({"inputs": built.inputs, "files": files}).to_string()
}

fn from_json(text: &str) -> Option<Built> {
    let value: Value = serde_json::from_str(text).ok()?;
    let file = |file: &Value| {
        Some(Served {
            name: file["name"].as_str()?.to_owned(),
            bytes: file["bytes"].as_u64()?,
            compressed: file["compressed"].as_u64(),
            first_load: file["firstLoad"]
                .as_array()?
                .iter()
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
        })
    };
    Some(Built {
        inputs: value["inputs"].as_str()?.to_owned(),
        files: value["files"].as_array()?.iter().map(file).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built() -> Built {
        let file = |name: &str, bytes, compressed, first_load: bool| {
            let documents = if first_load { vec!["index.html".to_owned()] } else { Vec::new() };
            Served { name: name.to_owned(), bytes, compressed, first_load: documents }
        };
        Built {
            inputs: "abc".to_owned(),
            files: vec![
                file("site.wasm", 300_000, Some(90_000), true),
                file("config.json", 40, None, true),
                file("service-worker.js", 900, Some(300), false),
            ],
        }
    }

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        let read = from_json(&to_json(&built())).unwrap();
        assert_eq!(read.inputs, "abc");
        assert_eq!(read.files, built().files);
    }

    #[test]
    fn the_first_load_counts_what_travels() {
        assert_eq!(built().first_load(), 90_040);
    }

    #[test]
    fn a_torn_stamp_is_none() {
        assert!(from_json("{\"inputs\": \"abc\", \"files\": [{}]}").is_none());
        assert!(from_json("").is_none());
    }
}
