//! Making scripts small with esbuild: the loader becomes one file with all that it imports, and what nobody calls is left
//! out. A slow line feels each byte and each request.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What browsers that run the site's WebAssembly understand.
const LANGUAGE: &str = "--target=es2022";

/// The bundler, working in the folder of the site.
pub(super) struct Bundler<'a> {
    pub(super) program: &'a Path,
    pub(super) folder: &'a Path,
}

/// A script with its imports in it.
pub(super) struct Bundle {
    pub(super) text: String,
    /// The files that are in it now, and need not be served.
    pub(super) inputs: Vec<String>,
}

impl Bundler<'_> {
    /// A module and all that it imports, as one.
    pub(super) fn bundle(&self, module: &str) -> Result<Bundle> {
        const ENTRY: &str = "entry.js";
        const BUNDLED: &str = "bundled.js";
        const METADATA: &str = "bundle.json";
        let in_folder = |name: &str| self.folder.join(name);
        fs::write(in_folder(ENTRY), with_local_imports(module)).context("A script cannot be written")?;
        let outputs = [format!("--outfile={BUNDLED}"), format!("--metafile={METADATA}")];
        let mut arguments = vec![ENTRY, "--bundle", "--format=esm"];
        arguments.extend(outputs.iter().map(String::as_str));
        self.run(&arguments)?;
        let text = fs::read_to_string(in_folder(BUNDLED)).context("esbuild wrote nothing")?;
        let inputs = inputs(&fs::read_to_string(in_folder(METADATA)).context("esbuild described nothing")?);
        for name in [ENTRY, BUNDLED, METADATA] {
            fs::remove_file(in_folder(name)).with_context(|| format!("{name} cannot be removed"))?;
        }
        Ok(Bundle { text, inputs: inputs.into_iter().filter(|input| input != ENTRY).collect() })
    }

    /// The same script in fewer bytes.
    pub(super) fn minify(&self, file: &str) -> Result<String> {
        self.run(&[file])
    }

    /// Runs it, and returns what it writes if no file is named for that.
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(self.program)
            .current_dir(self.folder)
            .args(["--minify", "--log-level=warning", "--legal-comments=none", LANGUAGE])
            .args(arguments)
            .output()
            .context("esbuild cannot be started")?;
        if !output.status.success() {
            bail!("esbuild refuses a script:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).context("esbuild wrote something else than text")
    }
}

/// Trunk imports by the address on the server, and offers the bindings to other scripts of the page. There are none, and
/// without the offer the bundler sees what nobody calls.
fn with_local_imports(module: &str) -> String {
    module.replace("from '/", "from './").replace("window.wasmBindings = bindings;", "")
}

/// The files that esbuild says it read.
fn inputs(metadata: &str) -> Vec<String> {
    let metadata: Value = serde_json::from_str(metadata).unwrap_or_default();
    metadata["inputs"].as_object().into_iter().flatten().map(|(path, _)| path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_beside_the_loader() {
        let module =
            "import init, * as bindings from '/rally-1.js';\nwindow.wasmBindings = bindings;\nawait init('/a.wasm');";
        assert_eq!(
            with_local_imports(module),
            "import init, * as bindings from './rally-1.js';\n\nawait init('/a.wasm');"
        );
    }

    #[test]
    fn what_was_read_is_listed() {
        let metadata = r#"{"inputs": {"rally.js": {"bytes": 1}, "snippets/a/inline0.js": {}}, "outputs": {}}"#;
        assert_eq!(inputs(metadata), ["rally.js", "snippets/a/inline0.js"]);
    }
}
