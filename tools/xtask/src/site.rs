//! The site, from source to the served files: the compiler builds one WebAssembly module, `site-builder` turns it into files, and the
//! result replaces `dist/` at once.

pub(crate) mod budget;
mod fingerprint;
mod sizes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

pub(crate) use self::sizes::Built;
use crate::process;
use crate::progress::thousands;
use crate::setup::{self, Purpose, Tools, WASM_TARGET};
use crate::workspace::Workspace;

/// The arguments of `cargo xtask build-site`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build for debugging: quick, large, in one module, barely compressed
    #[arg(long)]
    dev: bool,
    /// Build the standard library for size too; needs a nightly toolchain with rust-src
    #[arg(long, conflicts_with = "dev")]
    small: bool,
}

/// How the site is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SiteBuild {
    /// The release build, with the stable compiler.
    Release,
    /// The same, with a standard library compiled for size by the nightly compiler.
    Small,
    /// For debugging: one module, as `trunk serve` builds it.
    Dev,
}

impl SiteBuild {
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Small => "small",
            Self::Dev => "dev",
        }
    }

    /// Cargo's profile, and its output folder.
    fn profile(self) -> (&'static str, &'static str) {
        match self {
            Self::Release | Self::Small => ("site", "site"),
            Self::Dev => ("dev", "debug"),
        }
    }
}

/// `cargo xtask build-site`: builds what has changed and prints the sizes.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let site_build = match (arguments.small, arguments.dev) {
        (true, _) => SiteBuild::Small,
        (_, true) => SiteBuild::Dev,
        _ => SiteBuild::Release,
    };
    let tools = setup::ensure(workspace, Purpose::Build)?;
    let built = build(workspace, &tools, site_build)?;
    print_sizes(&built);
    Ok(())
}

/// Builds the site if its sources differ from those of `dist/`.
pub(crate) fn build(workspace: &Workspace, tools: &Tools, site_build: SiteBuild) -> Result<Built> {
    let folders = Folders::of(workspace);
    let inputs = fingerprint::of_inputs(workspace, tools, site_build.name())?;
    if let Some(built) = fingerprint::read(&folders.fingerprint, &inputs, &workspace.dist()) {
        return Ok(built);
    }
    let wasm = compile(workspace, site_build)?;
    run_builder(workspace, tools, site_build, &wasm, &folders)?;
    let report = fs::read_to_string(&folders.report).context("The site's builder wrote no report")?;
    let built = Built::from_report(&report).context("The report of the site's builder cannot be understood")?;
    // Until the new fingerprint is written the old one must not match the content of dist/.
    remove(&folders.fingerprint)?;
    replace(&workspace.dist(), &folders)?;
    fingerprint::write(&folders.fingerprint, &inputs, &report)?;
    Ok(built)
}

/// A table of every file's size, and the cost of each page as the first one and as a later one.
pub(crate) fn print_sizes(built: &Built) {
    println!("{:>10}  {:>10}  file", "bytes", "brotli");
    for file in &built.files {
        let compressed = file.compressed.map(thousands).unwrap_or_default();
        println!("{:>10}  {compressed:>10}  {}", thousands(file.bytes), file.name);
    }
    println!();
    println!("{:>10}  {:>10}  page (bytes over the wire)", "first", "later");
    for page in &built.pages {
        println!("{:>10}  {:>10}  {}", thousands(page.first), thousands(page.later), page.pattern);
    }
}

/// The folder for the stages of a build, in Cargo's output.
struct Folders {
    work: PathBuf,
    next: PathBuf,
    previous: PathBuf,
    report: PathBuf,
    fingerprint: PathBuf,
}

impl Folders {
    fn of(workspace: &Workspace) -> Self {
        let base = workspace.target().join("rally-site");
        Self {
            work: base.join("work"),
            next: base.join("next"),
            previous: base.join("previous"),
            report: base.join("report.json"),
            fingerprint: base.join("fingerprint.json"),
        }
    }
}

/// Compiles the site; returns the module's path.
pub(crate) fn compile(workspace: &Workspace, site_build: SiteBuild) -> Result<PathBuf> {
    if site_build == SiteBuild::Small && !has_nightly_sources(workspace) {
        bail!("There is no nightly toolchain with rust-src: run `rustup toolchain install nightly -c rust-src`");
    }
    let (profile, folder) = site_build.profile();
    let mut command = match site_build {
        // rustup's cargo, which obeys RUSTUP_TOOLCHAIN; `workspace.cargo()` is that of the toolchain that runs xtask.
        SiteBuild::Small => workspace.program("cargo"),
        SiteBuild::Release | SiteBuild::Dev => workspace.cargo(),
    };
    command.args(["rustc", "--package", "rally", "--bin", "rally", "--target", WASM_TARGET, "--profile", profile]);
    if site_build != SiteBuild::Dev {
        // A module that is split must list which functions and data each function uses.
        command.args(["--features", "lazy", "--", "-Clink-args=--emit-relocs"]);
    }
    let target = match site_build {
        SiteBuild::Small => {
            use_nightly(&mut command, workspace);
            small_target(workspace)
        }
        SiteBuild::Release | SiteBuild::Dev => workspace.target().to_path_buf(),
    };
    process::run(&mut command, "The site cannot be compiled")?;
    Ok(target.join(WASM_TARGET).join(folder).join("rally.wasm"))
}

fn run_builder(
    workspace: &Workspace,
    tools: &Tools,
    site_build: SiteBuild,
    wasm: &Path,
    folders: &Folders,
) -> Result<()> {
    let mut command = workspace.cargo();
    // For debugging, with the same profile as xtask: they share crates, and optimizing takes longer than it saves.
    command.args(["run", "--package", "site-builder", "--"]);
    command.arg("--root").arg(workspace.root()).arg("--wasm").arg(wasm);
    command.arg("--work").arg(&folders.work).arg("--out").arg(&folders.next).arg("--report").arg(&folders.report);
    command.arg("--esbuild").arg(tools.esbuild());
    if site_build == SiteBuild::Dev {
        command.arg("--quick");
    } else {
        command.arg("--split").arg("--wasm-opt").arg(tools.wasm_opt());
    }
    process::run(&mut command, "The site's files cannot be built")
}

/// For the small site: a standard library compiled for size, and panics that only abort.
fn use_nightly(command: &mut Command, workspace: &Workspace) {
    command
        .env_remove("CARGO")
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .env("CARGO_TARGET_DIR", small_target(workspace))
        // In addition to those of .cargo/config.toml; RUSTFLAGS would replace them.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Zunstable-options -Cpanic=immediate-abort")
        .env("CARGO_UNSTABLE_BUILD_STD", "std")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
}

fn small_target(workspace: &Workspace) -> PathBuf {
    workspace.target().join("small")
}

fn has_nightly_sources(workspace: &Workspace) -> bool {
    process::printed(workspace.program("rustc").args(["+nightly", "--print", "sysroot"]))
        .is_some_and(|folder| PathBuf::from(folder).join("lib/rustlib/src/rust/library/std").is_dir())
}

/// Moves the finished site to its place; a server that reads from there misses it between two renames.
fn replace(dist: &Path, folders: &Folders) -> Result<()> {
    if folders.previous.exists() {
        fs::remove_dir_all(&folders.previous).context("The site before the last one cannot be removed")?;
    }
    if dist.exists() {
        fs::rename(dist, &folders.previous).context("dist/ cannot be moved away")?;
    }
    fs::rename(&folders.next, dist).context("The site cannot be moved to dist/")
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", file.display()))
        }
        _ => Ok(()),
    }
}
