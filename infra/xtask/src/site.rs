//! The site, from source to what is served: Trunk builds it, then inline scripts become files, every file gets its
//! compressed twin, and the whole replaces `dist/` at once.

pub(crate) mod budget;
mod compress;
mod finish;
mod html;
mod scripts;
mod stamp;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use self::finish::Effort;
pub(crate) use self::stamp::Built;
use crate::process;
use crate::progress::thousands;
use crate::setup::{self, Purpose, Tools};
use crate::workspace::Workspace;

/// What `cargo xtask build-site` is given.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build for debugging: quick, large, barely compressed
    #[arg(long)]
    dev: bool,
    /// Build the standard library for size too; needs a nightly toolchain with rust-src
    #[arg(long, conflicts_with = "dev")]
    small: bool,
}

/// How the site is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// As it is served to people, with the stable compiler.
    Release,
    /// As above, with a standard library compiled for size by the nightly compiler.
    Small,
    /// For debugging.
    Dev,
}

impl Flavour {
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Small => "small",
            Self::Dev => "dev",
        }
    }
}

/// `cargo xtask build-site`: builds what has changed and prints the sizes.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let flavour = match (arguments.small, arguments.dev) {
        (true, _) => Flavour::Small,
        (_, true) => Flavour::Dev,
        _ => Flavour::Release,
    };
    let tools = setup::ensure(workspace, Purpose::Build)?;
    let built = build(workspace, &tools, flavour)?;
    print_sizes(&built);
    Ok(())
}

/// Builds the site where its sources differ from what `dist/` was built from.
pub(crate) fn build(workspace: &Workspace, tools: &Tools, flavour: Flavour) -> Result<Built> {
    let folders = Folders::of(workspace);
    let inputs = stamp::inputs(workspace, tools, flavour.name())?;
    if let Some(built) = stamp::read(&folders.stamp, &inputs, &workspace.dist()) {
        return Ok(built);
    }
    fetch(workspace, flavour)?;
    for document in DOCUMENTS {
        run_trunk(workspace, tools, flavour, &folders, document)?;
    }
    gather(&folders)?;
    let effort = if flavour == Flavour::Dev { Effort::Little } else { Effort::Most };
    let files = finish::finish(&folders.trunk, &folders.next, &tools.esbuild(), effort)?;
    // Until the new stamp is written the old one must not vouch for what lies in dist/.
    remove(&folders.stamp)?;
    replace(&workspace.dist(), &folders)?;
    let built = Built { inputs, files };
    stamp::write(&folders.stamp, &built)?;
    Ok(built)
}

/// A table of every file's size, and the sum of what the first page asks for.
pub(crate) fn print_sizes(built: &Built) {
    println!("{:>10}  {:>10}  file", "bytes", "brotli");
    for file in &built.files {
        let mark: String = file.first_load.iter().map(|document| format!("  {document}")).collect();
        let compressed = file.compressed.map(thousands).unwrap_or_default();
        println!("{:>10}  {compressed:>10}  {}{mark}", thousands(file.bytes), file.name);
    }
    for document in DOCUMENTS {
        let bytes = thousands(built.first_load_of(document.file));
        println!("First load of {}: {bytes} bytes over the wire.", document.file);
    }
}

/// Where the stages of a build lie, under Cargo's output.
struct Folders {
    trunk: PathBuf,
    next: PathBuf,
    previous: PathBuf,
    stamp: PathBuf,
}

impl Folders {
    fn of(workspace: &Workspace) -> Self {
        let base = workspace.target().join("rally-site");
        Self {
            trunk: base.join("trunk"),
            next: base.join("next"),
            previous: base.join("previous"),
            stamp: base.join("stamp.json"),
        }
    }
}

/// The site's documents, by the feature that has their pages: `src/app.rs` says which those are.
pub(crate) const DOCUMENTS: [Document; 3] = [
    Document { feature: "front", file: "index.html" },
    Document { feature: "desk", file: "desk.html" },
    Document { feature: "office", file: "office.html" },
];

/// One of them.
#[derive(Clone, Copy)]
pub(crate) struct Document {
    /// Its pages, as Cargo.toml names them.
    pub(crate) feature: &'static str,
    /// What it is called where it is served.
    pub(crate) file: &'static str,
}

impl Document {
    fn folder(self, folders: &Folders) -> PathBuf {
        folders.trunk.with_file_name(format!("trunk-{}", self.feature))
    }
}

/// Puts what Trunk has made of each document into one folder.
fn gather(folders: &Folders) -> Result<()> {
    if folders.trunk.exists() {
        fs::remove_dir_all(&folders.trunk).context("An earlier build cannot be removed")?;
    }
    for document in DOCUMENTS {
        let made = document.folder(folders);
        finish::copy(&made, &folders.trunk)?;
        fs::rename(folders.trunk.join("index.html"), folders.trunk.join(format!("{}.page", document.file)))
            .context("Trunk wrote no index.html")?;
    }
    for document in DOCUMENTS {
        fs::rename(folders.trunk.join(format!("{}.page", document.file)), folders.trunk.join(document.file))?;
    }
    Ok(())
}

fn fetch(workspace: &Workspace, flavour: Flavour) -> Result<()> {
    if flavour == Flavour::Small && !has_nightly_sources(workspace) {
        bail!("There is no nightly toolchain with rust-src: run `rustup toolchain install nightly -c rust-src`");
    }
    // Trunk is told to stay off the network, and Cargo under it does too: so the crates are fetched before.
    let mut fetch = match flavour {
        Flavour::Small => workspace.program("cargo"),
        Flavour::Release | Flavour::Dev => workspace.cargo(),
    };
    fetch.args(["fetch", "--quiet", "--target", "wasm32-unknown-unknown"]);
    choose_compiler(&mut fetch, workspace, flavour);
    process::run(&mut fetch, "The crates that the site is made of cannot be fetched")
}

fn run_trunk(
    workspace: &Workspace,
    tools: &Tools,
    flavour: Flavour,
    folders: &Folders,
    document: Document,
) -> Result<()> {
    let mut command = workspace.program("trunk");
    // Its own log and backtraces would bury what the compiler says.
    command.env("PATH", tools.search_path()?).env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
    // Trunk takes `true` and `false` alone, and stops at the `1` that is usual.
    if env::var_os("NO_COLOR").is_some() {
        command.env("NO_COLOR", "true");
    }
    command
        .args(["--log", "error", "build", "--offline", "--skip-version-check", "--dist"])
        .arg(document.folder(folders));
    command.args(["--no-default-features", "true", "--features", document.feature]);
    if flavour != Flavour::Dev {
        command.args(["--release", "--cargo-profile", "site"]);
    }
    choose_compiler(&mut command, workspace, flavour);
    process::run(&mut command, "Trunk could not build the site")
}

/// The small site comes from the nightly compiler, with a standard library made for size and panics that only stop.
fn choose_compiler(command: &mut Command, workspace: &Workspace, flavour: Flavour) {
    if flavour != Flavour::Small {
        return;
    }
    command
        .env_remove("CARGO")
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .env("CARGO_TARGET_DIR", workspace.target().join("small"))
        .env("RUSTFLAGS", "-Zunstable-options -Cpanic=immediate-abort")
        .env("CARGO_UNSTABLE_BUILD_STD", "std")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
}

fn has_nightly_sources(workspace: &Workspace) -> bool {
    process::printed(workspace.program("rustc").args(["+nightly", "--print", "sysroot"]))
        .is_some_and(|folder| PathBuf::from(folder).join("lib/rustlib/src/rust/library/std").is_dir())
}

/// Puts the finished site where the old one was; a server that reads from there misses it for two renames.
fn replace(dist: &std::path::Path, folders: &Folders) -> Result<()> {
    if folders.previous.exists() {
        fs::remove_dir_all(&folders.previous).context("The site before the last one cannot be removed")?;
    }
    if dist.exists() {
        fs::rename(dist, &folders.previous).context("dist/ cannot be moved away")?;
    }
    fs::rename(&folders.next, dist).context("The site cannot be moved to dist/")
}

fn remove(file: &std::path::Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", file.display()))
        }
        _ => Ok(()),
    }
}
