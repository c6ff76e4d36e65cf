//! Paths of the checkout and its build output, and the versions that its files pin. Starts nothing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The checkout in which the command was started.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The nearest parent folder with this workspace.
    pub(crate) fn find() -> Result<Self> {
        let start = env::current_dir().context("The current folder cannot be read")?;
        let root = start
            .ancestors()
            .find(|folder| folder.join("tools/xtask/Cargo.toml").is_file())
            .context("This is not inside a checkout of Rally")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The checkout's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's output folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of the finished site.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Cargo in the root, with the user's environment.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        self.prepare(&mut command);
        command
    }

    /// Builds one of our programs with optimization, and runs it with further arguments.
    pub(crate) fn our_program(&self, package: &str, program: &str) -> Command {
        let mut command = self.cargo();
        command.args(["run", "--quiet", "--release", "--package", package, "--bin", program, "--"]);
        command
    }

    /// Another program in the root, with the user's environment.
    pub(crate) fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        self.prepare(&mut command);
        command
    }

    /// `cargo run` describes xtask's own package in the environment; build scripts that depend on these variables would run again at
    /// each switch between this program and the user's own cargo.
    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name.as_ref());
            }
        }
    }

    /// The version of wasm-bindgen for the site; its command-line tool must have the same version.
    pub(crate) fn wasm_bindgen_version(&self) -> Result<String> {
        let lock = self.read("Cargo.lock")?;
        locked_version(&lock, "wasm-bindgen").context("Cargo.lock names no version of wasm-bindgen")
    }

    /// The version of Trunk in Trunk.toml.
    pub(crate) fn trunk_version(&self) -> Result<String> {
        let settings = self.read("Trunk.toml")?;
        required_trunk(&settings).context("Trunk.toml names no exact trunk-version")
    }

    /// A file of the checkout, as text.
    pub(crate) fn read(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.root.join(path)).with_context(|| format!("{path} cannot be read"))
    }
}

/// The version of `package` in the text of a Cargo.lock.
pub(crate) fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.next()?;
    quoted(lines.next()?, "version")
}

/// The exact version that the text of a Trunk.toml requires.
pub(crate) fn required_trunk(settings: &str) -> Option<String> {
    let required = settings.lines().find_map(|line| quoted(line, "trunk-version"))?;
    Some(required.strip_prefix('=')?.to_owned())
}

/// The value `text` of a line `name = "text"`.
fn quoted(line: &str, name: &str) -> Option<String> {
    let value = line.strip_prefix(name)?.trim_start().strip_prefix('=')?.trim();
    Some(value.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_version_is_that_of_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.126\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.126"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn trunk_must_be_pinned_exactly() {
        assert_eq!(required_trunk("# why\ntrunk-version = \"=0.21.14\"\n").as_deref(), Some("0.21.14"));
        assert_eq!(required_trunk("trunk-version = \"0.21\"\n"), None);
    }
}
