//! Scripts, made small with esbuild: the glue becomes one file with the loader and all else that it imports, and what
//! nobody calls is left out. A slow line feels each byte and each request.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::chunk_table::ChunkTable;
use crate::modules::{GLUE, LOADER};

/// What browsers that run the site's WebAssembly understand.
const LANGUAGE: &str = "--target=es2022";

/// Starts the site.
const BOOT: &str = include_str!("boot.js");

/// esbuild.
pub(crate) struct Bundler<'a> {
    /// Where it is.
    pub(crate) program: &'a Path,
}

impl Bundler<'_> {
    /// The glue in `folder` with all that it imports. Chunks get their new addresses, by the stem that the loader knows.
    pub(crate) fn bundle_glue(&self, folder: &Path, chunks: &BTreeMap<String, String>) -> Result<String> {
        let loader = folder.join(LOADER);
        if loader.is_file() {
            let text = fs::read_to_string(&loader).context("The loader of chunks cannot be read")?;
            fs::write(&loader, with_addresses(&text, chunks)?).context("The loader of chunks cannot be written")?;
        }
        // The page calls this one function; all else that the glue exports is for the loader.
        let entry = format!("export {{ default }} from \"./{GLUE}\";");
        self.run(&["--bundle", "--format=esm"], &entry, folder)
    }

    /// The script that starts the site from this glue and this main module.
    pub(crate) fn boot(&self, glue: &str, main: &str, table: &ChunkTable) -> Result<String> {
        let pages: Vec<_> = table.pages.iter().map(|page| json!([page.pattern, page.chunks])).collect();
        let constants = format!("const GLUE = {}, MAIN = {}, PAGES = {};\n", json!(glue), json!(main), json!(pages));
        self.run(&["--format=esm"], &format!("{constants}{BOOT}"), Path::new("."))
    }

    /// The same script or style sheet in fewer bytes.
    pub(crate) fn minify(&self, text: &str, language: &str) -> Result<String> {
        self.run(&[&format!("--loader={language}")], text, Path::new("."))
    }

    /// Gives it a text whose imports lie in a folder, and returns what it writes.
    fn run(&self, arguments: &[&str], text: &str, folder: &Path) -> Result<String> {
        let mut child = Command::new(self.program)
            .current_dir(folder)
            .args(["--minify", "--log-level=warning", "--legal-comments=none", "--charset=utf8", LANGUAGE])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("esbuild cannot be started")?;
        // It writes nothing before it has read everything.
        child.stdin.take().context("esbuild reads nothing")?.write_all(text.as_bytes())?;
        let output = child.wait_with_output().context("esbuild cannot be waited for")?;
        if !output.status.success() {
            bail!("esbuild refuses a script:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).context("esbuild wrote something else than text")
    }
}

/// The loader with the addresses under which the chunks are served.
fn with_addresses(loader: &str, chunks: &BTreeMap<String, String>) -> Result<String> {
    let mut text = loader.to_owned();
    for (stem, address) in chunks {
        let name = format!("\"./{stem}.wasm\"");
        if !text.contains(&name) {
            bail!("The loader of chunks does not name {stem}.wasm");
        }
        text = text.replace(&name, &json!(address).to_string());
    }
    match text.find(".wasm\", import.meta.url").map(|end| &text[..end]).and_then(|before| before.rsplit('"').next()) {
        Some(name) if !name.starts_with('/') => bail!("The loader names {name}.wasm, which is not there"),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADER_TEXT: &str =
        "const __chunk_7 = makeLoad(() => fetch(new URL(\"./chunk_7.wasm\", import.meta.url)), []);";

    #[test]
    fn chunks_get_their_addresses() {
        let chunks = [("chunk_7".to_owned(), "/assets/chunk-7-0123456789abcdef.wasm".to_owned())].into();
        let text = with_addresses(LOADER_TEXT, &chunks).unwrap();
        assert!(text.contains("new URL(\"/assets/chunk-7-0123456789abcdef.wasm\", import.meta.url)"), "{text}");
    }

    #[test]
    fn a_loader_and_its_chunks_agree() {
        assert!(with_addresses(LOADER_TEXT, &BTreeMap::new()).is_err());
        let other = [("chunk_8".to_owned(), "/assets/chunk-8.wasm".to_owned())].into();
        assert!(with_addresses(LOADER_TEXT, &other).is_err());
        assert_eq!(with_addresses("", &BTreeMap::new()).unwrap(), "");
    }
}
