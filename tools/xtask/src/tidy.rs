//! Tidy: the repository's own rules as a test. It checks what fmt and Clippy cannot know of this repository, each rule with its reason.

mod circles;
mod dependencies;
mod documents;
mod layout;
mod rules;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// A violation that a person should fix.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from 1; 0 for the whole file.
    line: usize,
    says: String,
}

impl Finding {
    fn of_file(path: &str, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: 0, says: says.into() }
    }
}

/// Checks every source file and the dependencies between the crates.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut findings = Vec::new();
    let files = source_files(workspace.root())?;
    let mut sources = Vec::new();
    for path in files.iter().filter(|path| path.ends_with(".rs")) {
        let source = workspace.read(path)?;
        findings.extend(rules::check(path, &source));
        sources.push((path.clone(), source));
    }
    findings.extend(documents::check(&workspace.read(documents::SECURITY)?, &sources));
    findings.extend(circles::check(&sources)?);
    findings.extend(layout::check(&files));
    findings.extend(layout::check_pins(&workspace.read("Cargo.toml")?, &workspace.read("Cargo.lock")?));
    findings.extend(dependencies::check(workspace)?);

    for finding in &findings {
        match finding.line {
            0 => eprintln!("{}: {}", finding.path, finding.says),
            line => eprintln!("{}:{line}: {}", finding.path, finding.says),
        }
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("Tidy found one thing to mend"),
        count => bail!("Tidy found {count} things to mend"),
    }
}

/// Paths below the root, with `/` between their segments, of files that people write; built and hidden files are left out.
fn source_files(root: &Path) -> Result<Vec<String>> {
    const NOT_OURS: [&str; 4] = ["target", "dist", "node_modules", "test-results"];
    let mut paths = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(root) {
                paths.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    paths.sort();
    Ok(paths)
}
