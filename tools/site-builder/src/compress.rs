//! Compresses files once, during the build, with Brotli's highest quality: so that no server spends time on it, and each serves the
//! smallest size.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;

use crate::parallel;

/// Highest quality: takes seconds.
pub(crate) const TIGHT: i32 = 11;

/// For debugging.
pub(crate) const QUICK: i32 = 2;

/// File types that compress well; pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 7] = ["html", "js", "css", "wasm", "svg", "json", "webmanifest"];

/// Edited after deployment: a compressed twin would keep the old content.
const SETTINGS: &str = "config.json";

/// The window size that every browser accepts.
const WINDOW: i32 = 22;

/// Writes `name.br` beside each file if it is smaller than the file, and returns the sizes in the same order.
pub(crate) fn compress_all(folder: &Path, names: &[String], quality: i32) -> Result<Vec<Option<u64>>> {
    parallel::map(names, |name| {
        if !is_compressible(name) {
            return Ok(None);
        }
        compress(&folder.join(name), quality).with_context(|| format!("{name} cannot be compressed"))
    })
}

fn is_compressible(name: &str) -> bool {
    let extension = name.rsplit('.').next().unwrap_or_default();
    COMPRESSIBLE.contains(&extension) && name != SETTINGS
}

fn compress(file: &Path, quality: i32) -> Result<Option<u64>> {
    let content = fs::read(file)?;
    let packed = brotli(&content, quality)?;
    if packed.len() >= content.len() {
        return Ok(None);
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    fs::write(PathBuf::from(name), &packed)?;
    Ok(Some(packed.len() as u64))
}

fn brotli(content: &[u8], quality: i32) -> Result<Vec<u8>> {
    let parameters =
        BrotliEncoderParams { quality, lgwin: WINDOW, size_hint: content.len(), ..BrotliEncoderParams::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_shrinks_and_keeps_what_is_packed() {
        let content = "a table is free, ".repeat(100);
        let packed = brotli(content.as_bytes(), TIGHT).unwrap();
        assert!(packed.len() < 100);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, content.as_bytes());
    }

    #[test]
    fn settings_are_never_compressed() {
        assert!(is_compressible("index.html"));
        assert!(is_compressible("manifest.webmanifest"));
        assert!(!is_compressible("config.json"));
        assert!(!is_compressible("icon.png"));
    }
}
