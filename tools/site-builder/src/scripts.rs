//! Scripts, minified with esbuild: the glue becomes one file with the loader and its other imports, without unused code. On a slow
//! network each byte and each request counts.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::chunk_table::ChunkTable;

/// The glue that wasm-bindgen writes.
pub(crate) const GLUE: &str = "rally.js";

/// The language level of browsers that run the site's WebAssembly.
const LANGUAGE: &str = "--target=es2022";

/// Starts the site.
const BOOT: &str = include_str!("boot.js");

/// esbuild.
pub(crate) struct Bundler<'a> {
    /// Its path.
    pub(crate) program: &'a Path,
}

/// Names that wasm-bindgen generates for the imports and exports between glue and main module: `__wbg_log_0123456789abcdef`.
const GENERATED_NAMES: [&str; 3] = ["__wbg_", "__wbindgen_", "wasm_bindgen_"];

/// The glue as one script.
pub(crate) struct Glue {
    text: String,
    /// The short names for generated ones; empty if they stay.
    pub(crate) names: BTreeMap<String, String>,
}

/// Whether wasm-bindgen has generated this name.
pub(crate) fn is_generated_name(name: &str) -> bool {
    GENERATED_NAMES.iter().any(|start| name.starts_with(start))
}

impl Bundler<'_> {
    /// Bundles the glue in `folder` with its imports. `shorten` shortens the names of the imports and exports between glue and main
    /// module; the module must then get the same names.
    pub(crate) fn bundle_glue(&self, folder: &Path, shorten: bool) -> Result<Glue> {
        const NAMES: &str = "names.json";
        // The page calls only this function; the glue's other exports are for the loader.
        let entry = format!("export {{ default }} from \"./{GLUE}\";");
        if !shorten {
            return Ok(Glue { text: self.run(&["--bundle", "--format=esm"], &entry, folder)?, names: BTreeMap::new() });
        }
        let generated = format!("--mangle-props=^({})", GENERATED_NAMES.join("|"));
        let cache = format!("--mangle-cache={NAMES}");
        let text = self.run(&["--bundle", "--format=esm", &generated, &cache], &entry, folder)?;
        let names = fs::read_to_string(folder.join(NAMES)).context("esbuild wrote no names")?;
        Ok(Glue { text, names: serde_json::from_str(&names).context("esbuild's names are not JSON")? })
    }

    /// The script that starts the site from this glue and this main module.
    pub(crate) fn boot(&self, glue: &str, main: &str, table: &ChunkTable) -> Result<String> {
        let pages: Vec<_> = table.pages.iter().map(|page| json!([page.pattern, page.chunks, page.data])).collect();
        let constants = format!("const GLUE = {}, MAIN = {}, PAGES = {};\n", json!(glue), json!(main), json!(pages));
        self.run(&["--format=esm"], &format!("{constants}{BOOT}"), Path::new("."))
    }

    /// The minified script or style sheet.
    pub(crate) fn minify(&self, text: &str, language: &str) -> Result<String> {
        self.run(&[&format!("--loader={language}")], text, Path::new("."))
    }

    /// Passes it a text whose imports are in a folder, and returns its output.
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

impl Glue {
    /// The script with the served addresses of chunks, by the stem that the loader uses.
    pub(crate) fn with_addresses(&self, chunks: &BTreeMap<String, String>) -> Result<String> {
        let mut text = self.text.clone();
        for (stem, address) in chunks {
            let name = format!("\"./{stem}.wasm\"");
            if !text.contains(&name) {
                bail!("The loader of chunks does not name {stem}.wasm");
            }
            text = text.replace(&name, &json!(address).to_string());
        }
        match text.find(".wasm\"").and_then(|end| text[..end].rsplit('"').next()) {
            Some(name) if !name.starts_with('/') => bail!("The loader names {name}.wasm, which is not there"),
            _ => Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glue() -> Glue {
        let text = "const c=l(()=>fetch(new URL(\"./chunk_7.wasm\",import.meta.url)),[]);".to_owned();
        Glue { text, names: BTreeMap::new() }
    }

    #[test]
    fn chunks_get_their_addresses() {
        let chunks = [("chunk_7".to_owned(), "/assets/chunk-7-0123456789abcdef.wasm".to_owned())].into();
        let text = glue().with_addresses(&chunks).unwrap();
        assert!(text.contains("new URL(\"/assets/chunk-7-0123456789abcdef.wasm\",import.meta.url)"), "{text}");
    }

    #[test]
    fn a_loader_and_its_chunks_agree() {
        assert!(glue().with_addresses(&BTreeMap::new()).is_err());
        let other = [("chunk_8".to_owned(), "/assets/chunk-8.wasm".to_owned())].into();
        assert!(glue().with_addresses(&other).is_err());
        let plain = Glue { text: "go();".to_owned(), names: BTreeMap::new() };
        assert_eq!(plain.with_addresses(&BTreeMap::new()).unwrap(), "go();");
    }

    #[test]
    fn only_names_of_wasm_bindgen_become_short() {
        assert!(is_generated_name("__wbg_log_0123456789abcdef"));
        assert!(is_generated_name("__wbindgen_start"));
        assert!(!is_generated_name("__wasm_split_load_tables"));
        assert!(!is_generated_name("memory"));
    }
}
