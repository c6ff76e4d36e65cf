//! `trunk`, `wasm-bindgen` and `wasm-opt` on the PATH of any shell: links in Cargo's bin folder, beside cargo itself. Other programs
//! there are left unchanged.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::has_version;
use super::tools::{BINARYEN, Tools};

/// A program, its version, and its path in the cache.
pub(super) struct Link {
    name: &'static str,
    version: String,
    target: PathBuf,
}

/// The programs that a shell does not find in this checkout's version.
pub(super) fn missing(tools: &Tools) -> Vec<Link> {
    let all = [
        ("trunk", tools.trunk_version(), tools.trunk_folder().join("bin/trunk")),
        ("wasm-bindgen", tools.wasm_bindgen_version(), tools.wasm_bindgen_folder().join("bin/wasm-bindgen")),
        ("wasm-opt", BINARYEN, tools.wasm_opt()),
    ];
    all.into_iter()
        .filter(|(name, version, _)| !has_version(name, version))
        .map(|(name, version, target)| Link { name, version: version.to_owned(), target })
        .collect()
}

/// Creates the missing links. A link of an earlier set-up is replaced.
pub(super) fn link_missing(tools: &Tools) -> Result<()> {
    let folder = bin_folder()?;
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for Link { name, version, target } in missing(tools) {
        let link = folder.join(name);
        match fs::symlink_metadata(&link) {
            Ok(metadata) if !metadata.is_symlink() => {
                bail!("{} is another version than {version}: run `cargo uninstall`, or remove it", link.display())
            }
            Ok(_) => fs::remove_file(&link).with_context(|| format!("{} cannot be replaced", link.display()))?,
            Err(_) => {}
        }
        symlink(&target, &link).with_context(|| format!("{} cannot be linked", link.display()))?;
    }
    Ok(())
}

/// `$CARGO_HOME/bin`.
fn bin_folder() -> Result<PathBuf> {
    let home = match env::var_os("CARGO_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir().context("There is no home folder: set CARGO_HOME")?.join(".cargo"),
    };
    Ok(home.join("bin"))
}
