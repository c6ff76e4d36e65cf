//! The path and the wanted version of each tool. Installs nothing.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{has_version, on_path};
use crate::process;
use crate::workspace::Workspace;

/// What the site is compiled to.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The release of Binaryen with wasm-opt; Debian's own is too old for the compiler's output.
pub(super) const BINARYEN: &str = "132";

/// The version of esbuild that minifies scripts.
pub(super) const ESBUILD: &str = "0.25.12";

/// The version of cfn-lint that checks the template: later ones find less, since they do not translate it.
pub(super) const CFN_LINT: &str = "1.53.0";

/// The versions of tree-sitter and its grammar with which the template's check parses the backend's source.
pub(super) const TREE_SITTER: [&str; 2] = ["0.26.1", "0.24.2"];

/// The version of AWS SAM that deploys the stack.
pub(super) const SAM: &str = "1.170.0";

/// The version of cargo-lambda that builds the functions.
pub(super) const CARGO_LAMBDA: &str = "1.9.2";

/// The version of MiniStack, the emulator for the stack on this machine.
pub(super) const MINISTACK: &str = "1.5.33";

/// The version of cargo-fuzz for the parsers.
pub(super) const CARGO_FUZZ: &str = "0.13.1";

/// The version of schemathesis that checks the API against its description.
pub(super) const SCHEMATHESIS: &str = "4.32.5";

/// The version of Python's icalendar, which reads the calendar entries of events in a test.
pub(super) const ICALENDAR: &str = "7.3.2";

/// The version of wscat for live connections by hand, and in a test.
pub(super) const WSCAT: &str = "6.1.0";

/// The release line of axe-core that checks pages.
pub(super) const AXE: &str = "4";

/// The version of Lighthouse that measures pages: the last that runs on Node.js 20.
pub(super) const LIGHTHOUSE: &str = "12.8.2";

/// The tools of this checkout: their paths and versions.
pub(crate) struct Tools {
    folder: PathBuf,
    trunk_version: String,
    wasm_bindgen_version: String,
}

impl Tools {
    pub(crate) fn of(workspace: &Workspace) -> Result<Self> {
        Ok(Self {
            folder: cache_folder()?,
            trunk_version: workspace.trunk_version()?,
            wasm_bindgen_version: workspace.wasm_bindgen_version()?,
        })
    }

    /// The cache that all checkouts share.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folders of Trunk, wasm-bindgen and wasm-opt, in the form of PATH.
    pub(super) fn folders(&self) -> Result<OsString> {
        let folders = [
            self.trunk_folder().join("bin"),
            self.wasm_bindgen_folder().join("bin"),
            self.binaryen_folder().join("node_modules/.bin"),
        ];
        env::join_paths(folders).context("RALLY_TOOLS names a folder that no PATH can hold")
    }

    /// These folders before the others of PATH.
    pub(crate) fn search_path(&self) -> Result<OsString> {
        let ours = self.folders()?;
        let inherited = env::var_os("PATH").unwrap_or_default();
        env::join_paths(env::split_paths(&ours).chain(env::split_paths(&inherited)))
            .context("The PATH holds a folder that cannot be written in it")
    }

    /// The programs that turn source into the site: other versions may build a different one. The crates for that are in Cargo.lock.
    pub(crate) fn fingerprint(&self) -> String {
        let compiler = process::printed(Command::new("rustc").arg("-vV")).unwrap_or_default();
        format!("binaryen {BINARYEN}, esbuild {ESBUILD}, {compiler}")
    }

    /// esbuild's program.
    pub(crate) fn esbuild(&self) -> PathBuf {
        self.esbuild_folder().join("node_modules/.bin/esbuild")
    }

    pub(super) fn cloud_folder(&self) -> PathBuf {
        self.folder.join(format!("sam-{SAM}-{CARGO_LAMBDA}"))
    }

    /// A program that builds for AWS or deploys to it: `sam`, `cargo-lambda`, `python`.
    pub(crate) fn cloud(&self, program: &str) -> PathBuf {
        self.cloud_folder().join("bin").join(program)
    }

    /// The PATH on which cargo-lambda finds its compiler.
    pub(crate) fn cloud_path(&self) -> Result<OsString> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.cloud_folder().join("bin")).chain(env::split_paths(&inherited));
        env::join_paths(all).context("RALLY_TOOLS names a folder that no PATH can hold")
    }

    pub(super) fn emulator_folder(&self) -> PathBuf {
        self.folder.join(format!("ministack-{MINISTACK}"))
    }

    /// MiniStack's program.
    pub(crate) fn emulator(&self) -> PathBuf {
        self.emulator_folder().join("bin/ministack")
    }

    pub(super) fn linter_folder(&self) -> PathBuf {
        let [parser, grammar] = TREE_SITTER;
        self.folder.join(format!("cfn-lint-{CFN_LINT}-{parser}-{grammar}"))
    }

    /// The Python with cfn-lint, SAM's translator and tree-sitter.
    pub(crate) fn python(&self) -> PathBuf {
        self.linter_folder().join("bin/python")
    }

    /// Lighthouse's program.
    pub(crate) fn lighthouse(&self) -> PathBuf {
        self.lighthouse_folder().join("node_modules/.bin/lighthouse")
    }

    pub(super) fn lighthouse_folder(&self) -> PathBuf {
        self.folder.join(format!("lighthouse-{LIGHTHOUSE}"))
    }

    /// axe-core as one script.
    pub(crate) fn axe(&self) -> PathBuf {
        self.axe_folder().join("node_modules/axe-core/axe.min.js")
    }

    pub(super) fn schemathesis_folder(&self) -> PathBuf {
        self.folder.join(format!("schemathesis-{SCHEMATHESIS}"))
    }

    /// schemathesis's program.
    pub(crate) fn schemathesis(&self) -> PathBuf {
        self.schemathesis_folder().join("bin/schemathesis")
    }

    pub(super) fn icalendar_folder(&self) -> PathBuf {
        self.folder.join(format!("icalendar-{ICALENDAR}"))
    }

    /// The Python that has icalendar.
    pub(crate) fn icalendar(&self) -> PathBuf {
        self.icalendar_folder().join("bin/python")
    }

    pub(super) fn wscat_folder(&self) -> PathBuf {
        self.folder.join(format!("wscat-{WSCAT}"))
    }

    /// A WebSocket client for the command line.
    pub(crate) fn wscat(&self) -> PathBuf {
        self.wscat_folder().join("node_modules/.bin/wscat")
    }

    /// The browser: `CHROME`, or the installed one.
    pub(crate) fn chrome(&self) -> Option<PathBuf> {
        chosen("CHROME", &["chromium", "chromium-browser", "google-chrome", "chrome"])
    }

    /// The broker: `MOSQUITTO`, or the installed one.
    pub(crate) fn mosquitto(&self) -> Option<PathBuf> {
        // Debian's folder for administrators is not on every user's PATH.
        let debians = PathBuf::from("/usr/sbin/mosquitto");
        chosen("MOSQUITTO", &["mosquitto"]).or_else(|| Some(debians).filter(|path| path.is_file()))
    }

    /// Its driver: `CHROMEDRIVER`, or the installed one.
    pub(crate) fn chromedriver(&self) -> Option<PathBuf> {
        chosen("CHROMEDRIVER", &["chromedriver"])
    }

    pub(super) fn trunk_version(&self) -> &str {
        &self.trunk_version
    }

    pub(super) fn wasm_bindgen_version(&self) -> &str {
        &self.wasm_bindgen_version
    }

    pub(super) fn trunk_folder(&self) -> PathBuf {
        self.folder.join(format!("trunk-{}", self.trunk_version))
    }

    pub(super) fn wasm_bindgen_folder(&self) -> PathBuf {
        self.folder.join(format!("wasm-bindgen-{}", self.wasm_bindgen_version))
    }

    pub(super) fn binaryen_folder(&self) -> PathBuf {
        self.folder.join(format!("binaryen-{BINARYEN}"))
    }

    pub(super) fn esbuild_folder(&self) -> PathBuf {
        self.folder.join(format!("esbuild-{ESBUILD}"))
    }

    pub(super) fn axe_folder(&self) -> PathBuf {
        self.folder.join(format!("axe-core-{AXE}"))
    }

    pub(super) fn cargo_fuzz_folder(&self) -> PathBuf {
        self.folder.join(format!("cargo-fuzz-{CARGO_FUZZ}"))
    }

    /// cargo-fuzz's program.
    pub(crate) fn cargo_fuzz(&self) -> PathBuf {
        self.cargo_fuzz_folder().join("bin/cargo-fuzz")
    }

    /// wasm-opt's program.
    pub(crate) fn wasm_opt(&self) -> PathBuf {
        self.binaryen_folder().join("node_modules/.bin/wasm-opt")
    }

    pub(super) fn has_wasm_target(&self) -> bool {
        process::printed(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]))
            .is_some_and(|folder| Path::new(&folder).is_dir())
    }

    /// The cache's own, or the user's if it has the same version.
    pub(super) fn has_trunk(&self) -> bool {
        self.trunk_folder().join("bin/trunk").is_file() || has_version("trunk", &self.trunk_version)
    }

    pub(super) fn has_wasm_bindgen(&self) -> bool {
        self.wasm_bindgen_folder().join("bin/wasm-bindgen").is_file()
            || has_version("wasm-bindgen", &self.wasm_bindgen_version)
    }
}

/// The program that the environment names, else the first usual one.
fn chosen(variable: &str, usual: &[&str]) -> Option<PathBuf> {
    match env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => on_path(usual),
    }
}

/// `RALLY_TOOLS`, or a folder in the user's cache.
fn cache_folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("RALLY_TOOLS") {
        return std::path::absolute(folder).context("RALLY_TOOLS names no folder");
    }
    let cache = match env::var_os("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => {
            env::home_dir().context("There is no home folder: set RALLY_TOOLS to where tools may live")?.join(".cache")
        }
    };
    Ok(cache.join("rally/tools"))
}
